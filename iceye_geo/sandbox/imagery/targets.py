"""Point-like things: ships, wind turbines, cranes. Where they are in a block, and how bright. No surfaces."""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np
import numpy.typing as npt

from iceye_geo.sandbox.imagery.gazetteer import nearby
from iceye_geo.sandbox.imagery.ground import Block, Float32, Float64
from iceye_geo.sandbox.imagery.ice import is_icy
from iceye_geo.sandbox.imagery.noise import hashed, lattice, unit
from iceye_geo.sandbox.imagery.ports import Harbour, harbours

#: Shape (n, 3): x and y on the plane relative to the scene centre, radar cross-section in square metres.
Scatterers = npt.NDArray[np.float64]

_LANE_CELL, _FARM_CELL = 2_400.0, 26_000.0
_BUSY = {"port": 0.42, "strait": 0.45, "river": 0.1, "coast": 0.05, "city": 0.1}
#: Targets fainter than this many times the pixel's clutter-free area show no side lobes.
_LOBES_FROM = 18.0
#: With pixels wider than this, plane units, a ship is one point.
_SHIP_IS_POINT = 30.0
#: How far side lobes are drawn, pixels, and the main lobe's half width.
_LOBE_REACH, _LOBE_WIDTH = 46, 1.5
_NONE: Scatterers = np.zeros((0, 3))


def scatterers(block: Block, *, seed: int, when: datetime) -> tuple[Scatterers, Scatterers]:
    """Return what floats (only seen on water) and what is built (always seen) in and around a block."""
    floating, built = [_lanes(block, seed)], [_wind_farms(block)]
    for harbour in harbours(block):
        floating.append(_berthed(harbour, when))
        built.append(_cranes(harbour))
    return np.concatenate(floating), np.concatenate(built)


def _cell_indices(block: Block, cell: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], float]:
    """Return column and row of all cells that touch the block, relative to the scene centre's, and their size."""
    _, size, _, _ = lattice(block, cell)
    x, y = block.xy(16)
    columns = np.arange(math.floor(x.min() / size) - 1, math.ceil(x.max() / size) + 1)
    rows = np.arange(math.floor(y.min() / size) - 1, math.ceil(y.max() / size) + 1)
    grid = np.meshgrid(columns, rows)
    return grid[0].ravel(), grid[1].ravel(), size


def _lanes(block: Block, seed: int) -> Scatterers:
    """Return the ships under way or at anchor of this frame, about one in a cell near busy places."""
    column, row, size = _cell_indices(block, _LANE_CELL)
    bits = hashed(seed + 120, column, row)
    x, y = (column + unit(bits)) * size, (row + unit(bits, shift=10)) * size
    busy = np.full(x.shape, 0.002 if is_icy(block) else 0.05)
    for place in nearby(block):
        reach = 35_000 * block.metre
        busy += _BUSY.get(place.kind, 0.0) * np.exp(-((x - place.x) ** 2 + (y - place.y) ** 2) / reach**2)
    out = np.flatnonzero(unit(bits, shift=20) < busy)
    ships = [ship(float(x[i]), float(y[i]), seed=int(bits[i])) for i in out]
    if block.pixel > _SHIP_IS_POINT:
        ships = [np.array([[*one[:, :2].mean(axis=0), one[:, 2].sum()]]) for one in ships]
    return np.concatenate(ships) if ships else _NONE


def ship(
    x: float, y: float, *, seed: int, heading: float | None = None, length: float | None = None
) -> Scatterers:
    """Return the scatterers of one ship: along both sides of a hull, strongest at the bridge."""
    rng = np.random.default_rng(seed)
    length = length or float(np.clip(rng.lognormal(math.log(110), 0.55), 25, 380))
    heading = rng.uniform(0, 2 * math.pi) if heading is None else heading
    count = int(14 + length / 3)
    along = rng.uniform(-0.5, 0.5, count)
    beam = length / 7 * (1 - (2 * np.abs(along)) ** 4)
    across = beam * rng.choice([-0.5, 0.5, 0.0], count) * rng.uniform(0.6, 1.0, count)
    power = rng.lognormal(math.log(30 + length / 2), 1.1, count)
    bridge = rng.random(count) < 0.1
    along[bridge], power[bridge] = -0.38 + 0.04 * rng.standard_normal(bridge.sum()), power[bridge] * 9
    cos, sin = math.cos(heading), math.sin(heading)
    along = along * length
    return np.column_stack([x + along * cos - across * sin, y + along * sin + across * cos, power])


