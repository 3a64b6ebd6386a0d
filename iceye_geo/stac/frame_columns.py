"""The columns of the GeoDataFrame that come from rules and properties, made a whole column at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from iceye_geo.stac.bulk import plain_numbers, read_column, read_numbers
from iceye_geo.stac.columns import COLUMNS, DTYPES, LEFT_OUT, Kind
from iceye_geo.stac.gathered import Columns
from iceye_geo.stac.names import EXTENSIONS
from iceye_geo.stac.rules import ALL_RULES, CONSTELLATION, CORE, KNOWN, RULES, Rule, is_iceye
from iceye_geo.stac.signed import scrub
from iceye_geo.stac.values import copied, read_name, read_number, read_word

_COLLECTION = Rule("iceye:collection", read_word, ("collection",))
_FRAME = Rule("iceye:frame_id", read_name, ("frame_id",))
_ICEYE_NAMES = tuple(
    n for n in COLUMNS if n.startswith("iceye:") and n not in (_COLLECTION.name, _FRAME.name)
)
_PREFIXES = tuple(f"{prefix}:" for prefix in EXTENSIONS)
_NO_TYPE = type(None)
# A word that comes fewer times than this in a column is not worth a code.
_REPEATS = 4

#: Says that a source of a column holds something unreadable: its name and the first row.
Warn = Callable[[str, int], None]


def typed(values: Sequence[Any], kind: Kind) -> Any:
    """Build a pandas array of the column kind ``kind``.

    Example:
        >>> typed([1, None], "count").dtype
        Int64Dtype()
    """
    if kind in ("list", "dict"):
        return objects(values)
    if kind == "float":
        return np.array(values, dtype=float)
    return _words(values) if kind == "text" else pd.array(values, dtype=DTYPES[kind])  # type: ignore[call-overload]


def objects(values: Sequence[Any]) -> Any:
    """Make an object array of lists or dicts; numpy alone would try to look into them.

    Example:
        >>> objects([[1], [2]]).shape
        (2,)
    """
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _words(values: Sequence[Any]) -> Any:
    """Build a text column; where few words come again and again, each is converted once."""
    words = list(dict.fromkeys(values))
    if not words or len(words) * _REPEATS > len(values):
        return pd.array(values, dtype="string")
    codes = {word: code for code, word in enumerate(words)}
    return pd.array(words, dtype="string").take(list(map(codes.__getitem__, values)))


def others_than_iceye(given: Columns) -> frozenset[int]:
    """Return the rows of other constellations than ICEYE's.

    Example:
        >>> others_than_iceye(Columns({"constellation": ["iceye", None, "pixxel"]}, rows=3))
        frozenset({2})
    """
    if given.types("constellation") == {_NO_TYPE}:
        return frozenset()
    return frozenset(i for i, name in enumerate(given["constellation"]) if not is_iceye(name))


def constellation_column(given: Columns) -> Any:
    """Name the constellation of each row, for tables that hold more than ICEYE's."""
    return typed([name or CONSTELLATION for name in read_column(CORE["constellation"], given)[0]], "text")


def identity_columns(top: Columns, given: Columns, others: frozenset[int]) -> dict[str, Any]:
    """Read ids, frame ids and collections.

    Args:
        top: the records' own fields.
        given: their properties.
        others: rows of other constellations.
    """
    own = {_COLLECTION.name: given[_COLLECTION.name], "collection": top["collection"]}
    collections, _ = read_column(_COLLECTION, Columns(own, rows=top.rows), others=others)
    return {
        "id": _names(top, "id"),
        "iceye:frame_id": _frame_ids(given),
        "iceye:collection": typed(collections, "text"),
    }


def _frame_ids(given: Columns) -> Any:
    if given.types(_FRAME.name) == {_NO_TYPE}:
        return _names(given, "frame_id")
    return pd.array(read_column(_FRAME, given)[0], dtype="string")


def _names(columns: Columns, name: str) -> Any:
    """Read identifiers; plain texts stay as they are, which all of them are nearly always."""
    values: Sequence[Any] = columns[name]
    if columns.types(name) != {str} or not all(map(str.strip, values)):
        values = [read_name(value) for value in values]
    return pd.array(values, dtype="string")


def rule_columns(given: Columns, others: frozenset[int], warn: Warn) -> dict[str, Any]:
    """Apply the rules of ``RULES``; returns the columns they fill."""
    columns: dict[str, Any] = {}
    for name, rule in RULES.items():
        numbers = None if others else read_numbers(rule, given)
        if numbers is not None:
            columns[name] = numbers
            continue
        values, unreadable = read_column(rule, given, others=others)
        for source, row in unreadable.items():
            warn(source, row)
        columns[name] = typed(values, COLUMNS[name])
        if name == "sar:polarizations":
            columns["polarization"] = typed([v and "+".join(v) for v in values], "text")
    return columns


def iceye_columns(given: Columns) -> dict[str, Any]:
    """Read the documented ``iceye:*`` properties as they came: words as text, numbers as float64."""
    return {
        name: _numbers(given, name) if COLUMNS[name] == "float" else _texts(given, name)
        for name in _ICEYE_NAMES
    }


def _texts(given: Columns, name: str) -> Any:
    values: Sequence[Any] = given[name]
    if not given.types(name) <= {str, _NO_TYPE}:
        values = [read_word(value) for value in values]
    # No look-up of words here: as they came they are strings of their own, and each is touched once this way.
    return pd.array(values, dtype="string")


def _numbers(given: Columns, name: str) -> Any:
    """Build a float64 array in which what is no finite number is NaN, as an Item leaves it out."""
    values, types = given[name], given.types(name)
    column = plain_numbers(values) if types <= {int, float} else None
    if column is None:
        column = np.array([read_number(value) for value in values], dtype=float)
    column[~np.isfinite(column)] = np.nan
    return column


def extra_columns(given: Columns) -> dict[str, Any]:
    """Read the properties that the table does not know, sorted by name."""
    names = sorted(name for name in set(given) - set(COLUMNS) - LEFT_OUT if _may_stand(name))
    columns = {name: _extra(name, given) for name in names}
    return {name: typed(*column) for name, column in columns.items() if column is not None}


def _may_stand(name: Any) -> bool:
    """Say whether a property is no unknown field of a declared extension; Items put those aside too."""
    return isinstance(name, str) and (name in KNOWN or not name.startswith(_PREFIXES))


def _extra(name: str, given: Columns) -> tuple[Sequence[Any], Kind] | None:
    if name in ALL_RULES:
        values, _ = read_column(ALL_RULES[name], given)
    else:
        values = [scrub(copied(value)) for value in given[name]]
    kinds = set(map(type, values)) - {_NO_TYPE}
    if not kinds:
        return None
    if kinds <= {int, float}:
        return values, "float"
    return values, "text" if kinds <= {str} else "dict"
