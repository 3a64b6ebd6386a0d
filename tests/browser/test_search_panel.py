"""The search panel in JupyterLab and in Voilà, with a real mouse: kernel and page must agree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Watch, keep
from tests.browser.servers import Server, Session, drag, open_in_lab, open_in_voila, run_in_kernel

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CELLS = [
    "from iceye_geo import Client\n"
    "from iceye_geo.panels import SearchPanel\n"
    "client = Client.sandbox(scene_size=512)\n"
    "looked = []\n"
    "panel = SearchPanel(client, on_look=looked.append)\n"
    "panel"
]
MAP = ".t-map .leaflet-container, .t-map.leaflet-container"
FOOTPRINTS = ".leaflet-overlay-pane path.leaflet-interactive"


def wait_found(page: Page) -> None:
    page.wait_for_function("document.querySelector('.t-status')?.innerText.startsWith('Found')")


def draw_box(page: Page, *, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw a rectangle with the mouse, at shares of the map's size, and wait until the panel knows."""
    page.locator(".leaflet-draw-draw-rectangle").click()
    drag(page, page.locator(MAP).first, start=start, end=end)
    page.wait_for_function("document.querySelector('.t-area-words').innerText.includes('km²')")


def kernel(page: Page, expression: str) -> object:
    """Return the value of an expression in the kernel."""
    return json.loads(run_in_kernel(page, f"import json; print(json.dumps({expression}))"))


def click_footprint(page: Page) -> None:
    """Click the middle of the topmost footprint with the mouse's own event."""
    page.locator(FOOTPRINTS).last.dispatch_event("click")


def test_draw_a_box_search_click_a_footprint_see_the_card(lab: Server, page: Page, watch: Watch) -> None:
    session = open_in_lab(page, lab, "search.ipynb", CELLS)
    page.wait_for_selector(MAP)
    draw_box(page, start=(0.42, 0.2), end=(0.62, 0.5))
    west, south, east, north = kernel(page, "list(panel.aoi.bounds)")
    assert -60 < west < east < 90
    assert 0 < south < north < 85
    assert page.locator(".t-area-west input").input_value() == f"{west:.5f}".rstrip("0").rstrip(".")

    page.locator(".t-search-go").click()
    wait_found(page)
    count = kernel(page, "len(panel.items)")
    assert isinstance(count, int)
    assert count > 10
    assert page.locator(FOOTPRINTS).count() >= count
    assert page.locator(".t-table tbody tr").count() == 10
    keep(page, "search-found")

    click_footprint(page)
    page.wait_for_selector(".t-picture img")
    current = kernel(page, "panel.current.id")
    assert str(current) in page.locator(".t-facts").inner_text().replace("\n", "")
    assert page.locator(".t-table tbody tr.on").get_attribute("data-id") == current
    source = page.locator(".t-picture img").get_attribute("src") or ""
    assert source.startswith("data:image/png;base64,")
    assert page.locator(".t-picture img").evaluate("img => img.naturalWidth") > 0
    assert page.locator("img.leaflet-image-layer").evaluate("img => img.naturalWidth") > 0
    page.locator(MAP).first.evaluate("map => map.scrollIntoView({block: 'start'})")
    keep(page, "search-card")
    session.check()
    assert watch.errors == []
    assert "Signature=" not in page.content()


@pytest.fixture
def searched(lab: Server, page: Page) -> Session:
    """A panel that has searched everywhere."""
    session = open_in_lab(page, lab, "searched.ipynb", CELLS)
    page.wait_for_selector(MAP)
    page.locator(".t-search-go").click()
    wait_found(page)
    page.wait_for_selector(".t-table tbody tr")
    return session


def test_the_table_by_mouse_and_by_keyboard(searched: Session) -> None:
    page = searched.page
    page.locator(".t-table button[data-column='incidence']").click()
    page.wait_for_selector(".t-table th[aria-sort='ascending']")
    shown = page.locator(".t-table tbody tr td:nth-child(7)").all_inner_texts()
    angles = [float(text.rstrip("°")) for text in shown]
    assert angles == sorted(angles)
    page.locator(".t-page-next").click()
    page.wait_for_function("document.querySelector('.iceye-table-words').innerText.startsWith('11 to 20')")

    page.locator(".t-table tbody tr").first.click()
    page.wait_for_selector(".t-table tbody tr.on")
    first = kernel(page, "panel.current.id")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("id => document.querySelector('.t-table tr.on')?.dataset.id !== id", arg=first)
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('.iceye-table-words').innerText.includes('1 selected')")
    assert kernel(page, "[item.id for item in panel.selected]") == [kernel(page, "panel.current.id")]
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert kernel(page, "len(looked)") == 1

    page.locator(".t-table tbody tr").nth(4).hover()
    page.wait_for_timeout(300)
    assert kernel(page, "len(panel.view._layers['highlight'].data['features'])") == 2
    page.locator(".t-table tbody tr").nth(4).dblclick()
    page.wait_for_timeout(500)
    assert kernel(page, "panel.view.map.zoom") > 4
    keep(page, "search-zoomed")
    searched.check()


