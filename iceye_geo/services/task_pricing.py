"""The seven inputs of a task's price, filled from what was asked and from the contract's defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iceye_geo.errors import InvalidInputError, NoPricingPlanError, NotFoundError
from iceye_geo.models.base import Price
from iceye_geo.models.checks import GUIDE
from iceye_geo.models.company import Contract
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.models.tasking import Task
from iceye_geo.services.contracts import ContractBook, default_of
from iceye_geo.transport.session import Session

_PATH = "/tasking/v2/price"
# The createTask guide: "Defaults to SLA_8H." The other options have no default but the contract's.
_DEFAULT_SLA = "SLA_8H"


@dataclass(frozen=True, slots=True)
class PriceInputs:
    """What drives a task's price. None means the contract's default."""

    point: tuple[float, float]
    mode: str
    exclusivity: str | None = None
    priority: str | None = None
    sla: str | None = None
    eula: str | None = None

    @classmethod
    def of(cls, subject: TaskRequest | Task) -> PriceInputs:
        """Take the inputs of a request, or of a task as it is.

        Raises:
            InvalidInputError: the task does not say its place or mode.
        """
        if isinstance(subject, TaskRequest):
            point, mode = subject.point, subject.mode
        elif subject.point is None or subject.imaging_mode is None:
            raise InvalidInputError("task", "does not say its place and mode, so it has no price")
        else:
            point, mode = subject.point, subject.imaging_mode
        return cls(point, mode, subject.exclusivity, subject.priority, subject.sla, subject.eula)

    def to_query(self, contract_id: str, contract: Contract | None) -> dict[str, Any]:
        """Return the query of getPrice, all seven inputs.

        Raises:
            InvalidInputError: one is neither given nor known from the contract.
        """
        lon, lat = self.point
        query: dict[str, Any] = {
            "contractID": contract_id, "imagingMode": self.mode,
            "pointOfInterest[lat]": lat, "pointOfInterest[lon]": lon,
        }  # fmt: skip
        for name in ("exclusivity", "priority", "sla", "eula"):
            default = default_of(getattr(contract, name)) if contract else None
            value = getattr(self, name) or default or (_DEFAULT_SLA if name == "sla" else None)
            if value is None:
                rule = "a price needs it, and the contract states no default"
                raise InvalidInputError(name, rule, hint=f"Pass {name}=.", source=GUIDE)
            query[name] = value
        return query


def ask_price(session: Session, contracts: ContractBook, inputs: PriceInputs, *, contract_id: str) -> Price:
    """Ask for a price.

    Raises:
        NoPricingPlanError: the contract exists and cannot quote.
        NotFoundError: there is no such contract.
    """
    query = inputs.to_query(contract_id, contracts.get(contract_id))
    try:
        raw = session.get(_PATH, params=query, operation="getPrice")
    except NotFoundError as error:
        # The contract was just read, so it is the plan that is missing.
        raise NoPricingPlanError(
            error.detail,
            status=error.status,
            code=error.code,
            reference=error.reference,
            operation="getPrice",
        ) from error
    return Price.from_wire(raw, operation="getPrice")
