"""``PreviewPanel``: look into a scene, from the thumbnail to the single pixel, without downloading it."""

from __future__ import annotations

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
from iceye_geo.panels.preview_control import PreviewController
from iceye_geo.panels.preview_dates import Dates
from iceye_geo.panels.preview_form import DatesForm, EntryForm, MeasureForm, PictureForm, SaveForm, Toolbar
from iceye_geo.panels.preview_measuring import Measuring
from iceye_geo.panels.preview_picture import Picture
from iceye_geo.panels.preview_plane import View
from iceye_geo.panels.preview_save import saved_html
from iceye_geo.panels.preview_sources import find_source
from iceye_geo.panels.preview_styling import Styling
from iceye_geo.panels.preview_texts import facts_text, legend_text, title_text
from iceye_geo.panels.preview_tools import Reading

STYLE = f"<style>{files('iceye_geo.panels').joinpath('static/preview.css').read_text()}</style>"
NOTHING_OPEN = 'Choose a scene to look into: name it here, or press "Look into it" where one is listed.'
# Long enough that a drag or a turn of the wheel is one read, short enough to feel at once.
SETTLE_S = 0.12
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
        self.canvas = make_canvas(interactive=interactive)
        self.toolbar, self.saving, self.entry = Toolbar(), SaveForm(), EntryForm()
        self.styling, self.measuring, self.comparing = Styling(self), Measuring(self), Dates(self)
        self._title, self._legend, self._facts = (widgets.HTML() for _ in range(3))
        for widget, name in (
            (self._title, "title"), (self._legend, "legend"), (self._facts, "facts"),
            (self.measuring.read_out, "reading"),
        ):  # fmt: skip
            widget.add_class(f"t-{name}")
        self.quiet = False
        self._lay_out()
        self._connect()
        if source is None:
            self.idle()
        else:
            self.open(source, asset=asset)

    @property
    def reading(self) -> Reading | None:
        """The pixel read last, None before the first."""
        return self.measuring.reading

    @property
    def look(self) -> PictureForm:
        """The controls of how it looks."""
        return self.styling.form

    @property
    def measure(self) -> MeasureForm:
        """The controls that measure."""
        return self.measuring.form

    @property
    def dates(self) -> DatesForm:
        """The controls that compare dates."""
        return self.comparing.form

    def open(self, source: Any, *, asset: str | None = None) -> None:
        """Look into another scene; returns at once."""
        self.clear_error()
        self.entry.widget.layout.display = "none"
        self._body.children = self._stage
        self.comparing.blink_off()
        for key in ("view", "back", "measure", "add"):
            self.jobs.stop(key)
        self.working("Opening the scene …")
        self.jobs.start("open", partial(self._open, source, asset), self._opened)

    def add(self, source: Any, *, asset: str | None = None) -> None:
        """Add another date of the place; returns at once."""
        self.clear_error()
        self.working("Opening another date …")
        self.jobs.start("add", lambda ticket: self.control.add(source, ticket, asset=asset), self._added)

    def show_error(self, error: BaseException) -> None:
        """Show an error in plain words; the picture seen before stays."""
        super().show_error(error)
        if not self.control.layers:
            self.entry.widget.layout.display = ""
        self.idle()

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
        self.canvas.back(picture.image, picture.view)
        self.say("The thumbnail; the image follows …", busy=True)

    def _opened(self, look: Picture) -> None:
        control = self.control
        self.canvas.reset(control.plane.height, control.plane.width)
        self.canvas.back(look.image, look.view)
        self._tell(look)
        self.arrange()
        self.refresh()

    def _added(self, _: object) -> None:
        self.turned()
        self.arrange()

    # What is drawn

    def refresh(self) -> None:
        """Draw the view again, soon; the last request wins."""
        if not self.control.layers:
            return
        self.working("Reading …")
        self.jobs.start("view", self._draw, self.show_detail, delay_s=SETTLE_S)

    def _draw(self, ticket: Ticket) -> Picture:
        return self.control.picture(ticket, size=self.pixels())

    def pixels(self) -> int:
        """Return how long the seen part of the plane is on the page, pixels."""
        view, (height, width) = self.control.view, self.canvas.size
        part = view.cut(self.control.plane.height, self.control.plane.width) or view
        on_page = min(height / view.height, width / view.width) * max(part.height, part.width)
        return min(_MOST_PIXELS, max(64, round(on_page)))

    def show_detail(self, picture: Picture) -> None:
        """Show a view that was drawn."""
        self.canvas.show(picture.image, picture.view)
        self._tell(picture)

    def restyle(self) -> None:
        """Draw all of it again, since its look has changed; reads nothing that is here already."""
        if self.canvas.interactive and self.control.layers:
            self.jobs.start("back", self.control.look, self._behind, delay_s=SETTLE_S)
        self.refresh()

    def _behind(self, look: Picture) -> None:
        self.canvas.back(look.image, look.view)

    def turned(self) -> None:
        """Start the canvas over, since what the view lies on has changed."""
        plane = self.control.plane
        view = self.control.view
        self.canvas.reset(plane.height, plane.width)
        self.canvas.move(view)
        self.restyle()

    def _tell(self, picture: Picture) -> None:
        self.picture = picture
        self._title.value, self._legend.value = title_text(self.control), legend_text(picture, self.control)
        self._facts.value = facts_text(picture, self.control)
        self.idle()

    # Moving

    def _followed(self) -> None:
        # A job may be about to lay another plane on the canvas, which still has the thumbnail's: then it tells again.
        with self.jobs.turn:
            control, view = self.control, self.canvas.view
            if view is None or not control.layers:
                return
            if self.canvas.plane != (control.plane.height, control.plane.width):
                return
            control.view = view
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

    # How it looks, dates, saving

    def silently(self, change: Callable[[], None]) -> None:
        """Change controls without acting on it."""
        before, self.quiet = self.quiet, True
        try:
            change()
        finally:
            self.quiet = before

    def arrange(self) -> None:
        """Bring all controls in line with what is open."""
        layers = self.control.layers
        self.look.arrange(vid=bool(layers) and layers[0].cog.info().kind == "VID")

        def put() -> None:
            self.look.geometry.value = self.control.display.geometry

        self.silently(put)
        self.comparing.arrange()

    def _save(self) -> None:
        path = self.saving.path.value.strip()
        size = self.pixels()
        self.clear_error()
        self.working("Saving …")
        self.jobs.start("save", lambda ticket: self.control.save(path, ticket, size=size), self._saved)

    def _saved(self, path: Path) -> None:
        self.saving.link.value = saved_html(path)
        self.idle()

    def open_named(self, field: str, typed: str, then: Callable[[Any], None]) -> None:
        """Find what a person named and hand it on; returns at once."""
        self.clear_error()
        self.working("Looking for the item …")
        self.jobs.start("find", lambda _: find_source(field, typed, client=self.control.client), then)

    # Status and wiring

    def working(self, text: str) -> None:
        """Say what is under way; Stop can be pressed."""
        self.toolbar.stop.disabled = False
        self.say(text, busy=True)

    def idle(self) -> None:
        """Say that nothing is under way."""
        self.toolbar.stop.disabled = True
        self.say("" if self.control.layers else NOTHING_OPEN)

    def _stop(self) -> None:
        self.comparing.blink_off()
        stopped = [
            key for key in ("open", "add", "find", "view", "back", "measure", "save") if self.jobs.stop(key)
        ]
        self.idle()
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
            [self.toolbar.widget, self.canvas.widget, self._legend, self.measuring.read_out, self._facts],
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
        bar, control = self.toolbar, self.control
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
            **self.measuring.buttons(),
            **self.comparing.buttons(),
            self.saving.save: self._save,
            self.entry.open: lambda: self.open_named("scene", self.entry.scene.value, self.open),
        }  # fmt: skip
        for button, action in clicks.items():
            button.on_click(self.guard(partial(_without_event, action)))
        for name, widget in self.look.all.items():
            self._on_value(widget, partial(self.styling.change, name))
        for widget in (self.look.low, self.look.high):
            self._on_value(widget, lambda _: self.styling.limit())
        for name in ("top", "compare", "swipe"):
            self._on_value(getattr(self.dates, name), partial(self.comparing.choose, name))
        self._on_value(self.dates.blink, self.comparing.blink)
        self._on_value(self.group, self._group_shown)
        self.canvas.on_move(self.guard(self._followed))
        self.canvas.on_click(self.guard(self.measuring.click))

    def _on_value(self, widget: Any, action: Callable[[Any], None]) -> None:
        widget.observe(self.guard(lambda change: action(change["new"])), names="value")


def _without_event(action: Callable[[], object], _: object) -> None:
    action()
