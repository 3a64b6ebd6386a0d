"""Pixels to pictures: a stretch to 8 bits and a PNG. For the eye only."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

# Radar backscatter spans five orders of magnitude; between these percentiles lies what an eye can tell apart.
PERCENTILES = (2.0, 98.0)


def stretch(
    array: np.ma.MaskedArray[Any, Any], *, in_db: bool, percentiles: tuple[float, float] = PERCENTILES,
    limits: tuple[float, float] | None = None,
) -> NDArray[np.uint8]:  # fmt: skip
    """Stretch values to 1-255 for display; masked pixels become 0.

    Args:
        array: (rows, cols) or (bands, rows, cols).
        in_db: values are logarithmic already; else 20 log10 of them is shown.
        percentiles: darkest and brightest percentile shown.
        limits: darkest and brightest value instead, in the unit shown.

    Returns:
        uint8 of the same shape.
    """
    if array.dtype == np.uint8 and not in_db:
        return np.asarray(np.ma.filled(array, 0), dtype=np.uint8)
    shown = array if in_db else 20.0 * np.ma.log10(np.ma.masked_less_equal(array.astype(np.float64), 0.0))
    values = shown.compressed()
    if not values.size:
        return np.zeros(array.shape, np.uint8)
    low, high = limits or np.percentile(values, percentiles)
    scaled = 1.0 + 254.0 * (np.ma.filled(shown, low) - low) / max(float(high) - float(low), 1e-9)
    out = np.clip(scaled, 1, 255).astype(np.uint8)
    out[np.ma.getmaskarray(shown)] = 0
    return out


def png_bytes(grey: NDArray[np.uint8], *, alpha: NDArray[np.bool_], attribution: str = "") -> bytes:
    """Encode a PNG with transparency where ``alpha`` is false.

    Args:
        grey: (rows, cols), or (3, rows, cols) for colour.
        alpha: (rows, cols), true where there is data.
        attribution: who must be named with the picture; written into the file, unless it is "".
    """
    from PIL import Image

    opaque = alpha.astype(np.uint8) * 255
    planes = [grey, opaque] if grey.ndim == 2 else [*grey[:3], opaque]
    # Pillow tells grey + alpha from colour + alpha by the number of planes.
    picture = Image.fromarray(np.ascontiguousarray(np.stack(planes, axis=-1)))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=4, pnginfo=png_texts(attribution))
    return buffer.getvalue()


def png_texts(attribution: str) -> PngInfo | None:
    """Return the text chunk that says in a PNG who must be named with it; None where nobody must.

    Example:
        >>> png_texts("ICEYE, CC-BY 4.0").chunks[0][0], png_texts("")
        (b'tEXt', None)
    """
    from PIL.PngImagePlugin import PngInfo

    if not attribution:
        return None
    texts = PngInfo()
    texts.add_text("Copyright", attribution)  # the keyword of the PNG specification
    return texts
