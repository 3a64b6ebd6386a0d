"""A block of a scene put together: landscape, radar geometry, targets, speckle, and the numbers in the file."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import numpy.typing as npt

from iceye_geo.models.modes import find_mode
from iceye_geo.sandbox.geometry import SceneGeometry
from iceye_geo.sandbox.imagery.cover import country
from iceye_geo.sandbox.imagery.ground import ALIGN, Block, Float32
from iceye_geo.sandbox.imagery.ice import glaciated, ice_cap, is_icy, sea_ice
from iceye_geo.sandbox.imagery.noise import noise
from iceye_geo.sandbox.imagery.radar import MAX_SHIFT, project, speckle
from iceye_geo.sandbox.imagery.relief import coast_level, heights
from iceye_geo.sandbox.imagery.spec import SceneSpec
from iceye_geo.sandbox.imagery.targets import draw, scatterers
from iceye_geo.sandbox.imagery.urban import streets, town, yards
from iceye_geo.sandbox.imagery.water import water_db

#: Scale of uncalibrated scenes: about that of a calibrated one, but nobody is told.
_HIDDEN_FACTOR = 2.6e-5
#: Thermal noise: -20 dB, a middling NESZ of the mode tables.
_NOISE_FLOOR = 0.01
#: Share of the width that the slanted ends of a frame take at most.
_WEDGE = 0.022
#: Walls and trees reach no higher than this, metres; with the relief it sets how far blocks overlap.
_CLUTTER_M = 60.0


@functools.lru_cache(maxsize=64)
def margin(geometry: SceneGeometry) -> int:
    """Return how many rows beyond a block its pixels can depend on: as far as its heights are displaced."""
    coarse = dataclasses.replace(
        geometry, width=160, height=max(1, round(160 * geometry.height / geometry.width))
    )
    block = Block(coarse, 0, 0, coarse.height, coarse.width)
    inland = np.full(block.shape, 1e6, dtype=np.float32)
    highest = float(heights(block, inland).max()) + _CLUTTER_M
    reach = highest / np.tan(np.radians(geometry.incidence_near)) / geometry.range_spacing_m
    return int(-(-min(reach, MAX_SHIFT) // ALIGN) * ALIGN)


def digital_numbers(
    spec: SceneSpec, *, row: int, col: int, rows: int, cols: int, calm: float = 1.0
) -> npt.NDArray[np.uint16] | Float32:
    """Return the amplitudes of a rectangle of a scene in the scene's data type; 0 is no data.

    Args:
        spec: the scene.
        row: first row, a multiple of 64.
        col: first column, a multiple of 64.
        rows: number of rows.
        cols: number of columns.
        calm: how many times more looks than the product has: pictures for the eye are averaged.
    """
    power = intensity(spec, row=row, col=col, rows=rows, cols=cols, calm=calm)
    numbers = amplitudes(power, spec, row=row, col=col)
    if spec.dtype == "float32":
        return numbers
    return np.where(numbers > 0, np.clip(np.rint(numbers), 1, 65535), 0).astype(np.uint16)


def amplitudes(power: Float32, spec: SceneSpec, *, row: int = 0, col: int = 0) -> Float32:
    """Return what the file holds for a power, unrounded, with the frame's slanted ends set to 0."""
    numbers = np.sqrt(power / np.float32(spec.calibration_factor or _HIDDEN_FACTOR))
    valid = _valid(spec, row=row, col=col, shape=power.shape)
    return np.where(valid, np.maximum(numbers, np.float32(0.01)), np.float32(0))


def intensity(spec: SceneSpec, *, row: int, col: int, rows: int, cols: int, calm: float = 1.0) -> Float32:
    """Return sigma nought with speckle, as power, of a rectangle of a scene; see `digital_numbers`."""
    power = clutter(spec, row=row, col=col, rows=rows, cols=cols)
    seed = (spec.seed & 0xFFFFFFFF, row, col)
    return power * speckle(power.shape, looks=looks(spec) * calm, seed=seed)


def clutter(spec: SceneSpec, *, row: int, col: int, rows: int, cols: int) -> Float32:
    """Return sigma nought without speckle, as power, over the noise floor."""
    extra = margin(spec.geometry)
    block = Block(spec.geometry, row - extra, col, rows + 2 * extra, cols)
    power: Float32 = _backscatter(block, spec)[extra : extra + rows]
    return power + np.float32(_NOISE_FLOOR)


def looks(spec: SceneSpec) -> float:
    """Return the number of looks of the picture.

    It is the mode's, but up to three times as many where pixels are wider than the mode's: they stand for several.
    """
    mode = find_mode(spec.mode)
    if mode is None:
        return 1.0
    wider = (spec.geometry.azimuth_spacing_m / mode.spacing_m) ** 0.5
    return float(mode.looks_azimuth * min(3.0, max(1.0, wider)))


