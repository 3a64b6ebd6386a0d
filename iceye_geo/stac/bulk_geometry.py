"""The rules of ``geometry`` over many footprints at once; whatever is odd goes through ``fix_geometry``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import shape

from iceye_geo.stac.geometry import bounding_box, fix_geometry


def read_footprints(geometries: Sequence[Any]) -> tuple[npt.NDArray[np.object_], list[Any], list[int]]:
    """Read footprints.

    Returns:
        shapely geometries, None where there is none; their boxes as [west, south, east, north] with
        west > east across the antimeridian; and the rows whose geometry cannot be read.
    """
    shapes = np.full(len(geometries), None, dtype=object)
    boxes: list[Any] = [None] * len(geometries)
    odd = np.array([geometry is not None for geometry in geometries], dtype=bool)
    rows, rings, flat = _plain_rings(geometries)
    if rows:
        made, extents, sound = _plain_polygons(rings, flat)
        kept = np.array(rows)[sound]
        shapes[kept], odd[kept] = made[sound], False
        for row, box in zip(kept.tolist(), extents[sound].tolist(), strict=True):
            boxes[row] = box
    bad = []
    for row in np.flatnonzero(odd).tolist():
        fixed = fix_geometry(geometries[row])
        if fixed is None:
            bad.append(row)
        else:
            shapes[row], boxes[row] = shape(fixed), bounding_box(fixed)
    return shapes, boxes, bad


def _plain_rings(geometries: Sequence[Any]) -> tuple[list[int], list[list[list[float]]], list[float]]:
    """Find polygons of one ring whose positions are two plain numbers each: rows, rings, all numbers in a row."""
    rows = [i for i, g in enumerate(geometries) if type(g) is dict and _one_ring(g)]
    rings = [geometries[i]["coordinates"][0] for i in rows]
    flat = _flattened(rings)
    if flat is None:
        rows = [i for i, ring in zip(rows, rings, strict=True) if _flattened([ring]) is not None]
        rings = [geometries[i]["coordinates"][0] for i in rows]
        flat = list(chain.from_iterable(chain.from_iterable(rings)))
    return rows, rings, flat


def _one_ring(geometry: dict[str, Any]) -> bool:
    coordinates = geometry.get("coordinates")
    if geometry.get("type") != "Polygon" or type(coordinates) is not list or len(coordinates) != 1:
        return False
    return type(coordinates[0]) is list


def _flattened(rings: Sequence[Sequence[Any]]) -> list[float] | None:
    """Put all numbers in a row; None if a position is anything but two plain numbers."""
    positions = list(chain.from_iterable(rings))
    if not set(map(type, positions)) <= {list} or not set(map(len, positions)) <= {2}:
        return None
    flat = list(chain.from_iterable(positions))
    return flat if set(map(type, flat)) <= {int, float} else None


def _plain_polygons(
    rings: Sequence[Sequence[Sequence[float]]], flat: list[float]
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Build polygons of rings that ``fix_geometry`` would leave as they are, None for all others; boxes; which."""
    lengths = np.array(list(map(len, rings)))
    try:
        points = np.array(flat, dtype=float).reshape(-1, 2)
    except OverflowError:
        points = np.full((int(lengths.sum()), 2), np.nan)
    good = _untouched(points, lengths)
    made = np.full(len(rings), None, dtype=object)
    extents = np.full((len(rings), 4), np.nan)
    if good.any():
        kept = points[np.repeat(good, lengths)]
        owners = np.repeat(np.arange(int(good.sum())), lengths[good])
        made[good] = shapely.polygons(shapely.linearrings(kept, indices=owners))
        extents[good] = shapely.bounds(made[good])
    return made, extents, good


def _untouched(points: npt.NDArray[np.float64], lengths: npt.NDArray[np.int_]) -> npt.NDArray[np.bool_]:
    """Say for each ring whether it is closed, finite, counter-clockwise and within the usual longitudes."""
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
        jumps = inner & (np.abs(step[:, 0]) > 180)
    good &= np.bincount(owner[1:][jumps], minlength=len(lengths)) == 0
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
