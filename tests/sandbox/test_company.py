from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from iceye_geo.sandbox.contracts import build_contracts

UNKNOWN = "7d1f7a3c-8c0f-4a53-9d0a-5f2c6d1a0001"


def test_there_are_three_contracts_and_one_has_expired(api: Any) -> None:
    contracts = api.get("/company/v1/contracts").json()["data"]
    now = datetime.now(UTC)
    is_open = [
        datetime.fromisoformat(c["start"]) <= now <= datetime.fromisoformat(c["end"]) for c in contracts
    ]
    assert is_open == [True, True, False]


def test_contracts_come_in_pages(api: Any) -> None:
    first = api.get("/company/v1/contracts", params={"limit": 2}).json()
    second = api.get("/company/v1/contracts", params={"limit": 2, "cursor": first["cursor"]}).json()
    assert [len(first["data"]), len(second["data"])] == [2, 1]
    assert "cursor" not in second
    assert len({c["id"] for c in first["data"] + second["data"]}) == 3


@pytest.mark.parametrize("limit", ["-1", "10001", "ten", "1.5", "", "9" * 5000])
def test_a_limit_out_of_range_is_refused(api: Any, limit: str) -> None:
    answer = api.get("/company/v1/contracts", params={"limit": limit})
    assert (answer.status_code, answer.json()["code"]) == (400, "ERR_BAD_REQUEST")


def test_a_limit_of_zero_is_an_empty_page(api: Any) -> None:
    assert api.get("/company/v1/contracts", params={"limit": 0}).json() == {"data": []}


@pytest.mark.parametrize("cursor", ["nonsense", "W10=", "bnVsbA==", "IngK", "é"])
def test_a_cursor_that_was_not_given_out_is_refused(api: Any, cursor: str) -> None:
    assert api.get("/company/v1/contracts", params={"cursor": cursor}).status_code == 400


def test_one_contract_is_as_in_the_list(api: Any) -> None:
    for contract in api.get("/company/v1/contracts").json()["data"]:
        assert api.get(f"/company/v1/contracts/{contract['id']}").json() == contract


def test_every_default_is_allowed(api: Any) -> None:
    for contract in api.get("/company/v1/contracts").json()["data"]:
        for rule in ("priority", "exclusivity", "eula", "sla", "catalog_collections"):
            assert contract[rule]["default"] in contract[rule]["allowed"]
        assert contract["imagingModes"]["allowed"]


def test_the_budget_is_shown_where_there_is_a_pricing_plan(api: Any) -> None:
    contracts = api.sandbox.platform.contracts
    body = api.get(f"/company/v1/contracts/{contracts.with_plan.id}/summary").json()
    budget = api.sandbox.platform.budgets[contracts.with_plan.id]
    assert body == {
        "contractID": contracts.with_plan.id,
        "currency": "EUR",
        "consolidatedSpent": budget.consolidated_spent,
        "onHold": budget.on_hold,
        "spendLimit": budget.spend_limit,
    }


def test_without_a_pricing_plan_there_is_no_budget(api: Any) -> None:
    contracts = api.sandbox.platform.contracts
    for contract in (contracts.without_plan, contracts.expired):
        answer = api.get(f"/company/v1/contracts/{contract.id}/summary")
        assert answer.status_code == 404
        assert "Pricing Plan" in answer.json()["message"]


@pytest.mark.parametrize("contract_id", [UNKNOWN, "x", "null", "%00"])
@pytest.mark.parametrize("tail", ["", "/summary"])
def test_an_unknown_contract_is_not_found(api: Any, contract_id: str, tail: str) -> None:
    answer = api.get(f"/company/v1/contracts/{contract_id}{tail}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_contract_ids_depend_on_the_seed_alone() -> None:
    one, two = (
        build_contracts(7, datetime(2026, 1, 1, tzinfo=UTC)),
        build_contracts(7, datetime(2027, 1, 1, tzinfo=UTC)),
    )
    assert list(one) == list(two)
    assert not set(one) & set(build_contracts(8, datetime(2026, 1, 1, tzinfo=UTC)))


def test_capabilities_name_product_types_for_each_mode(sandbox: Any) -> None:
    contract = sandbox.platform.contracts.with_plan
    assert contract.product_types("SCAN") == ["GRD-COG", "QLK"]
    assert contract.product_types("TELEPATHY") == []
