"""What a preview says: heading, brightness scale, facts; and how typed pixels are read."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.preview_display import gradient
from iceye_geo.panels.preview_tools import Pixel

if TYPE_CHECKING:
    from iceye_geo.panels.preview_control import Picture, PreviewController


def pixel_text(pixel: Pixel) -> str:
    """Return "row, column"."""
    return f"{pixel[0]:.1f}, {pixel[1]:.1f}"


def parse_pixel(field: str, text: str) -> Pixel:
    """Read "row, column".

    Example:
        >>> parse_pixel("from", "12.5 ; 40")
        (12.5, 40.0)
    """
    numbers = re.findall(r"-?\d+(?:\.\d+)?", text)
    if len(numbers) != 2:
        raise InvalidInputError(
            field, 'must be "row, column"', hint="Click into the picture, or type two numbers."
        )
    return float(numbers[0]), float(numbers[1])


def title_text(control: PreviewController) -> str:
    """Return the heading: what is on top."""
    layer = control.layers[control.top]
    info = layer.cog.info()
    facts = [
        layer.title, info.product_type or info.kind, f"{info.orbit_state} pass" if info.orbit_state else "",
        f"{info.look_side} looking" if info.look_side else "", f"{info.width} × {info.height} pixels",
    ]  # fmt: skip
    return f"<h3>{html.escape(' · '.join(f for f in facts if f))}</h3>"


def legend_text(picture: Picture, control: PreviewController) -> str:
    """Return the brightness scale."""
    low, high = (f"{v:.1f}" if "dB" in picture.unit else f"{v:.4g}" for v in picture.limits)
    bar = gradient(control.display.color_map)
    return (
        f'<div class="iceye-legend"><span>{low}</span><span class="iceye-bar" style="background:{bar}"></span>'
        f"<span>{high} {html.escape(picture.unit)}</span></div>"
    )


def facts_text(picture: Picture, control: PreviewController) -> str:
    """Return what is shown, what it has cost and who must be named with it."""
    info = control.cog.info()
    where = "full resolution" if picture.level == 0 else f"overview {picture.level} of {len(info.levels) - 1}"
    view = picture.view
    place = (
        "range down (near at the top), azimuth across"
        if control.plane.kind == "radar"
        else "north up, web Mercator"
    )
    cost = f"{control.bytes_read / 1e6:.2f} of {sum(x.cog.info().size_bytes for x in control.layers) / 1e6:.1f} MB read"
    words = (
        f"{where} · {view.width:.0f} × {view.height:.0f} pixels of the frame · {place} · {cost}, "
        f"{control.requests_sent} requests"
    )
    if picture.attribution:
        words += f" · © {picture.attribution}"
    return f'<div class="iceye-dim">{html.escape(words)}</div>'
