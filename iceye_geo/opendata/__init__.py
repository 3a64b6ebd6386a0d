"""ICEYE's open data: a free static STAC catalog, with the search, the results and the looks of the paid archive."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iceye_geo.opendata.catalog import OpenData
    from iceye_geo.opendata.found import OpenDataSearch

_HOMES = {"OpenData": "catalog", "OpenDataSearch": "found"}

__all__ = ["OpenData", "OpenDataSearch"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo.opendata' has no attribute {name!r}")
    return getattr(importlib.import_module(f"iceye_geo.opendata.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
