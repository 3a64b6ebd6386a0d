"""Ground coordinates of a block of pixels, at every pixel or at every n-th. The plane that all content lives in.

The plane is Mercator, shrunk by a factor that depends on the latitude band only, so that one unit is about a metre
(within a third) and a place has the same coordinates in every scene. It closes around the globe.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from iceye_geo.sandbox.geometry import SceneGeometry

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Floats = npt.NDArray[Any]

#: Blocks start at multiples of this, and coordinates are exact at its multiples.
ALIGN = 64
_RADIUS_M = 6_378_137.0
#: (upper latitude, shrink): edges lie where the sandbox has no places, and no lattice is stretched over a third.
_BANDS = ((47.6, 1.2), (66.0, 1.9), (76.0, 3.0), (90.0, 4.6))


def node_shape(shape: tuple[int, int], *, stride: int) -> tuple[int, int]:
    """Return how many nodes at every ``stride``-th pixel a block needs, shape (rows, cols)."""
    return -(-shape[0] // stride) + 1, -(-shape[1] // stride) + 1


def enlarge(nodes: Floats, *, factor: int, shape: tuple[int, int]) -> Floats:
    """Interpolate linearly from every ``factor``-th pixel to all, shape (rows, cols)."""
    if factor == 1:
        return nodes[: shape[0], : shape[1]]
    for axis, count in enumerate(shape):
        at = np.arange(count) // factor
        part = ((np.arange(count) % factor) / factor).astype(nodes.dtype)
        part = part[:, None] if axis == 0 else part[None, :]
        low = np.take(nodes, at, axis=axis)
        high = np.take(nodes, np.minimum(at + 1, nodes.shape[axis] - 1), axis=axis)
        high -= low
        high *= part
        nodes = low + high
    return nodes


@dataclass(frozen=True)
class Block:
    """A rectangle of a scene's pixels; it may reach beyond the scene.

    Attributes:
        geometry: of the whole scene.
        row: first row, a multiple of ``ALIGN``, may be negative.
        col: first column, a multiple of ``ALIGN``.
        rows: number of rows.
        cols: number of columns.
    """

    geometry: SceneGeometry
    row: int
    col: int
    rows: int
    cols: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.rows, self.cols

    @cached_property
    def shrink(self) -> float:
        """Mercator metres per unit of the plane."""
        return next(s for top, s in _BANDS if abs(self.geometry.center_lat) <= top)

    @property
    def circumference(self) -> float:
        """Length of the equator in units of the plane."""
        return 2 * math.pi * _RADIUS_M / self.shrink

    @cached_property
    def metre(self) -> float:
        """Units of the plane in a metre on the ground."""
        return 1.0 / (self.shrink * math.cos(math.radians(self.geometry.center_lat)))

    @cached_property
    def pixel(self) -> float:
        """Side of a pixel in units of the plane."""
        return max(self.geometry.range_spacing_m, self.geometry.azimuth_spacing_m) * self.metre

    @cached_property
    def origin(self) -> tuple[float, float]:
        """Plane coordinates of the scene centre, from which the others count."""
        x, y = self.project(
            np.array(self.geometry.center_lon), np.array(self.geometry.center_lat), absolute=True
        )
        return float(x), float(y)

    def project(self, lon: Float64, lat: Float64, *, absolute: bool = False) -> tuple[Float64, Float64]:
        """Return plane coordinates of points, by default relative to the scene centre."""
        scale = _RADIUS_M / self.shrink
        x, y = scale * np.radians(lon), scale * np.arcsinh(np.tan(np.radians(lat)))
        return (x, y) if absolute else (x - self.origin[0], y - self.origin[1])

    def unproject(self, x: Float64, y: Float64) -> tuple[Float64, Float64]:
        """Return longitudes and latitudes of plane coordinates relative to the scene centre."""
        scale = _RADIUS_M / self.shrink
        return np.degrees((x + self.origin[0]) / scale), np.degrees(
            np.arctan(np.sinh((y + self.origin[1]) / scale))
        )

    def lonlat(self, stride: int) -> tuple[Float64, Float64]:
        """Return continuous longitudes and latitudes at the centre of every ``stride``-th pixel."""
        nodes = node_shape(self.shape, stride=stride)
        rows = self.row + 0.5 + stride * np.arange(nodes[0])
        cols = self.col + 0.5 + stride * np.arange(nodes[1])
        return self.geometry.pixel_to_lonlat(rows[:, None], cols[None, :], continuous=True)

    @cached_property
    def _exact(self) -> tuple[Float64, Float64]:
        return self.project(*self.lonlat(ALIGN))

    def xy(self, stride: int = 1) -> tuple[Float32, Float32]:
        """Return plane coordinates relative to the scene centre, to centimetres, at every ``stride``-th pixel.

        The arrays have one node more than fits into the block on both axes, so that ``enlarge`` can interpolate.
        """
        if stride not in self._cache:
            shape = node_shape(self.shape, stride=stride)
            self._cache[stride] = tuple(self._interpolated(nodes, stride, shape) for nodes in self._exact)
        x, y = self._cache[stride]
        return x, y

    @cached_property
    def _cache(self) -> dict[int, tuple[Float32, ...]]:
        return {}

    def _interpolated(self, nodes: Float64, stride: int, shape: tuple[int, int]) -> Float32:
        return enlarge(nodes.astype(np.float32), factor=ALIGN // stride, shape=shape)

    def incidence(self) -> Float32:
        """Return incidence angles in radians per row, shape (rows, 1)."""
        rows = self.row + 0.5 + np.arange(self.rows)
        return np.radians(self.geometry.incidence_at(rows)).astype(np.float32)[:, None]
