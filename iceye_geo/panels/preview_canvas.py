"""Where a preview's picture is shown: a Leaflet plane with drag and wheel, or a plain image moved by buttons."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import ipywidgets as widgets

from iceye_geo.panels.pictures import data_url, media_type_of
from iceye_geo.panels.preview_plane import CLOSEST, View

Point = tuple[float, float]

#: Longest side of the plane in Leaflet's units, laid round (0, 0): ipyleaflet reports no northern edge below -90 and no
#: southern one above 90, in a flat plane too.
_UNITS = 128.0
_HEIGHT = "min(62vh, 560px)"
#: Assumed until the browser has told its size, pixels.
_GUESS = (480.0, 640.0)


class Canvas(Protocol):
    """What a preview needs of its canvas. Points are (y, x) on the plane."""

    widget: widgets.Widget
    interactive: bool

    #: Height and width of the plane that lies on it.
    plane: tuple[float, float]

    @property
    def size(self) -> tuple[float, float]:
        """Height and width on the page, pixels."""

    @property
    def view(self) -> View | None:
        """What the page shows of the plane; None where it has not told."""

    def reset(self, height: float, width: float) -> None:
        """Start over with a plane of this size, and look at all of it."""

    def back(self, image: bytes, view: View) -> None:
        """Show the picture that stays behind while moving."""

    def show(self, image: bytes, view: View) -> None:
        """Show a view in detail."""

    def move(self, view: View) -> None:
        """Look at a view."""

    def mark(self, points: Sequence[Point]) -> None:
        """Mark points, and the line between two."""

    def on_move(self, callback: Callable[[], None]) -> None:
        """Call back when the page has told that it shows another view."""

    def on_click(self, callback: Callable[[float, float], None]) -> None:
        """Call back with (y, x) of a click."""

    def close(self) -> None:
        """Take it off the page."""


def make_canvas(*, interactive: bool = True) -> Canvas:
    """Return a Leaflet canvas; a plain one where ipyleaflet is missing or not wanted."""
    if interactive:
        try:
            import ipyleaflet  # noqa: F401
        except ImportError:
            pass
        else:
            return LeafletCanvas()
    return PlainCanvas()


class PlainCanvas:
    """A picture as data in an image widget. Moved by the panel's buttons; places are typed."""

    interactive = False
    size = (560.0, 760.0)
    plane = (1.0, 1.0)
    view = None

    def __init__(self) -> None:
        self._image = widgets.Image(
            format="png", layout=widgets.Layout(width="100%", max_height=_HEIGHT, object_fit="contain")
        )
        self._image.add_class("t-picture").add_class("iceye-picture")
        self.widget: widgets.Widget = self._image
        self._shown, self._view, self._marks = b"", View(0, 0, 1, 1), [(0.0, 0.0)][:0]

    def reset(self, height: float, width: float) -> None:
        """Forget the marks."""
        self._marks, self.plane = [], (height, width)
        self._view = View(0, 0, height, width)

    def back(self, image: bytes, view: View) -> None:
        """Show the picture until a view is there."""
        self.show(image, view)

    def show(self, image: bytes, view: View) -> None:
        """Show a view."""
        self._shown, self._view = image, view
        self._draw()

    def move(self, view: View) -> None:
        """Wait for the picture of the view: a plain image cannot move by itself."""

    def mark(self, points: Sequence[Point]) -> None:
        """Mark points, and the line between two."""
        self._marks = list(points)
        self._draw()

    def on_move(self, callback: Callable[[], None]) -> None:
        """Never calls back."""

    def on_click(self, callback: Callable[[float, float], None]) -> None:
        """Never calls back."""

    def close(self) -> None:
        """Take it off the page."""
        self._image.close()

    def _draw(self) -> None:
        if not self._shown or not self._marks:
            self._put(self._shown)
            return
        from PIL import Image, ImageDraw

        with Image.open(io.BytesIO(self._shown)) as opened:
            drawn = opened.convert("RGBA")
        down, across = drawn.height / self._view.height, drawn.width / self._view.width
        places = [((x - self._view.left) * across, (y - self._view.top) * down) for y, x in self._marks]
        pen = ImageDraw.Draw(drawn)
        if len(places) > 1:
            pen.line(places, fill=(230, 159, 0, 255), width=2)
        for x, y in places:
            pen.ellipse((x - 5, y - 5, x + 5, y + 5), outline=(230, 159, 0, 255), width=2)
        buffer = io.BytesIO()
        drawn.save(buffer, "PNG", compress_level=1)
        self._put(buffer.getvalue())

    def _put(self, image: bytes) -> None:
        with self._image.hold_sync():
            self._image.format = (media_type_of(image) or "image/png").removeprefix("image/")
            self._image.value = image


