"""Where a preview looks: rectangles of a plane, and the two planes, radar geometry and map. Arithmetic only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from iceye_geo.cog import Cog
    from iceye_geo.cog.geocode import Grid
    from iceye_geo.cog.plan import Window

#: The closest look: so many pixels of the frame across the view. Closer shows squares, not more.
CLOSEST = 24.0
_WEB_RADIUS_M = 6_378_137.0


@dataclass(frozen=True, slots=True)
class View:
    """A rectangle of a plane; x runs right, y runs down, in units of one frame pixel.

    Attributes:
        top: y of the upper edge.
        left: x of the left edge.
        height: units down.
        width: units across.

    Example:
        >>> View(0, 0, 100, 200).zoomed(2)
        View(top=25.0, left=50.0, height=50.0, width=100.0)
    """

    top: float
    left: float
    height: float
    width: float

    @property
    def center(self) -> tuple[float, float]:
        """(y, x) of the middle."""
        return self.top + self.height / 2, self.left + self.width / 2

    def zoomed(self, factor: float, *, at: tuple[float, float] | None = None) -> View:
        """Return the view magnified by a factor; the point ``at`` (y, x), else the middle, stays where it is."""
        y, x = at or self.center
        top, left = y - (y - self.top) / factor, x - (x - self.left) / factor
        return View(top, left, self.height / factor, self.width / factor)

    def moved(self, down: float, right: float) -> View:
        """Return the view moved by shares of its own size.

        Example:
            >>> View(0, 0, 100, 200).moved(0.5, -0.25)
            View(top=50.0, left=-50.0, height=100, width=200)
        """
        return View(self.top + down * self.height, self.left + right * self.width, self.height, self.width)

    def at(self, y: float, x: float) -> View:
        """Return a view of the same size round another middle."""
        return View(y - self.height / 2, x - self.width / 2, self.height, self.width)

    def shaped(self, aspect: float) -> View:
        """Return the smallest view round this one whose width over height is ``aspect``."""
        height = max(self.height, self.width / aspect)
        y, x = self.center
        return View(y - height / 2, x - height * aspect / 2, height, height * aspect)

    def within(self, height: float, width: float) -> View:
        """Return the view kept to a plane: no wider than needed to see all of it, no closer than ``CLOSEST``.

        Example:
            >>> View(-500, -500, 2000, 4000).within(1000, 1000)
            View(top=0.0, left=0.0, height=1000.0, width=2000.0)
        """
        view = self
        spare = min(view.height / height, view.width / width)
        if spare > 1:
            view = view.zoomed(spare)
        close = max(view.height, view.width) / min(CLOSEST, max(height, width))
        if close < 1:
            view = view.zoomed(close)
        y, x = view.center
        return view.at(min(max(y, 0.0), height), min(max(x, 0.0), width))

    def cut(self, height: float, width: float) -> View | None:
        """Return the part that lies on a plane of this size; None if there is none."""
        top, left = max(0.0, self.top), max(0.0, self.left)
        bottom, right = min(height, self.top + self.height), min(width, self.left + self.width)
        return View(top, left, bottom - top, right - left) if bottom > top and right > left else None

    def window(self) -> Window:
        """Return the whole pixels it touches."""
        from iceye_geo.cog.plan import Window

        top, left = math.floor(self.top), math.floor(self.left)
        bottom, right = math.ceil(self.top + self.height), math.ceil(self.left + self.width)
        return Window(top, left, max(1, bottom - top), max(1, right - left))


class Plane(Protocol):
    """What a view lies on."""

    kind: str
    height: float
    width: float

    def to_frame(self, y: float, x: float) -> tuple[float, float]:
        """Return (row, column) of the frame."""

    def from_frame(self, row: float, col: float) -> tuple[float, float]:
        """Return (y, x) of a frame's pixel position."""


class RadarPlane:
    """Rows in range, near first, and columns in azimuth: the frame as it was recorded.

    Args:
        height: rows of the frame.
        width: columns of the frame.
    """

    kind = "radar"

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = float(height), float(width)

    def __repr__(self) -> str:
        return f"RadarPlane({self.height:g} x {self.width:g})"

    def to_frame(self, y: float, x: float) -> tuple[float, float]:
        """Return (row, column), which y and x are already."""
        return y, x

    def from_frame(self, row: float, col: float) -> tuple[float, float]:
        """Return (y, x), which row and column are already."""
        return row, col


class MapPlane:
    """North up, web Mercator, one unit as large as one pixel of the frame at most.

    Args:
        cog: the frame that fills the plane.

    Raises:
        NoGeoreferenceError: the file does not say where it lies.
    """

    kind = "map"

    def __init__(self, cog: Cog) -> None:
        from iceye_geo.cog.geocode import fit_grid

        ring = np.asarray(cog.footprint())
        longest = max(cog.window.height, cog.window.width)
        self._grid = fit_grid("EPSG:3857", ring[:, 0], ring[:, 1], longest=longest)
        self._location = cog.geolocation
        self.height, self.width = float(self._grid.rows), float(self._grid.cols)

    def __repr__(self) -> str:
        return f"MapPlane({self.height:g} x {self.width:g}, {self._grid.crs})"

    def to_frame(self, y: float, x: float) -> tuple[float, float]:
        """Return (row, column) of the frame under a point of the map; may lie outside the frame."""
        lon, lat = self.lonlat(y, x)
        row, col = self._location.pixels([lon], [lat])
        return float(row[0]), float(col[0])

    def from_frame(self, row: float, col: float) -> tuple[float, float]:
        """Return (y, x) on the map."""
        return self.from_lonlat(*self._location.lonlat(row, col))

    def lonlat(self, y: float, x: float) -> tuple[float, float]:
        """Return (lon, lat) of a point of the plane; lon runs on across the date line."""
        east, north = self._grid.left + x * self._grid.pixel, self._grid.top - y * self._grid.pixel
        lat = math.degrees(2 * math.atan(math.exp(north / _WEB_RADIUS_M)) - math.pi / 2)
        return math.degrees(east / _WEB_RADIUS_M), lat

    def from_lonlat(self, lon: float, lat: float) -> tuple[float, float]:
        """Return (y, x) of a point on the ground, on the turn of the globe that is nearest to the frame."""
        middle = math.degrees((self._grid.left + self._grid.pixel * self.width / 2) / _WEB_RADIUS_M)
        near = middle + (lon - middle + 180.0) % 360.0 - 180.0
        east = math.radians(near) * _WEB_RADIUS_M
        north = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) * _WEB_RADIUS_M
        return (self._grid.top - north) / self._grid.pixel, (east - self._grid.left) / self._grid.pixel

    def grid(self, view: View, *, longest: int) -> Grid:
        """Return the grid of pixels that a picture of a view has; never finer than the frame."""
        from iceye_geo.cog.geocode import Grid

        scale = max(1.0, max(view.height, view.width) / longest)
        rows, cols = max(1, round(view.height / scale)), max(1, round(view.width / scale))
        left = self._grid.left + view.left * self._grid.pixel
        top = self._grid.top - view.top * self._grid.pixel
        return Grid(self._grid.crs, left, top, self._grid.pixel * scale, rows, cols)
