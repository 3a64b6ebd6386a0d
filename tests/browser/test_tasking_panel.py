"""A person orders an image with the mouse, sees it come, looks into it, cancels another and delivers what they own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Watch, keep
from tests.browser.servers import Server, open_in_lab, open_in_voila, run_in_kernel

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

START = """
from iceye_geo import Client
from iceye_geo.panels import DeliveryPanel, TaskingPanel, TasksPanel
client = Client.sandbox(scenes=24, scene_size=500, rejection_rate=0, failure_rate=0)
"""
# From the middle of the first view (10 E, 20 N, zoom 2) to the Gulf of Finland, pixels.
TO_HELSINKI = (43, -157)
SIZES = (900, 1400)


def ready(page: Page, panel: str) -> Locator:
    """Wait until a panel is on the page, and return it."""
    root = page.locator(f".t-{panel}").first
    root.wait_for(state="visible", timeout=60_000)
    return root


def says(root: Locator, words: str, *, selector: str = ".t-status", timeout: float = 20_000) -> None:
    """Wait until a part of the panel holds these words."""
    root.locator(selector).filter(has_text=re.compile(words)).first.wait_for(state="visible", timeout=timeout)


def drop_marker(page: Page, root: Locator, offset: tuple[int, int]) -> None:
    """Take the marker tool and click the map."""
    tool = root.locator(".leaflet-draw-draw-marker")
    tool.wait_for(state="visible")
    tool.click()
    box = root.locator(".leaflet-container").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2 + offset[0], box["y"] + box["height"] / 2 + offset[1]
    page.mouse.move(x - 5, y - 5)
    page.mouse.move(x, y)
    page.mouse.click(x, y)


def test_order_watch_look_cancel_in_jupyterlab(lab: Server, page: Page, watch: Watch) -> None:
    cells = [
        START,
        "tasking = TaskingPanel(client)\ntasking",
        "tasks = TasksPanel(client, poll_s=0.5)\ntasks",
    ]
    session = open_in_lab(page, lab, "order.ipynb", cells)
    form = ready(page, "tasking")
    says(form, "Click the marker")
    drop_marker(page, form, TO_HELSINKI)
    says(form, "EUR", selector=".t-estimate")
    says(form, "feasible", selector=".t-estimate")
    assert form.locator(".leaflet-overlay-pane path").count() >= 2, "the scene is drawn"
    lon, lat = map(float, run_in_kernel(page, "print(*tasking.form.places[0].point)").split())
    assert abs(lon - 25) < 5
    assert abs(lat - 60) < 5
    form.locator("button.t-review").click()
    says(form, "If you cancel it later", selector=".t-review-page")
    assert run_in_kernel(page, "print(len(client.tasking.list()))") == "0", (
        "nothing is sent by the first click"
    )
    form.locator("button.t-send").dblclick()
    says(form, "1 task sent", selector=".t-outcome")
    assert run_in_kernel(page, "print(len(client.tasking.list()))") == "1", "two clicks send one task"
    keep(page, "tasking-lab-ordered")

    follow = ready(page, "tasks")
    follow.scroll_into_view_if_needed()
    follow.locator("button.t-refresh").click()
    follow.locator("button.t-order").first.click()
    says(follow, "Received", selector=".t-details")
    run_in_kernel(page, "client.sandbox_server.advance(hours=2)")
    says(follow, "ACTIVE", selector=".t-details")
    says(follow, "planned; may still shift", selector=".t-details")
    run_in_kernel(page, "client.sandbox_server.advance(days=15)")
    says(follow, "DONE", selector=".t-details")
    follow.locator(".t-product-grd-cog button.t-look").click()
    preview = follow.locator(".t-preview").first
    preview.wait_for(state="visible", timeout=60_000)
    shown = "p = tasks.preview; print(p.jobs.wait(timeout=15), p.picture is not None, p.last_error)"
    assert run_in_kernel(page, shown) == "True True None", "the product is on the screen"
    keep(page, "tasks-lab-done")

    run_in_kernel(page, EXTRA)
    follow.locator("button.t-refresh").click()
    follow.locator("button.t-order", has_text="Extra").click()
    follow.locator("button.t-cancel").click()
    says(follow, "10 % of", selector=".t-cancel-question")
    follow.locator("button.t-cancel-yes").click()
    says(follow, "CANCELED", selector=".t-details")
    assert (
        run_in_kernel(page, "print(sorted(t.status for t in client.tasking.list()))")
        == "['CANCELED', 'DONE']"
    )
    assert run_in_kernel(page, "print(tasking.last_error, tasks.last_error)") == "None None"
    session.check()
    assert watch.errors == []


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
    run_in_kernel(page, "client.sandbox_server.advance(hours=3)")
    says(panel, "SUCCESS", selector=".t-deliveries")
    keep(page, "delivery-lab")
    assert run_in_kernel(page, "print([r.state for r in delivery.rows])") == "['delivered']"
    session.check()
    assert watch.errors == []


EXTRA = """
import datetime as dt
now, hour = dt.datetime.now(dt.UTC), dt.timedelta(hours=1)
client.tasking.create(point=(10, 50), window=(now + 50 * hour, now + 90 * hour), mode="SCAN", reference="Extra")
"""
PICTURES = """
import datetime as dt
now = dt.datetime.now(dt.UTC)
def order(lon, lat, hours, mode, name):
    window = (now + dt.timedelta(hours=hours), now + dt.timedelta(hours=hours + 60))
    return client.tasking.create(point=(lon, lat), window=window, mode=mode, reference=name)
