"""The preview and the workbench with a real mouse and keyboard: what the page shows is what the kernel read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Watch, keep
from tests.browser.servers import Server, lab, open_in_lab, open_in_voila, run_in_kernel, voila

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
__all__ = ["lab", "voila"]  # the fixtures

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
PICTURE = ".t-preview .t-picture.leaflet-container, .t-preview .t-picture .leaflet-container"


def wait_facts(page: Page, words: str) -> str:
    """Wait until the line under the picture holds the words and nothing is being read; returns it."""
    page.wait_for_function(
        """words => document.querySelector('.t-preview .t-facts')?.innerText.includes(words)
            && !document.querySelector('.t-preview .iceye-busy')""",
        arg=words,
        timeout=60_000,
    )
    return page.locator(".t-preview .t-facts").inner_text()


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(PICTURE).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def kernel(page: Page, expression: str) -> object:
    return json.loads(run_in_kernel(page, f"import json; print(json.dumps({expression}))"))


def until(page: Page, condition: str) -> None:
    """Wait until an expression is true in the kernel; a busy machine takes its time."""
    for _ in range(60):
        if kernel(page, f"bool({condition})"):
            return
        page.wait_for_timeout(150)
    raise AssertionError(f"never became true: {condition}")


def test_wheel_drag_and_click_reach_the_kernel_and_come_back_as_pixels(
    lab: Server, page: Page, watch: Watch
) -> None:
    session = open_in_lab(page, lab, "preview.ipynb", PREVIEW)
    wait_facts(page, "overview")
    assert page.locator(f"{PICTURE} >> img.leaflet-image-layer").first.evaluate("i => i.naturalWidth") > 100
    whole = kernel(page, "panel.control.view.width")
    before = kernel(page, "panel.control.bytes_read")
    # Leaflet takes the focus at a click, and JupyterLab scrolls to what has it: done before anything is aimed at.
    page.locator(PICTURE).first.focus()
    page.wait_for_timeout(500)
    page.mouse.move(*middle(page))
    for _ in range(4):
        page.mouse.wheel(0, -120)
        page.wait_for_timeout(250)
    page.wait_for_timeout(900)
    wait_facts(page, "full resolution")
    view = kernel(
        page,
        "[panel.control.view.top, panel.control.view.left, panel.control.view.height, panel.control.view.width]",
    )
    assert view[3] < whole / 3
    assert kernel(page, "panel.control.bytes_read") > before
    assert kernel(page, "panel.picture.level") == 0
    x, y = middle(page)
    page.mouse.click(x + 20, y + 10)
    page.wait_for_function("document.querySelector('.t-reading').innerText.includes('column')")
    row, col = kernel(page, "[panel.reading.row, panel.reading.col]")
    box = page.locator(PICTURE).first.bounding_box()
    assert row == pytest.approx(view[0] + view[2] * (0.5 + 10 / box["height"]), abs=2)
    assert col == pytest.approx(view[1] + view[3] * (0.5 + 20 / box["width"]), abs=2)
    assert f"row {row}, column {col}" in page.locator(".t-reading").inner_text()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 150, y - 60, steps=8)
    page.mouse.up()
    until(page, f"panel.control.view.left > {view[1]}")
    wait_facts(page, "full resolution")
    keep(page, "preview-lab-zoomed")
    session.check()
    assert watch.errors == []


def test_the_keyboard_zooms_and_moves_the_picture(lab: Server, page: Page, watch: Watch) -> None:
    session = open_in_lab(page, lab, "preview-keys.ipynb", PREVIEW)
    wait_facts(page, "overview")
    width = kernel(page, "panel.control.view.width")
    page.locator(PICTURE).first.focus()
    page.keyboard.press("+")
    until(page, f"abs(panel.control.view.width / {width} - 1 / 2) < 0.05")
    left = kernel(page, "panel.control.view.left")
    page.keyboard.press("ArrowRight")
    until(page, f"panel.control.view.left > {left}")
    page.locator(".t-zoom-in").focus()
    page.keyboard.press("Enter")
    until(page, f"abs(panel.control.view.width / {width} - 1 / 4) < 0.03")
    session.check()


def test_an_expired_link_renews_while_zooming_and_nobody_notices(
    lab: Server, page: Page, watch: Watch
) -> None:
    session = open_in_lab(page, lab, "preview-expired.ipynb", PREVIEW)
    wait_facts(page, "overview")
    run_in_kernel(page, "client.sandbox_server.expire_links()")
    page.locator(".t-native").click()
    wait_facts(page, "full resolution")
    assert kernel(page, "panel.control.cog.transfer.renewals") == 1
    html = page.content()
    assert "Signature=" not in html
    session.check()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_group_of_controls_is_readable(voila: Server, page: Page, watch: Watch, theme: str) -> None:
    session = open_in_voila(page, voila, f"preview-{theme}.ipynb", PREVIEW, theme=theme)
    wait_facts(page, "overview")
    page.locator(".t-native").click()
    wait_facts(page, "full resolution")
    page.locator(".t-color-map select").select_option("magma")
    page.wait_for_timeout(800)
    keep(page, f"preview-1400-{theme}")
    page.set_viewport_size({"width": 900, "height": 900})
    for name in ("Picture", "Measure", "Dates", "Save"):
        page.locator(".t-group button", has_text=name).click()
        if name == "Measure":
            page.locator(".t-from input").fill("900, 900")
            page.locator(".t-from input").press("Tab")
            page.locator(".t-to input").fill("980, 905")
            page.locator(".t-to input").press("Tab")
            page.locator(".t-height").click()
            page.wait_for_function("document.querySelector('.t-measured').innerText.includes('m high')")
            page.locator(".t-histogram").click()
            page.wait_for_function("document.querySelector('img.t-plot, .t-plot img')?.naturalWidth > 100")
        page.wait_for_timeout(400)
        keep(page, f"preview-900-{theme}-{name.lower()}")
        side, body = (page.locator(s).first.bounding_box() for s in (".t-side", ".t-preview"))
        assert side["x"] + side["width"] <= body["x"] + body["width"] + 1, "nothing is cut off at the right"
    session.check()
    assert watch.errors == []


def test_without_a_map_buttons_do_it_all(voila: Server, page: Page, watch: Watch) -> None:
    session = open_in_voila(page, voila, "preview-plain.ipynb", PLAIN)
    wait_facts(page, "overview")
    first = page.locator("img.t-picture").get_attribute("src")
    for name in (".t-zoom-in", ".t-zoom-in", ".t-zoom-in", ".t-pan-right"):
        page.locator(name).click()
        page.wait_for_timeout(500)
    wait_facts(page, "full resolution")
    assert page.locator("img.t-picture").get_attribute("src") != first
    keep(page, "preview-plain")
    session.check()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_workbench_leads_from_a_search_to_a_look(
    voila: Server, page: Page, watch: Watch, theme: str
) -> None:
    session = open_in_voila(page, voila, f"workbench-{theme}.ipynb", BENCH, theme=theme)
    page.wait_for_selector(".t-map .leaflet-container, .t-map.leaflet-container", timeout=60_000)
    page.wait_for_timeout(1500)
    for name in ("Task", "Follow", "Deliver", "Look", "Search"):
        page.locator(".t-tabs button", has_text=name).click()
        page.wait_for_timeout(1200)
        keep(page, f"workbench-1400-{theme}-{name.lower()}")
    page.set_viewport_size({"width": 900, "height": 900})
    for name in ("Task", "Search"):
        page.locator(".t-tabs button", has_text=name).click()
        page.wait_for_timeout(1000)
        keep(page, f"workbench-900-{theme}-{name.lower()}")
    session.check()
    assert watch.errors == []


def test_look_into_it_opens_the_look_tab(lab: Server, page: Page, watch: Watch) -> None:
    session = open_in_lab(page, lab, "workbench.ipynb", BENCH)
    page.wait_for_selector(".t-tabs")
    run_in_kernel(page, "panel.look_into(item)")
    wait_facts(page, "overview")
    page.locator(".t-zoom-in").click()
    page.wait_for_timeout(900)
    assert kernel(page, "panel.tab") == "preview"
    page.locator(".t-tabs button", has_text="Search").click()
    page.locator(".t-tabs button", has_text="Look").click()
    wait_facts(page, "pixels of the frame")
    assert page.locator(f"{PICTURE} >> img.leaflet-image-layer").count() >= 1
    keep(page, "workbench-lab-look")
    session.check()
