"""The search panel's table, shop and code, by mouse and by keyboard: kernel and page must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.acts import MAP, wait_found
from tests.browser.conftest import Watch, keep, new_page
from tests.browser.servers import Server, Session, open_in_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

CELLS = [
    "from iceye_geo import Client\n"
    "from iceye_geo.panels import SearchPanel\n"
    "client = Client.sandbox(scene_size=512)\n"
    "looked = []\n"
    "panel = SearchPanel(client, on_look=looked.append)\n"
    "panel"
]


@pytest.fixture(scope="module")
def opened(lab: Server, browser: Browser) -> Iterator[Session]:
    """A search panel that all tests here share: its kernel takes longer to start than they take together."""
    with new_page(browser, Watch()) as page:
        yield open_in_lab(page, lab, "searched.ipynb", CELLS)


@pytest.fixture
def searched(opened: Session) -> Session:
    """The panel after a search everywhere, as if nobody had used it yet."""
    page = opened.page
    page.wait_for_selector(MAP)
    opened.until("panel.view.map.bounds")
    opened.errors.clear()
    opened.run("panel.area.set_area(None); panel.search(wait_s=60); looked.clear()")
    wait_found(page)
    page.wait_for_function("document.querySelector('.iceye-table-words').innerText.startsWith('1 to 10')")
    return opened


def test_the_table_by_mouse_and_by_keyboard(searched: Session) -> None:
    page, session = searched.page, searched
    page.locator(".t-table button[data-column='incidence']").click()
    page.wait_for_selector(".t-table th[aria-sort='ascending']")
    shown = page.locator(".t-table tbody tr td:nth-child(7)").all_inner_texts()
    angles = [float(text.rstrip("°")) for text in shown]
    assert angles == sorted(angles)
    page.locator(".t-page-next").click()
    page.wait_for_function("document.querySelector('.iceye-table-words').innerText.startsWith('11 to 20')")

    page.locator(".t-table tbody tr").first.click()
    page.wait_for_selector(".t-table tbody tr.on")
    first = session.value("panel.current.id")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("id => document.querySelector('.t-table tr.on')?.dataset.id !== id", arg=first)
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('.iceye-table-words').innerText.includes('1 selected')")
    assert session.value("[item.id for item in panel.selected]") == [session.value("panel.current.id")]
    page.keyboard.press("Enter")
    session.until("len(looked) == 1")

    page.locator(".t-table tbody tr").nth(4).hover()
    marked = "getattr(panel.view._layers.get('highlight'), 'data', {}).get('features', [])"
    session.until(f"len({marked}) == 2")
    page.locator(".t-table tbody tr").nth(4).dblclick()
    session.until("panel.view.map.zoom > 4")
    assert session.value("len(looked)") == 1
    keep(page, "search-zoomed")
    session.check()


def test_buying_asks_twice_and_shows_the_price(searched: Session) -> None:
    page, session = searched.page, searched
    page.locator(".t-table tbody tr").nth(1).click()
    page.wait_for_selector(".t-picture img")
    before = session.value("len(list(client.catalog.purchases()))")
    page.locator(".t-buy").click()
    confirm = page.locator(".t-confirm")
    confirm.wait_for(state="visible")
    page.wait_for_function("document.querySelector('.t-confirm').innerText.includes('EUR')")
    assert "available" in page.locator(".t-money").inner_text()
    assert session.value("len(list(client.catalog.purchases()))") == before
    keep(page, "search-confirm")
    confirm.dblclick()
    page.wait_for_function("document.querySelector('.t-money').innerText.startsWith('Bought')")
    assert session.value("len(list(client.catalog.purchases()))") == int(str(before)) + 1
    session.check()


def test_the_code_is_shown_and_runs(searched: Session) -> None:
    page, session = searched.page, searched
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
    session.run(code)
    assert session.value("len(gdf)") == session.value("len(panel.items)")
    keep(page, "search-code")
    session.check()


def test_an_error_is_seen_on_the_page(searched: Session) -> None:
    page, session = searched.page, searched
    page.locator(".t-area-west input").fill("somewhere")
    page.locator(".t-area-use").click()
    alert = page.locator(".t-error")
    alert.wait_for(state="visible")
    assert alert.get_attribute("role") == "alert"
    assert "west" in alert.inner_text()
    assert session.value("type(panel.last_error).__name__") == "InvalidInputError"
    assert session.errors == []
