"""Large synthetic GRD-COGs for benchmarks, faithful in what costs time: size, tiles, codec, noise. Made once.

Amplitudes are those of calibrated GRD: land near -10 dB is about 63 digital numbers, water 10 dB below. Speckle has
four looks and is correlated over two pixels; land has texture, water is even, some targets are bright and have
sidelobes; both ends of the frame are slanted, with zeros beyond. LZW takes 1.2 bytes a pixel with overviews, DEFLATE
1.1; nobody here has a real frame to compare with, and ICEYE's stated sizes are larger, which favours whoever
sends for the fewest bytes.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADING_DEG = 190.0
LON, LAT, SPACING_M = 25.0, 60.0, 2.5
FACTOR = 2.5e-5
LOOKS, CORRELATION_PX = 4, 2
LAND_DN, WATER_DN = 63.0, 20.0
# Raised whenever the content changes, so that no old frame is measured.
VERSION = 3
_STRIP = 2048


def make_frame(folder: Path, *, side: int, codec: str) -> Path:
    """Write a square GRD-COG of ``side`` pixels, unless it is there already."""
    import rasterio
    from rasterio.io import MemoryFile
    from rasterio.shutil import copy

    path = folder / f"{side}-{codec.lower()}-v{VERSION}.tif"
    if path.exists():
        return path
    began = time.perf_counter()
    profile = {"driver": "GTiff", "width": side, "height": side, "count": 1, "dtype": "uint16", "nodata": 0,
               "tiled": True, "blockxsize": 512, "blockysize": 512, "bigtiff": "IF_SAFER"}  # fmt: skip
    temporary = path.with_suffix(f".{os.getpid()}.part")
    with MemoryFile() as memory:
        with memory.open(**profile) as out:
            _fill(out, side)
            out.gcps = (_gcps(side), rasterio.crs.CRS.from_epsg(4326))
            out.rpcs = _rpcs(side)
            out.update_tags(ICEYE_PROPERTIES=json.dumps(_properties(side)), PRODUCT_NAME=f"BENCH_{side}_GRD")
        with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS", GDAL_CACHEMAX=1024):
            copy(memory.name, temporary, driver="COG", compress=codec, blocksize=512, bigtiff="IF_SAFER",
                 overview_resampling="cubic", overview_compress=codec)  # fmt: skip
    temporary.rename(path)
    megabytes, seconds = path.stat().st_size / 1e6, time.perf_counter() - began
    print(f"made {path.name}: {megabytes:.0f} MB in {seconds:.0f} s", flush=True)
    return path


def _fill(out: Any, side: int) -> None:
    from rasterio.windows import Window

    rng = np.random.default_rng(7)
    speckle = _speckle(rng, _STRIP, 2 * _STRIP)
    height_map = _smooth(rng, 24)
    texture = _smooth(rng, 400)
    for row in range(0, side, _STRIP):
        height = min(_STRIP, side - row)
        where = (row + np.arange(height)) / side, np.arange(side) / side
        land = _enlarge(height_map, *where) > 0
        mean = np.where(land, LAND_DN * np.exp(0.35 * _enlarge(texture, *where)), WATER_DN)
        wide = np.tile(np.roll(speckle, int(rng.integers(side)), axis=1), (1, -(-side // (2 * _STRIP))))
        data = mean * wide[:height, :side]
        _add_targets(data, rng, count=side // 200)
        data = np.clip(np.round(data), 1, 65535)
        edge = (side / 60 * (1 + where[0]))[:, None]
        cols = np.arange(side)[None, :]
        data[(cols < edge) | (cols >= side - edge)] = 0
        out.write(data.astype(np.uint16), 1, window=Window(0, row, side, height))


def _speckle(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Amplitudes of mean power 1: looks of a complex field whose spectrum fills 1/``CORRELATION_PX`` of the band."""
    power = np.zeros((height, width), np.float32)
    rows, cols = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :]
    band = (np.abs(rows) < 0.5 / CORRELATION_PX) & (np.abs(cols) < 0.5 / CORRELATION_PX)
    for _ in range(LOOKS):
        field = rng.standard_normal((height, width)) + 1j * rng.standard_normal((height, width))
        power += (np.abs(np.fft.ifft2(np.fft.fft2(field) * band)) ** 2).astype(np.float32)
    return np.asarray(np.sqrt(power / power.mean()), dtype=np.float32)


