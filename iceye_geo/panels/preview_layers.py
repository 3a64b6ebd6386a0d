"""One date of a preview: an open image, and the pixels of a view of it, fetched in parts that can be stopped."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from iceye_geo.errors import OutsideFrameError
from iceye_geo.models.modes import find_mode
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.preview_display import Display, MaskedArray, filtered, limits_of, valued
from iceye_geo.panels.preview_plane import MapPlane, Plane, View

if TYPE_CHECKING:
    from iceye_geo.cog import Cog, Raster, Window

#: Longer side of the look, pixels: one overview of a real frame, a few hundred kilobytes.
LOOK_SIZE = 1024
# A view is fetched in parts of about so many blocks, two rounds of the reader's eight connections: what was sent for
# is finished, what was not yet sent for is saved when the view has moved on.
_BLOCKS_PER_PART = 16
# Views kept decoded, so that a change of stretch or a step back costs nothing.
_KEPT = 8


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """Pixels of a view, as digital numbers.

    Attributes:
        dn: masked digital numbers, (rows, cols) or (3, rows, cols).
        view: what they cover, on the plane.
        level: overview they came from; 0 for full resolution.
        raster: the same in radar geometry with its place in the frame; None on the map.
        grid: the same on the map; None in radar geometry.
    """

    dn: MaskedArray
    view: View
    level: int
    raster: Raster | None = None
    grid: Any = None


@dataclass(eq=False)
class Layer:
    """One open image.

    Attributes:
        cog: the image.
        title: what a person reads, usually mode and date.
        shown: whether it takes part in comparisons.
    """

    cog: Cog
    title: str
    shown: bool = True
    _shots: OrderedDict[Any, Shot] = field(default_factory=OrderedDict, repr=False)
    _limits: dict[Any, tuple[float, float]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def looks(self) -> float:
        """Looks of the image, which a speckle filter needs."""
        return self.cog.info().looks or 1.0

    def look(self, ticket: Ticket, *, frame: int = 0) -> Raster:
        """Read the whole frame, small. Read once, since its bytes stay in the cache."""
        read_ahead(self.cog, self.cog.window, LOOK_SIZE, ticket, frame=frame)
        return self.cog.preview(LOOK_SIZE, frame=frame)

    def shoot(self, plane: Plane, view: View, *, size: int, display: Display, ticket: Ticket) -> Shot | None:
        """Read a view: only the blocks it touches, of the coarsest overview that fills ``size`` pixels.

        Returns:
            None where the view does not touch the frame.
        """
        key = (plane.kind, view, size, display.frame, display.speckle, display.speckle_size)
        with self._lock:
            if key in self._shots:
                self._shots.move_to_end(key)
                return self._shots[key]
        shoot = self._on_map if isinstance(plane, MapPlane) else self._in_radar
        made = shoot(plane, view, size, display, ticket)  # type: ignore[arg-type]
        if made is not None:
            with self._lock:
                self._shots[key] = made
                while len(self._shots) > _KEPT:
                    self._shots.popitem(last=False)
        return made

    def frame_limits(self, display: Display, ticket: Ticket) -> tuple[float, float]:
        """Return the brightness scale of the whole frame, from its look."""
        key = (display.values, display.percentiles, display.frame)
        if key not in self._limits:
            array, _ = valued(self.look(ticket, frame=display.frame).array, display, self.cog.info())
            self._limits[key] = limits_of(array, display.percentiles)
        return self._limits[key]

    def _in_radar(self, plane: Plane, view: View, size: int, display: Display, ticket: Ticket) -> Shot | None:
        part = view.cut(plane.height, plane.width)
        if part is None:
            return None
        raster = self._read(part.window(), size, display, ticket)
        cut = raster.window
        covered = View(cut.row, cut.col, cut.height, cut.width)
        return Shot(raster.array, covered, raster.level, raster)

    def _on_map(
        self, plane: MapPlane, view: View, size: int, display: Display, ticket: Ticket
    ) -> Shot | None:
        from iceye_geo.cog.geocode import resample, window_under

        part = view.cut(plane.height, plane.width)
        if part is None:
            return None
        grid = plane.grid(part, longest=size)
        try:
            window = window_under(grid, self.cog.geolocation).clip(
                self.cog.window.height, self.cog.window.width
            )
        except OutsideFrameError:
            return None
        per_pixel = part.width / grid.cols
        wanted = max(1, round(max(window.height, window.width) / per_pixel))
        raster = self._read(window, wanted, display, ticket)
        made = resample(raster, self.cog.geolocation, grid)
        return Shot(made.array, part, raster.level, grid=made)

    def _read(self, window: Window, size: int, display: Display, ticket: Ticket) -> Raster:
        from dataclasses import replace

        read_ahead(self.cog, window, size, ticket, frame=display.frame)
        raster = self.cog.read(window, max_size=size, frame=display.frame)
        ticket.check()
        looks = self.looks * raster.scale[0] * raster.scale[1]
        return replace(raster, array=filtered(raster.array, display, looks=looks))


def read_ahead(cog: Cog, window: Window, size: int, ticket: Ticket, *, frame: int = 0) -> None:
    """Fetch the bytes of a read in parts, and stop between two parts when nobody wants it any more.

    Raises:
        Stopped: the ticket was revoked.
    """
    for part in parts(cog, window, size, frame=frame):
        ticket.check()
        cog.prefetch([part], max_size=size, frame=frame)()
    ticket.check()


def parts(cog: Cog, window: Window, size: int, *, frame: int = 0) -> list[Window]:
    """Cut a window across its shorter side, so that every part is read from the same overview."""
    from iceye_geo.cog import Window

    blocks = len(cog.plan(window, max_size=size, frame=frame).spans)
    many = max(1, round(blocks / _BLOCKS_PER_PART))
    tall = window.height > window.width
    side = window.width if tall else window.height
    edges = np.linspace(0, side, min(many, side) + 1).astype(int).tolist()
    pairs = list(itertools.pairwise(edges))
    if tall:
        return [Window(window.row, window.col + a, window.height, b - a) for a, b in pairs]
    return [Window(window.row + a, window.col, b - a, window.width) for a, b in pairs]


def title_of(cog: Cog, item: Any = None) -> str:
    """Return mode and time of an image, or its name."""
    info = cog.info()
    stated = getattr(item, "properties", None) or (
        item.get("properties") if isinstance(item, Mapping) else None
    )
    when = info.start_datetime or str((stated or {}).get("start_datetime") or "")
    known = find_mode(info.mode or "")
    moment = f"{when[:16].replace('T', ' ')} UTC" if when else ""
    words = " ".join(w for w in (known.title if known else info.mode, moment) if w)
    return words or info.label
