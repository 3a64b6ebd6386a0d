"""Whole journeys with a real mouse, in JupyterLab and in Voilà: at each station the page and the kernel must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.acts import (
    FOOTPRINTS,
    MAP,
    draw_box,
    drop_marker,
    open_in,
    ready,
    rests,
    says,
    wait_facts,
    wait_found,
    wheel_in,
)
from tests.browser.conftest import Watch, keep

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.servers import Session

pytestmark = pytest.mark.browser

SEARCH = """
from iceye_geo import Client
from iceye_geo.panels import SearchPanel
client = Client.sandbox(scenes=40, scene_size=1600)
panel = SearchPanel(client)
panel
"""
START = """
from iceye_geo import Client
from iceye_geo.panels import DeliveryPanel, TaskingPanel, TasksPanel
client = Client.sandbox(scenes=24, scene_size=500, rejection_rate=0, failure_rate=0)
"""
ORDER = [
    START,
    "tasking = TaskingPanel(client)\ntasking",
    "tasks = TasksPanel(client, poll_s=0.5)\ntasks",
    "delivery = DeliveryPanel(client, poll_s=0.5)\ndelivery",
]
EXTRA = """
import datetime as dt
now, hour = dt.datetime.now(dt.UTC), dt.timedelta(hours=1)
client.tasking.create(point=(10, 50), window=(now + 50 * hour, now + 90 * hour), mode="SCAN", reference="Extra")
"""
# From the middle of the first view (10 E, 20 N, zoom 2) to the Gulf of Finland, pixels.
TO_HELSINKI = (43, -157)
hosts = pytest.mark.parametrize("host", ["lab", "voila"])


@hosts
def test_from_a_drawn_box_to_a_look_at_full_resolution(
    host: str, request: pytest.FixtureRequest, page: Page, watch: Watch
) -> None:
    session = open_in(host, request, page, "search-journey", [SEARCH])
    page.wait_for_selector(MAP, timeout=120_000)
    session.until("panel.view.map.bounds")
    draw_box(page, start=(0.35, 0.1), end=(0.8, 0.8))
    box = session.value("list(panel.aoi.bounds)")
    assert page.locator(".t-area-west input").input_value() == f"{box[0]:.5f}".rstrip("0").rstrip(".")

    page.locator(".t-collection select").select_option(label="Owned (private)")
    page.locator(".t-tick-grd-cog input").check()
    page.locator(".t-search-go").click()
    wait_found(page)
    count = session.value("len(panel.items)")
    assert count > 2
    assert page.locator(FOOTPRINTS).count() >= count
    rows = page.locator(".t-table tbody tr")
    rows.nth(min(count, 10) - 1).wait_for()
    assert rows.count() == min(count, 10)
    assert all(_meet(box, found) for found in session.value("[item.bbox for item in panel.items]"))

    page.locator(FOOTPRINTS).last.dispatch_event("click")
    page.wait_for_selector(".t-card .t-picture img")
    current = session.value("panel.current.id")
    assert current in page.locator(".t-card .t-facts").inner_text().replace("\n", "")
    assert page.locator(".t-table tbody tr.on").get_attribute("data-id") == current
    keep(page, f"journey-card-{host}")

    page.locator(".t-card .t-look").click()
    ready(page, "preview")
    wait_facts(page, "pixels of the frame")
    taken = session.value("panel.current.properties['start_datetime'][:16].replace('T', ' ')")
    assert taken in page.locator(".t-preview .t-title").inner_text()
    wheel_in(session, "panel._preview", share=0.2)
    facts = wait_facts(page, "full resolution")
    assert "MB read" in facts
    assert session.value("panel._preview.picture.level") == 0
    assert session.value("panel._preview.control.bytes_read") > 0
    keep(page, f"journey-look-{host}")
    assert "Signature=" not in page.content(), "no signed link reaches the browser"
    session.check()
    assert watch.errors == []


def _meet(one: list[float], other: list[float]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


@hosts
def test_order_review_confirm_follow_open_cancel_deliver(
    host: str, request: pytest.FixtureRequest, page: Page, watch: Watch
) -> None:
    session = open_in(host, request, page, "order-journey", ORDER)
    form = ready(page, "tasking")
    _order(session, form)
    keep(page, f"journey-ordered-{host}")
    follow = ready(page, "tasks")
    _follow_and_look(session, follow)
    keep(page, f"journey-done-{host}")
    _cancel_another(session, follow)
    _deliver(session, ready(page, "delivery"))
    keep(page, f"journey-delivered-{host}")
    assert session.run("print(tasking.last_error, tasks.last_error, delivery.last_error)") == "None None None"
    session.check()
    assert watch.errors == []


def _order(session: Session, form: Locator) -> None:
    says(form, "Click the marker")
    drop_marker(session.page, form, TO_HELSINKI)
    says(form, "EUR", selector=".t-estimate")
    says(form, "feasible", selector=".t-estimate")
    session.until("tasking.form.places")
    assert form.locator(".leaflet-overlay-pane path").count() >= 2, "the scene is drawn"
    lon, lat = session.value("tasking.form.places[0].point")
    assert (lon, lat) == (pytest.approx(25, abs=5), pytest.approx(60, abs=5))
    form.locator("button.t-review").click()
    says(form, "If you cancel it later", selector=".t-review-page")
    for words in ("1,800.00 EUR", "after it", "feasible"):
        says(form, words, selector=".t-review-page")
    assert session.value("len(client.tasking.list())") == 0, "nothing is sent by the first click"
    form.locator("button.t-send").dblclick()
    says(form, "1 task sent", selector=".t-outcome")
    assert session.value("len(client.tasking.list())") == 1, "two clicks send one task"


def _follow_and_look(session: Session, follow: Locator) -> None:
    follow.scroll_into_view_if_needed()
    follow.locator("button.t-refresh").click()
    follow.locator("button.t-order").first.click()
    says(follow, "Received", selector=".t-details")
    session.run("client.sandbox_server.advance(hours=2)")
    says(follow, "ACTIVE", selector=".t-details")
    says(follow, "planned; may still shift", selector=".t-details")
    session.run("client.sandbox_server.advance(days=15)")
    says(follow, "DONE", selector=".t-details")
    follow.locator(".t-product-grd-cog button.t-look").click()
    follow.locator(".t-preview").first.wait_for(state="visible")
    wait_facts(session.page, "pixels of the frame")
    rests(session.page)
    assert session.run("print(tasks.preview.picture is not None, tasks.preview.last_error)") == "True None"
    assert follow.locator(".t-picture img.leaflet-image-layer").first.evaluate("i => i.naturalWidth") > 50


def _cancel_another(session: Session, follow: Locator) -> None:
    session.run(EXTRA)
    follow.locator("button.t-refresh").click()
    follow.locator("button.t-order", has_text="Extra").click()
    follow.locator("button.t-cancel").click()
    says(follow, "10 % of", selector=".t-cancel-question")
    follow.locator("button.t-cancel-yes").click()
    says(follow, "CANCELED", selector=".t-details")
    assert session.value("sorted(t.status for t in client.tasking.list())") == ["CANCELED", "DONE"]


def _deliver(session: Session, panel: Locator) -> None:
    panel.scroll_into_view_if_needed()
    panel.locator("button.t-delivery-refresh").click()
    done = session.value(
        "[i.id for t in client.tasking.list() if t.status == 'DONE' for i in client.tasking.products(t)]"
    )
    panel.locator(".t-owned option").nth(1).wait_for(state="attached")
    session.until(f"{done[0]!r} in [key for _, key in delivery._items.options]")
    order = session.value("[key for _, key in delivery._items.options]")
    panel.locator(".t-owned select").select_option(index=order.index(done[0]))
    says(panel, "Deliver 1 item", selector="button.t-deliver:enabled")
    panel.locator("button.t-deliver").click()
    says(panel, "1 item", selector=".t-deliveries")
    session.run("client.sandbox_server.advance(hours=3)")
    says(panel, "SUCCESS", selector=".t-deliveries")
    assert session.value("[r.state for r in delivery.rows]") == ["delivered"]
    assert session.value("[list(r.items) for r in delivery.rows]") == [[done[0]]]
