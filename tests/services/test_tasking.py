"""Tasking over real HTTP: against the sandbox, and against a server that answers by script where faults are needed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from transport.loopback import Answer, Loopback, Seen

from iceye_geo import Client
from iceye_geo.errors import (
    BadRequestError,
    ConnectionFailedError,
    InsufficientFundsError,
    InvalidInputError,
    MoneyGuardError,
    NoPricingPlanError,
    NotFoundError,
    RuleWarning,
    TaskFailedError,
    UnexpectedAnswerError,
    WaitTimeoutError,
)
from iceye_geo.models.base import Price
from iceye_geo.models.cancellation import CancellationCharge
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.models.tasking import Task
from iceye_geo.sandbox import Fault, Sandbox
from iceye_geo.services.tasking import TaskingService
from iceye_geo.transport.session import Session

from .conftest import CONTRACT, body_of

PACIFIC = (-150.0, 10.0)
TASKS = "/api/tasking/v2/tasks"


def window(start_h: float = 96, width_h: float = 48) -> tuple[datetime, datetime]:
    start = datetime.now(UTC) + timedelta(hours=start_h)
    return start, start + timedelta(hours=width_h)


@pytest.fixture
def order(client: Client, contracts: dict[str, str]) -> Iterator[Callable[..., Task]]:
    """Create tasks; those that can still be canceled are, so that the sandbox's budget is left as it was."""
    made: list[Task] = []

    def create(**changes: Any) -> Task:
        base = {"point": PACIFIC, "window": window(), "mode": "SPOTLIGHT", "contract_id": contracts["plan"]}
        made.append(client.tasking.create(**(base | changes)))
        return made[-1]

    yield create
    for task in made:
        if client.tasking.get(task).cancellable:
            client.tasking.cancel(task)


def sent(sandbox: Sandbox, method: str, path: str) -> int:
    return sum(1 for r in sandbox.requests if r.method == method and path in r.path)


class TestPrice:
    def test_all_seven_inputs_are_sent_the_contracts_defaults_where_none_are_given(
        self, server: Loopback, scripted: Session
    ) -> None:
        contract = {
            "id": CONTRACT, "priority": {"allowed": ["BACKGROUND", "COMMERCIAL"], "default": "COMMERCIAL"},
            "exclusivity": {"allowed": ["PUBLIC"]}, "eula": {"allowed": ["STANDARD"]},
        }  # fmt: skip
        server.on(f"/api/company/v1/contracts/{CONTRACT}", Answer(200, contract))
        server.on("/api/tasking/v2/price", Answer(200, {"amount": 5, "currency": "EUR"}))
        price = TaskingService(scripted).price(point=(24.9, 60.2), mode="SLH", priority="background")
        assert (price.amount, price.currency) == (5, "EUR")
        assert server.asked("/api/tasking/v2/price")[0].query == {
            "contractID": [CONTRACT], "imagingMode": ["SPOTLIGHT"], "pointOfInterest[lat]": ["60.2"],
            "pointOfInterest[lon]": ["24.9"], "exclusivity": ["PUBLIC"], "priority": ["BACKGROUND"],
            "sla": ["SLA_8H"], "eula": ["STANDARD"],
        }  # fmt: skip

    def test_an_input_nobody_knows_is_asked_for_by_name(self, server: Loopback, scripted: Session) -> None:
        server.on(f"/api/company/v1/contracts/{CONTRACT}", Answer(200, {"id": CONTRACT}))
        with pytest.raises(InvalidInputError) as caught:
            TaskingService(scripted).price(point=PACIFIC, mode="SPOTLIGHT")
        assert caught.value.field == "exclusivity"

    def test_a_contract_without_a_plan_says_so(self, client: Client, contracts: dict[str, str]) -> None:
        with pytest.raises(NoPricingPlanError):
            client.tasking.price(point=PACIFIC, mode="SPOTLIGHT", contract_id=contracts["no-plan"])

    def test_a_contract_that_is_not_there_is_not_found(self, client: Client) -> None:
        with pytest.raises(NotFoundError):
            client.tasking.price(point=PACIFIC, mode="SPOTLIGHT", contract_id=CONTRACT)

    def test_a_request_and_its_parts_price_alike(self, client: Client, contracts: dict[str, str]) -> None:
        request = TaskRequest(
            point=PACIFIC, window=window(), mode="SCAN", contract_id=contracts["plan"], eula="MULTI"
        )
        parts = client.tasking.price(point=PACIFIC, mode="SCAN", contract_id=contracts["plan"], eula="multi")
        assert client.tasking.price(request) == parts

    def test_a_request_with_parts_is_refused(self, client: Client) -> None:
        request = TaskRequest(point=PACIFIC, window=window(), mode="SCAN")
        with pytest.raises(InvalidInputError, match="combined"):
            client.tasking.price(request, mode="SCAN")
        with pytest.raises(InvalidInputError, match="TaskRequest"):
            client.tasking.price({"mode": "SCAN"})  # type: ignore[arg-type]
        with pytest.raises(InvalidInputError, match="mode"):
            client.tasking.price(point=PACIFIC)


