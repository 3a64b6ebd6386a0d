"""Open water: dark, darker far out in range, streaked by a wind that changes from frame to frame."""

from __future__ import annotations

import math

import numpy as np

from iceye_geo.sandbox.imagery.ground import Block, Float32
from iceye_geo.sandbox.imagery.noise import fractal, noise

#: Backscatter at 20 degrees with a light breeze, dB, and its fall per degree; X-band VV over the open sea.
_AT_20_DEG_DB, _FALL_DB = -16.5, 0.36


def water_db(block: Block, level: Float32, *, seed: int) -> Float32:
    """Return the sea's backscatter in dB.

    Args:
        block: where.
        level: land level, negative on water; the shore gives shelter.
        seed: of the frame: its wind.
    """
    rng = np.random.default_rng([seed, 40])
    wind, direction = float(rng.uniform(-2.0, 1.8)), float(rng.uniform(0, math.pi))
    angle = np.degrees(block.incidence())
    decibel = np.float32(_AT_20_DEG_DB + wind) - np.float32(_FALL_DB) * (angle - np.float32(20))
    gusts = fractal(block, 24_000, seed=seed + 41, gain=0.55, octaves=6)
    decibel = decibel + np.float32(1.3) * gusts + _streaks(block, direction, seed)
    decibel -= np.float32(2.2) * np.exp(np.minimum(level, 0) / np.float32(450))
    return np.asarray(decibel - _slicks(block, gusts, seed))


def _streaks(block: Block, direction: float, seed: int) -> Float32:
    total = np.zeros(block.shape, dtype=np.float32)
    for index, (cell, along, height) in enumerate(((420.0, 9.0, 0.45), (150.0, 7.0, 0.4), (45.0, 1.6, 0.7))):
        if cell > 3 * block.pixel:
            turned = direction + (math.pi / 2 if index == 2 else 0.0)  # swell crests lie across the wind
            total += np.float32(height) * noise(block, cell, seed=seed + 50 + index, stretch=(turned, along))
    return total


def _slicks(block: Block, gusts: Float32, seed: int) -> Float32:
    """Return how much darker films and lulls are, dB: threads where a field is near zero, patches where it is low."""
    film = fractal(block, 5_000, seed=seed + 60, gain=0.5, octaves=6)
    threads = np.exp(-((film / np.float32(0.05)) ** 2)) * np.clip(-gusts, 0, 1)
    lulls = np.clip(-gusts - np.float32(1.2), 0, 1)
    return np.asarray(np.float32(3.5) * threads + np.float32(4) * lulls)
