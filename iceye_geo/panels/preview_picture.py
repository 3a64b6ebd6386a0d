"""A picture of a preview: what is shown, from one date or two. Arrays in, pixels out; reads nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from iceye_geo.panels.preview_display import Display, MaskedArray, colored
from iceye_geo.panels.preview_layers import Shot
from iceye_geo.panels.preview_plane import View

#: "top" shows one date, "swipe" two side by side along a line, "colors" two in red and cyan.
Compare = Literal["top", "swipe", "colors"]
Stage = Literal["thumbnail", "look", "detail"]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A view, ready for the eye.

    Attributes:
        image: the picture's file, a WebP or the PNG of a thumbnail; transparent where there is no data.
        view: what it covers, on the plane.
        stage: "thumbnail", "look" or "detail".
        level: overview it was read from, 0 for full resolution; None for a thumbnail.
        shape: rows and columns.
        limits: darkest and brightest value.
        unit: what the values are, in words.
        shots: the pixels behind it, by layer.
        attribution: who must be named with it, or "".
    """

    image: bytes
    view: View
    stage: Stage
    level: int | None
    shape: tuple[int, int]
    limits: tuple[float, float]
    unit: str
    shots: tuple[Shot | None, ...] = ()
    attribution: str = ""


def pair(top: int) -> list[int]:
    """Return the layer on top and the one it is compared with: the one before it, or the next for the first."""
    return [top - 1, top] if top else [0, 1]


def compose(
    arrays: list[MaskedArray | None], display: Display, limits: tuple[float, float], *, compare: Compare, swipe: float
) -> Any:  # fmt: skip
    """Return RGBA (rows, cols, 4) of the dates shown; None stands for a date that does not touch the view."""
    present = [a for a in arrays if a is not None]
    if not present:
        return np.zeros((1, 1, 4), np.uint8)
    drawn = [
        np.zeros((*present[0].shape[-2:], 4), np.uint8) if a is None else colored(a, display, limits)
        for a in arrays
    ]
    if len(drawn) < 2:
        return drawn[0]
    if compare == "swipe":
        rgba = drawn[0].copy()
        edge = round(swipe * rgba.shape[1])
        rgba[:, edge:] = drawn[1][:, edge:]
        rgba[:, max(0, edge - 1) : edge + 1] = (230, 159, 0, 255)
        return rgba
    grey = replace(display, color_map="gray")
    before, after = (
        np.zeros_like(d) if a is None else colored(a, grey, limits)
        for a, d in zip(arrays, drawn, strict=True)
    )
    rgba = np.dstack(
        [before[..., 0], after[..., 0], after[..., 0], np.maximum(before[..., 3], after[..., 3])]
    )
    return np.ascontiguousarray(rgba)
