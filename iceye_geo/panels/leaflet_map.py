"""The two-way map on ipyleaflet."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any

import ipywidgets as widgets

from iceye_geo.panels import mapview
from iceye_geo.panels.mapview import Bounds, MapView
from iceye_geo.panels.pictures import data_url

# What is fitted leaves a rim; closer than this the coarse outlines say nothing.
_FILL, _CLOSEST = 0.9, 16.0
_LIKELY_SIZE = (640.0, 420.0)
# Not interactive: clicks and the pointer go through to the footprint below.
_HIGHLIGHT = {"color": "#d55e00", "weight": 3, "fillOpacity": 0.25, "interactive": False}
Corners = tuple[tuple[float, float], tuple[float, float]]


class LeafletMap(MapView):
    """ipyleaflet's map. Drawings are read from ``DrawControl.data``, the synced truth after draw, edit and delete."""

    interactive = True

    def __init__(self, *, draw: Sequence[str], basemap: Any, height: str) -> None:
        import ipyleaflet as leaflet

        self._leaflet = leaflet
        self.map = leaflet.Map(
            center=(20, 10), zoom=2, layers=[], scroll_wheel_zoom=True, world_copy_jump=True, zoom_snap=0.5,
            layout=widgets.Layout(height=height, width="100%"), attribution_control=False,
        )  # fmt: skip
        self.map.add_class("t-map")
        self._note = widgets.HTML(_no_javascript(leaflet.__version__)).add_class("t-mapnote")
        self.map.observe(self._shown, names="bounds")
        self.widget = widgets.VBox([self.map, self._note]).add_class("iceye-map")
        self._layers: dict[str, Any] = {}
        self._features: list[dict[str, Any]] = []
        self._merged = False
        self._aoi: list[Callable[[dict[str, Any] | None], None]] = []
        self._pick: list[Callable[[str], None]] = []
        self._hover: list[Callable[[str], None]] = []
        self._add_base(basemap)
        self._draw = self._draw_control(draw)
        said = "Leaflet" if basemap is not None else "Coarse outline of land, for orientation only · Leaflet"
        self.map.add(leaflet.AttributionControl(position="bottomright", prefix=said))
        self.map.add(leaflet.ScaleControl(position="bottomleft", imperial=False))
        self.map.on_interaction(self._clicked_map)

    def _shown(self, _: object) -> None:
        """The browser told what it shows, so the map's JavaScript is there."""
        self._note.layout.display = "none"

    def _add_base(self, basemap: Any) -> None:
        if basemap is None:
            style = {
                "color": "#9aa5b1",
                "weight": 0.8,
                "fillColor": "#e4e7eb",
                "fillOpacity": 0.9,
                "interactive": False,
                "className": "iceye-land",
            }
            self.map.add(self._leaflet.GeoJSON(data=_with_style(land(), style), name="Land"))
            return
        spec = {"url": basemap, "attribution": ""} if isinstance(basemap, str) else dict(basemap)
        self.map.add(
            self._leaflet.TileLayer(url=spec["url"], attribution=spec.get("attribution", ""), name="Basemap")
        )

    def _draw_control(self, tools: Sequence[str]) -> Any:
        shape = {"shapeOptions": {"color": "#d55e00", "weight": 2, "fillOpacity": 0.08}}
        control = self._leaflet.DrawControl(
            rectangle=shape if "rectangle" in tools else {},
            polygon={**shape, "allowIntersection": False} if "polygon" in tools else {},
            marker={"shapeOptions": {}} if "marker" in tools else {},
            polyline={}, circle={}, circlemarker={},
        )  # fmt: skip
        control.observe(self._drawn, names="data")
        if tools:  # without tools it would show its edit and delete buttons, and nothing to use them on
            self.map.add(control)
        return control

    def _drawn(self, change: Mapping[str, Any]) -> None:
        shapes = change["new"]
        if len(shapes) > 1:  # one area at a time: the last shape wins
            self._draw.data = shapes[-1:]
            return
        geometry = dict(shapes[0]["geometry"]) if shapes else None
        for callback in self._aoi:
            callback(geometry)

    def show_footprints(self, features: Sequence[Mapping[str, Any]], *, layer: str = "footprints") -> bool:
        """Draw features {id, geometry, style, title}; True if each can be hovered and clicked."""
        fluid = len(features) <= mapview.FLUID_FOOTPRINTS
        self._features = [_slim(f) for f in features]
        self._merged = not fluid
        if fluid:
            new = self._leaflet.GeoJSON(
                data={"type": "FeatureCollection", "features": self._features},
                hover_style={"weight": 3, "fillOpacity": 0.35}, name="Footprints",
            )  # fmt: skip
            new.on_click(self._clicked)
            new.on_hover(self._hovered)
        else:
            new = self._leaflet.GeoJSON(data=_merged(features), name="Footprints")
        self._replace(layer, new if features else None)
        return fluid

    def highlight(self, ids: Sequence[str]) -> None:
        """Make the footprints of these ids stand out, and only them."""
        wanted = set(ids)
        chosen = [
            {
                **f,
                "properties": {
                    **f["properties"],
                    "style": _HIGHLIGHT,
                },
            }
            for f in self._features
            if f["properties"]["id"] in wanted
        ]
        data = {"type": "FeatureCollection", "features": chosen}
        self._replace("highlight", self._leaflet.GeoJSON(data=data, name="Selected") if chosen else None)

    def show_outline(
        self, geometry: Mapping[str, Any] | None, *, layer: str = "outline", color: str = "#d55e00"
    ) -> None:
        """Draw one geometry in a layer of its own; None takes it away."""
        if geometry is None:
            self._replace(layer, None)
            return
        style = {"color": color, "weight": 2, "fillOpacity": 0.08, "dashArray": "6 4", "interactive": False}
        feature = {"type": "Feature", "geometry": dict(geometry), "properties": {"style": style}}
        self._replace(
            layer,
            self._leaflet.GeoJSON(data={"type": "FeatureCollection", "features": [feature]}, name=layer),
        )

    def show_image(
        self, png: bytes | None, bounds: Bounds | None, *, layer: str = "image", opacity: float = 1.0
    ) -> None:
        """Lay a PNG over the map as a data URL; None takes it away."""
        if png is None or bounds is None:
            self._replace(layer, None)
            return
        self._replace(
            layer,
            self._leaflet.ImageOverlay(
                url=data_url(png), bounds=_corners(bounds), opacity=opacity, name=layer
            ),
        )

    def fit(self, bounds: Bounds) -> None:
        """Move the view so that the bounds fill it; from any thread, in one message."""
        center, zoom = center_and_zoom(bounds, self._size())
        with self.map.hold_sync():
            self.map.center, self.map.zoom = center, zoom

    def _size(self) -> tuple[float, float]:
        """Width and height of the map, pixels; a likely size before it was shown."""
        if not self.map.pixel_bounds:
            return _LIKELY_SIZE
        (left, top), (right, bottom) = self.map.pixel_bounds
        return max(64.0, right - left), max(64.0, bottom - top)

    def clear_drawing(self) -> None:
        """Forget what was drawn."""
        if self._draw.data:
            self._draw.data = []

    def on_aoi(self, callback: Callable[[dict[str, Any] | None], None]) -> None:
        """Call back with the geometry that was drawn last; None when it was cleared."""
        self._aoi.append(callback)

    def on_pick(self, callback: Callable[[str], None]) -> None:
        """Call back with the id of a footprint that was clicked."""
        self._pick.append(callback)

    def on_hover(self, callback: Callable[[str], None]) -> None:
        """Call back with the id of a footprint under the pointer."""
        self._hover.append(callback)

    def on_view(self, callback: Callable[[Bounds, int], None]) -> None:
        """Call back with bounds and zoom when the view has moved."""

        def moved(_: object) -> None:
            if self.map.bounds:
                (south, west), (north, east) = self.map.bounds
                callback((west, south, east, north), int(self.map.zoom))

        self.map.observe(moved, names="bounds")

    def close(self) -> None:
        """Take the map off the page."""
        self.map.close()
        self.widget.close()

    def _replace(self, layer: str, new: Any) -> None:
        old = self._layers.pop(layer, None)
        if old is not None and new is not None:
            self.map.substitute(old, new)
        elif old is not None:
            self.map.remove(old)
        elif new is not None:
            self.map.add(new)
        if new is not None:
            self._layers[layer] = new

    def _clicked_map(self, **event: Any) -> None:
        """Look up a click on footprints that were drawn as one: the smallest one there is meant."""
        if event.get("type") != "click" or not self._merged:
            return
        lat, lon = event["coordinates"]
        found = _smallest_at(self._features, lon, lat)
        if found is not None:
            self._call(self._pick, {"properties": found["properties"]})

    def _clicked(self, **event: Any) -> None:
        self._call(self._pick, event)

    def _hovered(self, **event: Any) -> None:
        self._call(self._hover, event)

    @staticmethod
    def _call(callbacks: list[Callable[[str], None]], event: Mapping[str, Any]) -> None:
        identity = (event.get("properties") or {}).get("id")
        if identity is not None:
            for callback in callbacks:
                callback(str(identity))


