"""An order tells how far it is, in an order that a person can follow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iceye_geo.models.catalog import Purchase
from iceye_geo.models.tasking import Scene, Task
from iceye_geo.panels.orders import Order, newest_first

WINDOW = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-25T00:00:00Z"}
IMAGING = {"start": "2026-11-24T10:15:02Z", "end": "2026-11-24T10:15:12Z"}


def task(status: str, **more: object) -> Task:
    raw = {
        "id": "0123456789",
        "status": status,
        "createdAt": "2026-11-20T00:00:00Z",
        "acquisitionWindow": WINDOW,
    }
    return Task.from_wire(raw | more)


@pytest.mark.parametrize(
    ("status", "done", "now"),
    [
        ("RECEIVED", [], "Received"),
        ("ACTIVE", ["Received"], "Planned"),
        ("FULFILLED", ["Received", "Planned", "Imaged"], "First products"),
        ("DONE", ["Received", "Planned", "Imaged", "First products", "Complete"], None),
    ],
)
def test_the_time_line_follows_the_status(status: str, done: list[str], now: str | None) -> None:
    steps = Order(task(status)).steps
    assert [s.name for s in steps if s.state == "done"] == done
    assert next((s.name for s in steps if s.state == "now"), None) == now


@pytest.mark.parametrize("status", ["REJECTED", "FAILED", "CANCELED"])
def test_a_bad_end_is_told_as_an_end(status: str) -> None:
    order = Order(task(status))
    assert order.tone == "bad"
    assert order.steps[-1].state == "ended"
    assert order.steps[-1].name == status.capitalize()


def test_the_planned_time_takes_the_place_of_the_window() -> None:
    scene = Scene.from_wire({"imagingTime": IMAGING, "duration": 10})
    assert Order(task("ACTIVE")).when == "23 Nov 00:00 – 25 Nov 00:00 UTC"
    planned = Order(task("ACTIVE"), scene)
    assert planned.when == "24 Nov 10:15:02 UTC"
    assert planned.steps[2].when == datetime(2026, 11, 24, 10, 15, 2, tzinfo=UTC)
    assert "may still shift" in planned.steps[2].note


def test_a_status_nobody_knows_yet_is_shown_as_it_is() -> None:
    order = Order(task("ON_HOLD"))
    assert (order.status, order.tone) == ("ON_HOLD", "busy")
    assert len(order.steps) == 5


def test_purchases_and_their_ends() -> None:
    bought = Purchase.from_wire({"id": "p-1", "status": "closed", "frameID": "17_1"})
    assert Order(bought).title == "Frame 17_1"
    assert [s.state for s in Order(bought).steps] == ["done", "done", "done"]
    failed = Purchase.from_wire({"id": "p-1", "status": "failed"})
    assert Order(failed).steps[-1].state == "ended"
    assert Order(failed).point is None


def test_what_is_on_its_way_comes_first() -> None:
    early = Order(task("ACTIVE", id="early"))
    late = Order(task("DONE", id="late", createdAt="2026-11-21T00:00:00Z"))
    undated = Order(task("ACTIVE", id="undated", createdAt=None))
    assert [o.id for o in newest_first([undated, late, early])] == ["early", "undated", "late"]