def test_buying_asks_twice_and_shows_the_price(searched: Session) -> None:
    page = searched.page
    page.locator(".t-table tbody tr").nth(1).click()
    page.wait_for_selector(".t-picture img")
    before = kernel(page, "len(list(client.catalog.purchases()))")
    page.locator(".t-buy").click()
    confirm = page.locator(".t-confirm")
    confirm.wait_for(state="visible")
    page.wait_for_function("document.querySelector('.t-confirm').innerText.includes('EUR')")
    assert "available" in page.locator(".t-money").inner_text()
    assert kernel(page, "len(list(client.catalog.purchases()))") == before
    keep(page, "search-confirm")
    confirm.dblclick()
    page.wait_for_function("document.querySelector('.t-money').innerText.startsWith('Bought')")
    assert kernel(page, "len(list(client.catalog.purchases()))") == int(str(before)) + 1
    searched.check()


def test_the_code_is_shown_and_runs(searched: Session) -> None:
    page = searched.page
    from playwright.sync_api import expect

    shown = page.locator(".t-code pre")
    if not shown.is_visible():
        page.locator(".t-show-code").click()
    # The box comes first, what is in it a message later.
    expect(shown).to_contain_text("client.catalog.search(", timeout=20_000)
    code = shown.inner_text()
    assert code.startswith("search = client.catalog.search(")
    page.locator(".t-copy").click()
    page.wait_for_function("document.querySelector('.t-copy').innerText !== 'Copy'")
    run_in_kernel(page, code)
    assert kernel(page, "len(gdf)") == kernel(page, "len(panel.items)")
    keep(page, "search-code")
    searched.check()


def test_an_error_is_seen_on_the_page(searched: Session) -> None:
    page = searched.page
    page.locator(".t-area-west input").fill("somewhere")
    page.locator(".t-area-use").click()
    alert = page.locator(".t-error")
    alert.wait_for(state="visible")
    assert alert.get_attribute("role") == "alert"
    assert "west" in alert.inner_text()
    assert kernel(page, "type(panel.last_error).__name__") == "InvalidInputError"
    assert searched.errors == []


@pytest.mark.parametrize("width", [900, 1400])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_reads_well_at_any_width_and_theme(lab: Server, page: Page, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 1100 if width > 1000 else 2000})
    session = open_in_lab(page, lab, f"look-{width}-{theme}.ipynb", CELLS, theme=theme)
    page.wait_for_selector(MAP)
    page.locator(".t-search-go").click()
    wait_found(page)
    page.locator(".t-table tbody tr").nth(2).click()
    page.wait_for_selector(".t-picture img")
    page.wait_for_timeout(400)
    keep(page, f"search-{width}-{theme}")
    beyond = page.evaluate(
        """() => {
            const panel = document.querySelector('.t-search').getBoundingClientRect();
            const inside = node => node.closest('.iceye-scroll, .leaflet-container, .iceye-hidden') === null;
            return [...document.querySelectorAll('.t-search *')].filter(inside)
                .filter(n => n.offsetParent && n.getBoundingClientRect().right > panel.right + 2).map(n => n.className);
        }"""
    )
    assert beyond == [], "nothing sticks out of the panel"
    session.check()


def test_in_voila_too(voila: Server, page: Page, watch: Watch) -> None:
    session = open_in_voila(page, voila, "search.ipynb", CELLS)
    page.wait_for_selector(MAP, timeout=60_000)
    draw_box(page, start=(0.42, 0.2), end=(0.62, 0.5))
    page.locator(".t-search-go").click()
    wait_found(page)
    click_footprint(page)
    page.wait_for_selector(".t-picture img")
    keep(page, "search-voila")
    session.check()
    assert watch.errors == []
