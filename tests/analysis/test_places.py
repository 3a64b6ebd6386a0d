"""Areas and points are read from whatever people have, and measured on the ellipsoid."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from iceye_geo.analysis.places import area_m2, distances_from, equal_area, read_area, read_point
from iceye_geo.errors import InvalidInputError

GEOD = Geod(ellps="WGS84")
BOX = shapely.box(24, 59, 26, 61)


@pytest.mark.parametrize(
    "area",
    [
        (24, 59, 26, 61),
        BOX,
        shapely.geometry.mapping(BOX),
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(BOX)},
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "geometry": shapely.geometry.mapping(BOX)}],
        },
        gpd.GeoDataFrame(geometry=[BOX], crs=4326),
        gpd.GeoSeries([BOX], crs=4326),
    ],
    ids=["bbox", "shapely", "geojson", "feature", "collection", "frame", "series"],
)
def test_an_area_is_read_from_whatever_people_have(area: object) -> None:
    assert read_area(area).equals(BOX)


def test_a_projected_frame_is_brought_to_degrees() -> None:
    frame = gpd.GeoDataFrame(geometry=[BOX], crs=4326).to_crs(3067)
    assert read_area(frame).symmetric_difference(BOX).area < 1e-6


@pytest.mark.parametrize(
    "area",
    [
        (1, 2, 3),
        "here",
        (0, 5, 1, 4),
        {"type": "Nonsense"},
        shapely.Point(1, 2),
        shapely.Polygon(),
        (0, -95, 1, 4),
    ],
)
def test_what_is_no_area_is_refused_by_name(area: object) -> None:
    with pytest.raises(InvalidInputError, match=r"^aoi: "):
        read_area(area)


def test_an_area_across_the_antimeridian_is_split_whichever_way_it_is_written() -> None:
    crossing = read_area((179, -1, -179, 1))
    beyond = read_area(shapely.box(179, -1, 181, 1))
    assert crossing.equals(beyond)
    assert crossing.bounds == (-180, -1, 180, 1)
    assert crossing.area == pytest.approx(4)


@given(lon=st.floats(-179, 176), lat=st.floats(-85, 80), width=st.floats(0.01, 3), height=st.floats(0.01, 3))
@settings(max_examples=60, deadline=None)
def test_areas_agree_with_the_geodesic_ones(lon: float, lat: float, width: float, height: float) -> None:
    box = shapely.box(lon, lat, lon + width, lat + height)
    expected, _ = GEOD.geometry_area_perimeter(shapely.segmentize(box, 0.01))
    assert area_m2([box])[0] == pytest.approx(expected, rel=1e-4)
    assert equal_area(box).project(box).area == pytest.approx(expected, rel=2e-3)


def test_a_local_projection_joins_what_the_antimeridian_splits() -> None:
    area = read_area((179, -1, -179, 1))
    flat = equal_area(area).project(area)
    assert shapely.union_all(shapely.buffer(shapely.get_parts(flat), 1.0)).geom_type == "Polygon"
    assert flat.area == pytest.approx(sum(area_m2(shapely.get_parts(area))), rel=1e-4)


def test_the_whole_world_is_as_large_as_the_ellipsoid() -> None:
    world = read_area((-180, -90, 180, 90))
    assert equal_area(world).project(world).area == pytest.approx(510_065_621_724_000, rel=1e-6)


@given(
    lon=st.floats(-180, 180), lat=st.floats(-89, 89), azimuth=st.floats(0, 360), distance=st.floats(1, 15e6)
)
@settings(max_examples=60, deadline=None)
def test_distances_from_a_point_are_geodesic(lon: float, lat: float, azimuth: float, distance: float) -> None:
    east, north, _ = GEOD.fwd(lon, lat, azimuth, distance)
    x, y = distances_from(lon, lat).forward(np.array([[east, north]]))[0]
    assert np.hypot(x, y) == pytest.approx(distance, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("point", [(1,), "ab", (float("nan"), 1), (1, 91), shapely.box(0, 0, 1, 1)])
def test_what_is_no_point_is_refused_by_name(point: object) -> None:
    with pytest.raises(InvalidInputError, match=r"^point: "):
        read_point(point)


def test_a_point_of_180_degrees_stays_where_it_is() -> None:
    assert read_point((180, 0)) == (180, 0)
    assert read_point({"type": "Point", "coordinates": [541 - 2, 10]}) == (179, 10)
