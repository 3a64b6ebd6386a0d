"""Shared by the tests of this room: a renewer of links, opening with parts exchanged, local reads to compare with."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.windows import Window as RasterioWindow

from iceye_geo.cog.cog import Cog
from iceye_geo.cog.opening import Recipe
from iceye_geo.cog.plan import Window
from iceye_geo.cog.ref import AssetRef, Link

from .server import StrictHost


class Renewer:
    """Signs fresh links, as a service would, and counts how often."""

    def __init__(self, host: StrictHost, path: Path, *, ttl_s: float = 3600) -> None:
        self.host, self.path, self.ttl_s = host, path, ttl_s
        self.calls = 0
        self.generation = 0

    def resolve(self, ref: AssetRef) -> Link:
        self.calls += 1
        url = self.host.url(self.path, ttl_s=self.ttl_s)
        return Link.of(url.replace("Signature=", "Signature=no") if self.generation < 0 else url)


def open_with(
    host: StrictHost, path: Path, *, renewer: Any = None, wire: Any = None, ttl_s: float = 3600,
    life_s: float | None = None,
) -> Cog:  # fmt: skip
    link = Link.of(host.url(path, ttl_s=ttl_s))
    if life_s is not None:
        link = Link(link.url, link.expires_at, life_s)
    ref = AssetRef(path.stem, "grd-cog", location="" if renewer else str(path))
    return Recipe(ref, renewer or Renewer(host, path), link=link, wire=wire).open()


def local(
    path: Path, window: Window | None = None, *, level: int = 0, shape: tuple[int, int] | None = None,
    bands: int | list[int] = 1, resampling: str = "average",
) -> np.ma.MaskedArray[Any, Any]:  # fmt: skip
    """What rasterio reads from disk."""
    part = RasterioWindow(window.col, window.row, window.width, window.height) if window else None
    with rasterio.open(path, OVERVIEW_LEVEL=f"{level - 1}only" if level else "NONE") as dataset:
        full = shape if shape is None or isinstance(bands, int) else (len(bands), *shape)
        how = {"window": part, "out_shape": full, "resampling": Resampling[resampling]}
        found: np.ma.MaskedArray[Any, Any] = dataset.read(bands, masked=True, **how)
    return found


def now() -> datetime:
    return datetime.now(UTC)


def until(condition: Callable[[], bool]) -> None:
    """Wait for what is bound to come."""
    for _ in range(4000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("it never came to that")
