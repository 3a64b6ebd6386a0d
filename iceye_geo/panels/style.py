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
# JupyterLab takes arrow keys, Enter and letters away from lists and buttons in outputs: an arrow leaves the panel, "a"
# adds a cell. It spares a focused element that carries this attribute; where inline handlers are forbidden, the panel
# works as before.
_KEEP_KEYS = (
    "this.closest('.iceye-panel')?.addEventListener('focusin', event => "
    "event.target.matches('select, button, [role=slider], [type=checkbox]') && "
    "event.target.setAttribute('data-lm-suppress-shortcuts', 'true'))"
)
#: Ready for an HTML widget: static/panels.css, then the sheets of single panels.
STYLE = f'<style onload="{_KEEP_KEYS}">{"".join(sheet.read_text() for sheet in _SHEETS)}</style>'
