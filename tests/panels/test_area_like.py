"""Areas from values in Python, and the panels that take them: the short way to say where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from iceye_geo import Client
from iceye_geo.errors import InvalidInputError
from iceye_geo.panels import SearchPanel
from iceye_geo.panels.area import from_numbers
from iceye_geo.panels.area_like import read_area
from iceye_geo.panels.saved_areas import SavedAreas
from iceye_geo.stac import to_item

BOX = shapely.box(24, 59, 26, 61)
RECORD = {"id": "a", "geometry": BOX.__geo_interface__, "properties": {"datetime": "2026-01-01T00:00:00Z"}}


@pytest.fixture
def panel(client: Client, tmp_path: Path) -> Iterator[SearchPanel]:
    made = SearchPanel(client, saved_areas=SavedAreas(tmp_path / "areas.geojson"))
    assert made.jobs.wait(timeout=30)
    yield made
    made.close()


@pytest.mark.parametrize(
    "value",
    [
        (24, 59, 26, 61),
        [24.0, 59.0, 26.0, 61.0],
        np.array([24, 59, 26, 61]),
        BOX,
        BOX.__geo_interface__,
        {"type": "Feature", "properties": {}, "geometry": BOX.__geo_interface__},
        gpd.GeoDataFrame(geometry=[BOX], crs=4326).to_crs(32635),
        gpd.GeoSeries([shapely.box(24, 59, 25, 61), shapely.box(25, 59, 26, 61), None], crs=4326),
        "24 59 26 61",
        BOX.wkt,
        to_item(RECORD),
        from_numbers(24, 59, 26, 61),
    ],
    ids=lambda v: type(v).__name__,
)
def test_any_usual_value_is_an_area(value: Any) -> None:
    assert read_area(value).bounds == pytest.approx((24, 59, 26, 61), abs=0.02)


def test_a_path_is_read_and_a_label_replaces_the_files_name(tmp_path: Path) -> None:
    path = tmp_path / "port.wkt"
    path.write_text("POINT (24.9 60.2)")
    assert read_area(path).label == "port.wkt"
    assert read_area(path, label="Port").label == "Port"
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_area(tmp_path / "missing.wkt")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (7, "cannot be read from a int"),
        ((1, 2, 3), "3 values say no area"),
        (gpd.GeoDataFrame(geometry=[BOX]), "coordinate system"),
        (gpd.GeoDataFrame(geometry=[], crs=4326), "holds no polygon"),
        (to_item({**RECORD, "geometry": None}), "no footprint"),
        (shapely.Polygon(), "holds no polygon"),
    ],
    ids=lambda v: type(v).__name__,
)
def test_what_is_no_area_is_said(value: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        read_area(value)


def test_a_place_inside_lies_inside_even_where_the_middle_does_not() -> None:
    ring = shapely.Point(10, 50).buffer(2).difference(shapely.Point(10, 50).buffer(1))
    area = read_area(ring)
    assert area.geometry.intersects(shapely.Point(area.inside))
    assert read_area((24, 59, 26, 61)).inside == (25.0, 60.0)


def test_the_search_panel_takes_an_area_and_gives_it_back(panel: SearchPanel) -> None:
    panel.use_area((24, 59, 26, 61), label="Gulf")
    assert panel.aoi.equals(BOX)
    assert "Gulf" in panel.area.words.value
    assert panel.area.numbers["west"].value == "24"
    assert "area" in panel.view._layers, "the map shows it"
    panel.aoi = shapely.Point(24.9, 60.2)
    assert panel.form().arguments()["intersects"]["type"] == "Point"
    with pytest.raises(InvalidInputError):
        panel.aoi = "nowhere"
    assert panel.aoi.geom_type == "Point", "the one before stays"
    panel.aoi = None
    assert panel.form().area is None
    assert "area" not in panel.view._layers