def _no_javascript(version: str) -> str:
    """Words for a page whose map does not come; the style sheet shows them only after a while."""
    return (
        f'<div class="iceye-late">No map above? This page lacks the JavaScript of ipyleaflet {html.escape(version)}: '
        "install the same version where Jupyter runs, reload the page, and see <code>iceye-geo doctor</code>. "
        "The form does everything without the map.</div>"
    )


def land() -> dict[str, Any]:
    """Return the shipped coarse land outline, a GeoJSON dict (Natural Earth, public domain)."""
    text = files("iceye_geo.maps").joinpath("static/land.json").read_text()
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def _with_style(data: dict[str, Any], style: dict[str, Any]) -> dict[str, Any]:
    features = data["features"] if data["type"] == "FeatureCollection" else [data]
    styled = [
        {"type": "Feature", "geometry": f.get("geometry", f), "properties": {"style": style}}
        for f in features
    ]
    return {"type": "FeatureCollection", "features": styled}


def _slim(feature: Mapping[str, Any]) -> dict[str, Any]:
    # Only id and style travel to the browser; everything else is looked up here by id.
    return {
        "type": "Feature",
        "geometry": feature["geometry"],
        "properties": {"id": feature["id"], "style": feature["style"]},
    }


def center_and_zoom(bounds: Bounds, size: tuple[float, float]) -> tuple[tuple[float, float], float]:
    """Return the (lat, lon) and the zoom, in halves, at which bounds fill a map of so many pixels.

    ipyleaflet's own ``fit_bounds`` needs an event loop, which a job's thread lacks, and asks the browser in steps.

    Example:
        >>> center_and_zoom((24, 59, 26, 61), (640, 420))
        ((60.015, 25.0), 7.0)
    """
    (south, west), (north, east) = _corners(bounds)
    low, high = (math.asinh(math.tan(math.radians(max(-85.0, min(85.0, lat))))) for lat in (south, north))
    width, height = (max(1e-6, span) for span in ((east - west) / 360, (high - low) / (2 * math.pi)))
    zoom = math.log2(min(size[0] / width, size[1] / height) * _FILL / 256)
    lat = math.degrees(math.atan(math.sinh((low + high) / 2)))
    return (round(lat, 3), round((west + east) / 2, 6)), min(_CLOSEST, max(1.0, math.floor(zoom * 2) / 2))


def _smallest_at(features: Sequence[dict[str, Any]], lon: float, lat: float) -> dict[str, Any] | None:
    import shapely
    from shapely.geometry import shape

    lon = (lon + 180) % 360 - 180
    shapes = [shape(feature["geometry"]) for feature in features]
    here = [n for n, hit in enumerate(shapely.contains_xy(shapes, lon, lat)) if hit]
    return features[min(here, key=lambda n: shapes[n].area)] if here else None


def _merged(features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One MultiPolygon a colour: draws 10,000 outlines in a quarter of a second, at the price of hover and click."""
    by_color: dict[str, tuple[dict[str, Any], list[Any]]] = {}
    for feature in features:
        _, parts = by_color.setdefault(str(feature["style"].get("color")), (dict(feature["style"]), []))
        geometry = feature["geometry"]
        parts.extend([geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"])
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "MultiPolygon", "coordinates": parts},
                "properties": {"style": {**style, "interactive": False}},
            }
            for style, parts in by_color.values()
        ],
    }


def _corners(bounds: Bounds) -> Corners:
    west, south, east, north = bounds
    return (south, west), (north, east if east >= west else east + 360)
