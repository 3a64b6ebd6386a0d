"""Our own check of an Item's sar, sat, view and product fields, whose schemas do not ship with pystac."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iceye_geo.stac.names import EXTENSIONS
from iceye_geo.stac.rules import KNOWN
from iceye_geo.stac.signed import is_signed
from iceye_geo.stac.values import read_time

_COUNTS = (
    "sar:looks_range",
    "sar:looks_azimuth",
    "sat:absolute_orbit",
    "sat:relative_orbit",
    "sat:orbit_cycle",
)


def find_problems(item: Mapping[str, Any]) -> list[str]:
    """List what is wrong with the extension fields of an Item, given as a dict; an empty list means nothing.

    Core STAC is not checked here: pystac's ``JsonSchemaSTACValidator().validate_core`` does that offline.

    Example:
        >>> find_problems({"properties": {"sat:orbit_state": "UP"}, "stac_extensions": []})[0]
        "sat:orbit_state: 'UP' is not allowed"
    """
    properties = item["properties"]
    return [
        *_field_problems(properties),
        *_extension_problems(item.get("stac_extensions") or [], properties),
        *_time_problems(properties),
        *_box_problems(item),
    ]


def find_signed_links(value: Any, where: str = "") -> list[str]:
    """List the places in a JSON-like value that hold a signed URL; for checks before something is stored.

    Example:
        >>> find_signed_links({"assets": {"a": {"href": "https://host/a?Signature=x"}}})
        ['/assets/a/href']
    """
    if isinstance(value, Mapping):
        return [hit for key, part in value.items() for hit in find_signed_links(part, f"{where}/{key}")]
    if isinstance(value, list | tuple):
        return [hit for i, part in enumerate(value) for hit in find_signed_links(part, f"{where}/{i}")]
    return [where] if isinstance(value, str) and is_signed(value) else []


def _field_problems(properties: Mapping[str, Any]) -> Iterator[str]:
    for name, value in properties.items():
        if name.partition(":")[0] not in EXTENSIONS or ":" not in name:
            continue
        rule = KNOWN.get(name)
        if rule is None:
            yield f"{name}: the extension has no such field"
        elif rule.read(value) != value or isinstance(value, bool):
            yield f"{name}: {value!r} is not allowed"
        elif name in _COUNTS and not isinstance(value, int):
            yield f"{name}: {value!r} must be a whole number"


def _extension_problems(declared: list[str], properties: Mapping[str, Any]) -> Iterator[str]:
    for prefix, uri in EXTENSIONS.items():
        used = any(name.startswith(f"{prefix}:") for name in properties)
        if used and uri not in declared:
            yield f"stac_extensions: {prefix} is used but {uri} is not declared"
        if uri in declared and not used:
            yield f"stac_extensions: {prefix} is declared but not used"
    if len(set(declared)) != len(declared):
        yield "stac_extensions: an extension is declared twice"


def _time_problems(properties: Mapping[str, Any]) -> Iterator[str]:
    start, end = (read_time(properties.get(f"{name}_datetime")) for name in ("start", "end"))
    if (start is None) != (end is None):
        yield "start_datetime, end_datetime: one is missing"
    if start is not None and end is not None and start > end:
        yield "start_datetime: later than end_datetime"
    if properties.get("datetime") is None and start is None:
        yield "datetime: missing, and there is no start and end"


def _box_problems(item: Mapping[str, Any]) -> Iterator[str]:
    box = item.get("bbox")
    if box is None:
        if item.get("geometry") is not None:
            yield "bbox: missing"
        return
    west, south, east, north = box
    if south > north or max(abs(south), abs(north)) > 90 or max(abs(west), abs(east)) > 180:
        yield f"bbox: {box} is not [west, south, east, north]"
