"""How a preview looks: values, stretch, gamma, colour map, speckle filter; from digital numbers to a picture."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from iceye_geo.cog.info import CogInfo
from iceye_geo.cog.render import PERCENTILES
from iceye_geo.cog.speckle import despeckle
from iceye_geo.cog.values import UNITS, Calibration, Values, convert
from iceye_geo.errors import InvalidInputError

MaskedArray = np.ma.MaskedArray[Any, Any]
Stretch = Literal["frame", "view", "hand"]
Filter = Literal["none", "lee", "boxcar"]
Geometry = Literal["radar", "map"]

#: Perceptually even and safe for the colour-blind; grey first, as analysts expect.
COLOR_MAPS = ("gray", "gray_r", "viridis", "cividis", "magma", "inferno")
#: What may be shown. dB of sigma nought turns into relative dB by itself where a frame is not calibrated.
VALUES: tuple[Values, ...] = ("sigma0_db", "amplitude")


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """Everything that decides how pixels look. A value: change it with ``dataclasses.replace``.

    Attributes:
        values: "sigma0_db" or "amplitude".
        stretch: "frame" keeps one brightness scale while moving, "view" adapts to what is seen, "hand" uses ``limits``.
        percentiles: darkest and brightest percentile, for "frame" and "view".
        limits: darkest and brightest value, in the unit shown, for "hand".
        gamma: above 1 lifts the dark parts.
        color_map: one of ``COLOR_MAPS``.
        speckle: "none", "lee" or "boxcar"; for the look only.
        speckle_size: side of the filter, odd, pixels of the picture.
        geometry: "radar" (as recorded) or "map" (north up).
        frame: frame of a VID, from 0.

    Raises:
        InvalidInputError: a value breaks its rule.

    Example:
        >>> Display(gamma=0)
        Traceback (most recent call last):
        ...
        iceye_geo.errors.InvalidInputError: gamma: must lie between 0.1 and 5
    """

    values: Values = "sigma0_db"
    stretch: Stretch = "frame"
    percentiles: tuple[float, float] = PERCENTILES
    limits: tuple[float, float] | None = None
    gamma: float = 1.0
    color_map: str = "gray"
    speckle: Filter = "none"
    speckle_size: int = 5
    geometry: Geometry = "radar"
    frame: int = 0

    def __post_init__(self) -> None:
        _one_of("values", self.values, VALUES)
        _one_of("stretch", self.stretch, get_args(Stretch))
        _one_of("color_map", self.color_map, COLOR_MAPS)
        _one_of("speckle", self.speckle, get_args(Filter))
        _one_of("geometry", self.geometry, get_args(Geometry))
        low, high = self.percentiles
        if not 0 <= low < high <= 100:
            raise InvalidInputError("percentiles", "must be two of 0 to 100, the lower one first")
        if self.limits is not None and not self.limits[0] < self.limits[1]:
            raise InvalidInputError("limits", "the darkest value must be below the brightest")
        if self.stretch == "hand" and self.limits is None:
            raise InvalidInputError("limits", "are needed to stretch by hand")
        if not 0.1 <= self.gamma <= 5:
            raise InvalidInputError("gamma", "must lie between 0.1 and 5")
        if self.speckle_size < 3 or self.speckle_size % 2 == 0:
            raise InvalidInputError("speckle_size", "must be odd and at least 3 pixels")


def _one_of(field: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        raise InvalidInputError(field, f"{value!r} is none of {', '.join(map(str, allowed))}")


def shown_values(display: Display, info: CogInfo) -> Values:
    """Return what the numbers will be: relative dB where sigma nought cannot be had."""
    return "relative_db" if display.values == "sigma0_db" and not info.calibrated else display.values


def filtered(dn: MaskedArray, display: Display, *, looks: float) -> MaskedArray:
    """Return digital numbers with their speckle smoothed, if the display asks for it and they have one band."""
    if display.speckle == "none" or dn.ndim != 2:
        return dn
    return despeckle(dn, method=display.speckle, size=display.speckle_size, looks=looks)


def valued(dn: MaskedArray, display: Display, info: CogInfo) -> tuple[MaskedArray, Values]:
    """Turn digital numbers into what is shown. Colour products keep their numbers."""
    if dn.ndim == 3:
        return dn, "dn"
    calibration: Calibration = info.calibration
    return convert(dn, shown_values(display, info), calibration=calibration)


def limits_of(array: MaskedArray, percentiles: tuple[float, float]) -> tuple[float, float]:
    """Return the values at two percentiles of the valid pixels; (0, 1) if there is none.

    Example:
        >>> limits_of(np.ma.masked_equal(np.arange(101.0), 0.0), (0, 100))
        (1.0, 100.0)
    """
    valid = array.compressed()
    valid = valid[np.isfinite(valid)]
    if not valid.size:
        return 0.0, 1.0
    low, high = np.percentile(valid, percentiles)
    return float(low), float(high) if high > low else float(low) + 1.0


def colored(array: MaskedArray, display: Display, limits: tuple[float, float]) -> NDArray[np.uint8]:
    """Return RGBA (rows, cols, 4), transparent where there is no data."""
    low, high = limits
    part = np.clip((np.ma.filled(array, low).astype(np.float64) - low) / (high - low), 0.0, 1.0)
    part = np.nan_to_num(part) ** (1.0 / display.gamma)
    index = (part * 255.0 + 0.5).astype(np.uint8)
    if array.ndim == 3:
        index = index if index.shape[0] == 3 else np.repeat(index[:1], 3, axis=0)
        alpha = ~np.ma.getmaskarray(array).all(axis=0)
        return np.dstack([np.moveaxis(index, 0, -1), alpha.astype(np.uint8) * 255])
    rgba = np.empty((*index.shape, 4), np.uint8)
    rgba[..., :3] = _table(display.color_map)[index]
    rgba[..., 3] = (~np.ma.getmaskarray(array)).astype(np.uint8) * 255
    return rgba


def encode(rgba: NDArray[np.uint8]) -> bytes:
    """Return RGBA without loss, as WebP: of speckle a third to two thirds of a PNG's bytes, in half its time."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgba)).save(buffer, "WEBP", lossless=True, quality=0, method=0)
    return buffer.getvalue()


def gradient(color_map: str) -> str:
    """Return a CSS gradient of a colour map, for the legend."""
    table = _table(color_map)[:: 255 // 8]
    return f"linear-gradient(to right, {', '.join(f'rgb({r},{g},{b})' for r, g, b in table)})"


def unit_of(values: Values) -> str:
    """Return the words for a value.

    Example:
        >>> unit_of("relative_db")
        'relative dB, not calibrated'
    """
    return UNITS[values]


@functools.lru_cache(maxsize=8)
def _table(color_map: str) -> NDArray[np.uint8]:
    if color_map in ("gray", "gray_r"):  # as matplotlib's, whose import would keep the first picture waiting
        ramp = np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1)
        return ramp if color_map == "gray" else ramp[::-1]
    from matplotlib import colormaps

    rows = colormaps[color_map](np.arange(256), bytes=True)
    return np.asarray(rows, dtype=np.uint8)[:, :3]
