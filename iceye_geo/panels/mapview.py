"""The map as panels see it: what they need of it, and a notice where there is none. Drawn by leaflet_map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

#: Above this many footprints they are drawn as one simplified layer without hover and click: a pan of 10,000 SVG paths
#: took a second a frame where 2,000 took 54 ms.
FLUID_FOOTPRINTS = 2000

TOOLS = ("rectangle", "polygon", "marker")
Bounds = tuple[float, float, float, float]


class MapView:
    """What a panel needs of a map; by itself it draws nothing and never calls back.

    Bounds are (west, south, east, north) in degrees; geometries are GeoJSON dicts.

    Attributes:
        widget: the map on the page.
        interactive: whether there is a map that draws and calls back.
    """

    widget: widgets.Widget
    interactive = False

    def show_footprints(self, features: Sequence[Mapping[str, Any]], *, layer: str = "footprints") -> bool:
        """Draw features {id, geometry, style, title}; True if each can be hovered and clicked."""
        return False

    def highlight(self, ids: Sequence[str]) -> None:
        """Make the footprints of these ids stand out, and only them."""

    def show_outline(
        self, geometry: Mapping[str, Any] | None, *, layer: str = "outline", color: str = "#d55e00"
    ) -> None:
        """Draw one geometry in a layer of its own; None takes it away."""

    def show_image(
        self, png: bytes | None, bounds: Bounds | None, *, layer: str = "image", opacity: float = 1.0
    ) -> None:
        """Lay a PNG over the map; None takes it away."""

    def fit(self, bounds: Bounds) -> None:
        """Move the view so that the bounds fill it."""

    def clear_drawing(self) -> None:
        """Forget what was drawn."""

    def on_aoi(self, callback: Callable[[dict[str, Any] | None], None]) -> None:
        """Call back with the geometry that was drawn last; None when it was cleared."""

    def on_pick(self, callback: Callable[[str], None]) -> None:
        """Call back with the id of a footprint that was clicked."""

    def on_hover(self, callback: Callable[[str], None]) -> None:
        """Call back with the id of a footprint under the pointer."""

    def on_view(self, callback: Callable[[Bounds, int], None]) -> None:
        """Call back with bounds and zoom when the view has moved."""

    def close(self) -> None:
        """Take the map off the page."""
        self.widget.close()


class NoMap(MapView):
    """Stands in where no map can be shown, and says why.

    Args:
        reason: why, as HTML.
    """

    def __init__(self, reason: str) -> None:
        self.widget = widgets.HTML(
            f'<div class="iceye-note t-nomap">{reason} The form below does everything without it.</div>'
        )


def make_map(*, draw: Sequence[str] = TOOLS, basemap: Any = None, height: str = "420px") -> MapView:
    """Return a two-way map, or a notice where ipyleaflet is missing; panels then work by their forms.

    Args:
        draw: tools to offer, out of rectangle, polygon, marker.
        basemap: None for the shipped land outline, a tile URL template, or a dict with ``url`` and ``attribution``.
        height: CSS height.
    """
    try:
        import ipyleaflet  # noqa: F401
    except ImportError:
        return NoMap(
            "The map needs ipyleaflet: pip install 'iceye-geo[panels]', then restart the kernel and reload the page."
        )
    from iceye_geo.panels.leaflet_map import LeafletMap

    return LeafletMap(draw=draw, basemap=basemap, height=height)
