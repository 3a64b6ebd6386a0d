"""Footprints on a page: coloured by product type or time, with what an analyst asks first under the pointer."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pystac
import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from iceye_geo.analysis.frames import attribution_of
from iceye_geo.errors import InvalidInputError
from iceye_geo.maps.page import Bounds, add_ramp, base_map, fit
from iceye_geo.maps.thumbnails import Fetch, overlays
from iceye_geo.stac import to_geodataframe

ColorBy = Literal["product", "time"]

#: Okabe and Ito's palette: told apart with every common colour vision.
PRODUCT_COLORS = {
    "GRD-COG": "#0072b2",
    "GRD": "#56b4e9",
    "SLC-COG": "#d55e00",
    "SLC": "#e69f00",
    "QLK": "#009e73",
    "CSI-COG": "#cc79a7",
    "CSI": "#e8b5d3",
    "VID-COG": "#7a4a1e",
    "VID": "#b5835a",
}
OTHER_COLOR = "#4b5563"
#: Seven steps of viridis, early to late.
TIME_COLORS = ("#440154", "#443983", "#31688e", "#21918c", "#35b779", "#90d743", "#fde725")

DOT_PX = 3.5

_FIELDS = {
    "time": "Acquired",
    "mode": "Mode",
    "product": "Product",
    "incidence": "Incidence",
    "look": "Look side",
    "pass": "Pass",
    "frame": "Frame",
}


def footprints(
    records: gpd.GeoDataFrame | Iterable[pystac.Item],
    *,
    color_by: ColorBy = "product",
    basemap: str | None = None,
    attribution: str = "",
    title: str = "",
    fetch: Fetch | None = None,
    thumbnails: int = 12,
    signed_links: bool = False,
) -> folium.Map:
    """Draw footprints on a folium map. The saved page needs no network and holds no signed link.

    Args:
        records: a GeoDataFrame of `iceye_geo.stac.to_geodataframe`, or Items.
        color_by: "product" (a layer per product type) or "time" (early to late).
        basemap: tile URL template; None shows the shipped land outline.
        attribution: credit for the basemap.
        title: words in the corner; by default the number of footprints and their dates.
        fetch: reads a link, for example ``client.session.fetch``; with it, thumbnails of Items are laid over the map.
        thumbnails: lay over at most so many.
        signed_links: True puts the links of Items' assets into a popup. They open the data for anybody, for an hour.

    Raises:
        InvalidInputError: ``color_by`` is neither of the two, or ``signed_links`` is asked for without Items.

    Example:
        >>> search = client.catalog.search(bbox=(-12, 34, 32, 66), max_items=5)
        >>> page = footprints(search.to_geodataframe(), color_by="time").get_root().render()
        >>> "Signature=" in page
        False
    """
    if color_by not in ("product", "time"):
        raise InvalidInputError("color_by", f"{color_by!r} is neither 'product' nor 'time'")
    items = [] if isinstance(records, gpd.GeoDataFrame) else list(records)
    if signed_links and not items:
        raise InvalidInputError("signed_links", "a table holds no links", hint="Give Items instead.")
    gdf = records if isinstance(records, gpd.GeoDataFrame) else to_geodataframe(items)
    shapes = joined(gdf.geometry)
    bounds = _bounds(shapes)
    made = base_map(
        basemap=basemap, attribution=attribution, title=title or _count(gdf), subtitle=_subtitle(gdf),
        beyond_180=bounds is not None and bounds[2] > 180,
    )  # fmt: skip
    if fetch is not None and items:
        _add_thumbnails(made, items, fetch, thumbnails, bounds)
    links = _links(items) if signed_links else {}
    _add_layers(made, gdf, shapes, color_by, links)
    if bounds:
        fit(made, bounds)
    folium.LayerControl(collapsed=False).add_to(made)
    return made


def _add_layers(
    made: folium.Map,
    gdf: gpd.GeoDataFrame,
    shapes: list[BaseGeometry | None],
    color_by: ColorBy,
    links: dict[str, str],
) -> None:
    products = gdf["sar:product_type"].fillna("unknown").astype(str)
    if color_by == "product":
        for product in products.value_counts().index:
            rows = np.flatnonzero(products == product)
            color = PRODUCT_COLORS.get(product, OTHER_COLOR)
            name = f'<i style="background:{color}"></i>{html.escape(product)} ({len(rows)})'
            _add_layer(made, name, _features(gdf, shapes, rows, [color] * len(gdf), links))
        return
    last = len(TIME_COLORS) - 1
    colors = [TIME_COLORS[round(float(age) * last)] for age in _ages(gdf["acquired"])]
    features = _features(gdf, shapes, range(len(gdf)), colors, links)
    _add_layer(made, f"Footprints ({len(gdf)})", features)
    days = (
        [f"{gdf['acquired'].min():%Y-%m-%d}", f"{gdf['acquired'].max():%Y-%m-%d}"] if len(gdf) else ["", ""]
    )
    add_ramp(made, TIME_COLORS, title="Acquired", ends=(days[0], days[1]))


def _features(
    gdf: gpd.GeoDataFrame,
    shapes: list[BaseGeometry | None],
    rows: Iterable[int],
    colors: Sequence[str],
    links: dict[str, str],
) -> list[dict[str, Any]]:
    features = []
    for row in rows:
        geometry = shapes[row]
        if geometry is not None:
            properties = _told(gdf.iloc[row]) | {"color": colors[row]}
            properties |= {"links": links[gdf["id"].iloc[row]]} if links else {}
            features.append(
                {"type": "Feature", "geometry": geometry.__geo_interface__, "properties": properties}
            )
    return features


def _add_layer(made: folium.Map, name: str, features: list[dict[str, Any]]) -> None:
    """Add outlines, and a dot on each, since a scene of 5 km is nothing to see on a page of a continent."""
    if not features:
        return
    group = folium.FeatureGroup(name=name)
    group.add_to(made)
    _add_features(group, features, weight=1.5)
    dots = [{**f, "geometry": {"type": "Point", "coordinates": _middle(f["geometry"])}} for f in features]
    marker = folium.CircleMarker(radius=DOT_PX, fill=True)
    _add_features(group, dots, weight=1, marker=marker)


def _add_features(
    group: folium.FeatureGroup,
    features: list[dict[str, Any]],
    *,
    weight: float,
    marker: folium.CircleMarker | None = None,
) -> None:
    opacity = 0.15 if marker is None else 0.7
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda f: {**_painted(f), "weight": weight, "fillOpacity": opacity},
        highlight_function=lambda _: {"weight": 3, "fillOpacity": 0.9 if marker else 0.4},
        tooltip=folium.GeoJsonTooltip(fields=list(_FIELDS), aliases=list(_FIELDS.values()), sticky=True),
        popup=folium.GeoJsonPopup(fields=["links"], labels=False)
        if "links" in features[0]["properties"]
        else None,
        marker=marker,
    ).add_to(group)


def _painted(feature: dict[str, Any]) -> dict[str, str]:
    color = feature["properties"]["color"]
    return {"color": color, "fillColor": color}


def _middle(geometry: dict[str, Any]) -> list[float]:
    point = shapely.geometry.shape(geometry).representative_point()
    return [round(point.x, 5), round(point.y, 5)]


def _told(row: pd.Series[Any]) -> dict[str, str]:
    """What the tooltip says of a row, as escaped words."""
    incidence = row["view:incidence_angle"]
    words = {
        "time": f"{row['acquired']:%Y-%m-%d %H:%M:%S} UTC" if pd.notna(row["acquired"]) else "",
        "mode": row["iceye:processing_mode"],
        "product": row["sar:product_type"],
        "incidence": f"{incidence:.1f}°" if pd.notna(incidence) else "",
        "look": row["sar:observation_direction"],
        "pass": row["sat:orbit_state"],
        "frame": row["iceye:frame_id"],
    }
    return {k: html.escape(str(v)) if pd.notna(v) and v != "" else "not stated" for k, v in words.items()}


def _add_thumbnails(
    made: folium.Map, items: list[pystac.Item], fetch: Fetch, most: int, bounds: Bounds | None
) -> None:
    found = overlays(items, fetch, most=most)
    if not found:
        return
    group = folium.FeatureGroup(name=f"Thumbnails ({len(found)})")
    for overlay in found.values():
        west, south, east, north = overlay.bounds
        shift = 360 if bounds and bounds[2] > 180 and east < bounds[0] else 0
        folium.raster_layers.ImageOverlay(
            overlay.url, bounds=[[south, west + shift], [north, east + shift]], opacity=0.9
        ).add_to(group)
    group.add_to(made)


def joined(shapes: Iterable[BaseGeometry | None]) -> list[BaseGeometry | None]:
    """Bring footprints that were cut at the antimeridian together again, past longitude 180.

    When any was cut, the whole page is drawn from 0 to 360 degrees east if that keeps the footprints closer.
    """
    known = list(shapes)
    crossing = [g for g in known if g is not None and _is_cut(g)]
    if not crossing:
        return known
    joined = [_shifted(g) if g is not None and _is_cut(g) else g for g in known]
    plain = [g for g in joined if g is not None]
    west_of = [g for g in plain if g.bounds[0] < 0]
    spread_now = max(g.bounds[2] for g in plain) - min(g.bounds[0] for g in plain)
    spread_moved = max(g.bounds[2] + (360 if g.bounds[0] < 0 else 0) for g in plain) - min(
        g.bounds[0] + (360 if g.bounds[0] < 0 else 0) for g in plain
    )
    if not west_of or spread_moved >= spread_now:
        return joined
    return [translate(g, xoff=360) if g is not None and g.bounds[0] < 0 else g for g in joined]


def _is_cut(geometry: BaseGeometry) -> bool:
    west, _, east, _ = geometry.bounds if not geometry.is_empty else (0, 0, 0, 0)
    return west <= -180 + 1e-9 and east >= 180 - 1e-9


def _shifted(geometry: BaseGeometry) -> BaseGeometry:
    parts = getattr(geometry, "geoms", [geometry])
    return shapely.union_all([translate(p, xoff=360) if p.bounds[2] < 0 else p for p in parts])


def _bounds(shapes: list[BaseGeometry | None]) -> Bounds | None:
    known = [g.bounds for g in shapes if g is not None and not g.is_empty]
    if not known:
        return None
    table = np.array(known)
    west, south = table[:, :2].min(axis=0)
    east, north = table[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def _ages(acquired: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    seconds = acquired.astype("int64").to_numpy(dtype=float) if len(acquired) else np.zeros(0)
    span = np.ptp(seconds) if len(seconds) else 0.0
    return (seconds - seconds.min()) / span if span else np.zeros(len(seconds))


def _count(gdf: gpd.GeoDataFrame) -> str:
    return f"{len(gdf)} footprint{'' if len(gdf) == 1 else 's'}" if len(gdf) else "Nothing found"


def _subtitle(gdf: gpd.GeoDataFrame) -> str:
    """The dates, and who must be named with the footprints."""
    source = attribution_of(gdf)
    return "  ".join(part for part in (_dates(gdf), source and f"© {source}") if part)


def _dates(gdf: gpd.GeoDataFrame) -> str:
    if not len(gdf) or gdf["acquired"].isna().all():
        return ""
    return f"acquired {gdf['acquired'].min():%Y-%m-%d} to {gdf['acquired'].max():%Y-%m-%d}"


def _links(items: list[pystac.Item]) -> dict[str, str]:
    def lines(item: pystac.Item) -> Iterator[str]:
        """Write the links of one Item."""
        for key, asset in item.assets.items():
            yield f'<a href="{html.escape(asset.href, quote=True)}">{html.escape(asset.title or key)}</a>'

    return {item.id: "<br>".join(lines(item)) or "no files" for item in items}
