"""Pixxel's delivery and download API. Loads when used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iceye_geo.providers.pixxel.client import PixxelClient
    from iceye_geo.providers.pixxel.entries import DeliveryEntry
    from iceye_geo.providers.pixxel.models import CatalogEntry, PixxelDelivery, PixxelDownload, PixxelStore
    from iceye_geo.providers.pixxel.provider import PixxelProvider
    from iceye_geo.providers.pixxel.settings import PixxelSettings

_HOMES = {
    "CatalogEntry": "models",
    "DeliveryEntry": "entries",
    "PixxelClient": "client",
    "PixxelDelivery": "models",
    "PixxelDownload": "models",
    "PixxelProvider": "provider",
    "PixxelSettings": "settings",
    "PixxelStore": "models",
}

__all__ = [
    "CatalogEntry",
    "DeliveryEntry",
    "PixxelClient",
    "PixxelDelivery",
    "PixxelDownload",
    "PixxelProvider",
    "PixxelSettings",
    "PixxelStore",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo.providers.pixxel' has no attribute {name!r}")
    return getattr(importlib.import_module(f"iceye_geo.providers.pixxel.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
