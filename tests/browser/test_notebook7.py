"""The panels in Notebook 7, which shares JupyterLab's widgets and server but not its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.acts import FOOTPRINTS, MAP, wait_found
from tests.browser.conftest import Watch, keep
from tests.browser.servers import Server, open_in_notebook

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CELL = """
from iceye_geo import Client
from iceye_geo.panels import SearchPanel
client = Client.sandbox(scenes=24, scene_size=500)
panel = SearchPanel(client)
panel
"""


def test_a_search_in_notebook_7(lab: Server, page: Page, watch: Watch) -> None:
    session = open_in_notebook(page, lab, "seven.ipynb", [CELL])
    page.wait_for_selector(MAP, timeout=120_000)
    page.locator(".t-search-go").click()
    wait_found(page)
    page.locator(".t-table tbody tr").first.wait_for()
    assert page.locator(FOOTPRINTS).count() >= session.value("len(panel.items)") > 0
    keep(page, "search-notebook7")
    session.check()
    assert watch.outside == []
