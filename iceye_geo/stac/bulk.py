"""The rules of ``rules`` and ``assets`` over whole columns: same values as one by one, many times faster.

Each function takes the plain case in bulk and hands whatever is odd to the reader of the single value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from iceye_geo.stac.assets import normalise_asset
from iceye_geo.stac.rules import Rule
from iceye_geo.stac.signed import EXPIRED_MARK, scrub
from iceye_geo.stac.values import NumberBetween, copied, read_time

Times = npt.NDArray[np.datetime64]
Records = Sequence[Mapping[str, Any]]
Columns = Mapping[str, Sequence[Any]]

_MANY_TIMES = re.compile(r"(?:[12]\d{3}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z\n)*+")


def read_times(values: Sequence[Any]) -> tuple[Times, npt.NDArray[np.bool_]]:
    """Read timestamps as datetime64[us] in UTC.

    Returns:
        The times, NaT where there is none; and a mask of those that hold something unreadable.

    Example:
        >>> read_times(["2024-12-13T12:58:22Z", None, "soon"])[1].tolist()
        [False, False, True]
    """
    times = np.full(len(values), "NaT", dtype="datetime64[us]")
    present: Any = [i for i, value in enumerate(values) if value]
    given = [values[i] for i in present]
    if len(given) == len(values):
        present = slice(None)
    times[present] = _plain_times(given) if _all_plain_times(given) else [_one_time(v) for v in given]
    bad = np.zeros(len(values), dtype=bool)
    bad[present] = np.isnat(times[present])
    return times, bad


def _all_plain_times(given: Sequence[Any]) -> bool:
    if not set(map(type, given)) <= {str}:
        return False
    return _MANY_TIMES.fullmatch("\n".join([*given, ""])) is not None


def _plain_times(given: Sequence[str]) -> Any:
    try:
        return np.array([text[:-1] for text in given], dtype="datetime64[us]")
    except ValueError:
        return [_one_time(value) for value in given]


def _one_time(value: Any) -> np.datetime64:
    moment = read_time(value)
    return np.datetime64("NaT", "us") if moment is None else np.datetime64(moment.replace(tzinfo=None), "us")


def gather(records: Records) -> Columns:
    """Turn dicts into columns, one for every name that any of them has; None where a dict lacks it.

    Each dict is visited once. That matters more than it looks: many records do not fit the processor's cache,
    and one walk for every column would fetch all of them from memory again.

    Example:
        >>> dict(gather([{"a": 1}, {"b": 2}]))
        {'a': (1, None), 'b': (None, 2)}
    """
    columns = _Absent(len(records))
    layouts = list(dict.fromkeys(map(tuple, records)))
    if len(layouts) == 1:
        rows: Iterable[Iterable[Any]] = [tuple(record.values()) for record in records]
        names = layouts[0]
    else:
        names = tuple(dict.fromkeys(chain.from_iterable(layouts)))
        rows = [tuple(map(record.get, names)) for record in records]
    columns.update(zip(names, zip(*rows, strict=True), strict=False))
    return columns


class _Absent(dict[str, Sequence[Any]]):
    """Columns; a name that no record has is a column of None."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self._nothing = (None,) * length

    def __missing__(self, name: str) -> Sequence[Any]:
        return self._nothing


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
        >>> read_column(RULES["sat:orbit_state"], {"sat:orbit_state": ["ASCENDING", None]})
        (['ascending', None], {})
    """
    found: list[Any] = [None] * len(columns[rule.name])
    unreadable: dict[str, int] = {}
    missing: Sequence[int] = range(len(found))
    for name in rule.names:
        if others and name != rule.name:
            missing = [i for i in missing if i not in others]
        column = columns[name]
        everywhere = len(missing) == len(found)
        raw = column if everywhere else [column[i] for i in missing]
        if not any(value is not None for value in raw):
            continue
        values = _read_values(rule, name, raw)
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


def _says_something(raw: Any) -> bool:
    return raw is not None and raw not in ("", [])


def _read_values(rule: Rule, name: str, raw: Sequence[Any]) -> list[Any]:
    """Read one source of one rule: at once where all values are alike, else one by one."""
    types = set(map(type, raw)) - {type(None)}
    scaled = name != rule.name and rule.factor != 1.0
    if isinstance(rule.read, NumberBetween) and types <= {int, float} and not scaled:
        return _read_numbers(rule.read, raw)
    if len(types) == 1 and types <= {int, float, str}:
        read = {value: rule.value(name, value) for value in set(raw) if value is not None}
        return [read.get(value) for value in raw]
    return _read_each(rule, name, raw)


def _read_numbers(reader: NumberBetween, raw: Sequence[Any]) -> list[float | None]:
    try:
        numbers = np.array(raw, dtype=float)
    except OverflowError:
        return [reader(value) for value in raw]
    with np.errstate(invalid="ignore"):
        good = np.isfinite(numbers) & (numbers >= reader.low) & (numbers <= reader.high)
    listed: list[float | None] = numbers.tolist()
    for i in np.flatnonzero(~good):
        listed[i] = None
    return listed


def _read_each(rule: Rule, name: str, raw: Sequence[Any]) -> list[Any]:
    """Read each different value once; lists come back as lists of their own."""
    memo: dict[Any, Any] = {}
    values: list[Any] = []
    for value in raw:
        if value is None:
            values.append(None)
            continue
        key = (type(value), tuple(value) if type(value) is list else value)
        try:
            found = memo[key]
        except KeyError:
            found = memo[key] = rule.value(name, value)
        except TypeError:
            found = rule.value(name, value)
        values.append(list(found) if type(found) is list else found)
    return values


Described = dict[str, dict[str, Any]]
#: What an asset said beside href and corners, and its roles.
_Variants = list[tuple[dict[str, Any], list[str]]]
#: Asset key -> the different assets seen under it so far.
_Memo = dict[Any, _Variants]
# More kinds of asset under one key than this are not worth remembering.
_MAX_VARIANTS = 8
_NONE: _Variants = []


def describe_assets(many: Sequence[Any]) -> list[Described]:
    """Describe the assets of many records as ``normalise_assets`` does, without their hrefs.

    Example:
        >>> describe_assets([{"grd-cog": {"href": "https://host/a?Signature=x", "title": "GRD"}}])
        [{'grd-cog': {'title': 'GRD', 'roles': ['data']}}]
    """
    memo: _Memo = {}
    return [_describe(assets, memo) for assets in many]


def _describe(assets: Any, memo: _Memo) -> Described:
    """Describe the assets of one record. Most differ from an earlier one in href and corners only."""
    described: Described = {}
    if type(assets) is not dict and not isinstance(assets, Mapping):
        return described
    for key, asset in assets.items():
        try:
            rest = asset.copy()
            # Empty, or with a blank in front: that leads to the careful way.
            variants = _NONE if rest.pop("href") < "!" else memo[key]
        except (KeyError, TypeError, AttributeError):
            variants = _NONE
        corners = rest.pop("coordinates", None) if variants else None
        for given, roles in variants:
            if rest == given:
                rest["roles"] = roles.copy()
                if corners is not None:
                    rest["coordinates"] = _corners(corners)
                described[key] = rest
                break
        else:
            clean = _description(key, asset, memo)
            if clean is not None:
                described[str(key)] = clean
    return described


def _corners(corners: Any) -> Any:
    """Copy the corner coordinates of a picture."""
    try:
        if math.isfinite(sum(chain.from_iterable(corners.values()))):
            return {name: corner.copy() for name, corner in corners.items()}
    except (TypeError, AttributeError):
        pass
    return scrub(copied(corners))


def _description(key: Any, asset: Any, memo: _Memo) -> dict[str, Any] | None:
    """Describe one asset with care, and remember it for the next records."""
    clean = normalise_asset(str(key), asset)
    if clean is None:
        return None
    described = {name: scrub(value) for name, value in clean.items() if name not in ("href", EXPIRED_MARK)}
    roles = described.get("roles")
    variants = memo.setdefault(key, [])
    if type(key) is str and type(asset) is dict and roles and len(variants) < _MAX_VARIANTS:
        kept = {name: copied(value) for name, value in asset.items() if name not in ("href", "coordinates")}
        words = ((name, value) for name, value in kept.items() if name != "roles")
        if all(type(value) is str and described.get(name) == value for name, value in words):
            variants.append((kept, list(roles)))
    return described