class TestQuote:
    def test_it_is_price_and_budget_and_whether_it_fits(
        self, client: Client, contracts: dict[str, str]
    ) -> None:
        quote = client.tasking.quote(point=PACIFIC, mode="SPOTLIGHT", contract_id=contracts["plan"])
        budget = client.company.budget(contracts["plan"])
        assert quote.price == Price(amount=150000, currency="EUR")
        assert quote.budget == budget
        assert quote.fits is True
        assert budget.available is not None
        assert quote.available_after == budget.available - 150000

    def test_what_cannot_be_known_is_said(self, client: Client, contracts: dict[str, str]) -> None:
        quote = client.tasking.quote(point=PACIFIC, mode="SPOTLIGHT", contract_id=contracts["no-plan"])
        assert (quote.price, quote.budget, quote.fits) == (None, None, None)
        assert quote.price_unknown
        assert quote.budget_unknown


class TestFeasibility:
    def test_results_keep_their_requests_and_their_money(
        self, client: Client, contracts: dict[str, str]
    ) -> None:
        wanted = [
            TaskRequest(point=point, window=window(), mode="SPOTLIGHT")
            for point in (PACIFIC, (0.0, 89.9), PACIFIC)
        ]
        results = client.tasking.feasibility(wanted, contract_id=contracts["plan"])
        assert [one.feasible for one in results] == [True, False, True]
        assert all(one.request is request for one, request in zip(results, wanted, strict=True))
        assert results[1].reason
        assert results[0].quote.fits is True
        assert results.total == Price(amount=300000, currency="EUR")
        frame = results.to_dataframe()
        assert list(frame["feasible"]) == [True, False, True]
        assert "3,000.00 EUR together" in results._repr_html_()

    def test_equal_requests_are_priced_once(
        self, client: Client, sandbox: Sandbox, contracts: dict[str, str]
    ) -> None:
        wanted = [TaskRequest(point=PACIFIC, window=window(96 + n), mode="SPOTLIGHT") for n in range(4)]
        client.tasking.feasibility(wanted, contract_id=contracts["plan"])
        assert sent(sandbox, "GET", "/tasking/v2/price") == 1
        assert sent(sandbox, "POST", "/feasibility") == 1

    def test_without_prices_nothing_else_is_asked(
        self, client: Client, sandbox: Sandbox, contracts: dict[str, str]
    ) -> None:
        wanted = TaskRequest(point=PACIFIC, window=window(), mode="SPOTLIGHT")
        (result,) = client.tasking.feasibility(wanted, contract_id=contracts["plan"], with_price=False)
        assert result.price is None
        assert sent(sandbox, "GET", "/tasking/v2/price") == 0

    def test_a_request_that_breaks_a_rule_is_not_sent(
        self, client: Client, sandbox: Sandbox, contracts: dict[str, str]
    ) -> None:
        late = TaskRequest(point=PACIFIC, window=window(1), mode="SPOTLIGHT")
        with pytest.raises(InvalidInputError, match=r"window\.start"):
            client.tasking.feasibility([late], contract_id=contracts["plan"])
        with pytest.raises(InvalidInputError, match="at least one"):
            client.tasking.feasibility([])
        assert sent(sandbox, "POST", "") == 0

    @pytest.mark.parametrize(
        ("answer", "feasible", "reason"),
        [
            ({"feasibility": [{"result": "FEASIBLE"}]}, True, ""),
            ([{"result": "feasible"}], True, ""),
            ({"feasibility": [{"result": "MAYBE", "message": "clouds of doubt"}]}, False, "clouds of doubt"),
            ({"data": [{"result": "INFEASIBLE", "code": "E1"}]}, False, "E1"),
            ({"feasibility": [{}]}, False, ""),
            ({"feasibility": ["FEASIBLE"]}, True, ""),
        ],
    )
    def test_verdicts_are_read_tolerantly_and_only_feasible_is_feasible(
        self, server: Loopback, scripted: Session, answer: Any, feasible: bool, reason: str
    ) -> None:
        server.on("/api/tasking/v2/feasibility", Answer(200, answer))
        request = TaskRequest(point=PACIFIC, window=window(), mode="SPOTLIGHT")
        (one,) = TaskingService(scripted).feasibility(request, with_price=False, check=False)
        assert (one.feasible, one.reason) == (feasible, reason)
        assert isinstance(body_of(server.asked("/api/tasking/v2/feasibility")[0]), list)

    @pytest.mark.parametrize("answer", [{"feasibility": []}, {"x": 1}, {"feasibility": [{}, {}]}, "yes"])
    def test_verdicts_that_cannot_be_matched_are_not_guessed(
        self, server: Loopback, scripted: Session, answer: Any
    ) -> None:
        server.on("/api/tasking/v2/feasibility", Answer(200, answer))
        request = TaskRequest(point=PACIFIC, window=window(), mode="SPOTLIGHT")
        with pytest.raises(UnexpectedAnswerError):
            TaskingService(scripted).feasibility(request, with_price=False, check=False)


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


