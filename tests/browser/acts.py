"""What a person does on the page, and what a test waits for: words, pictures, the kernel's answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import PATIENCE_MS
from tests.browser.servers import Server, Session, drag, open_in_lab, open_in_voila

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Locator, Page

MAP = ".t-map .leaflet-container, .t-map.leaflet-container"
FOOTPRINTS = ".leaflet-overlay-pane path.leaflet-interactive"
PICTURE = ".t-preview .t-picture.leaflet-container, .t-preview .t-picture .leaflet-container"


def open_in(
    host: str,
    request: pytest.FixtureRequest,
    page: Page,
    name: str,
    cells: Sequence[str],
    *,
    theme: str = "light",
) -> Session:
    """Open a notebook in a host, "lab" or "voila"."""
    server: Server = request.getfixturevalue(host)
    opened = open_in_voila if host == "voila" else open_in_lab
    return opened(page, server, f"{name}-{theme}.ipynb", cells, theme=theme)


def ready(page: Page, panel: str) -> Locator:
    """Wait until a panel is on the page, and return it."""
    root = page.locator(f".iceye-panel.t-{panel}").first
    root.wait_for(state="visible", timeout=2 * PATIENCE_MS)
    return root


def says(root: Locator, words: str, *, selector: str = ".t-status") -> None:
    """Wait until a part of the panel shows these words, a regular expression."""
    root.locator(selector).filter(has_text=re.compile(words)).first.wait_for(
        state="visible", timeout=PATIENCE_MS
    )


def rests(page: Page) -> None:
    """Wait until no panel on the page shows that it works, and what it told has been drawn."""
    page.wait_for_function(
        """() => ![...document.querySelectorAll('.iceye-busy')].some(spot => spot.offsetParent)""",
        timeout=PATIENCE_MS,
    )
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def wait_facts(page: Page, words: str) -> str:
    """Wait until the line under the preview's picture holds the words and nothing is being read; returns it."""
    page.wait_for_function(
        """words => document.querySelector('.t-preview .t-facts')?.innerText.includes(words)
            && !document.querySelector('.t-preview .iceye-busy')""",
        arg=words,
        timeout=PATIENCE_MS,
    )
    return page.locator(".t-preview .t-facts").inner_text()


def middle(page: Page) -> tuple[float, float]:
    """Return where the middle of the preview's picture is on the page."""
    box = page.locator(PICTURE).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def hold_still(page: Page) -> None:
    """Take the focus to the picture: Leaflet does so at a click, and JupyterLab then scrolls to what has it."""
    picture = page.locator(PICTURE).first
    picture.scroll_into_view_if_needed()
    picture.focus()
    seen = None
    while seen != (seen := middle(page)):
        page.wait_for_timeout(200)


def steady(session: Session, expression: str) -> Any:
    """Wait until an expression in the kernel no longer changes, and return its value: zooming moves for a moment."""
    seen, same = object(), 0
    while same < 3:
        now = session.value(expression)
        seen, same = now, same + 1 if now == seen else 0
        session.page.wait_for_timeout(150)
    return seen


def wheel_in(session: Session, panel: str, *, share: float) -> None:
    """Turn the wheel over the middle of the picture until the view is narrower than this share of what it was."""
    page = session.page
    hold_still(page)
    whole = session.value(f"{panel}.control.view.width")
    for _ in range(40):
        page.mouse.move(*middle(page))
        page.mouse.wheel(0, -120)
        page.wait_for_timeout(250)
        if session.value(f"{panel}.control.view.width") < whole * share:
            return
    raise AssertionError("the wheel does not zoom")


def draw_box(page: Page, *, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw a rectangle with the mouse, at shares of the map's size, and wait until the panel knows."""
    page.locator(".leaflet-draw-draw-rectangle").click()
    drag(page, page.locator(MAP).first, start=start, end=end)
    page.wait_for_function(
        "document.querySelector('.t-area-words').innerText.includes('km²')", timeout=PATIENCE_MS
    )


def drop_marker(page: Page, root: Locator, offset: tuple[int, int]) -> None:
    """Take the marker tool and click the map so many pixels from its middle."""
    tool = root.locator(".leaflet-draw-draw-marker")
    tool.wait_for(state="visible")
    tool.click()
    box = root.locator(".leaflet-container").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2 + offset[0], box["y"] + box["height"] / 2 + offset[1]
    page.mouse.move(x - 5, y - 5)
    page.mouse.move(x, y)
    page.mouse.click(x, y)


def wait_found(page: Page) -> None:
    """Wait until a search has ended."""
    page.wait_for_function(
        "document.querySelector('.t-search .t-status')?.innerText.startsWith('Found')", timeout=PATIENCE_MS
    )
