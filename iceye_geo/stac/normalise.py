"""From ICEYE's record to a valid STAC 1.1.0 Item, as plain dicts. Neither pystac nor the network is needed.

``normalise`` never changes its input, and ``normalise(normalise(x)) == normalise(x)``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from iceye_geo.errors import DroppedValueWarning, NormalisationError
from iceye_geo.stac.assets import normalise_assets
from iceye_geo.stac.geometry import bounding_box, fix_geometry
from iceye_geo.stac.names import EXTENSIONS, STAC_VERSION
from iceye_geo.stac.rules import ALL_RULES, CONSTELLATION, CORE, KNOWN, RULES, STAMPS, apply_rules, is_iceye
from iceye_geo.stac.values import copied as copied
from iceye_geo.stac.values import read_name, read_time_text, read_word

_TOP = (
    "type",
    "stac_version",
    "stac_extensions",
    "id",
    "geometry",
    "bbox",
    "properties",
    "links",
    "assets",
    "collection",
)
_TIMES = ("datetime", "start_datetime", "end_datetime", *STAMPS)
_PREFIXES = tuple(f"{prefix}:" for prefix in EXTENSIONS)
_OUR_URIS = tuple(uri.rsplit("/", 2)[0] + "/" for uri in EXTENSIONS.values())
_UNMAPPED = "iceye:unmapped"
_SET = frozenset({_UNMAPPED, *_TIMES, *CORE})


class Times(NamedTuple):
    """The time properties of a record as they go into the Item, RFC 3339 in UTC or None."""

    datetime: str | None
    start: str | None
    end: str | None


def normalise(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a record of the Catalog or Tasking API into a STAC 1.1.0 Item.

    Args:
        raw: one entry of ``data``, as ICEYE sent it. It is not changed.

    Returns:
        A new dict. Asset hrefs in it are as they came: signed, valid for an hour, to be kept secret.

    Raises:
        NormalisationError: no id, no time at all, or not a Feature. ``raw`` is on the error.

    Warns:
        DroppedValueWarning: a value could not be read and was left out.

    Example:
        >>> item = normalise({"id": "a", "geometry": None, "properties": {
        ...     "start_datetime": "2024-12-13T12:58:22Z", "end_datetime": "2024-12-13T12:58:32Z",
        ...     "sat:orbit_state": "DESCENDING"}})
        >>> item["stac_version"], item["properties"]["datetime"], item["properties"]["sat:orbit_state"]
        ('1.1.0', None, 'descending')
    """
    identity = check_record(raw)
    geometry = fix_geometry(raw.get("geometry"))
    if geometry is None and raw.get("geometry") is not None:
        warn_dropped(identity, ["geometry"])
    properties = _properties(raw, identity)
    links = _links(raw.get("links"))
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": _extensions(raw.get("stac_extensions"), properties),
        "id": identity,
        "geometry": geometry,
        "bbox": bounding_box(geometry),
        "properties": properties,
        "links": links,
        "assets": normalise_assets(raw.get("assets")),
    }
    if geometry is None:
        del item["bbox"]
    collection = read_word(raw.get("collection"))
    if collection and any(link["rel"] == "collection" for link in links):
        item["collection"] = collection
    return item | {key: copied(value) for key, value in raw.items() if key not in _TOP}


def check_record(raw: Any) -> str:
    """Return the id of a record that can become an Item.

    Raises:
        NormalisationError: it cannot; the message says why.

    Example:
        >>> check_record({"id": "a", "properties": {"datetime": "2024-12-13T12:58:22Z"}})
        'a'
    """
    if not isinstance(raw, Mapping):
        raise NormalisationError(f"A record must be a JSON object, not {type(raw).__name__}", raw)
    identity = read_name(raw.get("id"))
    if identity is None:
        raise NormalisationError("A record has no id", raw)
    if raw.get("type", "Feature") != "Feature":
        raise NormalisationError(
            f"Record {identity} has type {raw.get('type')!r}; an Item must be a Feature", raw
        )
    properties = raw.get("properties")
    if not isinstance(properties, Mapping):
        raise NormalisationError(f"Record {identity} has no properties", raw)
    if not any(times_of(properties)):
        names = "start_datetime, end_datetime or datetime"
        v1 = "; it is one of v1: iceye_geo.migration.migrate(record).result opens"
        hint = v1 if "start_time" in properties else ""
        raise NormalisationError(f"Record {identity} has no time: none of {names} can be read{hint}", raw)
    return identity