class TestList:
    def test_filters_reach_the_server_and_tasks_come_back(
        self, client: Client, order: Callable[..., Task], contracts: dict[str, str]
    ) -> None:
        before = datetime.now(UTC) - timedelta(minutes=1)
        task = order()
        found = client.tasking.list(contract_id=contracts["plan"], created_after=before)
        assert task.id in [t.id for t in found]
        assert not client.tasking.list(created_before="2020-01-01T00:00:00Z")
        assert not client.tasking.list(contract_id=contracts["no-plan"], created_after=before)
        frame = found.to_dataframe()
        assert {"id", "status", "imaging_mode"} <= set(frame.columns)

    def test_a_time_without_a_zone_is_refused_before_anything_is_sent(
        self, client: Client, sandbox: Sandbox
    ) -> None:
        with pytest.raises(InvalidInputError, match="created_after"):
            client.tasking.list(created_after=datetime(2026, 1, 1))
        assert sent(sandbox, "GET", "") == 0


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


class TestProducts:
    def test_pages_are_followed_and_items_know_their_task(
        self, server: Loopback, scripted: Session, products_page: dict[str, Any]
    ) -> None:
        def answer(seen: Seen) -> Answer:
            last = "cursor" in seen.query
            return Answer(200, products_page | {"cursor": "" if last else "next"})

        server.on(f"{TASKS}/t/products", answer)
        items = TaskingService(scripted).products("t")
        assert len(items) == 2 * len(products_page["data"])
        assert items[0].source is not None
        assert (items[0].source.kind, items[0].source.id) == ("task", "t")

    def test_one_type_has_its_own_path(
        self, server: Loopback, scripted: Session, products_page: dict[str, Any]
    ) -> None:
        server.on(f"{TASKS}/t/products/GRD-COG", Answer(200, products_page))
        (item, *_) = TaskingService(scripted).products("t", "grd-cog")
        assert item.source is not None
        assert item.source.product_type == "GRD-COG"
        with pytest.raises(InvalidInputError):
            TaskingService(scripted).products("t", "a/b")

    def test_there_are_none_before_the_task_has_them(
        self, client: Client, order: Callable[..., Task]
    ) -> None:
        task = order()
        with pytest.raises(NotFoundError):
            client.tasking.products(task)
        with pytest.raises(NotFoundError):
            client.tasking.scene(task)


