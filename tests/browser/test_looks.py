"""Every panel, light and dark, at 900 and 1400 px: nothing is cut off, every control has a name and can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.acts import MAP, ready, rests, says, wait_facts, wait_found
from tests.browser.conftest import ARTIFACTS, Watch
from tests.browser.servers import Server, open_in_lab, open_in_voila

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

WIDTHS = (900, 1400)
THEMES = ("light", "dark")
CLIENT = """
import datetime as dt
from iceye_geo import Client
from iceye_geo.panels import *
client = Client.sandbox(scenes=60, scene_size=1200, rejection_rate=0, failure_rate=0)
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
owned = list(client.catalog.search(collections=["private"], max_items=9).items())
places = client.delivery.locations()
rows = [client.delivery.create(owned[n : 2 * n + 1], to=places[n % 2].target(sub_path="sar/2026")) for n in range(4)]
for row, status in zip(rows, ("SUCCESS", "FAILED", "SUCCESS")):
    client.sandbox_server.force(row.id, status)
query = {"sar:product_type": {"eq": "GRD-COG"}, "iceye:processing_mode": {"eq": "SM"}}
item = next(client.catalog.search(collections=["private"], query=query, max_items=1).items())
"""
PANELS = {
    "search": "SearchPanel(client)",
    "tasking": "tasking = TaskingPanel(client)\ntasking.use_places([(24.95, 60.16)])\ntasking",
    "tasks": "TasksPanel(client, poll_s=30)",
    "delivery": "DeliveryPanel(client, poll_s=30)",
    "preview": "PreviewPanel(item, client=client)",
}
# Sticks out of its panel, is cut off by its own box, or has to be scrolled sideways.
CUT_OFF = """panel => {
    const edge = panel.getBoundingClientRect().right + 2;
    const own = '.leaflet-container, .iceye-hidden, .iceye-code, .jupyter-widgets-output-area';
    return [...panel.querySelectorAll('*')].filter(n => n.offsetParent && !n.closest(own)).filter(n => {
        const style = getComputedStyle(n), clips = n.scrollWidth > n.clientWidth + 2 && n.clientWidth > 0;
        return n.getBoundingClientRect().right > edge || (clips && ['auto', 'scroll'].includes(style.overflowX))
            || (clips && n.matches('button, th, td, label, h3, h4'));
    }).map(n => `${n.tagName} ${n.className}: ${n.textContent.trim().slice(0, 40)}`);
}"""
# What the eye needs: 4.5 to 1 for text; what is disabled is meant to be faint.
FAINT = """panel => {
    // Mixed colours are told as "color(srgb 0.5 0.5 0.5 / 0.8)", others as "rgb(128, 128, 128)".
    const parse = color => (color.match(/[\\d.]+/g) || []).map(Number)
        .map((part, at) => color.startsWith('color(') && at < 3 ? part * 255 : part);
    const over = (top, below) => { const a = top[3] ?? 1; return [0, 1, 2].map(i => top[i] * a + below[i] * (1 - a)); };
    const ground = n => { let stack = [];
        for (let e = n; e; e = e.parentElement) stack.push(parse(getComputedStyle(e).backgroundColor));
        return stack.reverse().reduce((below, top) => top.length ? over(top, below) : below, [255, 255, 255]); };
    const light = rgb => {
        const [r, g, b] = rgb.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const texts = [...panel.querySelectorAll('*')].filter(n => n.offsetParent
        && !n.closest('.leaflet-container, :disabled')
        && [...n.childNodes].some(c => c.nodeType === 3 && c.textContent.trim()));
    return texts.map(n => { const below = ground(n), fore = over(parse(getComputedStyle(n).color), below);
        const [a, b] = [light(below), light(fore)].sort((x, y) => y - x);
        return [(a + 0.05) / (b + 0.05), n]; })
        .filter(([ratio, n]) => ratio < 4.5 && Number(getComputedStyle(n).opacity) === 1)
        .map(([ratio, n]) => `${ratio.toFixed(1)}: ${n.className} ${n.textContent.trim().slice(0, 40)}`);
}"""
# What Tab has to come to, in this order.
TABBABLE = """panel => {
    const kinds = 'button, input, select, textarea, a[href], [tabindex="0"], summary, .widget-readout';
    [...panel.querySelectorAll(kinds)].filter(n => n.offsetParent && !n.disabled)
        .filter(n => (n.tabIndex >= 0 || n.isContentEditable) && getComputedStyle(n).visibility === 'visible')
        .forEach((n, at) => { n.dataset.stop = at; });
}"""
# Where the focus is, and whether one sees it there.
FOCUS = """() => { const at = document.activeElement, style = getComputedStyle(at), label = at.closest('label');
    const ring = s => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
    return [at.dataset.stop ?? null, ring(style) || Boolean(label && ring(getComputedStyle(label))),
            `${at.tagName} ${at.className} ${at.innerText?.slice(0, 30) ?? ''}`]; }"""
NEEDS_NAME = {
    "button", "checkbox", "combobox", "listbox", "slider", "spinbutton", "textbox", "link", "radio", "DateTime", "Date",
}  # fmt: skip


def _bring_to_life(page: Page) -> dict[str, Locator]:
    """Wait for every panel, and bring each to where it shows most."""
    roots = {name: ready(page, name) for name in PANELS}
    page.locator(MAP).first.wait_for(state="visible")
    page.locator(".t-search-go").click()
    wait_found(page)
    page.locator(".t-table tbody tr").nth(2).click()
    page.locator(".t-card .t-picture img").wait_for()
    says(roots["tasking"], "feasible", selector=".t-estimate")
    roots["tasking"].locator("button.t-review").click()
    says(roots["tasking"], "If you cancel it later", selector=".t-review-page")
    roots["tasks"].locator("button.t-order", has_text="Archipelago ice").click()
    says(roots["tasks"], "GRD-COG", selector=".t-products")
    says(roots["delivery"], "FAILED", selector=".t-deliveries")
    wait_facts(page, "pixels of the frame")
    return roots


def _look(page: Page, root: Locator, name: str) -> None:
    """Keep a picture of the panel, and find what one would not ship."""
    root.scroll_into_view_if_needed()
    rests(page)
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    root.screenshot(path=ARTIFACTS / f"{name}.png")
    assert root.evaluate(CUT_OFF) == [], f"{name}: nothing is cut off"
    assert root.evaluate(FAINT) == [], f"{name}: everything can be read"


def _tab_through(page: Page, root: Locator) -> None:
    """Go through a panel with Tab: every control is come to, in the order of the page, and shows it."""
    root.evaluate(TABBABLE)
    stops = root.locator("[data-stop]").count()
    assert stops
    root.locator("[data-stop='0']").focus()
    wrong = []
    for wanted in range(1, stops):
        for _ in range(9):  # a date has a stop for each of its parts, a time too
            page.keyboard.press("Tab")
            stop, seen, what = page.evaluate(FOCUS)
            if stop != str(wanted - 1):
                break
        if stop != str(wanted) or not seen:
            wrong.append((f"stop {wanted}", f"came to {stop}, ring {seen}", what))
    assert wrong == [], "Tab comes to every control in order, and one sees where"
    root.evaluate("panel => panel.querySelectorAll('[data-stop]').forEach(n => delete n.dataset.stop)")


def _nameless(page: Page) -> list[Any]:
    """Return the controls that a screen reader cannot name when it comes to them."""
    for handle in page.locator("[role=slider]:visible").all():
        handle.focus()
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [
        (node["role"]["value"], node.get("description", {}).get("value"))
        for node in tree
        if not node.get("ignored")
        and node.get("role", {}).get("value") in NEEDS_NAME
        and not node.get("name", {}).get("value", "").strip()
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_every_panel_reads_well_at_any_width_in_voila(
    voila: Server, page: Page, watch: Watch, theme: str
) -> None:
    page.set_viewport_size({"width": WIDTHS[-1], "height": 1600})
    session = open_in_voila(page, voila, f"looks-{theme}.ipynb", [CLIENT, *PANELS.values()], theme=theme)
    roots = _bring_to_life(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1600})
        for name, root in roots.items():
            _look(page, root, f"{name}-{theme}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width + 1, (
            "the page stays in the window"
        )
    if theme == "light":
        for root in roots.values():
            _tab_through(page, root)
    for group in ("Measure", "Dates", "Save", "Picture"):
        page.locator(".t-preview .t-group button", has_text=group).click()
        _look(page, roots["preview"], f"preview-{theme}-{group.lower()}")
        assert _nameless(page) == [], f"every control has a name, {group} too"
    session.check()
    assert watch.errors == []


def test_the_workbench_reads_well_in_jupyterlab_in_either_theme(
    lab: Server, page: Page, watch: Watch
) -> None:
    session = open_in_lab(page, lab, "looks.ipynb", [CLIENT, "bench = Workbench(client)\nbench"])
    root = ready(page, "workbench")
    page.locator(MAP).first.wait_for(state="visible")
    for theme in THEMES:
        session.set_theme(theme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 1100})
            for tab in ("Task", "Follow", "Deliver", "Look", "Search"):
                page.locator(".t-tabs button", has_text=tab).click()
                _look(page, root, f"workbench-{theme}-{width}-{tab.lower()}")
    session.check()
    assert watch.errors == []
