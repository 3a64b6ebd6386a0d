"""Readers of what a caller passes: times, places, ranges. Each refuses with field, rule and source."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from iceye_geo.errors import InvalidInputError

GUIDE = "ICEYE createTask guide"
SPECIFICATION = "ICEYE product specification 6.0.5"
MAX_REFERENCE = 256

TimeLike = datetime | str
WindowLike = Sequence[TimeLike] | str
PointLike = Sequence[float] | Mapping[str, float]


def aware_time(value: object, *, field: str) -> datetime:
    """Return a moment as aware UTC.

    Args:
        value: an aware datetime, or RFC 3339 text with a zone.
        field: what to call it in the message.

    Raises:
        InvalidInputError: it is no moment, or it has no zone.

    Example:
        >>> aware_time("2026-11-23T02:00:00+02:00", field="start").isoformat()
        '2026-11-23T00:00:00+00:00'
    """
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            raise InvalidInputError(
                field, f"{value!r} is no RFC 3339 time", hint="Write it like 2026-11-23T00:00:00Z."
            ) from None
    if not isinstance(moment, datetime):
        raise InvalidInputError(
            field, f"must be a datetime or RFC 3339 text, this is a {type(value).__name__}"
        )
    if moment.utcoffset() is None:
        raise InvalidInputError(
            field,
            "must carry a zone",
            hint="Use datetime(..., tzinfo=UTC) or a time that ends in Z.",
            source=GUIDE,
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InvalidInputError(field, f"{value} lies outside the calendar") from None


def wire_time(moment: datetime) -> str:
    """Return a moment the way ICEYE writes it.

    Example:
        >>> wire_time(datetime(2026, 11, 23, tzinfo=UTC))
        '2026-11-23T00:00:00Z'
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_window(value: WindowLike) -> tuple[datetime, datetime]:
    """Return an acquisition window as (start, end), aware UTC.

    Args:
        value: a pair of moments, or "start/end" text.

    Raises:
        InvalidInputError: it is no pair, a moment has no zone, or the end is not after the start.

    Example:
        >>> start, end = read_window("2026-11-23T00:00:00Z/2026-11-25T00:00:00Z")
        >>> (end - start).days
        2
    """
    parts = value.split("/") if isinstance(value, str) else list(value) if isinstance(value, Iterable) else []
    if len(parts) != 2:
        raise InvalidInputError("window", "must be a pair (start, end)", source=GUIDE)
    start, end = (
        aware_time(part, field=f"window.{name}") for part, name in zip(parts, ("start", "end"), strict=True)
    )
    if end <= start:
        raise InvalidInputError("window", "must end after it starts", source=GUIDE)
    return start, end


def read_point(value: Any, *, field: str = "point") -> tuple[float, float]:
    """Return a place as (lon, lat) in degrees, WGS 84.

    Args:
        value: a pair (lon, lat), a mapping with ``lon`` and ``lat``, or anything with ``x`` and ``y``.
        field: what to call it in the message.

    Raises:
        InvalidInputError: it is no place on the globe.

    Example:
        >>> read_point((24.94, 60.17)), read_point({"lat": 60.17, "lon": 24.94})
        ((24.94, 60.17), (24.94, 60.17))
    """
    if isinstance(value, Mapping):
        value = (value.get("lon"), value.get("lat"))
    elif hasattr(value, "x") and hasattr(value, "y"):
        value = (value.x, value.y)
    try:
        lon, lat = (float(part) for part in value)
    except (TypeError, ValueError):
        raise InvalidInputError(field, "must be a pair (lon, lat) of degrees", source=GUIDE) from None
    if not (math.isfinite(lon) and -180 <= lon <= 180):
        raise InvalidInputError(
            f"{field}.lon", f"must lie within -180 and 180 degrees, this is {lon:g}", source=GUIDE
        )
    if not (math.isfinite(lat) and -90 <= lat <= 90):
        raise InvalidInputError(
            f"{field}.lat", f"must lie within -90 and 90 degrees, this is {lat:g}", source=GUIDE,
            hint="Places are (lon, lat), in this order.",
        )  # fmt: skip
    return lon, lat


def read_incidence(value: Any) -> tuple[int, int]:
    """Return an incidence range as whole degrees.

    Raises:
        InvalidInputError: it is no pair of whole degrees within 10 and 45.

    Example:
        >>> read_incidence((20, 35.0))
        (20, 35)
    """
    if isinstance(value, Mapping):
        value = (value.get("min"), value.get("max"))
    try:
        low, high = (float(part) for part in value)
    except (TypeError, ValueError):
        raise InvalidInputError(
            "incidence", "must be a pair (min, max) of whole degrees", source=GUIDE
        ) from None
    if not (low.is_integer() and high.is_integer()):
        raise InvalidInputError("incidence", "must be whole degrees", source="ICEYE tasking specification")
    if not 10 <= low <= high <= 45:
        raise InvalidInputError(
            "incidence",
            f"must lie within 10 and 45 degrees, min first, this is {low:g}-{high:g}",
            source=GUIDE,
        )
    return int(low), int(high)


def read_choice(value: str, *, field: str, choices: Sequence[str]) -> str:
    """Return one of a closed set of words, in capitals.

    Raises:
        InvalidInputError: it is none of them.

    Example:
        >>> read_choice("left", field="look_side", choices=("ANY", "LEFT", "RIGHT"))
        'LEFT'
    """
    word = str(value).strip().upper()
    if word not in choices:
        raise InvalidInputError(
            field, f"must be one of {', '.join(choices)}, this is {value!r}", source=GUIDE
        )
    return word


def read_reference(value: str) -> str:
    """Return a reference.

    Raises:
        InvalidInputError: it is longer than 256 characters, or no text.
    """
    if not isinstance(value, str):
        raise InvalidInputError("reference", f"must be text, this is a {type(value).__name__}", source=GUIDE)
    if len(value) > MAX_REFERENCE:
        raise InvalidInputError(
            "reference", f"must have at most {MAX_REFERENCE} characters, this has {len(value)}", source=GUIDE
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInputError(
            "reference", "must be UTF-8 text; this holds a lone surrogate", source=GUIDE
        ) from None
    return value


def read_id(value: object, *, field: str) -> str:
    """Return the id of an object of the API, or the id itself.

    Args:
        value: a model with an ``id``, or the id as text.
        field: what to call it in the message.

    Raises:
        InvalidInputError: there is none, or it cannot be part of a path.

    Example:
        >>> read_id("5b9f6a0e-1a53-4a0a-bb1c-1c6f7c6f0002", field="task")[:8]
        '5b9f6a0e'
    """
    found = value if isinstance(value, str) else getattr(value, "id", None)
    if (
        not isinstance(found, str)
        or not found.strip()
        or any(c in found for c in "/?#%\\")
        or found in {".", ".."}
    ):
        seen = repr(value) if isinstance(value, str) else f"a {type(value).__name__}"
        raise InvalidInputError(
            field, f"must be an id, or an object that has one, this is {seen}",
            hint="An id is text without slashes and the like, mostly a UUID.",
        )  # fmt: skip
    return found.strip()
