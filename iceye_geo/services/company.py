"""The Company API: contracts and budgets. Read-only."""

from __future__ import annotations

from datetime import datetime

from iceye_geo.errors import InvalidInputError, NoPricingPlanError, NotFoundError
from iceye_geo.models.base import ModelList
from iceye_geo.models.company import Budget, Contract
from iceye_geo.transport.paging import iter_pages
from iceye_geo.transport.session import Session

_CONTRACTS = "/company/v1/contracts"
# ICEYE allows 0-10000; a company has a handful, so one page is nearly always the whole list.
_PAGE_SIZE = 100


class CompanyService:
    """Contracts of the authenticated company and what is left of their budgets.

    Args:
        session: the authenticated session.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def contracts(self) -> ModelList[Contract]:
        """Return every contract of the company, all pages.

        Raises:
            PagingError: a later page could not be read.
            ApiError: the server refused.

        Example:
            >>> client.company.contracts()[0].name
            'Sandbox constellation contract'
        """
        pages = iter_pages(
            lambda cursor: self._session.get(
                _CONTRACTS, params={"limit": _PAGE_SIZE, "cursor": cursor}, operation="ListContracts"
            )
        )
        return ModelList(
            Contract.from_wire(raw, operation="ListContracts") for page in pages for raw in page.items
        )

    def contract(self, contract_id: str | Contract) -> Contract:
        """Return one contract as it is now.

        Args:
            contract_id: its id, or the contract as it was.

        Raises:
            NotFoundError: the company has no such contract.

        Example:
            >>> contract_id = client.company.contracts()[0].id
            >>> client.company.contract(contract_id).id == contract_id
            True
        """
        raw = self._session.get(f"{_CONTRACTS}/{_one_segment(contract_id)}", operation="GetContract")
        return Contract.from_wire(raw, operation="GetContract")

    def budget(self, contract_id: str | Contract) -> Budget:
        """Return what a contract has spent, holds and has left.

        Args:
            contract_id: its id, or the contract.

        Raises:
            NoPricingPlanError: the contract exists but has no pricing plan.
            NotFoundError: the company has no such contract.

        Example:
            >>> budget = client.company.budget(client.company.contracts()[0].id)
            >>> budget.available == budget.spend_limit - budget.consolidated_spent - budget.on_hold
            True
        """
        path = f"{_CONTRACTS}/{_one_segment(contract_id)}/summary"
        try:
            raw = self._session.get(path, operation="GetSummary")
        except NotFoundError as error:
            self.contract(contract_id)  # raises the better error where the contract itself does not exist
            raise NoPricingPlanError(
                f"contract {_one_segment(contract_id)} has no pricing plan, so no budget summary "
                f"({error.detail})",
                status=error.status, code=error.code, reference=error.reference, operation="GetSummary",
            ) from error  # fmt: skip
        return Budget.from_wire(raw, operation="GetSummary")

    def resolve_contract_id(self, contract_id: str | None = None, *, now: datetime | None = None) -> str:
        """Return the contract to work with: the given one, else the configured one, else the only active one.

        Args:
            contract_id: an explicit choice.
            now: the moment for which a contract must be active; aware, default the current time.

        Raises:
            InvalidInputError: nothing was chosen and not exactly one contract is active; names the choices.

        Example:
            >>> client.company.resolve_contract_id("c-1")
            'c-1'
        """
        chosen = contract_id or self._session.settings.contract_id
        if chosen:
            return chosen
        contracts = self.contracts()
        active = [contract for contract in contracts if contract.is_active(now)]
        if len(active) == 1:
            return active[0].id
        raise InvalidInputError(
            "contract_id",
            f"must be chosen, since {len(active) or 'none'} of {len(contracts)} contracts "
            f"{'is' if not active else 'are'} active",
            hint=_choices(active or contracts),
        )


def _one_segment(contract: str | Contract) -> str:
    contract_id = contract.id if isinstance(contract, Contract) else contract
    known = isinstance(contract_id, str) and contract_id not in {"", ".", ".."}
    if not known or any(c in contract_id for c in "/?#%\\"):
        raise InvalidInputError(
            "contract_id",
            "must be the id of a contract, a UUID",
            hint="client.company.contracts() lists them.",
        )
    return contract_id


def _choices(contracts: list[Contract]) -> str:
    if not contracts:
        return "The company has no contract; ask ICEYE."
    names = "; ".join(f"{c.id} ({c.name}{'' if c.is_active() else ', not active'})" for c in contracts)
    return f"Pass contract_id= or set ICEYE_CONTRACT_ID to one of: {names}."
