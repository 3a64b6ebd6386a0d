"""North-up pictures: an array in radar geometry, warped to a map. Only what is shown is warped, never the frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iceye_geo.cog import affines
from iceye_geo.cog.geolocation import Geolocation, continuous
from iceye_geo.cog.info import CogInfo
from iceye_geo.cog.plan import Window
from iceye_geo.cog.raster import Raster
from iceye_geo.cog.render import PERCENTILES, png_bytes, stretch
from iceye_geo.cog.values import UNITS, Calibration, Values, convert
from iceye_geo.errors import InvalidInputError, OutsideFrameError

_WEB_RADIUS_M = 6_378_137.0
# The ground-to-pixel mapping is smooth: exact at every 16th pixel and linear between costs 1/256 of the splines.
_COARSE = 16


@dataclass(frozen=True, slots=True, eq=False)
class GeoRaster:
    """A north-up picture on a map.

    Attributes:
        array: masked array, (rows, cols) or (bands, rows, cols).
        transform: affine transform, pixel corner to map.
        crs: name of the map's CRS, e.g. "EPSG:3857". Longitudes and web-Mercator x run on across the date line.
        values: what the numbers are.
        info: facts about the frame.
        outline: the frame's border as a (lon, lat) ring.
    """

    array: np.ma.MaskedArray[Any, Any]
    transform: Any
    crs: str
    values: Values
    info: CogInfo = field(repr=False)
    outline: tuple[tuple[float, float], ...] = field(repr=False)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) in the map's units."""
        rows, cols = self.array.shape[-2:]
        right, bottom = affines.apply(self.transform, cols, rows)
        return float(self.transform.c), float(bottom), float(right), float(self.transform.f)

    @property
    def lonlat_bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north), degrees; east may exceed 180 across the date line."""
        left, bottom, right, top = self.bounds
        x, y = np.linspace(left, right, 9), np.linspace(bottom, top, 9)
        lon, lat = _to_lonlat(self.crs, *(g.ravel() for g in np.meshgrid(x, y)))
        lon = continuous(lon)
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())

    @property
    def mask(self) -> NDArray[np.bool_]:
        """True where there is no data; (rows, cols)."""
        mask = np.ma.getmaskarray(self.array)
        return mask if mask.ndim == 2 else np.asarray(mask.all(axis=0))

    def to_png(
        self, path: str | Path | None = None, *, percentiles: tuple[float, float] = PERCENTILES,
        limits: tuple[float, float] | None = None,
    ) -> bytes:  # fmt: skip
        """Render as PNG, transparent where there is no data; also writes it if a path is given.

        Where somebody must be named with the pixels, the file's ``Copyright`` text says so.
        """
        array = self.array[0] if self.array.ndim == 3 and self.array.shape[0] != 3 else self.array
        in_db = self.values in ("sigma0_db", "relative_db")
        grey = stretch(array, in_db=in_db, percentiles=percentiles, limits=limits)
        data = png_bytes(grey, alpha=~self.mask, attribution=self.info.attribution)
        if path is not None:
            Path(path).write_bytes(data)
        return data

    def _repr_png_(self) -> bytes:
        return self.to_png()

    def __repr__(self) -> str:
        size = "x".join(map(str, self.array.shape))
        return f"GeoRaster({size} {self.array.dtype}, {UNITS[self.values]}, {self.crs}, {self.transform.a:g} per pixel)"


@dataclass(frozen=True, slots=True)
class Grid:
    """A north-up grid: CRS, upper left corner, pixel size in map units, shape."""

    crs: str
    left: float
    top: float
    pixel: float
    rows: int
    cols: int

    @property
    def transform(self) -> Any:
        """Affine transform, pixel corner to map."""
        from affine import Affine

        return Affine(self.pixel, 0.0, self.left, 0.0, -self.pixel, self.top)

    def centres(self, rows: NDArray[np.float64], cols: NDArray[np.float64]) -> tuple[Any, Any]:
        """Return map coordinates of pixel centres on the mesh of rows and columns."""
        x, y = self.left + (cols + 0.5) * self.pixel, self.top - (rows + 0.5) * self.pixel
        return np.meshgrid(x, y)


def geocode(
    raster: Raster, location: Geolocation, *, crs: str = "EPSG:4326", values: Values = "dn"
) -> GeoRaster:
    """Warp a look to a map.

    Args:
        raster: digital numbers of the frame or a part.
        location: of the frame.
        crs: "EPSG:4326", "EPSG:3857", "utm" or any CRS pyproj knows.
        values: what is wanted; converted after warping.
    """
    corners = _border(raster.window, location)
    name = resolve_crs(crs, *corners)
    grid = fit_grid(name, *corners, longest=max(raster.shape[-2:]))
    return resample(raster, location, grid, values=values)


def resample(raster: Raster, location: Geolocation, grid: Grid, *, values: Values = "dn") -> GeoRaster:
    """Sample a raster at the pixels of a grid, bilinear; masked beyond the raster and beside nodata."""
    row, col = _pixels_of(grid, location)
    down, across = raster.scale
    array = _bilinear(
        raster.array, (row - raster.window.row) / down - 0.5, (col - raster.window.col) / across - 0.5
    )
    theta = raster.info.incidence.at(row) if values == "beta0" and raster.info.incidence else None
    calibration: Calibration = raster.info.calibration
    out, kind = convert(array, values, calibration=calibration, theta_deg=theta)
    return GeoRaster(out, grid.transform, grid.crs, kind, raster.info, tuple(location.outline()))


def resolve_crs(crs: str, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> str:
    """Return "EPSG:n" for a CRS name; "utm" picks the zone of the middle.

    Raises:
        InvalidInputError: pyproj does not know it.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    text = str(crs).strip()
    if text.lower() == "utm":
        middle_lon, middle_lat = float(np.mean(lon)), float(np.mean(lat))
        zone = int(((middle_lon + 180) % 360) // 6) + 1
        return f"EPSG:{(32600 if middle_lat >= 0 else 32700) + zone}"
    try:
        code = CRS.from_user_input(int(text) if text.isdecimal() else text).to_epsg()
    except CRSError as err:
        raise InvalidInputError("crs", f"{crs!r} is no known CRS", hint='Use 4326, 3857 or "utm".') from err
    return f"EPSG:{code}" if code else text


def fit_grid(crs: str, lon: NDArray[np.float64], lat: NDArray[np.float64], *, longest: int) -> Grid:
    """Return the grid round some points whose longer side has ``longest`` pixels."""
    x, y = _from_lonlat(crs, continuous(lon), lat)
    width, height = float(np.ptp(x)), float(np.ptp(y))
    pixel = max(width, height) / longest
    rows, cols = max(1, int(np.ceil(height / pixel - 1e-9))), max(1, int(np.ceil(width / pixel - 1e-9)))
    return Grid(crs, float(x.min()), float(y.max()), pixel, rows, cols)


def window_under(grid: Grid, location: Geolocation) -> Window:
    """Return the frame's pixels under a grid, with a margin for interpolation; may reach beyond the frame.

    Raises:
        OutsideFrameError: the grid lies on the other side of the globe.
    """
    row, col = _pixels_of(grid, location)
    if not (np.isfinite(row).all() and np.isfinite(col).all()):
        raise OutsideFrameError("The grid lies outside the frame, on the other side of the globe.")
    top, left = int(np.floor(row.min())) - 2, int(np.floor(col.min())) - 2
    return Window(top, left, int(np.ceil(row.max())) + 2 - top, int(np.ceil(col.max())) + 2 - left)


def _border(window: Window, location: Geolocation) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    along = np.linspace(0, 1, 33)
    rows = np.concatenate([0 * along, along, 1 + 0 * along, 1 - along]) * window.height + window.row
    cols = np.concatenate([along, 1 + 0 * along, 1 - along, 0 * along]) * window.width + window.col
    lon, lat = location.lonlats(rows, cols)
    return continuous(lon), lat


def _pixels_of(grid: Grid, location: Geolocation) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the frame's row and column under each pixel of the grid."""
    rows, cols = _knots(grid.rows), _knots(grid.cols)
    x, y = grid.centres(rows, cols)
    lon, lat = _to_lonlat(grid.crs, x, y)
    row, col = location.pixels(lon, lat)
    down, across = _weights(rows, grid.rows), _weights(cols, grid.cols)
    return down @ row @ across.T, down @ col @ across.T


def _knots(n: int) -> NDArray[np.float64]:
    return np.linspace(0, n - 1, max(2, -(-n // _COARSE) + 1))


def _weights(knots: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the matrix that interpolates linearly from knots to all positions."""
    return np.stack([np.interp(np.arange(n), knots, unit) for unit in np.eye(len(knots))], axis=1)


def _bilinear(
    array: np.ma.MaskedArray[Any, Any], row: NDArray[np.float64], col: NDArray[np.float64]
) -> np.ma.MaskedArray[Any, Any]:
    height, width = array.shape[-2:]
    inside = (row > -0.5) & (row < height - 0.5) & (col > -0.5) & (col < width - 0.5)
    row, col = np.clip(np.nan_to_num(row), 0, height - 1), np.clip(np.nan_to_num(col), 0, width - 1)
    top, left = np.floor(row).astype(int), np.floor(col).astype(int)
    bottom, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    data, valid = np.ma.filled(array, 0).astype(np.float64), ~np.ma.getmaskarray(array)
    total = np.zeros((*array.shape[:-2], *row.shape))
    weight = np.zeros_like(total)
    for r, c, w in (
        (top, left, (1 - (row - top)) * (1 - (col - left))), (top, right, (1 - (row - top)) * (col - left)),
        (bottom, left, (row - top) * (1 - (col - left))), (bottom, right, (row - top) * (col - left)),
    ):  # fmt: skip
        share = w * valid[..., r, c]
        total += share * data[..., r, c]
        weight += share
    seen = inside & (weight > 0.5)
    return np.ma.MaskedArray(
        total / np.where(weight > 0, weight, 1), mask=~np.broadcast_to(seen, total.shape)
    )


def _from_lonlat(crs: str, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[Any, Any]:
    """Project; longitudes beyond 180 stay beyond it where the projection can tell."""
    if crs == "EPSG:4326":
        return lon, lat
    if crs == "EPSG:3857":
        bounded = np.radians(np.clip(lat, -85.05, 85.05))
        return np.radians(lon) * _WEB_RADIUS_M, np.log(np.tan(np.pi / 4 + bounded / 2)) * _WEB_RADIUS_M
    from pyproj import Transformer

    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    return np.asarray(x), np.asarray(y)


def _to_lonlat(crs: str, x: Any, y: Any) -> tuple[Any, Any]:
    if crs == "EPSG:4326":
        return x, y
    if crs == "EPSG:3857":
        return np.degrees(x / _WEB_RADIUS_M), np.degrees(2 * np.arctan(np.exp(y / _WEB_RADIUS_M)) - np.pi / 2)
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    return np.asarray(lon), np.asarray(lat)
