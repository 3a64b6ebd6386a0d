import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from iceye_geo.stac.bulk_geometry import read_footprints
from iceye_geo.stac.geometry import bounding_box, crosses, fix_geometry, merge_boxes, signed_area
from stac.samples import box


def test_a_sound_footprint_stays_as_it_is():
    footprint = box(24, 60, 25, 61)
    assert fix_geometry(footprint) == footprint


def test_an_open_ring_is_closed_and_a_third_number_dropped():
    ring = [[0, 0, 5], [1, 0, 5], [1, 1, 5]]
    fixed = fix_geometry({"type": "Polygon", "coordinates": [ring]})
    assert fixed["coordinates"] == [[[0, 0], [1, 0], [1, 1], [0, 0]]]
    assert len(ring) == 3


def test_broken_positions_are_dropped():
    ring = [[0, 0], [1, 0], [math.nan, 1], [1, 1], [None, 2], [0, 0]]
    assert fix_geometry({"type": "Polygon", "coordinates": [ring]})["coordinates"] == [
        [[0, 0], [1, 0], [1, 1], [0, 0]]
    ]


def test_repeated_positions_are_dropped_and_nothing_else():
    ring = [[0, 0], [0, 0], [1, 0], [1, 1], [1, 1], [1, 1], [0, 0], [0, 0]]
    assert fix_geometry({"type": "Polygon", "coordinates": [ring]})["coordinates"] == [
        [[0, 0], [1, 0], [1, 1], [0, 0]]
    ]
    assert fix_geometry({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 1], [0, 0]]]}) is None
    whole, boxes, bad = read_footprints([{"type": "Polygon", "coordinates": [ring]}])
    assert (len(whole[0].exterior.coords), boxes, bad) == (4, [[0, 0, 1, 1]], [])


def test_a_clockwise_ring_is_turned_round():
    ring = box(0, 0, 1, 1)["coordinates"][0][::-1]
    assert signed_area(ring) < 0
    assert signed_area(fix_geometry({"type": "Polygon", "coordinates": [ring]})["coordinates"][0]) > 0


@pytest.mark.parametrize("east", [-179.5, 180.5])
@pytest.mark.parametrize("clockwise", [False, True])
def test_a_crossing_is_cut_at_180_with_straight_edges(east, clockwise):
    ring = box(179.5, 10, east, 11)["coordinates"][0]
    fixed = fix_geometry({"type": "Polygon", "coordinates": [ring[::-1] if clockwise else ring]})
    parts = shape(fixed)
    assert len(parts.geoms) == 2
    assert parts.bounds == (-180, 10, 180, 11)
    assert parts.area == pytest.approx(1.0)
    assert bounding_box(fixed) == [179.5, 10, -179.5, 11]
    assert fix_geometry(fixed) == fixed


def test_a_wide_footprint_that_does_not_cross_is_left_alone():
    ring = [[-100, 0], [0, 0], [100, 0], [100, 10], [0, 10], [-100, 10], [-100, 0]]
    wide = {"type": "Polygon", "coordinates": [ring]}
    assert fix_geometry(wide) == wide


@pytest.mark.parametrize(
    "geometry",
    [
        None, "POINT (1 2)", {}, {"type": "Polygon"}, {"type": "Blob", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, {"type": "Polygon", "coordinates": [[[0, 91]] * 4]},
        {"type": "Point", "coordinates": [math.nan, 0]}, {"type": "MultiPolygon", "coordinates": []},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_none(geometry):
    assert fix_geometry(geometry) is None


def test_points_and_lines_pass():
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    assert fix_geometry(line) == line
    assert bounding_box(fix_geometry({"type": "Point", "coordinates": [1, 2]})) == [1, 2, 1, 2]


def test_a_hole_runs_the_other_way():
    outer, hole = box(0, 0, 10, 10)["coordinates"][0], box(4, 4, 5, 5)["coordinates"][0]
    fixed = fix_geometry({"type": "Polygon", "coordinates": [outer, hole]})
    assert signed_area(fixed["coordinates"][1]) < 0
    assert shape(fixed).area == 99


def test_parts_that_do_not_meet_at_the_line_keep_an_ordinary_box():
    assert merge_boxes([[0, 0, 1, 1], [5, 5, 6, 6]]) == [0, 0, 6, 6]


@given(
    lon=st.floats(-180, 180), lat=st.floats(-80, 80), width=st.floats(0.01, 5), height=st.floats(0.01, 5),
    clockwise=st.booleans(),
)  # fmt: skip
def test_every_small_scene_keeps_its_area_and_its_box(lon, lat, width, height, clockwise):
    east = lon + width
    wrapped = east - 360 if east > 180 else east
    ring = box(lon, lat, wrapped, lat + height)["coordinates"][0]
    fixed = fix_geometry({"type": "Polygon", "coordinates": [ring[::-1] if clockwise else ring]})
    assert shape(fixed).area == pytest.approx(width * height, abs=1e-6)
    assert fix_geometry(fixed) == fixed
    west, south, east, north = bounding_box(fixed)
    # Footprints that are cut at the antimeridian are rounded to 1e-7 degrees, a centimetre, on the way.
    assert (south, north) == pytest.approx((lat, lat + height), abs=1e-7)
    assert (east - west) % 360 == pytest.approx(width, abs=2e-7)


def test_crossing_is_seen_by_the_jump():
    assert crosses(box(179, 0, -179, 1)["coordinates"][0])
    assert not crosses(box(-100, 0, 50, 1)["coordinates"][0])
