"""The money of a contract: limit, spent, on hold. One object per contract, safe between threads."""

from __future__ import annotations

import threading


class Budget:
    """Counts minor currency units of one contract.

    Args:
        contract_id: the contract's UUID.
        currency: ISO 4217 code.
        spend_limit: most that may be spent, minor units; None for no limit.
        consolidated_spent: what is spent already.
        on_hold: what is reserved for tasks and purchases under way.

    Example:
        >>> budget = Budget("c", currency="EUR", spend_limit=1000)
        >>> budget.hold(300), budget.available
        (True, 700)
        >>> budget.spend(300, held=300); budget.consolidated_spent, budget.on_hold
        (300, 0)
    """

    def __init__(
        self,
        contract_id: str,
        *,
        currency: str,
        spend_limit: int | None = None,
        consolidated_spent: int = 0,
        on_hold: int = 0,
    ) -> None:
        self.contract_id, self.currency, self.spend_limit = contract_id, currency, spend_limit
        self._spent, self._held = consolidated_spent, on_hold
        self._lock = threading.Lock()

    @property
    def consolidated_spent(self) -> int:
        """What is spent, minor units."""
        return self._spent

    @property
    def on_hold(self) -> int:
        """What is reserved, minor units."""
        return self._held

    @property
    def available(self) -> int | None:
        """What is left, minor units; None without a limit."""
        with self._lock:
            return self._left()

    def hold(self, amount: int) -> bool:
        """Reserve ``amount`` if it is available; say whether it was."""
        with self._lock:
            left = self._left()
            if left is not None and amount > left:
                return False
            self._held += amount
            return True

    def release(self, amount: int) -> None:
        """Give back ``amount`` of what is reserved."""
        with self._lock:
            self._held = max(0, self._held - amount)

    def spend(self, amount: int, *, held: int = 0) -> None:
        """Book ``amount`` as spent and release ``held`` of what was reserved for it."""
        with self._lock:
            self._held = max(0, self._held - held)
            self._spent += amount

    def restore(self, *, consolidated_spent: int, on_hold: int) -> None:
        """Set the figures, as read from a saved state."""
        with self._lock:
            self._spent, self._held = consolidated_spent, on_hold

    def to_wire(self) -> dict[str, object]:
        """Return the body of a budget summary."""
        with self._lock:
            body: dict[str, object] = {
                "contractID": self.contract_id,
                "currency": self.currency,
                "consolidatedSpent": self._spent,
                "onHold": self._held,
            }
            if self.spend_limit is not None:
                body["spendLimit"] = self.spend_limit
            return body

    def _left(self) -> int | None:
        return None if self.spend_limit is None else self.spend_limit - self._spent - self._held
