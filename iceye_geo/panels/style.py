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
# adds a cell. It spares a focused element that carries this attribute. Handles of sliders have no name of their own;
# the one that has the focus takes its label's. Where inline handlers are forbidden, the panel works as before.
_ON_FOCUS = (
    "this.closest('.iceye-panel')?.addEventListener('focusin', event => { const at = event.target; "
    "if (at.matches('select, button, [role=slider], [type=checkbox]')) "
    "at.setAttribute('data-lm-suppress-shortcuts', 'true'); "
    "if (!at.matches('[role=slider]')) return; "
    "const words = at.closest('.jupyter-widgets')?.querySelector('.widget-label')?.textContent || 'Slider'; "
    "const ends = [...at.closest('.noUi-target').querySelectorAll('[role=slider]')]; "
    "at.setAttribute('aria-label', ends.length < 2 ? words : words + (at === ends[0] ? ', from' : ', to')); })"
)
#: Ready for an HTML widget: static/panels.css, then the sheets of single panels.
STYLE = f'<style onload="{_ON_FOCUS}">{"".join(sheet.read_text() for sheet in _SHEETS)}</style>'
