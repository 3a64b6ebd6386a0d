"""Looking into images behind signed links: open, preview, chip, measure, geocode, download. All lazy."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iceye_geo.cog.cog import Cog
    from iceye_geo.cog.info import CogInfo
    from iceye_geo.cog.opening import open_cog
    from iceye_geo.cog.plan import Window
    from iceye_geo.cog.raster import Raster
    from iceye_geo.cog.ref import AssetRef, Link, LinkResolver
    from iceye_geo.cog.transfer import Transfer

_HOMES = {
    "AssetRef": "ref",
    "Cog": "cog",
    "CogInfo": "info",
    "Link": "ref",
    "LinkResolver": "ref",
    "Raster": "raster",
    "Transfer": "transfer",
    "Window": "plan",
    "open_cog": "opening",
}

__all__ = ["AssetRef", "Cog", "CogInfo", "Link", "LinkResolver", "Raster", "Transfer", "Window", "open_cog"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo.cog' has no attribute {name!r}")
    return getattr(importlib.import_module(f"iceye_geo.cog.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
