"""An area from text that a person typed or pasted: GeoJSON, WKT, numbers. No widgets."""

from __future__ import annotations

import json
import re
from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.area import FORMS, Area, from_geojson, from_numbers, normalise

_RING = re.compile(r"\(([^()]+)\)")
_SEPARATORS = re.compile(r"[\s,;]+")


def from_text(text: str) -> Area:
    """Read GeoJSON, WKT, four numbers (west south east north) or two (lon lat).

    Raises:
        InvalidInputError: it is none of these, or breaks a rule of `normalise`.

    Example:
        >>> from_text("24, 59, 26, 61").bounds
        (24.0, 59.0, 26.0, 61.0)
        >>> from_text("POINT (24.9 60.2)").center
        (24.9, 60.2)
    """
    plain = text.strip()
    if not plain:
        raise InvalidInputError("area", "nothing was pasted", hint=FORMS)
    if plain[0] in "{[":
        return from_geojson(_json(plain))
    numbers = [part for part in _SEPARATORS.split(plain) if part]
    if all(_is_number(part) for part in numbers):
        if len(numbers) == 4:
            return from_numbers(*numbers)
        if len(numbers) == 2:
            return from_numbers(*numbers, *numbers)
        raise InvalidInputError("area", f"{len(numbers)} numbers say no area", hint=FORMS)
    return normalise(_wkt(plain))


def _json(text: str) -> Any:
    try:
        parsed = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise InvalidInputError(
            "area", "looks like GeoJSON but is no JSON", hint="Check for a missing bracket."
        ) from None
    if isinstance(parsed, list) and len(parsed) == 4 and all(isinstance(n, int | float) for n in parsed):
        return mapping(from_numbers(*parsed).geometry)
    return parsed


def _wkt(text: str) -> BaseGeometry:
    closed = _RING.sub(_close, text.partition(";")[2] if text[:5].upper() == "SRID=" else text)
    try:
        return shapely.from_wkt(closed)
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        raise InvalidInputError("area", "is neither GeoJSON nor WKT nor numbers", hint=FORMS) from None


def _close(found: re.Match[str]) -> str:
    """Close a ring that ends where it did not begin; lines and points have fewer than three places or one."""
    corners = [corner.strip() for corner in found.group(1).split(",")]
    is_ring = found.string[: found.start()].rstrip().endswith(("(", ","))
    if is_ring and len(corners) >= 3 and corners[0].split() != corners[-1].split():
        corners.append(corners[0])
    return f"({', '.join(corners)})"


def _is_number(text: str) -> bool:
    try:
        float(text.rstrip("°"))
    except ValueError:
        return False
    return True
