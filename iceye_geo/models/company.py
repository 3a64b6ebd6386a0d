"""Models of the Company API: contracts with their allowed options, and budgets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import AliasChoices, BeforeValidator, Field

from iceye_geo.models.base import UtcDatetime, WireModel, cell, format_money
from iceye_geo.redact import redact


def _flatten(value: object) -> Iterator[object]:
    if isinstance(value, list | tuple):
        for entry in value:
            yield from _flatten(entry)
    elif value is not None:
        yield value


def _flat_list(value: object) -> object:
    # One example of ICEYE's nests the list once more (contradiction C16).
    return list(_flatten(value))


def _no_null(value: object) -> object:
    return [] if value is None else value


class OptionRule(WireModel):
    """Which values a contract allows for one option.

    Attributes:
        allowed: the values; empty when the contract does not say.
        default: what an omitted value becomes; the only allowed value is its own default.
    """

    allowed: Annotated[list[str], BeforeValidator(_flat_list)] = Field(default_factory=list)
    default: str | None = None

    @property
    def effective_default(self) -> str | None:
        """The default, or the only allowed value.

        Example:
            >>> OptionRule(allowed=["SLA_8H"]).effective_default
            'SLA_8H'
        """
        return self.default or (self.allowed[0] if len(self.allowed) == 1 else None)

    def allows(self, value: str) -> bool:
        """Return whether the contract allows ``value``; a rule without values forbids nothing."""
        return not self.allowed or value in self.allowed

    def __str__(self) -> str:
        text = ", ".join(self.allowed)
        default = self.effective_default
        return f"{text} (default {default})" if default else text


class ImagingModesRule(OptionRule):
    """The imaging modes a contract allows; what it says about their product types is kept as sent."""

    capabilities: list[Any] = Field(default_factory=list)

    def products_of(self, imaging_mode: str) -> list[str] | None:
        """Return the product types the contract allows for a mode, or None when it does not say."""
        for entry in self.capabilities:
            if isinstance(entry, dict) and entry.get("imagingMode") == imaging_mode:
                types = entry.get("productTypes")
                return [str(t) for t in types] if isinstance(types, list) else None
        return None


class DeliveryLocation(WireModel):
    """A delivery place of the contract, used by Tasking v1 only.

    Attributes:
        method: "sftp" or "s3".
        path: folder or bucket.
    """

    method: str | None = None
    path: str | None = None

    def __str__(self) -> str:
        return f"{self.method}:{self.path}"


class Contract(WireModel):
    """A contract: what the company may order, and when.

    Attributes:
        id: UUID.
        name: what people call it.
        start: first moment at which tasks may be submitted, aware UTC.
        end: last such moment, aware UTC.
        imaging_modes, priority, exclusivity, eula, sla, catalog_collections: allowed values and defaults.
        delivery_locations: places for Tasking v1.
    """

    _columns: ClassVar[tuple[str, ...]] = (
        "id", "name", "start", "end", "active", "imaging_modes", "priority", "exclusivity", "eula", "sla",
        "catalog_collections",
    )  # fmt: skip

    id: str
    name: str = ""
    start: UtcDatetime | None = None
    end: UtcDatetime | None = None
    delivery_locations: Annotated[list[DeliveryLocation], BeforeValidator(_no_null)] = Field(
        default_factory=list
    )
    imaging_modes: ImagingModesRule | None = None
    priority: OptionRule | None = None
    exclusivity: OptionRule | None = None
    eula: OptionRule | None = None
    sla: OptionRule | None = None
    # ICEYE's changelog writes snake case, another client camelCase (contradiction C17).
    catalog_collections: OptionRule | None = Field(
        default=None,
        validation_alias=AliasChoices("catalog_collections", "catalogCollections"),
        serialization_alias="catalog_collections",
    )

    def is_active(self, now: datetime | None = None) -> bool:
        """Return whether tasks may be submitted at ``now`` (aware; default: the current time).

        An end that the contract does not state is open.

        Example:
            >>> contract = Contract.from_wire({"id": "c-1", "end": "2026-01-01T00:00:00Z"})
            >>> [contract.is_active(datetime(year, 1, 1, tzinfo=UTC)) for year in (2025, 2027)]
            [True, False]
        """
        moment = now or datetime.now(UTC)
        return (self.start is None or self.start <= moment) and (self.end is None or moment <= self.end)

    @property
    def active(self) -> bool:
        """Whether tasks may be submitted now."""
        return self.is_active()

    def __repr__(self) -> str:
        window = f"{self.start:%Y-%m-%d}" if self.start else ".."
        window += f"/{self.end:%Y-%m-%d}" if self.end else "/.."
        state = "active" if self.active else "not active"
        return redact(f"Contract(id={self.id!r}, name={self.name!r}, {window}, {state})")


class Budget(WireModel):
    """What a contract with a pricing plan has spent and has left; all amounts in minor units.

    Attributes:
        contract_id: UUID.
        currency: ISO 4217 code.
        consolidated_spent: spent for good, an int.
        on_hold: held for active tasks and purchases, an int.
        spend_limit: the limit, an int, or None when the contract has none.

    Example:
        >>> budget = Budget(contract_id="c-1", currency="USD", consolidated_spent=900000, on_hold=1000000,
        ...                 spend_limit=2000000)
        >>> budget.available, budget.formatted
        (100000, '1,000.00 USD available of 20,000.00 USD (9,000.00 USD spent, 10,000.00 USD on hold)')
    """

    _columns: ClassVar[tuple[str, ...]] = (
        "contract_id", "currency", "spend_limit", "consolidated_spent", "on_hold", "available",
    )  # fmt: skip

    contract_id: str
    currency: str
    consolidated_spent: int
    on_hold: int
    spend_limit: int | None = None

    @property
    def available(self) -> int | None:
        """Limit - spent - on hold, minor units; None without a limit. Negative when overdrawn."""
        if self.spend_limit is None:
            return None
        return self.spend_limit - self.consolidated_spent - self.on_hold

    @property
    def formatted(self) -> str:
        """The budget in one line for people."""
        used = f"{self._money(self.consolidated_spent)} spent, {self._money(self.on_hold)} on hold"
        if self.available is None or self.spend_limit is None:
            return f"no spend limit ({used})"
        return f"{self._money(self.available)} available of {self._money(self.spend_limit)} ({used})"

    def _money(self, amount: int) -> str:
        return format_money(amount, self.currency)

    def __str__(self) -> str:
        return self.formatted

    def _repr_html_(self) -> str:
        # Not as a table: amounts in minor units read as a hundred times the money.
        return f"<p>{cell(self.formatted)}</p><p>contract {cell(self.contract_id)}</p>"
