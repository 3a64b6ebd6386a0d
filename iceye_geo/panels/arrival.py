"""What a page missed while it was loading is sent again once the page is there.

A page asks the kernel for the state of all widgets and only then listens to each of them. What threads change in
between never arrives: a panel that works while Voilà or JupyterLab loads its page would say "Reading …" for ever.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import ipywidgets as widgets
import traitlets

# Loading takes a second or two, on a busy machine ten times as long.
_LOADING_S = 60.0


def make_arrival(root: widgets.Widget, *, quiet: AbstractContextManager[Any]) -> Arrival | None:
    """Return what watches for a page; None without anywidget, whose JavaScript it needs."""
    return Arrival(root, quiet=quiet) if importlib.util.find_spec("anywidget") else None


class Arrival:
    """Notes what changes below a root, and sends the newest of it again when a page shows the panel.

    Args:
        root: the panel's root widget.
        quiet: a lock under which threads change widgets; nothing old may be sent after something new.

    Attributes:
        widget: to be put below the root; shows nothing.
    """

    def __init__(self, root: widgets.Widget, *, quiet: AbstractContextManager[Any]) -> None:
        from iceye_geo.panels.rich import Arrival as Teller

        self.widget: Any = Teller()
        self.widget.on_msg(self._shown)
        self._root, self._quiet = root, quiet
        self._noted: dict[widgets.Widget, dict[str, float]] = {}

    def note(self) -> None:
        """Note what changes from now on in the widgets that are there."""
        for widget in self._below():
            if widget not in self._noted:
                self._noted[widget] = {}
                widget.observe(self._changed, names=traitlets.All)

    def _changed(self, change: Any) -> None:
        self._noted[change["owner"]][change["name"]] = time.monotonic()

    def _shown(self, *_: object) -> None:
        with self._quiet:
            for widget in list(self._below()):
                if widget not in self._noted:
                    widget.send_state()
                elif missed := self._late(widget):
                    widget.send_state(missed)
            self.note()

    def _late(self, widget: widgets.Widget) -> set[str]:
        since = time.monotonic() - _LOADING_S
        return {name for name, when in self._noted[widget].items() if when > since and name in widget.keys}

    def _below(self) -> Iterator[widgets.Widget]:
        """Go through the panel's widgets, without the panels inside it: these have an arrival of their own."""
        seen, left = {self._root}, [self._root]
        while left:
            widget = left.pop()
            yield widget
            for one in _held(widget):
                if one not in seen and not self._is_panel(one):
                    seen.add(one)
                    left.append(one)

    def _is_panel(self, widget: widgets.Widget) -> bool:
        kind = type(self.widget)
        return any(
            isinstance(child, kind) and child is not self.widget for child in getattr(widget, "children", ())
        )


def _held(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    for name in widget.keys:
        value = getattr(widget, name)
        for one in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(one, widgets.Widget):
                yield one
