"""Large synthetic GRD-COGs for benchmarks: speckle, control points, ICEYE_PROPERTIES. Made once, then kept."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import numpy as np

HEADING_DEG = 190.0
LON, LAT, SPACING_M = 25.0, 60.0, 2.5


def make_frame(path: Path, *, side: int, codec: str) -> Path:
    """Write a square GRD-COG of ``side`` pixels, unless it is there already."""
    import rasterio
    from rasterio.io import MemoryFile
    from rasterio.shutil import copy

    if path.exists():
        return path
    began = time.perf_counter()
    profile = {"driver": "GTiff", "width": side, "height": side, "count": 1, "dtype": "uint16", "nodata": 0,
               "tiled": True, "blockxsize": 512, "blockysize": 512}  # fmt: skip
    temporary = path.with_suffix(".part")
    with MemoryFile() as memory:
        with memory.open(**profile) as out:
            _speckle(out, side)
            out.gcps = (_gcps(side), rasterio.crs.CRS.from_epsg(4326))
            out.update_tags(ICEYE_PROPERTIES=json.dumps(_properties(side)))
        with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS", GDAL_CACHEMAX=1024):
            copy(memory.name, temporary, driver="COG", compress=codec, blocksize=512, bigtiff="IF_SAFER",
                 overview_resampling="cubic", overview_compress=codec)  # fmt: skip
    temporary.rename(path)
    print(
        f"made {path.name}: {path.stat().st_size / 1e6:.0f} MB in {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    return path


def _speckle(out: object, side: int) -> None:
    from rasterio.windows import Window

    rng = np.random.default_rng(7)
    base = np.sqrt(rng.gamma(4.0, 0.25, (2048, 4096))).astype(np.float32)
    for row in range(0, side, 2048):
        height = min(2048, side - row)
        wide = np.tile(np.roll(base, int(rng.integers(4096)), axis=1), (1, -(-side // 4096)))[:height, :side]
        land = 1 + ((np.arange(side) // 700 + row // 2048) % 4)
        data = np.clip(wide * land * 45, 1, 65535).astype(np.uint16)
        data[:, : side // 60] = 0
        out.write(data, 1, window=Window(0, row, side, height))  # type: ignore[attr-defined]


def _gcps(side: int) -> list[object]:
    from rasterio.control import GroundControlPoint

    heading = math.radians(HEADING_DEG)
    found: list[object] = []
    for i in range(10):
        for j in range(10):
            row, col = i * side / 9, j * side / 9
            along, aside = (col - side / 2) * SPACING_M, (row - side / 2) * SPACING_M
            east = along * math.sin(heading) + aside * math.cos(heading)
            north = along * math.cos(heading) - aside * math.sin(heading)
            lat = LAT + north / 111_320
            found.append(
                GroundControlPoint(row, col, LON + east / (111_320 * math.cos(math.radians(lat))), lat, 0.0)
            )
    return found


def _properties(side: int) -> dict[str, object]:
    return {
        "sar:product_type": "GRD-COG", "iceye:processing_mode": "SM", "iceye:calibration_factor": 2.5e-5,
        "sar:observation_direction": "left", "iceye:incidence_angle_near": 25.0, "iceye:incidence_angle_far": 28.0,
        "iceye:incidence_angle_coeffs": [25.0, 3.0 / side], "iceye:orbit_states": [[0.0] * 7] * 60,
    }  # fmt: skip
