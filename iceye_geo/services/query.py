"""What a search asks of properties and in which order: ``query`` and ``sortby``, checked before they are sent.

Names that ICEYE has published are checked by kind. Other names pass, since the API may know more of them than
its documents do; but a v1 name is refused, and so is one that only lacks its prefix.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any, Literal

from iceye_geo.errors import InvalidInputError, RuleWarning
from iceye_geo.services.datetimes import format_datetime
from iceye_geo.stac.names import OPERATORS, QUERYABLES, V1_NAMES

QueryLike = Mapping[str, Any]
SortbyLike = str | Sequence[str | Mapping[str, str]]

_GUIDE = "ICEYE's v1 to v2 reference guide"
_NUMBERS = ("iceye:incidence_center", "iceye:satellite_look_angle")
_TIMES = ("start_datetime", "end_datetime")
_TEXT_OPERATORS = ("startsWith", "endsWith", "contains")
_ORDER_OPERATORS = ("gt", "gte", "lt", "lte")


def format_query(query: QueryLike) -> dict[str, dict[str, Any]]:
    """Check filters on properties: ``{name: {operator: value}}``.

    A plain value instead of an operator means "eq", a list means "in". Several operators on one name must
    all hold.

    Args:
        query: the filters. Operators: eq, neq, gt, gte, lt, lte, in, startsWith, endsWith, contains.

    Raises:
        InvalidInputError: a v1 name, an unknown operator, or a value that does not fit.

    Example:
        >>> format_query({"sar:product_type": ["GRD", "GRD-COG"], "iceye:incidence_center": {"lt": 35}})
        {'sar:product_type': {'in': ['GRD', 'GRD-COG']}, 'iceye:incidence_center': {'lt': 35}}
        >>> format_query({"orbit_state": {"eq": "ascending"}})  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
        iceye_geo.errors.InvalidInputError: query.orbit_state: is a v1 name. In v2 it is sat:orbit_state
    """
    if not isinstance(query, Mapping):
        hint = 'Write {"sar:product_type": {"eq": "GRD"}}.'
        rule = f"must be a dict of filters, this is a {type(query).__name__}"
        raise InvalidInputError("query", rule, hint=hint)
    checked: dict[str, dict[str, Any]] = {}
    for given, condition in query.items():
        name = check_name(given, field="query")
        if name in checked:
            raise InvalidInputError(f"query.{name}", "stands there twice", hint="Put its operators together.")
        checked[name] = _condition(name, condition)
    return checked


def format_sortby(sortby: SortbyLike) -> list[dict[str, str]]:
    """Check an order: most important first, ``-`` for falling.

    Args:
        sortby: "-start_datetime,+id", a list of such names, or a list of
            ``{"field": name, "direction": "asc" or "desc"}``.

    Raises:
        InvalidInputError: a v1 name, an unknown direction, or a name that comes twice.

    Example:
        >>> format_sortby("-start_datetime,+id")
        [{'field': 'start_datetime', 'direction': 'desc'}, {'field': 'id', 'direction': 'asc'}]
    """
    entries: Iterable[Any] = sortby.split(",") if isinstance(sortby, str) else sortby
    if not isinstance(sortby, str | Sequence):
        raise InvalidInputError("sortby", f"cannot be read from a {type(sortby).__name__}", hint=_SORT_FORMS)
    checked = [_sort_entry(entry) for entry in entries]
    names = [entry["field"] for entry in checked]
    if not names:
        raise InvalidInputError("sortby", "is empty", hint="Leave it out for the server's own order.")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInputError("sortby", f"{twice} stands there twice")
    return checked


_SORT_FORMS = 'Write "-start_datetime" for newest first.'


def check_name(name: Any, *, field: Literal["query", "sortby"]) -> str:
    """Return a property name as the API takes it.

    Raises:
        InvalidInputError: it is no name, a v1 name, or lacks its prefix; the message holds the right one.

    Warns:
        RuleWarning: it is nearly a published name.

    Example:
        >>> check_name("properties.sar:product_type", field="sortby")
        'sar:product_type'
    """
    if not isinstance(name, str) or not name.strip():
        raise InvalidInputError(field, f"a property name must be text, this is {name!r}")
    plain = name.strip().removeprefix("properties.")
    if plain in V1_NAMES:
        gone = "was removed in v2" if plain == "image_mode" else "is a v1 name"
        hint = f"In v2 it is {V1_NAMES[plain]}" if plain != "image_mode" else f"Use {V1_NAMES[plain]}"
        raise InvalidInputError(f"{field}.{plain}", gone, hint=f"{hint}.", source=_GUIDE)
    meant = _BY_BARE_NAME.get(_bare(plain))
    if meant is not None and meant != plain:
        raise InvalidInputError(
            f"{field}.{plain}", "is not how v2 writes it", hint=f"Use {meant}.", source=_GUIDE
        )
    _warn_of_misspelling(plain, field)
    return plain


def _warn_of_misspelling(name: str, field: str) -> None:
    """Warn of a name that is nearly a published one: a filter on it finds nothing, without any error."""
    nearest = [] if name in QUERYABLES else get_close_matches(name, QUERYABLES, n=1, cutoff=0.9)
    if nearest:
        rule = f"is no published name, and nearly {nearest[0]}; it is sent as it is"
        warnings.warn(f"{field}.{name}: {rule} (source: {_GUIDE})", RuleWarning, stacklevel=5)


def _bare(name: str) -> str:
    return name.lower().rpartition(":")[2].replace("_", "").replace("-", "")


_BY_BARE_NAME = {_bare(name): name for name in QUERYABLES}


def _condition(name: str, condition: Any) -> dict[str, Any]:
    if not isinstance(condition, Mapping):
        several = isinstance(condition, list | tuple | set | frozenset)
        condition = {"in" if several else "eq": condition}
    if not condition:
        raise InvalidInputError(
            f"query.{name}", "has no operator", hint=f"Operators: {', '.join(OPERATORS)}."
        )
    return {
        _operator(name, op): _operand(name, _operator(name, op), value) for op, value in condition.items()
    }


_SPELLINGS = {op.lower(): op for op in OPERATORS} | {
    "=": "eq", "==": "eq", "!=": "neq", "<>": "neq", "ne": "neq", ">": "gt", ">=": "gte", "ge": "gte",
    "<": "lt", "<=": "lte", "le": "lte", "starts_with": "startsWith", "ends_with": "endsWith",
}  # fmt: skip


def _operator(name: str, operator: Any) -> str:
    if operator in OPERATORS:
        return str(operator)
    meant = _SPELLINGS.get(str(operator).lower())
    hint = f"Did you mean {meant!r}?" if meant else f"Operators: {', '.join(OPERATORS)}."
    raise InvalidInputError(f"query.{name}", f"{operator!r} is no operator", hint=hint)


def _operand(name: str, operator: str, value: Any) -> Any:
    field = f"query.{name}.{operator}"
    if operator == "in":
        if not isinstance(value, list | tuple | set | frozenset) or not value:
            raise InvalidInputError(field, "takes a list of at least one value")
        return [_scalar(name, field, part) for part in (sorted(value) if isinstance(value, set) else value)]
    if operator in _TEXT_OPERATORS:
        if not isinstance(value, str) or not value:
            raise InvalidInputError(field, "takes text")
        if name in _NUMBERS or name in _TIMES:
            raise InvalidInputError(
                field, "does not fit: the property is no text", hint="Use gt, gte, lt, lte."
            )
        return value
    if operator in _ORDER_OPERATORS and (
        isinstance(value, bool) or not isinstance(value, int | float | str | date)
    ):
        raise InvalidInputError(field, "takes a number or a time")
    return _scalar(name, field, value)


def _scalar(name: str, field: str, value: Any) -> Any:
    """Check one value against the kind of a published name; other names take any scalar."""
    if name in _TIMES:
        return _time(field, value)
    if isinstance(value, date):
        return _time(field, value)
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInputError(field, "must be a finite number")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in _NUMBERS and not number:
        raise InvalidInputError(field, f"takes a number of degrees, this is {value!r}")
    if name in QUERYABLES and name not in _NUMBERS and not isinstance(value, str):
        raise InvalidInputError(field, f"takes text, this is {value!r}")
    if not isinstance(value, str | int | float):
        raise InvalidInputError(field, f"takes text or a number, this is a {type(value).__name__}")
    return value


def _time(field: str, value: Any) -> str:
    try:
        text = format_datetime(value)
    except InvalidInputError as error:
        raise InvalidInputError(field, error.rule, hint="Write it like 2025-01-31T06:00:00Z.") from None
    # A bare day or month stands for a span: "until" and "after" it mean its end, all else its beginning.
    first, _, last = text.partition("/")
    return last if last and field.endswith((".lte", ".gt")) else first


def _sort_entry(entry: Any) -> dict[str, str]:
    if isinstance(entry, Mapping):
        direction = str(entry.get("direction", "asc")).lower()
        if direction not in ("asc", "desc") or set(entry) - {"field", "direction"}:
            raise InvalidInputError(
                "sortby", f"{dict(entry)} is no order", hint='{"field": ..., "direction": "desc"}'
            )
        return {"field": check_name(entry.get("field"), field="sortby"), "direction": direction}
    if not isinstance(entry, str):
        raise InvalidInputError("sortby", f"cannot be read from a {type(entry).__name__}", hint=_SORT_FORMS)
    text = entry.strip()
    name = check_name(text[1:] if text[:1] in ("+", "-") else text, field="sortby")
    return {"field": name, "direction": "desc" if text.startswith("-") else "asc"}
