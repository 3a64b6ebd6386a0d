"""The page under every map: Leaflet written into it, a land outline instead of tiles, title and legend."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.template import Template

Bounds = tuple[float, float, float, float]

LAND_STYLE = {
    "color": "#9aa5b1",
    "weight": 0.7,
    "fillColor": "#e9ecef",
    "fillOpacity": 1.0,
    "interactive": False,
}
# Below the pane of overlays: Leaflet would draw the land's paths above pictures that share a pane with them.
_LAND_PANE, _LAND_Z = "iceye-land", 250
# folium fits to the pixel; some air keeps the outermost footprints off the page's edge.
FIT_PADDING_PX = (24, 24)


class OfflineMap(folium.Map):
    """A folium map whose page asks for nothing: Leaflet is written into it, the other libraries are not used."""

    default_js: list[tuple[str, str]] = []
    default_css: list[tuple[str, str]] = []

    def render(self, **kwargs: Any) -> Any:
        """Write Leaflet into the page's head, then render as folium does."""
        figure: Any = self.get_root()
        figure.header.add_child(
            _Verbatim(f"<style>{_stylesheet()}{_static('page.css')}</style>"), name="leaflet_css"
        )
        figure.header.add_child(_Verbatim(f"<script>{_static('leaflet.js')}</script>"), name="leaflet")
        return super().render(**kwargs)  # type: ignore[no-untyped-call]


class _Verbatim(MacroElement):
    """Text for the page's head that is no template."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.text = text

    def render(self, **kwargs: Any) -> str:
        """Return the text as it is."""
        del kwargs
        return self.text


def base_map(
    *,
    basemap: str | None = None,
    attribution: str = "",
    title: str = "",
    subtitle: str = "",
    beyond_180: bool = False,
) -> folium.Map:
    """Return an empty map for layers to be added to.

    Args:
        basemap: tile URL template; None shows the shipped land outline, which needs no network.
        attribution: what the tiles' owner wants to be said; needed with ``basemap``.
        title: short title in the corner; "" for none.
        subtitle: a second line, smaller.
        beyond_180: whether layers go on past longitude 180, so that land is drawn there too.

    Example:
        >>> page = base_map(title="Nothing yet").get_root().render()
        >>> "https://cdn" in page, "Nothing yet" in page
        (False, True)
    """
    made = OfflineMap(location=(20, 10), zoom_start=2, tiles=None, control_scale=True, zoom_control=True)
    if basemap is None:
        folium.map.CustomPane(_LAND_PANE, z_index=_LAND_Z).add_to(made)
        for shift in (0, 360) if beyond_180 else (0,):
            folium.GeoJson(
                land(shift_deg=shift), name="Land", control=False, style_function=lambda _: LAND_STYLE,
                pane=_LAND_PANE,
            ).add_to(made)  # fmt: skip
    else:
        folium.TileLayer(tiles=basemap, attr=attribution or " ", name="Basemap", control=False).add_to(made)
    if title:
        add_box(made, "iceye-title", f"<b>{html.escape(title)}</b><span>{html.escape(subtitle)}</span>")
    return made


def add_box(target: folium.Map, css_class: str, inner: str) -> None:
    """Put a box of HTML over the map."""
    # Jinja would read braces in user words; they are escaped to entities, which the browser turns back.
    safe = inner.replace("{", "&#123;").replace("}", "&#125;")
    figure: Any = target.get_root()
    figure.html.add_child(Element(f'<div class="iceye-box {css_class}">{safe}</div>'))


def add_ramp(target: folium.Map, colors: Sequence[str], *, title: str, ends: tuple[str, str]) -> None:
    """Add a legend of a colour ramp with the words at both ends."""
    add_box(
        target,
        "iceye-legend",
        f'<b>{html.escape(title)}</b><div class="iceye-ramp" style="background:linear-gradient(90deg,'
        f'{",".join(colors)})"></div><div class="iceye-ends"><span>{html.escape(ends[0])}</span>'
        f"<span>{html.escape(ends[1])}</span></div>",
    )


def fit(target: folium.Map, bounds: Bounds) -> None:
    """Fit the view to (west, south, east, north) in degrees; east may exceed 180."""
    west, south, east, north = bounds
    target.fit_bounds([[south, west], [north, east]], padding=FIT_PADDING_PX, max_zoom=15)


def land(*, shift_deg: float = 0) -> dict[str, Any]:
    """Return the coarse land outline as GeoJSON (Natural Earth 1:110m, public domain), shifted in longitude.

    Example:
        >>> land()["features"][0]["geometry"]["type"]
        'MultiPolygon'
    """
    parsed: dict[str, Any] = json.loads(_static("land.json"))
    if shift_deg:
        geometry = parsed["features"][0]["geometry"]
        geometry["coordinates"] = [
            [[[x + shift_deg, y] for x, y in ring] for ring in polygon] for polygon in geometry["coordinates"]
        ]
    return parsed


@cache
def _static(name: str) -> str:
    return files("iceye_geo.maps").joinpath("static", name).read_text(encoding="utf-8")


@cache
def _stylesheet() -> str:
    icon = base64.b64encode(files("iceye_geo.maps").joinpath("static/layers.png").read_bytes()).decode()
    sheet = _static("leaflet.css")
    for name in ("images/layers.png", "images/layers-2x.png", "images/marker-icon.png"):
        sheet = sheet.replace(f"url({name})", f"url(data:image/png;base64,{icon})")
    return sheet