for args in ((24.95, 60.16, 100, "SPOTLIGHT", "Harbour, weekly"), (27.9, 59.9, 60, "STRIPMAP", "Gulf traffic"),
             (22.2, 60.4, 40, "SCAN", "Archipelago ice"), (18.1, 59.3, 90, "SPOTLIGHT_FINE", "Stockholm lock")):
    order(*args)
fates = {"Gulf traffic": "ACTIVE", "Archipelago ice": "DONE", "Stockholm lock": "FAILED"}
for task in client.tasking.list():
    if task.reference in fates:
        client.sandbox_server.force(task.id, fates[task.reference])
client.catalog.purchase(next(iter(client.catalog.search(collections=["public"], max_items=1).items())))
"""
SHOW = {
    "tasking": "panel = TaskingPanel(client)\npanel.use_places([(24.95, 60.16)])\npanel",
    "tasks": PICTURES + "panel = TasksPanel(client, poll_s=5)\npanel",
    "delivery": PICTURES + """
owned = list(client.catalog.search(collections=["private"], max_items=9).items())
places = client.delivery.locations()
goals = [places[n % 2].target(sub_path="sar/2026") for n in range(4)]
rows = [client.delivery.create(owned[n : 2 * n + 1], to=goals[n]) for n in range(4)]
for row, status in zip(rows, ("SUCCESS", "FAILED", "SUCCESS")):
    client.sandbox_server.force(row.id, status)
panel = DeliveryPanel(client, poll_s=5)
panel""",
}  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", list(SHOW))
def test_each_panel_reads_well_in_voila(
    voila: Server, page: Page, watch: Watch, name: str, theme: str
) -> None:
    page.set_viewport_size({"width": SIZES[-1], "height": 900})
    session = open_in_voila(page, voila, f"{name}-{theme}.ipynb", [START, SHOW[name]], theme=theme)
    root = ready(page, name)
    if name == "tasking":
        says(root, "feasible", selector=".t-estimate")
        root.locator("button.t-review").click()
        says(root, "If you cancel it later", selector=".t-review-page")
    elif name == "tasks":
        root.locator("button.t-order", has_text="Archipelago ice").click()
        says(root, "GRD-COG", selector=".t-products")
    else:
        says(root, "FAILED", selector=".t-deliveries")
    for width in SIZES:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(600)
        too_wide = root.evaluate("e => [...e.querySelectorAll('*')].some(c => c.scrollWidth > c.clientWidth + 40 && "
                                 "getComputedStyle(c).overflowX === 'auto')")  # fmt: skip
        assert not too_wide, "nothing has to be scrolled sideways"
        assert page.evaluate("document.documentElement.scrollWidth") <= width + 1
        keep(page, f"{name}-{theme}-{width}")
    session.check()
    assert watch.errors == []
