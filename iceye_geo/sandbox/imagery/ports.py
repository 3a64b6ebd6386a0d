"""Harbours: quays, finger piers and breakwaters at the coast nearest to a port. Shapes and heights, no backscatter."""

from __future__ import annotations

import functools
import itertools
import math
import zlib
from dataclasses import dataclass

import numpy as np

from iceye_geo.sandbox.imagery.gazetteer import nearby
from iceye_geo.sandbox.imagery.ground import Block, Float32
from iceye_geo.sandbox.land import coast_distance

#: A coast further from the port's point than this gets no harbour.
_SEARCH_M = 5_000.0
#: Half the width of a breakwater, and half the length of the harbour front, plane units.
_BREAKWATER, _FRONT = 10.0, 1_150.0


@dataclass(frozen=True, slots=True)
class Harbour:
    """A harbour on the plane of a block: a frame (along the coast, out to sea) and its own random numbers.

    Attributes:
        x: plane coordinate of its middle, relative to the scene centre.
        y: plane coordinate of its middle.
        seaward: direction out to sea, radians from the x axis.
        seed: what its piers are drawn from.
    """

    x: float
    y: float
    seaward: float
    seed: int

    def local(self, x: Float32, y: Float32) -> tuple[Float32, Float32]:
        """Return (along the coast, out to sea) of plane points, units."""
        dx, dy = x - np.float32(self.x), y - np.float32(self.y)
        cos, sin = np.float32(math.cos(self.seaward)), np.float32(math.sin(self.seaward))
        return dy * cos - dx * sin, dx * cos + dy * sin

    def plane(self, along: float, out: float) -> tuple[float, float]:
        """Return plane coordinates of a point given along the coast and out to sea."""
        cos, sin = math.cos(self.seaward), math.sin(self.seaward)
        return self.x + out * cos - along * sin, self.y + out * sin + along * cos

    def piers(self) -> list[tuple[float, float, float]]:
        """Return the finger piers as (along, half width, length), units."""
        rng = np.random.default_rng(self.seed)
        places = -930.0 + 310.0 * np.arange(7) + rng.uniform(-30, 30, 7)
        shapes = zip(places, rng.uniform(38, 75, 7), rng.uniform(330, 640, 7), rng.random(7), strict=True)
        return [(float(a), float(w), float(n)) for a, w, n, chance in shapes if chance < 0.8]

    def breakwaters(self) -> list[tuple[tuple[float, float], ...]]:
        """Return two arms as lines of (along, out) points with a gap between their ends."""
        reach = 950.0 + 350.0 * (self.seed % 7) / 7
        west = ((-1350.0, -150.0), (-1300.0, reach * 0.8), (-900.0, reach * 1.05), (-120.0, reach * 1.15))
        east = ((1350.0, -150.0), (1330.0, reach * 0.9), (800.0, reach * 1.32), (60.0, reach * 1.45))
        side = 1.0 if self.seed % 2 else -1.0
        return [_curve(tuple((side * a, o) for a, o in arm)) for arm in (west, east)]


def _curve(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Round the corners of a line by cutting them twice."""
    for _ in range(2):
        inner = [
            (a0 + t * (a1 - a0), o0 + t * (o1 - o0))
            for (a0, o0), (a1, o1) in itertools.pairwise(points)
            for t in (0.25, 0.75)
        ]
        points = (points[0], *inner, points[-1])
    return points


@functools.lru_cache(maxsize=256)
def _site(lon: float, lat: float) -> tuple[float, float, float] | None:
    """Return lon, lat and seaward direction of the harbour of a port, or None without a coast."""
    step = np.linspace(-_SEARCH_M, _SEARCH_M, 101)
    east, north = np.meshgrid(step, step)
    lons, lats = lon + east / (111_195 * math.cos(math.radians(lat))), lat + north / 111_195
    distance = coast_distance(lons, lats)
    score = np.abs(distance) * 3 + np.hypot(east, north)
    if np.abs(distance).min() > 300 or not (distance.min() < 0 < distance.max()):
        return None
    row, col = np.unravel_index(int(score[3:-3, 3:-3].argmin()), score[3:-3, 3:-3].shape)
    window = distance[row : row + 7, col : col + 7]
    slope_y, slope_x = (float(part.mean()) for part in np.gradient(window))
    return float(lons[row + 3, col + 3]), float(lats[row + 3, col + 3]), math.atan2(-slope_y, -slope_x)


def harbours(block: Block) -> list[Harbour]:
    """Return the harbours within reach of the scene."""
    found = []
    for place in nearby(block):
        site = _site(place.lon, place.lat) if place.kind == "port" else None
        if site:
            x, y = block.project(np.array(site[0]), np.array(site[1]))
            found.append(Harbour(float(x), float(y), site[2], zlib.crc32(place.name.encode())))
    return found


def _box(along: Float32, out: Float32, box: tuple[float, float, float, float]) -> Float32:
    """Return how deep points lie in the rectangle (low along, high along, low out, high out); negative outside."""
    low, high, near, far = (np.float32(v) for v in box)
    return np.asarray(np.minimum(np.minimum(along - low, high - along), np.minimum(out - near, far - out)))


def _arm(along: Float32, out: Float32, points: tuple[tuple[float, float], ...]) -> Float32:
    depth = np.full(along.shape, -1e4, dtype=np.float32)
    for (a0, o0), (a1, o1) in itertools.pairwise(points):
        length = np.float32((a1 - a0) ** 2 + (o1 - o0) ** 2)
        t = np.clip(((along - a0) * (a1 - a0) + (out - o0) * (o1 - o0)) / length, 0, 1).astype(np.float32)
        distance = np.hypot(along - a0 - t * (a1 - a0), out - o0 - t * (o1 - o0))
        depth = np.maximum(depth, np.float32(_BREAKWATER) - distance)
    return depth


def carve(block: Block, level: Float32) -> tuple[Float32, Float32]:
    """Dig basins and lay quays, piers and breakwaters into a land level.

    Args:
        block: where.
        level: height over the waterline in plane units of distance, positive on land; changed in place.

    Returns:
        The level, and a map of 0 (none), 1 (port ground: quays and piers) and 2 (breakwater).
    """
    ground = np.zeros(block.shape, dtype=np.float32)
    x, y = (a[: block.rows, : block.cols] for a in block.xy())
    for harbour in harbours(block):
        along, out = harbour.local(x, y)
        near = (np.abs(along) < 1500) & (out > -420) & (out < 2100)
        if near.any():
            level[near], ground[near] = _harbour(harbour, along[near], out[near], level[near])
    return level, ground


def _harbour(harbour: Harbour, along: Float32, out: Float32, level: Float32) -> tuple[Float32, Float32]:
    arms = np.maximum.reduce([_arm(along, out, points) for points in harbour.breakwaters()])
    level = np.minimum(level, -_box(along, out, (-_FRONT - 180, _FRONT + 180, 60, 1250)))
    quay = _box(along, out, (-_FRONT, _FRONT, -400, 110))
    piers = [_box(along, out, (a - w, a + w, 60, 110 + n)) for a, w, n in harbour.piers()]
    quay = np.maximum.reduce([quay, *piers])
    ground = np.where(arms > 0, np.float32(2), np.where(quay > 0, np.float32(1), np.float32(0)))
    return np.maximum(np.maximum(level, quay), arms), ground
