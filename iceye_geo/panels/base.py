"""What every panel has: a root widget, a place for errors, jobs, and an end."""

from __future__ import annotations

import functools
import html
from collections.abc import Callable
from typing import Any, ParamSpec

import ipywidgets as widgets

from iceye_geo.errors import IceyeGeoError
from iceye_geo.panels.arrival import make_arrival
from iceye_geo.panels.jobs import Jobs
from iceye_geo.panels.style import STYLE
from iceye_geo.redact import redact

P = ParamSpec("P")

#: Every error any panel has shown since this was last cleared. Tests read it, so that no callback fails unseen.
SHOWN_ERRORS: list[BaseException] = []


class Panel:
    """Base of the panels. ``panel.widget`` is the root; a notebook shows the panel itself.

    Attributes:
        widget: the root, a VBox.
        jobs: where slow work runs.
        last_error: the newest error a callback or a job raised; None if there was none.
    """

    def __init__(self, *, name: str) -> None:
        self.last_error: BaseException | None = None
        self.jobs = Jobs(on_error=self.show_error)
        self._alert = widgets.HTML(layout=widgets.Layout(display="none"))
        self._alert.add_class("t-alert")
        self._status = widgets.HTML()
        self._status.add_class("t-status")
        self.widget = widgets.VBox()
        self.widget.add_class("iceye-panel").add_class(f"t-{name}")
        self._arrival = make_arrival(self.widget, quiet=self.jobs.turn)
        self._name = name

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.widget._repr_mimebundle_(**kwargs)

    def assemble(self, *children: widgets.Widget) -> None:
        """Fill the panel, with the alert and the status line at the top."""
        self.fill(self._alert, self._status, *children)

    def fill(self, *children: widgets.Widget) -> None:
        """Fill the panel with nothing but these, and its style."""
        told = [] if self._arrival is None else [self._arrival.widget]
        self.widget.children = (widgets.HTML(STYLE), *children, *told)
        if self._arrival is not None:
            self._arrival.note()

    def guard(self, callback: Callable[P, object]) -> Callable[P, None]:
        """Wrap a callback so that what it raises is shown in the panel and kept, never swallowed."""

        @functools.wraps(callback)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                callback(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - ipywidgets would swallow it; it is shown instead
                self.show_error(error)

        return guarded

    def show_error(self, error: BaseException) -> None:
        """Show an error in plain words and keep it as ``last_error``."""
        self.last_error = error
        SHOWN_ERRORS.append(error)
        words = redact(str(error)) or type(error).__name__
        known = isinstance(error, IceyeGeoError)
        lead = "" if known else f"{type(error).__name__}: "
        self._alert.value = (
            f'<div role="alert" class="iceye-alert t-error"><b>{"That did not work." if known else "Unexpected error."}'
            f"</b> {html.escape(lead + words)}</div>"
        )
        self._alert.layout.display = ""

    def clear_error(self) -> None:
        """Take the alert away; ``last_error`` stays."""
        self._alert.value = ""
        self._alert.layout.display = "none"

    def say(self, text: str, *, busy: bool = False) -> None:
        """Put one plain sentence into the status line."""
        spinner = '<span class="iceye-busy" aria-hidden="true"></span>' if busy else ""
        self._status.value = (
            f'<div role="status" class="iceye-status">{spinner}{html.escape(redact(text))}</div>'
        )

    def close(self) -> None:
        """Stop the panel's threads and take it off the page."""
        self.jobs.close()
        self.widget.close()
