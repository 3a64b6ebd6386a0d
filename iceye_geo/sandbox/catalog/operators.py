"""The operators of ``query``: type checks when a search is read, tests when it is applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from iceye_geo.sandbox.answers import bad_request
from iceye_geo.sandbox.catalog.values import KINDS, is_number, parse_time

Test = Callable[[Any], bool]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda value, bound: value > bound,
    "lt": lambda value, bound: value < bound,
    "gte": lambda value, bound: value >= bound,
    "lte": lambda value, bound: value <= bound,
}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": lambda value, part: part in value,
}
#: All operators, those that ICEYE's text shows and those that are inferred.
OPERATORS = ("eq", "neq", "in", *_ORDER, *_TEXT)


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one property. A property that is null or absent meets no condition."""

    name: str
    test: Test

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether a record's values meet it."""
        value = values.get(self.name)
        if value is None:
            return False
        return any(map(self.test, value)) if isinstance(value, list) else self.test(value)


def read_query(query: object, *, refuse_unknown: bool) -> list[Condition]:
    """Read the ``query`` of a search; refuse with 400 what has no meaning.

    Args:
        query: ``{property: {operator: operand}}``.
        refuse_unknown: whether an unknown property is an error; otherwise nothing meets it.
    """
    if not isinstance(query, dict):
        bad_request("query must be an object")
    conditions: list[Condition] = []
    for name, operators in query.items():
        if not isinstance(operators, dict):
            bad_request("query: each property takes an object of operators")
        if name not in KINDS and refuse_unknown:
            bad_request("query names a property that items do not have")
        conditions += [Condition(name, _test(name, op, operand)) for op, operand in operators.items()]
    return conditions


def _test(name: str, operator: str, operand: Any) -> Test:
    if operator in _ORDER:
        compare, bound = _ORDER[operator], _ordered(name, operator, operand)
        return lambda value: compare(value, bound)
    if operator in _TEXT:
        return _text_test(name, operator, operand)
    if operator == "in":
        if not isinstance(operand, list):
            bad_request(f"query: {operator} takes an array")
        options = [_operand(name, operator, entry) for entry in operand]
        return lambda value: value in options
    if operator not in ("eq", "neq"):
        bad_request(f"query: the operators are {', '.join(OPERATORS)}")
    wanted = _operand(name, operator, operand)
    return (lambda value: value == wanted) if operator == "eq" else (lambda value: value != wanted)


def _text_test(name: str, operator: str, operand: Any) -> Test:
    if KINDS.get(name, "text") not in ("text", "list") or not isinstance(operand, str):
        bad_request(f"query: {operator} takes text, on a text property")
    match = _TEXT[operator]
    return lambda value: match(value, operand)


def _ordered(name: str, operator: str, operand: Any) -> Any:
    if not (is_number(operand) or isinstance(operand, str)):
        bad_request(f"query: {operator} takes a number or text")
    return _operand(name, operator, operand)


def _operand(name: str, operator: str, operand: Any) -> Any:
    """Return an operand in the form in which the property's values are compared."""
    kind = KINDS.get(name)
    if kind == "time":
        return parse_time(operand, name=name)
    if kind == "number" and not is_number(operand):
        bad_request(f"query: {operator} on {name} takes a number")
    if kind in ("text", "list") and not isinstance(operand, str):
        bad_request(f"query: {operator} on {name} takes text")
    return operand
