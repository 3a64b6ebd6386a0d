"""The tasking panel as a person drives it: values and clicks, never the controller's insides."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import geopandas as gpd
import pytest
from shapely.geometry import Point

from iceye_geo import Client
from iceye_geo.errors import AuthenticationError, InsufficientFundsError, InvalidInputError, RateLimitedError
from iceye_geo.panels import tasking as module
from iceye_geo.panels.leaflet_map import LeafletMap
from iceye_geo.panels.mapview import NoMap
from iceye_geo.panels.tasking import TaskingPanel
from iceye_geo.panels.tasking_control import TaskingControl
from iceye_geo.sandbox.faults import Fault


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PRICE_DELAY_S", 0.02)
    monkeypatch.setattr(module, "FEASIBILITY_DELAY_S", 0.03)


@pytest.fixture
def panel(desk: Client) -> Iterator[TaskingPanel]:
    made = TaskingPanel(desk)
    assert made.jobs.wait(timeout=60)
    yield made
    made.close()


def settle(panel: TaskingPanel) -> None:
    assert panel.jobs.wait(timeout=60)


def drop_marker(panel: TaskingPanel, lon: float, lat: float) -> None:
    assert isinstance(panel.view, LeafletMap)
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    panel.view._draw.data = [{"type": "Feature", "properties": {}, "geometry": geometry}]


def creations(desk: Client) -> int:
    log = desk.sandbox_server.requests
    return sum(1 for r in log if r.method == "POST" and r.path.endswith("/tasking/v2/tasks"))


def visible(widget) -> bool:
    return widget.layout.display != "none"


def test_the_contract_fills_the_form(panel: TaskingPanel) -> None:
    fields = panel.fields
    assert fields.contract.label == "Sandbox constellation contract"
    assert any("not in force" in label for label, _ in fields.contract.options)
    assert fields.mode.value == "SPOTLIGHT"
    assert fields.options["sla"].options[0] == ("contract default (SLA_8H)", "")
    assert "AKIA" not in str(panel.widget.get_state()) + str(fields.delivery.get_state())
    plain = next(value for label, value in fields.contract.options if "without" in label)
    fields.contract.value = plain
    assert {value for _, value in fields.mode.options} == {"STRIPMAP", "SPOTLIGHT", "SCAN"}
    assert fields.options["priority"].disabled
    assert "24 h ahead" in panel._rules.value, "BACKGROUND is that contract's default"


def test_a_marker_on_the_map_draws_the_scene_and_asks(panel: TaskingPanel, desk: Client) -> None:
    drop_marker(panel, 24.9, 60.2)
    assert panel.fields.place.value == "24.9, 60.2"
    assert "scene" in panel.view._layers
    assert "Spot: 5 × 5 km, performant incidence 20–40°" in panel._on_map.words.value
    settle(panel)
    assert panel.estimate.total.price.amount == 180000
    assert panel.verdicts[0].feasible
    assert "1,800.00 EUR" in panel._cards.value
    assert "✓ feasible" in panel._cards.value
    assert creations(desk) == 0


def test_a_typed_place_and_another_mode_move_the_outline(panel: TaskingPanel) -> None:
    panel.fields.place.value = "24.9, 60.2"
    first = panel.view._layers["scene"].data
    panel.fields.mode.value = "STRIPMAP"
    assert panel.view._layers["scene"].data != first
    assert "15–35°" in panel._on_map.words.value
    assert panel.fields.incidence.value == (15, 35)
    panel.fields.look_side.value = "LEFT"
    assert "looking left" in panel._on_map.words.value
    settle(panel)


def test_a_typed_place_takes_the_marker_of_another_away(panel: TaskingPanel) -> None:
    drop_marker(panel, 24.9, 60.2)
    assert "places" not in panel.view._layers, "the marker shows it"
    panel.fields.place.value = "25.5, 60.3"
    assert panel.view._draw.data == []
    assert panel.form.places[0].point == (25.5, 60.3)
    assert "places" in panel.view._layers


def test_a_burst_of_changes_costs_one_question(
    panel: TaskingPanel, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PRICE_DELAY_S", 0.2)
    monkeypatch.setattr(module, "FEASIBILITY_DELAY_S", 0.2)
    desk.sandbox_server.requests.clear()
    for n in range(10):
        panel.fields.place.value = f"{20 + n}, 60.2"
    settle(panel)
    log = list(desk.sandbox_server.requests)
    assert sum(r.path.endswith("/price") for r in log) == 1
    assert sum(r.path.endswith("/feasibility") for r in log) == 1


def test_a_place_that_is_none_says_why(panel: TaskingPanel) -> None:
    panel.fields.place.value = "somewhere"
    assert "is not a longitude and a latitude" in panel._problems.value
    assert panel._review_button.disabled
    panel.fields.place.value = "24.9, 60.2"
    settle(panel)
    assert not panel._review_button.disabled


def test_window_rules_bite_and_one_click_mends_them(panel: TaskingPanel) -> None:
    panel.fields.place.value = "24.9, 60.2"
    panel.fields.start.value = (datetime.now(UTC) + timedelta(hours=1)).replace(tzinfo=None)
    assert "must start at least 12 h ahead" in panel._rules.value
    assert visible(panel._mend)
    assert panel._review_button.disabled
    panel._mend.click()
    assert not visible(panel._mend)
    assert not panel._review_button.disabled
    panel.fields.presets[0].click()
    assert panel.form.window[1] - panel.form.window[0] == timedelta(days=1)
    panel.fields.end.value = None
    assert "choose when" in panel._problems.value.lower()
    settle(panel)


def test_review_then_a_second_click_orders(panel: TaskingPanel, desk: Client) -> None:
    heard = []
    panel.on_ordered(heard.extend)
    drop_marker(panel, 24.9, 60.2)
    panel.fields.reference.value = "Port <b>"
    settle(panel)
    panel._review_button.click()
    settle(panel)
    assert creations(desk) == 0
    page = panel._box.page.value
    told = (
        "1,800.00 EUR",
        "42,075.00 EUR after it",
        "100 % of the price: 1,800.00 EUR",
        "no webhook",
        "you download it",
    )
    assert [words for words in told if words not in page] == []
    assert "Port &lt;b&gt;" in page
    assert panel._box.send_button.description == "Order 1 task for 1,800.00 EUR"
    panel._box.send_button.click()
    panel._box.send_button.click()
    settle(panel)
    assert creations(desk) == 1
    assert [t.reference for t in panel.tasks] == ["Port <b>"]
    assert heard == panel.tasks
    assert "Ordered" in panel._box.outcome.value
    assert panel.estimate.total.available == 4207500, "the budget card is fresh again"


def test_a_change_of_the_form_takes_the_review_away(panel: TaskingPanel, desk: Client) -> None:
    drop_marker(panel, 24.9, 60.2)
    panel._review_button.click()
    settle(panel)
    assert panel.review is not None
    panel.fields.mode.value = "SCAN"
    assert panel.review is None
    panel._box.send_button.click()
    settle(panel)
    assert creations(desk) == 0


def test_an_unknown_price_is_said_and_needs_a_tick(panel: TaskingPanel, desk: Client) -> None:
    fields = panel.fields
    fields.contract.value = next(value for label, value in fields.contract.options if "without" in label)
    fields.place.value = "24.9, 60.2"
    panel._mend.click()
    settle(panel)
    assert "not known" in panel._cards.value
    panel._review_button.click()
    settle(panel)
    assert "It may cost any amount" in panel._box.page.value
    assert visible(panel._box.tick)
    assert panel._box.send_button.disabled
    panel._box.tick.value = True
    assert panel._box.send_button.description == "Order 1 task for an unknown price"
    assert not panel._box.send_button.disabled
    panel._box.back_button.click()
    assert panel.review is None
    assert creations(desk) == 0


def test_several_places_from_a_geodataframe_and_from_text(panel: TaskingPanel, desk: Client) -> None:
    panel.use_places(
        gpd.GeoDataFrame({"name": ["A", "B"]}, geometry=[Point(24.9, 60.2), Point(25.5, 60.2)], crs=4326)
    )
    settle(panel)
    assert panel.estimate.total.price.amount == 360000
    assert panel.fields.place.placeholder == "2 places from a table"
    panel.fields.table.value = "A, 24.9, 60.2\nB, 25.5, 60.2\nPole, 0, 89.9"
    panel.fields.use_table.click()
    settle(panel)
    assert "2 of 3 feasible" in panel._cards.value
    panel._review_button.click()
    settle(panel)
    panel._box.tick.value = True
    panel._box.send_button.click()
    settle(panel)
    assert [t.reference for t in panel.tasks] == ["A", "B", "Pole"]
    assert creations(desk) == 3


def test_a_table_with_a_bad_line_is_shown_as_an_error(
    panel: TaskingPanel, shown_errors: list[BaseException]
) -> None:
    panel.fields.table.value = "A, 24.9, 95"
    panel.fields.use_table.click()
    assert isinstance(shown_errors.pop(), InvalidInputError)
    assert "line 1" in panel._alert.value


def test_questions_that_fail_say_so_and_can_be_asked_again(
    panel: TaskingPanel, desk: Client, shown_errors: list[BaseException]
) -> None:
    desk.sandbox_server.faults.add(Fault("429", "/price", times=100, retry_after=0))
    drop_marker(panel, 24.9, 60.2)
    settle(panel)
    assert isinstance(shown_errors.pop(), RateLimitedError)
    assert "the question failed" in panel._cards.value
    assert "✓ feasible" in panel._cards.value
    desk.sandbox_server.faults.clear()
    panel._again.click()
    settle(panel)
    assert "1,800.00 EUR" in panel._cards.value
    assert not visible(panel._alert)
    assert not visible(panel._again)


def test_a_401_in_the_middle_of_the_review_orders_nothing(
    panel: TaskingPanel, desk: Client, shown_errors: list[BaseException]
) -> None:
    drop_marker(panel, 24.9, 60.2)
    settle(panel)
    desk.sandbox_server.faults.add(Fault("401", "/tasking/", times=100))
    panel._review_button.click()
    settle(panel)
    assert isinstance(shown_errors.pop(), AuthenticationError)
    assert panel.review is None
    assert not panel._review_button.disabled


def test_money_that_is_gone_when_it_is_sent(
    panel: TaskingPanel, desk: Client, shown_errors: list[BaseException]
) -> None:
    panel.use_places("A, 24.9, 60.2\nB, 25.5, 60.2")
    settle(panel)
    panel._review_button.click()
    settle(panel)
    budget = desk.sandbox_server.platform.budgets[panel.form.contract_id]
    budget.spend_limit = budget.consolidated_spent + 200000
    panel._box.send_button.click()
    settle(panel)
    assert isinstance(shown_errors.pop(), InsufficientFundsError)
    assert "1 not sent" in panel._box.outcome.value
    panel._box.rest_button.click()
    settle(panel)
    assert [p.name for p in panel.form.places] == ["B"]
    assert "does not cover" in panel._box.page.value
    assert panel._box.send_button.disabled


def test_contracts_that_cannot_be_read_leave_a_way_on(
    desk: Client, shown_errors: list[BaseException]
) -> None:
    desk.sandbox_server.faults.add(Fault("500", "/contracts", times=100))
    panel = TaskingPanel(desk)
    settle(panel)
    assert shown_errors.pop() is panel.last_error
    desk.sandbox_server.faults.clear()
    panel._again.click()
    settle(panel)
    assert panel.fields.mode.value == "SPOTLIGHT"
    panel.close()


def test_without_a_map_the_form_does_everything(desk: Client) -> None:
    panel = TaskingPanel(desk, view=NoMap("No map here."))
    settle(panel)
    panel.fields.place.value = "24.9, 60.2"
    settle(panel)
    panel._review_button.click()
    settle(panel)
    panel._box.send_button.click()
    settle(panel)
    assert len(panel.tasks) == 1
    panel.close()


def test_a_closed_panel_asks_no_more(panel: TaskingPanel, desk: Client) -> None:
    panel.close()
    desk.sandbox_server.requests.clear()
    panel.fields.place.value = "24.9, 60.2"
    settle(panel)
    assert len(desk.sandbox_server.requests) == 0


@pytest.mark.parametrize("mode", ["STRIPMAP", "SPOTLIGHT_FINE"])
def test_a_mode_set_before_the_contracts_are_read_holds(
    desk: Client, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    released = threading.Event()
    control = TaskingControl(desk)
    contracts = control.contracts()
    plain = next(one.id for one in contracts if "without" in (one.name or ""))
    monkeypatch.setattr(control, "default_contract", lambda: plain)
    monkeypatch.setattr(control, "contracts", lambda: released.wait(60) and contracts)
    panel = TaskingPanel(desk, control=control)
    try:
        assert panel.form.mode == "SPOTLIGHT", "a sensible mode from the start"
        panel.use_places([(24.9, 60.2)])
        assert "scene" in panel.view._layers
        panel.fields.mode.value = mode
        released.set()
        settle(panel)
        assert (panel.form.contract_id, panel.form.mode) == (plain, mode)
        assert ("mode" in panel._problems.value) == (mode == "SPOTLIGHT_FINE"), "what is not allowed is told"
    finally:
        panel.close()


def test_closing_stops_its_threads(panel: TaskingPanel, desk: Client) -> None:
    desk.sandbox_server.faults.add(Fault("slow", "/tasking/", seconds=0.3, times=20))
    panel.use_places([(24.9, 60.2)])
    panel.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("iceye-geo ")]


def test_a_place_that_cannot_be_imaged_needs_a_tick(panel: TaskingPanel, desk: Client) -> None:
    panel.use_places([(24.9, 89.9)])
    settle(panel)
    assert not panel.verdicts[0].feasible
    assert "✕ not feasible" in panel._cards.value
    panel._review_button.click()
    settle(panel)
    assert "It is not feasible" in panel._box.page.value
    assert panel._box.send_button.disabled
    panel._box.tick.value = True
    assert not panel._box.send_button.disabled
    assert creations(desk) == 0
