"""A shared map shows and hears the panel in front; one shape serves them all."""

from __future__ import annotations

from typing import Any

import pytest

from iceye_geo.panels.mapview import make_map
from iceye_geo.panels.shared_map import SharedMap

BOX = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
STYLE = {"color": "#000"}


@pytest.fixture
def shared():
    made = SharedMap(make_map())
    yield made
    made.close()


def feature(name: str) -> dict[str, Any]:
    return {"id": name, "geometry": BOX, "style": STYLE, "title": name}


def layers(shared: SharedMap) -> set[str]:
    return set(shared.view._layers)


def draw(shared: SharedMap, geometry: dict | None) -> None:
    shared.view._draw.data = (
        [] if geometry is None else [{"type": "Feature", "geometry": geometry, "properties": {}}]
    )


def test_only_the_panel_in_front_is_drawn_and_comes_back_as_it_was(shared: SharedMap) -> None:
    a, b = shared.facet("a"), shared.facet("b")
    shared.bring("a")
    a.show_footprints([feature("x")])
    a.highlight(["x"])
    b.show_footprints([feature("y")])
    b.show_outline(BOX)
    assert layers(shared) == {"a: footprints", "highlight"}
    shared.bring("b")
    assert layers(shared) == {"b: footprints", "b: outline"}
    shared.bring("a")
    assert layers(shared) == {"a: footprints", "highlight"}
    shared.bring("none")
    assert layers(shared) == set()


def test_a_lasting_outline_stays(shared: SharedMap) -> None:
    search, other = shared.facet("search", lasting=True), shared.facet("other")
    shared.bring("search")
    search.show_outline(BOX, layer="area")
    shared.bring("other")
    assert layers(shared) == {"search: area"}
    search.show_outline(None, layer="area")
    assert layers(shared) == set()
    assert other.interactive


def test_clicks_reach_the_panel_in_front_only(shared: SharedMap) -> None:
    heard: list[str] = []
    for name in ("a", "b"):
        shared.facet(name).on_pick(lambda identity, name=name: heard.append(f"{name} {identity}"))
    shared.bring("b")
    shared.view._clicked(properties={"id": "x"})
    assert heard == ["b x"]


def test_a_shape_goes_to_the_front_and_to_who_comes_later_without_one(shared: SharedMap) -> None:
    heard: list[tuple[str, Any]] = []
    for name in ("search", "tasking"):
        shared.facet(name).on_aoi(lambda geometry, name=name: heard.append((name, geometry)))
    shared.bring("search")
    draw(shared, BOX)
    assert heard == [("search", BOX)]
    shared.bring("tasking")
    assert heard == [("search", BOX), ("tasking", BOX)]
    point = {"type": "Point", "coordinates": [2, 3]}
    draw(shared, point)
    shared.bring("search")
    assert heard[2:] == [("tasking", point)], "the search keeps the area it has"


def test_a_view_that_was_asked_for_behind_is_moved_to_when_in_front(shared: SharedMap) -> None:
    a, b = shared.facet("a"), shared.facet("b")
    shared.bring("a")
    centre = tuple(shared.view.map.center)
    b.fit((100, 10, 104, 12))
    assert tuple(shared.view.map.center) == centre
    shared.bring("b")
    assert shared.view.map.center[1] == pytest.approx(102)
    a.close()
    assert shared.view.map.comm is not None
