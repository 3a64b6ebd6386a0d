"""The mesh under the warp: splines at every 16th pixel stand in for splines at all."""

from __future__ import annotations

import numpy as np
import pytest

from iceye_geo.cog.geocode import _pixels_of, _to_lonlat, fit_grid
from iceye_geo.cog.geolocation import Geolocation
from iceye_geo.cog.info import Frame

from .factory import ground_points


@pytest.mark.parametrize("lat", [0.0, 65.0, 80.0])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857"])
def test_linear_between_is_within_a_tenth_of_a_shown_pixel(crs: str, lat: float) -> None:
    height, width = 17_000, 25_000
    location = Geolocation(
        Frame(height, width, tuple(ground_points(height, width, lon=20, lat=lat, spacing_m=12)))
    )
    ring = np.array(location.outline())
    grid = fit_grid(crs, ring[:, 0], ring[:, 1], longest=1024)
    row, col = _pixels_of(grid, location)
    rows, cols = np.arange(5, grid.rows, 37), np.arange(7, grid.cols, 41)
    x, y = grid.centres(rows.astype(float), cols.astype(float))
    exact = location.pixels(*_to_lonlat(crs, x, y))
    inside = (exact[0] > 0) & (exact[0] < height) & (exact[1] > 0) & (exact[1] < width)
    off = np.hypot(row[np.ix_(rows, cols)] - exact[0], col[np.ix_(rows, cols)] - exact[1])
    shown = max(height, width) / 1024
    assert off[inside].max() < 0.1 * shown
