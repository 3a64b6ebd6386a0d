"""The controls of a preview, by group: picture, measure, dates, save. Widgets only; what they do is in preview.py."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from iceye_geo.panels.preview_display import COLOR_MAPS, Display

_STYLE = {"description_width": "92px"}


def _wide() -> dict[str, Any]:
    """Layout of a control: a new one each time, since hiding one control must not hide the others."""
    return {"layout": widgets.Layout(width="97%"), "style": _STYLE}


def _named(widget: Any, name: str) -> Any:
    widget.add_class(f"t-{name}")
    return widget


def _button(text: str, name: str, tooltip: str, *, width: str = "auto", style: str = "") -> widgets.Button:
    made = widgets.Button(
        description=text,
        tooltip=tooltip,
        button_style=style,
        layout=widgets.Layout(width=width, margin="2px"),
    )
    return _named(made, name)


class EntryForm:
    """Naming the scene, as long as none is open."""

    def __init__(self) -> None:
        self.scene = _named(
            widgets.Text(
                placeholder="item id or file", description="Scene", style={"description_width": "50px"},
                layout=widgets.Layout(width="420px", max_width="100%"),
            ), "scene-source",
        )  # fmt: skip
        self.open = _button("Open", "open-scene", "Look into the scene")
        self.widget = widgets.HBox([self.scene, self.open], layout=widgets.Layout(flex_flow="row wrap"))


class Toolbar:
    """Moving by buttons: every move that the mouse makes, for the keyboard and where there is no map."""

    def __init__(self) -> None:
        self.zoom_in = _button("Zoom in", "zoom-in", "Zoom in; + while the picture has the focus")
        self.zoom_out = _button("Zoom out", "zoom-out", "Zoom out; - while the picture has the focus")
        self.left = _button("←", "pan-left", "Move left", width="36px")
        self.up = _button("↑", "pan-up", "Move up, towards near range in radar geometry", width="36px")
        self.down = _button("↓", "pan-down", "Move down", width="36px")
        self.right = _button("→", "pan-right", "Move right", width="36px")
        self.fit = _button("Whole frame", "fit", "Show the whole frame")
        self.native = _button(
            "1:1", "native", "One pixel of the frame on one pixel of the page", width="44px"
        )
        self.stop = _button("Stop", "stop", "Stop reading", width="56px")
        self.stop.disabled = True
        self.widget = widgets.HBox(
            [
                self.zoom_in, self.zoom_out, self.left, self.up, self.down, self.right, self.fit, self.native,
                self.stop,
            ],
            layout=widgets.Layout(flex_flow="row wrap"),
        )  # fmt: skip


class PictureForm:
    """How it looks."""

    def __init__(self) -> None:
        start = Display()
        self.values = _named(
            widgets.Dropdown(
                options=[("σ⁰ in dB", "sigma0_db"), ("amplitude", "amplitude")], description="Values", **_wide()
            ), "values",
        )  # fmt: skip
        self.geometry = _named(
            widgets.Dropdown(
                options=[("as recorded (radar)", "radar"), ("north up (map)", "map")], description="Geometry", **_wide()
            ), "geometry",
        )  # fmt: skip
        self.stretch = _named(
            widgets.Dropdown(
                options=[("whole frame", "frame"), ("this view", "view"), ("by hand", "hand")],
                description="Stretch by", **_wide(),
            ), "stretch",
        )  # fmt: skip
        self.percentiles = _named(
            widgets.FloatRangeSlider(
                value=start.percentiles, min=0, max=100, step=0.5, description="Percentiles", readout_format=".1f",
                continuous_update=False, **_wide(),
            ), "percentiles",
        )  # fmt: skip
        self.low = _named(widgets.FloatText(value=-25.0, description="Darkest", **_wide()), "low")
        self.high = _named(widgets.FloatText(value=5.0, description="Brightest", **_wide()), "high")
        self.gamma = _named(
            widgets.FloatSlider(
                value=1.0, min=0.2, max=3.0, step=0.05, description="Gamma", continuous_update=False, **_wide()
            ), "gamma",
        )  # fmt: skip
        self.color_map = _named(
            widgets.Dropdown(options=COLOR_MAPS, description="Colour map", **_wide()), "color-map"
        )
        self.speckle = _named(
            widgets.Dropdown(
                options=[("none", "none"), ("Lee, keeps edges", "lee"), ("boxcar, averages", "boxcar")],
                description="Speckle filter", **_wide(),
            ), "speckle",
        )  # fmt: skip
        self.speckle_size = _named(
            widgets.Dropdown(options=[3, 5, 7, 9, 11], value=5, description="Filter size", **_wide()),
            "speckle-size",
        )
        self.frame = _named(
            widgets.IntSlider(
                value=0, min=0, max=24, description="VID frame", continuous_update=False, **_wide()
            ),
            "vid-frame",
        )
        self.all = {
            name: getattr(self, name)
            for name in (
                "values", "geometry", "stretch", "percentiles", "gamma", "color_map", "speckle", "speckle_size",
                "frame",
            )
        }  # fmt: skip
        self.widget = widgets.VBox(
            [
                self.values, self.geometry, self.stretch, self.percentiles, self.low, self.high, self.gamma,
                self.color_map, self.speckle, self.speckle_size, self.frame,
            ]
        )  # fmt: skip
        self.arrange(vid=False)

    def arrange(self, *, vid: bool) -> None:
        """Show the controls that do something now."""
        by_hand = self.stretch.value == "hand"
        for widget, wanted in (
            (self.percentiles, not by_hand), (self.low, by_hand), (self.high, by_hand),
            (self.speckle_size, self.speckle.value != "none"), (self.frame, vid),
        ):  # fmt: skip
            widget.layout.display = "" if wanted else "none"


class MeasureForm:
    """What is measured where."""

    def __init__(self) -> None:
        self.click = _named(
            widgets.Dropdown(
                options=[("reads the pixel", "read"), ("sets the line's ends", "line")], description="A click",
                **_wide(),
            ), "click-does",
        )  # fmt: skip
        self.start = _named(widgets.Text(placeholder="row, column", description="From", **_wide()), "from")
        self.end = _named(widgets.Text(placeholder="row, column", description="To", **_wide()), "to")
        self.read = _button("Read pixel", "read", "Read the pixel at From")
        self.distance = _button("Distance", "distance", "Geodesic distance from From to To")
        self.height = _button("Height by shadow", "height", "From: foot of the object. To: end of its shadow")
        self.profile = _button("Profile", "profile", "Full-resolution values from From to To")
        self.histogram = _button(
            "Histogram of view", "histogram", "Count the values of this view; reads nothing"
        )
        self.whole = _button("Histogram of frame", "histogram-frame", "Sample the frame at full resolution")
        self.result = _named(widgets.HTML(), "measured")
        self.plot = _named(
            widgets.Image(format="png", layout=widgets.Layout(width="100%", display="none")), "plot"
        )
        row = widgets.Layout(flex_flow="row wrap")
        self.widget = widgets.VBox(
            [
                self.click, self.start, self.end,
                widgets.HBox([self.read, self.distance, self.height, self.profile], layout=row),
                widgets.HBox([self.histogram, self.whole], layout=row),
                self.result, self.plot,
            ]
        )  # fmt: skip


class DatesForm:
    """Several dates of one place."""

    def __init__(self) -> None:
        self.top = _named(widgets.Dropdown(options=[], description="On top", **_wide()), "date")
        self.compare = _named(
            widgets.Dropdown(
                options=[("one date", "top"), ("swipe", "swipe"), ("red gone, cyan new", "colors")],
                description="Compare", **_wide(),
            ), "compare",
        )  # fmt: skip
        self.swipe = _named(
            widgets.FloatSlider(
                value=0.5, min=0, max=1, step=0.01, description="Swipe", readout=False, continuous_update=False,
                **_wide(),
            ), "swipe",
        )  # fmt: skip
        self.blink = _named(
            widgets.ToggleButton(
                description="Blink", tooltip="Show the dates in turn", layout=widgets.Layout(width="90px", margin="2px")
            ), "blink",
        )  # fmt: skip
        self.remove = _button("Remove date", "remove-date", "Close the date on top")
        self.source = _named(
            widgets.Text(placeholder="item id or file", description="Another date", **_wide()), "add-source"
        )
        self.add = _button("Add date", "add-date", "Open another date of this place")
        self.note = widgets.HTML(
            '<span class="iceye-dim">Dates are compared north up, on one brightness scale.</span>'
        )
        self.widget = widgets.VBox(
            [
                self.top, self.compare, self.swipe, widgets.HBox([self.blink, self.remove]), self.source, self.add,
                self.note,
            ]
        )  # fmt: skip
        self.arrange(titles=[])

    def arrange(self, *, titles: list[str]) -> None:
        """Offer what can be done with so many dates."""
        several = len(titles) > 1
        for widget in (self.compare, self.blink, self.remove):
            widget.disabled = not several
        self.swipe.layout.display = "" if several and self.compare.value == "swipe" else "none"


class SaveForm:
    """Writing the view to a file."""

    def __init__(self) -> None:
        self.path = _named(widgets.Text(value="view.png", description="File", **_wide()), "save-path")
        self.save = _button("Save view", "save", ".png as it looks, .tif with its values")
        self.link = _named(widgets.HTML(), "saved")
        note = (
            '<span class="iceye-dim">.png: as it looks. .tif: its values as float32, with their place.</span>'
        )
        self.widget = widgets.VBox([self.path, self.save, widgets.HTML(note), self.link])
