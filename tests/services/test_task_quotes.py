"""What a task would cost and whether it can be taken: against the sandbox, or a scripted server."""

from __future__ import annotations

from typing import Any

import pytest
from transport.loopback import Answer, Loopback

from iceye_geo import Client
from iceye_geo.errors import (
    InvalidInputError,
    NoPricingPlanError,
    NotFoundError,
    UnexpectedAnswerError,
)
from iceye_geo.models.base import Price
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.sandbox import Sandbox
from iceye_geo.services.tasking import TaskingService
from iceye_geo.transport.session import Session

from .conftest import CONTRACT, body_of
from .tasks import PACIFIC, sent, window


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
