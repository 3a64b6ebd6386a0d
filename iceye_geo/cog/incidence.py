"""The incidence angle across a frame, from ICEYE's polynomial or from its two ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# The polynomial of a real frame meets its stated ends to 3e-5 degrees; a wrong unit misses them by degrees.
_TOLERANCE_DEG = 0.05
_SPACING_KEYS = ("sar:pixel_spacing_range", "iceye:range_spacing", "iceye:ground_range_spacing")


@dataclass(frozen=True, slots=True)
class Incidence:
    """Incidence angle by row: rows run in range, near at the top.

    Attributes:
        near_deg: at the first row, degrees.
        far_deg: after the last row, degrees.
        rows: rows of the frame.
        coefficients: polynomial, constant first; empty for a straight line between the ends.
        step: what one row adds to the polynomial's variable: 1 (range sample index) or metres of ground.
    """

    near_deg: float
    far_deg: float
    rows: int
    coefficients: tuple[float, ...] = ()
    step: float = 1.0

    def at(self, row: ArrayLike) -> NDArray[np.float64]:
        """Return the angle at rows (0 is the upper edge), degrees.

        Example:
            >>> float(Incidence(20.0, 30.0, 100).at(50))
            25.0
        """
        rows = np.asarray(row, dtype=np.float64)
        if not self.coefficients:
            return np.asarray(
                self.near_deg + (self.far_deg - self.near_deg) * rows / self.rows, dtype=np.float64
            )
        # By hand: numpy's own polynomials take 5 ms to import, just when a point waits for its place.
        value = np.zeros_like(rows)
        for coefficient in reversed(self.coefficients):
            value = value * (rows * self.step) + coefficient
        return np.asarray(value, dtype=np.float64)


def incidence_model(properties: Mapping[str, Any], *, rows: int) -> Incidence | None:
    """Build the model from a frame's properties; None when they say too little.

    ICEYE's guide gives the polynomial in metres of ground range, a real frame had it in range sample index:
    the variable is chosen by which of the two meets both stated ends.

    Args:
        properties: ICEYE_PROPERTIES or the item's properties.
        rows: rows of the frame.
    """
    near = first_number(properties, "iceye:incidence_angle_near", "iceye:incidence_near")
    far = first_number(properties, "iceye:incidence_angle_far", "iceye:incidence_far")
    coefficients = _coefficients(properties.get("iceye:incidence_angle_coeffs"))
    if near is None or far is None:
        return None
    spacing = first_number(properties, *_SPACING_KEYS)
    for step in (1.0, spacing):
        if coefficients and step:
            model = Incidence(near, far, rows, coefficients, step)
            if (
                abs(float(model.at(0)) - near) < _TOLERANCE_DEG
                and abs(float(model.at(rows)) - far) < _TOLERANCE_DEG
            ):
                return model
    return Incidence(near, far, rows)


def first_number(properties: Mapping[str, Any], *names: str) -> float | None:
    """Return the first of several properties that is a finite number."""
    for name in names:
        value = properties.get(name)
        try:
            number = float(value) if value is not None and not isinstance(value, bool) else float("nan")
        except (TypeError, ValueError):
            continue
        if np.isfinite(number):
            return number
    return None


def _coefficients(value: Any) -> tuple[float, ...]:
    try:
        numbers = tuple(float(v) for v in value)
    except (TypeError, ValueError):
        return ()
    return numbers if all(np.isfinite(numbers)) else ()
