"""Built-up land: districts of streets and blocks with houses; port yards and tanks. Heights and corner strength."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
    return _houses(block, quarter, district, dense, _Plot(in_u, in_v, size_u, size_v), turn)


class _Plot(NamedTuple):
    """Where points lie in their block of houses: plane units within it, and its size."""

    in_u: Float32
    in_v: Float32
    size_u: Float32
    size_v: Float32


def _houses(
    block: Block, quarter: UInt32, district: UInt32, dense: Float32, plot: _Plot, turn: Float32
) -> Built:
    """Stand houses along both long sides of a block, with yards behind them; some blocks are one large hall."""
    lots = np.float32(2) + np.floor(unit(quarter) * np.float32(5))
    lot = np.floor(plot.in_u / plot.size_u * lots)
    street = np.minimum(plot.in_v, plot.size_v - plot.in_v)
    bits = hashed(97, quarter, lot.astype(np.int32), (plot.in_v * 2 > plot.size_v).astype(np.int32))
    width = plot.size_u / lots
    gap = np.where(
        unit(district, shift=7) < dense, np.float32(0.6), np.float32(2.5) + np.float32(4) * unit(bits)
    )
    side = np.minimum(plot.in_u - lot * width, (lot + 1) * width - plot.in_u) - gap
    end = np.minimum(plot.in_u, plot.size_u - plot.in_u) - np.float32(5)
    setback = np.float32(5) + np.float32(5) * unit(bits, shift=20)
    depth = np.float32(8) + np.float32(9) * unit(bits, shift=4)
    kind = unit(quarter, shift=15)
    hall = (kind > 0.93) & (np.minimum(street, end) > 7)
    house = (np.minimum(side, end) > 0) & (street > setback) & (street < setback + depth)
    park = kind < 0.1
    solid = hall | (house & (unit(bits, shift=10) < 0.74) & ~park)
    height = np.where(hall, np.float32(9), _storeys(bits, district, dense))
    speck = (plot.in_u / 5).astype(np.int32) * 64 + (plot.in_v / 5).astype(np.int32)
    glitter = unit(hashed(94, quarter, speck))
    if block.pixel < 1.8:  # fine enough to see that what glitters is smaller than its square of five metres
        spot = np.hypot(plot.in_u / 5 % 1 - np.float32(0.5), plot.in_v / 5 % 1 - np.float32(0.5)) < 0.22
        glitter = np.where(spot, glitter, np.minimum(glitter, np.float32(0.72)))
    corner = _corners(block, turn, bits) * np.exp(np.float32(4.4) * glitter - np.float32(1.9))
    decibel = _materials(solid, park, np.minimum(plot.in_u, street), bits, glitter)
    if (
        block.pixel > 12
    ):  # houses are smaller than pixels: no walls, but what they send spread over the quarter
        decibel = (
            np.float32(-9.5)
            + np.float32(5) * (unit(quarter, shift=7) - 0.5)
            + np.float32(7) * corner / (1 + corner)
        )
        return Built(decibel, np.zeros_like(decibel), np.zeros_like(corner))
    return Built(decibel, np.where(solid, height, np.float32(0)), corner)


def _storeys(bits: UInt32, district: UInt32, dense: Float32) -> Float32:
    usual = np.float32(5) + np.float32(10) * np.clip(dense - np.float32(0.35), 0, 1) * (
        unit(district, shift=5) + 0.4
    )
    tower = np.float32(30) * (unit(bits, shift=14) > 0.985)
    return np.asarray(usual * (np.float32(0.6) + np.float32(0.8) * unit(bits)) + tower, dtype=np.float32)


def _corners(block: Block, turn: Float32, bits: UInt32) -> Float32:
    """Return how squarely walls face the radar: streets along the flight line glare, others stay dull."""
    quarter = np.float32(math.pi / 2)
    away = np.abs((np.float32(look_direction(block)) - turn + quarter / 2) % quarter - quarter / 2)
    facing = np.exp(-((away / np.float32(0.2)) ** 2))
    return np.asarray(np.float32(0.16) + facing * (np.float32(0.5) + unit(bits, shift=12)))


def _materials(
    solid: npt.NDArray[np.bool_], park: npt.NDArray[np.bool_], street: Float32, bits: UInt32, glitter: Float32
) -> Float32:
    spark = np.float32(50) * np.maximum(glitter - np.float32(0.72), 0)
    roof = np.float32(-10) + np.float32(8) * unit(bits, shift=18) + spark
    yard = np.float32(-11) + np.float32(5) * unit(bits, shift=3) + np.float32(1.3) * spark * (glitter > 0.82)
    ground = np.where(street < 4, np.float32(-14.5) + spark * (glitter > 0.95), yard)
    return np.asarray(np.where(solid, roof, np.where(park, np.float32(-9.5), ground)), dtype=np.float32)


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
    decibel = np.where(height > 0, np.float32(-7) + rows, np.float32(-13))
    corner = np.where(farm, np.float32(0.25), np.float32(0.15) + np.float32(0.5) * unit(bits, shift=20))
    return Built(np.asarray(decibel), height.astype(np.float32), corner)
