"""Areas of a search: bbox and GeoJSON, read into one shapely geometry within 180 degrees of longitude."""

from __future__ import annotations

import math
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from iceye_geo.sandbox.answers import bad_request
from iceye_geo.sandbox.catalog.values import is_number
from iceye_geo.sandbox.world.items import within_world

_TYPES = (
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
)


def read_bbox(values: Any) -> BaseGeometry:
    """Read ``[west, south, east, north]``; west > east means across the antimeridian.

    Example:
        >>> read_bbox([170, -20, -170, -10]).geom_type
        'MultiPolygon'
    """
    if not isinstance(values, list) or len(values) != 4 or not all(map(is_number, values)):
        bad_request("bbox must be four numbers: west, south, east, north")
    west, south, east, north = values
    if not (-180 <= west <= 180 and -180 <= east <= 180):
        bad_request("bbox: longitudes lie between -180 and 180")
    if not -90 <= south <= north <= 90:
        bad_request("bbox: latitudes lie between -90 and 90, south first")
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.MultiPolygon([shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)])


def read_geometry(value: Any) -> BaseGeometry:
    """Read a GeoJSON geometry; refuse with 400 what is none."""
    if not isinstance(value, dict) or value.get("type") not in _TYPES:
        bad_request("intersects must be a GeoJSON geometry")
    try:
        area = shape(value)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, shapely.errors.ShapelyError):
        bad_request("intersects: the coordinates do not fit the type")
    if area.is_empty or not all(map(math.isfinite, area.bounds)):
        bad_request("intersects must not be empty")
    west, south, east, north = area.bounds
    if south < -90 or north > 90 or west < -540 or east > 540:
        bad_request("intersects: coordinates lie outside the world")
    if not area.is_valid:
        bad_request("intersects is not a valid geometry, for example since it crosses itself")
    return within_world(area)
