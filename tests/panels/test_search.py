"""The search panel as a person uses it, driven in Python: traits are set, buttons clicked, messages told."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import ipywidgets as widgets
import pytest
import shapely

from iceye_geo import Client
from iceye_geo.errors import InvalidInputError
from iceye_geo.panels import SearchPanel
from iceye_geo.panels.area import from_numbers
from iceye_geo.panels.leaflet_map import LeafletMap
from iceye_geo.panels.mapview import FLUID_FOOTPRINTS
from iceye_geo.panels.saved_areas import SavedAreas
from iceye_geo.panels.table import PlainTable, RichTable
from iceye_geo.sandbox import Sandbox
from iceye_geo.sandbox.faults import Fault
from tests.panels.searching import EUROPE, click_footprint, panel_of, settle, tell

SQUARE = {"type": "Polygon", "coordinates": [[[0, 40], [20, 40], [20, 60], [0, 60], [0, 40]]]}


@pytest.fixture
def panel(client: Client, tmp_path: Path) -> Iterator[SearchPanel]:
    yield from panel_of(client, tmp_path)


def state_of(widget: widgets.Widget) -> str:
    """Return the whole state of a widget and of all below it, as it travels to the browser."""
    seen: set[int] = set()
    texts: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, widgets.Widget):
            if id(value) not in seen:
                seen.add(id(value))
                texts.append(str(value.get_state()))
                for key in value.keys:
                    walk(getattr(value, key))
        elif isinstance(value, list | tuple):
            for part in value:
                walk(part)
        elif isinstance(value, dict):
            for part in value.values():
                walk(part)

    walk(widget)
    return "\n".join(texts)


def test_drawn_box_search_footprint_card(panel: SearchPanel) -> None:
    panel.view._draw.data = [{"type": "Feature", "geometry": SQUARE, "properties": {}}]
    assert panel.aoi is not None
    assert panel.aoi.equals(shapely.box(0, 40, 20, 60))
    panel.find.click()
    settle(panel)
    assert len(panel.items) == len(panel.gdf) > 0
    assert all(shapely.geometry.shape(i.geometry).intersects(panel.aoi) for i in panel.items)
    assert len(panel.view._layers["footprints"].data["features"]) == len(panel.items)
    click_footprint(panel, panel.items[-1].id)
    settle(panel)
    assert panel.current is panel.items[-1]
    assert panel.current.id in panel.card._facts.value
    assert panel.card._picture.value.count("data:image/png;base64,") == 1
    assert panel.table.widget.current == panel.current.id
    assert panel.current.id in [row["id"] for row in panel.table.widget.rows], "the table shows its page"
    marked = panel.view._layers["highlight"].data["features"]
    assert [f["properties"]["id"] for f in marked] == [panel.current.id]
    assert "thumbnail" in panel.view._layers


def test_nothing_signed_is_in_any_widget(panel: SearchPanel, sandbox: Sandbox) -> None:
    panel.fields.collection.value = "private"
    panel.fields.contract.value = sandbox.contract_id
    panel.find.click()
    tell(settle(panel), "pick", panel.items[0].id)
    settle(panel)
    panel.tools.show_code.value = True
    href = next(iter(panel.items[0].assets.values())).href
    assert "Signature=" in href
    state = state_of(panel.widget)
    assert panel.items[0].id in state
    for secret in ("Signature=", "/content/", "sandbox-secret", href.partition("Signature=")[2][:20]):
        assert secret not in state


def test_status_and_alert_are_on_the_page(panel: SearchPanel, shown_errors: list[BaseException]) -> None:
    panel.show_error(InvalidInputError("west", "is no number"))
    shown_errors.clear()
    state = state_of(panel.widget)
    assert 'role="alert"' in state
    assert "Choose an area and a time" in state


def test_every_control_has_a_label(panel: SearchPanel) -> None:
    panel.fields.filters.toggle.value = True
    unlabelled = []

    def walk(widget: widgets.Widget) -> None:
        control = isinstance(widget, widgets.ValueWidget | widgets.Button) and widget.has_trait("description")
        if control and not isinstance(widget, widgets.HTML) and not widget.description:
            unlabelled.append(widget)
        for child in getattr(widget, "children", ()):
            walk(child)

    walk(panel.widget)
    assert unlabelled == []


def test_the_form_says_what_was_filled_in(panel: SearchPanel) -> None:
    fields = panel.fields
    fields.preset.value = "Last 30 days"
    assert fields.start.value is not None
    fields.start.value = date(2026, 1, 1)
    assert fields.preset.value == "Own dates"
    fields.products["GRD-COG"].value = True
    fields.modes["scan"].value = True
    fields.look_side.value, fields.orbit.value = "left", "ascending"
    fields.incidence.value = (20, 40)
    fields.order.value, fields.limit.value = "start_datetime", None
    fields.filters.toggle.value = True
    name, operator, value, _ = fields.filters.rows.children[0].children
    name.value, operator.value, value.value = "iceye:satellite_look_angle", "lt", "33"
    panel.area.set_area(EUROPE)
    assert panel.form().arguments() == {
        "bbox": (-12, 34, 32, 66),
        "datetime": "2026-01-01/..",
        "query": {
            "sar:product_type": {"in": ["GRD-COG"]},
            "sar:instrument_mode": {"in": ["scan"]},
            "sar:observation_direction": {"eq": "left"},
            "sat:orbit_state": {"eq": "ascending"},
            "iceye:incidence_center": {"gte": 20, "lte": 40},
            "iceye:satellite_look_angle": {"lt": 33.0},
        },
        "sortby": "start_datetime",
    }
    fields.filters.rows.children[0].children[3].click()
    assert fields.filters.read() == ()


def test_contracts_are_offered(panel: SearchPanel, sandbox: Sandbox) -> None:
    assert sandbox.contract_id in [value for _, value in panel.fields.contract.options]


def test_table_acts_reach_the_panel(panel: SearchPanel) -> None:
    panel.area.set_area(EUROPE)
    panel.search(wait_s=30)
    table = panel.table.widget
    first = [row["id"] for row in table.rows]
    tell(panel, "select", {"ids": first[:3], "on": True})
    tell(panel, "select", {"ids": [first[1]], "on": False})
    assert [item.id for item in panel.selected] == table.selected == [first[0], first[2]]
    tell(panel, "sort", "incidence")
    tell(panel, "sort", "incidence")
    assert table.order == ["incidence", True]
    tell(panel, "page", 1)
    assert (table.page, table.words.partition(" ")[0]) == (1, "11")
    tell(panel, "step", 1)
    settle(panel)
    assert panel.current is not None
    tell(panel, "hover", first[5])
    marked = [f["properties"]["id"] for f in panel.view._layers["highlight"].data["features"]]
    assert sorted(marked) == sorted({first[0], first[2], first[5], panel.current.id})
    before = tuple(panel.view.map.center)
    tell(panel, "zoom", first[0])
    assert tuple(panel.view.map.center) != before
    tell(panel, "nonsense", None)
    panel.tools.all.click()
    assert len(panel.selected) == len(panel.items)
    panel.tools.none.click()
    assert panel.selected == []


def test_the_pointer_on_the_map_marks_the_line_and_says_what_is_there(panel: SearchPanel) -> None:
    panel.search(wait_s=30)
    row = panel.control.results.rows()[3]
    layer = panel.view._layers["footprints"]
    event = {"event": "mouseover", "feature": {}, "properties": {"id": row.id}}
    layer._handle_mouse_events(None, event, [])
    assert panel.table.widget.hovered == row.id
    assert row.cells["acquired"] in panel.under.value
    panel._hovered("")
    assert (panel.table.widget.hovered, panel.under.value) == ("", "")


def test_looking_into_an_item_calls_the_hook(client: Client, tmp_path: Path) -> None:
    looked: list = []
    panel = SearchPanel(client, saved_areas=SavedAreas(tmp_path / "a"), on_look=looked.append)
    panel.fields.limit.value = 100
    panel.search(wait_s=30)
    tell(panel, "look", panel.items[1].id)
    panel.card.buttons["look"].click()
    assert looked == [panel.items[1]] * 2
    panel.close()


def test_add_as_date_opens_the_first_image_and_adds_the_second(panel: SearchPanel, sandbox: Sandbox) -> None:
    panel.fields.collection.value = "private"
    panel.fields.contract.value = sandbox.contract_id
    panel.fields.products["GRD-COG"].value = True
    panel.search(wait_s=30)
    tell(panel, "pick", panel.items[0].id)
    for count in (1, 2):
        panel.card.buttons["compare"].click()
        assert panel._preview.jobs.wait(timeout=40)
        assert len(panel._preview.control.layers) == count


def test_repeats_and_the_way_back(panel: SearchPanel) -> None:
    panel.area.set_area(EUROPE)
    panel.search(wait_s=30)
    before = [item.id for item in panel.items]
    tell(panel, "pick", before[0])
    panel.card.buttons["repeats"].click()
    settle(panel)
    assert before[0] in [item.id for item in panel.items]
    assert panel.tools.back.layout.display == ""
    panel.tools.back.click()
    assert [item.id for item in panel.items] == before
    assert len(panel.view._layers["footprints"].data["features"]) == len(before)
    assert panel.tools.back.layout.display == "none"


def test_saving_and_showing_the_code(
    panel: SearchPanel, tmp_path: Path, shown_errors: list[BaseException]
) -> None:
    panel.tools.show_code.value = True
    panel.area.set_area(from_numbers(1, 2, 3, 4))
    assert "bbox=(1.0, 2.0, 3.0, 4.0)" in panel.tools.code.code, "the form's, before the first search"
    panel.area.set_area(EUROPE)
    panel.search(wait_s=30)
    assert "bbox=(-12.0, 34.0, 32.0, 66.0)" in panel.tools.code.code
    panel.tools.save.value = True
    panel.tools.format.value = "GeoJSON"
    panel.tools.path.value = str(tmp_path / "found")
    panel.tools.write.click()
    assert "written to" in panel.tools.saved.value
    assert len(json.loads((tmp_path / "found.geojson").read_text())["features"]) == len(panel.items)
    panel.tools.write.click()
    assert "there already" in str(shown_errors.pop())
    assert panel.tools.saved.value == ""


def test_the_code_goes_into_the_next_cell(panel: SearchPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInputError, match="needs a notebook"):
        panel.write_code()
    from IPython.core.interactiveshell import InteractiveShell

    written: list[str] = []
    shell = InteractiveShell.__new__(InteractiveShell)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr(InteractiveShell, "set_next_input", lambda _, text: written.append(text))
    panel.write_code()
    assert written == [panel.code()]


def test_stop_and_go_on_by_their_buttons(panel: SearchPanel, sandbox: Sandbox) -> None:
    panel.fields.limit.value = None
    sandbox.faults.add(Fault("slow", "/catalog/v2/search", seconds=1, times=9, skip=1))
    assert panel.stop.disabled
    panel.find.click()
    while len(panel.items) < 200:
        assert panel.control.state == "searching"
        time.sleep(0.01)
    assert not panel.stop.disabled
    panel.stop.click()
    settle(panel)
    assert "Stopped" in panel._status.value
    sandbox.faults.clear()
    assert panel.go_on.layout.display == ""
    panel.go_on.click()
    settle(panel)
    assert len(panel.items) > 600
    assert panel.go_on.layout.display == "none"


def test_a_failure_in_mid_search_shows_and_keeps(
    panel: SearchPanel, sandbox: Sandbox, shown_errors: list[BaseException]
) -> None:
    panel.fields.limit.value = None
    sandbox.faults.add(Fault("401", "/catalog/v2/search", times=99, skip=1))
    panel.find.click()
    settle(panel)
    assert shown_errors.pop() is panel.last_error
    assert 'role="alert"' in panel._alert.value
    assert len(panel.items) == 200
    assert len(panel.view._layers["footprints"].data["features"]) == 200


def test_more_than_can_be_drawn_one_by_one_says_so(
    panel: SearchPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iceye_geo.panels.mapview.FLUID_FOOTPRINTS", 150)
    panel.search(wait_s=30)
    assert isinstance(panel.view, LeafletMap)
    assert "drawn simplified" in panel.note.value
    assert f"{FLUID_FOOTPRINTS:,}" in panel.note.value
    assert len(panel.view._layers["footprints"].data["features"]) < 15


def test_without_map_and_table_scripts_everything_works_by_form(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ipyleaflet", "anywidget"):
        monkeypatch.setitem(sys.modules, name, None)
    panel = SearchPanel(client, saved_areas=SavedAreas(tmp_path / "a"))
    assert isinstance(panel.table, PlainTable)
    assert not panel.view.interactive
    panel.area.text.value = "-12 34 32 66"
    panel.area.read.click()
    panel.find.click()
    settle(panel)
    lines = panel.table._lines
    lines.value = (lines.options[0][1], lines.options[2][1])
    settle(panel)
    assert [item.id for item in panel.selected] == list(lines.value)
    assert panel.current is panel.control.results.get(lines.value[-1])
    panel.table._order.value = "incidence"
    panel.table._page.value = 2
    assert panel.control.results.page == 1
    panel.tools.show_code.value = True
    assert panel.tools.code.value == panel.code()
    panel.close()


def test_the_rich_table_is_the_usual_one(panel: SearchPanel) -> None:
    assert isinstance(panel.table, RichTable)


def test_closing_stops_the_search(client: Client, sandbox: Sandbox, tmp_path: Path) -> None:
    panel = SearchPanel(client, saved_areas=SavedAreas(tmp_path / "a"))
    settle(panel)
    sandbox.faults.add(Fault("slow", "/catalog/v2/search", seconds=0.6))
    panel.search()
    panel.close()
    assert not panel.jobs.running("search")
    assert panel.items == []
    assert not [t for t in threading.enumerate() if t.name.startswith("iceye-geo ")]
