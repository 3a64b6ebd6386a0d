"""From areas to places: inside the area, also across the date line; sizes in kilometres."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box, mapping

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.area import extent_km, place_of, read_geometry


def test_a_place_lies_inside_a_bent_area() -> None:
    horseshoe = Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
    assert horseshoe.contains(Point(place_of(horseshoe)))


def test_of_several_parts_the_largest_is_imaged() -> None:
    lon, _ = place_of(MultiPolygon([box(0, 0, 1, 1), box(10, 0, 13, 3)]))
    assert 10 < lon < 13


@pytest.mark.parametrize("shift", [0, 360, -360])
def test_areas_across_the_date_line_have_a_place_on_the_globe_and_their_own_size(shift: int) -> None:
    lon, _ = place_of(box(179 + shift, 0, 183 + shift, 1))
    assert lon == -179.0
    halves = MultiPolygon([box(179, 0, 180, 1), box(-180, 0, -178, 1)])
    short, long = extent_km(halves)
    assert (round(short), round(long)) == (111, 334)


@pytest.mark.parametrize(
    "value",
    [
        Polygon(), {"type": "Point"}, {"type": "Nothing", "coordinates": []}, "POINT (1 2)", 3, None,
        {"type": "Feature", "geometry": None}, {"type": "FeatureCollection", "features": []},
        Point(float("nan"), 0), {"type": "Polygon", "coordinates": [[[0, 0], ["x", 1]]]},
    ],
)  # fmt: skip
def test_what_is_no_area_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_geometry(value)
    assert caught.value.field == "geometry"


def test_features_and_objects_with_a_geo_interface_are_read() -> None:
    feature = {"type": "Feature", "geometry": mapping(box(0, 0, 1, 1)), "properties": {}}
    assert place_of(feature) == place_of({"type": "FeatureCollection", "features": [feature]}) == (0.5, 0.5)


def test_a_turned_rectangle_is_measured_along_its_own_sides() -> None:
    # 20 x 10 km, turned by 30 degrees, on the equator.
    turn = math.radians(30)
    corners = [(-10, -5), (10, -5), (10, 5), (-10, 5)]
    ring = [
        (
            (x * math.cos(turn) - y * math.sin(turn)) / 111.32,
            (x * math.sin(turn) + y * math.cos(turn)) / 111.32,
        )
        for x, y in corners
    ]
    short, long = extent_km(Polygon(ring))
    assert (round(short, 1), round(long, 1)) == (10.0, 20.0)


@settings(max_examples=50)
@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(0.01, 0.9), st.floats(0.01, 0.9))
def test_places_of_boxes_lie_in_them(lon: float, lat: float, width: float, height: float) -> None:
    area = box(lon - width, lat - height, lon + width, lat + height)
    assert area.contains(Point(place_of(area)))
    assert extent_km(area)[0] <= extent_km(area)[1]


def test_lines_and_points_have_no_width() -> None:
    assert extent_km(LineString([(0, 0), (0, 1)]))[0] == 0.0
    assert extent_km(Point(1, 1)) == (0.0, 0.0)
