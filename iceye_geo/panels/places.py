"""Places to image from whatever a person holds: typed lines, a table, a GeoDataFrame, GeoJSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.area import place_of
from iceye_geo.models.checks import read_point

#: One order takes so many places at most: ICEYE plans orbits for each while the caller waits.
MAX_PLACES = 50
_LON = ("lon", "longitude", "long", "lng", "x")
_LAT = ("lat", "latitude", "y")
_NAME = ("name", "title", "id", "reference")
_HOW = "Write one place a line: name, lon, lat."


@dataclass(frozen=True, slots=True)
class Place:
    """One place to image.

    Attributes:
        lon: degrees.
        lat: degrees.
        name: what to call it; "" for none.
    """

    lon: float
    lat: float
    name: str = ""

    @property
    def point(self) -> tuple[float, float]:
        """The place as (lon, lat)."""
        return self.lon, self.lat

    @property
    def label(self) -> str:
        """Name and coordinates in one short text."""
        where = f"{self.lon:.5f}, {self.lat:.5f}"
        return f"{self.name} ({where})" if self.name else where


def read_places(value: Any) -> tuple[Place, ...]:
    r"""Return the places of a text, a table, a GeoDataFrame, GeoJSON, a geometry, or a sequence of points.

    An area becomes a point that certainly lies in it. A table needs columns lon and lat (or longitude and latitude, or
    x and y); a column name, title or id names the places.

    Raises:
        InvalidInputError: a line or row is no place, there is none, or there are more than `MAX_PLACES`.

    Example:
        >>> read_places("Helsinki, 24.94, 60.17\n25.1, 60.2")
        (Place(lon=24.94, lat=60.17, name='Helsinki'), Place(lon=25.1, lat=60.2, name=''))
    """
    found = tuple(_read(value))
    if not found:
        raise InvalidInputError("places", "there is no place", hint=_HOW)
    if len(found) > MAX_PLACES:
        raise InvalidInputError(
            "places", f"{len(found)} are too many for one order", hint=f"At most {MAX_PLACES}."
        )
    return found


def _read(value: Any) -> list[Place]:
    if isinstance(value, Place):
        return [value]
    if isinstance(value, str | bytes):
        return _from_text(value.decode("utf-8-sig", "replace") if isinstance(value, bytes) else value)
    if hasattr(value, "columns") and hasattr(value, "iterrows"):
        return _from_table(value)
    if isinstance(value, Mapping) or hasattr(value, "__geo_interface__"):
        return _from_geo(value if isinstance(value, Mapping) else value.__geo_interface__)
    if isinstance(value, Sequence):
        single = len(value) == 2 and all(isinstance(part, int | float) for part in value)
        return [_place(*value)] if single else [place for one in value for place in _one(one)]
    raise InvalidInputError("places", f"cannot be read from a {type(value).__name__}", hint=_HOW)


def _one(value: Any) -> list[Place]:
    if isinstance(value, list | tuple) and len(value) == 3:
        name, lon, lat = value
        return [_place(lon, lat, name=str(name))]
    if isinstance(value, list | tuple):
        return [_place(*_pair(value))]
    return _read(value)


def _pair(value: Sequence[Any]) -> tuple[Any, Any]:
    if len(value) != 2:
        raise InvalidInputError("places", "a place is (lon, lat) or (name, lon, lat)", hint=_HOW)
    return value[0], value[1]


def _place(lon: Any, lat: Any, *, name: str = "", where: str = "places") -> Place:
    x, y = read_point((lon, lat), field=where)
    return Place(x, y, name.strip())


def _from_text(text: str) -> list[Place]:
    if text.lstrip().startswith(("{", "[")):
        try:
            return _read(json.loads(text))
        except (json.JSONDecodeError, RecursionError):
            raise InvalidInputError("places", "looks like JSON but is none", hint=_HOW) from None
    try:
        rows = [
            (n, row)
            for n, row in enumerate(csv.reader(io.StringIO(text)), start=1)
            if any(map(str.strip, row))
        ]
    except csv.Error as error:
        raise InvalidInputError("places", f"is no table: {error}", hint=_HOW) from None
    if rows and (columns := _header(rows[0][1])) is not None:
        return [_by_columns(row, columns, number) for number, row in rows[1:]]
    return [_line(row, number) for number, row in rows]


def _header(row: Sequence[str]) -> tuple[int, int, int | None] | None:
    names = [cell.strip().lower() for cell in row]
    lon, lat = _first(names, _LON), _first(names, _LAT)
    return None if lon is None or lat is None else (lon, lat, _first(names, _NAME))


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(word) for word in wanted if word in names), None)


def _by_columns(row: Sequence[str], columns: tuple[int, int, int | None], number: int) -> Place:
    lon, lat, name = columns
    if max(lon, lat) >= len(row):
        raise InvalidInputError(f"places, line {number}", "has too few columns", hint=_HOW)
    word = row[name] if name is not None and name < len(row) else ""
    return _place(row[lon], row[lat], name=word, where=f"places, line {number}")


def _line(row: Sequence[str], number: int) -> Place:
    cells = [cell.strip() for cell in row if cell.strip()]
    if len(cells) not in (2, 3):
        raise InvalidInputError(
            f"places, line {number}", "is not a longitude and a latitude, with or without a name", hint=_HOW
        )
    name = cells[0] if len(cells) == 3 else ""
    return _place(cells[-2], cells[-1], name=name, where=f"places, line {number}")


def _from_table(table: Any) -> list[Place]:
    columns = {str(column).lower(): column for column in table.columns}
    name = next((columns[word] for word in _NAME if word in columns), None)
    names = [str(n) for n in table[name]] if name is not None else [""] * len(table)
    if hasattr(table, "geometry") and "geometry" in columns:
        plain = table if table.crs is None else table.to_crs(4326)
        return [Place(*place_of(g), n) for g, n in zip(plain.geometry, names, strict=True) if g is not None]
    lon = next((columns[word] for word in _LON if word in columns), None)
    lat = next((columns[word] for word in _LAT if word in columns), None)
    if lon is None or lat is None:
        raise InvalidInputError("places", "the table needs columns lon and lat, or geometries")
    rows = zip(table[lon], table[lat], names, strict=True)
    return [_place(x, y, name=n, where=f"places, row {i}") for i, (x, y, n) in enumerate(rows, start=1)]


def _from_geo(plain: Mapping[str, Any]) -> list[Place]:
    if plain.get("type") == "FeatureCollection":
        return [place for one in plain.get("features") or () for place in _from_geo(_mapping(one))]
    if "type" not in plain and ("lon" in plain or "lat" in plain):
        return [_place(plain.get("lon"), plain.get("lat"), name=str(plain.get("name") or ""))]
    properties = plain.get("properties")
    held = properties if isinstance(properties, Mapping) else {}
    name = next((str(held[word]) for word in _NAME if held.get(word) not in (None, "")), "")
    lon, lat = place_of(plain)
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise InvalidInputError("places", "holds a coordinate that is no number")
    return [Place(lon, lat, name)]


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInputError("places", "a feature is no object")
    return value
