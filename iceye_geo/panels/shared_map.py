"""One map for several panels: each draws into a facet of it, and only the panel in front is seen and heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iceye_geo.panels.mapview import FLUID_FOOTPRINTS, Bounds, MapView

Geometry = dict[str, Any]


class SharedMap:
    """A map that panels share.

    What is drawn by hand goes to the panel in front; a panel that comes to the front without a place of its own gets
    the shape drawn last, so that there is one area for all.

    Args:
        view: the map.
    """

    def __init__(self, view: MapView) -> None:
        self.view = view
        self.drawn: Geometry | None = None
        self._facets: dict[str, Facet] = {}
        self._front = ""
        view.on_aoi(self._aoi)
        view.on_pick(lambda identity: self._to_front("pick", identity))
        view.on_hover(lambda identity: self._to_front("hover", identity))

    def __repr__(self) -> str:
        return f"SharedMap({list(self._facets)}, front={self._front!r})"

    def facet(self, name: str, *, lasting: bool = False) -> Facet:
        """Return a panel's own face of the map.

        Args:
            name: of the panel.
            lasting: its outlines stay when another panel is in front: the area of a search does.
        """
        self._facets[name] = made = Facet(self, name, lasting=lasting)
        return made

    def bring(self, name: str) -> None:
        """Put a panel's drawings in front; an unknown name hides all."""
        if name == self._front:
            return
        before = self._facets.get(self._front)
        if before is not None:
            before._hide()
        self._front = name
        facet = self._facets.get(name)
        if facet is None:
            return
        facet._show()
        if self.drawn is not None and not facet.placed:
            facet._deliver(self.drawn)

    def is_front(self, facet: Facet) -> bool:
        """Whether a facet is the one that is seen."""
        return self._facets.get(self._front) is facet

    def close(self) -> None:
        """Take the map off the page."""
        self.view.close()

    def _aoi(self, geometry: Geometry | None) -> None:
        self.drawn = geometry
        facet = self._facets.get(self._front)
        if facet is not None:
            facet._deliver(geometry)

    def _to_front(self, what: str, identity: str) -> None:
        facet = self._facets.get(self._front)
        if facet is not None:
            for callback in facet._listeners[what]:
                callback(identity)


class Facet(MapView):
    """A panel's own face of a shared map.

    Attributes:
        placed: whether the panel has had a shape.
    """

    def __init__(self, shared: SharedMap, name: str, *, lasting: bool) -> None:
        self._shared, self._name, self._lasting = shared, name, lasting
        self.widget = shared.view.widget
        self.interactive = shared.view.interactive
        self.placed = False
        self._footprints: dict[str, Sequence[Mapping[str, Any]]] = {}
        self._outlines: dict[str, tuple[Mapping[str, Any] | None, str]] = {}
        self._images: dict[str, tuple[bytes | None, Bounds | None, float]] = {}
        self._chosen: tuple[str, ...] = ()
        self._bounds: Bounds | None = None
        self._areas: list[Callable[[Geometry | None], None]] = []
        self._listeners: dict[str, list[Callable[[str], None]]] = {"pick": [], "hover": []}

    def show_footprints(self, features: Sequence[Mapping[str, Any]], *, layer: str = "footprints") -> bool:
        """Draw features {id, geometry, style, title}; True if each can be hovered and clicked."""
        self._footprints[layer] = features
        if self._seen:
            return self._map.show_footprints(features, layer=self._named(layer))
        return self.interactive and len(features) <= FLUID_FOOTPRINTS

    def highlight(self, ids: Sequence[str]) -> None:
        """Make the footprints of these ids stand out, and only them."""
        self._chosen = tuple(ids)
        if self._seen:
            self._map.highlight(ids)

    def show_outline(
        self, geometry: Mapping[str, Any] | None, *, layer: str = "outline", color: str = "#d55e00"
    ) -> None:
        """Draw one geometry in a layer of its own; None takes it away."""
        self._outlines[layer] = (geometry, color)
        if self._seen or self._lasting:
            self._map.show_outline(geometry, layer=self._named(layer), color=color)

    def show_image(
        self, png: bytes | None, bounds: Bounds | None, *, layer: str = "image", opacity: float = 1.0
    ) -> None:
        """Lay a PNG over the map; None takes it away."""
        self._images[layer] = (png, bounds, opacity)
        if self._seen:
            self._map.show_image(png, bounds, layer=self._named(layer), opacity=opacity)

    def fit(self, bounds: Bounds) -> None:
        """Move the view, now or when the panel comes to the front."""
        self._bounds = None if self._seen else bounds
        if self._seen:
            self._map.fit(bounds)

    def clear_drawing(self) -> None:
        """Forget what was drawn, on this panel only as long as it is in front."""
        if self._seen:
            self._shared.drawn = None
            self._map.clear_drawing()

    def on_aoi(self, callback: Callable[[Geometry | None], None]) -> None:
        """Call back with the geometry that was drawn last; None when it was cleared."""
        self._areas.append(callback)

    def on_pick(self, callback: Callable[[str], None]) -> None:
        """Call back with the id of a footprint that was clicked while the panel is in front."""
        self._listeners["pick"].append(callback)

    def on_hover(self, callback: Callable[[str], None]) -> None:
        """Call back with the id of a footprint under the pointer while the panel is in front."""
        self._listeners["hover"].append(callback)

    def on_view(self, callback: Callable[[Bounds, int], None]) -> None:
        """Call back with bounds and zoom when the view has moved."""
        self._map.on_view(callback)

    def close(self) -> None:
        """The map is not the panel's to close."""

    @property
    def _map(self) -> MapView:
        return self._shared.view

    @property
    def _seen(self) -> bool:
        return self._shared.is_front(self)

    def _named(self, layer: str) -> str:
        return f"{self._name}: {layer}"

    def _deliver(self, geometry: Geometry | None) -> None:
        self.placed = geometry is not None
        for callback in self._areas:
            callback(geometry)

    def _show(self) -> None:
        for layer, features in self._footprints.items():
            self._map.show_footprints(features, layer=self._named(layer))
        self._map.highlight(self._chosen)
        for layer, (geometry, color) in self._outlines.items():
            self._map.show_outline(geometry, layer=self._named(layer), color=color)
        for layer, (png, bounds, opacity) in self._images.items():
            self._map.show_image(png, bounds, layer=self._named(layer), opacity=opacity)
        if self._bounds is not None:
            self.fit(self._bounds)

    def _hide(self) -> None:
        for layer in self._footprints:
            self._map.show_footprints([], layer=self._named(layer))
        self._map.highlight([])
        for layer in self._images:
            self._map.show_image(None, None, layer=self._named(layer))
        if not self._lasting:
            for layer in self._outlines:
                self._map.show_outline(None, layer=self._named(layer))
