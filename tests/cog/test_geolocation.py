from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rasterio.control import GroundControlPoint
from shapely.geometry import LineString, Polygon

from iceye_geo import open_cog
from iceye_geo.cog.affines import apply
from iceye_geo.cog.geolocation import Geolocation
from iceye_geo.cog.info import Frame
from iceye_geo.errors import InvalidInputError, OutsideFrameError

from .factory import ground_points, make_cog

# Rows, columns and metres per pixel of every imaging mode in ICEYE's product guide.
MODES = {
    "Spot": (10_000, 10_000, 0.5), "Spot Fine": (20_000, 20_000, 0.25), "Spot Extended": (30_000, 30_000, 0.5),
    "Dwell": (10_000, 10_000, 0.5), "Dwell Fine": (20_000, 20_000, 0.25),
    "Dwell Precise": (40_000, 40_000, 0.125), "Strip": (12_000, 20_000, 2.5), "Scan": (17_000, 17_000, 6.0),
    "Scan Wide": (17_000, 25_000, 12.0),
}  # fmt: skip


@pytest.mark.parametrize("lat", [0.0, 45.0, -70.0, 84.0, 89.9])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("heading", [190.0, 350.0])
@pytest.mark.parametrize("look", ["left", "right"])
def test_exact_at_the_control_points_in_every_mode_and_latitude_on_both_sides(
    mode: str, lat: float, heading: float, look: str
) -> None:
    height, width, spacing = MODES[mode]
    gcps = ground_points(height, width, lon=179.9, lat=lat, spacing_m=spacing, heading_deg=heading)
    if look == "left":
        # Shadows-down: what is left of the track lies mirrored, azimuth runs from right to left.
        gcps = [GroundControlPoint(g.row, width - g.col, g.x, g.y, g.z) for g in gcps]
    location = Geolocation(Frame(height, width, tuple(gcps)))
    row, col = location.pixels([g.x for g in gcps], [g.y for g in gcps])
    assert np.hypot(row - [g.row for g in gcps], col - [g.col for g in gcps]).max() < 0.1
    lon, lat_back = location.lonlats([g.row for g in gcps], [g.col for g in gcps])
    again = location.pixels(lon, lat_back)
    assert np.hypot(again[0] - row, again[1] - col).max() < 0.1


@pytest.mark.parametrize("lat", [0.0, 60.0, 80.0])
def test_between_the_points_a_round_trip_stays_within_a_tenth_of_a_pixel(lat: float) -> None:
    gcps = ground_points(12_000, 20_000, lon=25.0, lat=lat)
    location = Geolocation(Frame(12_000, 20_000, tuple(gcps)))
    rows, cols = np.meshgrid(np.linspace(100, 11_900, 23), np.linspace(100, 19_900, 29))
    back = location.pixels(*location.lonlats(rows, cols))
    assert np.hypot(back[0] - rows, back[1] - cols).max() < 0.1


def test_either_side_of_the_date_line_is_the_same_place() -> None:
    gcps = ground_points(2000, 3000, lon=180.0, lat=-17.0)
    location = Geolocation(Frame(2000, 3000, tuple(gcps)))
    assert location.pixel(179.999, -17.0) == pytest.approx(location.pixel(179.999 - 360, -17.0))
    west, east = location.lonlat(1000, 0)[0], location.lonlat(1000, 2999)[0]
    assert -180 <= min(west, east) <= max(west, east) <= 180
    ring = np.array(location.outline())
    assert np.abs(np.diff(ring[:, 0])).max() < 1


def test_points_outside_and_points_that_are_none_are_clear_errors() -> None:
    location = Geolocation(Frame(2000, 3000, tuple(ground_points(2000, 3000, lon=25, lat=60))))
    for lon, lat in ((24.0, 60.0), (-155.0, -60.0), (60.0, 25.0)):
        with pytest.raises(OutsideFrameError, match="lon, lat"):
            location.pixel(lon, lat)
    for lon, lat in ((25.0, 95.0), (float("nan"), 60.0)):
        with pytest.raises(InvalidInputError):
            location.pixel(lon, lat)


def test_rpcs_serve_where_there_are_no_points(tmp_path: Path) -> None:
    path = make_cog(tmp_path / "r.tif", georeference="rpc", lon=179.99, lat=10.0)
    with open_cog(path) as cog:
        assert cog.info().georeference == "RPC"
        row, col = cog.geolocation.pixel(179.99, 10.0)
        assert (row, col) == pytest.approx((600.5, 1000.5), abs=0.1)  # RPCs count from pixel centres
        assert cog.geolocation.pixel(-179.99, 10.0)[1] > 1000
        lon, lat = cog.geolocation.lonlat(300, 400)
        assert cog.geolocation.pixel(lon, lat) == pytest.approx((300, 400), abs=0.1)


def test_a_map_projected_picture_uses_its_transform(tmp_path: Path) -> None:
    path = make_cog(tmp_path / "q.tif", georeference="affine", lon=25.0, lat=60.0)
    with open_cog(path) as cog:
        assert cog.geolocation.pixel(25.01, 59.99) == pytest.approx((100, 100), abs=1e-6)
        raster = cog.chip((25.05, 59.95), 100)
        assert apply(raster.transform, 50, 50) == pytest.approx((25.05, 59.95), abs=1e-4)


def test_a_place_is_a_point_a_box_or_a_geometry(grd: Path) -> None:
    with open_cog(grd) as cog:
        to = cog.geolocation.lonlat
        lon, lat = to(1000, 2000)
        assert cog.chip((lon, lat), 64).window.size == 64 * 64
        metres = cog.chip((lon, lat), size_m=1000).window
        assert (metres.height, metres.width) == pytest.approx((400, 400), abs=3)
        triangle = Polygon([to(900, 1900), to(900, 2100), to(1100, 2000)])
        raster = cog.chip(triangle)
        assert (raster.window.height, raster.window.width) == pytest.approx((200, 200), abs=3)
        assert raster.mask.mean() == pytest.approx(0.5, abs=0.02)
        west, south, east, north = triangle.bounds
        box = cog.chip((west, south, east, north))
        assert box.window.row <= raster.window.row
        assert not box.mask.any()
        feature = {"type": "Feature", "properties": {}, "geometry": triangle.__geo_interface__}
        assert cog.chip(feature).window == raster.window
        for wrong in (LineString([(0, 0), (1, 1)]), (1.0, 2.0, 3.0), (west, north, east, south)):
            with pytest.raises(InvalidInputError):
                cog.chip(wrong)
        with pytest.raises(OutsideFrameError):
            cog.chip((100.0, 10.0, 101.0, 11.0))


def test_a_raster_knows_its_points(grd: Path) -> None:
    with open_cog(grd) as cog:
        look = cog.preview(925)
        assert look.transform is None
        for moved, given in zip(look.gcps, cog.info().frame.gcps, strict=True):
            assert (moved.row * 4, moved.col * 4) == pytest.approx((given.row, given.col), abs=4)
