"""Footprints round a pole: rings that turn once round the globe, made into polygons that reach the pole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Position = list[float]
Ring = list[Position]


def surrounds_pole(ring: Sequence[Sequence[float]]) -> bool:
    """Say whether a ring turns once round the globe, and so holds a pole.

    Example:
        >>> surrounds_pole([[0, 85], [120, 85], [-120, 85], [0, 85]])
        True
        >>> surrounds_pole([[179, 0], [-179, 0], [-179, 1], [179, 0]])
        False
    """
    return round(abs(sum(_step(a[0], b[0]) for a, b in pairwise(ring))) / 360) == 1


def close_over_pole(ring: Sequence[Sequence[float]]) -> list[list[Ring]]:
    """Make polygons of a ring round a pole: from -180 to 180 degrees along the ring, and back along the pole.

    Which pole it is follows from the mean latitude, since a scene is small. Running it twice changes nothing.

    Args:
        ring: closed positions (lon, lat) in degrees, running either way.

    Returns:
        Polygons as lists of rings, none where the ring lies about the equator or crosses itself.

    Example:
        >>> close_over_pole([[0, 85], [120, 85], [-120, 85], [0, 85]])[0][0][-4:]
        [[180.0, 85.0], [180.0, 90.0], [-180.0, 90.0], [-180.0, 85.0]]
    """
    # A position at the pole itself has no longitude; it comes from a footprint that was closed before.
    points = [[float(p[0]), float(p[1])] for p in ring if abs(p[1]) != 90]
    latitude = sum(p[1] for p in points)
    if len(points) < 3 or latitude == 0:
        return []
    pole = 90.0 if latitude > 0 else -90.0
    line = _unrolled(points, pole)
    if not line:
        return []
    closed = [*line, [180.0, pole], [-180.0, pole], line[0]]
    return _polygons(closed if pole > 0 else closed[::-1])


def _step(start: float, end: float) -> float:
    """Degrees from one longitude to the next: as written up to 180, else the short way round."""
    degrees = end - start
    return degrees if abs(degrees) <= 180 else (degrees + 180) % 360 - 180


def _unrolled(points: Ring, pole: float) -> Ring:
    """Lay the ring out eastward from -180 to 180 degrees, cut where it meets the antimeridian nearest to the pole."""
    ring = [p for p, q in pairwise([*points, points[0]]) if p[1] != q[1] or _step(p[0], q[0])]
    if sum(_step(p[0], q[0]) for p, q in pairwise([*ring, ring[0]])) < 0:
        ring.reverse()
    cuts = [(abs(pole - cut), i, cut) for i in range(len(ring)) if (cut := _cut(ring, i)) is not None]
    if not cuts:
        return []
    _, at, latitude = min(cuts)
    line = [[-180.0, latitude]]
    for lon, lat in [*ring[at + 1 :], *ring[: at + 1]]:
        unrolled = line[-1][0] + _step(line[-1][0], lon)
        line.append([lon + 360 * round((unrolled - lon) / 360), lat])  # sums of steps would drift
    return _plain([*line, [180.0, latitude]])


def _cut(ring: Ring, index: int) -> float | None:
    """Latitude at which the edge behind a position meets the antimeridian eastward; None where it does not."""
    (lon, lat), (end, end_lat) = ring[index], ring[(index + 1) % len(ring)]
    step, ahead = _step(lon, end), (180 - lon) % 360
    # An edge that ends there leaves it to the next one, which starts there.
    if not ahead < step or (180 - end) % 360 == 0:
        return None
    return lat + (end_lat - lat) * ahead / step


def _plain(line: Ring) -> Ring:
    return [line[0], *(q for p, q in pairwise(line) if p != q)]


def _polygons(ring: Ring) -> list[list[Ring]]:
    from shapely.geometry import Polygon

    polygon = Polygon(ring)
    if not polygon.is_valid:
        return []
    if all(abs(p[0]) <= 180 for p in ring):
        return [[ring]]
    rings = [[[x, y] for x, y in part.exterior.coords] for part in _wrapped(polygon)]
    # The part with the pole once more, so that it starts where every such ring starts.
    return [p for ring in rings for p in (close_over_pole(ring) if surrounds_pole(ring) else [[ring]])]


def _wrapped(polygon: BaseGeometry) -> Iterable[Any]:
    """Bring what runs past 180 degrees, where the ring doubles back, to the other side."""
    import shapely
    from shapely.affinity import translate
    from shapely.geometry import box
    from shapely.geometry.polygon import orient

    turns = {turn: box(-180 + 360 * turn, -90, 180 + 360 * turn, 90) for turn in (-1, 0, 1)}
    parts = [translate(polygon.intersection(strip), xoff=-360 * turn) for turn, strip in turns.items()]
    merged = shapely.union_all(parts)
    return [orient(part) for part in getattr(merged, "geoms", [merged]) if part.geom_type == "Polygon"]
