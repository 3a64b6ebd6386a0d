"""The panels' style sheet: JupyterLab's theme variables, with fall-backs that read well on light and dark."""

from __future__ import annotations

from importlib.resources import files

_SHEETS = sorted(
    (
        sheet
        for sheet in files("iceye_geo.panels").joinpath("static").iterdir()
        if sheet.name.endswith(".css")
    ),
    key=lambda sheet: (sheet.name != "panels.css", sheet.name),
)
#: Ready for an HTML widget: static/panels.css, then the sheets of single panels.
STYLE = f"<style>{''.join(sheet.read_text() for sheet in _SHEETS)}</style>"
