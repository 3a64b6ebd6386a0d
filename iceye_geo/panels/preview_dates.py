"""Several dates of one place: which is on top, swipe, colours, blink, and taking one away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from iceye_geo.panels.preview_form import DatesForm

if TYPE_CHECKING:
    from iceye_geo.panels.jobs import Ticket
    from iceye_geo.panels.preview import PreviewPanel
    from iceye_geo.panels.preview_picture import Picture

# Long enough to see a date, short enough that the eye still holds the one before.
_BLINK_S = 0.8


class Dates:
    """The group of controls that compare dates.

    Args:
        panel: whose dates they are.

    Attributes:
        form: the controls.
    """

    def __init__(self, panel: PreviewPanel) -> None:
        self._panel = panel
        self.form = DatesForm()

    def buttons(self) -> dict[widgets.Button, Callable[[], object]]:
        """Return what each button does."""
        return {self.form.remove: self._remove, self.form.add: self._add}

    def arrange(self) -> None:
        """Offer what can be done with the dates that are open."""
        control = self._panel.control
        titles = [layer.title for layer in control.layers]

        def put() -> None:
            self.form.top.options = [(f"{n + 1}. {title}", n) for n, title in enumerate(titles)]
            self.form.top.value = control.top if titles else None
            self.form.compare.value = control.compare

        self._panel.silently(put)
        self.form.arrange(titles=titles)

    def choose(self, name: str, value: Any) -> None:
        """Take a new "top", "compare" or "swipe"."""
        if self._panel.quiet or value is None:
            return
        setattr(self._panel.control, name, value)
        self.form.arrange(titles=[layer.title for layer in self._panel.control.layers])
        self._panel.restyle()

    def blink(self, on: bool) -> None:
        """Show the dates in turn, or stop that."""
        if not on:
            self._panel.jobs.stop("blink")
            return
        self._panel.silently(lambda: setattr(self.form.compare, "value", "top"))
        self._panel.control.compare = "top"
        self._panel.jobs.start("blink", self._turns, lambda _: None)

    def blink_off(self) -> None:
        """Stop blinking, on the page too."""
        if self.form.blink.value:
            self.form.blink.value = False

    def _turns(self, ticket: Ticket) -> None:
        control = self._panel.control
        while True:
            ticket.sleep(_BLINK_S)
            control.top = (control.top + 1) % len(control.layers)
            picture = control.picture(ticket, size=self._panel.pixels())
            self._panel.jobs.report(ticket, partial(self._show_turn, picture))

    def _show_turn(self, picture: Picture) -> None:
        self._panel.arrange()
        self._panel.show_detail(picture)

    def _remove(self) -> None:
        self.blink_off()
        self._panel.control.remove(self._panel.control.top)
        self._panel.arrange()
        self._panel.restyle()

    def _add(self) -> None:
        self._panel.open_named("another date", self.form.source.value, self._panel.add)
