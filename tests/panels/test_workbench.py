"""The workbench: one map, one area, one selection over all panels."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from iceye_geo import Client
from iceye_geo.panels import Workbench
from iceye_geo.panels.area import from_numbers

BOX = {"type": "Polygon", "coordinates": [[[24, 60], [25, 60], [25, 60.5], [24, 60.5], [24, 60]]]}


@pytest.fixture
def bench(desk: Client) -> Iterator[Workbench]:
    made = Workbench(desk)
    for panel in made.panels.values():
        assert panel.jobs.wait(timeout=30)
    yield made
    made.close()


def test_the_map_is_on_the_page_once_and_seen_where_it_is_used(bench: Workbench) -> None:
    for name, panel in bench.panels.items():
        bench.show(name)
        seen = {n for n, slot in bench._slots.items() if slot.layout.visibility == "visible"}
        assert seen == {name}
        assert panel.widget in bench._slots[name].children
        assert (bench._map_slot.layout.visibility == "visible") == (name in ("search", "tasking", "tasks"))
    assert bench.search.view.widget is bench.tasking.view.widget is bench.tasks.view.widget


def test_a_panel_joins_the_page_when_it_is_first_seen_and_stays(bench: Workbench) -> None:
    assert bench._slots["preview"].children == ()
    bench.show("preview")
    bench.show("search")
    assert bench._slots["preview"].children == (bench.preview.widget,)


def test_one_area_serves_search_and_tasking(bench: Workbench) -> None:
    bench.map.view._draw.data = [{"type": "Feature", "geometry": BOX, "properties": {}}]
    assert bench.search.aoi.bounds == pytest.approx((24, 60, 25, 60.5))
    bench.show("tasking")
    places = bench.tasking.form.places
    assert len(places) == 1
    assert places[0].point == pytest.approx((24.5, 60.25), abs=0.01)


def test_an_area_from_python_serves_search_and_tasking(bench: Workbench) -> None:
    bench.use_area((24, 60, 25, 60.5), label="Gulf")
    assert bench.aoi.bounds == (24, 60, 25, 60.5)
    assert bench.search.form().area is not None
    for _ in range(2):  # also when the tab comes to the front
        assert [(p.point, p.name) for p in bench.tasking.form.places] == [((24.5, 60.25), "Gulf")]
        bench.show("tasking")
    bench.aoi = None
    assert bench.search.aoi is None
    assert bench.items == []
    assert len(bench.gdf) == 0


def test_a_chosen_item_is_looked_into_and_delivered(bench: Workbench, desk: Client) -> None:
    item = next(
        desk.catalog.search(
            collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=1
        ).items()
    )
    bench.look_into(item)
    assert bench.tab == "preview"
    assert bench.preview.jobs.wait(timeout=40)
    assert bench.preview.picture.stage == "detail"
    assert bench.last_problem is None


def test_a_repeat_is_compared_with_the_image_that_is_open(bench: Workbench, desk: Client) -> None:
    query = {"sar:product_type": {"eq": "GRD-COG"}}
    item = next(desk.catalog.search(collections=["private"], query=query, max_items=1).items())
    bench.compare(item)  # nothing is open yet: it is looked into
    assert bench.preview.jobs.wait(timeout=40)
    bench.show("search")
    bench.search._on_compare(item)
    assert bench.tab == "preview"
    assert bench.preview.jobs.wait(timeout=40)
    assert len(bench.preview.control.layers) == 2


def test_selected_items_are_chosen_for_delivery(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.search.area.set_area(from_numbers(-12, 34, 32, 66))
    bench.search.search(wait_s=30)
    wanted = [item.id for item in bench.search.items[:2]]
    bench.search.control.results.select(wanted)
    chosen: list[list[str]] = []
    monkeypatch.setattr(bench.delivery, "choose", chosen.append)
    bench.show("delivery")
    assert [set(ids) for ids in chosen] == [set(wanted)]


def test_an_order_is_read_when_its_tab_is_opened(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    monkeypatch.setattr(bench.tasks, "refresh", lambda: read.append(1))
    bench.show("tasks")
    assert read == []
    bench.show("tasking")
    for callback in bench.tasking._ordered:
        callback([])
    bench.show("tasks")
    bench.show("search")
    bench.show("tasks")
    assert read == [1]


def test_closing_stops_all_threads(desk: Client) -> None:
    made = Workbench(desk)
    made.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("iceye-geo ")]


def test_callbacks_reach_the_follow_tab(desk: Client, tmp_path: Path) -> None:
    made = Workbench(desk, store=tmp_path / "callbacks.sqlite")
    try:
        assert "callbacks" in made.tasks.control.live_words
    finally:
        made.close()
