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


def test_a_look_lies_above_the_land(client: Client, page: Page, watch: Watch, tmp_path: Path) -> None:
    owned = client.catalog.search(
        collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=3
    )
    saved = tmp_path / "look.html"
    with client.open_cog(next(owned.items())) as cog:
        cog.to_map(max_size=256).save(str(saved))
    page.goto(saved.as_uri())
    page.wait_for_selector("img.leaflet-image-layer")
    is_above = page.evaluate(
        """() => {
            const z = pane => Number(getComputedStyle(document.querySelector(pane)).zIndex);
            return z(".leaflet-iceye-land-pane") < z(".leaflet-overlay-pane")
                && document.querySelectorAll(".leaflet-iceye-land-pane path").length > 0
                && !document.querySelector(".leaflet-overlay-pane path[fill='#e9ecef']");
        }"""
    )
    assert is_above
    keep(page, "look-on-map")
    assert watch.outside == []
    assert watch.errors == []
