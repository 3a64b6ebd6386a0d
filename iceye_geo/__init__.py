"""A toolkit for ICEYE's radar archive and constellation. The public face; everything is imported when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from iceye_geo._version import __version__

if TYPE_CHECKING:
    from iceye_geo.archive import Archive
    from iceye_geo.client import Client
    from iceye_geo.cog import open_cog
    from iceye_geo.errors import IceyeGeoError
    from iceye_geo.health import doctor
    from iceye_geo.opendata import OpenData

_HOMES = {
    "Archive": "iceye_geo.archive",
    "Client": "iceye_geo.client",
    "OpenData": "iceye_geo.opendata",
    "doctor": "iceye_geo.health",
    "open_cog": "iceye_geo.cog",
    "IceyeGeoError": "iceye_geo.errors",
}

__all__ = ["Archive", "Client", "IceyeGeoError", "OpenData", "__version__", "doctor", "open_cog"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