def _berthed(harbour: Harbour, when: datetime) -> Scatterers:
    """Return the ships along the piers; another set every few days."""
    rng = np.random.default_rng([harbour.seed, when.toordinal() // 3])
    ships = []
    for along, half, length in harbour.piers():
        for side in (-1, 1):
            if length > 250 and rng.random() < 0.55:
                size = float(rng.uniform(90, min(330, length * 0.8)))
                out = 130 + rng.uniform(size / 2, max(size / 2 + 1, length - size / 2))
                at = harbour.plane(along + side * (half + 22), out)
                ships.append(ship(*at, seed=int(rng.integers(2**31)), heading=harbour.seaward, length=size))
    return np.concatenate(ships) if ships else _NONE


def _cranes(harbour: Harbour) -> Scatterers:
    rng = np.random.default_rng([harbour.seed, 7])
    rows = []
    for along, half, length in harbour.piers():
        for out in np.arange(170, 90 + length, 85.0):
            spot = harbour.plane(along + half - 8, out + rng.uniform(-20, 20))
            rows.append((*spot, float(rng.lognormal(math.log(900), 1.0))))
    return np.array(rows).reshape(-1, 3)


def _wind_farms(block: Block) -> Scatterers:
    """Return turbines in rows, at a few places; on land and at sea."""
    column, row, size = _cell_indices(block, _FARM_CELL)
    count, _, x0, y0 = lattice(block, _FARM_CELL)
    home = math.floor(x0), math.floor(y0)
    bits = hashed(125, (column + home[0]) % count, row + home[1])
    chosen = np.flatnonzero(unit(bits) < 0.06)
    farms = []
    for i in chosen:
        rng = np.random.default_rng(int(bits[i]))
        grid = np.stack(np.meshgrid(np.arange(6), np.arange(5)), axis=-1).reshape(-1, 2) * (750.0, 620.0)
        turn = rng.uniform(0, math.pi)
        cos, sin = math.cos(turn), math.sin(turn)
        x = (column[i] + home[0] - x0 + 0.3) * size + grid[:, 0] * cos - grid[:, 1] * sin
        y = (row[i] + home[1] - y0 + 0.3) * size + grid[:, 0] * sin + grid[:, 1] * cos
        farms.append(np.column_stack([x, y, rng.lognormal(math.log(2_500), 0.5, len(x))]))
    return np.concatenate(farms) if farms else _NONE


def locate(block: Block, points: Scatterers) -> tuple[Float64, Float64]:
    """Return the (row, column) of plane points, fractions of pixels from the block's first."""
    row, col = block.geometry.lonlat_to_pixel(*block.unproject(points[:, 0], points[:, 1]))
    return row - block.row, col - block.col


def draw(
    block: Block, power: Float32, points: Scatterers, *, where: npt.NDArray[np.bool_] | None = None
) -> None:
    """Add point targets to a picture of power, in place; the strong ones with side lobes along rows and columns.

    Args:
        block: the picture's place.
        power: shape of the block.
        points: what to draw.
        where: only targets on these pixels.
    """
    row, col = locate(block, points)
    area = max(block.geometry.range_spacing_m * block.geometry.azimuth_spacing_m, 1.0)
    inside = (row > 1) & (col > 1) & (row < block.rows - 2) & (col < block.cols - 2)
    if where is not None:
        inside[inside] &= where[row[inside].astype(int), col[inside].astype(int)]
    row, col, strength = row[inside], col[inside], points[inside, 2] / area
    strong = strength > _LOBES_FROM
    _stamp_all(power, row[~strong], col[~strong], strength[~strong])
    for r, c, p in zip(row[strong], col[strong], strength[strong], strict=True):
        _stamp(power, r, c, float(p))


def _stamp_all(power: Float32, row: Float64, col: Float64, strength: Float64) -> None:
    """Add main lobes, five pixels square; those at the picture's edge are cut."""
    r, c = row.astype(int), col.astype(int)
    for down in range(-2, 3):
        for across in range(-2, 3):
            at = np.clip(r + down, 0, power.shape[0] - 1), np.clip(c + across, 0, power.shape[1] - 1)
            part = _lobe(at[0] + 0.5 - row) * _lobe(at[1] + 0.5 - col)
            np.add.at(power, at, (strength * part).astype(np.float32))


def _stamp(power: Float32, row: float, col: float, strength: float) -> None:
    """Add one target with its cross of side lobes."""
    r, c, reach = int(row), int(col), _LOBE_REACH
    rows = np.arange(max(0, r - reach), min(power.shape[0], r + reach + 1))
    cols = np.arange(max(0, c - reach), min(power.shape[1], c + reach + 1))
    stamp = np.float32(strength) * _lobe(rows + 0.5 - row)[:, None] * _lobe(cols + 0.5 - col)[None, :]
    keep, near = np.abs(rows - r) <= 2, np.abs(cols - c) <= 2
    power[rows[keep][:, None], cols] += stamp[keep]
    power[rows[~keep][:, None], cols[near]] += stamp[~keep][:, near]


def _lobe(offset: Float64) -> Float32:
    return np.asarray(np.sinc(offset / _LOBE_WIDTH) ** 2, dtype=np.float32)
