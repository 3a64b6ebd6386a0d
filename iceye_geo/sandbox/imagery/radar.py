"""What a side-looking radar makes of a surface: layover, shadow, double bounce, speckle. No landscape."""

from __future__ import annotations

import functools

import numpy as np

from iceye_geo.sandbox.imagery.ground import Block, Float32

#: Largest shift of a pixel towards the radar, in rows; higher relief is pressed together so that blocks stay small.
MAX_SHIFT = 320
#: Walls lower than this give no line, metres; terrain must not.
_WALL_M = 3.0
#: Radar cross-section per square metre of wall and unit of corner strength; bright lines reach about +10 dB.
_WALL_GAIN = 9.0
#: Steepest piling up: a layover no thinner than this part of a pixel.
_THINNEST = 0.04
_QUANTILES = 8192


def project(block: Block, sigma: Float32, height: Float32, corner: Float32) -> Float32:
    """Move what is high towards the radar, pile up facing slopes, and black out what lies behind.

    Args:
        block: gives incidence angles and spacing; rows are ground range.
        sigma: backscatter as power per ground area.
        height: metres over the ellipsoid.
        corner: strength of corners between walls and ground, 0 to about 1.

    Returns:
        Power as it is seen at each pixel; the total is kept but for shadows.
    """
    if not height.any():
        return sigma
    tangent = np.tan(block.incidence())
    shift = height / (tangent * np.float32(block.geometry.range_spacing_m))
    shift = np.float32(MAX_SHIFT) * np.tanh(shift / np.float32(MAX_SHIFT))
    row = np.arange(block.rows, dtype=np.float32)[:, None]
    reach = row + shift * tangent**2  # the row where a ray over this point comes down behind it
    lit = reach >= np.maximum.accumulate(reach, axis=0)
    place = (row - shift).astype(np.float32)
    bounced = _double_bounce(block, height, corner)
    return np.asarray(_spread(np.where(lit, sigma, np.float32(0)), place) + bounced)


def _double_bounce(block: Block, height: Float32, corner: Float32) -> Float32:
    """Return the bright lines at the foot of walls that face the radar."""
    wall = np.diff(height, axis=0, append=height[-1:])
    wall = np.where(wall > _WALL_M, wall, np.float32(0))
    facing = np.vstack([corner[1:], corner[-1:]])
    return np.asarray(wall * facing * np.float32(_WALL_GAIN / block.geometry.range_spacing_m))


def _spread(sigma: Float32, place: Float32) -> Float32:
    """Lay each row's power evenly between its place and the next row's, whichever comes first."""
    rows, cols = sigma.shape
    step = np.diff(place, axis=0, append=place[-1:] + np.float32(1))
    thin = np.abs(step) < _THINNEST
    step = np.where(thin, np.where(step < 0, np.float32(-_THINNEST), np.float32(_THINNEST)), step)
    change = np.diff((sigma / step).astype(np.float64), axis=0, prepend=0.0)  # a sum that must end at zero
    place = np.clip(place, 0, rows - 1.001)
    whole = place.astype(np.int32)
    part = (place - whole).astype(np.float32)
    index = (whole * cols + np.arange(cols, dtype=np.int32)).ravel()
    near = np.bincount(index, weights=(change * (1 - part)).ravel(), minlength=rows * cols)
    near[cols:] += np.bincount(index, weights=(change * part).ravel(), minlength=rows * cols)[:-cols]
    return np.asarray(np.maximum(np.cumsum(near.reshape(rows, cols), axis=0), 0), dtype=np.float32)


@functools.lru_cache(maxsize=32)
def _gamma_table(looks: float) -> tuple[Float32, float]:
    """Return the N-look intensity for equally spaced values of a standard normal, and the spacing's inverse."""
    from scipy.special import gammaincinv, ndtr

    normal = np.linspace(-5.5, 5.5, _QUANTILES)
    intensity = gammaincinv(looks, np.clip(ndtr(normal), 1e-12, 1 - 1e-9)) / looks
    return intensity.astype(np.float32), (_QUANTILES - 1) / 11.0


def speckle(shape: tuple[int, int], *, looks: float, seed: tuple[int, ...]) -> Float32:
    """Return N-look speckle: gamma-distributed power of mean 1, correlated over about two pixels.

    Args:
        shape: rows and columns.
        looks: number of looks N; the variance is 1 / N.
        seed: which speckle.

    Example:
        >>> field = speckle((400, 400), looks=4, seed=(1, 2))
        >>> bool(abs(field.mean() - 1) < 0.02), bool(abs(field.var() - 0.25) < 0.02)
        (True, True)
    """
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed)))
    white = rng.standard_normal((shape[0] + 2, shape[1] + 2), dtype=np.float32)
    # Weights 0.3, 1, 0.3: a correlation of 0.55 between neighbours, below 0.1 two pixels on.
    taps = np.array([0.3, 1.0, 0.3], dtype=np.float32)
    taps /= np.sqrt((taps**2).sum())
    rows = taps[0] * (white[:-2] + white[2:]) + taps[1] * white[1:-1]
    smooth = taps[0] * (rows[:, :-2] + rows[:, 2:]) + taps[1] * rows[:, 1:-1]
    table, density = _gamma_table(looks)
    index = ((smooth + np.float32(5.5)) * np.float32(density) + np.float32(0.5)).astype(np.int32)
    return np.asarray(table[np.clip(index, 0, _QUANTILES - 1)])
