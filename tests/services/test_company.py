from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from iceye_geo import Client
from iceye_geo.errors import InvalidInputError, NoPricingPlanError, NotFoundError, PagingError
from iceye_geo.sandbox import Fault, Sandbox
from iceye_geo.services.company import CompanyService
from iceye_geo.settings import Settings
from iceye_geo.transport.session import Session


@pytest.fixture
def company(client: Client) -> CompanyService:
    return client.company


class PagedSession(Session):
    """A session whose server hands out contracts two by two."""

    def __init__(self, contracts: list[dict[str, Any]], *, contract_id: str | None = None) -> None:
        super().__init__(Settings(contract_id=contract_id))
        self.contracts, self.asked = contracts, 0

    def get(self, path: str, *, params: Any = None, timeout: float | None = None, operation: str = "") -> Any:
        self.asked += 1
        start = int((params or {}).get("cursor") or 0)
        cursor = str(start + 2) if start + 2 < len(self.contracts) else ""
        return {"data": self.contracts[start : start + 2], "cursor": cursor}


def _contract(number: int, *, end: str = "2099-01-01T00:00:00Z") -> dict[str, Any]:
    return {"id": f"c-{number}", "name": f"Contract {number}", "start": "2026-01-01T00:00:00Z", "end": end}


def test_contracts_are_listed_with_what_they_allow(company: CompanyService) -> None:
    contracts = company.contracts()
    assert len(contracts) == 3
    assert [contract.active for contract in contracts].count(False) == 1
    assert contracts[0].imaging_modes is not None
    assert "SPOTLIGHT" in contracts[0].imaging_modes.allowed
    assert contracts[0].name in contracts._repr_html_()
    assert contracts.to_dataframe()["id"].tolist() == [contract.id for contract in contracts]


def test_all_pages_of_contracts_are_read() -> None:
    session = PagedSession([_contract(n) for n in range(5)])
    assert [contract.id for contract in CompanyService(session).contracts()] == [f"c-{n}" for n in range(5)]
    assert session.asked == 3


def test_one_contract_is_read(company: CompanyService) -> None:
    first = company.contracts()[0]
    assert company.contract(first.id) == first


def test_an_unknown_contract_is_not_found(company: CompanyService) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(NotFoundError, match="GetContract 404"):
        company.contract(unknown)
    with pytest.raises(NotFoundError):
        company.budget(unknown)


@pytest.mark.parametrize("contract_id", ["", "..", "a/b", "a?b=1", "a#b", "a%2Fb"])
def test_an_id_that_would_change_the_path_is_refused(
    company: CompanyService, sandbox: Sandbox, contract_id: str
) -> None:
    with pytest.raises(InvalidInputError, match="contract_id"):
        company.contract(contract_id)
    assert len(sandbox.requests) == 0


def test_a_budget_is_read_in_minor_units(company: CompanyService) -> None:
    budget = company.budget(company.contracts()[0].id)
    assert budget.spend_limit is not None
    assert budget.available == budget.spend_limit - budget.consolidated_spent - budget.on_hold
    assert budget.currency in budget.formatted


def test_a_contract_without_pricing_plan_says_so(company: CompanyService) -> None:
    without = next(c for c in company.contracts() if "without" in c.name)
    with pytest.raises(NoPricingPlanError, match=f"{without.id} has no pricing plan"):
        company.budget(without.id)


def test_a_fault_on_the_way_is_survived(company: CompanyService, sandbox: Sandbox) -> None:
    for kind in ("503", "drop"):
        fault = sandbox.faults.add(Fault(kind, "/company/"))
        assert len(company.contracts()) == 3
        assert fault.hits == 1


def test_the_explicit_contract_wins_over_the_configured_over_the_only_active_one() -> None:
    contracts = [_contract(1), _contract(2, end="2026-02-01T00:00:00Z")]
    configured = CompanyService(PagedSession(contracts, contract_id="configured"))
    assert configured.resolve_contract_id("explicit") == "explicit"
    assert configured.resolve_contract_id() == "configured"
    session = PagedSession(contracts)
    assert CompanyService(session).resolve_contract_id() == "c-1"
    assert session.asked == 1


@pytest.mark.parametrize(
    ("contracts", "words"),
    [
        (
            [_contract(1), _contract(2)],
            r"2 of 2 contracts are active.*c-1 \(Contract 1\); c-2 \(Contract 2\)",
        ),
        (
            [_contract(1, end="2026-02-01T00:00:00Z")],
            r"none of 1 contracts is active.*c-1 \(Contract 1, not active\)",
        ),
        ([], "no contract; ask ICEYE"),
    ],
)
def test_an_open_choice_names_the_choices(contracts: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        CompanyService(PagedSession(contracts)).resolve_contract_id()


def test_activity_is_judged_at_the_given_moment() -> None:
    service = CompanyService(PagedSession([_contract(1), _contract(2, end="2026-02-01T00:00:00Z")]))
    with pytest.raises(InvalidInputError, match="2 of 2"):
        service.resolve_contract_id(now=datetime(2026, 1, 15, tzinfo=UTC))


class BrokenSession(PagedSession):
    def get(self, path: str, *, params: Any = None, timeout: float | None = None, operation: str = "") -> Any:
        if (params or {}).get("cursor"):
            raise NotFoundError("cursor is gone", status=404)
        return super().get(path, params=params)


@pytest.fixture
def broken() -> Iterator[CompanyService]:
    with BrokenSession([_contract(n) for n in range(5)]) as session:
        yield CompanyService(session)


def test_a_list_that_breaks_off_is_not_passed_off_as_whole(broken: CompanyService) -> None:
    with pytest.raises(PagingError, match="page 2 could not be read"):
        broken.contracts()
