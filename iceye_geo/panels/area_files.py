"""Areas from uploaded files: GeoJSON, GeoPackage, KML, KMZ, WKT. No widgets here."""

from __future__ import annotations

import io
import json
import tempfile
import warnings
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.area import Area, from_geojson, join
from iceye_geo.panels.area_text import from_text

#: Endings that can be uploaded.
ENDINGS = (".geojson", ".json", ".gpkg", ".kml", ".kmz", ".wkt", ".txt")
#: An outline needs no more; a larger file would stall the page on its way through the browser.
MAX_BYTES = 20_000_000
_KINDS = "Use GeoJSON, GeoPackage, KML, KMZ or WKT."


def from_upload(name: str, content: bytes) -> Area:
    """Read an uploaded file as one area; several shapes in it are joined.

    Args:
        name: the file's name; its ending says what it is.
        content: its bytes.

    Raises:
        InvalidInputError: the kind is not known, the file cannot be read, or the area breaks a rule.

    Example:
        >>> from_upload("port.wkt", b"POINT (24.9 60.2)").label
        'port.wkt'
    """
    ending, plain = Path(name).suffix.lower(), Path(name).name
    if len(content) > MAX_BYTES:
        rule = f"is {len(content) / 1e6:.0f} MB, more than {MAX_BYTES / 1e6:.0f}"
        raise InvalidInputError("file", rule, hint="Upload only the outline.")
    if ending == ".gpkg":
        return _named(join(_geopackage(content)), plain)
    if ending == ".kmz":
        return _named(join(_kml(_unzipped(content))), plain)
    if ending == ".kml":
        return _named(join(_kml(content)), plain)
    if ending in (".geojson", ".json"):
        return _named(from_geojson(_json(content)), plain)
    if ending in (".wkt", ".txt"):
        return _named(from_text(_text(content)), plain)
    raise InvalidInputError("file", f"{plain!r} is of a kind that is not read", hint=_KINDS)


def _named(area: Area, label: str) -> Area:
    return Area(area.geometry, label)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInputError("file", "is no UTF-8 text", hint=_KINDS) from None


def _json(content: bytes) -> Any:
    try:
        parsed = json.loads(_text(content))
    except (json.JSONDecodeError, RecursionError):
        raise InvalidInputError("file", "is no JSON", hint=_KINDS) from None
    crs = parsed.get("crs") if isinstance(parsed, dict) else None
    if crs is not None and not any(mark in json.dumps(crs) for mark in ("CRS84", "4326")):
        raise InvalidInputError("file", "is not in longitude and latitude", hint="Save it in EPSG:4326.")
    return parsed


def _geopackage(content: bytes) -> list[BaseGeometry]:
    import geopandas as gpd

    if not content.startswith(b"SQLite format 3\x00"):
        raise InvalidInputError("file", "is no GeoPackage", hint=_KINDS)
    with tempfile.TemporaryDirectory(prefix="iceye-area-") as folder:
        path = Path(folder) / "area.gpkg"
        path.write_bytes(content)
        try:
            with warnings.catch_warnings(action="ignore"):  # GDAL warns of oddities that do no harm here
                table = gpd.read_file(path)
        except Exception as error:  # noqa: BLE001 - GDAL's own errors, by class and kind of its driver
            raise InvalidInputError("file", "cannot be read as a GeoPackage", hint=str(error)[:200]) from None
    if getattr(table, "crs", None) is None:
        raise InvalidInputError("file", "does not say its coordinate system", hint="Save it in EPSG:4326.")
    return [geometry for geometry in table.to_crs(4326).geometry if geometry is not None]


def _unzipped(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = [info for info in archive.infolist() if info.filename.lower().endswith(".kml")]
            if not inside or inside[0].file_size > MAX_BYTES:
                raise InvalidInputError("file", "holds no KML of a sensible size", hint=_KINDS)
            return archive.read(inside[0])
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError):
        raise InvalidInputError("file", "is no KMZ", hint=_KINDS) from None


def _kml(content: bytes) -> list[BaseGeometry]:
    # A document type may define entities that swell without end; no KML needs one.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise InvalidInputError("file", "holds a document type, which KML does not need", hint=_KINDS)
    try:
        root = ET.fromstring(content)
    except (ET.ParseError, ValueError, LookupError):
        raise InvalidInputError("file", "is no KML", hint=_KINDS) from None
    found = [_shape(node) for node in root.iter() if _tag(node) in ("Polygon", "LineString", "Point")]
    if not found:
        raise InvalidInputError("file", "holds no polygon, line or point", hint=_KINDS)
    return found


def _shape(node: ET.Element) -> BaseGeometry:
    try:
        if _tag(node) == "Polygon":
            shell = [r for n in node.iter() if _tag(n) == "outerBoundaryIs" for r in _rings(n)]
            holes = [r for n in node.iter() if _tag(n) == "innerBoundaryIs" for r in _rings(n)]
            return shapely.Polygon(shell[0], holes)
        (line,) = _rings(node)
        return shapely.Point(line[0]) if _tag(node) == "Point" else shapely.LineString(line)
    except (ValueError, IndexError, shapely.errors.ShapelyError):
        raise InvalidInputError(
            "file", f"has a {_tag(node)} without sound coordinates", hint=_KINDS
        ) from None


def _rings(node: ET.Element) -> list[list[tuple[float, float]]]:
    texts = [child.text or "" for child in node.iter() if _tag(child) == "coordinates"]
    return [[_corner(part) for part in text.split()] for text in texts]


def _corner(text: str) -> tuple[float, float]:
    lon, lat, *_ = text.split(",")
    return float(lon), float(lat)


def _tag(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""
