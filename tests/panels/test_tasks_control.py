"""Following orders without a screen: everything is read back, told live, cancelled for no more than was shown."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iceye_geo import Client
from iceye_geo.errors import (
    ApiError,
    AuthenticationError,
    InvalidInputError,
    MoneyGuardError,
    RateLimitedError,
)
from iceye_geo.models.cancellation import CancellationCharge
from iceye_geo.models.tasking import Task
from iceye_geo.panels.jobs import Stopped, Ticket
from iceye_geo.panels.tasks_control import TasksControl, can_look_into, data_asset, product_of
from iceye_geo.sandbox.faults import Fault
from iceye_geo.webhooks.store import CallbackStore


@pytest.fixture
def control(desk: Client) -> TasksControl:
    return TasksControl(desk, poll_s=0.05)


def order_task(desk: Client, *, hours: float = 100, reference: str | None = None) -> Task:
    start = datetime.now(UTC) + timedelta(hours=hours)
    return desk.tasking.create(
        point=(24.9, 60.2), window=(start, start + timedelta(hours=72)), mode="SPOTLIGHT", reference=reference
    )


def buy(desk: Client) -> str:
    item = next(iter(desk.catalog.search(collections=["public"], max_items=1).items()))
    return desk.catalog.purchase(item).id


def test_a_new_control_reads_everything_back(desk: Client, control: TasksControl) -> None:
    task, purchase = order_task(desk, reference="Port"), buy(desk)
    desk.sandbox_server.force(task.id, "ACTIVE")
    orders = control.read()
    assert {o.id for o in orders} == {task.id, purchase}
    seen = control.get(task.id)
    assert (seen.title, seen.status) == ("Port", "ACTIVE")
    assert seen.scene is not None
    assert seen.footprint["type"] == "Polygon"
    assert TasksControl(desk).read()[0].id in {task.id, purchase}


def test_scenes_are_not_asked_for_twice(desk: Client, control: TasksControl) -> None:
    task = order_task(desk)
    desk.sandbox_server.force(task.id, "ACTIVE")
    control.read()
    desk.sandbox_server.requests.clear()
    control.read()
    assert control.get(task.id).scene is not None
    assert not [r for r in desk.sandbox_server.requests if r.path.endswith("/scene")]


def test_an_order_that_was_never_seen_is_refused(control: TasksControl) -> None:
    with pytest.raises(InvalidInputError, match="not in the list"):
        control.get("nobody")


def test_following_tells_each_change_until_the_end(desk: Client, control: TasksControl) -> None:
    task = order_task(desk)
    control.read()
    seen: list[str] = []

    def changed(order, change) -> None:
        seen.append(order.status)
        if order.status == "ACTIVE":
            desk.sandbox_server.force(task.id, "DONE")

    desk.sandbox_server.force(task.id, "ACTIVE")
    control.follow(changed, ticket=Ticket())
    assert seen[0] == "ACTIVE"
    assert seen[-1] == "DONE"


def test_a_stopped_follow_ends_at_once(desk: Client) -> None:
    slow = TasksControl(desk, poll_s=60)
    order_task(desk)
    slow.read()
    ticket, ended = Ticket(), threading.Event()

    def follow() -> None:
        with pytest.raises(Stopped):
            slow.follow(lambda *_: None, ticket=ticket)
        ended.set()

    threading.Thread(target=follow, daemon=True).start()
    ticket.stop()
    assert ended.wait(60)


def test_a_callback_makes_it_look_long_before_the_poll(desk: Client, tmp_path: Path) -> None:
    task = order_task(desk)
    with CallbackStore(tmp_path / "callbacks.db") as store:
        control = TasksControl(desk, store=store)
        assert "follows ICEYE's callbacks" in control.live_words
        control.read()
        seen, ticket = [], Ticket()

        def changed(order, change) -> None:
            seen.append((order.status, change.cause))
            ticket.stop()

        def call() -> None:
            desk.sandbox_server.force(task.id, "ACTIVE")
            store.add(b"{}", ids=(task.id,))

        threading.Timer(0.8, call).start()
        with pytest.raises(Stopped):
            control.follow(changed, ticket=ticket)
    assert seen == [("ACTIVE", "callback")]


def test_a_refusal_for_good_ends_the_follow_and_a_passing_one_does_not(
    desk: Client, control: TasksControl
) -> None:
    task = order_task(desk)
    control.read()
    desk.sandbox_server.faults.add(Fault("429", "/tasks/", times=2, retry_after=0))
    desk.sandbox_server.force(task.id, "CANCELED")
    seen: list[str] = []
    control.follow(lambda order, _: seen.append(order.status), ticket=Ticket())
    assert seen == ["CANCELED"]
    order_task(desk)
    control.read()
    desk.sandbox_server.faults.add(Fault("401", "/tasks/", times=500))
    with pytest.raises(AuthenticationError):
        control.follow(lambda *_: None, ticket=Ticket())


def test_what_was_seen_stays_when_the_service_refuses(desk: Client, control: TasksControl) -> None:
    order_task(desk)
    control.read()
    desk.sandbox_server.faults.add(Fault("429", "/tasks", times=500, retry_after=0))
    with pytest.raises(RateLimitedError):
        control.read()
    assert len(control.orders) == 1


# Cancelling


def test_a_free_cancel_is_sent_once(desk: Client, control: TasksControl) -> None:
    task = order_task(desk)
    control.read()
    charge = control.charge(task.id)
    assert charge.amount == 0
    assert control.cancel(task.id, charge).status == "CANCELED"
    assert control.cancel(task.id, charge).status == "CANCELED"
    patches = [r for r in desk.sandbox_server.requests if r.method == "PATCH"]
    assert len(patches) == 1


def test_a_charge_is_told_and_is_the_most_that_is_paid(desk: Client, control: TasksControl) -> None:
    task = order_task(desk, hours=50)
    control.read()
    charge = control.charge(task.id)
    assert (charge.percent, charge.amount) == (10, 18000)
    free = CancellationCharge(0, timedelta(hours=73))
    with pytest.raises(MoneyGuardError):
        control.cancel(task.id, free)
    assert desk.tasking.get(task).status == "RECEIVED"
    assert control.cancel(task.id, charge).status == "CANCELED"


def test_a_charge_nobody_knows_must_be_accepted(desk: Client, control: TasksControl) -> None:
    task = order_task(desk, hours=50)
    control.read()
    unknown = CancellationCharge(10, timedelta(hours=50), None, "the contract has no pricing plan")
    with pytest.raises(MoneyGuardError, match="Accept first"):
        control.cancel(task.id, unknown)
    assert control.cancel(task.id, unknown, accepted=True).status == "CANCELED"


def test_too_late_is_said_and_the_new_state_shown(desk: Client, control: TasksControl) -> None:
    task = order_task(desk)
    control.read()
    charge = control.charge(task.id)
    desk.sandbox_server.force(task.id, "DONE")
    with pytest.raises(InvalidInputError, match="DONE tasks cannot be canceled"):
        control.cancel(task.id, charge)
    assert control.get(task.id).status == "DONE"
    with pytest.raises(InvalidInputError, match="too late"):
        control.charge(task.id)


def test_a_purchase_cannot_be_cancelled(desk: Client, control: TasksControl) -> None:
    purchase = buy(desk)
    control.read()
    with pytest.raises(InvalidInputError, match="purchase cannot be cancelled"):
        control.charge(purchase)


# Products


def test_products_are_looked_into_and_downloaded(desk: Client, control: TasksControl, tmp_path: Path) -> None:
    task = order_task(desk)
    control.read()
    assert control.products(task.id) == []
    desk.sandbox_server.force(task.id, "DONE")
    assert control.details(task.id).status == "DONE"
    items = control.products(task.id)
    assert {product_of(i) for i in items} == {"GRD-COG", "SLC-COG", "QLK"}
    grd = next(i for i in items if product_of(i) == "GRD-COG")
    assert [can_look_into(i) for i in items].count(True) == 1
    with desk.open_cog(grd) as cog:
        assert cog.info().width > 0
    steps: list[tuple[int, int]] = []
    path = control.download(grd, tmp_path, ticket=Ticket(), progress=lambda *s: steps.append(s))
    assert path.stat().st_size == steps[-1][0] == steps[-1][1]


def test_a_stopped_download_leaves_no_finished_file(
    desk: Client, control: TasksControl, tmp_path: Path
) -> None:
    task = order_task(desk)
    desk.sandbox_server.force(task.id, "DONE")
    control.read()
    grd = next(i for i in control.products(task.id) if product_of(i) == "GRD-COG")
    ticket = Ticket()
    ticket.stop()
    with pytest.raises(Stopped):
        control.download(grd, tmp_path, ticket=ticket)
    assert not [p for p in tmp_path.iterdir() if not p.name.startswith(".")]


def test_the_items_of_a_purchase_have_their_data_asset(desk: Client, control: TasksControl) -> None:
    purchase = buy(desk)
    control.read()
    desk.sandbox_server.force(purchase, "closed")
    assert control.details(purchase).status == "CLOSED"
    items = control.products(purchase)
    assert items
    assert all(data_asset(item) for item in items if product_of(item) == "GRD-COG")


def test_a_failed_task_says_so(desk: Client, control: TasksControl) -> None:
    task = order_task(desk)
    desk.sandbox_server.force(task.id, "FAILED")
    (order,) = control.read()
    assert order.tone == "bad"
    assert order.steps[-1].name == "Failed"
    assert control.products(task.id) == []


def test_errors_of_the_list_are_of_the_package(desk: Client, control: TasksControl) -> None:
    desk.sandbox_server.faults.add(Fault("500", "/purchases", times=500))
    with pytest.raises(ApiError):
        control.read()
