"""How single values are read: times, numbers, words, polarisations. The normaliser and the frame share these.

Every reader returns the value in its STAC form, or None when it cannot be read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

Reader = Callable[[Any], Any]

_UTC_TEXT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d([.,]\d+)?([Zz]|[+-]\d\d:?\d\d)?")
_POLARIZATIONS = frozenset({"HH", "VV", "HV", "VH"})


def read_time(value: Any) -> datetime | None:
    """Read a timestamp as aware UTC; a missing offset means UTC, digits past the microsecond are cut.

    Example:
        >>> read_time("2024-12-13T14:58:22+02:00")
        datetime.datetime(2024, 12, 13, 12, 58, 22, tzinfo=datetime.timezone.utc)
        >>> read_time("2023-12-20T15:04:05Z07:00") is None
        True
    """
    if isinstance(value, str):
        return _parsed(value)
    return _in_utc(value) if isinstance(value, datetime) else None


# One record is asked for each of its times several times over, while it becomes an Item.
@lru_cache(maxsize=512)
def _parsed(text: str) -> datetime | None:
    if not _RFC3339.fullmatch(text.strip()):
        return None
    try:
        return _in_utc(datetime.fromisoformat(text.strip().upper()))
    except ValueError:
        return None


def _in_utc(moment: datetime) -> datetime | None:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def time_text(moment: datetime) -> str:
    """Write an aware time as RFC 3339 in UTC with a Z.

    Example:
        >>> time_text(datetime(2024, 1, 1, 2, tzinfo=UTC))
        '2024-01-01T02:00:00Z'
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def read_time_text(value: Any) -> str | None:
    """Read a timestamp as RFC 3339 text in UTC; text that already is so comes back as it is.

    Example:
        >>> read_time_text("2024-12-13T13:17:53.487Z")
        '2024-12-13T13:17:53.487Z'
    """
    moment = read_time(value)
    if moment is None:
        return None
    return value if isinstance(value, str) and _UTC_TEXT.fullmatch(value) else time_text(moment)


def read_number(value: Any) -> float | None:
    """Read a finite number as a float; numbers written as text are read too.

    Example:
        >>> read_number(3), read_number("33.5"), read_number(True), read_number(float("nan"))
        (3.0, 33.5, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class NumberBetween:
    """A reader for numbers from ``low`` to ``high``.

    Example:
        >>> NumberBetween(0, 90)(91) is None
        True
    """

    low: float = -math.inf
    high: float = math.inf

    def __call__(self, value: Any) -> float | None:
        """Read one number."""
        number = read_number(value)
        return number if number is not None and self.low <= number <= self.high else None


def read_count(value: Any) -> int | None:
    """Read a whole number of at least zero.

    Example:
        >>> read_count(4.0), read_count("2"), read_count(1.5), read_count(-1)
        (4, 2, None, None)
    """
    number = read_number(value)
    return int(number) if number is not None and number.is_integer() and 0 <= number < 2**53 else None


def read_word(value: Any) -> str | None:
    """Read a text that is not empty.

    Example:
        >>> read_word("spotlight"), read_word(" "), read_word(5)
        ('spotlight', None, None)
    """
    return value if isinstance(value, str) and value.strip() else None


def read_name(value: Any) -> str | None:
    """Read an identifier: text, or a whole number as text.

    Example:
        >>> read_name("4407788_1"), read_name(4407788)
        ('4407788_1', '4407788')
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return read_word(value)


def lower_word_of(words: Collection[str]) -> Reader:
    """Make a reader for one of ``words``, whatever case it comes in.

    Example:
        >>> lower_word_of(("left", "right"))("LEFT")
        'left'
    """

    def read(value: Any) -> str | None:
        """Read one word."""
        word = value.strip().lower() if isinstance(value, str) else None
        return word if word in words else None

    return read


def read_band(value: Any) -> str | None:
    """Read a frequency band name.

    Example:
        >>> read_band("x"), read_band("ka"), read_band("Q")
        ('X', 'Ka', None)
    """
    band = value.strip().capitalize() if isinstance(value, str) else None
    return band if band in {"P", "L", "S", "C", "X", "Ku", "K", "Ka"} else None


def read_polarizations(value: Any) -> list[str] | None:
    """Read polarisations as a list, upper case and unique, in the order they came.

    Example:
        >>> read_polarizations("vv"), read_polarizations(["HH", "hh", "HV"]), read_polarizations([])
        (['VV'], ['HH', 'HV'], None)
    """
    parts = re.split(r"[^A-Za-z]+", value) if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return None
    names = (part.strip().upper() for part in parts if isinstance(part, str))
    return list(dict.fromkeys(name for name in names if name in _POLARIZATIONS)) or None


def read_words(value: Any) -> list[str] | None:
    """Read a list of texts; a lone text becomes a list of one.

    Example:
        >>> read_words("sar"), read_words(["a", 1])
        (['sar'], ['a'])
    """
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return None
    return [part for part in parts if read_word(part)] or None


def read_anything(value: Any) -> Any:
    """Return the value as it came.

    Example:
        >>> read_anything([1])
        [1]
    """
    return value


def copied(value: Any) -> Any:
    """Copy nested dicts and lists, so that nothing is shared; NaN and infinity become None.

    Example:
        >>> copied({"a": [1.5, float("nan")]})
        {'a': [1.5, None]}
    """
    kind = type(value)
    if kind is str or kind is int:
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: copied(part) for key, part in value.items()}
    return [copied(part) for part in value] if isinstance(value, list | tuple) else value
