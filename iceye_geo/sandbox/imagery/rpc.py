"""Rational polynomial coefficients that fit a scene's geometry: cubic numerators over a denominator of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iceye_geo.sandbox.geometry import SceneGeometry

Float64 = npt.NDArray[np.float64]

#: Heights the fit spans, metres.
_HEIGHTS_M = np.array([-500.0, 0.0, 1_000.0, 2_500.0])
_HEIGHT_OFF, _HEIGHT_SCALE = 1_000.0, 1_500.0
_GRID = 17
_ONE = (1.0, *([0.0] * 19))


@dataclass(frozen=True, slots=True)
class Rpc:
    """RPC00B coefficients. Lines and samples count from the centre of the first pixel.

    Attributes:
        line_off: offset of the row.
        line_scale: scale of the row.
        samp_off: offset of the column.
        samp_scale: scale of the column.
        lat_off: degrees.
        lat_scale: degrees.
        long_off: degrees; longitudes are continuous around it.
        long_scale: degrees.
        height_off: metres.
        height_scale: metres.
        line_num_coeff: 20 coefficients.
        samp_num_coeff: 20 coefficients.
    """

    line_off: float
    line_scale: float
    samp_off: float
    samp_scale: float
    lat_off: float
    lat_scale: float
    long_off: float
    long_scale: float
    height_off: float
    height_scale: float
    line_num_coeff: tuple[float, ...]
    samp_num_coeff: tuple[float, ...]

    def as_dict(self) -> dict[str, float | list[float]]:
        """Return all fields and both denominators, tuples as lists: the arguments of ``rasterio.rpc.RPC``."""
        fields: dict[str, float | list[float]] = {}
        for name in self.__slots__:
            value = getattr(self, name)
            fields[name] = list(value) if isinstance(value, tuple) else float(value)
        return fields | {"line_den_coeff": list(_ONE), "samp_den_coeff": list(_ONE)}


def terms(p: Float64, l: Float64, h: Float64) -> Float64:  # noqa: E741 - the names of the RPC00B standard
    """Return the 20 cubic terms of RPC00B, shape (20, n), of normalised latitude, longitude and height."""
    one = np.ones_like(p)
    return np.stack([
        one, l, p, h, l * p, l * h, p * h, l * l, p * p, h * h, p * l * h, l**3, l * p * p, l * h * h,
        l * l * p, p**3, p * h * h, l * l * h, p * p * h, h**3,
    ])  # fmt: skip


def fit(geometry: SceneGeometry) -> Rpc:
    """Fit coefficients to a scene; what rises by a height moves towards the radar by height / tan(incidence)."""
    v, u = (a.ravel() for a in np.meshgrid(np.linspace(0, 1, _GRID), np.linspace(0, 1, _GRID), indexing="ij"))
    row, col = v * geometry.height, u * geometry.width
    lon, lat = geometry.pixel_to_lonlat(row, col, continuous=True)
    tall = np.repeat(_HEIGHTS_M, row.size)
    lift = tall / np.tan(np.radians(np.tile(geometry.incidence_at(row), _HEIGHTS_M.size)))
    lines = np.tile(row, _HEIGHTS_M.size) - lift / geometry.range_spacing_m - 0.5
    samples = np.tile(col, _HEIGHTS_M.size) - 0.5
    lat_scale, long_scale = np.abs(lat - geometry.center_lat).max(), np.abs(lon - geometry.center_lon).max()
    cubic = terms(
        np.tile((lat - geometry.center_lat) / lat_scale, _HEIGHTS_M.size),
        np.tile((lon - geometry.center_lon) / long_scale, _HEIGHTS_M.size),
        (tall - _HEIGHT_OFF) / _HEIGHT_SCALE,
    )
    line_off, samp_off = geometry.height / 2 - 0.5, geometry.width / 2 - 0.5
    targets = np.stack(
        [(lines - line_off) / (geometry.height / 2), (samples - samp_off) / (geometry.width / 2)]
    )
    found = np.linalg.lstsq(cubic.T, targets.T, rcond=None)[0]
    return Rpc(
        line_off, geometry.height / 2, samp_off, geometry.width / 2, geometry.center_lat, float(lat_scale),
        geometry.center_lon, float(long_scale), _HEIGHT_OFF, _HEIGHT_SCALE,
        tuple(map(float, found[:, 0])), tuple(map(float, found[:, 1])),
    )  # fmt: skip
