"""What the panels of orders share: small pieces of escaped HTML, labelled controls."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

import ipywidgets as widgets

from iceye_geo.redact import redact

_LABEL = {"description_width": "130px"}


def words(text: object) -> str:
    """Return text for HTML: escaped, without anything that grants access.

    Example:
        >>> words("<b>")
        '&lt;b&gt;'
    """
    return html.escape(redact(str(text)))


def bullets(lines: Iterable[object], *, tone: str = "") -> str:
    """Return lines as a list; "" for none.

    Example:
        >>> bullets([])
        ''
    """
    items = "".join(f"<li>{words(line)}</li>" for line in lines)
    return f'<ul class="iceye-list{f" iceye-{tone}" if tone else ""}">{items}</ul>' if items else ""


def fact(name: str, value: str, note: str = "", *, tone: str = "", busy: bool = False) -> str:
    """Return one fact as a small card; ``value`` and ``note`` are plain text."""
    wait = '<span class="iceye-busy" aria-hidden="true"></span>' if busy else ""
    color = f" iceye-{tone}" if tone else ""
    return (
        f'<div class="iceye-fact"><div class="k">{words(name)}</div><div class="v{color}">{wait}{words(value)}</div>'
        f'<div class="n">{words(note)}</div></div>'
    )


def facts(cards: Iterable[str]) -> str:
    """Return several cards in a row that wraps; a reader hears when they change."""
    return f'<div class="iceye-facts" role="status" aria-live="polite">{"".join(cards)}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a plain table; a cell that is already HTML is given as `Markup`."""
    top = "".join(f'<th scope="col">{words(name)}</th>' for name in head)
    body = "".join("<tr>" + "".join(f"<td>{_cell(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f'<table class="iceye"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


class Markup(str):
    """HTML that was made here and is not escaped again."""

    __slots__ = ()


def _cell(value: object) -> str:
    return value if isinstance(value, Markup) else words(value)


def pill(text: str, tone: str) -> Markup:
    """Return a word in a pill; a sign before it says the same as its colour."""
    sign = {"good": "✓ ", "bad": "✕ ", "busy": "● "}.get(tone, "")
    return Markup(f'<span class="iceye-pill {tone}">{sign}{words(text)}</span>')


def described(kind: Any, description: str, *, selector: str, **traits: Any) -> Any:
    """Return a labelled control with a stable selector class."""
    made = kind(
        description=description,
        style=_LABEL,
        layout=widgets.Layout(width="98%", max_width="520px"),
        **traits,
    )
    made.add_class(selector)
    return made


def button(text: str, *, selector: str, style: str = "", tooltip: str = "", icon: str = "") -> Any:
    """Return a button as wide as its words."""
    made = widgets.Button(
        description=text,
        button_style=style,
        tooltip=tooltip or text,
        icon=icon,
        layout=widgets.Layout(width="auto"),
    )
    made.add_class(selector)
    return made


def row(*children: widgets.Widget) -> Any:
    """Return a row that wraps where it has no room."""
    made = widgets.HBox(children)
    made.add_class("i-row")
    return made


def column(*children: widgets.Widget, name: str = "i-col") -> Any:
    """Return a column of a row that wraps."""
    made = widgets.VBox(children)
    made.add_class(name)
    return made


def wrapped(*columns: widgets.Widget) -> Any:
    """Return columns side by side, one below the other where they have no room."""
    made = widgets.HBox(columns)
    made.add_class("i-wrap")
    return made


def show(widget: Any, visible: bool) -> None:
    """Show a widget, or take it off the page without forgetting it."""
    widget.layout.display = "" if visible else "none"
