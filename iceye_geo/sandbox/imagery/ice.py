"""The polar world: sea ice with floes, leads and ridges, and ice caps on land. Backscatter in dB."""

from __future__ import annotations

import numpy as np

from iceye_geo.sandbox.imagery.ground import Block, Float32
from iceye_geo.sandbox.imagery.noise import fractal, noise, unit, worley

#: (west, east, latitude) of seas that a warm current keeps open further north.
_WARM_SEAS = ((-12.0, 60.0, 77.5),)
_NORTH, _SOUTH = 68.6, -62.5


def is_icy(block: Block) -> bool:
    """Return whether the sea freezes here."""
    lon = (block.geometry.center_lon + 180) % 360 - 180
    lat = block.geometry.center_lat
    north = next((edge for west, east, edge in _WARM_SEAS if west <= lon <= east), _NORTH)
    return lat > north or lat < _SOUTH


def sea_ice(block: Block, open_water: Float32) -> Float32:
    """Return the backscatter of a frozen sea: floes of different age, parted by leads.

    Args:
        block: where.
        open_water: what shows between the floes, dB.
    """
    strain = noise(block, 40_000, seed=100)
    loose = np.float32(0.012) + np.float32(0.03) * np.maximum(strain + np.float32(0.4), 0)
    polynya = -fractal(block, 15_000, seed=107, gain=0.5) - np.float32(1.35)
    loose = loose + np.float32(0.5) * np.clip(polynya, 0, 2)
    wobble = np.float32(0.012) * fractal(block, 500, seed=103, gain=0.6)
    one, two, age = worley(block, 5_200, seed=101)
    lead = _crack(two - one + wobble, loose, sharp=70)
    part_one, part_two, part_age = worley(block, 1_150, seed=106)
    broken = unit(age, shift=20) < 0.55
    lead = np.maximum(lead, _crack(part_two - part_one + wobble, loose * 2, sharp=24) * broken)
    old = np.where(broken, unit(part_age), unit(age))
    if block.pixel < 100:
        small_one, small_two, small_age = worley(block, 290, seed=102)
        brash = broken & (unit(part_age, shift=20) < 0.4)
        crack = _crack(small_two - small_one, loose * 3, sharp=9)
        lead, old = np.maximum(lead, crack * brash * np.float32(0.8)), np.where(brash, unit(small_age), old)
    floe = np.float32(-15) + np.float32(4.5) * unit(age) + np.float32(3) * old
    floe += np.float32(1.1) * fractal(block, 1_600, seed=104, gain=0.65) + np.float32(4) * _ridges(block)
    return np.asarray(floe + (open_water - np.float32(1.5) - floe) * lead)


def _crack(gap: Float32, width: Float32, *, sharp: float) -> Float32:
    """Return 1 in cracks between floes, 0 on them, with an edge as sharp as the pixels allow."""
    return np.asarray(np.clip((width - gap) * np.float32(sharp) + np.float32(0.5), 0, 1))


def _ridges(block: Block) -> Float32:
    lines = fractal(block, 1_900, seed=105, gain=0.6)
    return np.asarray(np.exp(-((lines / np.float32(0.025)) ** 2)))


def ice_cap(block: Block) -> Float32:
    """Return the backscatter of a glacier or ice sheet: bright firn, darker wet snow, flow lines and crevasses."""
    firn = np.float32(-6.5) + np.float32(1.6) * fractal(block, 22_000, seed=110, gain=0.5)
    flow = noise(block, 420, seed=111, stretch=(0.9, 11.0)) + noise(block, 160, seed=112, stretch=(0.9, 9.0))
    fast = np.clip(noise(block, 17_000, seed=113), 0, 1.2)
    crevasses = np.zeros(block.shape, dtype=np.float32)
    if block.pixel < 25:
        crevasses = np.clip(noise(block, 75, seed=114, stretch=(2.4, 6.0)) - 0.6, 0, 2) * fast
    return np.asarray(firn + fast * np.float32(0.9) * flow + np.float32(2.2) * crevasses)


def glaciated(block: Block, height: Float32) -> Float32:
    """Return the share of ice on land, 0 to 1: all of Antarctica, the high Arctic but for its coasts."""
    lat = block.geometry.center_lat
    if lat < -60:
        return np.ones(block.shape, dtype=np.float32)
    reach = np.float32((lat - 73.5) / 5) + noise(block, 24_000, seed=115) + (height - np.float32(200)) / 400
    edge = np.float32(0.2) * fractal(block, 2_000, seed=116, gain=0.6)
    return np.asarray(np.clip((reach + edge) * np.float32(8), 0, 1))
