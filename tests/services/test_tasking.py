"""Ordering and cancelling over real HTTP: against the sandbox, and a scripted server where faults are needed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from transport.loopback import Answer, Loopback

from iceye_geo import Client
from iceye_geo.errors import (
    BadRequestError,
    ConnectionFailedError,
    InsufficientFundsError,
    InvalidInputError,
    MoneyGuardError,
    RuleWarning,
)
from iceye_geo.models.cancellation import CancellationCharge
from iceye_geo.models.tasking import Task
from iceye_geo.sandbox import Sandbox
from iceye_geo.services.tasking import TaskingService
from iceye_geo.transport.session import Session

from .conftest import CONTRACT, body_of
from .tasks import PACIFIC, TASKS, sent, window


class TestCreate:
    def test_every_option_arrives(self, client: Client, order: Callable[..., Task]) -> None:
        place = client.delivery.locations()[0]
        webhook = client.notifications.register("https://hooks.example.org/iceye")
        task = order(
            reference="harbour", exclusivity="PUBLIC", priority="BACKGROUND", sla="SLA_3H", eula="GOVERNMENT",
            incidence=(25, 35), look_side="LEFT", pass_direction="DESCENDING", product_types=["GRD-COG"],
            imaging_duration=12, deliveries=place.target(sub_path="x"), webhook_id=webhook,
        )  # fmt: skip
        read = client.tasking.get(task)
        assert read.status == "RECEIVED"
        assert (read.reference, read.exclusivity, read.priority) == ("harbour", "PUBLIC", "BACKGROUND")
        assert (read.sla, read.eula, read.imaging_duration) == ("SLA_3H", "GOVERNMENT", 12)
        assert (read.look_side, read.pass_direction) == ("LEFT", "DESCENDING")
        assert read.incidence_angle is not None
        assert (read.incidence_angle.min, read.incidence_angle.max) == (25, 35)
        assert str(read.deliveries[0].locations[0]) == f"{place.bucket}/x"
        assert read.notifications is not None
        assert read.notifications.webhook_id == webhook.id
        client.notifications.delete(webhook)

    def test_the_limit_is_kept_before_anything_is_sent(
        self, client: Client, sandbox: Sandbox, order: Callable[..., Task], contracts: dict[str, str]
    ) -> None:
        with pytest.raises(MoneyGuardError, match=r"1,500\.00 EUR"):
            order(max_price=149999)
        with pytest.raises(MoneyGuardError, match="cannot be known"):
            order(max_price=10**9, contract_id=contracts["no-plan"])
        assert sent(sandbox, "POST", "/tasks") == 0
        assert order(max_price=150000).status == "RECEIVED"

    @pytest.mark.parametrize(
        "changes", [{"window": window(1)}, {"window": window(300)}, {"sla": "SLA_1H"}, {"mode": "TELEPATHY"}]
    )
    def test_what_breaks_a_rule_is_not_sent(
        self, sandbox: Sandbox, order: Callable[..., Task], changes: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInputError):
            order(**changes)
        assert sent(sandbox, "POST", "") == 0

    def test_the_servers_refusals_have_their_own_classes(
        self, order: Callable[..., Task], contracts: dict[str, str]
    ) -> None:
        with pytest.warns(RuleWarning, match="24 h wide"), pytest.raises(BadRequestError, match="24 hours"):
            order(window=window(96, 2))
        with pytest.raises(InvalidInputError, match="in force"):
            order(contract_id=contracts["expired"])

    def test_the_checks_can_be_left_to_the_server(self, order: Callable[..., Task]) -> None:
        with pytest.raises(BadRequestError, match="12 hours"):
            order(window=window(1), check=False)

    def test_insufficient_funds_are_the_servers_word(self, server: Loopback, scripted: Session) -> None:
        body = {"code": "ERR_INSUFFICIENT_FUNDS", "message": "could not create task: insufficient funds"}
        server.on(TASKS, Answer(400, body))
        with pytest.raises(InsufficientFundsError, match="budget"):
            TaskingService(scripted).create(point=PACIFIC, window=window(), mode="SCAN", check=False)

    def test_a_dropped_answer_is_not_repeated_and_says_what_to_look_at(
        self, server: Loopback, scripted: Session
    ) -> None:
        server.on(TASKS, Answer(cut="before"))
        with pytest.raises(ConnectionFailedError) as caught:
            TaskingService(scripted).create(point=PACIFIC, window=window(), mode="SCAN", check=False)
        assert len(server.asked(TASKS)) == 1
        assert "client.tasking.list()" in "".join(caught.value.__notes__)

    def test_a_contract_without_permission_to_read_it_is_no_obstacle(
        self, server: Loopback, scripted: Session
    ) -> None:
        server.on(
            f"/api/company/v1/contracts/{CONTRACT}", Answer(403, {"code": "ERR_FORBIDDEN", "message": "no"})
        )
        server.on(TASKS, Answer(201, {"id": "t", "status": "RECEIVED"}))
        task = TaskingService(scripted).create(point=PACIFIC, window=window(), mode="SCAN")
        assert task.id == "t"
        assert body_of(server.asked(TASKS)[0])["contractID"] == CONTRACT

    def test_the_contract_is_looked_up_once_for_several_calls(
        self, server: Loopback, scripted: Session
    ) -> None:
        path = f"/api/company/v1/contracts/{CONTRACT}"
        server.on(path, Answer(200, {"id": CONTRACT}))
        server.on(TASKS, Answer(201, {"id": "t", "status": "RECEIVED"}))
        service = TaskingService(scripted)
        for _ in range(3):
            service.create(point=PACIFIC, window=window(), mode="SCAN")
        assert len(server.asked(path)) == 1


class TestCancel:
    def test_far_ahead_it_is_free_and_the_money_comes_back(
        self, client: Client, order: Callable[..., Task], contracts: dict[str, str]
    ) -> None:
        before = client.company.budget(contracts["plan"])
        task = order()
        assert client.company.budget(contracts["plan"]).on_hold == before.on_hold + 150000
        assert client.tasking.cancel(task, max_charge=0).status == "CANCELED"
        assert client.company.budget(contracts["plan"]) == before

    def test_the_charge_is_said_before_it_is_sent(
        self, client: Client, sandbox: Sandbox, order: Callable[..., Task], caplog: pytest.LogCaptureFixture
    ) -> None:
        task = order(window=window(30))
        shown: list[CancellationCharge] = []

        def confirm(charge: CancellationCharge) -> bool:
            shown.append(charge)
            return False

        with caplog.at_level(logging.INFO), pytest.raises(MoneyGuardError, match="not confirmed"):
            client.tasking.cancel(task, confirm=confirm)
        assert (shown[0].percent, shown[0].amount) == (20, 30000)
        assert "20 % of 1,500.00 EUR: 300.00 EUR" in caplog.text
        with pytest.raises(MoneyGuardError, match=r"300\.00 EUR"):
            client.tasking.cancel(task, max_charge=29999)
        assert sent(sandbox, "PATCH", "") == 0
        assert client.tasking.cancel(task, max_charge=30000, confirm=lambda _: True).status == "CANCELED"

    def test_a_charge_nobody_knows_is_above_every_limit(self, server: Loopback, scripted: Session) -> None:
        start = datetime.now(UTC) + timedelta(hours=30)
        task = {
            "id": "t", "status": "ACTIVE", "contractID": CONTRACT, "imagingMode": "SCAN",
            "pointOfInterest": {"lat": 1, "lon": 2}, "priority": "COMMERCIAL", "exclusivity": "PRIVATE",
            "eula": "STANDARD",
            "acquisitionWindow": {"start": start.isoformat(), "end": (start + timedelta(days=2)).isoformat()},
        }  # fmt: skip
        server.on(f"{TASKS}/t", Answer(200, task))
        server.on(f"/api/company/v1/contracts/{CONTRACT}", Answer(200, {"id": CONTRACT}))
        server.on("/api/tasking/v2/price", Answer(404, {"code": "not_found", "message": "no plan"}))
        with pytest.raises(MoneyGuardError, match="20 % of the price, which is not known: no plan"):
            TaskingService(scripted).cancel("t", max_charge=10**9)
        assert {seen.method for seen in server.asked(f"{TASKS}/t")} == {"GET"}

    @pytest.mark.parametrize("status", ["FULFILLED", "DONE", "CANCELED", "REJECTED", "FAILED"])
    def test_what_the_status_forbids_is_not_sent(
        self, server: Loopback, scripted: Session, status: str
    ) -> None:
        server.on(f"{TASKS}/t", Answer(200, {"id": "t", "status": status}))
        with pytest.raises(InvalidInputError, match=f"{status} tasks cannot be canceled"):
            TaskingService(scripted).cancel("t")
        assert [seen.method for seen in server.asked(f"{TASKS}/t")] == ["GET"]

    @pytest.mark.parametrize("limit", [-1, 1.5, True])
    def test_the_limit_is_a_whole_number(self, server: Loopback, scripted: Session, limit: Any) -> None:
        server.on(f"{TASKS}/t", Answer(200, {"id": "t", "status": "ACTIVE"}))
        with pytest.raises(InvalidInputError, match="max_charge"):
            TaskingService(scripted).cancel("t", max_charge=limit)
