"""Pictures for the eye: dB-stretched 8-bit views, thumbnails and quicklooks as PNG. No GeoTIFFs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from iceye_geo.sandbox.imagery.ground import Float32
from iceye_geo.sandbox.imagery.scene import digital_numbers
from iceye_geo.sandbox.imagery.spec import SceneSpec

THUMBNAIL_PX = 256
QUICKLOOK_PX = 1024
#: Small pictures are made twice as large and averaged, which calms the speckle as looking from afar does.
_AVERAGED_UP_TO_PX = 512
#: Looks of a picture over those of the product: a pixel stands for hundreds of the mode's own.
_CALM = 4.0
_LOW, _HIGH = 1.0, 99.6


def amplitude(spec: SceneSpec, *, size: int) -> Float32:
    """Return amplitudes of a whole scene with its longer side at most ``size`` pixels; 0 is no data.

    The scene is drawn at that size, not read from a larger file: the content is the same at every resolution.
    """
    small = spec.resized(size)
    height, width = small.geometry.height, small.geometry.width
    factor = 2 if size <= _AVERAGED_UP_TO_PX and 2 * max(height, width) <= spec.longer_side else 1
    large = spec.resized(max(height, width) * factor)
    rows, cols = large.geometry.height, large.geometry.width
    numbers = digital_numbers(large, row=0, col=0, rows=rows, cols=cols, calm=_CALM).astype(np.float32)
    rows, cols = min(height, rows // factor), min(width, cols // factor)
    parts = numbers[: rows * factor, : cols * factor].reshape(rows, factor, cols, factor)
    mean = np.sqrt(np.mean(parts**2, axis=(1, 3)))
    return np.asarray(np.where((parts == 0).any(axis=(1, 3)), np.float32(0), mean))


def stretched(numbers: npt.NDArray[np.floating | np.integer]) -> npt.NDArray[np.uint8]:
    """Return amplitudes as 8-bit grey values, linear in dB between percentiles; 0 is no data, 1 is black.

    Example:
        >>> stretched(np.array([[0.0, 10.0, 100.0]])).tolist()
        [[0, 1, 255]]
    """
    valid = numbers > 0
    if not valid.any():
        return np.zeros(numbers.shape, dtype=np.uint8)
    decibel = 20 * np.log10(np.where(valid, numbers, 1).astype(np.float32))
    low, high = np.percentile(decibel[valid], [_LOW, _HIGH])
    grey = np.clip((decibel - low) / max(high - low, 1e-3), 0, 1) * 254 + 1
    return np.where(valid, np.rint(grey), 0).astype(np.uint8)


def write_picture(target: Path, spec: SceneSpec, *, size: int) -> None:
    """Write a PNG of a scene with its longer side at most ``size`` pixels, ends without data transparent."""
    from PIL import Image

    grey = stretched(amplitude(spec, size=size))
    alpha = np.where(grey > 0, 255, 0).astype(np.uint8)
    Image.fromarray(np.dstack([grey, alpha])).save(target, format="PNG")
