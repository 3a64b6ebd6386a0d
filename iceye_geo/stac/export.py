"""Writing Items to plain JSON and GeoJSON: what is written holds no signed link."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import NormalisationError
from iceye_geo.stac.normalise import normalise
from iceye_geo.stac.signed import scrub
from iceye_geo.stac.values import time_text

if TYPE_CHECKING:
    import geopandas as gpd
    import pystac

    Record = Mapping[str, Any] | pystac.Item


def item_dict(item: Record) -> dict[str, Any]:
    """Return an Item or a raw record as a STAC dict that may be stored: valid, and without signed links.

    An asset whose signature was taken away says ``iceye:href_expired: true``; search for the item again to
    get a fresh link.

    Example:
        >>> asset = {"href": "https://host/a?Signature=x"}
        >>> times = {"datetime": "2024-12-13T12:58:22Z"}
        >>> raw = {"id": "a", "properties": times, "assets": {"grd-cog": asset}}
        >>> item_dict(raw)["assets"]["grd-cog"]["href"]
        'https://host/a'
    """
    plain = item if isinstance(item, Mapping) else item.to_dict(transform_hrefs=False)
    return dict(scrub(normalise(plain)))


def item_dicts(items: Iterable[Record]) -> list[dict[str, Any]]:
    """Return many as STAC dicts that may be stored; hopeless records are skipped with a warning."""
    from iceye_geo.stac.items import warn_skipped

    kept = []
    for item in items:
        try:
            kept.append(item_dict(item))
        except NormalisationError as error:
            warn_skipped(error)
    return kept


def item_collection_dict(items: Iterable[Record]) -> dict[str, Any]:
    """Return a STAC ItemCollection as a dict that may be stored.

    Example:
        >>> item_collection_dict([])
        {'type': 'FeatureCollection', 'features': []}
    """
    return {"type": "FeatureCollection", "features": item_dicts(items)}


def write_item_collection(items: Iterable[Record], path: str | Path) -> Path:
    """Write a STAC ItemCollection as JSON, without signed links; returns the path.

    Args:
        items: Items or raw records.
        path: the file to write.
    """
    return _write_json(item_collection_dict(items), path)


def to_geojson(items: Iterable[Record] | gpd.GeoDataFrame) -> dict[str, Any]:
    """Return a plain GeoJSON FeatureCollection for maps and GIS: geometry and flat properties, no assets.

    Lists become text ("HH+HV"), and the id is a property too, since many readers lose a feature's own id.

    Args:
        items: Items, raw records, or a table of ``to_geodataframe``.

    Example:
        >>> raw = {"id": "a", "properties": {"datetime": "2024-12-13T12:58:22Z"}}
        >>> to_geojson([raw])["features"][0]["properties"]["id"]
        'a'
    """
    rows = getattr(items, "to_dict", None) if hasattr(items, "itertuples") else None
    if rows is not None:
        features = [_row_feature(row) for row in rows("records")]
    else:
        features = [_feature(item) for item in item_dicts(items)]
    return {"type": "FeatureCollection", "features": features}


def write_geojson(items: Iterable[Record] | gpd.GeoDataFrame, path: str | Path) -> Path:
    """Write a plain GeoJSON FeatureCollection; returns the path.

    Args:
        items: Items, raw records, or a table of ``to_geodataframe``.
        path: the file to write.
    """
    return _write_json(to_geojson(items), path)


def _feature(item: Mapping[str, Any]) -> dict[str, Any]:
    flat = {"id": item["id"]} | {name: _flat(value) for name, value in item["properties"].items()}
    feature = {"type": "Feature", "id": item["id"], "geometry": item["geometry"], "properties": flat}
    return feature | ({"bbox": item["bbox"]} if "bbox" in item else {})


def _row_feature(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write one row of a table; its geometry is in the column ``geometry``."""
    flat = {name: _cell(value) for name, value in row.items() if name not in ("geometry", "assets", "bbox")}
    shape = row["geometry"]
    geometry = None if shape is None else json.loads(json.dumps(shape.__geo_interface__))
    feature = {"type": "Feature", "geometry": geometry, "properties": scrub(flat)}
    return feature | ({"id": row["id"]} if "id" in row else {})


def _cell(value: Any) -> Any:
    """Write a cell as JSON has it: missing values as null, times as RFC 3339."""
    import pandas as pd

    if isinstance(value, list | dict):
        return _flat(value)
    if pd.isna(value):
        return None
    return time_text(value.to_pydatetime(warn=False)) if isinstance(value, pd.Timestamp) else value


def _flat(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "+".join(value)
    return json.dumps(value) if isinstance(value, dict | list) else value


def _write_json(content: Mapping[str, Any], path: str | Path) -> Path:
    target = Path(path)
    target.write_text(
        json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
    )
    return target