class LeafletCanvas:
    """Leaflet in its flat plane: drag, wheel and keyboard move it, the kernel draws what is seen."""

    interactive = True

    def __init__(self) -> None:
        import ipyleaflet as leaflet

        self._leaflet = leaflet
        self.map = leaflet.Map(
            crs=leaflet.projections.Simple, center=(0.0, 0.0), zoom=1.75, min_zoom=-1, max_zoom=12,
            zoom_snap=0.25, zoom_delta=1, layers=[], scroll_wheel_zoom=True, attribution_control=False,
            world_copy_jump=False, layout=widgets.Layout(height=_HEIGHT, width="100%"),
        )  # fmt: skip
        self.map.add_class("t-picture").add_class("iceye-picture")
        self.widget: widgets.Widget = self.map
        self._scale, self.plane = 1.0, (_UNITS, _UNITS)
        self._layers: dict[str, Any] = {}
        self._marks: list[Any] = []
        self._moved: list[Callable[[], None]] = []
        self._clicked: list[Callable[[float, float], None]] = []
        self._known = False
        self._size: tuple[float, float] | None = None
        self._wish: View | None = None
        self.map.observe(self._on_bounds, names="bounds")
        self.map.on_interaction(self._on_interaction)

    @property
    def size(self) -> tuple[float, float]:
        """Height and width on the page, pixels; a guess until the browser has told."""
        if self._size is None and self.map.bounds:
            self._measure()
        return self._size or _GUESS

    @property
    def view(self) -> View | None:
        """What the page shows of the plane; None where it has not told, or has no room for it."""
        if not self.map.bounds:
            return None
        (south, west), (north, east) = self.map.bounds
        (top, left), (bottom, right) = self._point(north, west), self._point(south, east)
        return View(top, left, bottom - top, right - left) if bottom > top and right > left else None

    def _measure(self) -> None:
        """Note the size while bounds and zoom are both the browser's: between, one of them is older."""
        (south, west), (north, east) = self.map.bounds
        pixels = 2.0**self.map.zoom
        self._size = max(1.0, (north - south) * pixels), max(1.0, (east - west) * pixels)

    def reset(self, height: float, width: float) -> None:
        """Start over with a plane of this size, and look at all of it."""
        self.plane, self._scale = (height, width), _UNITS / max(height, width)
        self.map.max_zoom = math.ceil(math.log2(_GUESS[1] / (CLOSEST * self._scale)))
        for name in list(self._layers):
            self.map.remove(self._layers.pop(name))
        self.mark(())
        self.move(View(0, 0, height, width))

    def back(self, image: bytes, view: View) -> None:
        """Show the picture that stays behind while moving."""
        behind = self._layers.get("back")
        if behind is None:
            self._layers["back"] = behind = self._overlay(image, view, "back")
            self.map.add(behind)
            return
        # In place, so that it stays below the detail.
        new = self._overlay(image, view, "back")
        behind.url, behind.bounds = new.url, new.bounds
        new.close()

    def show(self, image: bytes, view: View) -> None:
        """Show a view in detail, over what is there."""
        new = self._overlay(image, view, "detail")
        self.map.add(new)
        # Only then the old one goes, so that nothing flickers.
        old = self._layers.pop("detail", None)
        if old is not None:
            self.map.remove(old)
        self._layers["detail"] = new

    def move(self, view: View) -> None:
        """Look at a view; exact once the browser has told its size."""
        self._wish = None if self._known else view
        height, width = self.size
        y, x = view.center
        fitting = min(
            height / max(view.height * self._scale, 1e-9), width / max(view.width * self._scale, 1e-9)
        )
        zoom = math.floor(math.log2(fitting) / self.map.zoom_snap + 1e-6) * self.map.zoom_snap
        self.map.zoom = min(max(zoom, float(self.map.min_zoom)), float(self.map.max_zoom))
        self.map.center = self._latlng(y, x)

    def mark(self, points: Sequence[Point]) -> None:
        """Mark points, and the line between two."""
        for layer in self._marks:
            self.map.remove(layer)
        places = [list(self._latlng(y, x)) for y, x in points]
        style = {"color": "#e69f00", "fill_color": "#e69f00", "weight": 2}
        self._marks = [self._leaflet.CircleMarker(location=p, radius=5, **style) for p in places]
        if len(places) > 1:
            self._marks.append(
                self._leaflet.Polyline(locations=places, color="#e69f00", weight=2, fill=False)
            )
        for layer in self._marks:
            self.map.add(layer)

    def on_move(self, callback: Callable[[], None]) -> None:
        """Call back when the page has told that it shows another view."""
        self._moved.append(callback)

    def on_click(self, callback: Callable[[float, float], None]) -> None:
        """Call back with (y, x) of a click."""
        self._clicked.append(callback)

    def close(self) -> None:
        """Take it off the page."""
        self.map.close()

    def _latlng(self, y: float, x: float) -> tuple[float, float]:
        height, width = self.plane
        return (height / 2 - y) * self._scale, (x - width / 2) * self._scale

    def _point(self, lat: float, lng: float) -> Point:
        height, width = self.plane
        return height / 2 - lat / self._scale, width / 2 + lng / self._scale

    def _overlay(self, image: bytes, view: View, name: str) -> Any:
        south, west = self._latlng(view.top + view.height, view.left)
        north, east = self._latlng(view.top, view.left + view.width)
        return self._leaflet.ImageOverlay(
            url=data_url(image), bounds=[[south, west], [north, east]], name=name
        )

    def _on_bounds(self, _: object) -> None:
        if not self.map.bounds:
            return
        self._known = True
        self._measure()
        if self._wish is not None:
            wish, self._wish = self._wish, None
            self.move(wish)
            return
        # Pixels larger than two screen pixels are shown as squares, smaller ones smoothed.
        (self.map.add_class if 2.0**self.map.zoom * self._scale > 2 else self.map.remove_class)(
            "iceye-squares"
        )
        for callback in self._moved:
            callback()

    def _on_interaction(self, **event: Any) -> None:
        if event.get("type") == "click":
            lat, lng = event["coordinates"]
            for callback in self._clicked:
                callback(*self._point(float(lat), float(lng)))
