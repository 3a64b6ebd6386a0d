"""Which named places are near a block, and how strongly towns, ports and volcanoes mark it. No pixels of their own."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from iceye_geo.sandbox.imagery.ground import Block, Float32, enlarge

#: How far a place of a kind is built up, metres from its centre; kinds not listed have no town.
_TOWN_M = {"city": 11_000.0, "port": 7_000.0, "strait": 3_500.0, "river": 1_500.0, "coast": 1_800.0}
_TOWN_M |= {"farmland": 1_200.0, "volcano": 1_500.0}
_REACH_M = 60_000.0


@dataclass(frozen=True, slots=True)
class Nearby:
    """A named place on the plane of a block.

    Attributes:
        name: of the place.
        kind: "port", "city", "volcano" ...
        lon: degrees.
        lat: degrees.
        x: plane coordinate relative to the scene centre.
        y: plane coordinate relative to the scene centre.
    """

    name: str
    kind: str
    lon: float
    lat: float
    x: float
    y: float


@functools.cache
def _table() -> tuple[tuple[str, float, float, str], ...]:
    from iceye_geo.sandbox.world.places import PLACES

    return tuple((p.name, p.lon, p.lat, p.kind) for p in PLACES)


def nearby(block: Block) -> list[Nearby]:
    """Return the named places within reach of the scene."""
    geometry = block.geometry
    reach = (_REACH_M + math.hypot(geometry.range_m, geometry.azimuth_m) / 2) * block.metre
    found = []
    for name, lon, lat, kind in _table():
        lon = geometry.center_lon + (lon - geometry.center_lon + 180) % 360 - 180
        if abs(lat - geometry.center_lat) > 12:
            continue
        x, y = block.project(np.array(lon), np.array(lat))
        if math.hypot(float(x), float(y)) < reach:
            found.append(Nearby(name, kind, lon, lat, float(x), float(y)))
    return found


def density(block: Block, sizes_m: dict[str, float], *, stride: int = 16) -> Float32:
    """Return the sum over places of a bell curve per kind, at every pixel; 1 at a place's centre."""
    x, y = block.xy(stride)
    total = np.zeros(x.shape, dtype=np.float32)
    for place in nearby(block):
        size = sizes_m.get(place.kind, 0.0) * block.metre
        if size:
            total += np.exp(-((x - place.x) ** 2 + (y - place.y) ** 2) / size**2).astype(np.float32)
    return np.asarray(enlarge(total, factor=stride, shape=block.shape))


def town_density(block: Block) -> Float32:
    """Return how built-up the land is by its named places, 0 to about 1."""
    return density(block, _TOWN_M)
