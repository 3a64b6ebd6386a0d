import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.geometry import Point, shape

from iceye_geo.stac import to_geodataframe, to_item
from iceye_geo.stac.geometry import bounding_box, fix_geometry
from iceye_geo.stac.poles import close_over_pole, surrounds_pole

RINGS = [
    [[0, 85], [90, 85], [180, 85], [-90, 85], [0, 85]],
    [[10, 85], [100, 86], [-170, 85], [-80, 84], [10, 85]],
    [[0, 85], [90, 85], [180, 85], [270, 85], [360, 85]],
    [[-180, 85], [-90, 85], [0, 85], [90, 85], [180, 85], [-180, 85]],
]


def fixed_of(ring):
    return fix_geometry({"type": "Polygon", "coordinates": [ring]})


@pytest.mark.parametrize("clockwise", [False, True])
@pytest.mark.parametrize("pole", [90, -90])
@pytest.mark.parametrize("ring", RINGS)
def test_a_ring_round_a_pole_becomes_a_valid_polygon_with_the_pole(ring, pole, clockwise):
    points = [[lon, lat if pole > 0 else -lat] for lon, lat in ring]
    fixed = fixed_of(points[::-1] if clockwise else points)
    area = shape(fixed)
    assert area.is_valid
    assert area.exterior.is_ccw
    assert all(area.covers(Point(lon, pole)) for lon in (-180, -20, 77, 180))
    assert not area.intersects(Point(0, -pole))
    assert fix_geometry(fixed) == fixed
    assert bounding_box(fixed)[::2] == [-180, 180]
    assert pole in bounding_box(fixed)


def test_a_ring_round_a_pole_that_doubles_back_over_180_is_cut_there():
    ring = [[0, 85], [90, 85], [178, 85], [-178, 83], [178, 81], [-170, 80], [-90, 85], [0, 85]]
    fixed = fixed_of(ring)
    area = shape(fixed)
    assert area.is_valid
    assert area.bounds == (-180, 80, 180, 90)
    assert not area.covers(Point(179.5, 83))  # between the two stretches
    assert fix_geometry(fixed) == fixed


@pytest.mark.parametrize(
    "ring",
    [
        [[-90, 0], [90, 0], [90, 10], [-90, 10], [-90, 0]],
        [[178, 85], [178, 88], [-178, 88], [-178, 85], [178, 85]],
        [[0, 85], [10, 85], [5, 90], [0, 85]],
    ],
)
def test_a_ring_beside_the_pole_is_not_taken_for_one_round_it(ring):
    assert not surrounds_pole(ring)
    assert shape(fixed_of(ring)).area < 1900


def test_a_ring_round_the_equator_belongs_to_no_pole():
    assert close_over_pole([[0, 0], [120, 0], [-120, 0], [0, 0]]) == []


@given(
    steps=st.lists(st.floats(1, 170), min_size=3, max_size=9), start=st.floats(-180, 180),
    lats=st.lists(st.floats(70, 89.5), min_size=9, max_size=9), south=st.booleans(), clockwise=st.booleans(),
)  # fmt: skip
def test_every_ring_round_a_pole_holds_it(steps, start, lats, south, clockwise):
    scale = 360 / sum(steps)
    assume(max(steps) * scale < 120)
    ring, lon = [], start
    for step, lat in zip(steps, lats, strict=False):
        ring.append([(lon + 180) % 360 - 180, -lat if south else lat])
        lon += step * scale
    ring = ring[::-1] if clockwise else ring
    fixed = fixed_of([*ring, ring[0]])
    area = shape(fixed)
    assert area.is_valid
    assert area.covers(Point(0, -90 if south else 90))
    assert not area.intersects(Point(0, 90 if south else -90))
    assert fix_geometry(fixed) == fixed


def test_an_item_and_a_row_keep_the_footprint_round_a_pole():
    raw = {
        "id": "polar", "geometry": {"type": "Polygon", "coordinates": [RINGS[0]]}, "assets": {},
        "properties": {"start_datetime": "2025-01-01T00:00:00Z", "end_datetime": "2025-01-01T00:00:10Z"},
    }  # fmt: skip
    item = to_item(raw)
    assert shape(item.geometry).covers(Point(0, 90))
    assert item.bbox == [-180, 85, 180, 90]
    assert to_geodataframe([raw]).geometry[0].covers(Point(0, 90))
