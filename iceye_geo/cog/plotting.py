"""Drawing a raster with matplotlib: what a SAR analyst looks for round a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from iceye_geo.cog.geolocation import Geolocation, LocalPlane
from iceye_geo.cog.render import PERCENTILES, stretch
from iceye_geo.errors import InvalidInputError, NoGeoreferenceError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from iceye_geo.cog.raster import Raster

_DB = ("sigma0_db", "relative_db")
# Length of an arrow, as a fraction of the picture's shorter side.
_ARROW = 0.12
# A strip of several hundred kilometres is so many times as long as wide: its colour bar lies below it.
_LONG = 4.0
# Inches: width of the figure and of the picture in it, height of the words round it; and what no picture exceeds.
_SIZES = {"usual": (7.0, 5.4, 0.9), "long": (11.0, 10.4, 1.6)}
_TALLEST = 10.0


def _outline(width: float) -> list[Any]:
    """Black edges, so that white ink is seen on bright and on dark ground."""
    from matplotlib import patheffects

    return [patheffects.withStroke(linewidth=width, foreground="black")]


_INK: dict[str, Any] = {"color": "white", "fontsize": 9, "fontweight": "bold", "path_effects": _outline(2.5)}


def plot_raster(
    raster: Raster, ax: Axes | None, *, title: str | None, cmap: str,
    limits: tuple[float | None, float | None] = (None, None),
) -> Axes:  # fmt: skip
    """Draw a raster; returns the axes. The colour bar is in dB wherever the values have one."""
    import matplotlib.pyplot as plt

    if ax is None:
        whole, width, words = _SIZES["long" if _is_long(raster) else "usual"]
        height = min(_TALLEST, width * raster.shape[-2] / raster.shape[-1])
        _, ax = plt.subplots(figsize=(whole, height + words), layout="constrained")
    if raster.array.ndim == 3 and raster.shape[0] == 3:
        ax.imshow(np.moveaxis(stretch(raster.array, in_db=False), 0, -1))
    else:
        _draw_grey(raster, ax, cmap, limits)
    info = raster.info
    ax.set_title(
        title or " ".join(t for t in (info.mode, info.product_type, _moment(info.start_datetime)) if t)
    )
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel("azimuth")
    ax.set_ylabel("range" if _is_long(raster) else "range (near at the top)")
    try:
        _draw_ground(raster, ax)
    except NoGeoreferenceError:
        ax.set_xlabel("azimuth (no georeference)")
    _name_source(ax, info.attribution)
    return ax


def _name_source(ax: Axes, attribution: str) -> None:
    """Write below the picture who must be named with it."""
    if attribution:
        ax.annotate(
            f"© {attribution}", (1, 0), xycoords="axes fraction", xytext=(0, -20), textcoords="offset points",
            ha="right", va="top", fontsize=8, annotation_clip=False, parse_math=False,
        )  # fmt: skip


def _is_long(raster: Raster) -> bool:
    rows, cols = raster.shape[-2:]
    return cols > _LONG * rows


def _moment(start: str) -> str:
    """Return date and minute of a time in ICEYE's files, which is UTC.

    Example:
        >>> _moment("2026-02-13T07:22:46.758807Z"), _moment("")
        ('2026-02-13 07:22 UTC', '')
    """
    return f"{start[:16].replace('T', ' ')} UTC" if start else ""


def _draw_grey(raster: Raster, ax: Axes, cmap: str, limits: tuple[float | None, float | None]) -> None:
    shown, label = to_db(raster)
    low, high = _between(shown, *limits)
    picture = ax.imshow(shown, cmap=cmap, vmin=low, vmax=high, interpolation="nearest")
    ax.set_facecolor("0.15")
    place: dict[str, Any] = (
        {"location": "bottom", "shrink": 0.5} if _is_long(raster) else {"location": "right", "shrink": 0.9}
    )
    ax.figure.colorbar(picture, ax=ax, label=label, **place)


def _between(
    shown: np.ma.MaskedArray[Any, Any], low: float | None, high: float | None
) -> tuple[float, float]:
    """Return the darkest and the brightest value shown."""
    values = shown.compressed()
    found = np.percentile(values, PERCENTILES) if values.size else (0.0, 1.0)
    least, most = float(found[0] if low is None else low), float(found[1] if high is None else high)
    if not least < most and (low is not None or high is not None):
        raise InvalidInputError("vmin", f"must be below vmax, these are {least:g} and {most:g}")
    return least, most


def to_db(raster: Raster) -> tuple[np.ma.MaskedArray[Any, Any], str]:
    """Return what is shown of a raster, and the words for it: sigma nought where that can be had."""
    array = raster.array if raster.array.ndim == 2 else raster.array[0]
    if raster.values in _DB:
        return array, raster.unit
    positive = np.ma.masked_less_equal(array.astype(np.float64), 0.0)
    calibration = raster.info.calibration
    factor, plain = calibration.factor, (calibration.scale, calibration.offset) == (1.0, 0.0)
    # Amplitudes are digital numbers where the file states no scale: a filtered look stays in sigma nought.
    if factor is not None and (raster.values == "dn" or (raster.values == "amplitude" and plain)):
        return 20 * np.ma.log10(positive) + 10 * np.log10(factor), "sigma nought (dB)"
    if raster.values in ("dn", "amplitude"):
        return 20 * np.ma.log10(positive), "relative dB, not calibrated"
    return 10 * np.ma.log10(positive), f"{raster.values} (dB)"


def _draw_ground(raster: Raster, ax: Axes) -> None:
    rows, cols = raster.shape[-2:]
    location = Geolocation(raster.info.frame)
    window, middle = (
        raster.window,
        (raster.window.row + raster.window.height / 2, raster.window.col + raster.window.width / 2),
    )
    _, across = location.spacing_m(*middle)
    metres = _round_length(across * window.width / 4)
    length = metres / (across * raster.scale[1])
    long = _is_long(raster)
    x, y = cols * (0.45 if long else 0.04), rows * 0.96
    ax.plot(
        [x, x + length],
        [y, y],
        color="white",
        lw=3,
        solid_capstyle="butt",
        path_effects=_outline(5),
    )
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    ax.annotate(words, (x, y), (0, 6), textcoords="offset points", ha="left", va="bottom", **_INK)
    north = _north_in_pixels(location, *middle, scale=raster.scale)
    _arrow(ax, (0.95, 0.5) if long else (0.9, 0.9), north, "N")
    _arrow(ax, (0.04, 0.7) if long else (0.08, 0.9), (0.0, 1.0), "range")
    # Left looking, later lines lie to the left: azimuth time runs right to left.
    backward = -1.0 if raster.info.look_side == "left" else 1.0
    _arrow(ax, (0.2, 0.7) if long else (0.3, 0.94), (backward, 0.0), "azimuth")


def _north_in_pixels(
    location: Geolocation, row: float, col: float, *, scale: tuple[float, float]
) -> tuple[float, float]:
    """Return the direction of north as (right, down) in the picture."""
    lon, lat = location.lonlats([row, row + 1, row], [col, col, col + 1])
    x, y = LocalPlane(lon[:1], lat[:1]).to_plane(lon, lat)
    jacobian = np.array([[x[2] - x[0], x[1] - x[0]], [y[2] - y[0], y[1] - y[0]]])
    right, down = np.linalg.solve(jacobian, [0.0, 1.0]) / (scale[1], scale[0])
    return float(right), float(down)


def _arrow(ax: Axes, at: tuple[float, float], direction: tuple[float, float], label: str) -> None:
    """Draw an arrow whose middle is ``at``, in fractions of the axes, and write its label beyond the tip.

    The direction is one of pixels, and so is the arrow: fractions of axes that are not square would bend it.
    """
    right, down = np.asarray(direction) / max(np.hypot(*direction), 1e-12)
    (left, far), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    x, y = left + at[0] * (far - left), bottom + at[1] * (top - bottom)
    shorter, longer = sorted((abs(far - left), abs(top - bottom)))
    half = _ARROW / 2 * max(shorter, min(longer / _LONG, 3 * shorter))
    tip, tail = (x + half * right, y + half * down), (x - half * right, y - half * down)
    style = {"arrowstyle": "-|>", "color": "white", "lw": 1.8, "path_effects": _outline(3.5)}
    ax.annotate("", xy=tip, xytext=tail, arrowprops=style)
    # The side of the label that faces the tip, so that a long word does not cover it.
    aside = "center" if abs(right) < 0.5 else "left" if right > 0 else "right"
    above = "center" if abs(down) < 0.5 else "top" if down > 0 else "bottom"
    ax.annotate(label, tip, (4 * right, -4 * down), textcoords="offset points", ha=aside, va=above, **_INK)


def _round_length(metres: float) -> float:
    """Return the longest of 1, 2, 5, 10, 20 ... metres that is not longer.

    Example:
        >>> _round_length(740.0)
        500.0
    """
    power = 10.0 ** np.floor(np.log10(max(metres, 1e-6)))
    return float(max(step * power for step in (1, 2, 5) if step * power <= metres * (1 + 1e-9)))
