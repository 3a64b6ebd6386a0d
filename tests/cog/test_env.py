"""Plain rasterio under ``cog_env``: what it can do, and what it forgets only when told to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from iceye_geo.cog import cog_env

from .helpers import local
from .server import StrictHost


def test_plain_rasterio_reads_a_signed_link_under_these_settings(host: StrictHost, grd: Path) -> None:
    host.sends_all = True
    url = host.url(grd)
    with rasterio.Env(**cog_env(url)), rasterio.open(url) as dataset:
        np.testing.assert_array_equal(dataset.read(1), local(grd).filled(0))
    assert host.count("HEAD") == 0
    assert all("/content/" in request.path for request in host.log)


def test_a_link_that_was_refused_once_is_asked_again_after_denial(host: StrictHost, grd: Path) -> None:
    host.sends_all = True
    url = host.url(grd, ttl_s=3000)
    host.generation = 1
    with rasterio.Env(**cog_env(url)), pytest.raises(rasterio.RasterioIOError):
        rasterio.open(url)
    host.generation = 0
    with rasterio.Env(**cog_env(url)), pytest.raises(rasterio.RasterioIOError):
        rasterio.open(url)
    with rasterio.Env(**cog_env(url, after_denial=True)), rasterio.open(url) as dataset:
        assert dataset.width == 3700
