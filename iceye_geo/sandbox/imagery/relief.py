"""Where land begins and how high it is: coastline detail, lakes, rivers, hills, mountains. No backscatter."""

from __future__ import annotations

import math

import numpy as np

from iceye_geo.sandbox.imagery.gazetteer import density, nearby
from iceye_geo.sandbox.imagery.ground import ALIGN, Block, Float32, enlarge
from iceye_geo.sandbox.imagery.noise import fractal, noise
from iceye_geo.sandbox.imagery.ports import carve
from iceye_geo.sandbox.land import coast_distance

_VOLCANO_M = {"volcano": 9_000.0}


def coast_level(block: Block) -> tuple[Float32, Float32]:
    """Return the distance to the waterline in plane units, positive on land, and the port ground (see `carve`).

    The outlines know bends of half a kilometre; smaller ones are invented, the same in every scene.
    """
    longer = max(block.geometry.width, block.geometry.height)
    stride = min(ALIGN, max(2, 2 ** math.floor(math.log2(max(2, longer / 120)))))
    distance = coast_distance(*block.lonlat(stride)) * block.metre
    level = enlarge(distance.astype(np.float32), factor=stride, shape=block.shape)
    level = (
        np.minimum(level, _inland_water(block))
        if distance.max() > 0 and block.geometry.center_lat > -60
        else level
    )
    if distance.min() < 2_500:
        rough = np.exp(np.float32(0.6) * noise(block, 7_000, seed=10))
        level = level + np.float32(130) * rough * fractal(block, 1_500, seed=11, gain=0.58, finest=4)
    return carve(block, np.ascontiguousarray(level))


def _inland_water(block: Block) -> Float32:
    wet = noise(block, 160_000, seed=20)
    course = fractal(block, 14_000, seed=21, gain=0.3, octaves=5)
    width = np.float32(45) + np.float32(30) * noise(block, 25_000, seed=22) + np.float32(25) * wet
    river = (
        np.abs(course) * np.float32(5_500) - width + np.float32(60) * np.maximum(np.float32(25) - width, 0)
    )
    lake = (fractal(block, 5_000, seed=23, gain=0.5) + np.float32(2.5) - np.float32(0.5) * wet) * np.float32(
        900
    )
    return np.minimum(river, lake)


def heights(block: Block, level: Float32) -> Float32:
    """Return heights over the sea in metres: flat at the coast, hills inland, mountains in some regions."""
    inland = np.clip(level / np.float32(2_500), 0, 1)
    if not inland.any():
        return np.zeros(block.shape, dtype=np.float32)
    rugged = noise(block, 90_000, seed=30) - np.float32(0.4) + np.float32(2) * _rugged_places(block)
    rugged = np.clip(rugged, 0, 1.3)
    hills = np.float32(26) * fractal(block, 3_200, seed=31, gain=0.45)
    height = hills + np.float32(20)
    if float(rugged.max()) > 0.02:
        crests = fractal(block, 8_000, seed=32, gain=0.5, ridged=True) + np.float32(0.6)
        height = height + rugged * np.float32(560) * np.maximum(crests, 0)
    return np.asarray(np.maximum(height + _cones(block), 0) * inland)


def _rugged_places(block: Block) -> Float32:
    return density(block, {"volcano": 16_000.0, "polar": 30_000.0})


def _cones(block: Block) -> Float32 | float:
    if not any(place.kind == "volcano" for place in nearby(block)):
        return 0.0
    bell = density(block, _VOLCANO_M)
    crater = np.float32(260) * np.clip((bell - np.float32(0.985)) / np.float32(0.01), 0, 1)
    return np.asarray(np.float32(1_500) * bell**2 - crater)
