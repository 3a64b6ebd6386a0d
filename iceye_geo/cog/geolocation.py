"""Between pixels and the ground: splines over ground control points, RPCs, or an affine transform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from iceye_geo.cog import affines
from iceye_geo.errors import InvalidInputError, NoGeoreferenceError, OutsideFrameError

if TYPE_CHECKING:
    from iceye_geo.cog.info import Frame

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]
_EARTH_RADIUS_M = 6_371_008.8


class _Mapping(Protocol):
    def to_pixel(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
        """Return rows and columns of places, degrees; NaN where there are none."""
        ...

    def to_lonlat(self, row: NDArray[np.float64], col: NDArray[np.float64]) -> Pair:
        """Return longitudes and latitudes of pixel corners, degrees."""
        ...


class LocalPlane:
    """A plane that touches the globe at the frame's middle: no seam at the date line, no pole.

    It only has to be smooth and to have an exact inverse, so the globe is a sphere here.

    Args:
        lon: longitudes of the frame, degrees.
        lat: latitudes of the frame, degrees.
    """

    def __init__(self, lon: ArrayLike, lat: ArrayLike) -> None:
        centre = _unit(np.asarray(lon, float), np.asarray(lat, float)).mean(axis=-1)
        self._up = centre / np.linalg.norm(centre)
        lon0 = np.arctan2(self._up[1], self._up[0])
        self._east = np.array([-np.sin(lon0), np.cos(lon0), 0.0])
        self._north = np.cross(self._up, self._east)

    def to_plane(self, lon: ArrayLike, lat: ArrayLike) -> Pair:
        """Return metres east and north; NaN on the far side of the globe."""
        vector = _unit(np.asarray(lon, float), np.asarray(lat, float))
        x, y, z = (np.tensordot(axis, vector, axes=1) for axis in (self._east, self._north, self._up))
        hidden = z <= 0
        return (np.where(hidden, np.nan, x * _EARTH_RADIUS_M), np.where(hidden, np.nan, y * _EARTH_RADIUS_M))

    def to_lonlat(self, x: ArrayLike, y: ArrayLike) -> Pair:
        """Return longitudes in [-180, 180] and latitudes, degrees."""
        east, north = np.asarray(x, float) / _EARTH_RADIUS_M, np.asarray(y, float) / _EARTH_RADIUS_M
        up = np.sqrt(np.clip(1.0 - east**2 - north**2, 0.0, None))
        axes = np.stack([self._east, self._north, self._up], axis=1)
        vector = np.tensordot(axes, np.stack([east, north, up]), axes=1)
        return np.degrees(np.arctan2(vector[1], vector[0])), np.degrees(np.arcsin(np.clip(vector[2], -1, 1)))


def _unit(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    lam, phi = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


class _Spline:
    """Thin-plate splines over the ground control points, in the local plane: exact at every point."""

    def __init__(self, gcps: Sequence[Any]) -> None:
        from rasterio.control import GroundControlPoint
        from rasterio.transform import GCPTransformer

        lon, lat = np.array([g.x for g in gcps]), np.array([g.y for g in gcps])
        self._plane = LocalPlane(lon, lat)
        x, y = self._plane.to_plane(lon, lat)
        flat = [GroundControlPoint(g.row, g.col, a, b) for g, a, b in zip(gcps, x, y, strict=True)]
        self._spline = GCPTransformer(flat, tps=True)

    def to_pixel(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
        """Return rows and columns; NaN on the far side of the globe."""
        x, y = self._plane.to_plane(lon, lat)
        row, col = self._spline.rowcol(x, y, op=_keep)
        return np.asarray(row, float), np.asarray(col, float)

    def to_lonlat(self, row: NDArray[np.float64], col: NDArray[np.float64]) -> Pair:
        """Return longitudes in [-180, 180] and latitudes."""
        x, y = self._spline.xy(row, col, offset="ul")
        return self._plane.to_lonlat(x, y)


class _Rpc:
    """Rational polynomial coefficients at the scene's mean height."""

    def __init__(self, rpcs: Any) -> None:
        from rasterio.transform import RPCTransformer

        self._rpc, self._height = RPCTransformer(rpcs), float(rpcs.height_off)
        self._centre = float(rpcs.long_off)

    def to_pixel(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
        """Return rows and columns; either side of the date line is the same place."""
        near = self._centre + (lon - self._centre + 180.0) % 360.0 - 180.0
        row, col = self._rpc.rowcol(near, lat, zs=np.full_like(lat, self._height), op=_keep)
        return np.asarray(row, float), np.asarray(col, float)

    def to_lonlat(self, row: NDArray[np.float64], col: NDArray[np.float64]) -> Pair:
        """Return longitudes in [-180, 180] and latitudes."""
        x, y = self._rpc.xy(row, col, zs=np.full_like(row, self._height), offset="ul")
        return (np.asarray(x, float) + 180.0) % 360.0 - 180.0, np.asarray(y, float)


class _Affine:
    """A north-up picture, such as a terrain-corrected quicklook."""

    def __init__(self, transform: Any, crs: Any) -> None:
        from pyproj import Transformer

        self._transform = transform
        self._forward = Transformer.from_crs("EPSG:4326", crs.to_wkt(), always_xy=True)

    def to_pixel(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
        """Return rows and columns."""
        col, row = affines.apply(~self._transform, *self._forward.transform(lon, lat))
        return np.asarray(row, float), np.asarray(col, float)

    def to_lonlat(self, row: NDArray[np.float64], col: NDArray[np.float64]) -> Pair:
        """Return longitudes and latitudes."""
        x, y = affines.apply(self._transform, col, row)
        lon, lat = self._forward.transform(x, y, direction="INVERSE")
        return np.asarray(lon, float), np.asarray(lat, float)


def _keep(value: Any) -> Any:
    return value


class Geolocation:
    """Longitude and latitude to row and column and back. Both are 0 at the outer edge of the frame.

    Ground control points come first, RPCs where there are none, then an affine transform. Height is the
    scene's mean height: terrain above or below it still shifts a point.

    Args:
        frame: size and georeference of the image.

    Raises:
        NoGeoreferenceError: the file has none of the three.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._map = _choose(frame)

    def pixel(self, lon: float, lat: float) -> tuple[float, float]:
        """Return (row, column) of a point inside the frame, fractional.

        Raises:
            OutsideFrameError: the point lies outside.
        """
        _check_lonlat(lon, lat)
        row, col = self.pixels([lon], [lat])
        height, width = self._frame.height, self._frame.width
        # A point on the very edge, as a corner from the catalog, may miss it by rounding.
        if not (-0.5 <= row[0] <= height + 0.5 and -0.5 <= col[0] <= width + 0.5):
            x, y = self.lonlat(height / 2, width / 2)
            raise OutsideFrameError(
                f"({lon:g}, {lat:g}) lies outside the frame, whose middle is ({x:.4f}, {y:.4f}). "
                "Points are (lon, lat)."
            )
        return min(max(float(row[0]), 0.0), float(height)), min(max(float(col[0]), 0.0), float(width))

    def pixels(self, lon: ArrayLike, lat: ArrayLike) -> Pair:
        """Return rows and columns of many points, also of those outside; NaN where there is no answer."""
        lons, lats = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
        row, col = self._map.to_pixel(lons.ravel(), lats.ravel())
        return row.reshape(lons.shape), col.reshape(lons.shape)

    def lonlat(self, row: float, col: float) -> tuple[float, float]:
        """Return (lon, lat) of a pixel position, degrees; lon in [-180, 180]."""
        lon, lat = self.lonlats([row], [col])
        return float(lon[0]), float(lat[0])

    def lonlats(self, row: ArrayLike, col: ArrayLike) -> Pair:
        """Return longitudes and latitudes of many pixel positions."""
        rows, cols = np.broadcast_arrays(np.asarray(row, float), np.asarray(col, float))
        lon, lat = self._map.to_lonlat(rows.ravel(), cols.ravel())
        return lon.reshape(rows.shape), lat.reshape(rows.shape)

    def spacing_m(self, row: float, col: float) -> tuple[float, float]:
        """Return metres on the ground per row and per column, around a pixel."""
        rows, cols = np.array([row, row + 1, row]), np.array([col, col, col + 1])
        lon, lat = self.lonlats(rows, cols)
        x, y = LocalPlane(lon, lat).to_plane(lon, lat)
        return float(np.hypot(x[1] - x[0], y[1] - y[0])), float(np.hypot(x[2] - x[0], y[2] - y[0]))

    def outline(self, *, steps: int = 8) -> list[tuple[float, float]]:
        """Return the frame's border as a closed (lon, lat) ring, continuous across the date line."""
        height, width = self._frame.height, self._frame.width
        along = np.arange(steps) / steps
        rows = np.concatenate([0 * along, along, 1 + 0 * along, 1 - along, [0]]) * height
        cols = np.concatenate([along, 1 + 0 * along, 1 - along, 0 * along, [0]]) * width
        lon, lat = self.lonlats(rows, cols)
        return list(zip(continuous(lon).tolist(), lat.tolist(), strict=True))


def continuous(lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return longitudes without a jump at the date line: the least in [-180, 180), the others beyond 180 if need be.

    Example:
        >>> continuous(np.array([-179.5, 179.5])).tolist()
        [180.5, 179.5]
    """
    run: NDArray[np.float64] = np.unwrap(lon, period=360)
    return run - 360.0 * float(np.floor((run.min() + 180.0) / 360.0))


def _choose(frame: Frame) -> _Mapping:
    if len(frame.gcps) >= 3:
        return _Spline(frame.gcps)
    if frame.rpcs is not None:
        return _Rpc(frame.rpcs)
    if frame.transform is not None and frame.crs is not None:
        return _Affine(frame.transform, frame.crs)
    raise NoGeoreferenceError("The file has no ground control points, no RPCs and no transform: pixels only.")


def _check_lonlat(lon: float, lat: float) -> None:
    if not (np.isfinite(lon) and np.isfinite(lat)):
        raise InvalidInputError("point", "longitude and latitude must be finite numbers")
    if not -90 <= lat <= 90 or not -360 <= lon <= 360:
        raise InvalidInputError(
            "point", f"({lon:g}, {lat:g}) is no (lon, lat)", hint="Longitude comes first."
        )
