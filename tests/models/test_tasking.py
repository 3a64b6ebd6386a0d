"""Tasks and scenes read tolerantly; what they can be asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.errors import UnexpectedAnswerError
from iceye_geo.models.base import Price
from iceye_geo.models.tasking import Scene, Task

START = datetime(2026, 11, 23, tzinfo=UTC)
WIRE: dict[str, Any] = {
    "id": "5b9f6a0e-1a53-4a0a-bb1c-1c6f7c6f0002",
    "contractID": "7d1f7a3c-8c0f-4a53-9d0a-5f2c6d1a0001",
    "pointOfInterest": {"lat": 60.1699, "lon": 24.9384},
    "acquisitionWindow": {"start": "2026-11-23T00:00:00Z", "end": "2026-11-25T00:00:00Z"},
    "createdAt": "2026-11-20T12:00:00Z",
    "imagingMode": "SPOTLIGHT",
    "status": "RECEIVED",
    "incidenceAngle": {"min": 20, "max": 40},
    "productTypes": ["GRD"],
    "deliveries": [{"locations": [{"configID": "c", "path": "b", "subPath": "s"}], "status": "pending"}],
    "notifications": {"webhook": {"id": "w"}},
}


def test_a_documented_task_is_read_and_written_back() -> None:
    task = Task.from_wire(WIRE)
    assert task.point == (24.9384, 60.1699)
    assert task.notifications is not None
    assert task.notifications.webhook_id == "w"
    assert str(task.deliveries[0]) == "b/s (pending)"
    written = task.to_dict()
    assert {k: written[k] for k in WIRE} == WIRE


def test_a_task_reads_as_one_line_and_the_card_tells_more() -> None:
    task = Task.from_wire(WIRE)
    assert repr(task) == (
        "Task(id='5b9f6a0e-1a53-4a0a-bb1c-1c6f7c6f0002', status='RECEIVED', imaging_mode='SPOTLIGHT', "
        "point=(24.9384, 60.1699), acquisition_window=2026-11-23 00:00Z to 2026-11-25 00:00Z)"
    )
    assert "7d1f7a3c-8c0f-4a53-9d0a-5f2c6d1a0001" in task._repr_html_()


def test_a_scene_reads_short_and_its_card_names_the_footprints_box() -> None:
    ring = [[24.9, 60.1], [25.0, 60.1], [25.0, 60.2], [24.9, 60.1]]
    scene = Scene.from_wire({
        "imagingTime": {"start": "2026-11-24T10:15:02Z", "end": "2026-11-24T10:15:12Z"}, "lookSide": "LEFT",
        "incidenceAngle": 31.42, "footprint": {"type": "Polygon", "coordinates": [ring]},
    })  # fmt: skip
    assert repr(scene) == (
        "Scene(imaging_time=2026-11-24 10:15:02Z to 2026-11-24 10:15:12Z, look_side='LEFT', incidence_angle=31.42)"
    )
    assert "Polygon, 24.900 to 25.000, 60.100 to 60.200" in scene._repr_html_()


def test_the_short_answer_of_cancel_is_enough() -> None:
    task = Task.from_wire({"id": "t", "status": "CANCELED", "deliveries": None, "productTypes": None})
    assert (task.is_terminal, task.has_failed, task.deliveries, task.product_types) == (True, True, [], [])


def test_a_leaked_layout_in_a_stamp_does_not_lose_the_task() -> None:
    task = Task.from_wire(WIRE | {"createdAt": "2023-12-20T15:04:05Z07:00"})
    assert task.created_at is None
    assert task.status == "RECEIVED"


def test_unknown_fields_and_statuses_pass_through() -> None:
    task = Task.from_wire(WIRE | {"status": "PAUSED", "newField": {"a": 1}})
    assert task.to_dict()["newField"] == {"a": 1}
    assert (task.is_terminal, task.has_products, task.cancellable, task.reached("ACTIVE")) == (False,) * 4


def test_a_task_without_an_id_is_no_task() -> None:
    with pytest.raises(UnexpectedAnswerError, match="id"):
        Task.from_wire({"status": "DONE"}, operation="getTask")


STATES = {
    "RECEIVED": (False, False, False, True),
    "ACTIVE": (False, False, True, True),
    "FULFILLED": (False, True, True, False),
    "DONE": (True, True, True, False),
    "REJECTED": (True, False, False, False),
    "FAILED": (True, False, False, False),
    "CANCELED": (True, False, False, False),
}


@pytest.mark.parametrize("status", STATES)
def test_being_over_and_having_products_are_separate_questions(status: str) -> None:
    task = Task.from_wire({"id": "t", "status": status.lower()})
    assert (task.is_terminal, task.has_products, task.has_scene, task.cancellable) == STATES[status]


def test_reached_follows_the_order_and_counts_the_jump_to_done() -> None:
    done, active = (Task.from_wire({"id": "t", "status": s}) for s in ("DONE", "ACTIVE"))
    assert done.reached("FULFILLED")
    assert not active.reached("FULFILLED")


def test_the_charge_follows_the_window_and_the_price() -> None:
    task = Task.from_wire(WIRE)
    charge = task.cancellation_charge(START - timedelta(hours=30), price=Price(amount=99, currency="EUR"))
    assert (charge.percent, charge.amount) == (20, 20)
    assert task.cancellation_charge(START - timedelta(hours=30)).amount is None
    assert task.cancellation_charge(START - timedelta(hours=73)).amount == 0


def test_without_a_window_the_whole_price_is_said() -> None:
    charge = Task.from_wire({"id": "t", "status": "ACTIVE"}).cancellation_charge(START)
    assert charge.percent == 100
    assert "not known" in charge.words


def test_a_task_shows_itself_as_a_table() -> None:
    html = Task.from_wire(WIRE | {"reference": "<script>"})._repr_html_()
    assert "SPOTLIGHT" in html
    assert "<script>" not in html


@pytest.mark.parametrize(
    ("sent", "read"),
    [("31.42", 31.42), (31.42, 31.42), ("31.4°", 31.4), (None, None), ("soon", None), ("", None)],
)
def test_the_incidence_of_a_scene_is_a_number(sent: Any, read: float | None) -> None:
    assert Scene.from_wire({"incidenceAngle": sent}).incidence_angle == read


def test_the_footprint_of_a_scene_is_a_shape_and_goes_back_to_the_wire() -> None:
    ring = [[24.89, 60.14], [24.98, 60.13], [24.99, 60.19], [24.89, 60.14]]
    wire = {
        "imagingTime": {"start": "2026-11-24T10:15:02Z", "end": "2026-11-24T10:15:12Z"}, "duration": 10.0,
        "footprint": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip
    scene = Scene.from_wire(wire)
    assert scene.footprint is not None
    assert scene.footprint.bounds == (24.89, 60.13, 24.99, 60.19)
    assert scene.to_dict() == wire
    assert str(scene.imaging_time) == "2026-11-24 10:15:02Z to 2026-11-24 10:15:12Z"
    assert Scene.from_wire({}).footprint is None


_json = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda x: st.lists(x, max_size=2) | st.dictionaries(st.text(max_size=4), x, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*WIRE, "other"]), _json))
def test_any_answer_is_read_or_refused_as_unexpected(extra: dict[str, Any]) -> None:
    try:
        task = Task.from_wire(WIRE | extra)
    except UnexpectedAnswerError:
        return
    assert task.to_dict()["id"] == task.id
