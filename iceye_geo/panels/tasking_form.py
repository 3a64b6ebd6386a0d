"""What a person fills in to order images, and what a contract offers for it. Values only: no widgets, no requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.company import Contract, OptionRule
from iceye_geo.models.delivery import DeliveryTarget
from iceye_geo.models.modes import MODES, find_mode
from iceye_geo.models.task_request import EXCLUSIVITIES, PRIORITIES, TaskRequest
from iceye_geo.panels.places import Place
from iceye_geo.services.contracts import default_of
from iceye_geo.services.rules import MAX_AHEAD, MIN_LEAD, MIN_WIDTH, Problem

#: Documented values, offered where a contract does not say; the server has the last word.
DOCUMENTED = {
    "priority": PRIORITIES,
    "exclusivity": EXCLUSIVITIES,
    "eula": ("STANDARD", "GOVERNMENT", "MULTI"),
    "sla": ("SLA_8H", "SLA_3H"),
}
# A window that starts at the earliest moment is too early by the time the form is filled in.
_MARGIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of the form: what may be chosen, what holds if nothing is, and who says so."""

    allowed: tuple[str, ...]
    default: str | None
    from_contract: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What a contract offers.

    Example:
        >>> offer = Offer(Contract(id="c", priority=OptionRule(allowed=["BACKGROUND"])))
        >>> offer.choice("priority")
        Choice(allowed=('BACKGROUND',), default='BACKGROUND', from_contract=True)
        >>> offer.choice("sla").from_contract
        False
    """

    contract: Contract

    @property
    def modes(self) -> tuple[str, ...]:
        """Imaging modes by API name, in the contract's order."""
        rule = self.contract.imaging_modes
        return tuple(rule.allowed) if rule and rule.allowed else tuple(MODES)

    @property
    def default_mode(self) -> str:
        """The contract's default mode; else Spot where it is allowed, since it is what most people want."""
        default = default_of(self.contract.imaging_modes)
        return default or ("SPOTLIGHT" if "SPOTLIGHT" in self.modes else self.modes[0])

    def choice(self, name: str) -> Choice:
        """Return one of priority, exclusivity, eula, sla."""
        rule: OptionRule | None = getattr(self.contract, name)
        if rule is None or not rule.allowed:
            return Choice(DOCUMENTED[name], default_of(rule), False)
        return Choice(tuple(rule.allowed), default_of(rule), True)

    def product_types(self, mode: str) -> tuple[str, ...]:
        """Return the product types of a mode: the contract's, else those of the mode table."""
        rule = self.contract.imaging_modes
        stated = rule.products_of(mode) if rule else None
        known = find_mode(mode)
        return tuple(stated) if stated is not None else known.products if known else ()


