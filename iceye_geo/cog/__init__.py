"""Looking into images behind signed links: open, preview, chip, measure, geocode, download. All lazy."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iceye_geo.cog.batch import Batch, Summary, map_cogs
    from iceye_geo.cog.change import ChangePicture, change_picture
    from iceye_geo.cog.cog import Cog
    from iceye_geo.cog.downloads import download, download_assets
    from iceye_geo.cog.env import cog_env
    from iceye_geo.cog.geocode import GeoRaster
    from iceye_geo.cog.info import CogInfo
    from iceye_geo.cog.opening import open_cog
    from iceye_geo.cog.plan import Window
    from iceye_geo.cog.raster import Raster
    from iceye_geo.cog.ref import AssetRef, Link, LinkResolver
    from iceye_geo.cog.series import backscatter_curve, stack
    from iceye_geo.cog.statistics import Histogram, Statistics
    from iceye_geo.cog.transfer import Transfer

_HOMES = {
    "AssetRef": "ref",
    "Batch": "batch",
    "ChangePicture": "change",
    "Cog": "cog",
    "CogInfo": "info",
    "GeoRaster": "geocode",
    "Histogram": "statistics",
    "Link": "ref",
    "LinkResolver": "ref",
    "Raster": "raster",
    "Statistics": "statistics",
    "Summary": "batch",
    "Transfer": "transfer",
    "Window": "plan",
    "backscatter_curve": "series",
    "change_picture": "change",
    "cog_env": "env",
    "download": "downloads",
    "download_assets": "downloads",
    "map_cogs": "batch",
    "open_cog": "opening",
    "stack": "series",
}

__all__ = [
    "AssetRef",
    "Batch",
    "ChangePicture",
    "Cog",
    "CogInfo",
    "GeoRaster",
    "Histogram",
    "Link",
    "LinkResolver",
    "Raster",
    "Statistics",
    "Summary",
    "Transfer",
    "Window",
    "backscatter_curve",
    "change_picture",
    "cog_env",
    "download",
    "download_assets",
    "map_cogs",
    "open_cog",
    "stack",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo.cog' has no attribute {name!r}")
    return getattr(importlib.import_module(f"iceye_geo.cog.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
