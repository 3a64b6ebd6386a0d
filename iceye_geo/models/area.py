"""From a geometry to the place a task images, and whether one scene of the mode covers it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import InvalidInputError, LargeAreaWarning
from iceye_geo.models.checks import read_point
from iceye_geo.models.modes import find_mode

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_KM_PER_DEGREE = 111.32
# The rectangle around a footprint is measured on a plane; half a percent is its error over 200 km.
_TOLERANCE = 1.005


def read_geometry(value: Any) -> BaseGeometry:
    """Return a shapely geometry.

    Args:
        value: shapely, GeoJSON (geometry, Feature), or anything with ``__geo_interface__``.

    Raises:
        InvalidInputError: it is no geometry, empty, or has coordinates that are no numbers.

    Example:
        >>> read_geometry({"type": "Point", "coordinates": [24.9, 60.2]}).x
        24.9
    """
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    plain = getattr(value, "__geo_interface__", value)
    if isinstance(plain, Mapping) and plain.get("type") == "Feature":
        plain = plain.get("geometry")
    if isinstance(plain, Mapping) and plain.get("type") == "FeatureCollection":
        plain = _only_feature(plain)
    try:
        found = shape(plain)
        empty = found.is_empty or not all(math.isfinite(c) for c in found.bounds)
    except (ShapelyError, TypeError, ValueError, KeyError, AttributeError, IndexError):
        raise InvalidInputError(
            "geometry", "must be GeoJSON, a shapely geometry or something with __geo_interface__"
        ) from None
    if empty:
        raise InvalidInputError("geometry", "is empty or has coordinates that are no numbers")
    return found


def _only_feature(collection: Mapping[str, Any]) -> Any:
    features = collection.get("features") or []
    if len(features) != 1:
        raise InvalidInputError("geometry", f"a task images one place; this collection has {len(features)}")
    return features[0].get("geometry")


def place_of(value: Any) -> tuple[float, float]:
    """Return a point (lon, lat) that certainly lies in the geometry: of several parts, in the largest.

    Longitudes beyond 180 degrees, as areas across the date line have them, are brought back.

    Example:
        >>> place_of({"type": "Polygon", "coordinates": [[[179, 0], [183, 0], [183, 2], [179, 2], [179, 0]]]})
        (-179.0, 1.0)
    """
    geometry = read_geometry(value)
    parts = getattr(geometry, "geoms", None)
    largest = max(parts, key=lambda g: (g.area, g.length)) if parts is not None else geometry
    inside = largest.representative_point()
    lon = inside.x if -180 <= inside.x <= 180 else (inside.x + 180) % 360 - 180
    return read_point((lon, inside.y), field="geometry")


def extent_km(value: Any) -> tuple[float, float]:
    """Return the sides (short, long) of the smallest rectangle around a geometry, km.

    Example:
        >>> short, long = extent_km({"type": "LineString", "coordinates": [[0, 0], [0, 1]]})
        >>> round(short), round(long)
        (0, 111)
    """
    import numpy as np
    import shapely

    geometry = read_geometry(value)
    lon0, lat0 = place_of(geometry)
    scale = math.cos(math.radians(lat0)) * _KM_PER_DEGREE

    def flatten(lonlat: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Lay positions (lon, lat) out on a plane, in kilometres from the place."""
        # Taken within half a turn of the place, both sides of the date line stay together.
        east = (lonlat[:, 0] - lon0 + 180) % 360 - 180
        return np.column_stack((east * scale, (lonlat[:, 1] - lat0) * _KM_PER_DEGREE))

    envelope = shapely.oriented_envelope(shapely.transform(geometry, flatten))
    if not isinstance(envelope, shapely.Polygon):
        return 0.0, float(envelope.length)
    corners = list(envelope.exterior.coords)
    sides = sorted(math.dist(corners[i], corners[i + 1]) for i in (0, 1))
    return sides[0], sides[1]


def warn_if_larger_than_scene(value: Any, *, mode: str) -> None:
    """Warn where one scene of the mode does not cover the geometry; modes nobody knows are not judged.

    Warns:
        LargeAreaWarning: names both sizes.
    """
    known = find_mode(mode)
    if known is None:
        return
    short, long = extent_km(value)
    scene = sorted((known.range_km, known.azimuth_km))
    if short > scene[0] * _TOLERANCE or long > scene[1] * _TOLERANCE:
        warnings.warn(
            f"geometry: the area is {long:.0f} x {short:.0f} km, one {known.title} scene is "
            f"{known.range_km:g} x {known.azimuth_km:g} km. The task images a place in its middle; take a wider "
            "mode or several tasks to cover it.",
            LargeAreaWarning,
            stacklevel=2,
        )
