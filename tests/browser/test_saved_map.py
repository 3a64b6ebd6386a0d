"""The saved map page works in a browser that has no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Watch, keep

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from iceye_geo import Client

pytestmark = pytest.mark.browser


def test_footprints_show_and_tell_without_a_network(
    client: Client, page: Page, watch: Watch, tmp_path: Path
) -> None:
    search = client.catalog.search(bbox=(-12, 34, 32, 66), max_items=60)
    saved = tmp_path / "map.html"
    search.to_map().save(str(saved))
    page.goto(saved.as_uri())
    page.wait_for_selector(".leaflet-overlay-pane path.leaflet-interactive")
    outlines = page.locator(".leaflet-overlay-pane path.leaflet-interactive")
    assert outlines.count() >= len(search.to_geodataframe()) // 2
    outlines.last.dispatch_event("mouseover")
    told = page.locator(".leaflet-tooltip").first.inner_text()
    for label in ("Acquired", "Mode", "Product", "Incidence", "Look side", "Pass", "Frame"):
        assert label in told
    assert page.locator(".leaflet-control-layers").count() == 1
    keep(page, "saved-map")
    assert watch.outside == [], "the page asks for nothing outside"
    assert watch.errors == []
