"""Delivering by keyboard alone: choose with the arrows, tab on, press Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.acts import ready, says
from tests.browser.conftest import Watch, keep
from tests.browser.servers import Server, open_in_lab

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

START = """
from iceye_geo import Client
from iceye_geo.panels import DeliveryPanel
client = Client.sandbox(scenes=24, scene_size=500, rejection_rate=0, failure_rate=0)
"""


def test_deliver_with_the_keyboard_in_jupyterlab(lab: Server, page: Page, watch: Watch) -> None:
    session = open_in_lab(
        page, lab, "deliver.ipynb", [START, "delivery = DeliveryPanel(client, poll_s=0.5)\ndelivery"]
    )
    panel = ready(page, "delivery")
    says(panel, "can be delivered")
    panel.locator(".t-owned select").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    says(panel, "Deliver 2 items", selector="button.t-deliver:enabled")
    panel.locator(".t-sub-path input").fill("sar/2026")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    says(panel, "sandbox-bucket/sar/2026", selector=".t-deliveries")
    session.run("client.sandbox_server.advance(hours=3)")
    says(panel, "SUCCESS", selector=".t-deliveries")
    keep(page, "delivery-lab")
    assert session.run("print([r.state for r in delivery.rows])") == "['delivered']"
    session.check()
    assert watch.errors == []
