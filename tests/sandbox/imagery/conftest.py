from datetime import UTC, datetime, timedelta

import pytest

from iceye_geo.models.modes import find_mode
from iceye_geo.sandbox.geometry import SceneGeometry
from iceye_geo.sandbox.imagery import SceneSpec

START = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def make_spec():
    """Build a spec of a small scene; the default looks at open sea and Rotterdam's coast."""

    def make(
        lon=4.03, lat=51.95, *, mode="SLEA", side="right", state="descending", incidence=30.0, size=None,
        longer=600, seed=11, factor=2.6e-5, start=START, **more,
    ):  # fmt: skip
        table = find_mode(mode)
        range_m, azimuth_m = size or (table.range_km * 1000.0, table.azimuth_km * 1200.0)
        geometry = SceneGeometry.build(
            lon, lat, orbit_state=state, look_side=side, incidence_center=incidence,
            range_m=range_m, azimuth_m=azimuth_m, longer_side=longer,
        )  # fmt: skip
        return SceneSpec(
            frame_id="4407788_1", seed=seed, mode=mode, geometry=geometry, start=start,
            end=start + timedelta(seconds=10), calibration_factor=factor, **more,
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def draw():
    """Draw a whole scene at once and return its digital numbers."""
    from iceye_geo.sandbox.imagery.scene import digital_numbers

    def whole(spec):
        return digital_numbers(spec, row=0, col=0, rows=spec.geometry.height, cols=spec.geometry.width)

    return whole
