"""An area of interest, checked and in one form: from numbers and shapes. Text and files are read beside."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Polygon, box, mapping, shape
from shapely.geometry.base import BaseGeometry

from iceye_geo.errors import InvalidInputError

Bounds = tuple[float, float, float, float]

_ORDER = "Longitude first: west, south, east, north, in degrees."
#: What can be written where an area is asked for.
FORMS = 'Paste GeoJSON, WKT such as "POLYGON ((24 59, 26 59, 26 61, 24 59))", or four numbers: west south east north.'
_MAX_WIDTH = 180.0
_EARTH_KM = 6371.0088
# Maps that were panned round the world give longitudes a few turns off; more is a wrong unit, such as metres.
_MAX_TURNS = 5


@dataclass(frozen=True)
class Area:
    """A checked place or area. Longitudes lie in -180 to 180; what crosses the antimeridian is cut there.

    Attributes:
        geometry: a shapely geometry, (lon, lat); rings are closed and run counter-clockwise.
        label: what to call it; "" for none.

    Example:
        >>> area = from_numbers(24, 59, 26, 61)
        >>> area.bounds, area.is_box, area.search_arguments()
        ((24.0, 59.0, 26.0, 61.0), True, {'bbox': (24.0, 59.0, 26.0, 61.0)})
    """

    geometry: BaseGeometry
    label: str = ""

    @property
    def bounds(self) -> Bounds:
        """(west, south, east, north) in degrees; west > east where it crosses the antimeridian."""
        west, south, east, north = self.geometry.bounds
        if not self.crosses_antimeridian:
            return west, south, east, north
        boxes = [part.bounds for part in _parts(self.geometry)]
        return min(b[0] for b in boxes if b[0] >= 0), south, max(b[2] for b in boxes if b[2] <= 0), north

    @property
    def crosses_antimeridian(self) -> bool:
        """Whether it touches 180 degrees from both sides."""
        boxes = [part.bounds for part in _parts(self.geometry)]
        east_side = [b for b in boxes if b[0] >= 0]
        return (
            max(b[2] for b in boxes) == 180
            and min(b[0] for b in boxes) == -180
            and 0 < len(east_side) < len(boxes)
        )

    @property
    def center(self) -> tuple[float, float]:
        """The middle as (lon, lat), degrees."""
        west, south, east, north = self.bounds
        lon = (west + (east + 360 if west > east else east)) / 2
        return (lon - 360 if lon > 180 else lon), (south + north) / 2

    @property
    def inside(self) -> tuple[float, float]:
        """A place (lon, lat) that certainly lies in it, the middle where that does; degrees, to the metre."""
        middle = shapely.Point(self.center)
        point = middle if self.geometry.intersects(middle) else self.geometry.representative_point()
        return round(point.x, 5), round(point.y, 5)

    @property
    def is_box(self) -> bool:
        """Whether it is exactly the box of its bounds."""
        if self.geometry.geom_type not in ("Polygon", "MultiPolygon"):
            return False
        return bool(self.geometry.normalize().equals(_box_geometry(*self.bounds).normalize()))

    @property
    def km2(self) -> float:
        """Its size on a sphere, square kilometres; 0 for points and lines."""
        return sum(_ring_km2(polygon) for polygon in _parts(self.geometry) if polygon.geom_type == "Polygon")

    @property
    def geojson(self) -> dict[str, Any]:
        """The geometry as GeoJSON."""
        plain: dict[str, Any] = json.loads(json.dumps(mapping(self.geometry)))
        return plain

    @property
    def words(self) -> str:
        """The area in a few words for people.

        Example:
            >>> from_numbers(24, 59, 26, 61).words
            '24.00° to 26.00° E, 59.00° to 61.00° N, about 25,000 km²'
        """
        west, south, east, north = self.bounds
        if (west, south) == (east, north):
            return f"Point {_side(west, 'EW')}, {_side(south, 'NS')}"
        place = f"{_span(west, east, 'EW')}, {_span(south, north, 'NS')}"
        return f"{place}, about {_rounded(self.km2)} km²" if self.km2 else place

    def search_arguments(self) -> dict[str, Any]:
        """Return what ``client.catalog.search`` takes for it: ``bbox`` where that says all, else ``intersects``."""
        if self.is_box:
            return {"bbox": self.bounds}
        return {"intersects": self.geojson}


def from_numbers(west: Any, south: Any, east: Any, north: Any, *, label: str = "") -> Area:
    """Read four numbers, degrees; west > east means across the antimeridian, one place twice means a point.

    Args:
        west: number or text; also "24.5°" or a decimal comma.
        south: likewise.
        east: likewise.
        north: likewise.
        label: what to call it.

    Raises:
        InvalidInputError: one is no number or out of range, south lies above north, it has no extent in one
            direction only, or it is wider than 180 degrees.
    """
    names = ("west", "south", "east", "north")
    w, s, e, n = (_number(name, given) for name, given in zip(names, (west, south, east, north), strict=True))
    for name, value in (("south", s), ("north", n)):
        if abs(value) > 90:
            raise InvalidInputError(name, f"{value:g} lies outside -90 to 90", hint=_ORDER)
    for name, value in (("west", w), ("east", e)):
        if abs(value) > 360:
            raise InvalidInputError(name, f"{value:g} lies outside -180 to 180", hint=_ORDER)
    if s > n:
        raise InvalidInputError("south", f"{s:g} lies north of north ({n:g})", hint="Swap the two.")
    width = e - w if e >= w else e - w + 360
    if width > _MAX_WIDTH:
        rule = f"the area would be {width:g}° wide; at most 180° can be told apart from the other way round"
        raise InvalidInputError("east", rule, hint="Swap west and east, or take a narrower area.")
    if (width == 0) != (s == n):
        raise InvalidInputError(
            "area", "has no extent in one direction", hint="Give an area or a single point."
        )
    if width == 0:
        return normalise(shapely.Point(w, s), label=label)
    return normalise(box(w, s, w + width, n), label=label)


def from_geojson(value: Any, *, label: str = "") -> Area:
    """Read a GeoJSON geometry, Feature or FeatureCollection; several features become one area.

    Raises:
        InvalidInputError: it is no such thing, or breaks a rule of `normalise`.
    """
    return join(list(_geometries(value)), label=label)


def join(geometries: Sequence[BaseGeometry], *, label: str = "") -> Area:
    """Make several geometries one area: of all polygons, or where there are none of all lines or points.

    Raises:
        InvalidInputError: there is nothing to join, or it breaks a rule of `normalise`.
    """
    parts = [part for geometry in geometries for part in _parts(geometry) if not part.is_empty]
    for kind in ("Polygon", "LineString", "Point"):
        chosen = [part for part in parts if part.geom_type == kind]
        if len(chosen) == 1:
            return normalise(chosen[0], label=label)
        if chosen:
            checked = [normalise(part).geometry for part in chosen]
            return normalise(shapely.union_all(checked), label=label)
    raise InvalidInputError("area", "holds no polygon, line or point", hint=FORMS)


def normalise(geometry: BaseGeometry, *, label: str = "") -> Area:
    """Check a geometry and bring it into one form.

    Args:
        geometry: longitudes may lie a few turns off, as maps give them; they are brought back.
        label: what to call it.

    Raises:
        InvalidInputError: it is empty, crosses itself, leaves the globe, or is wider than 180 degrees.

    Example:
        >>> normalise(box(365, 0, 366, 1)).bounds, normalise(box(179, 0, 181, 1)).bounds
        ((5.0, 0.0, 6.0, 1.0), (179.0, 0.0, -179.0, 1.0))
    """
    flat = shapely.force_2d(geometry)
    if flat.is_empty:
        raise InvalidInputError("area", "is empty", hint=FORMS)
    _check_place(flat)
    if not flat.is_valid:
        reason = shapely.is_valid_reason(flat).replace(
            "Self-intersection[", "the outline crosses itself near ["
        )
        raise InvalidInputError(
            "area", f"is no sound shape: {reason}", hint="Draw it without crossing lines."
        )
    return Area(_wound(_cut(flat)), label)


def _check_place(geometry: BaseGeometry) -> None:
    west, south, east, north = geometry.bounds
    if not all(map(math.isfinite, geometry.bounds)):
        raise InvalidInputError("area", "holds a coordinate that is not finite", hint=_ORDER)
    if south < -90 or north > 90:
        rule = f"a latitude lies outside -90 to 90 (it runs from {south:g} to {north:g})"
        raise InvalidInputError("area", rule, hint="Coordinates are (longitude, latitude), in degrees.")
    if max(abs(west), abs(east)) > 360 * _MAX_TURNS:
        raise InvalidInputError("area", "a longitude lies outside -180 to 180", hint="They must be degrees.")
    for part in _parts(geometry):
        width = part.bounds[2] - part.bounds[0]
        if width > _MAX_WIDTH:
            rule = f"is {width:.0f}° wide; at most 180° can be told apart from the other way round"
            hint = "Across the antimeridian write longitudes past 180 (179 to 181), or take a smaller area."
            raise InvalidInputError("area", rule, hint=hint)


def _cut(geometry: BaseGeometry) -> BaseGeometry:
    """Bring longitudes back to -180 to 180, cutting at the antimeridian where needed."""
    parts = []
    for part in _parts(geometry):
        turns = math.floor((part.bounds[0] + 180) / 360)
        home = translate(part, xoff=-360 * turns) if turns else part
        if home.bounds[2] <= 180:
            parts.append(home)
            continue
        parts.append(shapely.intersection(home, box(-180, -90, 180, 90)))
        parts.append(translate(shapely.intersection(home, box(180, -90, 540, 90)), xoff=-360))
    solid = [p for part in parts for p in _parts(part) if p.geom_type == _parts(geometry)[0].geom_type]
    return solid[0] if len(solid) == 1 else shapely.union_all(solid)


def _wound(geometry: BaseGeometry) -> BaseGeometry:
    if geometry.geom_type == "Polygon":
        return shapely.orient_polygons(geometry) if hasattr(shapely, "orient_polygons") else _orient(geometry)
    if geometry.geom_type == "MultiPolygon":
        return MultiPolygon([_orient(part) for part in _parts(geometry)])
    return geometry


def _orient(polygon: Any) -> Polygon:
    from shapely.geometry.polygon import orient

    return orient(polygon, 1.0)


def _box_geometry(west: float, south: float, east: float, north: float) -> BaseGeometry:
    if west <= east:
        return box(west, south, east, north)
    return MultiPolygon([box(west, south, 180, north), box(-180, south, east, north)])


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    found: list[BaseGeometry] = []
    for part in getattr(geometry, "geoms", [geometry]):
        found.extend(_parts(part) if hasattr(part, "geoms") else [part])
    return found


def _geometries(value: Any) -> list[BaseGeometry]:
    if isinstance(value, list):
        return [geometry for part in value for geometry in _geometries(part)]
    if not isinstance(value, Mapping):
        raise InvalidInputError("area", "is no GeoJSON", hint=FORMS)
    if value.get("type") == "FeatureCollection":
        return _geometries(value.get("features") or [])
    if value.get("type") == "Feature":
        return [] if value.get("geometry") is None else _geometries(value["geometry"])
    try:
        return [shape(dict(value))]
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, shapely.errors.ShapelyError):
        raise InvalidInputError(
            "area", "is no GeoJSON geometry", hint='It needs a "type" and fitting "coordinates".'
        ) from None


def _number(name: str, given: Any) -> float:
    text = str(given).strip().rstrip("°").replace("−", "-")
    text = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    if not text:
        raise InvalidInputError(name, "is empty", hint=_ORDER)
    try:
        value = float(text)
    except ValueError:
        raise InvalidInputError(name, f"{text[:40]!r} is no number", hint=_ORDER) from None
    if not math.isfinite(value):
        raise InvalidInputError(name, "must be finite", hint=_ORDER)
    return value


def _ring_km2(polygon: Any) -> float:
    """Size of a polygon on the sphere, after Chamberlain and Duquette's line integral."""

    def ring(coords: Sequence[tuple[float, float]]) -> float:
        total = sum(
            math.radians(x2 - x1) * (2 + math.sin(math.radians(y1)) + math.sin(math.radians(y2)))
            for (x1, y1), (x2, y2) in itertools.pairwise(coords)
        )
        return abs(total) * _EARTH_KM**2 / 2

    return ring(list(polygon.exterior.coords)) - sum(ring(list(hole.coords)) for hole in polygon.interiors)


def _side(value: float, letters: str) -> str:
    return f"{abs(value):.2f}° {letters[0] if value >= 0 else letters[1]}"


def _span(low: float, high: float, letters: str) -> str:
    if (low >= 0) == (high >= 0):
        first, last = sorted((abs(low), abs(high)))
        return f"{first:.2f}° to {last:.2f}° {letters[0] if low >= 0 else letters[1]}"
    return f"{_side(low, letters)} to {_side(high, letters)}"


def _rounded(km2: float) -> str:
    if km2 < 10:
        return f"{km2:.1f}"
    digits = max(0, len(str(int(km2))) - 2)
    return f"{round(km2, -digits):,.0f}"