class TestWholeLife:
    def test_a_task_is_followed_to_its_products(self, fast: Client, fast_contract: str) -> None:
        task = fast.tasking.create(
            point=(24.94, 60.17), window=window(13), mode="SPOTLIGHT", contract_id=fast_contract,
            product_types=["GRD-COG", "SLC-COG"],
        )  # fmt: skip
        statuses: list[str] = []
        planned = fast.tasking.wait(task, timeout=30, until="ACTIVE", progress=None, first_pause=0.005)
        scene = fast.tasking.scene(planned)
        assert scene.incidence_angle is not None
        assert 20 <= scene.incidence_angle <= 40
        assert scene.footprint is not None
        done = fast.tasking.wait(
            task,
            timeout=60,
            progress=lambda s: statuses.append(s.status),
            first_pause=0.01,
            longest_pause=0.05,
        )
        assert done.status == "DONE"
        assert statuses[-1] == "DONE"
        page = fast.tasking.to_map([done.id]).get_root().render()
        assert "Imaged (1)" in page
        assert f"{fast.tasking.scene(done).incidence_angle:.1f}" in page
        items = fast.tasking.products(done)
        assert {item.properties["sar:product_type"] for item in items} >= {"GRD-COG", "SLC-COG"}
        (cog,) = fast.tasking.products(done, "GRD-COG")
        assert cog.source is not None
        assert cog.source.id == task.id
        with pytest.raises(InvalidInputError, match="DONE tasks"):
            fast.tasking.cancel(task)

    @pytest.mark.parametrize(("word", "status"), [("please reject", "REJECTED"), ("please fail", "FAILED")])
    def test_bad_ends_raise_with_the_task(
        self, fast: Client, fast_contract: str, word: str, status: str
    ) -> None:
        task = fast.tasking.create(
            point=PACIFIC, window=window(13), mode="SPOTLIGHT", contract_id=fast_contract, reference=word
        )
        with pytest.raises(TaskFailedError, match=status) as caught:
            fast.tasking.wait(task, timeout=60, progress=None, first_pause=0.01, longest_pause=0.1)
        assert isinstance(caught.value.last, Task)
        assert caught.value.last.has_failed

    def test_a_wait_ends_at_its_deadline_with_the_task_as_last_seen(
        self, client: Client, order: Callable[..., Task]
    ) -> None:
        with pytest.raises(WaitTimeoutError, match="RECEIVED") as caught:
            client.tasking.wait(order(), timeout=0.2, progress=None)
        assert isinstance(caught.value.last, Task)

    def test_a_wait_survives_faults_of_the_server(
        self, client: Client, sandbox: Sandbox, order: Callable[..., Task]
    ) -> None:
        task = order()
        client.tasking.cancel(task)
        fault = sandbox.faults.add(Fault("503", f"/tasks/{task.id}", times=2))
        with pytest.raises(TaskFailedError, match="CANCELED"):
            client.tasking.wait(task, timeout=30, progress=None)
        assert fault.hits == 2

    def test_only_real_goals_are_waited_for(self, client: Client) -> None:
        with pytest.raises(InvalidInputError, match="until"):
            client.tasking.wait("t", timeout=1, until="RECEIVED")  # type: ignore[arg-type]
