"""Open country: fields that change with the season, woods, deserts. Backscatter and the height of what grows."""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np

from iceye_geo.sandbox.imagery.gazetteer import density
from iceye_geo.sandbox.imagery.ground import Block, Float32
from iceye_geo.sandbox.imagery.noise import UInt32, cells, fractal, hashed, noise, unit

#: (west, south, east, north) of dry lands.
_DRY = (
    (-17, 14, 62, 33),
    (11, -30, 18, -15),
    (-80, -28, -68, -5),
    (112, -31, 140, -19),
    (-119, 23, -105, 37),
)
_FARMED_M = {"farmland": 60_000.0, "river": 25_000.0}
_TREE_M = 17.0


def _dryness(block: Block) -> float:
    lon = (block.geometry.center_lon + 180) % 360 - 180
    lat = block.geometry.center_lat
    return float(any(w <= lon <= e and s <= lat <= n for w, s, e, n in _DRY))


def country(block: Block, height: Float32, *, when: datetime) -> tuple[Float32, Float32]:
    """Return (backscatter in dB, height of trees in metres) of land without towns or ice.

    Args:
        block: where.
        height: terrain, metres: mountains have no fields.
        when: the season, which fields and leaves follow.
    """
    dry, farmed = _dryness(block), density(block, _FARMED_M)
    woods = _woods(block, height, farmed=farmed, dry=dry)
    fields = _fields(block, when) if dry < 1 or farmed.max() > 0.1 else np.zeros(block.shape, np.float32)
    rough = fractal(block, 2_400, seed=70, gain=0.6)
    wild = np.float32(-11.5) + np.float32(1.1) * rough
    if dry:
        wild = np.float32(-14.5) + np.float32(1.7) * rough + _dunes(block)
    tilled = np.clip((np.float32(140) - height) / 60, 0, 1) if not dry else np.clip(farmed * 3 - 0.6, 0, 1)
    base = wild + (fields - wild) * tilled
    canopy = np.float32(-8.6) + np.float32(0.5) * rough + _crowns(block)
    decibel = base + (canopy - base) * woods
    return np.asarray(decibel), np.asarray(woods * np.float32(_TREE_M))


def _woods(block: Block, height: Float32, *, farmed: Float32, dry: float) -> Float32:
    """Return 1 in woods, 0 outside, with a soft edge of a few metres."""
    north = min(1.0, max(0.0, (abs(block.geometry.center_lat) - 48) / 14))
    bias = np.float32(0.75 - 0.9 * north + 3 * dry) + np.float32(0.9) * np.minimum(farmed, 1)
    bias = bias - np.clip((height - 90) / 250, 0, 1) + np.clip((height - 900) / 300, 0, 3)
    patches = noise(block, 19_000, seed=72) * np.float32(0.6) + fractal(block, 1_700, seed=73, gain=0.52)
    return np.asarray(np.clip((patches - bias) * np.float32(14), 0, 1))


def _crowns(block: Block) -> Float32 | float:
    return np.float32(1.1) * noise(block, 13, seed=74) if block.pixel < 6 else 0.0


def _dunes(block: Block) -> Float32:
    crests = noise(block, 500, seed=75, stretch=(0.6, 7.0)) + noise(block, 210, seed=76, stretch=(0.75, 4.0))
    sand = np.clip(noise(block, 30_000, seed=77), 0, 1)
    return np.asarray(np.float32(0.8) * sand * crests - np.float32(2) * sand)


def _fields(block: Block, when: datetime) -> Float32:
    """Return backscatter in dB of a patchwork of fields, turned another way in each district."""
    x, y = (a[: block.rows, : block.cols] for a in block.xy())
    bend = np.float32(240) * noise(block, 1_500, seed=80)
    column, row, ax, ay = cells(block, 2_700, x=x, y=y, warp=bend)
    district = hashed(81, column, row)
    turn = unit(district) * np.float32(math.pi)
    cos, sin = np.cos(turn), np.sin(turn)
    u, v = ax * cos + ay * sin, ay * cos - ax * sin
    depth = np.float32(130) + np.float32(330) * unit(district, shift=10)
    strip = np.floor(v / depth)
    inside_v = v - strip * depth
    lane = hashed(82, district, strip.astype(np.int32))
    length = np.float32(90) + np.float32(420) * unit(lane) ** 2
    along = u / length + unit(lane, shift=10)
    plot = np.floor(along)
    bits = hashed(83, lane, plot.astype(np.int32))
    decibel = _crop(bits, when)
    edge = np.minimum(inside_v, (along - plot) * length)
    return np.asarray(decibel + _borders(block, edge, lane) + _furrows(block, v, bits))


def _crop(bits: UInt32, when: datetime) -> Float32:
    """Half of the fields keep their look for the year; the others follow sowing, growth and harvest."""
    month = (when.year * 12 + when.month) + (when.day > 15) * 0.5
    phase = np.float32(month / 12 * 2 * math.pi) + unit(bits, shift=10) * np.float32(2 * math.pi)
    swing = np.where(unit(bits, shift=20) > 0.5, np.float32(2.6), np.float32(0.2)) * np.sin(phase)
    return np.asarray(np.float32(-15.3) + np.float32(6.5) * unit(bits) + swing)


def _borders(block: Block, edge: Float32, lane: UInt32) -> Float32 | float:
    if block.pixel > 9:
        return 0.0
    hedge = np.where(unit(lane, shift=20) > 0.45, np.float32(4.0), np.float32(-3.0))
    return np.asarray(np.where(edge < 4.5, hedge, np.float32(0)))


def _furrows(block: Block, v: Float32, bits: UInt32) -> Float32 | float:
    if block.pixel > 4:
        return 0.0
    return np.asarray(np.sin(v * np.float32(0.42)) * unit(bits, shift=5) * np.float32(0.8))
