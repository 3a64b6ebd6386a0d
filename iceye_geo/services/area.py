"""Where a search looks: ``bbox`` and ``intersects`` in all the forms people hold them, made into what is sent."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from iceye_geo.errors import InvalidInputError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

BBox = tuple[float, float, float, float]
BBoxLike = Sequence[float] | str


@runtime_checkable
class HasGeoInterface(Protocol):
    """Anything that can show itself as GeoJSON: shapely, geopandas, pystac Items."""

    @property
    def __geo_interface__(self) -> Any:
        """The GeoJSON."""


IntersectsLike = Mapping[str, Any] | HasGeoInterface | str

_MAX_WIDTH = 180.0
_ORDER = "The order is west, south, east, north: longitude first."


def format_bbox(bbox: BBoxLike) -> BBox:
    """Read a box as (west, south, east, north) in degrees; west > east means across the antimeridian.

    Args:
        bbox: four numbers in any sequence (also ``gdf.total_bounds``), or "west,south,east,north".

    Raises:
        InvalidInputError: it is no such box.

    Example:
        >>> format_bbox("24,59,26,61"), format_bbox([179, -20, -179, -10])
        ((24.0, 59.0, 26.0, 61.0), (179.0, -20.0, -179.0, -10.0))
    """
    parts = bbox.split(",") if isinstance(bbox, str) else bbox
    try:
        numbers = [float(part) for part in parts if not isinstance(part, bool)]
    except (TypeError, ValueError):
        raise InvalidInputError("bbox", "must be four numbers", hint=_ORDER) from None
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise InvalidInputError("bbox", f"must be four finite numbers, there are {len(numbers)}", hint=_ORDER)
    west, south, east, north = numbers
    if abs(south) > 90 or abs(north) > 90:
        raise InvalidInputError("bbox", "a latitude lies outside -90 to 90", hint=_ORDER)
    if south > north:
        raise InvalidInputError("bbox", f"south ({south:g}) is greater than north ({north:g})", hint=_ORDER)
    return _unambiguous(_wrapped(west, south, east, north))


def _unambiguous(box: BBox) -> BBox:
    """Write a box that only touches the antimeridian as one that does not cross it."""
    west, south, east, north = box
    if west > east and west == 180:
        west = -180.0
    if west > east and east == -180:
        east = 180.0
    if west > east and south == north:
        raise InvalidInputError(
            "bbox", "crosses the antimeridian and has no height", hint="Give intersects instead."
        )
    return west, south, east, north


def _wrapped(west: float, south: float, east: float, north: float) -> BBox:
    """Bring longitudes past 180, as maps that were panned round the world give them, back within the usual."""
    if max(abs(west), abs(east)) <= 180:
        return west, south, east, north
    width = east - west
    if max(abs(west), abs(east)) > 540 or width < 0:
        raise InvalidInputError("bbox", "a longitude lies outside -180 to 180", hint=_ORDER)
    if width >= 360:
        return -180.0, south, 180.0, north
    west = (west + 180) % 360 - 180
    east = west + width
    return west, south, east - 360 if east > 180 else east, north


def crosses_antimeridian(bbox: BBox) -> bool:
    """Say whether a box spans the antimeridian.

    Example:
        >>> crosses_antimeridian((179, -20, -179, -10))
        True
    """
    return bbox[0] > bbox[2]


def box_as_geometry(bbox: BBox) -> dict[str, Any]:
    """Return a box as GeoJSON; one across the antimeridian becomes its two halves.

    Example:
        >>> box_as_geometry((179, -20, -179, -10))["type"]
        'MultiPolygon'
    """
    from shapely.geometry import MultiPolygon, box, mapping

    west, south, east, north = bbox
    if west <= east:
        return _plain(mapping(box(west, south, east, north)))
    halves = [box(west, south, 180, north), box(-180, south, east, north)]
    return _plain(mapping(MultiPolygon(halves)))


def format_intersects(intersects: IntersectsLike) -> dict[str, Any]:
    """Read an area or place as a GeoJSON geometry in longitude and latitude.

    An area across the antimeridian may be given cut at 180 degrees, or with longitudes that run past 180; it
    is sent cut. An area wider than 180 degrees is refused, since it can be read in two ways.

    Args:
        intersects: a GeoJSON dict (geometry, Feature or FeatureCollection), a shapely geometry, a
            GeoDataFrame or anything else with ``__geo_interface__``, WKT, or GeoJSON text.

    Raises:
        InvalidInputError: it cannot be read, is empty, not valid, or too wide.

    Example:
        >>> format_intersects("POINT (24.9 60.2)")
        {'type': 'Point', 'coordinates': [24.9, 60.2]}
        >>> format_intersects("POLYGON ((179 0, 181 0, 181 1, 179 1, 179 0))")["type"]
        'MultiPolygon'
    """
    import shapely
    from shapely.geometry import mapping

    geometry = shapely.force_2d(_read(intersects))
    if geometry.is_empty:
        raise _refusal("is empty", "Leave it out to search everywhere.")
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        raise _refusal(f"is not a valid geometry: {reason}", "shapely.make_valid(geometry) mends most.")
    _check_place(geometry)
    return _plain(mapping(_cut(geometry)))


def _read(value: Any) -> BaseGeometry:
    if isinstance(value, str):
        return _read_text(value)
    crs = getattr(value, "crs", None)
    if crs is not None and hasattr(value, "to_crs"):
        value = value.to_crs(4326)
    mapped = value if isinstance(value, Mapping) else getattr(value, "__geo_interface__", None)
    if not isinstance(mapped, Mapping):
        raise _refusal(
            f"cannot be read from a {type(value).__name__}", "Give GeoJSON, WKT, or a shapely geometry."
        )
    return _read_geojson(mapped)


def _read_text(text: str) -> BaseGeometry:
    import shapely

    if text.lstrip().startswith("{"):
        try:
            return _read_geojson(json.loads(text))
        except json.JSONDecodeError:
            raise _refusal("looks like GeoJSON but is no JSON", "Check for a missing bracket.") from None
    try:
        return shapely.from_wkt(text)
    except shapely.errors.ShapelyError:
        raise _refusal("is no WKT", 'Write it like "POLYGON ((24 59, 26 59, 26 61, 24 59))".') from None


def _read_geojson(mapped: Mapping[str, Any]) -> BaseGeometry:
    import shapely
    from shapely.geometry import shape

    kind = mapped.get("type")
    if kind == "Feature":
        return _read_geojson(mapped.get("geometry") or {})
    if kind == "FeatureCollection":
        features = [part for part in mapped.get("features") or [] if isinstance(part, Mapping)]
        return shapely.union_all([_read_geojson(part) for part in features if part.get("geometry")])
    try:
        return shape(dict(mapped))
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, shapely.errors.ShapelyError):
        raise _refusal("is no GeoJSON geometry", 'It needs a "type" and fitting "coordinates".') from None


def _check_place(geometry: BaseGeometry) -> None:
    west, south, east, north = geometry.bounds
    if not all(map(math.isfinite, geometry.bounds)):
        raise _refusal("holds a coordinate that is not finite", "")
    if south < -90 or north > 90:
        raise _refusal("a latitude lies outside -90 to 90", "Coordinates are (lon, lat), in degrees.")
    if max(abs(west), abs(east)) > 540:
        raise _refusal("a longitude lies outside -180 to 180", "Coordinates are (lon, lat), in degrees.")
    for part in getattr(geometry, "geoms", [geometry]):
        width = part.bounds[2] - part.bounds[0]
        if width > _MAX_WIDTH:
            raise _refusal(
                f"spans {width:.0f} degrees of longitude, more than 180",
                "Across the antimeridian write longitudes past 180 (179 to 181), cut it at 180, or use "
                "bbox=(179, south, -179, north). For most of the world leave it out, or use bbox.",
            )


def _cut(geometry: BaseGeometry) -> BaseGeometry:
    """Cut what runs past 180 degrees and bring it back within the usual longitudes."""
    import shapely
    from shapely.affinity import translate
    from shapely.geometry import box

    west, _, east, _ = geometry.bounds
    if west >= -180 and east <= 180:
        return geometry
    parts = []
    for turn in (-1, 0, 1):
        strip = box(-180 + 360 * turn, -90, 180 + 360 * turn, 90)
        parts.append(translate(shapely.intersection(geometry, strip), xoff=-360 * turn))
    return shapely.union_all([part for part in parts if not part.is_empty])


def _refusal(rule: str, hint: str) -> InvalidInputError:
    return InvalidInputError("intersects", rule, hint=hint)


def _plain(mapped: Mapping[str, Any]) -> dict[str, Any]:
    """Turn shapely's tuples into the lists that JSON has."""
    plain: dict[str, Any] = json.loads(json.dumps(mapped))
    return plain
