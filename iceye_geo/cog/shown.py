"""Results in a notebook: a line of text, a small table, bars. No colours of their own, so that any theme applies."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence

_WIDTH, _HEIGHT = 320, 90


def facts(title: str, rows: Mapping[str, str]) -> str:
    """Return a small HTML table; everything in it is escaped.

    Example:
        >>> facts("Point", {"row": "<1>"})
        "<table><caption>Point</caption><tr><th style='text-align:left'>row</th><td>&lt;1&gt;</td></tr></table>"
    """
    lines = "".join(
        f"<tr><th style='text-align:left'>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>"
        for name, text in rows.items()
        if text
    )
    return f"<table><caption>{html.escape(title)}</caption>{lines}</table>"


def bars(heights: Sequence[float], *, low: str, high: str, label: str) -> str:
    """Return bars as an inline SVG in the colour of the text around it.

    Args:
        heights: one per bar.
        low: words under the first bar.
        high: words under the last bar.
        label: what the picture shows, for those who hear it.
    """
    top = max(heights, default=0) or 1
    step = _WIDTH / max(1, len(heights))
    drawn = "".join(
        f"<rect x='{i * step:.1f}' y='{_HEIGHT - tall:.1f}' width='{step:.1f}' height='{tall:.1f}'/>"
        for i, tall in enumerate(_HEIGHT * h / top for h in heights)
        if tall > 0
    )
    words = (
        f"<text x='0' y='{_HEIGHT + 14}'>{html.escape(low)}</text>"
        f"<text x='{_WIDTH}' y='{_HEIGHT + 14}' text-anchor='end'>{html.escape(high)}</text>"
    )
    return (
        f"<svg role='img' aria-label='{html.escape(label, quote=True)}' width='{_WIDTH}' height='{_HEIGHT + 18}' "
        f"font-size='11' fill='currentColor' shape-rendering='crispEdges'>{drawn}{words}</svg>"
    )


def db(value: float | None) -> str:
    """Return decibels as text; "" where there is no value.

    Example:
        >>> db(-9.876), db(None), db(float("nan"))
        ('-9.88 dB', '', '')
    """
    return "" if value is None or value != value else f"{value:.2f} dB"


def joined(parts: Iterable[str]) -> str:
    """Join the parts that say something."""
    return ", ".join(part for part in parts if part)
