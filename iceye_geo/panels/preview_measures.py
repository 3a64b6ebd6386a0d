"""What the preview's controller can measure, of the image on top; the plane is that of the first image."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.preview_display import Display, shown_values, unit_of, valued
from iceye_geo.panels.preview_layers import Layer
from iceye_geo.panels.preview_picture import Picture
from iceye_geo.panels.preview_plane import Plane, View
from iceye_geo.panels.preview_tools import (
    Distance,
    Height,
    Pixel,
    Reading,
    ground_distance,
    plot_histogram,
    plot_profile,
    read_pixel,
    shadow_height,
)

if TYPE_CHECKING:
    from iceye_geo.cog import Cog

#: Longer side of a picture, pixels, unless the page says how large it shows it.
VIEW_SIZE = 900


class Measures(ABC):
    """Measuring, for a controller that knows what is open and can draw it."""

    layers: list[Layer]
    display: Display
    top: int

    @property
    @abstractmethod
    def plane(self) -> Plane:
        """What the view lies on."""

    @property
    @abstractmethod
    def cog(self) -> Cog:
        """The image on top."""

    @abstractmethod
    def picture(self, ticket: Ticket, *, size: int = VIEW_SIZE, view: View | None = None) -> Picture:
        """Read and draw a view."""

    def reading(self, y: float, x: float) -> Reading:
        """Read the pixel of the image on top under a point of the plane.

        Raises:
            OutsideFrameError: the point lies outside the frame.
        """
        return read_pixel(self.cog, *self.frame_pixel(y, x))

    def frame_pixel(self, y: float, x: float) -> Pixel:
        """Return (row, column), in the image on top, of a point of the plane."""
        row, col = self.plane.to_frame(y, x)
        if self.top:
            pixels = self.cog.geolocation.pixels(
                *([v] for v in self.layers[0].cog.geolocation.lonlat(row, col))
            )
            row, col = float(pixels[0][0]), float(pixels[1][0])
        return row, col

    def plane_point(self, row: float, col: float) -> tuple[float, float]:
        """Return (y, x) of the plane for a pixel of the image on top."""
        if self.top:
            pixels = self.layers[0].cog.geolocation.pixels(
                *([v] for v in self.cog.geolocation.lonlat(row, col))
            )
            row, col = float(pixels[0][0]), float(pixels[1][0])
        return self.plane.from_frame(row, col)

    def distance(self, start: Pixel, end: Pixel) -> Distance:
        """Measure the geodesic between two pixels (row, column) of the image on top."""
        return ground_distance(self.cog, start, end)

    def height(self, start: Pixel, end: Pixel) -> Height:
        """Estimate a height by its shadow, from its foot (row, column) to the shadow's end."""
        return shadow_height(self.cog, start, end)

    def profile_plot(self, start: Pixel, end: Pixel) -> bytes:
        """Read full-resolution values along a line between two pixels and draw them; PNG."""
        values = shown_values(self.display, self.cog.info())
        line = [self.cog.geolocation.lonlat(*start), self.cog.geolocation.lonlat(*end)]
        return plot_profile(self.cog.profile(line, values=values), unit=unit_of(values))

    def histogram_plot(self, ticket: Ticket, *, whole: bool = False, size: int = VIEW_SIZE) -> bytes:
        """Draw how often each value occurs; PNG.

        Args:
            ticket: revoked when nobody wants it any more.
            whole: sample the whole frame at full resolution; else count the picture that is shown, which reads nothing
                new but was averaged if it came from an overview.
            size: as for ``picture``.
        """
        if whole:
            found = self.cog.histogram()
            unit = unit_of("sigma0_db" if found.calibrated else "relative_db")
            title = f"whole frame, full resolution, {found.method}"
            return plot_histogram(found.counts, found.edges_db, unit=unit, title=title)
        picture = self.picture(ticket, size=size)
        shot = next((s for s in picture.shots if s is not None), None)
        if shot is None:
            raise InvalidInputError("view", "shows no pixel of the frame")
        array, _ = valued(shot.dn, self.display, self.cog.info())
        counts, edges = np.histogram(array.compressed(), bins=100)
        title = f"this view, {'full resolution' if shot.level == 0 else f'overview {shot.level}, averaged'}"
        return plot_histogram(counts, edges, unit=picture.unit, limits=picture.limits, title=title)
