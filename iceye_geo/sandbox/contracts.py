"""The three contracts of the sandbox's company: with a pricing plan, without one, and expired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from iceye_geo.models.modes import LOOK_VARIANTS, MODES, find_mode
from iceye_geo.sandbox.answers import wire_time
from iceye_geo.sandbox.budget import Budget

#: The bucket that stands for the customer's storage in contracts and delivery locations.
BUCKET = "sandbox-bucket"
#: A second bucket of the customer.
ARCHIVE_BUCKET = "sandbox-archive"

_PLAIN_MODES = ("STRIPMAP", "SPOTLIGHT", "SCAN")


def stable_uuid(*parts: object) -> str:
    """Return a UUID that depends on nothing but ``parts``.

    Example:
        >>> stable_uuid(7, "contract", "plan") == stable_uuid(7, "contract", "plan")
        True
    """
    return str(uuid5(NAMESPACE_URL, "iceye-geo-sandbox/" + "/".join(str(part) for part in parts)))


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract: its wire body and the questions that routes ask it.

    Attributes:
        id: UUID.
        name: what a person reads.
        start: first moment at which tasks may be submitted, aware UTC.
        end: last such moment.
        has_pricing_plan: whether prices and a budget exist.
        rules: ``{field: {"allowed": [...], "default": ...}}`` by wire name.
        delivery_paths: location paths of the contract.
    """

    id: str
    name: str
    start: datetime
    end: datetime
    has_pricing_plan: bool
    rules: Mapping[str, Mapping[str, Any]] = field(repr=False)
    delivery_paths: tuple[str, ...] = (BUCKET, ARCHIVE_BUCKET)

    def is_open_at(self, moment: datetime) -> bool:
        """Whether tasks and purchases may be submitted at that moment."""
        return self.start <= moment <= self.end

    def allowed(self, name: str) -> list[str]:
        """Allowed values of a rule, by its wire name such as ``imagingModes`` or ``catalog_collections``."""
        return list(self.rules[name]["allowed"])

    def default(self, name: str) -> str:
        """The value that an omitted option takes."""
        return str(self.rules[name].get("default") or self.rules[name]["allowed"][0])

    def product_types(self, mode: str) -> list[str]:
        """Product types the contract delivers for an imaging mode."""
        found = find_mode(mode)
        return list(found.products) if found else []

    def to_wire(self) -> dict[str, Any]:
        """Return the body of GetContract."""
        modes = self.allowed("imagingModes")
        capabilities = [{"imagingMode": mode, "productTypes": self.product_types(mode)} for mode in modes]
        body: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "start": wire_time(self.start),
            "end": wire_time(self.end),
            "deliveryLocations": [{"method": "s3", "path": path} for path in self.delivery_paths],
            "imagingModes": {"allowed": modes, "capabilities": capabilities},
        }
        for name in ("priority", "exclusivity", "eula", "sla", "catalog_collections"):
            body[name] = {"allowed": self.allowed(name), "default": self.default(name)}
        return body


class Contracts(Mapping[str, Contract]):
    """The company's contracts by id, in the order in which they are listed."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self._by_id = {contract.id: contract for contract in contracts}

    def __getitem__(self, contract_id: str) -> Contract:
        return self._by_id[contract_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def with_plan(self) -> Contract:
        """The contract with a pricing plan: the one to use by default."""
        return next(c for c in self.values() if c.has_pricing_plan)

    @property
    def without_plan(self) -> Contract:
        """A valid contract that can neither quote nor show a budget."""
        return next(c for c in self.values() if not c.has_pricing_plan)

    @property
    def expired(self) -> Contract:
        """The contract that ended; it too has no pricing plan."""
        return list(self.values())[-1]


def build_contracts(seed: int, now: datetime) -> Contracts:
    """Make the three contracts, with dates around ``now``."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Contracts(
        (
            Contract(
                stable_uuid(seed, "contract", "plan"), "Sandbox constellation contract",
                day - timedelta(days=300), day + timedelta(days=400), True, _full_rules(),
            ),
            Contract(
                stable_uuid(seed, "contract", "no-plan"), "Sandbox contract without pricing plan",
                day - timedelta(days=100), day + timedelta(days=265), False, _plain_rules(),
            ),
            Contract(
                stable_uuid(seed, "contract", "expired"), "Sandbox contract of last year",
                day - timedelta(days=765), day - timedelta(days=35), False, _plain_rules(),
            ),
        )
    )  # fmt: skip


def build_budgets(contracts: Contracts) -> dict[str, Budget]:
    """Make one budget for each contract that has a pricing plan."""
    return {
        contract.id: Budget(contract.id, currency="EUR", spend_limit=5_000_000, consolidated_spent=612_500)
        for contract in contracts.values()
        if contract.has_pricing_plan
    }


def _rule(*allowed: str) -> dict[str, Any]:
    return {"allowed": list(allowed), "default": allowed[0]}


def _full_rules() -> dict[str, dict[str, Any]]:
    return {
        "imagingModes": _rule(*MODES, *LOOK_VARIANTS),
        "priority": _rule("COMMERCIAL", "BACKGROUND"),
        "exclusivity": _rule("PRIVATE", "PUBLIC"),
        "eula": _rule("STANDARD", "GOVERNMENT", "MULTI"),
        "sla": _rule("SLA_8H", "SLA_3H"),
        "catalog_collections": _rule("public", "private"),
    }


def _plain_rules() -> dict[str, dict[str, Any]]:
    return {
        "imagingModes": _rule(*_PLAIN_MODES),
        "priority": _rule("BACKGROUND"),
        "exclusivity": _rule("PUBLIC"),
        "eula": _rule("STANDARD"),
        "sla": _rule("SLA_8H"),
        "catalog_collections": _rule("public", "private"),
    }
