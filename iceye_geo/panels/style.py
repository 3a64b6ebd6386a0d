"""The panels' style sheet: JupyterLab's theme variables, with fall-backs that read well on light and dark."""

from __future__ import annotations

from importlib.resources import files

#: Ready for an HTML widget; the sheet itself is static/panels.css.
STYLE = f"<style>{files('iceye_geo.panels').joinpath('static/panels.css').read_text()}</style>"
