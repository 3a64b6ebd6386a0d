"""A heat of revisits on a page that needs no network."""

from __future__ import annotations

import re

import pytest
import shapely

from iceye_geo.analysis import coverage
from iceye_geo.maps.revisits import HEAT_COLORS, revisits
from tests.analysis.tables import table

WHOLE = shapely.box(24, 59, 26, 61)


def render(rows: list[tuple[str, str, shapely.Geometry]], aoi: object) -> str:
    return str(revisits(coverage(table(rows), aoi, cells=64)).get_root().render())


def test_cells_are_coloured_by_looks_and_tell_when() -> None:
    rows = [("1_1", "2026-01-01", WHOLE), ("2_1", "2026-01-09", shapely.box(24, 59, 25, 61))]
    page = render(rows, WHOLE)
    assert HEAT_COLORS[0] in page
    assert HEAT_COLORS[-1] in page
    assert "8.0 days" in page
    assert "100.0% covered" in page
    assert "Never seen" not in page


def test_gaps_have_a_layer_of_their_own() -> None:
    assert "Never seen" in render([("1_1", "2026-01-01", shapely.box(24, 59, 25, 60))], WHOLE)


def test_nothing_seen_is_a_page_too() -> None:
    assert "0% covered" in render([("1_1", "2026-01-01", shapely.box(0, 0, 1, 1))], WHOLE)


def test_the_page_asks_for_nothing() -> None:
    page = render([("1_1", "2026-01-01", WHOLE)], WHOLE)
    assert not re.search(r"<(script|link)[^>]+(src|href)=[\"']https?://", page)


@pytest.mark.parametrize("aoi", [(179, -1, -179, 1)])
def test_across_the_antimeridian_the_area_is_in_one_piece(aoi: tuple[float, ...]) -> None:
    page = render([("1_1", "2026-01-01", shapely.box(179, -1, 180, 1))], aoi)
    assert "181.0" in page
    assert "-179.5" not in page


def test_a_footprint_smaller_than_a_cell_is_on_the_page_with_its_share() -> None:
    page = render([("1_1", "2026-01-01", shapely.box(24.1, 59.1, 24.11, 59.11))], WHOLE)
    assert "&lt;0.1% covered" in page
    assert '"looks": 1' in page


def test_the_world_is_not_moved() -> None:
    page = render([("1_1", "2026-01-01", shapely.box(-100, 40, -99, 41))], (-180, -60, 180, 60))
    assert "-100.0" in page
    assert "260.0" not in page


def test_the_page_names_the_source_where_the_data_ask_for_it() -> None:
    gdf = table([("1_1", "2026-01-01", WHOLE)], attribution="ICEYE, CC-BY 4.0")
    assert "© ICEYE, CC-BY 4.0" in str(revisits(coverage(gdf, WHOLE, cells=20)).get_root().render())
