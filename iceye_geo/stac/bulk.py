"""The rules of ``rules`` over whole columns: same values as one by one, many times faster.

Each function takes the plain case in bulk and hands whatever is odd to the reader of the single value.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from iceye_geo.stac.fixed import FixedList
from iceye_geo.stac.gathered import Columns, Types
from iceye_geo.stac.rules import Rule
from iceye_geo.stac.values import NumberBetween

Numbers = npt.NDArray[np.float64]


def read_column(
    rule: Rule, columns: Columns, *, others: Collection[int] = frozenset()
) -> tuple[list[Any], dict[str, int]]:
    """Apply one rule to the columns it reads.

    Args:
        rule: of one property.
        columns: by name.
        others: rows of other constellations, for which only the property itself is read.

    Returns:
        The values, None where there is none; and for each source with something unreadable, the first row
        that has it.

    Example:
        >>> from iceye_geo.stac.rules import RULES
        >>> read_column(RULES["sat:orbit_state"], Columns({"sat:orbit_state": ["ASCENDING", None]}, rows=2))
        (['ascending', None], {})
    """
    found: list[Any] = [None] * columns.rows
    unreadable: dict[str, int] = {}
    missing: Sequence[int] = range(columns.rows)
    for name in rule.names:
        if others and name != rule.name:
            missing = [i for i in missing if i not in others]
        types = columns.types(name) - {type(None)}
        if not types:
            continue
        everywhere = len(missing) == columns.rows
        column = columns[name]
        raw = column if everywhere else [column[i] for i in missing]
        values = _read_values(rule, name, raw, types)
        if everywhere:
            found = values
        else:
            for i, value in zip(missing, values, strict=True):
                found[i] = value
        if None not in values:
            return found, unreadable
        gaps = [j for j, value in enumerate(values) if value is None]
        bad = next((j for j in gaps if _says_something(raw[j])), None)
        if bad is not None:
            unreadable[name] = missing[bad]
        missing = [missing[j] for j in gaps]
    if rule.default is not None:
        for i in missing:
            if i not in others:
                found[i] = rule.default
    return found, unreadable


def read_numbers(rule: Rule, columns: Columns) -> Numbers | None:
    """Read a column of numbers as they stand, all of them within the bounds of the rule; None if it is not one.

    Example:
        >>> from iceye_geo.stac.rules import RULES
        >>> read_numbers(RULES["view:off_nadir"], Columns({"iceye:satellite_look_angle": [30, 20.5]}, rows=2))
        array([30. , 20.5])
    """
    name = next((name for name in rule.names if columns.types(name) - {type(None)}), None)
    if name is None or (name != rule.name and rule.factor != 1.0) or not isinstance(rule.read, NumberBetween):
        return None
    if not columns.types(name) <= {int, float}:
        return None
    numbers = plain_numbers(columns[name])
    low, high = rule.read.low, rule.read.high
    sound = numbers is not None and bool(((numbers >= low) & (numbers <= high) & np.isfinite(numbers)).all())
    return numbers if sound else None


def plain_numbers(values: Sequence[Any]) -> Numbers | None:
    """Put ints and floats into an array; None where an int is too large for that.

    Example:
        >>> plain_numbers([1, 2.5])
        array([1. , 2.5])
    """
    try:
        return np.fromiter(values, float, len(values))
    except OverflowError:
        return None


def _says_something(raw: Any) -> bool:
    return raw is not None and raw not in ("", [])


class _Readings(dict[Any, Any]):
    """What a rule makes of a value, read once: lists, looked up as tuples, are made such that rows may share them."""

    def __init__(self, rule: Rule, name: str) -> None:
        super().__init__({None: None})
        self._rule, self._name = rule, name

    def __missing__(self, raw: Any) -> Any:
        found = self._rule.value(self._name, list(raw) if type(raw) is tuple else raw)
        self[raw] = FixedList(found) if type(found) is list else found
        return self[raw]


def _read_values(rule: Rule, name: str, raw: Sequence[Any], types: Types) -> list[Any]:
    """Read one source of one rule: each different value once if all are alike, else one by one."""
    readings = _Readings(rule, name)
    # 1, 1.0 and True are one key: values of several types are not looked up together.
    if types <= {int} or types <= {float} or types <= {str}:
        return list(map(readings.__getitem__, raw))
    if types <= {list} and set(map(type, chain.from_iterable(filter(None, raw)))) <= {str}:
        return [None if value is None else readings[tuple(value)] for value in raw]
    return [None if value is None else rule.value(name, value) for value in raw]
