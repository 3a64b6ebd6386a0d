"""A local copy of the catalog on disk: ``Archive.sync`` fills it, ``Archive.search`` answers from it offline."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iceye_geo.archive.archive import Archive, ArchiveInfo
    from iceye_geo.archive.found import ArchiveSearch
    from iceye_geo.archive.sync import SyncReport

_HOMES = {"Archive": "archive", "ArchiveInfo": "archive", "ArchiveSearch": "found", "SyncReport": "sync"}

__all__ = ["Archive", "ArchiveInfo", "ArchiveSearch", "SyncReport"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo.archive' has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(f"iceye_geo.archive.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        from iceye_geo.errors import MissingExtraError

        raise MissingExtraError(
            "An archive needs an extra that is not installed: pip install 'iceye-geo[archive]'"
        ) from None


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
