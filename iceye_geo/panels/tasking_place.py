"""Where the order looks, on the map: a marker or area becomes the place, and the mode's scene is drawn around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from iceye_geo.panels.order_style import words
from iceye_geo.panels.scene_outline import describe_scene, outline_bounds, scene_outline
from iceye_geo.panels.tasking_control import place_from_map

if TYPE_CHECKING:
    from iceye_geo.panels.mapview import MapView
    from iceye_geo.panels.places import Place
    from iceye_geo.panels.tasking_fields import TaskFields
    from iceye_geo.panels.tasking_form import TaskForm

# The scene takes a third of the view, so that the ground around it can be recognised; several need less air.
_VIEW_MARGIN, _SEVERAL_MARGIN = 1.2, 0.2


class PlacesOnMap:
    """Keeps places, map and scene outlines in step.

    Args:
        view: the map.
        fields: the form that holds the places.

    Attributes:
        words: what the mode's scene is, for the form.
    """

    def __init__(self, view: MapView, fields: TaskFields) -> None:
        self._view, self._fields = view, fields
        self.words = widgets.HTML().add_class("t-scene")
        self._by_hand: Place | None = None  # what stands for the shape that was drawn
        self._marked = False  # that shape is a marker, which shows the place already
        self._zoomed: tuple[Place, ...] = ()

    def drawn(self, geometry: dict[str, Any]) -> None:
        """Take what was drawn by hand."""
        self._by_hand, self._marked = place_from_map(geometry), geometry["type"] == "Point"
        self._fields.set_places((self._by_hand,))

    def use(self, places: Sequence[Place]) -> None:
        """Take places from elsewhere, and move the map to them."""
        self._zoomed = ()
        self._forget_drawing()
        self._fields.set_places(places)

    def show(self, form: TaskForm) -> None:
        """Draw the scenes of a form; move the map where the places are others."""
        if self._by_hand is not None and form.places != (self._by_hand,):
            self._forget_drawing()
        track, side = form.pass_direction, form.look_side
        line = describe_scene(form.mode, pass_direction=track, look_side=side) if form.mode else ""
        self.words.value = f'<div class="iceye-hint">{words(line)}</div>' if line else ""
        outlines = [
            scene_outline(place.point, mode=form.mode, pass_direction=track, look_side=side)
            for place in form.places
        ]
        rings = [polygon for outline in outlines if outline for polygon in outline["coordinates"]]
        shape = {"type": "MultiPolygon", "coordinates": rings} if rings else None
        self._view.show_outline(shape, layer="scene", color="#0072b2")
        points = [] if self._marked else [list(place.point) for place in form.places]
        dots = {"type": "MultiPoint", "coordinates": points} if points else None
        self._view.show_outline(dots, layer="places")
        if shape is not None and form.places != self._zoomed:
            self._zoomed = form.places
            margin = _VIEW_MARGIN if len(form.places) == 1 else _SEVERAL_MARGIN
            self._view.fit(outline_bounds(shape, margin=margin))

    def _forget_drawing(self) -> None:
        self._by_hand, self._marked = None, False
        self._view.clear_drawing()
