"""Affine transforms by their six numbers, so that no operator of a library version is leaned on."""

from __future__ import annotations

from typing import Any


def apply(transform: Any, col: Any, row: Any) -> tuple[Any, Any]:
    """Return map coordinates (x, y) of pixel positions; arrays welcome.

    Example:
        >>> from affine import Affine
        >>> apply(Affine(2, 0, 100, 0, -2, 50), 10, 5)
        (120.0, 40.0)
    """
    t = transform
    return t.a * col + t.b * row + t.c, t.d * col + t.e * row + t.f


def part(transform: Any, *, col: float, row: float, across: float, down: float) -> Any:
    """Return the transform of a window that starts at (row, col), with pixels ``across`` x ``down`` as large."""
    from affine import Affine

    x, y = apply(transform, col, row)
    t = transform
    return Affine(t.a * across, t.b * down, x, t.d * across, t.e * down, y)
