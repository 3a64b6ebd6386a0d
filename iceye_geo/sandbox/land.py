"""Where the sandbox's world has land: point queries, shares of a footprint, distance to the coast. No pixels.

The outlines are Natural Earth's 1:10m land, simplified; see ``data/README.md``.
"""

from __future__ import annotations

import functools
import threading
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from shapely import STRtree
    from shapely.geometry.base import BaseGeometry

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_QUANTUM_DEG = 0.001
_METRES_PER_DEG = 111_195.0
#: Outline pieces this close to the date line, or this far south, close the polygons and are no coast.
_SEAM_LON, _SEAM_LAT = 179.99, -84.3
#: GEOS makes the index of a prepared polygon when first asked, and two threads that ask at once corrupt the heap.
_ASKING = threading.Lock()


def _rings() -> tuple[list[FloatArray], BoolArray]:
    with (
        (resources.files("iceye_geo.sandbox") / "data" / "land.npz").open("rb") as file,
        np.load(file) as data,
    ):
        planes, lengths, holes = data["planes"].astype(np.uint32), data["lengths"], data["holes"]
    zigzag = planes[0] | planes[1] << 8 | planes[2] << 16
    deltas = (zigzag >> 1).astype(np.int64) ^ -(zigzag & 1).astype(np.int64)
    pieces = np.split(deltas.T, np.cumsum(lengths)[:-1])
    return [np.cumsum(piece, axis=0) * _QUANTUM_DEG for piece in pieces], holes


@functools.cache
def _polygons() -> npt.NDArray[np.object_]:
    import shapely

    rings, holes = _rings()
    starts = np.flatnonzero(~holes)
    ends = np.append(starts[1:], len(rings))
    shells = [shapely.Polygon(rings[a], rings[a + 1 : b]) for a, b in zip(starts, ends, strict=True)]
    polygons = shapely.get_parts(shapely.make_valid(np.array(shells)))
    shapely.prepare(polygons)
    return np.asarray(polygons)


@functools.cache
def _tree() -> STRtree:
    from shapely import STRtree

    return STRtree(_polygons())


@functools.cache
def _segments() -> FloatArray:
    """Return the coast as segments, shape (n, 4): lon, lat, lon, lat; without the closing lines."""
    rings, _ = _rings()
    closed = [np.vstack([ring, ring[:1]]) for ring in rings]
    pieces = np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in closed])
    seam = np.all(np.abs(pieces[:, ::2]) > _SEAM_LON, axis=1) | np.all(pieces[:, 1::2] < _SEAM_LAT, axis=1)
    return np.asarray(pieces[~seam])


def is_land(lon: npt.ArrayLike, lat: npt.ArrayLike) -> BoolArray:
    """Return whether points lie on land; any longitudes, same shape as the inputs broadcast.

    Example:
        >>> is_land([2.35, -30.0, 362.35], [48.85, 40.0, 48.85]).tolist()
        [True, False, True]
    """
    import shapely

    lons, lats = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    x, y = (lons.ravel() + 180.0) % 360.0 - 180.0, lats.ravel()
    point, polygon = _tree().query(shapely.points(x, y))
    inside = np.zeros(lons.size, dtype=np.bool_)
    with _ASKING:
        hit = shapely.intersects_xy(_polygons()[polygon], x[point], y[point])
    inside[point[hit]] = True
    return inside.reshape(lons.shape)


def land_fraction(polygon: BaseGeometry) -> float:
    """Return the share of a footprint's area (in degrees) that is land, 0 to 1.

    Footprints across the antimeridian may have longitudes beyond 180 degrees, or jump by 360.

    Example:
        >>> from shapely import box
        >>> land_fraction(box(2.0, 47.0, 3.0, 48.0)), land_fraction(box(-30.0, 40.0, -29.0, 41.0))
        (1.0, 0.0)
    """
    from shapely import affinity, transform

    west, _, east, _ = polygon.bounds
    if east - west > 180:
        polygon = transform(polygon, _shift_western)
    if not polygon.area:
        return float(np.mean(is_land(*np.asarray(polygon.centroid.coords).T)))
    covered = 0.0
    for shift in (-360.0, 0.0, 360.0):
        moved: Any = affinity.translate(polygon, shift)
        near = _polygons()[_tree().query(moved, predicate="intersects")]
        covered += sum(moved.intersection(land).area for land in near)
    return float(min(1.0, covered / polygon.area))


def _shift_western(lonlat: FloatArray) -> FloatArray:
    return np.column_stack([lonlat[:, 0] % 360.0, lonlat[:, 1]])


def coast_distance(lon: FloatArray, lat: FloatArray, *, limit_m: float = 20_000.0) -> FloatArray:
    """Return the signed distance to the coast in metres, positive on land, clipped to ``limit_m``.

    Meant for the nodes of a coarse grid over one scene; metres are those of a plane at their mean latitude.

    Args:
        lon: longitudes, degrees, without a jump (they may exceed 180).
        lat: latitudes, degrees, same shape.
        limit_m: where searching ends.
    """
    import shapely

    scale = np.array([_METRES_PER_DEG * np.cos(np.radians(lat.mean())), _METRES_PER_DEG])
    margin = limit_m / scale
    low, high = np.array([lon.min(), lat.min()]) - margin, np.array([lon.max(), lat.max()]) + margin
    lines = _segments_in(low, high) * np.tile(scale, 2)
    distance = np.full(lon.size, limit_m)
    if len(lines):
        tree = shapely.STRtree(shapely.linestrings(lines.reshape(-1, 2, 2)))
        points = shapely.points(lon.ravel() * scale[0], lat.ravel() * scale[1])
        (found, _), nearest = tree.query_nearest(points, return_distance=True, all_matches=False)
        distance[found] = np.minimum(nearest, limit_m)
    return np.asarray(np.where(is_land(lon, lat).ravel(), distance, -distance).reshape(lon.shape))


def _segments_in(low: FloatArray, high: FloatArray) -> FloatArray:
    first, last = _segment_bounds()
    found = []
    for shift in (-360.0, 0.0, 360.0):
        if high[0] - shift < -180.0 or low[0] - shift > 180.0:
            continue
        offset = np.array([shift, 0.0])
        inside = np.all((last >= low - offset) & (first <= high - offset), axis=1)
        found.append(_segments()[inside] + np.tile(offset, 2))
    return np.concatenate(found)


@functools.cache
def _segment_bounds() -> tuple[FloatArray, FloatArray]:
    pieces = _segments()
    return np.minimum(pieces[:, :2], pieces[:, 2:]), np.maximum(pieces[:, :2], pieces[:, 2:])