def times_of(properties: Mapping[str, Any]) -> Times:
    """Read the acquisition times by STAC's rule: both ends or neither, an instant where there are none.

    Example:
        >>> times_of({"start_datetime": "2024-12-13T12:58:22Z"})
        Times(datetime='2024-12-13T12:58:22Z', start=None, end=None)
    """
    instant = read_time_text(properties.get("datetime"))
    start = read_time_text(properties.get("start_datetime"))
    end = read_time_text(properties.get("end_datetime"))
    if start is not None and end is not None:
        return Times(instant, start, end)
    return Times(instant or start or end, None, None)


def warn_dropped(identity: str, names: Iterable[str], more: str = "") -> None:
    """Warn that values of a record could not be read and were left out."""
    message = f"Record {identity}: {', '.join(dict.fromkeys(names))} cannot be read and was left out{more}"
    warnings.warn(DroppedValueWarning(message), stacklevel=3)


def _properties(raw: Mapping[str, Any], identity: str) -> dict[str, Any]:
    given: Mapping[str, Any] = raw["properties"]
    found, unreadable = apply_rules(given, RULES.values())
    others, bad = apply_rules(given, (ALL_RULES[k] for k in given if k in ALL_RULES and k not in RULES))
    unreadable += bad + [name for name in _TIMES if given.get(name) and read_time_text(given[name]) is None]
    if unreadable:
        warn_dropped(identity, unreadable)
    plain = {
        key: value
        for key, raw_value in given.items()
        if key not in _SET and not key.startswith(_PREFIXES) and (value := copied(raw_value)) is not None
    }
    properties = _time_properties(given) | _own_properties(raw, given) | plain | found | others
    unmapped = _unmapped(given)
    return properties | ({_UNMAPPED: unmapped} if unmapped else {})


def _time_properties(given: Mapping[str, Any]) -> dict[str, Any]:
    times = times_of(given)
    properties: dict[str, Any] = {"datetime": times.datetime}
    if times.start is not None:
        properties |= {"start_datetime": times.start, "end_datetime": times.end}
    stamps = ((name, read_time_text(given.get(name))) for name in STAMPS)
    return properties | {name: text for name, text in stamps if text is not None}


def _own_properties(raw: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that only this package sets; a value that the record has already wins over them."""
    own: dict[str, Any] = {"constellation": CONSTELLATION}
    frame = frame_id_of(given)
    if frame is not None:
        own["iceye:frame_id"] = frame
    collection = read_word(raw.get("collection"))
    if collection is not None and is_iceye(given.get("constellation")):
        own["iceye:collection"] = collection
    version = read_word(raw.get("stac_version"))
    if version is not None and version != STAC_VERSION:
        own["iceye:source_stac_version"] = version
    return own


def frame_id_of(properties: Mapping[str, Any]) -> str | None:
    """Return the frame id: the durable key of a frame, since item ids change when ICEYE reprocesses.

    Example:
        >>> frame_id_of({"frame_id": "4407788_1"})
        '4407788_1'
    """
    return read_name(properties.get("iceye:frame_id")) or read_name(properties.get("frame_id"))


def _unmapped(given: Mapping[str, Any]) -> dict[str, Any]:
    """Collect what the declared extensions forbid: their prefix, but no field of theirs."""
    before = given.get(_UNMAPPED)
    unknown = {k: copied(v) for k, v in given.items() if k.startswith(_PREFIXES) and k not in KNOWN}
    return (copied(before) if isinstance(before, Mapping) else {}) | unknown


def _extensions(declared: Any, properties: Mapping[str, Any]) -> list[str]:
    """List the extensions whose prefix is really used, then whatever else the record declared by URI."""
    prefixes = {key.partition(":")[0] for key in properties if ":" in key}
    used = [uri for prefix, uri in EXTENSIONS.items() if prefix in prefixes]
    given = declared if isinstance(declared, list | tuple) else []
    others = [uri for uri in given if isinstance(uri, str) and "://" in uri and not uri.startswith(_OUR_URIS)]
    return list(dict.fromkeys(used + others))


def _links(links: Any) -> list[dict[str, Any]]:
    if not isinstance(links, list | tuple):
        return []
    sound = (
        k for k in links if isinstance(k, Mapping) and read_word(k.get("rel")) and read_word(k.get("href"))
    )
    return [copied(link) for link in sound]
