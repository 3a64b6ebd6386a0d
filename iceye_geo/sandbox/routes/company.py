"""Company API v1: contracts and their budgets, read-only."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from iceye_geo.sandbox.answers import not_found, parse_uuid
from iceye_geo.sandbox.contracts import Contract
from iceye_geo.sandbox.routes.lists import answer_list

router = APIRouter(prefix="/company/v1")


@router.get("/contracts")
def list_contracts(request: Request) -> dict[str, Any]:
    """List the contracts of the company."""
    contracts: dict[str, Contract] = request.app.state.platform.contracts
    return answer_list(request, list(contracts.values()))


@router.get("/contracts/{contract_id}")
def get_contract(request: Request, contract_id: str) -> dict[str, Any]:
    """Return one contract."""
    return find_contract(request, contract_id).to_wire()


@router.get("/contracts/{contract_id}/summary")
def get_summary(request: Request, contract_id: str) -> dict[str, Any]:
    """Return the budget of a contract with a pricing plan."""
    contract = find_contract(request, contract_id)
    budget = request.app.state.platform.budgets.get(contract.id)
    if budget is None:
        not_found("contract has no Pricing Plan", title="Summary Not Found")
    body: dict[str, Any] = budget.to_wire()
    return body


def find_contract(request: Request, contract_id: str) -> Contract:
    """Return the contract of an id in a path; refuse with 404 an unknown or malformed id."""
    found = request.app.state.platform.contracts.get(parse_uuid(contract_id) or "")
    if found is None:
        not_found(title="Contract Not Found")
    contract: Contract = found
    return contract
