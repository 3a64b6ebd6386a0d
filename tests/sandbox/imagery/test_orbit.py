from datetime import datetime

import numpy as np
import pytest
from pyproj import Transformer

from iceye_geo.sandbox.imagery.orbit import earth_fixed, orbit_states


def states_of(spec):
    states = orbit_states(spec.geometry, start=spec.start, end=spec.end)
    return states, np.array([s["position"] for s in states]), np.array([s["velocity"] for s in states])


def test_earth_fixed_positions_agree_with_proj():
    to_ecef = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    for lon, lat in ((0.0, 0.0), (24.9, 60.1), (-170.0, -77.0)):
        assert earth_fixed(lon, lat) == pytest.approx(to_ecef.transform(lon, lat, 0.0), abs=1e-3)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("lat", [-70.0, 0.5, 60.0])
def test_satellite_sees_the_centre_broadside_at_its_incidence(make_spec, side, lat):
    spec = make_spec(10.0, lat, side=side)
    _, position, velocity = states_of(spec)
    target = earth_fixed(10.0, lat)
    middle, speed = position[4:6].mean(axis=0), velocity[4:6].mean(axis=0)
    view = middle - target
    up = np.array([np.cos(np.radians(lat)) * np.cos(np.radians(10)),
                   np.cos(np.radians(lat)) * np.sin(np.radians(10)), np.sin(np.radians(lat))])  # fmt: skip
    incidence = np.degrees(np.arccos(view @ up / np.linalg.norm(view)))
    squint = np.degrees(np.arcsin(view @ speed / np.linalg.norm(view) / np.linalg.norm(speed)))
    assert incidence == pytest.approx(spec.geometry.incidence_center, abs=0.02)
    assert abs(squint) < 0.2
    on_right = np.cross(up, speed) @ view > 0
    assert on_right == (side == "right")


def test_velocity_is_the_change_of_position(make_spec):
    states, position, velocity = states_of(make_spec())
    times = [datetime.fromisoformat(s["time"]) for s in states]
    step = (times[5] - times[4]).total_seconds()
    assert (position[5] - position[4]) / step == pytest.approx((velocity[4] + velocity[5]) / 2, rel=1e-4)


def test_orbit_is_circular_and_about_560_km_high(make_spec):
    _, position, _ = states_of(make_spec())
    radius = np.linalg.norm(position, axis=1)
    assert np.ptp(radius) < 1e-3
    assert radius[0] == pytest.approx(6_931_000, abs=20_000)
