"""A north-up look on a folium page: the picture as a data URL, an opacity slider and the footprint."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import InvalidInputError
from iceye_geo.maps.page import base_map, fit

if TYPE_CHECKING:
    import folium

    from iceye_geo.cog.cog import Cog
    from iceye_geo.cog.geocode import GeoRaster
    from iceye_geo.cog.info import CogInfo

_SLIDER = """
{% macro script(this, kwargs) %}
var {{ this.get_name() }} = L.control({position: "bottomleft"});
{{ this.get_name() }}.onAdd = function () {
  var box = L.DomUtil.create("div", "leaflet-bar");
  box.style.cssText = "background:#fff;padding:4px 8px;font:12px sans-serif";
  box.innerHTML = '<label>Opacity <input type="range" min="0" max="1" step="0.05" value="{{ this.opacity }}"' +
    ' aria-label="Opacity of the radar picture"></label>';
  L.DomEvent.disableClickPropagation(box);
  box.querySelector("input").addEventListener("input", function (event) {
    {{ this.overlay }}.setOpacity(Number(event.target.value));
  });
  return box;
};
{{ this.get_name() }}.addTo({{ this.map }});
{% endmacro %}
"""


def preview(
    look: Cog | GeoRaster, *, map: folium.Map | None = None, opacity: float = 0.9, max_size: int = 1024
) -> folium.Map:
    """Put a look on a map.

    Args:
        look: an open image, or what its ``geocoded(crs="EPSG:3857")`` gave.
        map: a map to add it to; without one a page of its own is made.
        opacity: 0 to 1, at first.
        max_size: longer side of the picture, pixels, when an open image is given.

    Returns:
        The map, fitted to the picture. The page holds the picture itself and no link; in its corner stands who must
        be named with the picture, if somebody must.

    Raises:
        InvalidInputError: the picture is not in web Mercator, so a web map would misplace it, or ``opacity``.
    """
    import folium

    picture: Any = look if hasattr(look, "lonlat_bounds") else look.geocoded(max_size, crs="EPSG:3857")
    if picture.crs != "EPSG:3857":
        raise InvalidInputError(
            "look", f"is in {picture.crs}", hint='Use geocoded(crs="EPSG:3857") for a map.'
        )
    if not 0 <= opacity <= 1:
        raise InvalidInputError("opacity", "must be 0 to 1")
    west, south, east, north = picture.lonlat_bounds
    page = map if map is not None else _page(picture.info, beyond_180=east > 180)
    url = "data:image/png;base64," + base64.b64encode(picture.to_png()).decode()
    overlay = folium.raster_layers.ImageOverlay(
        url,
        bounds=[[south, west], [north, east]],
        opacity=opacity,
        name=picture.info.label or "radar picture",
        attribution=_source(picture.info),
    )
    overlay.add_to(page)
    border: Any = folium.PolyLine  # folium is not typed
    border([(lat, lon) for lon, lat in picture.outline], weight=1.5, color="#e4572e", fill=False).add_to(page)
    _slider(overlay.get_name(), page, opacity).add_to(page)
    fit(page, (west, south, east, north))
    return page


def _source(info: CogInfo) -> str | None:
    """Return what Leaflet writes into the map's corner while the picture is shown; None where nobody must be named."""
    return f"© {html.escape(info.attribution)}" if info.attribution else None


def _page(info: CogInfo, *, beyond_180: bool) -> folium.Map:
    facts = (info.mode, info.product_type, info.start_datetime[:16].replace("T", " "))
    return base_map(title=info.label, subtitle=" · ".join(f for f in facts if f), beyond_180=beyond_180)


def _slider(overlay: str, page: folium.Map, opacity: float) -> Any:
    from branca.element import MacroElement
    from folium.template import Template

    made: Any = MacroElement  # branca is not typed
    slider = made()
    slider._name = "opacity_slider"
    slider._template = Template(_SLIDER)
    slider.overlay, slider.map, slider.opacity = overlay, page.get_name(), opacity
    return slider
