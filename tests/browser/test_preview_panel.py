"""The preview and the workbench with a real mouse and keyboard: what the page shows is what the kernel read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.acts import PICTURE, hold_still, middle, steady, wait_facts, wheel_in
from tests.browser.conftest import Watch, keep
from tests.browser.servers import Server, open_in_lab, open_in_voila

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

OPEN = (
    "from iceye_geo import Client\n"
    "client = Client.sandbox(scene_size=2600, scenes=60)\n"
    'query = {"sar:product_type": {"eq": "GRD-COG"}, "iceye:processing_mode": {"eq": "SM"}}\n'
    'item = next(client.catalog.search(collections=["private"], query=query, max_items=1).items())\n'
)
PREVIEW = [
    OPEN + "from iceye_geo.panels import PreviewPanel\npanel = PreviewPanel(item, client=client)\npanel"
]
PLAIN = [
    OPEN + "from iceye_geo.panels import PreviewPanel\n"
    "panel = PreviewPanel(item, client=client, interactive=False)\npanel"
]
BENCH = [OPEN + "from iceye_geo.panels import Workbench\npanel = Workbench(client)\npanel"]
VIEW = "[getattr(panel.control.view, side) for side in ('top', 'left', 'height', 'width')]"


def test_wheel_drag_and_click_reach_the_kernel_and_come_back_as_pixels(
    lab: Server, page: Page, watch: Watch
) -> None:
    session = open_in_lab(page, lab, "preview.ipynb", PREVIEW)
    wait_facts(page, "overview")
    assert page.locator(f"{PICTURE} >> img.leaflet-image-layer").first.evaluate("i => i.naturalWidth") > 100
    whole = session.value("panel.control.view.width")
    before = session.value("panel.control.bytes_read")
    wheel_in(session, "panel", share=1 / 3)
    view = steady(session, VIEW)
    wait_facts(page, "full resolution")
    assert view[3] < whole / 3
    assert session.value("panel.control.bytes_read") > before
    assert session.value("panel.picture.level") == 0
    x, y = middle(page)
    page.mouse.click(x + 20, y + 10)
    page.wait_for_function("document.querySelector('.t-reading').innerText.includes('column')")
    row, col = session.value("[panel.reading.row, panel.reading.col]")
    box = page.locator(PICTURE).first.bounding_box()
    assert box is not None
    assert row == pytest.approx(view[0] + view[2] * (0.5 + 10 / box["height"]), abs=2)
    assert col == pytest.approx(view[1] + view[3] * (0.5 + 20 / box["width"]), abs=2)
    assert f"row {row}, column {col}" in page.locator(".t-reading").inner_text()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 150, y - 60, steps=8)
    page.mouse.up()
    session.until(f"panel.control.view.left > {view[1]}")
    wait_facts(page, "full resolution")
    keep(page, "preview-lab-zoomed")
    session.check()
    assert watch.errors == []


def test_the_keyboard_zooms_and_moves_the_picture(lab: Server, page: Page, watch: Watch) -> None:
    session = open_in_lab(page, lab, "preview-keys.ipynb", PREVIEW)
    wait_facts(page, "overview")
    session.until("panel.canvas._known")  # until the map has told its size the kernel places it, over any key
    hold_still(page)
    width = steady(session, VIEW)[3]
    page.keyboard.press("+")
    session.until(f"abs(panel.control.view.width / {width} - 1 / 2) < 0.05")
    left = session.value("panel.control.view.left")
    page.keyboard.press("ArrowRight")
    session.until(f"panel.control.view.left > {left}")
    page.locator(".t-zoom-in").focus()
    page.keyboard.press("Enter")
    session.until(f"abs(panel.control.view.width / {width} - 1 / 4) < 0.03")
    session.check()


def test_an_expired_link_renews_while_zooming_and_nobody_notices(
    lab: Server, page: Page, watch: Watch
) -> None:
    session = open_in_lab(page, lab, "preview-expired.ipynb", PREVIEW)
    wait_facts(page, "overview")
    session.until("panel.jobs.wait(timeout=0.2)")
    session.run("from iceye_geo.cog.store import SHARED; SHARED.drop(panel.control.cog._reader.identity)")
    session.run("client.sandbox_server.expire_links()")
    page.locator(".t-native").click()
    wait_facts(page, "full resolution")
    assert session.value("panel.control.cog.transfer.renewals") == 1
    html = page.content()
    assert "Signature=" not in html
    session.check()


def test_a_shadow_is_measured_and_a_histogram_drawn_from_typed_pixels(
    voila: Server, page: Page, watch: Watch
) -> None:
    session = open_in_voila(page, voila, "preview-measure.ipynb", PREVIEW)
    wait_facts(page, "overview")
    page.locator(".t-color-map select").select_option("magma")
    session.until("panel.control.display.color_map == 'magma'")
    page.locator(".t-group button", has_text="Measure").click()
    for name, pixel in (("from", "900, 900"), ("to", "980, 905")):
        page.locator(f".t-{name} input").fill(pixel)
        page.locator(f".t-{name} input").press("Tab")
    page.locator(".t-height").click()
    page.wait_for_function("document.querySelector('.t-measured').innerText.includes('m high')")
    page.locator(".t-histogram").click()
    page.wait_for_function("document.querySelector('img.t-plot, .t-plot img')?.naturalWidth > 100")
    keep(page, "preview-measured")
    session.check()
    assert watch.errors == []


def test_without_a_map_buttons_do_it_all(voila: Server, page: Page, watch: Watch) -> None:
    session = open_in_voila(page, voila, "preview-plain.ipynb", PLAIN)
    session.until("panel.jobs.wait(timeout=0.2)")
    wait_facts(page, "overview")
    first = page.locator("img.t-picture").get_attribute("src")
    for name in (".t-zoom-in", ".t-zoom-in", ".t-zoom-in", ".t-pan-right"):
        before = session.value(VIEW)
        page.locator(name).click()
        session.until(f"{VIEW} != {before}")
    wait_facts(page, "full resolution")
    assert page.locator("img.t-picture").get_attribute("src") != first
    keep(page, "preview-plain")
    session.check()


def test_look_into_it_opens_the_look_tab(lab: Server, page: Page, watch: Watch) -> None:
    session = open_in_lab(page, lab, "workbench.ipynb", BENCH)
    page.wait_for_selector(".t-tabs")
    session.run("panel.look_into(item)")
    wait_facts(page, "overview")
    width = session.value("panel.preview.control.view.width")
    page.locator(".t-preview .t-zoom-in").click()
    session.until(f"panel.preview.control.view.width < {width}")
    assert session.value("panel.tab") == "preview"
    page.locator(".t-tabs button", has_text="Search").click()
    page.locator(".t-tabs button", has_text="Look").click()
    wait_facts(page, "pixels of the frame")
    assert page.locator(f"{PICTURE} >> img.leaflet-image-layer").count() >= 1
    keep(page, "workbench-lab-look")
    session.check()
