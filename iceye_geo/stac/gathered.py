"""Many dicts turned into columns, in one walk over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

Records = Sequence[Mapping[str, Any]]
Types = frozenset[type]

#: Dicts read together. All columns are taken from a few of them before the next are looked at: many records do not fit
#: the processor's cache, and one walk for every column would fetch all of them from memory again.
_AT_ONCE = 64
_NOTHING: Types = frozenset({type(None)})


class Columns(dict[str, list[Any]]):
    """Columns by name, all of one length; a name that no dict has is a column of None.

    Example:
        >>> Columns({"a": [1, None]}, rows=2).types("a") == {int, type(None)}
        True
    """

    def __init__(self, columns: Mapping[str, list[Any]] | None = None, *, rows: int) -> None:
        super().__init__(columns or {})
        self.rows = rows
        self._types: dict[str, Types] = {}

    def __missing__(self, name: str) -> list[Any]:
        return [None] * self.rows

    def types(self, name: str) -> Types:
        """Return the types of the values in a column."""
        if name not in self:
            return _NOTHING
        if name not in self._types:
            self._types[name] = frozenset(map(type, self[name]))
        return self._types[name]

    def take_types(self, types: Mapping[str, set[type]]) -> None:
        """Remember types that are known already."""
        self._types.update((name, frozenset(found)) for name, found in types.items())


def gather(records: Records) -> Columns:
    """Turn dicts into columns, one for every name that any of them has; None where a dict lacks it.

    Example:
        >>> dict(gather([{"a": 1}, {"b": 2}]))
        {'a': [1, None], 'b': [None, 2]}
    """
    columns: dict[str, list[Any]] = {}
    types: dict[str, set[type]] = {}
    for start in range(0, len(records), _AT_ONCE):
        block = records[start : start + _AT_ONCE]
        for name, values in _read(block, list(columns)).items():
            if name not in columns:
                columns[name], types[name] = [None] * start, {type(None)} if start else set()
            columns[name] += values
            types[name].update(map(type, values))
    gathered = Columns(columns, rows=len(records))
    gathered.take_types(types)
    return gathered


def _read(block: Records, known: list[str]) -> dict[str, Sequence[Any]]:
    """Read the columns of a few dicts: those known so far, and whatever is new."""
    if known and set(map(type, block)) == {dict} and set(map(len, block)) == {len(known)}:
        try:
            rows = map(itemgetter(*known, known[0]), block)
            return dict(zip(known, zip(*rows, strict=True), strict=False))
        except KeyError:
            pass
    names = dict.fromkeys(chain(known, chain.from_iterable(block)))
    return {name: [record.get(name) for record in block] for name in names}
