"""A receiver on loopback takes the sandbox's callbacks, and the panel's status changes without a question asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.acts import ready, says
from tests.browser.conftest import Watch, keep
from tests.browser.servers import Server, open_in_lab

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

RECEIVER = """
import datetime as dt, tempfile
from pathlib import Path
from iceye_geo import Client
from iceye_geo.models.notifications import BasicAuth
from iceye_geo.panels import TasksPanel
from iceye_geo.webhooks import BasicGate, start
client = Client.sandbox(scenes=12, scene_size=500, rejection_rate=0, failure_rate=0)
store = Path(tempfile.mkdtemp()) / "callbacks.sqlite"
receiver = start(store, BasicGate("iceye", "planted-secret"))
webhook = client.notifications.register(receiver.url, auth=BasicAuth("iceye", "planted-secret"))
now, hour = dt.datetime.now(dt.UTC), dt.timedelta(hours=1)
window = (now + 50 * hour, now + 90 * hour)
task = client.tasking.create(
    point=(24.95, 60.16), window=window, mode="SPOTLIGHT", reference="Called back", webhook_id=webhook)
"""
# A question every hour: whatever the panel learns in this test, a callback told it.
PANEL = "tasks = TasksPanel(client, store=store, poll_s=3600)\ntasks"


def test_the_status_follows_callbacks_without_polling(lab: Server, page: Page, watch: Watch) -> None:
    session = open_in_lab(page, lab, "callbacks.ipynb", [RECEIVER, PANEL])
    panel = ready(page, "tasks")
    says(panel, "Status follows ICEYE's callbacks, and is asked for every 60 min")
    says(panel, "RECEIVED", selector=".t-orders")
    session.run("client.sandbox_server.advance(hours=2)")
    says(panel, "Called back is ACTIVE now .*told by a callback")
    says(panel, "ACTIVE", selector=".t-orders")
    session.run("client.sandbox_server.advance(days=6)")
    says(panel, "Called back is (DONE|FULFILLED) now .*told by a callback")
    panel.locator("button.t-order").first.click()
    says(panel, "DONE", selector=".t-details")
    keep(page, "callbacks-lab")
    assert session.value("tasks.control.orders[0].status") == "DONE"
    assert "planted-secret" not in page.locator(".jp-OutputArea").last.inner_html()
    session.run("tasks.close(); receiver.stop()")
    session.check()
    assert watch.errors == []
