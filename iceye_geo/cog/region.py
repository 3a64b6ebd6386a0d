"""From a place on the ground to a window of the frame: a point and a size, a box, or a geometry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from iceye_geo.cog.geolocation import Geolocation
from iceye_geo.cog.plan import Window
from iceye_geo.errors import InvalidInputError, OutsideFrameError

# Straight edges on the map bend in radar geometry: this many points per edge keep the bend below a pixel.
_POINTS_PER_EDGE = 24
_FORMS = "Give (lon, lat), (west, south, east, north) or a geometry."


@runtime_checkable
class HasGeoInterface(Protocol):
    """Anything that can tell its GeoJSON geometry: shapely, GeoDataFrame rows, features."""

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """GeoJSON geometry or feature."""
        ...


Where = Sequence[float] | Mapping[str, Any] | HasGeoInterface


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A window of the frame, and the polygon inside it that was meant.

    Attributes:
        window: pixels, may reach beyond the frame.
        rings: polygon in (row, column), one list of rings per part; empty for points and boxes.
    """

    window: Window
    rings: tuple[tuple[NDArray[np.float64], ...], ...] = ()

    def outside(self, window: Window, shape: tuple[int, int]) -> NDArray[np.bool_] | None:
        """Return True for pixels outside the polygon, for an array of ``shape`` over ``window``; None for boxes."""
        if not self.rings:
            return None
        from rasterio.features import geometry_mask

        scale = np.array([shape[0] / window.height, shape[1] / window.width])
        origin = np.array([window.row, window.col])
        parts = [[((ring - origin) * scale)[:, ::-1].tolist() for ring in rings] for rings in self.rings]
        return np.asarray(
            geometry_mask([{"type": "MultiPolygon", "coordinates": parts}], shape, Affine.identity())
        )


def find_region(
    where: Where, location: Geolocation, *, size: int | None = None, size_m: float | None = None
) -> Region:
    """Find the window that a place means.

    Args:
        where: (lon, lat), a box (west, south, east, north) or a geometry. A box with west > east crosses the
            date line.
        location: of the frame.
        size: side round a point, pixels.
        size_m: side round a point, metres on the ground; instead of ``size``.

    Raises:
        InvalidInputError: it is none of these.
        OutsideFrameError: a point outside the frame.
    """
    if not isinstance(where, Mapping | HasGeoInterface):
        numbers = _numbers(where)
        if len(numbers) == 2:
            return Region(_round_point(numbers[0], numbers[1], location, size, size_m))
        if len(numbers) == 4:
            return Region(_window_of(*_box(*numbers), location))
        raise InvalidInputError("where", f"{len(numbers)} numbers", hint=_FORMS)
    return _from_geometry(where, location, size, size_m)


def _numbers(where: Any) -> list[float]:
    try:
        return [float(value) for value in where]
    except (TypeError, ValueError):
        raise InvalidInputError("where", f"cannot be read from {where!r}", hint=_FORMS) from None


def _from_geometry(where: Any, location: Geolocation, size: int | None, size_m: float | None) -> Region:
    from shapely.geometry import shape

    told = where if isinstance(where, Mapping) else where.__geo_interface__
    geometry: Any = shape(told.get("geometry", told))
    if geometry.geom_type == "Point":
        return Region(_round_point(geometry.x, geometry.y, location, size, size_m))
    if geometry.geom_type not in ("Polygon", "MultiPolygon") or geometry.is_empty:
        raise InvalidInputError(
            "where", f"a {geometry.geom_type} has no area", hint="Use profile() for a line."
        )
    parts = []
    for polygon in getattr(geometry, "geoms", [geometry]):
        rings = [np.asarray(ring.coords)[:, :2] for ring in (polygon.exterior, *polygon.interiors)]
        parts.append(tuple(np.stack(location.pixels(*_dense(r)), axis=1) for r in rings))
    every = np.concatenate([ring for rings in parts for ring in rings])
    return Region(_bounding(every[:, 0], every[:, 1]), tuple(parts))


def _round_point(
    lon: float, lat: float, location: Geolocation, size: int | None, size_m: float | None
) -> Window:
    row, col = location.pixel(lon, lat)
    height = width = 1024 if size is None else size
    if size_m is not None:
        down, across = location.spacing_m(row, col)
        height, width = max(1, round(size_m / down)), max(1, round(size_m / across))
    if height < 1 or width < 1 or (size_m is not None and size_m <= 0):
        raise InvalidInputError("size", "must be at least 1 pixel")
    return Window(round(row - height / 2), round(col - width / 2), height, width)


def _box(
    west: float, south: float, east: float, north: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if south > north:
        raise InvalidInputError(
            "where", "south lies above north", hint="A box is (west, south, east, north)."
        )
    east = east + 360 if east < west else east
    return _dense(np.array([(west, south), (east, south), (east, north), (west, north), (west, south)]))


def _dense(ring: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    at = np.linspace(0, len(ring) - 1, (len(ring) - 1) * _POINTS_PER_EDGE + 1)
    whole = np.arange(len(ring))
    return np.interp(at, whole, ring[:, 0]), np.interp(at, whole, ring[:, 1])


def _window_of(lon: NDArray[np.float64], lat: NDArray[np.float64], location: Geolocation) -> Window:
    return _bounding(*location.pixels(lon, lat))


def _bounding(row: NDArray[np.float64], col: NDArray[np.float64]) -> Window:
    if not (np.isfinite(row).all() and np.isfinite(col).all()):
        raise OutsideFrameError("The area lies outside the frame, on the other side of the globe.")
    top, left = int(np.floor(row.min())), int(np.floor(col.min()))
    return Window(top, left, max(1, int(np.ceil(row.max())) - top), max(1, int(np.ceil(col.max())) - left))
