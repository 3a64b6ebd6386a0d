"""``PreviewPanel``: look into a scene, from the thumbnail to the single pixel, without downloading it."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.base import Panel
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.preview_canvas import make_canvas
from iceye_geo.panels.preview_control import Picture, PreviewController
from iceye_geo.panels.preview_form import DatesForm, EntryForm, MeasureForm, PictureForm, SaveForm, Toolbar
from iceye_geo.panels.preview_plane import View
from iceye_geo.panels.preview_texts import facts_text, legend_text, parse_pixel, pixel_text, title_text
from iceye_geo.panels.preview_tools import HEIGHT_ASSUMPTION, Pixel, Reading

STYLE = f"<style>{files('iceye_geo.panels').joinpath('static/preview.css').read_text()}</style>"
NOTHING_OPEN = 'Choose a scene to look into: name it here, or press "Look into it" where one is listed.'
# Long enough that a drag or a turn of the wheel is one read, short enough to feel at once.
SETTLE_S = 0.12
_BLINK_S = 0.8
# What a page is sent as a link to keep; larger files stay where they were written.
_MOST_LINKED_BYTES = 8 * 1024 * 1024
# Screens with more pixels see no more of a speckled picture, but wait for it.
_MOST_PIXELS = 1400


class PreviewPanel(Panel):
    """Look into a scene: drag, zoom, stretch, measure, compare dates, save.

    Args:
        source: an Item, an open ``Cog``, a path or a link; None to open one later.
        client: who opens Items and renews their links.
        asset: key of the Item's asset; None picks the GRD-COG.
        interactive: False shows a plain image that is moved by buttons, as where ipyleaflet is missing.

    Attributes:
        control: the same without widgets.
        picture: what is shown; None until something is.
        reading: the pixel read last, or None.

    Example:
        >>> panel = PreviewPanel(item, client=client)
        >>> panel.jobs.wait(timeout=60)
        True
        >>> panel.picture.stage
        'detail'
        >>> panel.close()
    """

    def __init__(
        self, source: Any = None, *, client: Any = None, asset: str | None = None, interactive: bool = True
    ) -> None:
        super().__init__(name="preview")
        self.control = PreviewController(client=client)
        self.picture: Picture | None = None
        self.reading: Reading | None = None
        self.canvas = make_canvas(interactive=interactive)
        self._title, self._legend, self._facts, self._read_out = (widgets.HTML() for _ in range(4))
        for widget, name in (
            (self._title, "title"), (self._legend, "legend"), (self._facts, "facts"), (self._read_out, "reading"),
        ):  # fmt: skip
            widget.add_class(f"t-{name}")
        self.toolbar, self.look, self.measure = Toolbar(), PictureForm(), MeasureForm()
        self.dates, self.saving, self.entry = DatesForm(), SaveForm(), EntryForm()
        self._ends: list[Pixel] = []
        self._quiet = False
        self._lay_out()
        self._connect()
        if source is None:
            self._idle()
        else:
            self.open(source, asset=asset)

    def open(self, source: Any, *, asset: str | None = None) -> None:
        """Look into another scene; returns at once."""
        self.clear_error()
        self.entry.widget.layout.display = "none"
        self._body.children = self._stage
        self._blink_off()
        for key in ("view", "back", "measure", "add"):
            self.jobs.stop(key)
        self._working("Opening the scene …")
        self.jobs.start("open", partial(self._open, source, asset), self._opened)

    def add(self, source: Any, *, asset: str | None = None) -> None:
        """Add another date of the place; returns at once."""
        self.clear_error()
        self._working("Opening another date …")
        self.jobs.start("add", lambda ticket: self.control.add(source, ticket, asset=asset), self._added)

    def show_error(self, error: BaseException) -> None:
        """Show an error in plain words; the picture seen before stays."""
        super().show_error(error)
        if not self.control.layers:
            self.entry.widget.layout.display = ""
        self._idle()

    def close(self) -> None:
        """Stop reading, close the images that were opened here, take the panel off the page."""
        super().close()
        self.control.close()
        self.canvas.close()

    # What happens when something is opened

    def _open(self, source: Any, asset: str | None, ticket: Ticket) -> Picture:
        def thumbnail(picture: Picture) -> None:
            self.jobs.report(ticket, lambda: self._first_sight(picture))

        return self.control.open(source, ticket, asset=asset, show=thumbnail)

    def _first_sight(self, picture: Picture) -> None:
        self.canvas.reset(picture.view.height, picture.view.width)
        self.canvas.back(picture.png, picture.view)
        self.say("The thumbnail; the image follows …", busy=True)

    def _opened(self, look: Picture) -> None:
        control = self.control
        self.canvas.reset(control.plane.height, control.plane.width)
        self.canvas.back(look.png, look.view)
        self._tell(look)
        self._arrange()
        self.refresh()

    def _added(self, _: object) -> None:
        self._turned()
        self._arrange()

    # What is drawn

    def refresh(self) -> None:
        """Draw the view again, soon; the last request wins."""
        if not self.control.layers:
            return
        self._working("Reading …")
        self.jobs.start("view", self._draw, self._tell_detail, delay_s=SETTLE_S)

    def _draw(self, ticket: Ticket) -> Picture:
        return self.control.picture(ticket, size=self._pixels())

    def _pixels(self) -> int:
        """Return how long the seen part of the plane is on the page, pixels."""
        view, (height, width) = self.control.view, self.canvas.size
        part = view.cut(self.control.plane.height, self.control.plane.width) or view
        on_page = min(height / view.height, width / view.width) * max(part.height, part.width)
        return min(_MOST_PIXELS, max(64, round(on_page)))

    def _tell_detail(self, picture: Picture) -> None:
        self.canvas.show(picture.png, picture.view)
        self._tell(picture)

    def _restyle(self) -> None:
        """Draw all of it again, since its look has changed; reads nothing that is here already."""
        if self.canvas.interactive and self.control.layers:
            self.jobs.start("back", self.control.look, self._behind, delay_s=SETTLE_S)
        self.refresh()

    def _behind(self, look: Picture) -> None:
        self.canvas.back(look.png, look.view)

    def _turned(self) -> None:
        plane = self.control.plane
        view = self.control.view
        self.canvas.reset(plane.height, plane.width)
        self.canvas.move(view)
        self._restyle()

    def _tell(self, picture: Picture) -> None:
        self.picture = picture
        self._title.value, self._legend.value = title_text(self.control), legend_text(picture, self.control)
        self._facts.value = facts_text(picture, self.control)
        self._idle()

    # Moving

    def _followed(self, view: View) -> None:
        if self.control.layers:
            self.control.view = view
            self.refresh()

    def _move(self, change: Callable[[], View]) -> None:
        if not self.control.layers:
            raise InvalidInputError("scene", "nothing is open yet")
        view = change()
        self.canvas.move(view)
        self.refresh()

    def _native(self) -> View:
        height, width = self.canvas.size
        y, x = self.control.view.center
        return self.control.look_at(View(y - height / 2, x - width / 2, height, width))

    # Measuring

    def _clicked(self, y: float, x: float) -> None:
        if not self.control.layers:
            return
        row, col = self.control.frame_pixel(y, x)
        if self.measure.click.value == "read":
            self._set_ends([(row, col)])
            self._measure(lambda _: self.control.reading(y, x), self._told_reading)
            return
        self._set_ends([(row, col)] if len(self._ends) != 1 else [self._ends[0], (row, col)])

    def _set_ends(self, ends: list[Pixel]) -> None:
        self._ends = ends
        self.measure.start.value = pixel_text(ends[0])
        self.measure.end.value = pixel_text(ends[1]) if len(ends) > 1 else ""
        self.canvas.mark([self.control.plane_point(*end) for end in ends])

    def _typed(self, *, both: bool) -> list[Pixel]:
        ends = [parse_pixel("from", self.measure.start.value)]
        if both:
            ends.append(parse_pixel("to", self.measure.end.value))
        self._set_ends(ends)
        return ends

    def _read_typed(self) -> None:
        y, x = self.control.plane_point(*self._typed(both=False)[0])
        self._measure(lambda _: self.control.reading(y, x), self._told_reading)

    def _line(self, work: Callable[[Pixel, Pixel], Any], show: Callable[[Any], None]) -> None:
        start, end = self._typed(both=True)
        self._measure(lambda _: work(start, end), show)

    def _measure(self, work: Callable[[Ticket], Any], show: Callable[[Any], None]) -> None:
        self.clear_error()
        self._working("Measuring …")
        self.jobs.start("measure", work, partial(self._measured, show))

    def _measured(self, show: Callable[[Any], None], found: Any) -> None:
        show(found)
        self._idle()

    def _told_reading(self, reading: Reading) -> None:
        self.reading = reading
        self._read_out.value = f'<div class="iceye-reading" role="status">{html.escape(str(reading))}</div>'

    def _told(self, found: object, note: str = "") -> None:
        small = f'<div class="iceye-dim">{html.escape(note)}</div>' if note else ""
        self.measure.result.value = f'<div role="status"><b>{html.escape(str(found))}</b>{small}</div>'

    def _plotted(self, png: bytes) -> None:
        self.measure.plot.value = png
        self.measure.plot.layout.display = ""

    # How it looks, dates, saving

    def _styled(self, name: str, value: Any) -> None:
        if self._quiet:
            return
        before = self.control.display
        try:
            if name == "stretch" and value == "hand":
                self._hand_over_limits()
            limits = (
                (self.look.low.value, self.look.high.value) if self.look.stretch.value == "hand" else None
            )
            self.control.set_display(**{name: value, "limits": limits, "stretch": self.look.stretch.value})
        except Exception:
            self._show_display(before)
            raise
        self.clear_error()
        self._arrange()
        if name == "geometry" and self.control.layers:
            self._turned()
        else:
            self._restyle()

    def _hand_over_limits(self) -> None:
        """Start the stretch by hand from what is seen."""
        if self.picture is not None and self.picture.stage != "thumbnail":
            self._silently(lambda: self._set_limits(*self.picture.limits))  # type: ignore[union-attr]

    def _set_limits(self, low: float, high: float) -> None:
        self.look.low.value, self.look.high.value = round(low, 2), round(high, 2)

    def _limited(self) -> None:
        if not self._quiet:
            self._styled("limits", None)

    def _show_display(self, display: Any) -> None:
        def put() -> None:
            for name, widget in self.look.all.items():
                widget.value = getattr(display, name)

        self._silently(put)

    def _silently(self, change: Callable[[], None]) -> None:
        before, self._quiet = self._quiet, True
        try:
            change()
        finally:
            self._quiet = before

    def _arrange(self) -> None:
        layers = self.control.layers
        self.look.arrange(vid=bool(layers) and layers[0].cog.info().kind == "VID")
        titles = [layer.title for layer in layers]

        def put() -> None:
            self.dates.top.options = [(f"{n + 1}. {title}", n) for n, title in enumerate(titles)]
            self.dates.top.value = self.control.top if titles else None
            self.dates.compare.value = self.control.compare
            self.look.geometry.value = self.control.display.geometry

        self._silently(put)
        self.dates.arrange(titles=titles)

    def _dated(self, name: str, value: Any) -> None:
        if self._quiet or value is None:
            return
        setattr(self.control, name, value)
        self.dates.arrange(titles=[layer.title for layer in self.control.layers])
        self._restyle()

    def _removed(self) -> None:
        self._blink_off()
        self.control.remove(self.control.top)
        self._arrange()
        self._restyle()

    def _blinked(self, on: bool) -> None:
        if on:
            self._silently(lambda: setattr(self.dates.compare, "value", "top"))
            self.control.compare = "top"
            self.jobs.start("blink", self._blink, lambda _: None)
        else:
            self.jobs.stop("blink")

    def _blink(self, ticket: Ticket) -> None:
        while True:
            ticket.sleep(_BLINK_S)
            self.control.top = (self.control.top + 1) % len(self.control.layers)
            picture = self.control.picture(ticket, size=self._pixels())
            self.jobs.report(ticket, partial(self._show_turn, picture))

    def _show_turn(self, picture: Picture) -> None:
        self._arrange()
        self._tell_detail(picture)

    def _blink_off(self) -> None:
        if self.dates.blink.value:
            self.dates.blink.value = False

    def _open_typed(self) -> None:
        self._named("scene", self.entry.scene.value, self.open)

    def _add_typed(self) -> None:
        self._named("another date", self.dates.source.value, self.add)

    def _named(self, field: str, typed: str, then: Callable[[Any], None]) -> None:
        """Hand over a file or link as it is, an item id as the Item that the catalog has."""
        text = typed.strip()
        if not text:
            raise InvalidInputError(field, "give an item id or a file")
        if Path(text).suffix.lower() in (".tif", ".tiff") or "://" in text:
            then(text)
            return
        self.clear_error()
        self._working("Looking for the item …")
        self.jobs.start("find", lambda _: self._find(field, text), then)

    def _find(self, field: str, item_id: str) -> Any:
        client = self.control.client
        if client is None:
            raise InvalidInputError(
                field, "an item id needs a client", hint="PreviewPanel(item, client=client)"
            )
        for collection in ("private", "public"):
            found = next(
                client.catalog.search(ids=[item_id], collections=[collection], max_items=1).items(), None
            )
            if found is not None:
                return found
        raise InvalidInputError(field, f"the catalog has no item {item_id}")

    def _save(self) -> None:
        path = self.saving.path.value.strip()
        size = self._pixels()
        self.clear_error()
        self._working("Saving …")
        self.jobs.start("save", lambda ticket: self.control.save(path, ticket, size=size), self._saved)

    def _saved(self, path: Path) -> None:
        kind = "image/png" if path.suffix.lower() == ".png" else "image/tiff"
        content = path.read_bytes()
        name, where = html.escape(path.name), html.escape(str(path.resolve()))
        link = ""
        if len(content) <= _MOST_LINKED_BYTES:
            data = base64.b64encode(content).decode()
            link = f' · <a download="{name}" href="data:{kind};base64,{data}">keep a copy</a>'
        self.saving.link.value = f'<div role="status">Saved {where}, {len(content) / 1e6:.2f} MB{link}</div>'
        self._idle()

    # Status and wiring

    def _working(self, text: str) -> None:
        self.toolbar.stop.disabled = False
        self.say(text, busy=True)

    def _idle(self) -> None:
        self.toolbar.stop.disabled = True
        self.say("" if self.control.layers else NOTHING_OPEN)

    def _stop(self) -> None:
        self._blink_off()
        stopped = [
            key for key in ("open", "add", "find", "view", "back", "measure", "save") if self.jobs.stop(key)
        ]
        self._idle()
        if stopped:
            self.say("Stopped. What was read stays here; move on or zoom to go on.")

    def _lay_out(self) -> None:
        groups = {
            "Picture": self.look.widget, "Measure": self.measure.widget, "Dates": self.dates.widget,
            "Save": self.saving.widget,
        }  # fmt: skip
        self.group = widgets.ToggleButtons(
            options=list(groups), tooltips=[f"{name}: controls" for name in groups]
        )
        self.group.add_class("t-group")
        self._groups = groups
        self._group_shown(self.group.value)
        side = widgets.VBox(
            [self.group, *groups.values()], layout=widgets.Layout(flex="1 0 290px", max_width="340px")
        )
        side.add_class("t-side")
        stage = widgets.VBox(
            [self.toolbar.widget, self.canvas.widget, self._legend, self._read_out, self._facts],
            layout=widgets.Layout(flex="3 1 440px", min_width="420px", overflow="hidden"),
        )
        self._stage = (stage, side)
        self._body = widgets.HBox([], layout=widgets.Layout(flex_flow="row wrap"))
        self._body.add_class("iceye-preview")
        self.assemble(widgets.HTML(STYLE), self.entry.widget, self._title, self._body)

    def _group_shown(self, name: str) -> None:
        for other, widget in self._groups.items():
            widget.layout.display = "" if other == name else "none"

    def _connect(self) -> None:
        bar, measure, control = self.toolbar, self.measure, self.control
        clicks: dict[widgets.Button, Callable[[], object]] = {
            bar.zoom_in: lambda: self._move(lambda: control.zoom(2)),
            bar.zoom_out: lambda: self._move(lambda: control.zoom(0.5)),
            bar.left: lambda: self._move(lambda: control.pan(0, -0.4)),
            bar.right: lambda: self._move(lambda: control.pan(0, 0.4)),
            bar.up: lambda: self._move(lambda: control.pan(-0.4, 0)),
            bar.down: lambda: self._move(lambda: control.pan(0.4, 0)),
            bar.fit: lambda: self._move(control.fit),
            bar.native: lambda: self._move(self._native),
            bar.stop: self._stop,
            measure.read: self._read_typed,
            measure.distance: lambda: self._line(control.distance, self._told),
            measure.height: lambda: self._line(control.height, lambda h: self._told(h, HEIGHT_ASSUMPTION)),
            measure.profile: lambda: self._line(control.profile_plot, self._plotted),
            measure.histogram: lambda: self._measure(
                lambda t: control.histogram_plot(t, size=self._pixels()), self._plotted
            ),
            measure.whole: lambda: self._measure(lambda t: control.histogram_plot(t, whole=True), self._plotted),
            self.dates.remove: self._removed,
            self.dates.add: self._add_typed,
            self.saving.save: self._save,
            self.entry.open: self._open_typed,
        }  # fmt: skip
        for button, action in clicks.items():
            button.on_click(self.guard(partial(_without_event, action)))
        for name, widget in self.look.all.items():
            self._on_value(widget, partial(self._styled, name))
        for widget in (self.look.low, self.look.high):
            self._on_value(widget, lambda _: self._limited())
        for name in ("top", "compare", "swipe"):
            self._on_value(getattr(self.dates, name), partial(self._dated, name))
        self._on_value(self.dates.blink, self._blinked)
        self._on_value(self.group, self._group_shown)
        self.canvas.on_move(self.guard(self._followed))
        self.canvas.on_click(self.guard(self._clicked))

    def _on_value(self, widget: Any, action: Callable[[Any], None]) -> None:
        widget.observe(self.guard(lambda change: action(change["new"])), names="value")


def _without_event(action: Callable[[], object], _: object) -> None:
    action()
