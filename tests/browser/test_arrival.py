"""A page that is still loading misses what threads send; it shows it all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.servers import Server, open_in_voila

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser

# News between the answer with all states and the moment the page listens: what a thread does when it is unlucky.
CELL = """
import ipywidgets
from iceye_geo.panels.base import Panel
panel = Panel(name="late")
panel.assemble(ipywidgets.Label("body"))
panel.say("old")
answer = ipywidgets.Widget._handle_control_comm_msg.__func__
def answer_and_go_on(cls, message):
    answer(cls, message)
    panel.say("news")
ipywidgets.Widget._handle_control_comm_msg = classmethod(answer_and_go_on)
panel
"""


def test_what_happens_while_a_page_loads_is_seen_in_the_end(voila: Server, page: Page, watch: Watch) -> None:
    session = open_in_voila(page, voila, "late.ipynb", [CELL])
    page.wait_for_function("document.querySelector('.t-late .t-status')?.innerText.includes('news')")
    session.check()
    assert watch.errors == []
