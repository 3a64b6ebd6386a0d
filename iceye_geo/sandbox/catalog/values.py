"""What can be asked about: properties and their kinds, and the reading of times. No HTTP, no records."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal

from iceye_geo.sandbox.answers import bad_request
from iceye_geo.sandbox.world.shelf import TIME_PROPERTIES, microseconds

Kind = Literal["time", "number", "text", "list"]

_NUMBERS = (
    "sar:looks_range",
    "sar:looks_azimuth",
    "iceye:incidence_center",
    "iceye:incidence_near",
    "iceye:incidence_far",
    "iceye:satellite_look_angle",
    "iceye:chirp_bandwidth",
    "iceye:azimuth_resolution",
    "iceye:range_resolution_center",
    "iceye:range_resolution_near",
    "iceye:range_resolution_far",
)
_TEXTS = (
    "id",
    "collection",
    "frame_id",
    "sar:instrument_mode",
    "sar:frequency_band",
    "sar:product_type",
    "sar:observation_direction",
    "sat:orbit_state",
    "iceye:acquisition_mode",
    "iceye:processing_mode",
    "iceye:data_orientation",
)
#: Every property that a search may name, and its kind.
KINDS: dict[str, Kind] = {
    **dict.fromkeys(TIME_PROPERTIES, "time"),
    **dict.fromkeys(_NUMBERS, "number"),
    **dict.fromkeys(_TEXTS, "text"),
    "sar:polarizations": "list",
}

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", flags=re.ASCII
)
_FIRST, _LAST = -(2**62), 2**62


def parse_time(text: object, *, name: str) -> int:
    """Return an RFC 3339 time as microseconds since 1970; refuse with 400 anything else.

    Example:
        >>> parse_time("1970-01-01T01:00:01.5+01:00", name="datetime")
        1500000
    """
    match = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        bad_request(f"{name} must be an RFC 3339 date-time with a zone")
    day, clock, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{zone.upper()}")
        return microseconds(moment)
    except (ValueError, OverflowError):
        bad_request(f"{name} is not a possible date-time")


def parse_interval(text: object) -> tuple[int, int]:
    """Return an instant or an interval as (first, last) microseconds; ``..`` or nothing is an open end.

    Example:
        >>> parse_interval("1970-01-01T00:00:00Z/..")[0]
        0
    """
    if not isinstance(text, str):
        bad_request("datetime must be a string")
    parts = text.split("/")
    if len(parts) == 1:
        instant = parse_time(text, name="datetime")
        return instant, instant
    open_ends = [part in ("", "..") for part in parts]
    if len(parts) != 2 or all(open_ends):
        bad_request("datetime must be an instant or an interval with at least one end")
    first = _FIRST if open_ends[0] else parse_time(parts[0], name="datetime")
    last = _LAST if open_ends[1] else parse_time(parts[1], name="datetime")
    if first > last:
        bad_request("datetime must not end before it starts")
    return first, last


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number: booleans are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
