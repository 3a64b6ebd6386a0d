"""An area from a value in Python: bounds, a geometry, a table with geometries, an item, text, a file. No widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.area import Area, from_geojson, from_numbers, join
from iceye_geo.panels.area_files import from_upload
from iceye_geo.panels.area_text import from_text

_HINT = "Give (west, south, east, north), a geometry, a GeoDataFrame, an Item, GeoJSON, WKT or a path."


def read_area(value: Any, *, label: str = "") -> Area:
    """Return the area of a value.

    Args:
        value: ``(west, south, east, north)`` or ``(lon, lat)`` in degrees; a shapely geometry; a GeoDataFrame or
            GeoSeries in any coordinate system, of which all geometries become one area; a STAC Item; GeoJSON; text as
            it could be pasted; the path of a file as it could be uploaded; or an `Area`.
        label: what to call it; "" for the name it brings.

    Raises:
        InvalidInputError: it is none of these, or the area breaks a rule.

    Example:
        >>> read_area((24, 59, 26, 61)).bounds, read_area("POINT (24.9 60.2)").center
        ((24.0, 59.0, 26.0, 61.0), (24.9, 60.2))
    """
    found = _read(value)
    return Area(found.geometry, label) if label else found


def _read(value: Any) -> Area:
    if isinstance(value, Area):
        return value
    if isinstance(value, str):
        return from_text(value)
    if isinstance(value, Path):
        return _from_file(value)
    if isinstance(value, BaseGeometry):
        return join([value])
    if hasattr(value, "to_crs"):
        return _from_table(value)
    if hasattr(value, "geometry") and hasattr(value, "assets"):
        return _from_item(value)
    if isinstance(value, Mapping) or hasattr(value, "__geo_interface__"):
        return from_geojson(value if isinstance(value, Mapping) else value.__geo_interface__)
    if isinstance(value, Sequence) or hasattr(value, "tolist"):
        return _from_numbers(list(value))
    raise InvalidInputError("area", f"cannot be read from a {type(value).__name__}", hint=_HINT)


def _from_numbers(values: list[Any]) -> Area:
    if len(values) == 4:
        return from_numbers(*values)
    if len(values) == 2:
        return from_numbers(*values, *values)
    raise InvalidInputError("area", f"{len(values)} values say no area", hint=_HINT)


def _from_table(table: Any) -> Area:
    if table.crs is None:
        raise InvalidInputError("area", "the table does not say its coordinate system", hint="Use set_crs().")
    shapes = table.to_crs(4326).geometry
    return join([shape for shape in shapes if shape is not None])


def _from_item(item: Any) -> Area:
    if not item.geometry:
        raise InvalidInputError("area", f"item {item.id} has no footprint")
    return from_geojson(item.geometry)


def _from_file(path: Path) -> Area:
    try:
        return from_upload(path.name, path.expanduser().read_bytes())
    except OSError as error:
        raise InvalidInputError("area", f"{path} cannot be read: {error.strerror}") from None
