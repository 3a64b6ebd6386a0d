"""Any window at any size equals a local rasterio read, and costs what was planned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iceye_geo.cog.cog import Cog
from iceye_geo.cog.plan import Window
from iceye_geo.cog.store import SHARED
from iceye_geo.errors import OutsideFrameError

from .factory import make_cog
from .helpers import local, open_with
from .server import StrictHost

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def windows(height: int, width: int) -> st.SearchStrategy[Window]:
    def build(a: tuple[int, int, int, int]) -> Window:
        return Window(min(a[0], a[1]), min(a[2], a[3]), abs(a[0] - a[1]) + 1, abs(a[2] - a[3]) + 1)

    rows, cols = st.integers(0, height - 1), st.integers(0, width - 1)
    return st.tuples(rows, rows, cols, cols).map(build)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StrictHost, Path, Cog]]:
    path = make_cog(tmp_path_factory.mktemp("w") / "f.tif", height=1531, width=2477, dtype="float32")
    host = StrictHost()
    cog = open_with(host, path)
    yield host, path, cog
    cog.close()
    host.close()


@SLOW
@given(window=windows(1531, 2477))
def test_full_resolution(served: tuple[StrictHost, Path, Cog], window: Window) -> None:
    host, path, cog = served
    raster = cog.read(window)
    expected = local(path, window)
    np.testing.assert_array_equal(raster.array.filled(-1), expected.filled(-1))
    host.assert_polite()


@SLOW
@given(
    window=windows(1531, 2477),
    max_size=st.integers(1, 3000),
    resampling=st.sampled_from(["average", "nearest", "cubic"]),
)
def test_shrunk(served: tuple[StrictHost, Path, Cog], window: Window, max_size: int, resampling: str) -> None:
    host, path, cog = served
    plan = cog.plan(window, max_size=max_size)
    raster = cog.read(window, max_size=max_size, resampling=resampling)
    assert max(raster.shape) <= max(max_size, 1)
    expected = local(path, plan.window, level=plan.level, shape=plan.shape, resampling=resampling)
    np.testing.assert_array_equal(raster.array.filled(-1), expected.filled(-1))
    host.assert_polite()


@pytest.mark.parametrize(("height", "width"), [(3000, 5000), (700, 6000), (400, 300)])
def test_a_look_costs_two_requests_whatever_the_shape(
    host: StrictHost, tmp_path: Path, height: int, width: int
) -> None:
    path = make_cog(tmp_path / "a.tif", height=height, width=width)
    with open_with(host, path) as cog:
        raster = cog.preview(1024)
        assert max(raster.shape) == min(1024, max(height, width))
    # Runs above 4 MB are split; a small file comes whole with its header.
    assert host.count() <= 1 + -(-cog.plan(cog.window, max_size=1024).nbytes // 4_000_000)


def test_a_second_read_asks_only_for_what_is_missing(host: StrictHost, grd: Path) -> None:
    with open_with(host, grd) as cog:
        cog.read(Window(0, 0, 512, 1024))
        before, bytes_before = host.count(), cog.transfer.bytes
        cog.read(Window(100, 100, 300, 800))
        assert (host.count(), cog.transfer.bytes) == (before, bytes_before)
        assert cog.transfer.cache_hits > 0
        cog.read(Window(0, 0, 512, 1536))
        assert host.count() == before + 1


def test_reopening_asks_for_nothing_that_is_here(host: StrictHost, grd: Path) -> None:
    with open_with(host, grd) as cog:
        first = cog.preview(512).array
    before = host.count()
    with open_with(host, grd) as cog:
        np.testing.assert_array_equal(cog.preview(512).array, first)
    assert host.count() == before


def test_a_cache_too_small_still_reads_right(
    host: StrictHost, grd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SHARED, "limit", 200_000)
    window = Window(0, 0, 1500, 2000)
    with open_with(host, grd) as cog:
        np.testing.assert_array_equal(cog.read(window).array.filled(0), local(grd, window).filled(0))
        assert SHARED.nbytes <= 200_000


def test_a_window_outside_is_an_error(host: StrictHost, grd: Path) -> None:
    with open_with(host, grd) as cog, pytest.raises(OutsideFrameError):
        cog.read(Window(5000, 0, 10, 10))


def test_threads_share_one_reader(host: StrictHost, grd: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    parts = [Window(r, c, 400, 700) for r in range(0, 1800, 300) for c in range(0, 2800, 500)]
    with open_with(host, grd) as cog, ThreadPoolExecutor(6) as pool:
        for part, raster in zip(parts, pool.map(cog.read, parts), strict=True):
            np.testing.assert_array_equal(raster.array.filled(0), local(grd, part).filled(0))
    host.assert_polite()
