"""What a task would cost and whether it could be taken: price, quote, rules, feasibility. Orders nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.base import Price
from iceye_geo.models.checks import PointLike
from iceye_geo.models.task_request import TaskRequest, read_mode, read_place, read_word
from iceye_geo.models.tasking import Task
from iceye_geo.services.company import CompanyService
from iceye_geo.services.contracts import ContractBook, ContractLike
from iceye_geo.services.feasibility import FeasibilityResults, read_feasibility
from iceye_geo.services.money import Quote, quote_of
from iceye_geo.services.rules import Problem, check_request, problems_of
from iceye_geo.services.task_pricing import PriceInputs, ask_price
from iceye_geo.transport.session import Session

# ICEYE's sample app allows this for feasibility, which plans orbits while the caller waits.
_FEASIBILITY_TIMEOUT_S = 120.0


class TaskQuotes:
    """The part of the Tasking API that orders nothing.

    Args:
        session: the authenticated session.
        contracts: where contracts are looked up; default the Company API.
        now: the current time, aware; the rules on windows read it.
    """

    def __init__(
        self,
        session: Session,
        *,
        contracts: ContractBook | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._session = session
        self._contracts = contracts or ContractBook(CompanyService(session))
        self._now = now

    def price(
        self,
        request: TaskRequest | None = None,
        *,
        point: PointLike | None = None,
        geometry: Any = None,
        mode: str | None = None,
        contract_id: ContractLike | None = None,
        exclusivity: str | None = None,
        priority: str | None = None,
        sla: str | None = None,
        eula: str | None = None,
    ) -> Price:
        """Return what a task costs. Nothing is ordered.

        Args:
            request: a ready-made request; or give the parts:
            point: place (lon, lat), degrees.
            geometry: instead of a point.
            mode: imaging mode.
            contract_id: who pays; default the configured or the only active contract.
            exclusivity: default the contract's.
            priority: default the contract's.
            sla: default the contract's.
            eula: default the contract's.

        Raises:
            NoPricingPlanError: the contract cannot quote.
            InvalidInputError: an input is missing and the contract states no default.

        Example:
            >>> contract = client.company.contracts()[0]
            >>> client.tasking.price(point=(-150.0, 10.0), mode="SPOTLIGHT", contract_id=contract.id).formatted
            '1,500.00 EUR'
        """
        if request is not None:
            refuse_both(request, point, geometry, mode, exclusivity, priority, sla, eula)
            inputs = PriceInputs.of(request)
        elif mode is None:
            raise InvalidInputError("mode", "a price needs an imaging mode")
        else:
            name = read_mode(mode)
            words = {"exclusivity": exclusivity, "priority": priority, "sla": sla, "eula": eula}
            options = {field: read_word(value, field=field) for field, value in words.items()}
            inputs = PriceInputs(read_place(point, geometry, mode=name), name, **options)
        chosen = self._contracts.choose(contract_id or (request.contract_id if request else None))
        return ask_price(self._session, self._contracts, inputs, contract_id=chosen)

    def quote(
        self,
        request: TaskRequest | None = None,
        *,
        point: PointLike | None = None,
        geometry: Any = None,
        mode: str | None = None,
        contract_id: ContractLike | None = None,
        exclusivity: str | None = None,
        priority: str | None = None,
        sla: str | None = None,
        eula: str | None = None,
    ) -> Quote:
        """Return the price, what the contract has left, and whether it fits; what is not known is said.

        Takes what `price` takes; a contract without a plan is no error here.

        Example:
            >>> contract = client.company.contracts()[0]
            >>> quote = client.tasking.quote(point=(-150.0, 10.0), mode="SPOTLIGHT", contract_id=contract.id)
            >>> quote.fits, quote.available - quote.available_after
            (True, 150000)
        """
        chosen = self._contracts.choose(contract_id or (request.contract_id if request else None))
        ask = partial(
            self.price, request, point=point, geometry=geometry, mode=mode, contract_id=chosen,
            exclusivity=exclusivity, priority=priority, sla=sla, eula=eula,
        )  # fmt: skip
        return quote_of(ask, partial(self._contracts.budget, chosen))

    def check(self, request: TaskRequest, *, contract_id: ContractLike | None = None) -> list[Problem]:
        """Return the rules that a request breaks, those that would refuse it first. Nothing is ordered.

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> from iceye_geo.models.task_request import TaskRequest
            >>> soon = datetime.now(UTC) + timedelta(hours=1)
            >>> late = TaskRequest(point=(24.9, 60.2), window=(soon, soon + timedelta(days=2)), mode="SPOTLIGHT")
            >>> [p.field for p in client.tasking.check(late, contract_id=client.company.contracts()[0].id)]
            ['window.start']
        """
        chosen = self._contracts.choose(contract_id or request.contract_id)
        return problems_of(request, contract=self._contracts.get(chosen), now=self._now())

    def feasibility(
        self,
        requests: Sequence[TaskRequest] | TaskRequest,
        *,
        contract_id: ContractLike | None = None,
        with_price: bool = True,
        check: bool = True,
    ) -> FeasibilityResults:
        """Ask whether tasks could be scheduled, before any is created. Can take two minutes.

        Args:
            requests: one or several; the results come in the same order.
            contract_id: for requests that name none.
            with_price: also ask for the price of each and the budget.
            check: check the rules of time and contract first.

        Raises:
            InvalidInputError: there is no request, or one breaks a rule.

        Example:
            >>> from datetime import UTC, datetime, timedelta
            >>> from iceye_geo.models.task_request import TaskRequest
            >>> start = datetime.now(UTC) + timedelta(days=4)
            >>> window = (start, start + timedelta(days=2))
            >>> harbour = TaskRequest(point=(24.9, 60.2), window=window, mode="SPOTLIGHT")
            >>> pole = TaskRequest(point=(0.0, 89.9), window=window, mode="SPOTLIGHT")
            >>> contract = client.company.contracts()[0]
            >>> results = client.tasking.feasibility([harbour, pole], contract_id=contract.id)
            >>> [one.feasible for one in results], results[0].request is harbour, results[0].quote.fits
            ([True, False], True, True)
        """
        wanted = [requests] if isinstance(requests, TaskRequest) else list(requests)
        if not wanted or not all(isinstance(one, TaskRequest) for one in wanted):
            raise InvalidInputError(
                "requests", "must hold TaskRequests, at least one",
                hint="from iceye_geo.models.task_request import TaskRequest.",
            )  # fmt: skip
        contracts = [self._contracts.choose(one.contract_id or contract_id) for one in wanted]
        if check:
            for one, contract in zip(wanted, contracts, strict=True):
                check_request(one, contract=self._contracts.get(contract), now=self._now())
        body = [one.to_dict(contract_id=contract) for one, contract in zip(wanted, contracts, strict=True)]
        raw = self._session.post(
            "/tasking/v2/feasibility", json=body, repeatable=True, timeout=_FEASIBILITY_TIMEOUT_S,
            operation="checkFeasibility",
        )  # fmt: skip
        quotes = self._quotes(wanted, contracts) if with_price else [Quote() for _ in wanted]
        return read_feasibility(raw, wanted, quotes)

    def _price_of(self, subject: TaskRequest | Task, contract_id: str | None) -> Price:
        chosen = self._contracts.choose(contract_id)
        return ask_price(self._session, self._contracts, PriceInputs.of(subject), contract_id=chosen)

    def _quotes(self, requests: Sequence[TaskRequest], contracts: Sequence[str]) -> list[Quote]:
        # Twenty requests of one kind cost one question, and each contract's budget is asked for once.
        prices: dict[tuple[PriceInputs, str], Quote] = {}
        budgets = {
            one: quote_of(partial(_no_price), partial(self._contracts.budget, one)) for one in set(contracts)
        }
        quotes = []
        for request, contract in zip(requests, contracts, strict=True):
            key = (PriceInputs.of(request), contract)
            if key not in prices:
                prices[key] = quote_of(partial(self._price_of, request, contract))
            price, budget = prices[key], budgets[contract]
            quotes.append(Quote(price.price, budget.budget, price.price_unknown, budget.budget_unknown))
        return quotes


def _no_price() -> Price:
    raise InvalidInputError("price", "not asked for")


def refuse_both(request: object, *parts: object) -> None:
    """Refuse a ready-made request beside parts of one, and what is no request at all."""
    if not isinstance(request, TaskRequest):
        raise InvalidInputError("request", f"must be a TaskRequest, this is a {type(request).__name__}")
    if any(part is not None for part in parts):
        raise InvalidInputError("request", "cannot be combined with its parts; change the request instead")
