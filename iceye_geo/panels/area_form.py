"""The widget for an area: numbers, pasted text, a file, saved areas, and what is drawn on a map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import ipywidgets as widgets

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.area import Area, Bounds, from_geojson, from_numbers
from iceye_geo.panels.area_files import ENDINGS, from_upload
from iceye_geo.panels.area_text import from_text
from iceye_geo.panels.mapview import MapView
from iceye_geo.panels.saved_areas import SavedAreas

Listener = Callable[[Area | None], None]
WAYS = ("Numbers", "Paste", "File", "Saved")
# A point has no extent to zoom to; this much around it shows where it is, degrees.
_AROUND_POINT = 0.5
_LAYER = "area"


class Guard(Protocol):
    """Wraps a callback so that its errors are shown: `Panel.guard`."""

    def __call__(self, callback: Callable[..., object], /) -> Callable[..., None]:
        """Return the callback, guarded."""


class AreaForm:
    """One area of interest, however it is given. The last one given holds.

    Args:
        guard: wraps the callbacks, so that errors are shown.
        saved: where saved areas are kept; default the user's config folder.

    Attributes:
        widget: the form.

    Example:
        >>> form = AreaForm(guard=lambda callback: callback)
        >>> form.set_area(from_numbers(24, 59, 26, 61))
        >>> form.area.bounds
        (24.0, 59.0, 26.0, 61.0)
    """

    def __init__(self, *, guard: Guard, saved: SavedAreas | None = None) -> None:
        self._guard, self._saved = guard, saved or SavedAreas()
        self._area: Area | None = None
        self._map: MapView | None = None
        self._quiet = False
        self._listeners: list[Listener] = []
        self._build()
        self._wire()
        self._show_words()

    @property
    def area(self) -> Area | None:
        """The area, None where none is set."""
        return self._area

    def listen(self, listener: Listener) -> None:
        """Call back with the area, or None, whenever it changes."""
        self._listeners.append(listener)

    def attach(self, view: MapView) -> None:
        """Take what is drawn on a map, and show there what is given here."""
        self._map = view
        view.on_aoi(self._guard(self._drawn))

    def set_area(self, area: Area | None, *, show: bool = True) -> None:
        """Set or clear the area.

        Args:
            area: the area, or None.
            show: draw it on the map and zoom to it.
        """
        self._area = area
        if show and self._map is not None:
            self._quiet = True
            try:
                self._map.clear_drawing()
            finally:
                self._quiet = False
            self._map.show_outline(None if area is None else area.geojson, layer=_LAYER)
            if area is not None:
                self._map.fit(roomy(area.bounds))
        self._fill_numbers()
        self._show_words()
        for listener in self._listeners:
            listener(area)

    def zoom(self) -> None:
        """Move the map to the area."""
        if self._map is not None and self._area is not None:
            self._map.fit(roomy(self._area.bounds))

    def _build(self) -> None:
        self.way = widgets.Dropdown(options=WAYS, value="Numbers", description="Give it by").add_class(
            "t-area-way"
        )
        self.numbers = {name: _number(name) for name in ("west", "south", "east", "north")}
        self.use = _button("Use these numbers", "t-area-use")
        self.text = widgets.Textarea(
            placeholder="GeoJSON, WKT, or: west south east north", rows=4, description="Text"
        ).add_class("t-area-text")
        self.read = _button("Use this text", "t-area-read")
        self.file = widgets.FileUpload(
            accept=",".join(ENDINGS), multiple=False, description="Choose a file"
        ).add_class("t-area-file")
        self.saved = widgets.Dropdown(options=[], description="Saved").add_class("t-area-saved")
        self.forget = _button("Forget it", "t-area-forget")
        self.name = widgets.Text(placeholder="Name", description="Save as").add_class("t-area-name")
        self.keep = _button("Save area", "t-area-keep")
        self.words = widgets.HTML().add_class("t-area-words")
        self.zoom_to, self.clear = _button("Zoom to", "t-area-zoom"), _button("Clear", "t-area-clear")
        note = widgets.HTML(f'<div class="iceye-hint">One file: {", ".join(ENDINGS)}</div>')
        self._stack = widgets.Stack(
            [
                widgets.VBox([widgets.Box(list(self.numbers.values())).add_class("iceye-pairs"), self.use]),
                widgets.VBox([self.text, self.read]),
                widgets.VBox([self.file, note]),
                widgets.VBox([self.saved, self.forget, self.name, self.keep]),
            ],
            selected_index=0,
        ).add_class("iceye-stack")
        hint = widgets.HTML('<div class="iceye-hint">Draw on the map, or give it here.</div>')
        buttons = widgets.Box([self.zoom_to, self.clear]).add_class("iceye-row")
        self.widget = widgets.VBox([hint, self.way, self._stack, self.words, buttons]).add_class("t-area")

    def _wire(self) -> None:
        guard = self._guard
        self.way.observe(guard(self._turned), names="value")
        self.use.on_click(guard(lambda _: self._use_numbers()))
        self.read.on_click(guard(lambda _: self.set_area(from_text(self.text.value))))
        self.file.observe(guard(self._uploaded), names="value")
        self.saved.observe(guard(self._chosen), names="value")
        self.forget.on_click(guard(lambda _: self._forget()))
        self.keep.on_click(guard(lambda _: self._keep()))
        self.zoom_to.on_click(guard(lambda _: self.zoom()))
        self.clear.on_click(guard(lambda _: self.set_area(None)))

    def _turned(self, change: Mapping[str, Any]) -> None:
        self._stack.selected_index = WAYS.index(change["new"])
        if change["new"] == "Saved":
            self._list_saved()

    def _use_numbers(self) -> None:
        self.set_area(from_numbers(**{name: field.value for name, field in self.numbers.items()}))

    def _uploaded(self, change: Mapping[str, Any]) -> None:
        if not change["new"]:
            return
        upload = change["new"][0]
        self.file.value = ()  # so that the same file can be chosen again, after it was mended
        self.set_area(from_upload(upload["name"], bytes(upload["content"])))

    def _chosen(self, change: Mapping[str, Any]) -> None:
        if change["new"] and not self._quiet:
            self.set_area(self._saved.load(change["new"]))

    def _keep(self) -> None:
        if self._area is None:
            raise InvalidInputError(
                "area", "there is none to save", hint="Draw one on the map, or give numbers."
            )
        self._saved.save(self.name.value, self._area)
        self._list_saved()
        self.name.value = ""

    def _forget(self) -> None:
        if self.saved.value:
            self._saved.delete(self.saved.value)
            self._list_saved()

    def _list_saved(self) -> None:
        self._quiet = True
        try:
            names = self._saved.names()
            self.saved.options = [
                ("Choose …" if names else "None yet", ""),
                *((name, name) for name in names),
            ]
            self.saved.value = ""
        finally:
            self._quiet = False

    def _drawn(self, geometry: dict[str, Any] | None) -> None:
        if self._quiet:
            return
        area = None if geometry is None else from_geojson(geometry)
        if self._map is not None:
            self._map.show_outline(None, layer=_LAYER)
        self.set_area(area, show=False)

    def _fill_numbers(self) -> None:
        values = self._area.bounds if self._area else ("",) * 4
        for field, value in zip(self.numbers.values(), values, strict=True):
            field.value = f"{value:.5f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)

    def _show_words(self) -> None:
        import html

        words = f"<b>{html.escape(self._area.label)}</b> " if self._area and self._area.label else ""
        words += html.escape(self._area.words) if self._area else "No area: everywhere."
        self.words.value = f'<div class="iceye-hint" role="status">{words}</div>'
        self.zoom_to.disabled = self._area is None or self._map is None or not self._map.interactive
        self.clear.disabled = self._area is None


def roomy(bounds: Bounds) -> Bounds:
    """Return bounds that can be zoomed to: a point gets some room around it.

    Example:
        >>> roomy((24, 60, 24, 60)), roomy((24, 59, 26, 61))
        ((23.5, 59.5, 24.5, 60.5), (24, 59, 26, 61))
    """
    west, south, east, north = bounds
    if (west, south) != (east, north):
        return bounds
    return west - _AROUND_POINT, south - _AROUND_POINT, east + _AROUND_POINT, north + _AROUND_POINT


def _number(name: str) -> widgets.Text:
    return widgets.Text(description=name.capitalize(), placeholder="degrees").add_class(f"t-area-{name}")


def _button(words: str, selector: str) -> widgets.Button:
    return widgets.Button(description=words).add_class(selector)
