import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from iceye_geo.sandbox.geometry import SceneGeometry, heading_at, incidence_range, off_nadir

GEOD = Geod(ellps="WGS84")


def build(
    lon=24.9, lat=60.1, *, state="descending", side="right", incidence=30.0, size=(5000.0, 7000.0), longer=512
):
    return SceneGeometry.build(
        lon, lat, orbit_state=state, look_side=side, incidence_center=incidence,
        range_m=size[0], azimuth_m=size[1], longer_side=longer,
    )  # fmt: skip


geometries = st.builds(
    build,
    st.floats(-180, 179.99),
    st.floats(-80, 80),
    state=st.sampled_from(["ascending", "descending"]),
    side=st.sampled_from(["left", "right"]),
    incidence=st.floats(20, 40),
    size=st.sampled_from([(5e3, 5e3), (30e3, 50e3), (200e3, 300e3)]),
)


@settings(deadline=None, max_examples=60)
@given(geometries, st.floats(0, 1), st.floats(0, 1))
def test_pixel_to_lonlat_and_back_is_the_same_pixel(geometry, v, u):
    row, col = v * geometry.height, u * geometry.width
    again = geometry.lonlat_to_pixel(*geometry.pixel_to_lonlat(row, col))
    assert again == (pytest.approx(row, abs=1e-6), pytest.approx(col, abs=1e-6))


@settings(deadline=None, max_examples=30)
@given(geometries)
def test_footprint_is_counter_clockwise_closed_and_holds_the_centre(geometry):
    from shapely import Point

    outline = geometry.footprint(continuous=True)
    assert outline.exterior.is_ccw
    assert outline.exterior.is_closed
    assert outline.contains(Point(geometry.center_lon, geometry.center_lat))


@pytest.mark.parametrize("side", ["left", "right"])
def test_picture_is_not_mirrored_and_range_grows_downwards(side):
    geometry = build(side=side)
    left, right, top, bottom = (
        geometry.pixel_to_lonlat(r * geometry.height, c * geometry.width)
        for r, c in ((0.5, 0), (0.5, 1), (0, 0.5), (1, 0.5))
    )
    across, _, _ = GEOD.inv(*left, *right)
    down, _, length = GEOD.inv(*top, *bottom)
    assert (down - across) % 360 == pytest.approx(90, abs=0.1)
    assert down % 360 == pytest.approx(geometry.look_azimuth_deg, abs=0.1)
    assert length == pytest.approx(5000, rel=1e-6)


def test_azimuth_time_runs_left_to_right_only_when_looking_right():
    for side, sign in (("right", 1), ("left", -1)):
        geometry = build(side=side)
        first, last = geometry.pixel_to_ground(0, 0)[1], geometry.pixel_to_ground(0, geometry.width)[1]
        assert math.copysign(1, last - first) == sign


def test_incidence_meets_near_and_far_and_grows_with_range():
    geometry = build(size=(100e3, 100e3))
    rows = np.linspace(0, geometry.height, 50)
    angles = geometry.incidence_at(rows)
    assert angles[0] == pytest.approx(geometry.incidence_near, abs=1e-9)
    assert angles[-1] == pytest.approx(geometry.incidence_far, abs=1e-9)
    assert np.all(np.diff(angles) > 0)
    assert geometry.incidence_center == pytest.approx(30.0, abs=1e-9)


def test_swath_angles_give_the_swath_back():
    near, far = incidence_range(28.0, range_m=30_000)
    central = math.radians((far - off_nadir(far)) - (near - off_nadir(near)))
    assert central * 6_371_000 == pytest.approx(30_000, rel=1e-9)


def test_headings_are_those_of_a_sun_synchronous_orbit():
    assert 340 < heading_at(0, orbit_state="ascending") < 352
    assert 188 < heading_at(0, orbit_state="descending") < 200
    assert heading_at(70, orbit_state="ascending") < heading_at(0, orbit_state="ascending")
    assert math.isfinite(heading_at(89, orbit_state="ascending"))


def test_longitudes_across_the_antimeridian_are_continuous_on_request():
    geometry = build(179.99, 10.0)
    rows = np.linspace(0, geometry.height, 20)
    wrapped, _ = geometry.pixel_to_lonlat(rows, 0)
    through, _ = geometry.pixel_to_lonlat(rows, 0, continuous=True)
    assert np.ptp(through) < 0.2
    assert np.ptp(wrapped) > 359
    assert geometry.footprint().bounds[0] < -179


def test_corners_are_the_outer_corners_of_the_picture():
    geometry = build()
    assert geometry.corners()["bottom_left"] == [
        float(v) for v in geometry.pixel_to_lonlat(geometry.height, 0)
    ]


@pytest.mark.parametrize(
    "change",
    [{"width": 0}, {"range_m": -1.0}, {"look_side": "up"}, {"center_lat": 91.0}],
)
def test_impossible_geometries_are_refused_by_field(change):
    import dataclasses

    with pytest.raises(ValueError, match=next(iter(change))):
        dataclasses.replace(build(), **change)
