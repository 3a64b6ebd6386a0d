"""Whether a raw record meets a search: the local check of pages whose filters the server may have forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iceye_geo.stac.values import read_time

# Footprints are rounded to six decimals; a record that touches the area must not fail for that.
_TOLERANCE_DEG = 1e-5

_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: bool(value == wanted),
    "neq": lambda value, wanted: bool(value != wanted),
    "gt": lambda value, bound: bool(value > bound),
    "gte": lambda value, bound: bool(value >= bound),
    "lt": lambda value, bound: bool(value < bound),
    "lte": lambda value, bound: bool(value <= bound),
    "in": lambda value, options: value in options,
    "startsWith": lambda value, part: str(value).startswith(part),
    "endsWith": lambda value, part: str(value).endswith(part),
    "contains": lambda value, part: part in str(value),
}


def meets(record: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Say whether a record can belong to the answer of a search, by its ``query`` and ``intersects``.

    What the record does not tell is taken to fit, since only the server knows it.

    Args:
        record: a raw record.
        body: the body of a search.

    Example:
        >>> record = {"properties": {"sat:orbit_state": "ascending"}}
        >>> meets(record, {"query": {"sat:orbit_state": {"eq": "descending"}}})
        False
    """
    properties = record.get("properties") or {}
    for name, condition in body.get("query", {}).items():
        value = properties.get(name)
        if value is not None and not all(_holds(value, op, operand) for op, operand in condition.items()):
            return False
    area = body.get("intersects")
    return area is None or _touches(record.get("geometry"), area)


def _holds(value: Any, operator: str, operand: Any) -> bool:
    if isinstance(value, list):
        return any(_holds(part, operator, operand) for part in value)
    moment = read_time(value)
    if moment is not None and isinstance(operand, str) and read_time(operand) is not None:
        value, operand = moment, read_time(operand)
    try:
        return _TESTS[operator](value, operand)
    except TypeError:
        return False


def _touches(geometry: Any, area: Mapping[str, Any]) -> bool:
    from shapely.geometry import shape

    from iceye_geo.stac.geometry import fix_geometry

    fixed = fix_geometry(geometry)
    if fixed is None:
        return True
    return bool(shape(fixed).distance(shape(dict(area))) <= _TOLERANCE_DEG)
