"""A heat of revisits on a page: how often each place of an area was seen, and where it never was."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import folium
import numpy as np
import shapely
from shapely.affinity import translate

from iceye_geo.maps.page import Bounds, add_ramp, base_map, fit

if TYPE_CHECKING:
    from iceye_geo.analysis import Coverage

#: Few to many looks; readable over the land outline, and in grey.
HEAT_COLORS = ("#fff3b0", "#fecc5c", "#fd8d3c", "#f03b20", "#bd0026", "#7a0177")
_GAP = {"color": "#64748b", "weight": 1, "dashArray": "4 4", "fillColor": "#94a3b8", "fillOpacity": 0.25}
_AREA = {"color": "#1f2937", "weight": 2, "fill": False, "interactive": False}


def revisits(
    found: Coverage, *, basemap: str | None = None, attribution: str = "", title: str = ""
) -> folium.Map:
    """Draw how often each place of an area was seen. The saved page needs no network.

    Args:
        found: what ``iceye_geo.analysis.coverage`` returned.
        basemap: tile URL template; None shows the shipped land outline.
        attribution: credit for the basemap.
        title: words in the corner; by default the covered share and the number of frames.

    Example:
        >>> from iceye_geo.analysis import coverage
        >>> search = client.catalog.search(bbox=(-12, 34, 32, 66), max_items=20)
        >>> page = revisits(coverage(search.to_geodataframe(), (-12, 34, 32, 66), cells=100))
        >>> "covered" in page.get_root().render()
        True
    """
    shift = _shift(found)
    bounds = _bounds(shift(found.area))
    made = base_map(
        basemap=basemap, attribution=attribution, title=title or f"{found.share_words()} covered",
        subtitle=_subtitle(found), beyond_180=bounds[2] > 180,
    )  # fmt: skip
    heat = found.heat()
    top = int(heat["looks"].max()) if len(heat) else 0
    if not found.uncovered.is_empty:
        _add(made, "Never seen", [_feature(shift(found.uncovered), {})], lambda _: _GAP, None)
    if top:
        pieces = [_piece(row, shift, top) for row in heat.itertuples()]
        fields = {"looks": "Looks", "first": "First", "last": "Last", "wait": "Longest wait"}
        tooltip = folium.GeoJsonTooltip(fields=list(fields), aliases=list(fields.values()), sticky=True)
        _add(made, "Looks", pieces, _painted, tooltip)
        add_ramp(made, HEAT_COLORS, title="Looks", ends=("1", str(top)))
    _add(made, "Area", [_feature(shift(found.area), {})], lambda _: _AREA, None)
    fit(made, bounds)
    folium.LayerControl(collapsed=False).add_to(made)
    return made


def _subtitle(found: Coverage) -> str:
    return found.how_often() + (f" © {found.attribution}" if found.attribution else "")


def _add(made: folium.Map, name: str, features: list[dict[str, Any]], style: Any, tooltip: Any) -> None:
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features}, name=html.escape(name), style_function=style,
        tooltip=tooltip,
    ).add_to(made)  # fmt: skip


def _piece(row: Any, shift: Any, top: int) -> dict[str, Any]:
    # One look is the first colour and the most looks the last, however many that are.
    place = 0 if top == 1 else round((row.looks - 1) / (top - 1) * (len(HEAT_COLORS) - 1))
    wait = "" if np.isnan(row.longest_wait_days) else f"{row.longest_wait_days:.1f} days"
    told = {
        "looks": int(row.looks),
        "first": f"{row.first:%Y-%m-%d}",
        "last": f"{row.last:%Y-%m-%d}",
        "wait": wait,
    }
    return _feature(shift(row.geometry), told | {"color": HEAT_COLORS[place]})


def _painted(feature: Any) -> dict[str, Any]:
    color = feature["properties"]["color"]
    # A thin edge keeps what is smaller than a pixel in sight.
    return {"color": color, "weight": 1, "fillColor": color, "fillOpacity": 0.72}


def _feature(shape: Any, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}


def _shift(found: Coverage) -> Any:
    """Across the antimeridian longitudes run on past 180, so that the area is in one piece."""
    west, _, east, _ = found.area.bounds
    middles = [part.centroid.x for part in shapely.get_parts(found.area)]
    if east - west <= 180 or not min(middles) < 0 < max(middles):
        return lambda shape: shape

    def shift(shape: Any) -> Any:
        """Move what lies west of the antimeridian behind what lies east of it."""
        parts = [translate(p, xoff=360) if p.centroid.x < 0 else p for p in shapely.get_parts(shape)]
        return shapely.union_all(parts)

    return shift


def _bounds(shape: Any) -> Bounds:
    west, south, east, north = shape.bounds
    return west, south, east, north