def _smooth(rng: np.random.Generator, knots: int) -> NDArray[np.float64]:
    return rng.standard_normal((knots + 2, knots + 2))


def _enlarge(
    field: NDArray[np.float64], down: NDArray[np.float64], across: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Interpolate a coarse field at fractions of the frame."""
    knots = np.arange(field.shape[0])
    span = field.shape[0] - 2
    part = np.stack([np.interp(across * span, knots, line) for line in field])
    first = np.floor(down * span).astype(int)
    share = (down * span - first)[:, None]
    return np.asarray(part[first] * (1 - share) + part[first + 1] * share, dtype=np.float32)


def _add_targets(data: NDArray[Any], rng: np.random.Generator, *, count: int) -> None:
    """Add point targets with the sidelobes of an unweighted aperture."""
    half = 24
    lobe = np.abs(np.sinc(np.arange(-half, half + 1) / CORRELATION_PX))
    shape = np.outer(lobe, lobe)
    for _ in range(count):
        row = int(rng.integers(half, data.shape[0] - half)) if data.shape[0] > 2 * half else half
        col = int(rng.integers(half, data.shape[1] - half))
        part = data[row - half : row + half + 1, col - half : col + half + 1]
        part += rng.uniform(1000, 20_000) * shape[: part.shape[0], : part.shape[1]]


def _ground(side: int, row: float, col: float) -> tuple[float, float]:
    """Return (lon, lat) of a pixel of an ideal strip on the ellipsoid, left looking: rows run to the left."""
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    along, aside = (side / 2 - col) * SPACING_M, (row - side / 2) * SPACING_M
    lon, lat, _ = geod.fwd(LON, LAT, HEADING_DEG, along)
    ahead, _, _ = geod.inv(lon, lat, *geod.fwd(LON, LAT, HEADING_DEG, along + 1e5)[:2])
    lon, lat, _ = geod.fwd(lon, lat, ahead - 90, aside)
    return float(lon), float(lat)


def _gcps(side: int) -> list[Any]:
    from rasterio.control import GroundControlPoint

    at = [i * side / 9 for i in range(10)]
    return [GroundControlPoint(row, col, *_ground(side, row, col), 0.0) for row in at for col in at]


def _rpcs(side: int) -> Any:
    """RPCs that are only shaped like some: straight lines through the frame."""
    from rasterio.rpc import RPC

    lon0, lat0 = _ground(side, side / 2, side / 2)
    half = side / 2
    corners = np.array([_ground(side, r, c) for r in (0, side) for c in (0, side)]) - (lon0, lat0)
    scale = np.abs(corners).max(axis=0)
    pixels = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])
    fit = np.linalg.lstsq(corners / scale, pixels, rcond=None)[0]
    rest, one = [0.0] * 17, [1.0] + [0.0] * 19
    return RPC(
        height_off=0.0, height_scale=500.0, lat_off=lat0, lat_scale=float(scale[1]), long_off=lon0,
        long_scale=float(scale[0]), line_off=half, line_scale=half, samp_off=half, samp_scale=half,
        line_num_coeff=[0.0, float(fit[0, 0]), float(fit[1, 0]), *rest], line_den_coeff=one,
        samp_num_coeff=[0.0, float(fit[0, 1]), float(fit[1, 1]), *rest], samp_den_coeff=one,
    )  # fmt: skip


def _properties(side: int) -> dict[str, Any]:
    state = {
        "time": "2025-05-01T10:00:00.123456Z",
        "position": [4_567_890.123] * 3,
        "velocity": [-5_432.101] * 3,
    }
    return {
        "sar:product_type": "GRD-COG", "iceye:processing_mode": "SLH", "iceye:calibration_factor": FACTOR,
        "sar:observation_direction": "left", "sar:looks_range": 1, "sar:looks_azimuth": LOOKS,
        "iceye:incidence_angle_near": 25.0, "iceye:incidence_angle_far": 28.0,
        "iceye:incidence_angle_coeffs": [25.0, 3.0 / side], "iceye:orbit_states": [state] * 60,
    }  # fmt: skip
