"""folium pages that can be looked at and saved: footprints and looks. They need no network and hold no signed link."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iceye_geo.maps.outlines import footprints
    from iceye_geo.maps.page import base_map
    from iceye_geo.maps.planned import orders

_HOMES = {"base_map": "page", "footprints": "outlines", "orders": "planned"}

__all__ = ["base_map", "footprints", "orders"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo.maps' has no attribute {name!r}")
    return getattr(importlib.import_module(f"iceye_geo.maps.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
