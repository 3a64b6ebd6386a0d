"""Small faithful COGs: radar geometry, control points, ICEYE_PROPERTIES, nodata wedges, speckle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS

FACTOR = 2.5e-5


def ground_points(
    height: int,
    width: int,
    *,
    lon: float,
    lat: float,
    spacing_m: float = 2.5,
    heading_deg: float = 190.0,
    n: int = 10,
) -> list[GroundControlPoint]:
    """A grid of control points on the ellipsoid: rows to the right of the flight line, columns along it."""
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    points: list[GroundControlPoint] = []
    for i in range(n):
        for j in range(n):
            row, col = i * height / (n - 1), j * width / (n - 1)
            along, aside = (col - width / 2) * spacing_m, (row - height / 2) * spacing_m
            x, y, _ = geod.fwd(lon, lat, heading_deg, along)
            azimuth = geod.inv(x, y, *geod.fwd(x, y, heading_deg, 1000)[:2])[0]
            x, y, _ = geod.fwd(x, y, azimuth + 90, aside)
            points.append(GroundControlPoint(row=row, col=col, x=x, y=y, z=0.0, id=str(len(points))))
    return points


def properties(height: int, **changes: Any) -> dict[str, Any]:
    near, far = 25.0, 28.5
    base = {
        "sar:product_type": "GRD-COG", "iceye:processing_mode": "SM", "sar:observation_direction": "right",
        "sat:orbit_state": "descending", "sar:looks_range": 1, "sar:looks_azimuth": 1,
        "iceye:calibration_factor": FACTOR,
        "iceye:incidence_angle_near": near, "iceye:incidence_angle_far": far,
        "iceye:incidence_angle_coeffs": [near, (far - near) / height * 1.1, -(far - near) * 0.1 / height**2],
        "start_datetime": "2025-05-01T10:00:00.123Z",
    }  # fmt: skip
    return {k: v for k, v in (base | changes).items() if v is not None}


def pixels(
    height: int, width: int, *, bands: int = 1, dtype: str = "uint16", seed: int = 1, wedge: int = 40
) -> NDArray[Any]:
    rng = np.random.default_rng(seed)
    mean = 40 + 60 * (np.add.outer(np.arange(height) // 97, np.arange(width) // 131) % 5)
    data: NDArray[Any] = np.sqrt(rng.gamma(2.0, 0.5, (bands, height, width))) * mean
    data = np.clip(np.round(data), 1, 255 if dtype == "uint8" else 60000)
    data[:, :, :wedge] = 0
    return data.astype(dtype)


def make_cog(
    path: Path, *, height: int = 1200, width: int = 2000, bands: int = 1, dtype: str = "uint16",
    lon: float = 25.0, lat: float = 60.0, heading_deg: float = 190.0, spacing_m: float = 2.5, seed: int = 1,
    georeference: str = "gcp", props: dict[str, Any] | None = None, driver: str = "COG", **options: Any,
) -> Path:  # fmt: skip
    data = pixels(height, width, bands=bands, dtype=dtype, seed=seed)
    profile: dict[str, Any] = {
        "driver": driver, "width": width, "height": height, "count": bands, "dtype": dtype, "nodata": 0,
    }  # fmt: skip
    profile |= (
        {"compress": "LZW", "blocksize": 512, "overview_resampling": "cubic"} if driver == "COG" else {}
    )
    profile |= options
    kept = properties(height) if props is None else props
    if georeference == "gcp":
        profile["gcps"] = ground_points(
            height, width, lon=lon, lat=lat, spacing_m=spacing_m, heading_deg=heading_deg
        )
        profile["crs"] = CRS.from_epsg(4326)
    elif georeference == "affine":
        profile["crs"] = CRS.from_epsg(4326)
        profile["transform"] = Affine(1e-4, 0, lon, 0, -1e-4, lat)
    elif georeference == "rpc":
        profile["rpcs"] = rational(height, width, lon=lon, lat=lat)
    with rasterio.open(path, "w", **profile) as out:
        out.write(data)
        if kept:
            out.update_tags(ICEYE_PROPERTIES=json.dumps(kept))
    return path


def rational(height: int, width: int, *, lon: float, lat: float) -> Any:
    """RPCs of an ideal picture: rows grow with latitude, columns with longitude."""
    from rasterio.rpc import RPC

    zeros = [0.0] * 20
    one = [1.0] + [0.0] * 19
    line, sample = zeros.copy(), zeros.copy()
    line[2], sample[1] = -1.0, 1.0
    return RPC(
        height_off=0.0, height_scale=100.0, lat_off=lat, lat_scale=0.02, line_den_coeff=one,
        line_num_coeff=line,
        line_off=height / 2, line_scale=height / 2, long_off=lon, long_scale=0.03, samp_den_coeff=one,
        samp_num_coeff=sample, samp_off=width / 2, samp_scale=width / 2,
    )  # fmt: skip
