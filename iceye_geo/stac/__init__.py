"""Adapters: ICEYE's records to pystac Items, GeoDataFrames and GeoParquet. Homes load when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iceye_geo.stac.archive import read_geoparquet, read_geoparquet_items, to_geoparquet
    from iceye_geo.stac.arrow import to_arrow
    from iceye_geo.stac.assets import choose_asset
    from iceye_geo.stac.export import item_collection_dict, to_geojson, write_geojson, write_item_collection
    from iceye_geo.stac.frame import to_geodataframe
    from iceye_geo.stac.iceye_properties import item_from_file
    from iceye_geo.stac.items import IceyeItem, to_item, to_item_collection
    from iceye_geo.stac.normalise import normalise
    from iceye_geo.stac.source import Source

_HOMES = {
    "IceyeItem": "items",
    "Source": "source",
    "choose_asset": "assets",
    "item_collection_dict": "export",
    "item_from_file": "iceye_properties",
    "normalise": "normalise",
    "read_geoparquet": "archive",
    "read_geoparquet_items": "archive",
    "to_arrow": "arrow",
    "to_geodataframe": "frame",
    "to_geojson": "export",
    "to_geoparquet": "archive",
    "to_item": "items",
    "to_item_collection": "items",
    "write_geojson": "export",
    "write_item_collection": "export",
}

__all__ = [
    "IceyeItem",
    "Source",
    "choose_asset",
    "item_collection_dict",
    "item_from_file",
    "normalise",
    "read_geoparquet",
    "read_geoparquet_items",
    "to_arrow",
    "to_geodataframe",
    "to_geojson",
    "to_geoparquet",
    "to_item",
    "to_item_collection",
    "write_geojson",
    "write_item_collection",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo.stac' has no attribute {name!r}")
    return getattr(importlib.import_module(f"iceye_geo.stac.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