def _backscatter(block: Block, spec: SceneSpec) -> Float32:
    level, port = coast_level(block)
    coverage = np.clip(level / np.float32(1.5 * block.pixel) + np.float32(0.5), 0, 1)
    wet = coverage < 0.5
    decibel, height, corner = _water(block, level, spec), np.zeros(block.shape, np.float32), 0.1
    corners = np.full(block.shape, corner, dtype=np.float32)
    if not wet.all():
        ground, height, corners = _land(block, level, port, spec)
        decibel = decibel + (ground - decibel) * coverage
        height = height * coverage
    power = np.exp(decibel * np.float32(np.log(10) / 10))
    power = project(block, power, height, corners)
    floating, built = scatterers(block, seed=spec.seed & 0xFFFFFFF, when=spec.start)
    draw(block, power, floating, where=wet)
    draw(block, power, built)
    return _scalloped(block, power) if spec.mode in ("SC", "SCW") else power


def _water(block: Block, level: Float32, spec: SceneSpec) -> Float32:
    sea = water_db(block, level, seed=spec.seed & 0xFFFFFFF)
    return sea_ice(block, sea) if is_icy(block) else sea


def _land(block: Block, level: Float32, port: Float32, spec: SceneSpec) -> tuple[Float32, Float32, Float32]:
    """Return backscatter in dB, height in metres and corner strength of everything that is not water."""
    terrain = heights(block, level)
    dense = town(block, terrain)
    houses = (dense > 0.42) & (level > 12) & (port == 0)
    decibel, trees = _open_land(block, terrain, spec, needed=not (houses | (level < 0)).all())
    height, corner = terrain + trees, np.full(block.shape, 0.02, dtype=np.float32)
    if is_icy(block):
        share = glaciated(block, terrain)
        decibel, height = decibel + (ice_cap(block) - decibel) * share, height - trees * share
    decibel += np.float32(3.5) * np.exp(
        -(((level - 12) / np.float32(14)) ** 2)
    )  # rocks and surf along the shore
    _place(block, dense, houses, decibel, height, corner)
    _place_yards(block, port, decibel, height, corner)
    return decibel, height, corner


def _open_land(block: Block, terrain: Float32, spec: SceneSpec, *, needed: bool) -> tuple[Float32, Float32]:
    if needed and abs(block.geometry.center_lat) < 72:
        return country(block, terrain, when=spec.start)
    return _tundra(block)


def _tundra(block: Block) -> tuple[Float32, Float32]:
    bare = np.float32(-12) + np.float32(1.4) * noise(block, 1_200, seed=130)
    return bare, np.zeros(block.shape, dtype=np.float32)


def _place(
    block: Block,
    dense: Float32,
    where: npt.NDArray[np.bool_],
    decibel: Float32,
    height: Float32,
    corner: Float32,
) -> None:
    if not where.any():
        return
    x, y = (a[: block.rows, : block.cols][where] for a in block.xy())
    bend = (np.float32(170) * noise(block, 900, seed=93))[where]
    built = streets(block, x, y, dense[where], bend)
    decibel[where], corner[where] = built.decibel, built.corner
    height[where] += built.height


def _place_yards(block: Block, port: Float32, decibel: Float32, height: Float32, corner: Float32) -> None:
    yard, arm = port == 1, port == 2
    if yard.any():
        x, y = (a[: block.rows, : block.cols][yard] for a in block.xy())
        built = yards(block, x, y)
        decibel[yard], corner[yard], height[yard] = built.decibel, built.corner, built.height
    decibel[arm], height[arm], corner[arm] = -3.0, 4.0, 0.05


def _scalloped(block: Block, power: Float32) -> Float32:
    """Give Scan modes their bursts along azimuth and the seams between sub-swaths."""
    burst = 9_000.0 / block.geometry.azimuth_spacing_m
    columns = block.col + np.arange(block.cols)
    ripple = np.float32(1) + np.float32(0.05) * np.cos(2 * np.pi * columns / burst).astype(np.float32)
    swath = (block.row + np.arange(block.rows)) * 4 // block.geometry.height
    step = (np.float32(1) + np.float32(0.03) * ((swath * 7) % 3 - 1)).astype(np.float32)
    return np.asarray(power * ripple[None, :] * step[:, None])


def _valid(spec: SceneSpec, *, row: int, col: int, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return where the frame has data: its ends run at a slant."""
    geometry = spec.geometry
    lean = 1.0 if spec.seed % 2 else -1.0
    depth = (row + 0.5 + np.arange(shape[0])) / geometry.height
    inset = _WEDGE * geometry.width * (0.15 + 0.85 * (depth if lean > 0 else 1 - depth))
    opposite = _WEDGE * geometry.width * (0.15 + 0.85 * (1 - depth if lean > 0 else depth))
    columns = col + 0.5 + np.arange(shape[1])
    return np.asarray(
        (columns[None, :] >= inset[:, None]) & (columns[None, :] <= geometry.width - opposite[:, None])
    )