@dataclass(frozen=True, slots=True)
class TaskForm:
    """The form as filled in; None and empty mean the contract's default.

    Attributes:
        places: where; one task each.
        window: (start, end), aware UTC.
        mode: imaging mode as the API names it.
        contract_id: who pays.
        webhook_id: webhook to be called, if any.
    """

    places: tuple[Place, ...] = ()
    window: tuple[datetime, datetime] | None = None
    mode: str = ""
    contract_id: str = ""
    priority: str | None = None
    exclusivity: str | None = None
    eula: str | None = None
    sla: str | None = None
    incidence: tuple[int, int] | None = None
    look_side: str = "ANY"
    pass_direction: str = "ANY"
    product_types: tuple[str, ...] = ()
    imaging_duration: int | None = None
    reference: str = ""
    deliveries: tuple[DeliveryTarget, ...] = field(default=())
    webhook_id: str | None = None

    @property
    def gaps(self) -> tuple[Problem, ...]:
        """What is still missing before anything can be asked."""
        found = []
        if not self.places:
            found.append(
                Problem("place", "choose a place: a marker on the map, numbers, or a table", "the form")
            )
        if not self.contract_id:
            found.append(Problem("contract", "choose a contract", "the form"))
        if not self.mode:
            found.append(Problem("mode", "choose an imaging mode", "the form"))
        if self.window is None:
            found.append(Problem("window", "choose when it may be taken", "the form"))
        return tuple(found)

    def requests(self) -> tuple[TaskRequest, ...]:
        """Return one request for each place.

        Raises:
            InvalidInputError: something is missing, or a value breaks a rule of ICEYE's guide.
        """
        for gap in self.gaps:
            raise InvalidInputError(gap.field, gap.rule)
        return tuple(self._request(place) for place in self.places)

    def _request(self, place: Place) -> TaskRequest:
        assert self.window is not None
        words = [
            self.reference.strip(),
            place.name if len(self.places) > 1 or not self.reference.strip() else "",
        ]
        return TaskRequest(
            point=place.point, window=self.window, mode=self.mode, contract_id=self.contract_id,
            reference=" · ".join(word for word in words if word) or None, exclusivity=self.exclusivity,
            priority=self.priority, sla=self.sla, eula=self.eula, incidence=self.incidence,
            look_side=self.look_side, pass_direction=self.pass_direction, product_types=self.product_types,
            imaging_duration=self.imaging_duration, deliveries=self.deliveries or None, webhook_id=self.webhook_id,
        )  # fmt: skip


def lead_of(priority: str | None) -> timedelta:
    """Return how far ahead a window must start.

    Example:
        >>> lead_of("BACKGROUND"), lead_of(None)
        (datetime.timedelta(days=1), datetime.timedelta(seconds=43200))
    """
    return MIN_LEAD.get(priority or "COMMERCIAL", MIN_LEAD["COMMERCIAL"])


def suggest_window(now: datetime, *, priority: str | None, days: float = 3) -> tuple[datetime, datetime]:
    """Return a window of so many days from the first full hour that keeps the rules, cut where they end.

    Example:
        >>> start, end = suggest_window(datetime(2026, 11, 20, 9, 20, tzinfo=UTC), priority="COMMERCIAL", days=1)
        >>> f"{start:%d %H:%M} to {end:%d %H:%M}"
        '20 23:00 to 21 23:00'
    """
    earliest = now + lead_of(priority) + _MARGIN
    start = earliest.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    latest = (now + MAX_AHEAD).replace(minute=0, second=0, microsecond=0)
    return start, min(start + timedelta(days=days), latest)


def mend_window(
    window: tuple[datetime, datetime], now: datetime, *, priority: str | None
) -> tuple[datetime, datetime]:
    """Return the nearest window that keeps the 12 or 24 hours ahead, 24 hours wide and 14 days rules.

    Example:
        >>> now = datetime(2026, 11, 20, tzinfo=UTC)
        >>> start, end = mend_window((now, now + timedelta(hours=6)), now, priority=None)
        >>> (end - start) >= timedelta(hours=24), start > now + timedelta(hours=12)
        (True, True)
    """
    first, _ = suggest_window(now, priority=priority)
    last = (now + MAX_AHEAD).replace(minute=0, second=0, microsecond=0)
    lead_kept = window[0] >= now + lead_of(priority)
    start = min(window[0] if lead_kept else first, last - MIN_WIDTH)
    return start, max(min(window[1], last), start + MIN_WIDTH)


def window_rules(now: datetime, *, priority: str | None) -> str:
    """Return the rules in words, with the moments they mean now."""
    lead = int(lead_of(priority).total_seconds() // 3600)
    word = priority or "COMMERCIAL"
    return (
        f"All times are UTC. {word} tasks start at least {lead} h ahead "
        f"(now: from {now + lead_of(priority):%d %b %H:%M}), end within 14 days "
        f"(until {now + MAX_AHEAD:%d %b %H:%M}), and should span 24 h or more."
    )


def utc_now() -> datetime:
    """Return the current time, aware UTC."""
    return datetime.now(UTC)
