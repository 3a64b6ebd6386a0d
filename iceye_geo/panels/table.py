"""The table of results: an accessible HTML table where anywidget is there, a plain list where it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import ipywidgets as widgets
import traitlets

from iceye_geo.panels.results import COLUMNS, ResultList, Row

#: Told what a person did: ("pick", id), ("hover", id or ""), ("zoom", id), ("look", id), ("step", lines),
#: ("sort", column), ("page", number), ("select", {"ids": [...], "on": bool}).
Act = Callable[[str, Any], None]
_SWATCH = list(COLUMNS).index("product")


class TableView(Protocol):
    """What the panel needs of a table."""

    widget: widgets.Widget

    def show(self, results: ResultList, *, colors: Mapping[str, str], other: str) -> None:
        """Show the page, the order, the selection and the item looked at."""

    def mark(self, item_id: str) -> None:
        """Mark the line of what lies under the pointer on the map, where it is on the page; "" for none."""


def make_table(act: Act) -> TableView:
    """Return the table; without anywidget a plain list that can be selected from.

    Args:
        act: told what a person does.
    """
    return RichTable(act) if _has_anywidget() else PlainTable(act)


class RichTable:
    """A real table: sortable heads, boxes, hover, arrow keys."""

    def __init__(self, act: Act) -> None:
        self._act = act
        from iceye_geo.panels.rich import Table

        self.widget = Table().add_class("t-table")
        self.widget.on_msg(self._told)

    def _told(self, _: object, content: Any, _buffers: object) -> None:
        if isinstance(content, Mapping) and isinstance(content.get("event"), str):
            self._act(content["event"], content.get("value"))

    def show(self, results: ResultList, *, colors: Mapping[str, str], other: str) -> None:
        """Show the page, the order, the selection and the item looked at."""
        with self.widget.hold_sync():
            self.widget.rows = [
                {
                    "id": row.id,
                    "cells": list(row.cells.values()),
                    "color": colors.get(row.cells["product"], other),
                    "swatch": _SWATCH,
                }
                for row in results.rows()
            ]
            self.widget.selected = results.selected_ids
            self.widget.current = results.current or ""
            self.widget.order = [results.sort_column, results.descending]
            self.widget.page, self.widget.pages = results.page, results.pages
            self.widget.words = page_words(results)

    def mark(self, item_id: str) -> None:
        """Mark the line of what lies under the pointer on the map, where it is on the page; "" for none."""
        self.widget.hovered = item_id


class PlainTable:
    """A list of lines for front ends without the table's JavaScript: arrow keys and Shift select several."""

    def __init__(self, act: Act) -> None:
        self._act, self._quiet = act, False
        self._shown: list[str] = []
        self._lines = widgets.SelectMultiple(
            rows=10, description="Images", layout=widgets.Layout(width="100%")
        )
        self._order = widgets.Dropdown(
            options=[("As found", ""), *((title, key) for key, title in COLUMNS.items())],
            description="Sort by",
        )
        self._page = widgets.BoundedIntText(min=1, max=1, description="Page")
        self._words = widgets.Label()
        self.widget = widgets.VBox(
            [self._lines, widgets.HBox([self._order, self._page, self._words])]
        ).add_class("t-table")
        self._lines.observe(self._chosen, names="value")
        self._order.observe(lambda change: self._tell("sort", change["new"]), names="value")
        self._page.observe(lambda change: self._tell("page", change["new"] - 1), names="value")

    def show(self, results: ResultList, *, colors: Mapping[str, str], other: str) -> None:  # noqa: ARG002 - a list has no colours
        """Show the page, the order, the selection and the item looked at."""
        self._quiet = True
        try:
            rows = results.rows()
            self._lines.options = [(_line(row), row.id) for row in rows]
            chosen = {*results.selected_ids, results.current}
            self._shown = [row.id for row in rows if row.id in chosen]
            self._lines.value = tuple(self._shown)
            self._order.value = results.sort_column
            self._page.max, self._page.value = results.pages, results.page + 1
            self._words.value = page_words(results)
        finally:
            self._quiet = False

    def mark(self, item_id: str) -> None:
        """Mark nothing: a plain list has no mark beside its selection."""

    def _tell(self, event: str, value: Any) -> None:
        if not self._quiet:
            self._act(event, value)

    def _chosen(self, change: Mapping[str, Sequence[str]]) -> None:
        if self._quiet:
            return
        before, on = self._shown, list(change["new"])
        self._shown = on
        self._tell("select", {"ids": [i for i in before if i not in on], "on": False})
        self._tell("select", {"ids": on, "on": True})
        if on:
            self._tell("pick", on[-1])


def page_words(results: ResultList) -> str:
    """Return where in the table we are, in words.

    Example:
        >>> page_words(ResultList())
        ''
    """
    if not len(results):
        return ""
    first = results.page * results.page_size + 1
    last = min(first + results.page_size - 1, len(results))
    chosen = len(results.selected_ids)
    return f"{first:,} to {last:,} of {len(results):,}" + (f", {chosen:,} selected" if chosen else "")


def code_box() -> widgets.Widget:
    """Return a box that shows code, ``.code``, with a button that copies it; a plain text field without anywidget."""
    if not _has_anywidget():
        area = widgets.Textarea(rows=8, layout=widgets.Layout(width="100%"))
        area.add_traits(code=traitlets.Unicode())
        widgets.link((area, "code"), (area, "value"))
        return area.add_class("t-code")
    from iceye_geo.panels.rich import CodeBox

    return CodeBox().add_class("t-code")


def _has_anywidget() -> bool:
    try:
        import anywidget  # noqa: F401
    except ImportError:
        return False
    return True


def _line(row: Row) -> str:
    return " | ".join(row.cells.values())
