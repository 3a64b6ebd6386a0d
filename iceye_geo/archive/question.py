"""What a search asks, apart from who answers: tests on single records, and the order of the answers.

The meaning is that of the Catalog API: footprints that meet the area, acquisitions that overlap the interval,
all conditions of ``query`` (a missing value meets none, a list meets one if an entry does), missing values
last in the order, ties by id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shapely.geometry.base import BaseGeometry

from iceye_geo.errors import InvalidInputError
from iceye_geo.stac.normalise import check_record, times_of
from iceye_geo.stac.values import read_time

#: Properties that are compared as moments, whatever their number of digits.
TIME_NAMES = frozenset({"start_datetime", "end_datetime", "created", "updated", "datetime"})
_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)

Test = Callable[[Any], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: bool(value == wanted),
    "neq": lambda value, wanted: bool(value != wanted),
    "gt": lambda value, wanted: bool(value > wanted),
    "lt": lambda value, wanted: bool(value < wanted),
    "gte": lambda value, wanted: bool(value >= wanted),
    "lte": lambda value, wanted: bool(value <= wanted),
    "in": lambda value, wanted: value in wanted,
    "startsWith": lambda value, wanted: isinstance(value, str) and value.startswith(wanted),
    "endsWith": lambda value, wanted: isinstance(value, str) and value.endswith(wanted),
    "contains": lambda value, wanted: isinstance(value, str) and wanted in value,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one property.

    Attributes:
        name: the property, or "id" or "collection".
        operator: a word of ``stac.names.OPERATORS``.
        wanted: what it is compared with; times as microseconds since 1970.
    """

    name: str
    operator: str
    wanted: Any

    def holds(self, value: Any) -> bool:
        """Say whether a property's value, as records have it, meets the condition.

        Example:
            >>> Condition("sar:polarizations", "eq", "VV").holds(["HH", "VV"])
            True
        """
        if value is None:
            return False
        if isinstance(value, list | tuple):
            return any(self.holds(part) for part in value)
        if self.name in TIME_NAMES:
            moment = read_time(value)
            if moment is None:
                return False
            value = microseconds(moment)
        try:
            return _COMPARE[self.operator](value, self.wanted)
        except TypeError:
            return False


@dataclass(frozen=True, slots=True)
class Question:
    """A search, checked, apart from who answers it.

    Attributes:
        collections: names of the collections to look in.
        contract_id: whose private items, or "".
        area: shapely, split at the antimeridian; None for everywhere.
        interval: (first, last) microseconds since 1970, both included; None for always.
        ids: item ids; None for any.
        conditions: all of which must hold.
        sort: (property, descending), most important first.
        max_items: at most so many; None for all.
        limit: items of a page.
    """

    collections: tuple[str, ...] = ("public",)
    contract_id: str = ""
    area: BaseGeometry | None = None
    interval: tuple[int, int] | None = None
    ids: frozenset[str] | None = None
    conditions: tuple[Condition, ...] = ()
    sort: tuple[tuple[str, bool], ...] = (("start_datetime", True),)
    max_items: int | None = None
    limit: int = 200

    def accepts(self, record: Mapping[str, Any]) -> bool:
        """Say whether a record, whose place fits, meets the rest of the question."""
        if self.ids is not None and record["id"] not in self.ids:
            return False
        properties = record["properties"]
        if self.interval is not None:
            span = span_of(properties)
            if span is None or span[0] > self.interval[1] or span[1] < self.interval[0]:
                return False
        return all(c.holds(value_of(record, c.name)) for c in self.conditions)


def value_of(record: Mapping[str, Any], name: str) -> Any:
    """Return what a search knows by a name: a property, or the record's id or collection."""
    return record.get(name) if name in ("id", "collection") else record["properties"].get(name)


def span_of(properties: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return first and last moment of an acquisition, microseconds since 1970; None if it has none.

    Example:
        >>> span_of({"datetime": "1970-01-01T00:00:01Z"})
        (1000000, 1000000)
    """
    times = times_of(properties)
    first, last = read_time(times.start or times.datetime), read_time(times.end or times.datetime)
    return None if first is None or last is None else (microseconds(first), microseconds(last))


def month_of(record: Mapping[str, Any]) -> str:
    """Return the month a record is filed under: of its start, in UTC.

    Raises:
        NormalisationError: the record cannot become an Item, for want of an id or a time.

    Example:
        >>> month_of({"id": "a", "properties": {"start_datetime": "2024-12-31T23:30:00-01:00"}})
        '2025-01'
    """
    check_record(record)
    times = times_of(record["properties"])
    moment = read_time(times.start or times.datetime)
    assert moment is not None, "check_record has read it before"
    return f"{moment:%Y-%m}"


def microseconds(moment: datetime) -> int:
    """Return a moment as whole microseconds since 1970."""
    return (moment - _ORIGIN) // timedelta(microseconds=1)


def conditions_of(query: Mapping[str, Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Read a checked ``query``: ``{property: {operator: operand}}``.

    Raises:
        InvalidInputError: a time cannot be read.

    Example:
        >>> conditions_of({"sat:orbit_state": {"eq": "ascending"}})[0].operator
        'eq'
    """
    return tuple(
        Condition(name, operator, _wanted(name, operand))
        for name, operators in query.items()
        for operator, operand in operators.items()
    )


def _wanted(name: str, operand: Any) -> Any:
    if name not in TIME_NAMES:
        return operand
    if isinstance(operand, list | tuple):
        return [_wanted(name, part) for part in operand]
    moment = read_time(operand)
    if moment is None:
        raise InvalidInputError(f"query[{name}]", f"{operand!r} is not a time", hint="Give RFC 3339.")
    return microseconds(moment)


def sort_values(record: Mapping[str, Any], question: Question) -> tuple[Any, ...]:
    """Return the values a record is ordered by, comparable within a column; None where there is none."""
    return tuple(sortable(name, value_of(record, name)) for name, _ in question.sort)


def sortable(name: str, value: Any) -> Any:
    """Return a value in the form in which it is compared in an order."""
    if name in TIME_NAMES:
        moment = read_time(value)
        return None if moment is None else microseconds(moment)
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else value


def ordered(rows: Sequence[tuple[tuple[Any, ...], str]], question: Question) -> list[int]:
    """Return the order of rows given as (sort values, id): missing last, ties by id.

    Example:
        >>> rows = [((None,), "a"), ((1,), "b"), ((2,), "c")]
        >>> ordered(rows, Question())
        [2, 1, 0]
    """
    order = sorted(range(len(rows)), key=lambda i: rows[i][1])
    for place, (_, descending) in reversed(list(enumerate(question.sort))):
        known = [i for i in order if rows[i][0][place] is not None]
        missing = [i for i in order if rows[i][0][place] is None]
        keys = {i: _key(rows[i][0][place]) for i in known}
        known.sort(key=keys.__getitem__, reverse=descending)
        order = known + missing
    return order


def _key(value: Any) -> tuple[int, Any]:
    """Keep numbers and texts apart, which cannot be compared."""
    return (1, value) if isinstance(value, str) else (0, value)
