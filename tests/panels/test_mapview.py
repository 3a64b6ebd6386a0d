"""The map hands drawings to Python, keeps secrets home and has a stand-in."""

from __future__ import annotations

import json
import sys
import threading

import pytest

from iceye_geo.panels.leaflet_map import LeafletMap, center_and_zoom
from iceye_geo.panels.mapview import FLUID_FOOTPRINTS, MapView, NoMap, make_map

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
OTHER = {"type": "Polygon", "coordinates": [[[5, 5], [6, 5], [6, 6], [5, 6], [5, 5]]]}


def _features(count: int) -> list[dict]:
    return [
        {"id": f"item-{n}", "geometry": SQUARE, "style": {"color": "#0072b2", "weight": 1}, "title": "t"}
        for n in range(count)
    ]


@pytest.fixture
def view():
    made = make_map()
    assert isinstance(made, LeafletMap)
    yield made
    made.close()


def test_a_drawn_shape_reaches_python(view: LeafletMap) -> None:
    seen: list[object] = []
    view.on_aoi(seen.append)
    view._draw.data = [{"type": "Feature", "geometry": SQUARE, "properties": {}}]
    assert seen == [SQUARE]
    view.clear_drawing()
    assert seen[-1] is None


def test_the_last_drawn_shape_wins(view: LeafletMap) -> None:
    seen: list[object] = []
    view.on_aoi(seen.append)
    view._draw.data = [{"type": "Feature", "geometry": g, "properties": {}} for g in (SQUARE, OTHER)]
    assert seen == [OTHER]
    assert len(view._draw.data) == 1


def test_a_clicked_and_a_hovered_footprint_are_told_by_id(view: LeafletMap) -> None:
    picked, hovered = [], []
    view.on_pick(picked.append)
    view.on_hover(hovered.append)
    assert view.show_footprints(_features(3))
    layer = view._layers["footprints"]
    layer._handle_mouse_events(None, {"event": "click", "feature": {}, "properties": {"id": "item-1"}}, [])
    layer._handle_mouse_events(
        None, {"event": "mouseover", "feature": {}, "properties": {"id": "item-2"}}, []
    )
    assert (picked, hovered) == (["item-1"], ["item-2"])


def test_only_id_and_style_travel_to_the_browser(view: LeafletMap) -> None:
    features = [{**f, "href": "https://host/a?Signature=planted"} for f in _features(2)]
    view.show_footprints(features)
    assert "planted" not in json.dumps(view._layers["footprints"].data)


def test_many_footprints_are_drawn_as_one_and_it_says_so(view: LeafletMap) -> None:
    assert not view.show_footprints(_features(FLUID_FOOTPRINTS + 1))
    assert len(view._layers["footprints"].data["features"]) == 1


def test_a_click_on_footprints_drawn_as_one_means_the_smallest_there(view: LeafletMap) -> None:
    picked: list[str] = []
    view.on_pick(picked.append)
    large = {"type": "Polygon", "coordinates": [[[-9, -9], [9, -9], [9, 9], [-9, 9], [-9, -9]]]}
    view.show_footprints(
        [{**_features(1)[0], "id": "large", "geometry": large}, *_features(FLUID_FOOTPRINTS)]
    )
    for lat, lon in ((0.5, 0.5), (5, 365), (80, 0)):
        view.map._handle_leaflet_event(
            None, {"event": "interaction", "type": "click", "coordinates": [lat, lon]}, []
        )
    assert picked == ["item-0", "large"]
    view.highlight(["large"])
    assert view._layers["highlight"].data["features"][0]["properties"]["id"] == "large"


def test_marks_over_footprints_let_clicks_through(view: LeafletMap) -> None:
    view.show_footprints(_features(2))
    view.highlight(["item-0"])
    view.show_outline(SQUARE)
    for layer in ("highlight", "outline"):
        assert view._layers[layer].data["features"][0]["properties"]["style"]["interactive"] is False


