"""Contracts as the other services read them: chosen by rule, looked up once in a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from iceye_geo.errors import PermissionDeniedError
from iceye_geo.models.checks import read_id
from iceye_geo.models.company import Budget, Contract, OptionRule
from iceye_geo.services.company import CompanyService

#: A contract, or its id.
ContractLike = str | Contract

# A contract changes by negotiation. Five minutes spare a request per call and are still soon.
KEEP_S = 300.0


class ContractBook:
    """Contracts and the choice among them.

    Args:
        company: where contracts are asked for.
        clock: seconds of a monotonic clock.
    """

    def __init__(self, company: CompanyService, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._company = company
        self._clock = clock
        self._kept: dict[str, tuple[float, Contract | None]] = {}
        self._chosen: tuple[float, str] | None = None
        self._lock = threading.Lock()

    def choose(self, contract_id: ContractLike | None = None) -> str:
        """Return the id of the given contract, else of the configured one, else of the only active one.

        Raises:
            InvalidInputError: nothing was chosen and not exactly one contract is active; names the choices.
        """
        if contract_id:
            return read_id(contract_id, field="contract_id")
        with self._lock:
            if self._chosen is None or self._clock() - self._chosen[0] > KEEP_S:
                self._chosen = self._clock(), self._company.resolve_contract_id()
            return self._chosen[1]

    def get(self, contract_id: str) -> Contract | None:
        """Return a contract; None where the account may order by it but not read it.

        Raises:
            NotFoundError: the company has no such contract.
        """
        with self._lock:
            kept = self._kept.get(contract_id)
        if kept is not None and self._clock() - kept[0] <= KEEP_S:
            return kept[1]
        try:
            found: Contract | None = self._company.contract(contract_id)
        except PermissionDeniedError:
            found = None
        with self._lock:
            self._kept[contract_id] = self._clock(), found
        return found

    def budget(self, contract_id: str) -> Budget:
        """Return the budget, always fresh.

        Raises:
            NoPricingPlanError: the contract has none.
        """
        return self._company.budget(contract_id)


def default_of(rule: OptionRule | None) -> str | None:
    """Return what an omitted option becomes, None where the contract does not say.

    Example:
        >>> default_of(OptionRule(allowed=["STANDARD"])), default_of(None)
        ('STANDARD', None)
    """
    return rule.effective_default if rule else None
