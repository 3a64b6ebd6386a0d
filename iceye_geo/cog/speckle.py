"""Speckle filters for the look of a picture; never for measuring."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from iceye_geo.errors import InvalidInputError

MaskedArray = np.ma.MaskedArray[Any, Any]


def despeckle(
    array: MaskedArray, *, method: Literal["lee", "boxcar"] = "lee", size: int = 5, looks: float = 1.0
) -> MaskedArray:
    """Smooth speckle in amplitudes. Masked pixels stay masked and do not bleed into their neighbours.

    Args:
        array: amplitudes, (rows, cols).
        method: "boxcar" averages power in a square; "lee" keeps edges and bright targets (Lee 1980).
        size: side of the square, odd, pixels.
        looks: looks of the image, which say how much of the local variance is speckle.

    Returns:
        float64 amplitudes of the same shape.

    Raises:
        InvalidInputError: ``size`` is even or below 3, or the method is unknown.
    """
    if size < 3 or size % 2 == 0:
        raise InvalidInputError("size", "must be odd and at least 3 pixels")
    if method not in ("lee", "boxcar"):
        raise InvalidInputError("method", f"{method!r} is neither 'lee' nor 'boxcar'")
    power = np.ma.filled(array.astype(np.float64), 0.0) ** 2
    valid = ~np.ma.getmaskarray(array)
    power[~valid] = 0.0
    weight = np.maximum(_sums(valid.astype(np.float64), size), 1.0)
    mean = _sums(power, size) / weight
    smooth = mean
    if method == "lee":
        variance = np.maximum(_sums(power**2, size) / weight - mean**2, 0.0)
        noise = mean**2 / max(looks, 1e-6)
        gain = np.clip(1.0 - noise / np.maximum(variance, 1e-30), 0.0, 1.0)
        smooth = mean + gain * (power - mean)
    return np.ma.MaskedArray(np.sqrt(np.maximum(smooth, 0.0)), mask=~valid)


def _sums(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Sum over squares by an integral image."""
    half = size // 2
    padded = np.pad(values, ((half + 1, half), (half + 1, half)))
    total = padded.cumsum(0).cumsum(1)
    sums: NDArray[np.float64] = (
        total[size:, size:] - total[:-size, size:] - total[size:, :-size] + total[:-size, :-size]
    )
    return sums
