"""The preview without its widgets: what is open, where it looks, how it looks, and what is read for that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iceye_geo.cog.info import sources_of
from iceye_geo.errors import InvalidInputError, NoGeoreferenceError
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.preview_display import (
    Display,
    encode,
    limits_of,
    shown_values,
    unit_of,
    valued,
)
from iceye_geo.panels.preview_layers import LOOK_SIZE, Layer, Shot, title_of
from iceye_geo.panels.preview_measures import VIEW_SIZE, Measures
from iceye_geo.panels.preview_picture import Compare, Picture, compose, pair
from iceye_geo.panels.preview_plane import MapPlane, Plane, RadarPlane, View

if TYPE_CHECKING:
    from iceye_geo.cog import Cog

__all__ = ["Picture", "PreviewController"]


class PreviewController(Measures):
    """State and verbs of a preview. Methods that read take a ``Ticket`` and may run in any thread.

    Args:
        client: who opens Items and renews their links; not needed for paths and open images.

    Attributes:
        layers: open images, the first of which gives the plane.
        display: how it looks.
        view: where it looks.
        top: index of the layer on top.
        compare: "top" shows one layer, "swipe" two side by side along a line, "colors" two in red and cyan.
        swipe: where the line is, 0 to 1 from the left.
    """

    def __init__(self, *, client: Any = None) -> None:
        self.client = client
        self.layers: list[Layer] = []
        self.display = Display()
        self.view = View(0, 0, 1, 1)
        self.top = 0
        self.compare: Compare = "top"
        self.swipe = 0.5
        self._plane: Plane | None = None
        self._owned: list[Cog] = []
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"PreviewController({[layer.title for layer in self.layers]}, {self.view})"

    def open(
        self, source: Any, ticket: Ticket, *, asset: str | None = None, show: Callable[[Picture], None]
    ) -> Picture:
        """Open an image and show it step by step: thumbnail at once, then the look, which is read meanwhile.

        Args:
            source: an Item, a path, a link or an open ``Cog``; what was open before is closed.
            ticket: revoked when nobody wants it any more.
            asset: key of the item's asset; None picks the GRD-COG.
            show: takes the thumbnail, if there is one.

        Raises:
            CogError: the image cannot be opened or read.
        """
        from iceye_geo.panels.preview_thumbnail import thumbnail

        with ThreadPoolExecutor(1, thread_name_prefix="iceye-look") as beside:
            coming = beside.submit(self._looked_at, source, asset, ticket)
            try:
                small = thumbnail(source, client=self.client)
                ticket.check()
                if small is not None:
                    whole = View(0, 0, *small.shape)
                    show(Picture(small.image, whole, "thumbnail", None, small.shape, (0, 1), ""))
            except BaseException:
                if coming.exception() is None:
                    self._drop(coming.result())
                raise
            layer = coming.result()
        with self._lock:
            self._forget()
            self.layers, self.top, self.compare = [layer], 0, "top"
            self._plane = self._make_plane(self.display.geometry)
            self.view = View(0, 0, self._plane.height, self._plane.width)
        return self.look(ticket)

    def _looked_at(self, source: Any, asset: str | None, ticket: Ticket) -> Layer:
        """Open an image and read its look."""
        layer = self._layer(source, asset)
        try:
            ticket.check()
            layer.look(ticket)
        except BaseException:
            self._drop(layer)
            raise
        return layer

    def add(self, source: Any, ticket: Ticket, *, asset: str | None = None) -> Layer:
        """Open another date of the place. Dates are compared on the map, since each has its own radar geometry.

        Raises:
            InvalidInputError: nothing is open yet, or the two frames do not overlap.
            NoGeoreferenceError: one of them does not say where it lies.
        """
        if not self.layers:
            raise InvalidInputError("source", "open a first image before adding another date")
        layer = self._layer(source, asset)
        try:
            self._check_overlap(layer)
            layer.look(ticket)
        except BaseException:
            self._drop(layer)
            raise
        with self._lock:
            self.layers.append(layer)
            self.top = len(self.layers) - 1
            self.set_display(geometry="map")
        return layer

    def remove(self, index: int) -> None:
        """Close a date. The first one gives the plane and stays.

        Raises:
            InvalidInputError: there is no such date, or it is the first.
        """
        if not 0 < index < len(self.layers):
            raise InvalidInputError("index", f"must be 1 to {len(self.layers) - 1}; the first date stays")
        with self._lock:
            self._drop(self.layers.pop(index))
            self.top = min(self.top, len(self.layers) - 1)
            if len(self.layers) < 2:
                self.compare = "top"

    @property
    def plane(self) -> Plane:
        """What the view lies on.

        Raises:
            InvalidInputError: nothing is open.
        """
        if self._plane is None:
            raise InvalidInputError("source", "nothing is open")
        return self._plane

    @property
    def cog(self) -> Cog:
        """The image on top.

        Raises:
            InvalidInputError: nothing is open.
        """
        if not self.layers:
            raise InvalidInputError("source", "nothing is open")
        return self.layers[self.top].cog

    @property
    def bytes_read(self) -> int:
        """Bytes that all open images have read so far."""
        return sum(layer.cog.transfer.bytes for layer in self.layers)

    @property
    def requests_sent(self) -> int:
        """Requests that all open images have sent so far."""
        return sum(layer.cog.transfer.requests for layer in self.layers)

    def set_display(self, **changes: Any) -> Display:
        """Change how it looks; fields of ``Display`` by name.

        Raises:
            InvalidInputError: a value breaks its rule, or dates are compared and radar geometry is asked for.
            NoGeoreferenceError: the map is asked for and the file does not say where it lies.
        """
        new = replace(self.display, **changes)
        if new.geometry == "radar" and len(self.layers) > 1:
            raise InvalidInputError(
                "geometry", "several dates are compared on the map", hint="Remove the other dates first."
            )
        with self._lock:
            if self.layers and new.geometry != self.display.geometry:
                self._turn(self._make_plane(new.geometry))
            self.display = new
        return new

    def look_at(self, view: View) -> View:
        """Move the view; it stays on the plane. Reads nothing."""
        self.view = view.within(self.plane.height, self.plane.width)
        return self.view

    def fit(self) -> View:
        """Look at the whole plane."""
        return self.look_at(View(0, 0, self.plane.height, self.plane.width))

    def zoom(self, factor: float, *, at: tuple[float, float] | None = None) -> View:
        """Magnify by a factor; a point (y, x) of the plane stays where it is."""
        if not factor > 0:
            raise InvalidInputError("factor", "must be positive")
        return self.look_at(self.view.zoomed(factor, at=at))

    def pan(self, down: float, right: float) -> View:
        """Move by shares of the view."""
        return self.look_at(self.view.moved(down, right))

    def go_to(self, lon: float, lat: float, *, across: float = 1024) -> View:
        """Look at a place on the ground, ``across`` pixels of the frame wide.

        Raises:
            OutsideFrameError: the place lies outside the frame.
        """
        y, x = self.plane.from_frame(*self.layers[0].cog.geolocation.pixel(lon, lat))
        aspect = self.view.width / self.view.height
        return self.look_at(View(y - across / aspect / 2, x - across / 2, across / aspect, across))

    def look(self, ticket: Ticket) -> Picture:
        """Return the whole plane, small; its bytes are here already."""
        whole = View(0, 0, self.plane.height, self.plane.width)
        return replace(self.picture(ticket, size=LOOK_SIZE, view=whole), stage="look")

    def picture(self, ticket: Ticket, *, size: int = VIEW_SIZE, view: View | None = None) -> Picture:
        """Read and draw a view. Reads only the blocks that it touches, of the overview that fits.

        Args:
            ticket: revoked when the view has moved on.
            size: longer side of the picture on the page, pixels.
            view: what to draw; None draws where the preview looks.

        Raises:
            Stopped: the ticket was revoked.
            CogError: the bytes did not arrive.
        """
        with self._lock:
            plane, view, display = self.plane, view or self.view, self.display
            layers, top, compare, swipe = list(self.layers), self.top, self.compare, self.swipe
        order = [top] if compare == "top" or len(layers) < 2 else pair(top)
        shots = [layers[i].shoot(plane, view, size=size, display=display, ticket=ticket) for i in order]
        limits = self._limits(layers[order[0]], shots[0], display, ticket)
        arrays = [
            None if shot is None else valued(shot.dn, display, layers[i].cog.info())[0]
            for i, shot in zip(order, shots, strict=True)
        ]
        ticket.check()
        rgba = compose(arrays, display, limits, compare=compare, swipe=swipe)
        first = next((s for s in shots if s is not None), None)
        unit = unit_of(shown_values(display, layers[order[0]].cog.info()))
        return Picture(
            encode(rgba), first.view if first else view, "detail", first.level if first else 0,
            (rgba.shape[0], rgba.shape[1]), limits, unit, tuple(shots),
            attribution=sources_of(layers[i].cog.info() for i in order),
        )  # fmt: skip

    def save(self, path: str | Path, ticket: Ticket, *, size: int = VIEW_SIZE) -> Path:
        """Write the view: .png as it looks, .tif with its values and its place on the ground.

        Raises:
            InvalidInputError: the name ends in neither.
        """
        from iceye_geo.panels.preview_save import save_view

        top = self.top
        shown, picture = self.layers[top], self.picture(ticket, size=size)
        # Two dates that are compared stand in their own order, whichever is on top.
        return save_view(Path(path), picture, picture.shots[-1 if top else 0], shown, self.display)

    def close(self) -> None:
        """Close the images that were opened here."""
        with self._lock:
            self._forget()

    def _limits(
        self, layer: Layer, shot: Shot | None, display: Display, ticket: Ticket
    ) -> tuple[float, float]:
        if display.stretch == "hand" and display.limits is not None:
            return display.limits
        if display.stretch == "frame" or shot is None:
            return layer.frame_limits(display, ticket)
        return limits_of(valued(shot.dn, display, layer.cog.info())[0], display.percentiles)

    def _layer(self, source: Any, asset: str | None) -> Layer:
        from iceye_geo.cog import Cog, open_cog

        if isinstance(source, Cog):
            return Layer(source, title_of(source))
        cog = open_cog(source, asset=asset, client=self.client)
        self._owned.append(cog)
        return Layer(cog, title_of(cog, source))

    def _check_overlap(self, layer: Layer) -> None:
        from shapely.geometry import Polygon

        first, second = (Polygon(c.footprint()) for c in (self.layers[0].cog, layer.cog))
        if not first.intersects(second):
            raise InvalidInputError(
                "source", f"{layer.title} does not see this place, so there is nothing to compare"
            )

    def _make_plane(self, geometry: str) -> Plane:
        base = self.layers[0].cog
        if geometry == "map":
            try:
                return MapPlane(base)
            except NoGeoreferenceError:
                if (
                    self._plane is None
                ):  # a new image that has no place on the ground opens as it was recorded
                    self.display = replace(self.display, geometry="radar")
                    return RadarPlane(base.window.height, base.window.width)
                raise
        return RadarPlane(base.window.height, base.window.width)

    def _turn(self, plane: Plane) -> None:
        """Change the plane and keep looking at the same place, as closely."""
        before, view = self.plane, self.view
        share = max(view.height / before.height, view.width / before.width)
        y, x = plane.from_frame(*before.to_frame(*view.center))
        self._plane = plane
        if share >= 1:
            self.fit()
        else:
            self.look_at(view.at(y, x))

    def _forget(self) -> None:
        for layer in self.layers:
            self._drop(layer)
        self.layers, self._plane = [], None

    def _drop(self, layer: Layer) -> None:
        if layer.cog in self._owned:
            self._owned.remove(layer.cog)
            layer.cog.close()
