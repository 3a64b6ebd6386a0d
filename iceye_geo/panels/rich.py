"""The widgets with JavaScript of ours, on anywidget: a table and a box of code. Imported only with anywidget."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from iceye_geo.panels.results import COLUMNS


def _script(name: str) -> str:
    return files("iceye_geo.panels").joinpath(f"static/{name}").read_text(encoding="utf-8")


class Table(anywidget.AnyWidget):
    """A table that shows one page of lines and tells what a person does with them; see static/table.js."""

    _esm = _script("table.js")
    columns = traitlets.List([list(pair) for pair in COLUMNS.items()]).tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    selected: traitlets.List[Any] = traitlets.List().tag(sync=True)
    current = traitlets.Unicode().tag(sync=True)
    hovered = traitlets.Unicode().tag(sync=True)
    order = traitlets.List(["", False]).tag(sync=True)
    page = traitlets.Int().tag(sync=True)
    pages = traitlets.Int(1).tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)


class CodeBox(anywidget.AnyWidget):
    """Code with a button that copies it; see static/code.js."""

    _esm = _script("code.js")
    code = traitlets.Unicode().tag(sync=True)


class Arrival(anywidget.AnyWidget):
    """Nothing to see: tells when a page shows it for the first time; see static/arrival.js."""

    _esm = _script("arrival.js")
