"""Footprints made valid: rings closed and wound, broken points dropped, antimeridian crossings split."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import eq
from typing import Any

from iceye_geo.stac.poles import Position, Ring, close_over_pole, surrounds_pole

#: How far a longitude may run past 180 before the footprint is taken for nonsense.
_MAX_LON = 540.0
_POLYGONS = ("Polygon", "MultiPolygon")
_DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2}


def fix_geometry(geometry: Any) -> dict[str, Any] | None:
    """Make a footprint valid GeoJSON, in longitude and latitude, two numbers a position.

    A ring is closed, broken and repeated positions in it are dropped, outer rings run counter-clockwise, and a
    footprint across the antimeridian becomes a MultiPolygon cut at 180 degrees, with straight edges in longitude
    and latitude. One round a pole is closed along the pole. Meant for scene footprints, which are small; do not
    use it for areas of interest.

    Args:
        geometry: a GeoJSON geometry, or None. It is not changed.

    Returns:
        A new geometry; None when there is none or it cannot be read.

    Example:
        >>> fix_geometry({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]})["coordinates"]
        [[[0, 0], [1, 0], [1, 1], [0, 0]]]
        >>> box = [[179.5, 10], [-179.5, 10], [-179.5, 11], [179.5, 11], [179.5, 10]]
        >>> fix_geometry({"type": "Polygon", "coordinates": [box]})["type"]
        'MultiPolygon'
    """
    if not isinstance(geometry, Mapping):
        return None
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind in _DEPTHS:
        return _fix_points_or_lines(kind, coordinates)
    if kind not in _POLYGONS or not isinstance(coordinates, list | tuple):
        return None
    polygons = [_fix_rings(rings) for rings in ([coordinates] if kind == "Polygon" else coordinates)]
    kept = [rings for rings in polygons if rings]
    if not kept:
        return None
    if any(_needs_split(rings[0]) for rings in kept):
        return _split(kept)
    if len(kept) == 1 and kind == "Polygon":
        return {"type": "Polygon", "coordinates": kept[0]}
    return {"type": "MultiPolygon", "coordinates": kept}


def bounding_box(geometry: Mapping[str, Any] | None) -> list[float] | None:
    """Return [west, south, east, north] in degrees; west > east where the geometry spans the antimeridian.

    Example:
        >>> bounding_box({"type": "Point", "coordinates": [24.9, 60.1]})
        [24.9, 60.1, 24.9, 60.1]
    """
    if geometry is None:
        return None
    if geometry["type"] != "MultiPolygon":
        return _extent(_positions(geometry["coordinates"]))
    boxes = [_extent(rings[0]) for rings in geometry["coordinates"]]
    return merge_boxes(boxes)


def merge_boxes(boxes: Sequence[Sequence[float]]) -> list[float]:
    """Merge the boxes of a multi-part footprint; parts that meet at 180 degrees give west > east.

    Example:
        >>> merge_boxes([[179.5, 10, 180, 11], [-180, 10, -179.5, 11]])
        [179.5, 10, -179.5, 11]
    """
    south, north = min(b[1] for b in boxes), max(b[3] for b in boxes)
    from_east = [b for b in boxes if b[0] == -180 and b[2] != 180]
    others = [b for b in boxes if not (b[0] == -180 and b[2] != 180)]
    touches = any(b[2] == 180 and b[0] != -180 for b in others)
    if from_east and touches and min(b[0] for b in others) > max(b[2] for b in from_east):
        return [min(b[0] for b in others), south, max(b[2] for b in from_east), north]
    return [min(b[0] for b in boxes), south, max(b[2] for b in boxes), north]


def signed_area(ring: Sequence[Sequence[float]]) -> float:
    """Return twice the ring's area in square degrees, positive when it runs counter-clockwise.

    Longitudes are unwrapped first, so that a ring across the antimeridian is measured as the small one it is.

    Example:
        >>> signed_area([[0, 0], [1, 0], [1, 1], [0, 0]])
        1.0
    """
    total, x0, y0, shift = 0.0, float(ring[0][0]), float(ring[0][1]), 0.0
    first_x, first_y, last_x, last_y = x0, y0, 0.0, 0.0
    for (ax, _), (bx, by) in pairwise(ring):
        if bx - ax > 180:
            shift -= 360
        elif ax - bx > 180:
            shift += 360
        x, y = bx + shift - first_x, by - first_y
        total += last_x * y - x * last_y
        last_x, last_y = x, y
    return total


def crosses(ring: Sequence[Sequence[float]]) -> bool:
    """Say whether an edge of the ring jumps more than 180 degrees of longitude.

    Example:
        >>> crosses([[179, 0], [-179, 0], [-179, 1], [179, 0]])
        True
    """
    return any(abs(b[0] - a[0]) > 180 for a, b in pairwise(ring))


def _needs_split(ring: Ring) -> bool:
    return crosses(ring) or any(abs(p[0]) > 180 for p in ring)


def _fix_rings(rings: Any) -> list[Ring]:
    """Clean the rings of one polygon; no rings at all when the outer one cannot be read."""
    if not isinstance(rings, list | tuple) or not rings:
        return []
    outer = _fix_ring(rings[0], clockwise=False)
    if outer is None:
        return []
    holes = (_fix_ring(ring, clockwise=True) for ring in rings[1:])
    return [outer, *(hole for hole in holes if hole is not None)]


def _fix_ring(ring: Any, *, clockwise: bool) -> Ring | None:
    if not isinstance(ring, list | tuple):
        return None
    points = [[p[0], p[1]] for p in ring if _is_plain(p) or _is_position(p)]
    if points and points[0] != points[-1]:
        points.append(list(points[0]))
    if any(map(eq, points, points[1:])):
        points = [points[0], *(b for a, b in pairwise(points) if a != b)]
    if len(points) < 4:
        return None
    area = signed_area(points)
    if area == 0 and not crosses(points):
        return None
    return points[::-1] if (area < 0) != clockwise and area != 0 else points


def _is_plain(value: Any) -> bool:
    """Say at once yes to two floats within the usual range, which nearly every position is."""
    if type(value) is not list or len(value) != 2:
        return False
    lon, lat = value
    return type(lon) is float and type(lat) is float and -180 <= lon <= 180 and -90 <= lat <= 90


def _is_position(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) < 2:
        return False
    lon, lat = value[0], value[1]
    return _is_finite(lon) and _is_finite(lat) and abs(lat) <= 90 and abs(lon) <= _MAX_LON


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _at_depth(coordinates: Any, depth: int) -> Any:
    """Read coordinates nested ``depth`` lists deep; broken positions are dropped, None where nothing is left."""
    if depth == 0:
        return [coordinates[0], coordinates[1]] if _is_position(coordinates) else None
    if not isinstance(coordinates, list | tuple):
        return None
    parts = [part for part in (_at_depth(part, depth - 1) for part in coordinates) if part is not None]
    return parts or None


def _fix_points_or_lines(kind: str, coordinates: Any) -> dict[str, Any] | None:
    clean = _at_depth(coordinates, _DEPTHS[kind])
    if clean is not None and kind == "MultiLineString":
        clean = [line for line in clean if len(line) > 1]
    if not clean or (kind == "LineString" and len(clean) < 2):
        return None
    return {"type": kind, "coordinates": clean}


def _split(polygons: list[list[Ring]]) -> dict[str, Any] | None:
    """Cut polygons at the antimeridian, and close those round a pole (without their holes) along it."""
    parts: list[list[Ring]] = []
    for rings in polygons:
        made = close_over_pole(rings[0]) if surrounds_pole(rings[0]) else _cut_at_antimeridian(rings)
        if not made:
            return None
        parts += made
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _cut_at_antimeridian(rings: list[Ring]) -> list[list[Ring]]:
    """Cut with straight edges, not great circles, as the API's corners mean them; nothing where it fails."""
    import antimeridian
    from shapely.geometry import MultiPolygon, Polygon

    outer, *holes = rings
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fixed = antimeridian.fix_polygon(Polygon(outer, holes), fix_winding=True, great_circle=False)
    except (ValueError, TypeError, IndexError, AttributeError):
        return []
    parts = [_rings_of(p) for p in (fixed.geoms if isinstance(fixed, MultiPolygon) else [fixed])]
    kept = [part for part in map(_fix_rings, parts) if part]
    return [] if any(_needs_split(part[0]) for part in kept) else kept


def _rings_of(polygon: Any) -> list[Ring]:
    rings = (polygon.exterior, *polygon.interiors)
    return [[[x, y] for x, y, *_ in ring.coords] for ring in rings]


def _positions(coordinates: Any) -> list[Position]:
    """Flatten nested coordinates to a list of positions."""
    if coordinates and isinstance(coordinates[0], int | float):
        return [coordinates]
    return [position for part in coordinates for position in _positions(part)]


def _extent(positions: Sequence[Sequence[float]]) -> list[float]:
    lons, lats = [p[0] for p in positions], [p[1] for p in positions]
    return [min(lons), min(lats), max(lons), max(lats)]
