"""Built-up land: districts of streets and blocks with houses; port yards and tanks. Heights and corner strength."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from iceye_geo.sandbox.imagery.gazetteer import town_density
from iceye_geo.sandbox.imagery.ground import Block, Float32
from iceye_geo.sandbox.imagery.noise import UInt32, cells, fractal, hashed, noise, unit


class Built(NamedTuple):
    """What is built on some points.

    Attributes:
        decibel: backscatter of roofs, streets and yards.
        height: of the houses, metres; 0 between them.
        corner: how strongly walls and ground send the wave back, 0 to 1.
    """

    decibel: Float32
    height: Float32
    corner: Float32


def town(block: Block, terrain: Float32) -> Float32:
    """Return how densely the land is built up: 0 is open country, above 0.5 is town, 1 the middle of a city."""
    regions = noise(block, 70_000, seed=90) * np.float32(0.35)
    villages = np.clip(noise(block, 6_500, seed=91) - np.float32(1.75) + regions, 0, 0.5)
    cold = max(0.0, (abs(block.geometry.center_lat) - 68) / 6)
    named = town_density(block)
    edge = (
        np.float32(0.13) * fractal(block, 2_600, seed=92, gain=0.6) * np.minimum(named * 6 + villages * 6, 1)
    )
    total = named * np.float32(1.15) + villages * np.float32(1.6) + edge
    return np.asarray(total - np.clip((terrain - 150) / 200, 0, 1) - np.float32(cold))


def look_direction(block: Block) -> float:
    """Return the direction in which range grows, radians from the plane's x axis."""
    return math.radians(90.0 - block.geometry.look_azimuth_deg)


def streets(block: Block, x: Float32, y: Float32, dense: Float32, bend: Float32) -> Built:
    """Return the houses of towns at some points.

    Args:
        block: gives the lattice and the look direction.
        x: plane coordinates relative to the scene centre, shape (n,).
        y: plane coordinates, shape (n,).
        dense: how densely built up, shape (n,).
        bend: warp of the district borders, shape (n,).
    """
    column, row, ax, ay = cells(block, 1_250, x=x, y=y, warp=bend)
    district = hashed(95, column, row)
    turn = unit(district) * np.float32(math.pi / 2)
    cos, sin = np.cos(turn), np.sin(turn)
    u, v = ax * cos + ay * sin + np.float32(4000), ay * cos - ax * sin + np.float32(4000)
    size_u = np.float32(95) + np.float32(90) * unit(district, shift=10)
    size_v = np.float32(55) + np.float32(45) * unit(district, shift=20)
    block_u, block_v = np.floor(u / size_u), np.floor(v / size_v)
    in_u, in_v = u - block_u * size_u, v - block_v * size_v
    quarter = hashed(96, district, block_u.astype(np.int32), block_v.astype(np.int32))
    return _houses(block, quarter, district, dense, (in_u, in_v, size_u, size_v), turn)


def _houses(
    block: Block, quarter: UInt32, district: UInt32, dense: Float32,
    place: tuple[Float32, Float32, Float32, Float32], turn: Float32,
) -> Built:  # fmt: skip
    in_u, in_v, size_u, size_v = place
    lots = np.float32(1) + np.floor(unit(quarter) * np.float32(4) * (np.float32(1.4) - np.minimum(dense, 1)))
    width = size_u / lots
    lot = np.floor(in_u / width)
    bits = hashed(97, quarter, lot.astype(np.int32))
    margin = np.float32(6.5) + np.float32(3) * unit(bits, shift=20)
    from_side = np.minimum(in_u - lot * width, (lot + 1) * width - in_u) - margin * np.float32(0.7)
    inside = np.minimum(from_side, np.minimum(in_v, size_v - in_v) - margin)
    court = inside - np.float32(13)
    tall = np.float32(5) + np.float32(16) * np.clip(dense - np.float32(0.3), 0, 1) * (
        unit(district, shift=5) + 0.4
    )
    tall = tall * (np.float32(0.5) + np.float32(1.1) * unit(bits) ** 2)
    park = unit(quarter, shift=15) < np.float32(0.08)
    solid = (inside > 0) & (court < 0) & (unit(bits, shift=10) < 0.82) & ~park
    away = np.abs((look_direction(block) - turn + np.float32(math.pi / 4)) % np.float32(math.pi / 2)
                  - np.float32(math.pi / 4))  # fmt: skip
    corner = np.float32(0.10) + np.exp(-((away / np.float32(0.2)) ** 2)) * (
        np.float32(0.5) + unit(bits, shift=12)
    )
    piece = unit(
        hashed(94, bits, ((in_u + in_v) / 7).astype(np.int32))
    )  # facades glitter: no wall is one line
    corner = corner * np.exp(np.float32(3.2) * piece - np.float32(1.9))
    roof = (
        np.float32(-11)
        + np.float32(9) * unit(bits, shift=18) ** 2
        + np.float32(12) * (piece - 0.45) * (piece > 0.6)
    )
    ground = np.where(np.minimum(in_u, in_v) < 8, np.float32(-17), np.float32(-11))
    decibel = np.where(solid, roof, np.where(park, np.float32(-9.5), ground))
    if block.pixel > 12:  # houses are smaller than pixels: what their corners send is spread over the quarter
        decibel = (
            decibel + np.float32(6) * corner + np.float32(5) * (unit(quarter, shift=7) - np.float32(0.4))
        )
    return Built(np.asarray(decibel), np.where(solid, tall, np.float32(0)), np.asarray(corner))


def yards(block: Block, x: Float32, y: Float32) -> Built:
    """Return what stands on port ground at some points: rows of containers, sheds, tank farms."""
    column, row, ax, ay = cells(block, 190, x=x, y=y)
    bits = hashed(98, column, row)
    stack_x, stack_y = np.mod(ax, np.float32(26)), np.mod(ay, np.float32(70))
    stacked = (stack_x > 9) & (stack_y > 12) & (unit(hashed(99, bits, (ax // 26).astype(np.int32))) < 0.75)
    ring_x, ring_y = np.mod(ax, np.float32(63)) - 31, np.mod(ay, np.float32(63)) - 31
    tank = np.hypot(ring_x, ring_y) < 23
    farm = unit(bits) < 0.22
    shed = (unit(bits) > 0.8) & (ax > 25) & (ax < 165) & (ay > 25) & (ay < 150)
    height = np.where(farm, tank * np.float32(14), np.where(shed, np.float32(11), stacked * np.float32(9)))
    rows = np.float32(2.5) * unit(bits, shift=10) * stacked
    decibel = np.where(height > 0, np.float32(-9) + rows, np.float32(-15))
    corner = np.where(farm, np.float32(0.25), np.float32(0.15) + np.float32(0.5) * unit(bits, shift=20))
    return Built(np.asarray(decibel), height.astype(np.float32), corner)
