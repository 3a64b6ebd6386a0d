from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.enums import Resampling
from rasterio.windows import Window as RWindow

from iceye_geo import open_cog
from iceye_geo.errors import LinkExpiredError, OutsideFrameError

from .server import StrictHost


def local(
    path: Path, *, level: int, window: RWindow | None = None, shape: tuple[int, int] | None = None
) -> Any:
    with rasterio.open(path, OVERVIEW_LEVEL=f"{level - 1}only" if level else "NONE") as dataset:
        return dataset.read(1, window=window, out_shape=shape, masked=True, resampling=Resampling.average)


def test_a_look_is_two_requests_and_equals_a_local_read(host: StrictHost, grd: Path) -> None:
    with open_cog(host.url(grd)) as cog:
        raster = cog.preview(1024)
        assert (raster.array.shape, raster.level) == ((637, 1024), 1)
        expected = local(grd, level=1, shape=(637, 1024))
        np.testing.assert_array_equal(raster.array.filled(0), expected.filled(0))
        np.testing.assert_array_equal(raster.mask, np.ma.getmaskarray(expected))
        assert cog.transfer.requests == 2
    assert host.count() == 2
    host.assert_polite()


def test_a_chip_is_one_request_per_row_of_tiles(host: StrictHost, grd: Path) -> None:
    with open_cog(host.url(grd)) as cog:
        lon, lat = cog.geolocation.lonlat(1000, 2000)
        raster = cog.chip((lon, lat), 1024)
        window = RWindow(raster.window.col, raster.window.row, 1024, 1024)
        np.testing.assert_array_equal(raster.array.filled(0), local(grd, level=0, window=window).filled(0))
        before = host.count()
        assert before <= 1 + 3
        cog.chip((lon, lat), 1024)
        assert host.count() == before
        with pytest.raises(OutsideFrameError):
            cog.chip((lon + 5, lat), 64)
    host.assert_polite()


def test_plain_rasterio_fails_on_such_a_link(host: StrictHost, grd: Path) -> None:
    with pytest.raises(rasterio.RasterioIOError):
        rasterio.open(host.url(grd))


def test_an_expired_bare_link_says_how_to_get_one_that_renews(host: StrictHost, grd: Path) -> None:
    url = host.url(grd)
    with open_cog(url) as cog:
        host.expire_links()
        with pytest.raises(LinkExpiredError, match=r"client\.open_cog"):
            cog.preview()
    assert host.count(status=403) == 1


def test_raster_shows_itself(host: StrictHost, grd: Path) -> None:
    import matplotlib

    matplotlib.use("agg")
    with open_cog(host.url(grd)) as cog, warnings.catch_warnings():
        raster = cog.preview(256)
        assert raster.to_png().startswith(b"\x89PNG")
        assert raster._repr_png_() == raster.to_png()
        axes = raster.plot()
        assert "SM" in axes.get_title()
        for shown in (raster, raster.despeckled()):
            assert shown.plot().figure.axes[-1].get_ylabel() == "sigma nought (dB)"
        assert "3700" in cog.info()._repr_html_()
