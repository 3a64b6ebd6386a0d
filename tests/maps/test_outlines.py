"""Footprints on a page: colours, words, the antimeridian, no network and no key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
from shapely.geometry import MultiPolygon, box

from iceye_geo.errors import InvalidInputError
from iceye_geo.maps import footprints
from iceye_geo.maps.outlines import PRODUCT_COLORS, TIME_COLORS, joined
from iceye_geo.stac import IceyeItem, to_geodataframe

if TYPE_CHECKING:
    import folium

    from iceye_geo import Client

EUROPE = (-12, 34, 32, 66)


def page_of(made: folium.Map) -> str:
    page: str = made.get_root().render()
    return page


@pytest.fixture(scope="module")
def items(client: Client) -> list[IceyeItem]:
    return list(client.catalog.search(bbox=EUROPE, max_items=40).items())


@pytest.fixture(scope="module")
def gdf(items: list[IceyeItem]) -> gpd.GeoDataFrame:
    return to_geodataframe(items)


def test_the_page_asks_for_nothing(gdf: gpd.GeoDataFrame) -> None:
    page = page_of(footprints(gdf))
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']?http", page)
    assert "url(images/" not in page
    assert "L.map(" in page


def test_products_have_their_colour_and_a_layer_with_their_number(gdf: gpd.GeoDataFrame) -> None:
    page = page_of(footprints(gdf))
    for product, number in gdf["sar:product_type"].value_counts().items():
        assert PRODUCT_COLORS[str(product)] in page
        assert f"{product} ({number})" in page


def test_time_is_a_ramp_from_first_to_last(gdf: gpd.GeoDataFrame) -> None:
    page = page_of(footprints(gdf, color_by="time"))
    assert TIME_COLORS[0] in page
    assert TIME_COLORS[-1] in page
    assert f"{gdf['acquired'].min():%Y-%m-%d}" in page
    assert "Acquired" in page


def test_the_tooltip_says_what_an_analyst_asks_first(gdf: gpd.GeoDataFrame) -> None:
    page = page_of(footprints(gdf.head(1)))
    row = gdf.iloc[0]
    for label in ("Acquired", "Mode", "Product", "Incidence", "Look side", "Pass"):
        assert f'"{label}"' in page
    assert f"{row['acquired']:%Y-%m-%d %H:%M:%S} UTC" in page
    assert f"{row['view:incidence_angle']:.1f}" in page


def test_values_that_are_missing_are_said_to_be(gdf: gpd.GeoDataFrame) -> None:
    row = gdf.head(1).copy()
    row["view:incidence_angle"] = float("nan")
    assert "not stated" in page_of(footprints(row))


def test_thumbnails_are_laid_over_as_data(client: Client, items: list[IceyeItem]) -> None:
    page = page_of(footprints(items, fetch=client.session.fetch, thumbnails=3))
    assert "Thumbnails (3)" in page
    assert page.count("data:image/png;base64") >= 3
    assert "Signature=" not in page


def test_signed_links_stay_out_unless_asked_for(items: list[IceyeItem]) -> None:
    assert "Signature=" not in page_of(footprints(items))
    assert "Signature=" in page_of(footprints(items[:1], signed_links=True))


def test_signed_links_need_items(gdf: gpd.GeoDataFrame) -> None:
    with pytest.raises(InvalidInputError, match="signed_links"):
        footprints(gdf, signed_links=True)


def test_an_unknown_colouring_is_refused(gdf: gpd.GeoDataFrame) -> None:
    with pytest.raises(InvalidInputError, match="color_by"):
        footprints(gdf, color_by="mood")  # type: ignore[arg-type]


def test_nothing_found_is_a_page_too() -> None:
    for color_by in ("product", "time"):
        page = page_of(footprints(to_geodataframe([]), color_by=color_by))  # type: ignore[arg-type]
        assert "Nothing found" in page


def test_words_of_a_record_cannot_break_the_page(gdf: gpd.GeoDataFrame) -> None:
    row = gdf.head(1).copy()
    row["iceye:frame_id"] = "<script>alert(1)</script>{{ 7 * 7 }}"
    page = page_of(footprints(row, title="<b>{{ 7 * 7 }}</b>"))
    assert "<script>alert(1)" not in page
    assert "<b>49" not in page


def test_a_basemap_of_your_own_replaces_the_land(gdf: gpd.GeoDataFrame) -> None:
    made = footprints(gdf.head(1), basemap="https://tiles.example.invalid/{z}/{x}/{y}.png", attribution="us")
    page = page_of(made)
    assert "tiles.example.invalid" in page
    assert "Natural Earth" not in page


def test_scenes_across_the_antimeridian_stay_together(client: Client) -> None:
    found = client.catalog.search(bbox=(170, -40, -170, 75), max_items=30).to_geodataframe()
    shapes = [g for g in joined(found.geometry) if g is not None]
    assert any(g.bounds[2] > 180 for g in shapes)
    assert max(g.bounds[2] for g in shapes) - min(g.bounds[0] for g in shapes) < 40
    assert all(g.bounds[2] - g.bounds[0] < 20 for g in shapes)


@pytest.mark.parametrize(
    ("shapes", "spans"),
    [
        ([box(0, 0, 1, 1)], [(0, 1)]),
        ([MultiPolygon([box(179, 0, 180, 1), box(-180, 0, -179, 1)])], [(179, 181)]),
        (
            [MultiPolygon([box(179, 0, 180, 1), box(-180, 0, -179, 1)]), box(-170, 0, -169, 1)],
            [(179, 181), (190, 191)],
        ),
        (
            [MultiPolygon([box(179, 0, 180, 1), box(-180, 0, -179, 1)]), box(-10, 0, 10, 1)],
            [(179, 181), (-10, 10)],
        ),
        ([None, box(0, 0, 1, 1)], [None, (0, 1)]),
    ],
)
def test_where_footprints_are_drawn(shapes: list[Any], spans: list[Any]) -> None:
    drawn = [(g.bounds[0], g.bounds[2]) if g is not None else None for g in joined(shapes)]
    assert drawn == spans
