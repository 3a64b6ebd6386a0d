"""When a search looks: ``datetime`` in all the forms pystac-client takes, made into RFC 3339 text in UTC."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from iceye_geo.errors import InvalidInputError
from iceye_geo.stac.values import time_text

Moment = datetime | date | str
DatetimeLike = Moment | Sequence[Moment | None]

_DATE = re.compile(r"(?P<year>\d{4})(-(?P<month>\d{1,2})(-(?P<day>\d{1,2}))?)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?([Zz]|[+-]\d\d:?\d\d)?")
_OPEN = ("", "..")
_FORMS = 'Write "2025-01-31T06:00:00Z", "2025-01", "2025-01-01/2025-06-30", "2025-01-01/.." or a pair of datetimes.'


def format_datetime(value: DatetimeLike) -> str:
    """Read a moment or an interval as the text the API takes.

    A year, a month or a day alone means all of it. Times without a zone are UTC. Either end may be open.

    Args:
        value: text, a datetime or date, or a pair of these with None for an open end.

    Raises:
        InvalidInputError: it cannot be read, or it ends before it starts.

    Example:
        >>> format_datetime("2025-02")
        '2025-02-01T00:00:00Z/2025-02-28T23:59:59.999999Z'
        >>> format_datetime("2025-01-01/.."), format_datetime("2025-01-31T08:00:00+02:00")
        ('2025-01-01T00:00:00Z/..', '2025-01-31T06:00:00Z')
    """
    ends = _ends(value)
    if len(ends) == 1:
        first, last = _span(ends[0])
        return time_text(first) if first == last else f"{time_text(first)}/{time_text(last)}"
    start = None if ends[0] is None else _span(ends[0])[0]
    end = None if ends[1] is None else _span(ends[1])[1]
    if start is None and end is None:
        raise InvalidInputError("datetime", "both ends are open", hint="Leave it out to search all times.")
    if start is not None and end is not None and end < start:
        raise InvalidInputError(
            "datetime", f"ends ({time_text(end)}) before it starts ({time_text(start)})", hint=_FORMS
        )
    return "/".join(".." if moment is None else time_text(moment) for moment in (start, end))


def _ends(value: Any) -> list[Any]:
    """Split into one moment or two ends; None stands for an open end."""
    if isinstance(value, str):
        parts: list[Any] = [part.strip() for part in value.split("/")]
        if len(parts) == 1 and parts[0] in _OPEN:
            raise InvalidInputError("datetime", "says nothing", hint=_FORMS)
        return _open_ends(parts)
    if isinstance(value, datetime | date):
        return [value]
    if isinstance(value, Sequence):
        return _open_ends(list(value))
    raise InvalidInputError("datetime", f"cannot be read from a {type(value).__name__}", hint=_FORMS)


def _open_ends(parts: list[Any]) -> list[Any]:
    if len(parts) not in (1, 2):
        raise InvalidInputError("datetime", f"must have one or two ends, not {len(parts)}", hint=_FORMS)
    ends = [None if isinstance(part, str) and part.strip() in _OPEN else part for part in parts]
    if len(ends) == 1 and ends[0] is None:
        raise InvalidInputError("datetime", "says nothing", hint=_FORMS)
    return ends


def _span(moment: Any) -> tuple[datetime, datetime]:
    """Return the first and the last moment that something stands for; both the same for an instant."""
    if isinstance(moment, datetime):
        instant = _utc(moment)
        return instant, instant
    if isinstance(moment, date):
        return _period(moment.year, moment.month, moment.day)
    if not isinstance(moment, str):
        raise InvalidInputError("datetime", f"cannot be read from a {type(moment).__name__}", hint=_FORMS)
    found = _DATE.fullmatch(moment.strip())
    try:
        if found:
            return _period(
                *(None if part is None else int(part) for part in found.group("year", "month", "day"))
            )
        if _TIME.fullmatch(moment.strip()):
            instant = _utc(datetime.fromisoformat(moment.strip().upper()))
            return instant, instant
    except (ValueError, OverflowError):
        raise InvalidInputError("datetime", f"{moment!r} is not in the calendar", hint=_FORMS) from None
    raise InvalidInputError("datetime", f"{moment!r} is no time", hint=_FORMS)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise InvalidInputError("datetime", f"{moment} is not in the calendar", hint=_FORMS) from None


def _period(year: int | None, month: int | None = None, day: int | None = None) -> tuple[datetime, datetime]:
    """Return the first and last microsecond of a year, month or day."""
    if year is None:
        raise ValueError("a period has a year")
    first = datetime(year, month or 1, 1 if day is None else day, tzinfo=UTC)
    last_month = 12 if month is None else month
    last_day = monthrange(year, last_month)[1] if day is None else day
    last = datetime(year, last_month, last_day, 23, 59, 59, tzinfo=UTC)
    return first, last + timedelta(microseconds=999_999)
