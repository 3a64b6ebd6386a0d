"""A checked search: what it asks for, whether a record meets it, and in which order records come."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

from shapely.geometry.base import BaseGeometry

from iceye_geo.sandbox.catalog.operators import Condition
from iceye_geo.sandbox.world.shelf import Record


@dataclass(frozen=True, slots=True)
class SortKey:
    """One property to sort by."""

    name: str
    descending: bool = False


#: Order of a search that asks for none: newest first. ICEYE does not say.
DEFAULT_SORT = (SortKey("start_datetime", descending=True),)


@dataclass(frozen=True, slots=True)
class Search:
    """One search, checked.

    Attributes:
        collections: names of the collections to look in.
        contract_id: whose private items; None for none.
        area: footprints must meet it.
        interval: acquisition must overlap it, (first, last) microseconds.
        ids: item ids.
        conditions: of ``query``, all of which must hold.
        sort: properties to sort by, most important first.
    """

    collections: tuple[str, ...] = ("public",)
    contract_id: str | None = None
    area: BaseGeometry | None = None
    interval: tuple[int, int] | None = None
    ids: frozenset[str] | None = None
    conditions: tuple[Condition, ...] = ()
    sort: tuple[SortKey, ...] = DEFAULT_SORT

    def accepts(self, record: Record) -> bool:
        """Whether a record, whose place fits already, meets the rest of the search."""
        if self.ids is not None and record.id not in self.ids:
            return False
        if self.interval is not None:
            first, last = self.interval
            if record.values["start_datetime"] > last or record.values["end_datetime"] < first:
                return False
        return all(condition.holds(record.values) for condition in self.conditions)

    def sorted(self, records: Iterable[Record]) -> list[Record]:
        """Return records in the search's order; missing values come last, and the id decides ties."""
        return sorted(records, key=lambda record: self._comparable(self.position(record)))

    def position(self, record: Record) -> list[Any]:
        """Return where a record stands in the order: the values it is sorted by, and its id."""
        return [*(_sortable(record.values.get(key.name)) for key in self.sort), record.id]

    def after(self, records: Sequence[Record], position: Sequence[Any]) -> int:
        """Return the index of the first of some sorted records that stands behind a position."""
        return bisect_right(
            records,
            self._comparable(position),
            key=lambda record: self._comparable(self.position(record)),
        )

    def _comparable(self, position: Sequence[Any]) -> Any:
        return cmp_to_key(self._compare)(position)

    def _compare(self, one: Sequence[Any], other: Sequence[Any]) -> int:
        for key, a, b in zip((*self.sort, SortKey("id")), one, other, strict=True):
            if a == b:
                continue
            if a is None or b is None:
                return 1 if a is None else -1
            return (1 if a > b else -1) * (-1 if key.descending else 1)
        return 0


def _sortable(value: Any) -> Any:
    return ",".join(value) if isinstance(value, list) else value
