"""Random numbers that belong to a place: hashes of lattice cells, and smooth noise between them. No meaning.

Every function gives the same value at the same plane coordinates, whatever scene, block or resolution asks.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from iceye_geo.sandbox.imagery.ground import ALIGN, Block, Float32, Floats, enlarge, node_shape

UInt32 = npt.NDArray[np.uint32]
Integers = npt.NDArray[np.integer]

#: Quadratic B-spline noise of uniform values in [-1, 1] has this standard deviation on average.
_SPREAD = 0.577 * 0.55
#: Nodes per lattice cell that a bilinear enlargement needs to look smooth under speckle.
_NODES_PER_CELL = 2.0
#: Coarsest grid on which a pixel may learn which scattered point is its nearest: cracks must hide the steps.
_BITS_STRIDE = 2
#: Pixels across the smallest blobs worth drawing where speckle hides them.
_FINEST = 8.0


def hashed(seed: int, *parts: npt.NDArray[np.integer] | int) -> UInt32:
    """Mix integers to 32 random bits, elementwise over the broadcast parts."""
    mixed: UInt32 = np.atleast_1d(np.asarray(seed * 0x9E3779B1 & 0xFFFFFFFF, dtype=np.uint32))
    for part in parts:
        mixed = (mixed ^ np.asarray(part).astype(np.uint32, copy=False)) * np.uint32(0x7FEB352D)
        mixed ^= mixed >> np.uint32(15)
        mixed *= np.uint32(0x846CA68B)
        mixed ^= mixed >> np.uint32(16)
    return mixed


def unit(bits: UInt32, *, shift: int = 0) -> Float32:
    """Take ten of the 32 bits, from ``shift`` on, as a number in [0, 1)."""
    return ((bits >> np.uint32(shift)) & np.uint32(1023)).astype(np.float32) * np.float32(1 / 1024)


def lattice(block: Block, cell: float) -> tuple[int, float, float, float]:
    """Fit a lattice around the globe: number of cells, their exact size, and the scene centre in cells (x, y)."""
    count = max(1, round(block.circumference / cell))
    size = block.circumference / count
    return count, size, block.origin[0] / size, block.origin[1] / size


def noise(block: Block, cell: float, *, seed: int, stretch: tuple[float, float] | None = None) -> Float32:
    """Return smooth noise of mean 0 and standard deviation about 1 at every pixel, shape of the block.

    Args:
        block: where.
        cell: size of a blob, plane units (about metres).
        seed: which noise.
        stretch: (direction in radians, factor): blobs drawn out along a direction; not seamless at the date line.
    """
    stride = _stride(block, cell)
    nodes = _noise_at(block, *block.xy(stride), cell, seed, stretch)
    return np.asarray(enlarge(nodes, factor=stride, shape=block.shape))


def _stride(block: Block, cell: float) -> int:
    stride = 1
    while stride < ALIGN and stride * 2 * block.pixel * _NODES_PER_CELL <= cell:
        stride *= 2
    return stride


def _noise_at(
    block: Block, x: Floats, y: Floats, cell: float, seed: int, stretch: tuple[float, float] | None
) -> Float32:
    from scipy.ndimage import map_coordinates

    count, size, x0, y0 = lattice(block, cell)
    if stretch:
        cos, sin, by = math.cos(stretch[0]), math.sin(stretch[0]), stretch[1]
        x, y = (x * cos + y * sin) / by, y * cos - x * sin
        x0, y0 = (x0 * cos + y0 * sin) / by, y0 * cos - x0 * sin
    home = math.floor(x0), math.floor(y0)
    at = np.stack([y * np.float32(1 / size), x * np.float32(1 / size)])
    at += np.array([y0 - home[1], x0 - home[0]], dtype=np.float32)[:, None, None]
    low, left = (math.floor(axis.min()) - 1 for axis in at)
    high, right = (math.ceil(axis.max()) + 2 for axis in at)
    at -= np.array([low, left], dtype=np.float32)[:, None, None]
    columns, rows = np.arange(left, right) + home[0], np.arange(low, high) + home[1]
    bits = hashed(seed, (columns % count)[None, :], rows[:, None])
    values = unit(bits) * np.float32(2 / _SPREAD) - np.float32(1 / _SPREAD)
    return np.asarray(
        map_coordinates(values, at, order=2, mode="nearest", prefilter=False, output=np.float32)
    )


def fractal(
    block: Block,
    cell: float,
    *,
    seed: int,
    gain: float = 0.55,
    octaves: int = 12,
    ridged: bool = False,
    finest: float = _FINEST,
) -> Float32:
    """Return noise summed over halving cells down to the pixel, first octave of standard deviation about 1.

    Args:
        block: where.
        cell: size of the largest blobs, plane units.
        seed: which noise.
        gain: height of an octave over that of the one before.
        octaves: at most so many.
        ridged: fold each octave, which gives sharp crests (mean above 0).
        finest: size of the smallest blobs in pixels.
    """
    stride = _stride(block, cell)
    total: Float32 = np.zeros(node_shape(block.shape, stride=stride), dtype=np.float32)
    for octave in range(octaves):
        size = cell / 2**octave
        if size < finest * block.pixel:
            break
        finer = _stride(block, size)
        if finer < stride:
            shape = node_shape(block.shape, stride=finer)
            total, stride = enlarge(total, factor=stride // finer, shape=shape), finer
        part = _noise_at(block, *block.xy(stride), size, seed + 101 * octave, None)
        if ridged:
            part = np.float32(1.0) - np.float32(1.25) * np.abs(part)
        total += part * np.float32(gain**octave)
    return enlarge(total, factor=stride, shape=block.shape)


def cells(
    block: Block, size: float, *, x: Float32, y: Float32, warp: Float32 | float = 0.0
) -> tuple[Integers, Integers, Float32, Float32]:
    """Cut the plane into square cells: (column, row, x in the cell, y in the cell), plane units.

    Args:
        block: gives the scene centre, from which ``x`` and ``y`` count.
        size: side of a cell.
        x: plane coordinates, any shape.
        y: plane coordinates, same shape.
        warp: added to x, taken from y, before cutting: bends the borders, not what lies in the cells.
    """
    count, size, x0, y0 = lattice(block, size)
    column, inside_x = _cut((x + warp) / np.float32(size), x0)
    row, inside_y = _cut((y - warp) / np.float32(size), y0)
    return column % count, row, inside_x * np.float32(size) - warp, inside_y * np.float32(size) + warp


def _cut(position: npt.NDArray[np.floating], start: float) -> tuple[Integers, Float32]:
    whole = math.floor(start)
    position = position + np.float32(start - whole)
    cell = np.floor(position)
    return cell.astype(np.int32) + whole, (position - cell).astype(np.float32)


def worley(block: Block, cell: float, *, seed: int) -> tuple[Float32, Float32, UInt32]:
    """Return distances to the nearest and second nearest scattered point, in cells, and the nearest one's bits.

    The cells are bent, so that their borders are no straight lines. The distances are smooth; the bits are blocky
    at borders, by a few pixels, where a crack should cover them.
    """
    stride = min(_BITS_STRIDE, _stride(block, cell / 3))
    count, size, x0, y0 = lattice(block, cell)
    column, row, px, py = _cell_positions(block, stride, size, (x0, y0), seed)
    first, second = np.full(px.shape, 9.0, np.float32), np.full(px.shape, 9.0, np.float32)
    nearest = np.zeros(px.shape, dtype=np.uint32)
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            bits = hashed(seed, (column + dx) % count, row + dy)
            distance = np.hypot(dx + unit(bits) - px, dy + unit(bits, shift=10) - py)
            closer = distance < first
            second = np.where(closer, first, np.minimum(second, distance))
            nearest = np.where(closer, bits, nearest)
            first = np.where(closer, distance, first)
    rows, cols = (np.arange(n) // stride for n in block.shape)
    one, two = (enlarge(a, factor=stride, shape=block.shape) for a in (first, second))
    return one, two, nearest[rows[:, None], cols[None, :]]


def _cell_positions(
    block: Block, stride: int, size: float, start: tuple[float, float], seed: int
) -> tuple[Integers, Integers, Float32, Float32]:
    x, y = block.xy(stride)
    bend = [_bend(block, x, y, size, seed + 1), _bend(block, x, y, size, seed + 2)]
    column, px = _cut(x / np.float32(size) + bend[0], start[0])
    row, py = _cut(y / np.float32(size) + bend[1], start[1])
    return column, row, px, py


def _bend(block: Block, x: Float32, y: Float32, size: float, seed: int) -> Float32:
    total = np.float32(0.16) * _noise_at(block, x, y, size * 0.7, seed, None)
    if size * 0.16 > 2 * block.pixel:
        total += np.float32(0.04) * _noise_at(block, x, y, size * 0.16, seed + 2, None)
    return total
