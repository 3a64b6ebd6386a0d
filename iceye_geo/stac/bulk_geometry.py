"""The rules of ``geometry`` over many footprints at once; whatever is odd goes through ``fix_geometry``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import shape

from iceye_geo.stac.geometry import bounding_box, fix_geometry

#: Footprints read together: few enough that they stay in the processor's cache.
_AT_ONCE = 128
_parts = itemgetter("type", "coordinates")


class _Rings(NamedTuple):
    """Polygons of one ring: their rows, the positions of all rings in a row, and how many each ring has."""

    rows: npt.NDArray[np.int_]
    points: npt.NDArray[np.float64]
    lengths: npt.NDArray[np.int_]


def read_footprints(geometries: Sequence[Any]) -> tuple[npt.NDArray[np.object_], list[Any], list[int]]:
    """Read footprints.

    Returns:
        shapely geometries, None where there is none; their boxes as [west, south, east, north] with
        west > east across the antimeridian; and the rows whose geometry cannot be read.
    """
    shapes = np.full(len(geometries), None, dtype=object)
    boxes = np.full(len(geometries), None, dtype=object)
    odd = np.array([geometry is not None for geometry in geometries], dtype=bool)
    rings = _plain_rings(geometries)
    sound = _untouched(rings.points, rings.lengths)
    if sound.any():
        kept = rings.rows[sound]
        shapes[kept], odd[kept] = _polygons(rings, sound), False
        boxes[kept] = _lists(shapely.bounds(shapes[kept]))
    bad = []
    for row in np.flatnonzero(odd).tolist():
        fixed = fix_geometry(geometries[row])
        if fixed is None:
            bad.append(row)
        else:
            shapes[row], boxes[row] = shape(fixed), bounding_box(fixed)
    return shapes, boxes.tolist(), bad


def _lists(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
    """Put each row into a list of its own."""
    lists = np.empty(len(rows), dtype=object)
    lists[:] = rows.tolist()
    return lists


def _plain_rings(geometries: Sequence[Any]) -> _Rings:
    """Find polygons of one ring whose positions are two plain numbers each."""
    rows: list[int] = []
    lengths: list[int] = []
    points = [np.empty(0)]
    for start in range(0, len(geometries), _AT_ONCE):
        block = geometries[start : start + _AT_ONCE]
        read = _read_rings(block)
        if read is not None:
            rows += range(start, start + len(block))
            lengths += read[0]
            points.append(read[1])
            continue
        for row, geometry in enumerate(block, start):
            read = _read_rings([geometry])
            if read is not None:
                rows.append(row)
                lengths += read[0]
                points.append(read[1])
    return _Rings(
        np.array(rows, dtype=int), np.concatenate(points).reshape(-1, 2), np.array(lengths, dtype=int)
    )


def _read_rings(geometries: Sequence[Any]) -> tuple[list[int], npt.NDArray[np.float64]] | None:
    """Read the lengths of all rings and all numbers in a row; None if one of them is not of the plain kind."""
    if set(map(type, geometries)) != {dict}:
        return None
    try:
        kinds, coordinates = zip(*map(_parts, geometries), strict=True)
    except KeyError:
        return None
    if kinds.count("Polygon") != len(kinds) or set(map(type, coordinates)) != {list}:
        return None
    if set(map(len, coordinates)) != {1}:
        return None
    rings = list(chain.from_iterable(coordinates))
    if set(map(type, rings)) != {list}:
        return None
    positions = list(chain.from_iterable(rings))
    if not set(map(type, positions)) <= {list} or not set(map(len, positions)) <= {2}:
        return None
    numbers = list(chain.from_iterable(positions))
    if not set(map(type, numbers)) <= {int, float}:
        return None
    try:
        return list(map(len, rings)), np.fromiter(numbers, float, len(numbers))
    except OverflowError:
        return None


def _polygons(rings: _Rings, sound: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
    """Build polygons of the sound rings."""
    lengths = rings.lengths[sound]
    points = rings.points if sound.all() else rings.points[np.repeat(sound, rings.lengths)]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    # A fifth of the time of building rings first, then polygons of them.
    made = shapely.from_ragged_array(shapely.GeometryType.POLYGON, points, (ends, np.arange(len(ends))))
    return np.asarray(made)


def _untouched(points: npt.NDArray[np.float64], lengths: npt.NDArray[np.int_]) -> npt.NDArray[np.bool_]:
    """Say for each ring whether it stays as it is: closed, counter-clockwise, within the world, nothing repeated."""
    long_enough = lengths >= 4
    ends = np.cumsum(lengths)
    starts = ends - lengths
    owner = np.repeat(np.arange(len(lengths)), lengths)
    with np.errstate(invalid="ignore"):
        inside = (np.abs(points[:, 0]) <= 180) & (np.abs(points[:, 1]) <= 90)
    good: npt.NDArray[np.bool_] = np.bincount(owner[~inside], minlength=len(lengths)) == 0
    good &= long_enough
    safe = np.where(good, starts, 0), np.where(good, ends - 1, 0)
    if len(points) == 0:
        return good
    good &= (points[safe[0]] == points[safe[1]]).all(axis=1)
    step = points[1:] - points[:-1]
    inner = owner[1:] == owner[:-1]
    with np.errstate(invalid="ignore"):
        odd = inner & ((np.abs(step[:, 0]) > 180) | ((step[:, 0] == 0) & (step[:, 1] == 0)))
    good &= np.bincount(owner[1:][odd], minlength=len(lengths)) == 0
    return good & (_areas(points, starts, owner, inner) > 0)


def _areas(
    points: npt.NDArray[np.float64],
    starts: npt.NDArray[np.int_],
    owner: npt.NDArray[np.int_],
    inner: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Twice the signed area of each ring, measured from its first point."""
    first = points[np.minimum(starts, len(points) - 1)]
    local = np.nan_to_num(points - first[owner])
    cross = local[:-1, 0] * local[1:, 1] - local[1:, 0] * local[:-1, 1]
    areas: npt.NDArray[np.float64] = np.bincount(
        owner[1:][inner], weights=cross[inner], minlength=len(starts)
    ).astype(float)
    return areas
