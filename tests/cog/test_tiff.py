from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iceye_geo.cog.tiff import Tiff, parse_tiff
from iceye_geo.errors import NotACogError

from .factory import make_cog


def parse(data: bytes) -> Tiff:
    return parse_tiff(lambda offset, n: data[offset : offset + n], size=len(data))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_cog(tmp_path_factory.mktemp("tiff") / "a.tif", height=700, width=1100).read_bytes()


@pytest.mark.parametrize("options", [{}, {"bigtiff": "YES"}, {"dtype": "float32"}, {"bands": 3}], ids=str)
def test_levels_and_blocks_are_those_gdal_sees(tmp_path: Path, options: dict[str, Any]) -> None:
    path = make_cog(tmp_path / "a.tif", height=1300, width=2100, **options)
    tiff = parse(path.read_bytes())
    with rasterio.open(path) as dataset:
        assert len(tiff.levels) == 1 + len(dataset.overviews(1))
        assert (tiff.levels[0].height, tiff.levels[0].width) == dataset.shape
        assert (tiff.levels[0].block_height, tiff.levels[0].block_width) == dataset.block_shapes[0]
    assert tiff.cog
    assert tiff.big == ("bigtiff" in options)
    assert tiff.levels[1].width == 1050


@pytest.mark.parametrize(
    "driver", [{"tiled": True, "blockxsize": 256, "blockysize": 256}, {}], ids=["tiled", "striped"]
)
def test_a_plain_geotiff_is_read_and_not_called_a_cog(tmp_path: Path, driver: dict[str, Any]) -> None:
    path = make_cog(tmp_path / "a.tif", driver="GTiff", **driver)
    tiff = parse(path.read_bytes())
    assert not tiff.cog
    assert tiff.levels[0].tiled == bool(driver)


def test_big_endian_files_are_read(tmp_path: Path) -> None:
    path = make_cog(tmp_path / "a.tif", driver="GTiff", endianness="big")
    assert parse(path.read_bytes()).levels[0].width == 2000


def test_a_directory_loop_ends() -> None:
    entry = struct.pack("<HHII", 256, 4, 1, 9)
    data = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8)
    with pytest.raises(NotACogError, match=r"loop|missing"):
        parse(data)


def test_a_cut_file_is_no_cog(small: bytes) -> None:
    with pytest.raises(NotACogError):
        parse(small[: len(small) // 2])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=400),
    st.sampled_from([b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0", b""]),
)
def test_random_bytes_give_one_error_only(data: bytes, magic: bytes) -> None:
    with pytest.raises(NotACogError):
        parse(magic + data)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 255)), min_size=1, max_size=6))
def test_flipped_bytes_give_a_tiff_or_one_error(small: bytes, flips: list[tuple[int, int]]) -> None:
    data = bytearray(small)
    for at, value in flips:
        data[at] = value
    try:
        tiff = parse(bytes(data))
    except NotACogError:
        return
    for image in (*tiff.levels, *tiff.masks):
        assert image.width > 0
        assert int((image.offsets + image.counts).max()) <= len(data)
