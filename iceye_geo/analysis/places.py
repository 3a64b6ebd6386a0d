"""Places on the ground: reading areas and points, and the projections in which they are measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from iceye_geo.errors import InvalidInputError

WGS84 = "EPSG:4326"
# Lambert's azimuthal projection is faithful up to about a hemisphere; wider areas take a cylinder round the world.
_WIDEST_LOCAL_DEG = 60.0
_WORLD = "EPSG:6933"
# Straight edges in longitude and latitude are curves on the ground: a vertex at least every half degree
# keeps the area of a 10 degree box right to a few parts in a million.
_STEP_DEG = 0.5


@dataclass(frozen=True, slots=True)
class Projection:
    """A projection in metres, forth and back.

    Attributes:
        crs: the projected system.
        forward: (n, 2) degrees, lon and lat, to (n, 2) metres.
        inverse: (n, 2) metres to (n, 2) degrees.
    """

    crs: CRS
    forward: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    inverse: Callable[[NDArray[np.float64]], NDArray[np.float64]]

    def project(self, geometries: Any) -> Any:
        """Project one geometry or an array of them, with extra vertices on long edges."""
        return shapely.transform(shapely.segmentize(geometries, _STEP_DEG), self.forward)

    def back(self, geometries: Any) -> Any:
        """Bring geometries back to longitude and latitude."""
        return shapely.transform(geometries, self.inverse)


def projection(definition: str) -> Projection:
    """Make a projection from anything pyproj reads.

    Example:
        >>> projection("EPSG:6933").forward(np.array([[0.0, 0.0]])).tolist()
        [[0.0, 0.0]]
    """
    crs = CRS.from_user_input(definition)
    forth = Transformer.from_crs(WGS84, crs, always_xy=True)

    def forward(points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Project positions (lon, lat) to metres."""
        return np.column_stack(forth.transform(points[:, 0], points[:, 1]))

    def inverse(points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn metres back into positions (lon, lat)."""
        return np.column_stack(forth.transform(points[:, 0], points[:, 1], direction="INVERSE"))

    return Projection(crs, forward, inverse)


def equal_area(area: BaseGeometry) -> Projection:
    """Choose an equal-area projection for an area: a local one round its middle, or the world's.

    Example:
        >>> equal_area(shapely.box(24, 59, 26, 61)).crs.coordinate_operation.method_name
        'Lambert Azimuthal Equal Area'
    """
    lon, lat, width, height = _middle(area)
    if max(width, height) > _WIDEST_LOCAL_DEG and abs(lat) < 60:
        return projection(_WORLD)
    return projection(f"+proj=laea +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m +no_defs")


def distances_from(lon: float, lat: float) -> Projection:
    """Choose the projection in which distances from one point are geodesic: azimuthal equidistant."""
    return projection(f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m +no_defs")


def area_m2(geometries: Any) -> NDArray[np.float64]:
    """Return the areas of footprints in square metres, null ones as NaN.

    Args:
        geometries: array of shapely geometries in longitude and latitude, split at the antimeridian.

    Example:
        >>> round(float(area_m2([shapely.box(0, 0, 1, 1)])[0]) / 1e6)
        12308
    """
    return np.asarray(shapely.area(projection(_WORLD).project(np.asarray(geometries, dtype=object))))


def read_area(area: Any, *, field: str = "aoi") -> BaseGeometry:
    """Read an area of interest as shapely, in longitude and latitude, split at the antimeridian.

    Args:
        area: (west, south, east, north) with west > east across the antimeridian; GeoJSON; shapely; a
            GeoDataFrame or GeoSeries, whose rows are united; or anything with ``__geo_interface__``.
        field: the argument's name, for the message.

    Raises:
        InvalidInputError: it cannot be read, is empty, or lies outside the world.

    Example:
        >>> read_area((170, -20, -170, -10)).geom_type
        'MultiPolygon'
    """
    shape = _shape(area, field)
    if shape is None or shapely.is_empty(shape) or shapely.get_dimensions(shape) < 2:
        raise InvalidInputError(field, "must be an area, not empty and not a point or line")
    shape = shapely.make_valid(shapely.force_2d(shape))
    west, south, east, north = shape.bounds
    if south < -90 or north > 90 or west < -540 or east > 540:
        raise InvalidInputError(field, f"{shape.bounds} is not in degrees", hint="Give longitude, latitude.")
    return shape if west >= -180 and east <= 180 else _wrapped(shape)


def read_point(point: Any, *, field: str = "point") -> tuple[float, float]:
    """Read a point as (lon, lat) in degrees.

    Raises:
        InvalidInputError: it cannot be read or is not on Earth.

    Example:
        >>> read_point(shapely.Point(24.9, 60.1)), read_point((190, 0))
        ((24.9, 60.1), (-170.0, 0.0))
    """
    if hasattr(point, "__geo_interface__") or isinstance(point, Mapping):
        shape: Any = shapely.geometry.shape(getattr(point, "__geo_interface__", point))
        if shape.geom_type != "Point" or shape.is_empty:
            raise InvalidInputError(field, f"must be a point, this is a {shape.geom_type}")
        point = (shape.x, shape.y)
    try:
        lon, lat = (float(part) for part in point)
    except (TypeError, ValueError):
        raise InvalidInputError(field, "must be (lon, lat) in degrees or a GeoJSON point") from None
    if not (-540 <= lon <= 540 and -90 <= lat <= 90):
        raise InvalidInputError(field, f"({lon}, {lat}) is not on Earth", hint="The order is (lon, lat).")
    return (lon + 180) % 360 - 180 if not -180 <= lon <= 180 else lon, lat


def split(shapes: Any) -> NDArray[np.object_]:
    """Split shapes that jump across the antimeridian; others are left as they are.

    Args:
        shapes: array of small polygons in longitude and latitude.
    """
    from iceye_geo.stac.geometry import fix_geometry

    found = np.asarray(shapes, dtype=object).copy()
    bounds = shapely.bounds(found)
    for index in np.flatnonzero((bounds[:, 2] - bounds[:, 0] > 180) | (bounds[:, 2] > 180)):
        fixed = fix_geometry(shapely.geometry.mapping(found[index]))
        found[index] = shapely.geometry.shape(fixed) if fixed else found[index]
    return found


def _shape(area: Any, field: str) -> BaseGeometry | None:
    if hasattr(area, "to_crs") and hasattr(area, "union_all"):
        united: BaseGeometry = (area.to_crs(WGS84) if area.crs is not None else area).union_all()
        return united
    try:
        if isinstance(area, BaseGeometry):
            return area
        if hasattr(area, "__geo_interface__") or isinstance(area, Mapping):
            return _from_geojson(getattr(area, "__geo_interface__", area))
        west, south, east, north = (float(part) for part in area)
    except (TypeError, ValueError, KeyError, AttributeError, shapely.errors.ShapelyError):
        hint = "Give (west, south, east, north), GeoJSON, shapely or a GeoDataFrame."
        raise InvalidInputError(field, "cannot be read as an area", hint=hint) from None
    if south > north:
        raise InvalidInputError(field, f"south {south} lies above north {north}")
    return shapely.box(west, south, east if east >= west else east + 360, north)


def _from_geojson(plain: Mapping[str, Any]) -> BaseGeometry:
    if plain["type"] == "FeatureCollection":
        united: BaseGeometry = shapely.union_all([_from_geojson(f) for f in plain["features"]])
        return united
    shape: BaseGeometry = shapely.geometry.shape(
        dict(plain["geometry"] if plain["type"] == "Feature" else plain)
    )
    return shape


def _wrapped(shape: BaseGeometry) -> BaseGeometry:
    """Cut what runs past 180 degrees and bring it back round the world."""
    parts = []
    for turn in (-360, 0, 360):
        inside = shapely.intersection(shape, shapely.box(turn - 180, -90, turn + 180, 90))
        parts.append(translate(inside, xoff=-turn))
    united: BaseGeometry = shapely.union_all([p for p in parts if shapely.get_dimensions(p) == 2])
    return united


def _middle(area: BaseGeometry) -> tuple[float, float, float, float]:
    """Return lon, lat of the middle and width, height in degrees, unwrapped across the antimeridian."""
    west, south, east, north = area.bounds
    if east - west > 180:
        shifted = shapely.transform(
            area, lambda xy: np.where([True, False], np.where(xy < 0, xy + 360, xy), xy)
        )
        other = shifted.bounds
        if other[2] - other[0] < east - west:
            west, east = other[0], other[2]
    lon = (west + east) / 2
    return lon - 360 if lon > 180 else lon, (south + north) / 2, east - west, north - south
