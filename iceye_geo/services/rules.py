"""Local checks of a task before anything is sent: ICEYE's rules of time, and what the contract allows.

Where ICEYE's documents contradict each other, the rules of the API notes hold: a window narrower than 24 hours is
warned about, since ICEYE's own examples have one (C10); no default incidence is assumed (C11).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from iceye_geo.errors import InvalidInputError, RuleWarning
from iceye_geo.models.checks import GUIDE, SPECIFICATION
from iceye_geo.models.company import Contract, OptionRule
from iceye_geo.models.modes import find_mode
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.services.contracts import default_of

MIN_WIDTH = timedelta(hours=24)
MAX_AHEAD = timedelta(days=14)
MIN_LEAD = {"COMMERCIAL": timedelta(hours=12), "BACKGROUND": timedelta(hours=24)}
_CONTRACT = "the contract"


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule.

    Attributes:
        field: the input that breaks it.
        rule: what it says.
        source: where it is written.
        hint: what would do.
        blocks: whether the request is refused; otherwise it is a warning.
    """

    field: str
    rule: str
    source: str = GUIDE
    hint: str = ""
    blocks: bool = True

    def __str__(self) -> str:
        return f"{self.field}: {self.rule} (source: {self.source}){f'. {self.hint}' if self.hint else ''}"

    def to_error(self) -> InvalidInputError:
        """Return the problem as the error that refuses the request."""
        return InvalidInputError(self.field, self.rule, hint=self.hint, source=self.source)


def problems_of(
    request: TaskRequest, *, contract: Contract | None = None, now: datetime | None = None
) -> list[Problem]:
    """Return every rule that a request breaks; those that block first.

    Args:
        request: what is to be asked for.
        contract: whose rules hold; None checks ICEYE's general rules only.
        now: the moment of asking, aware; default the current time.

    Example:
        >>> request = TaskRequest(
        ...     point=(24.94, 60.17), window="2026-11-23T00:00:00Z/2026-11-23T06:00:00Z", mode="SPOTLIGHT"
        ... )
        >>> [str(p) for p in problems_of(request, now=datetime(2026, 11, 20, tzinfo=UTC))]
        ['window: should be at least 24 h wide, this is 6 h (source: ICEYE createTask guide)']
    """
    moment = now or datetime.now(UTC)
    found = [
        *_time_rules(request, contract, moment),
        *_incidence_rules(request),
        *(_contract_rules(request, contract, moment) if contract else ()),
    ]
    return sorted(found, key=lambda p: not p.blocks)


def check_request(
    request: TaskRequest, *, contract: Contract | None = None, now: datetime | None = None
) -> None:
    """Refuse a request that the server would refuse, and warn of what may go wrong.

    Raises:
        InvalidInputError: the first rule that blocks; names field, rule and source.

    Warns:
        RuleWarning: a rule that ICEYE's own examples break too, or a loss of quality.
    """
    for problem in problems_of(request, contract=contract, now=now):
        if problem.blocks:
            raise problem.to_error()
        warnings.warn(str(problem), RuleWarning, stacklevel=3)


def _time_rules(request: TaskRequest, contract: Contract | None, now: datetime) -> Iterator[Problem]:
    start, end = request.window
    priority = request.priority or default_of(contract.priority if contract else None) or "COMMERCIAL"
    lead = MIN_LEAD.get(priority, MIN_LEAD["COMMERCIAL"])
    if start < now + lead:
        earliest = f"{now + lead:%Y-%m-%dT%H:%MZ}"
        rule = f"must start at least {_hours(lead)} ahead for {priority} tasks"
        yield Problem(
            "window.start", rule, f"{SPECIFICATION}, table 3-2", f"The earliest start is now {earliest}."
        )
    if end > now + MAX_AHEAD:
        latest = f"{now + MAX_AHEAD:%Y-%m-%dT%H:%MZ}"
        yield Problem(
            "window.end", "must lie within 14 days from now", GUIDE, f"The latest end is now {latest}."
        )
    if end - start < MIN_WIDTH:
        width = f"should be at least {_hours(MIN_WIDTH)} wide, this is {_hours(end - start)}"
        yield Problem("window", width, blocks=False)


def _incidence_rules(request: TaskRequest) -> Iterator[Problem]:
    mode = find_mode(request.mode)
    if request.incidence is None or mode is None:
        return
    (low, high), (best_low, best_high) = request.incidence, mode.incidence_deg
    if low < best_low or high > best_high:
        rule = f"{low}-{high}° leaves the performant range {best_low}-{best_high}° of {mode.title}"
        yield Problem(
            "incidence", rule, GUIDE, "ICEYE does not guarantee the image quality there.", blocks=False
        )


def _contract_rules(request: TaskRequest, contract: Contract, now: datetime) -> Iterator[Problem]:
    if not contract.is_active(now):
        rule = f"{contract.name or contract.id} is in force from {contract.start} to {contract.end} only"
        yield Problem("contract_id", rule, _CONTRACT, "Choose another contract.")
    options: dict[str, tuple[str | None, OptionRule | None]] = {
        "mode": (request.mode, contract.imaging_modes),
        "priority": (request.priority, contract.priority),
        "exclusivity": (request.exclusivity, contract.exclusivity),
        "eula": (request.eula, contract.eula),
        "sla": (request.sla, contract.sla),
    }
    for name, (value, rule_of) in options.items():
        if value is not None and rule_of is not None and not rule_of.allows(value):
            yield _not_allowed(name, value, rule_of.allowed)
    products = contract.imaging_modes.products_of(request.mode) if contract.imaging_modes else None
    for product in request.product_types:
        if products is not None and product not in products:
            yield _not_allowed("product_types", product, products)


def _not_allowed(field: str, value: str, allowed: list[str]) -> Problem:
    return Problem(field, f"{value} is not allowed", _CONTRACT, f"Allowed: {', '.join(allowed)}.")


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:g} h"