def test_fitting_works_from_a_thread_and_shows_all_of_the_bounds(view: LeafletMap) -> None:
    thread = threading.Thread(target=view.fit, args=((179.0, -2.0, -179.0, 2.0),))
    thread.start()
    thread.join(60)
    assert tuple(view.map.center) == (0.0, 180.0)
    for bounds in ((24, 59, 26, 61), (-180, -80, 180, 80), (24, 60, 24, 60), (-1, -89, 1, 89)):
        (_, lon), zoom = center_and_zoom(bounds, (640, 420))
        assert 1 <= zoom <= 16
        assert (bounds[2] - bounds[0]) / 360 * 256 * 2**zoom <= 640 or zoom == 1
        assert bounds[0] <= lon <= bounds[2]


def test_the_note_about_missing_javascript_goes_when_the_map_shows(view: LeafletMap) -> None:
    assert "ipyleaflet" in view._note.value
    assert view._note.layout.display is None
    view.map.set_trait("bounds", ((10.0, 20.0), (11.0, 22.0)))
    assert view._note.layout.display == "none"


def test_showing_again_replaces(view: LeafletMap) -> None:
    before = len(view.map.layers)
    for count in (3, 2, 5):
        view.show_footprints(_features(count))
    assert len(view.map.layers) == before + 1
    view.show_footprints([])
    assert len(view.map.layers) == before


def test_highlight_marks_only_the_chosen(view: LeafletMap) -> None:
    view.show_footprints(_features(4))
    view.highlight(["item-0", "item-3", "not there"])
    chosen = view._layers["highlight"].data["features"]
    assert [f["properties"]["id"] for f in chosen] == ["item-0", "item-3"]
    view.highlight([])
    assert "highlight" not in view._layers


def test_an_image_travels_as_data(view: LeafletMap) -> None:
    view.show_image(b"\x89PNG", (179.0, -1.0, -179.0, 1.0))
    layer = view._layers["image"]
    assert layer.url.startswith("data:image/png;base64,")
    assert [tuple(c) for c in layer.bounds] == [(-1.0, 179.0), (1.0, 181.0)]
    view.show_image(None, None)
    assert "image" not in view._layers


def test_an_outline_comes_and_goes(view: LeafletMap) -> None:
    view.show_outline(SQUARE)
    assert view._layers["outline"].data["features"][0]["geometry"] == SQUARE
    view.show_outline(None)
    assert "outline" not in view._layers


def test_a_moved_view_is_told(view: LeafletMap) -> None:
    seen: list[object] = []
    view.on_view(lambda bounds, zoom: seen.append((bounds, zoom)))
    view.map.set_trait("bounds", ((10.0, 20.0), (11.0, 22.0)))
    assert seen == [((20.0, 10.0, 22.0, 11.0), 2)]


def test_without_a_basemap_the_land_keeps_the_map_readable(view: LeafletMap) -> None:
    assert view.map.layers[0].name == "Land"
    assert len(view.map.layers[0].data["features"]) >= 1


def test_a_basemap_of_your_own() -> None:
    view = make_map(basemap={"url": "https://tiles.example.invalid/{z}/{x}/{y}.png", "attribution": "us"})
    assert (view.map.layers[0].url, view.map.layers[0].attribution) == (
        "https://tiles.example.invalid/{z}/{x}/{y}.png",
        "us",
    )
    view.close()


def test_without_ipyleaflet_a_notice_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipyleaflet", None)
    view = make_map()
    assert isinstance(view, NoMap)
    assert not view.interactive
    assert "iceye-geo[panels]" in view.widget.value
    assert not view.show_footprints(_features(2))
    view.close()


def test_a_map_without_tools_shows_none_of_their_buttons() -> None:
    bare, full = make_map(draw=()), make_map()
    assert isinstance(bare, LeafletMap)
    assert isinstance(full, LeafletMap)
    assert bare._draw not in bare.map.controls
    assert full._draw in full.map.controls
    bare.clear_drawing()
    bare.close()
    full.close()


def test_every_map_answers_every_call_of_the_view() -> None:
    verbs = {name for name in vars(MapView) if not name.startswith("_")}
    assert verbs <= {*vars(LeafletMap), "widget"}, (
        "the drawn map leaves nothing to the one that draws nothing"
    )
    silent = NoMap("no map")
    assert silent.show_footprints([{"id": "a"}]) is False
    silent.on_aoi(lambda _: pytest.fail("it never calls back"))
    silent.show_outline({"type": "Point", "coordinates": [0, 0]})
    silent.fit((0, 0, 1, 1))
    silent.close()
