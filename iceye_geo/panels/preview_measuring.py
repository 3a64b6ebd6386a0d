"""Measuring by clicks and buttons: what a click on the picture means, and what the measure group shows."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from iceye_geo.panels.preview_form import MeasureForm
from iceye_geo.panels.preview_texts import parse_pixel, pixel_text
from iceye_geo.panels.preview_tools import HEIGHT_ASSUMPTION, Pixel, Reading

if TYPE_CHECKING:
    from iceye_geo.panels.jobs import Ticket
    from iceye_geo.panels.preview import PreviewPanel


class Measuring:
    """Pixel, distance, height, profile and histogram.

    Args:
        panel: whose picture is measured.

    Attributes:
        form: the controls.
        read_out: the pixel read last, in words.
        reading: the same as a value, None before the first.
    """

    def __init__(self, panel: PreviewPanel) -> None:
        self._panel = panel
        self.form = MeasureForm()
        self.read_out = widgets.HTML()
        self.reading: Reading | None = None
        self._ends: list[Pixel] = []

    def buttons(self) -> dict[widgets.Button, Callable[[], object]]:
        """Return what each button does."""
        form, control, size = self.form, self._panel.control, self._panel.pixels
        return {
            form.read: self._read,
            form.distance: lambda: self._line(control.distance, self._tell),
            form.height: lambda: self._line(control.height, lambda h: self._tell(h, HEIGHT_ASSUMPTION)),
            form.profile: lambda: self._line(control.profile_plot, self._plot),
            form.histogram: lambda: self._run(lambda t: control.histogram_plot(t, size=size()), self._plot),
            form.whole: lambda: self._run(lambda t: control.histogram_plot(t, whole=True), self._plot),
        }

    def click(self, y: float, x: float) -> None:
        """Take a click on a point of the plane: it reads the pixel, or sets an end of the line."""
        control = self._panel.control
        if not control.layers:
            return
        row, col = control.frame_pixel(y, x)
        if self.form.click.value == "read":
            self._set_ends([(row, col)])
            self._run(lambda _: control.reading(y, x), self._tell_reading)
            return
        self._set_ends([(row, col)] if len(self._ends) != 1 else [self._ends[0], (row, col)])

    def _set_ends(self, ends: list[Pixel]) -> None:
        self._ends = ends
        self.form.start.value = pixel_text(ends[0])
        self.form.end.value = pixel_text(ends[1]) if len(ends) > 1 else ""
        self._panel.canvas.mark([self._panel.control.plane_point(*end) for end in ends])

    def _typed(self, *, both: bool) -> list[Pixel]:
        ends = [parse_pixel("from", self.form.start.value)]
        if both:
            ends.append(parse_pixel("to", self.form.end.value))
        self._set_ends(ends)
        return ends

    def _read(self) -> None:
        control = self._panel.control
        y, x = control.plane_point(*self._typed(both=False)[0])
        self._run(lambda _: control.reading(y, x), self._tell_reading)

    def _line(self, work: Callable[[Pixel, Pixel], Any], show: Callable[[Any], None]) -> None:
        start, end = self._typed(both=True)
        self._run(lambda _: work(start, end), show)

    def _run(self, work: Callable[[Ticket], Any], show: Callable[[Any], None]) -> None:
        self._panel.clear_error()
        self._panel.working("Measuring …")
        self._panel.jobs.start("measure", work, partial(self._done, show))

    def _done(self, show: Callable[[Any], None], found: Any) -> None:
        show(found)
        self._panel.idle()

    def _tell_reading(self, reading: Reading) -> None:
        self.reading = reading
        self.read_out.value = f'<div class="iceye-reading" role="status">{html.escape(str(reading))}</div>'

    def _tell(self, found: object, note: str = "") -> None:
        small = f'<div class="iceye-dim">{html.escape(note)}</div>' if note else ""
        self.form.result.value = f'<div role="status"><b>{html.escape(str(found))}</b>{small}</div>'

    def _plot(self, png: bytes) -> None:
        self.form.plot.value = png
        self.form.plot.layout.display = ""
