"""What can be done with all results: save them to a file, show the code of the search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import ipywidgets as widgets

from iceye_geo.panels.area_form import Guard
from iceye_geo.panels.saving import Format
from iceye_geo.panels.table import code_box

#: Called with path, format, whether only the selected, whether to replace; returns the path and how many.
Save = Callable[[str, Format, bool, bool], tuple[Path, int]]


class ResultTools:
    """The buttons over the table, and the forms they open.

    Args:
        save: writes the file.
        code: returns the code of the search.
        guard: wraps the callbacks.

    Attributes:
        buttons: the row of buttons.
        forms: what they open.
    """

    def __init__(self, save: Save, code: Callable[[], str], *, guard: Guard) -> None:
        self._save, self._code = save, code
        self.back = widgets.Button(description="Back to all results", icon="arrow-left").add_class("t-back")
        self.back.layout.display = "none"
        self.zoom = widgets.Button(description="Zoom to results").add_class("t-zoom-results")
        self.all = widgets.Button(description="Select all").add_class("t-select-all")
        self.none = widgets.Button(description="Select none").add_class("t-select-none")
        self.save = widgets.ToggleButton(description="Save …").add_class("t-save")
        self.show_code = widgets.ToggleButton(description="Show the code").add_class("t-show-code")
        self.buttons = widgets.Box(
            [self.back, self.zoom, self.all, self.none, self.save, self.show_code]
        ).add_class("iceye-row")
        self.code = code_box()
        hint = widgets.HTML(
            '<div class="iceye-hint">Copy it, or run <code>panel.write_code()</code> in a cell to get it as '
            "the next cell.</div>"
        )
        self._code_form = widgets.VBox([self.code, hint], layout=widgets.Layout(display="none"))
        self._save_form = self._make_save_form(guard)
        self.forms = widgets.VBox([self._save_form, self._code_form])
        self.save.observe(guard(self._toggled(self._save_form)), names="value")
        self.show_code.observe(guard(self._code_toggled), names="value")

    def _make_save_form(self, guard: Guard) -> widgets.Widget:
        self.format = widgets.Dropdown(options=get_args(Format), description="Format").add_class(
            "t-save-format"
        )
        name = f"iceye-search-{datetime.now(UTC):%Y%m%d}"
        self.path = widgets.Text(value=name, description="File").add_class("t-save-path")
        self.selected = widgets.Checkbox(description="Only the selected", indent=False).add_class(
            "t-save-selected"
        )
        self.replace = widgets.Checkbox(description="Replace a file", indent=False).add_class(
            "t-save-replace"
        )
        self.write = widgets.Button(description="Save", button_style="primary").add_class("t-save-write")
        self.saved = widgets.HTML().add_class("t-saved")
        self.write.on_click(guard(lambda _: self._write()))
        row = widgets.Box([self.format, self.path, self.selected, self.replace, self.write]).add_class(
            "iceye-row"
        )
        made = widgets.VBox([row, self.saved], layout=widgets.Layout(display="none"))
        return made.add_class("iceye-sheet")

    def offer_back(self, there_is: bool) -> None:
        """Show the way back where there is one."""
        self.back.layout.display = "" if there_is else "none"

    def refresh_code(self) -> None:
        """Write the code anew, where it is shown."""
        if self.show_code.value:
            self.code.code = self._code()

    def _write(self) -> None:
        import html

        self.saved.value = ""
        path, count = self._save(self.path.value, self.format.value, self.selected.value, self.replace.value)
        words = f"{count:,} image{'' if count == 1 else 's'} written to {path}"
        self.saved.value = f'<div class="iceye-good" role="status">{html.escape(words)}</div>'

    def _code_toggled(self, change: Mapping[str, Any]) -> None:
        self._code_form.layout.display = "" if change["new"] else "none"
        self.refresh_code()

    @staticmethod
    def _toggled(form: widgets.Widget) -> Callable[[Mapping[str, Any]], None]:
        def show(change: Mapping[str, Any]) -> None:
            form.layout.display = "" if change["new"] else "none"

        return show
