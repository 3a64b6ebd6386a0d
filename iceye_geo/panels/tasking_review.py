"""What is known before an order is sent: estimate, verdicts, charges, what forbids it, what needs a tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from iceye_geo.errors import IceyeGeoError
from iceye_geo.models.base import Price
from iceye_geo.models.cancellation import FREE_ABOVE, FULL, SCHEDULE, CancellationCharge
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.models.tasking import Task
from iceye_geo.panels.tasking_form import TaskForm
from iceye_geo.services.feasibility import FeasibilityResults
from iceye_geo.services.money import Quote
from iceye_geo.services.rules import Problem

#: Prices, budgets and passes change; after this an order must be reviewed again.
REVIEW_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the places cost one by one, and together beside the budget.

    Attributes:
        prices: one for each place; None where it is not known.
        total: the sum beside the budget; no price where one of them is not known.
    """

    prices: tuple[Price | None, ...]
    total: Quote


def add_up(quotes: Sequence[Quote], budget: Quote) -> Estimate:
    """Return the estimate of several places from their quotes and the budget.

    Example:
        >>> quotes = [Quote(Price(amount=100, currency="EUR")), Quote(None, price_unknown="no pricing plan")]
        >>> add_up(quotes, Quote()).total.price_unknown
        'no pricing plan'
    """
    prices = tuple(one.price for one in quotes)
    known = [price for price in prices if price is not None]
    why = next((one.price_unknown or "not asked for" for one in quotes if one.price is None), "")
    if not why and len({price.currency for price in known}) > 1:
        why = "the places are priced in several currencies"
    total = (
        None if why or not known else Price(amount=sum(p.amount for p in known), currency=known[0].currency)
    )
    return Estimate(prices, Quote(total, budget.budget, why, budget.budget_unknown))


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """Until when cancelling costs how much; ``until`` is None in the last line."""

    until: datetime | None
    charge: CancellationCharge

    @property
    def words(self) -> str:
        """The charge without its notice."""
        amount, price = self.charge.amount, self.charge.price
        if amount == 0:
            return "free of charge"
        share = f"{self.charge.percent} % of the price"
        return (
            share
            if price is None or amount is None
            else f"{share}: {Price(amount=amount, currency=price.currency)}"
        )


def charge_lines(start: datetime, now: datetime, *, price: Price | None) -> tuple[ChargeLine, ...]:
    """Return what cancelling costs from now on, by the published schedule.

    Args:
        start: of the acquisition window, aware.
        now: the current time, aware.
        price: of everything that would be cancelled; None if it is not known.

    Example:
        >>> from datetime import UTC
        >>> now = datetime(2026, 11, 20, tzinfo=UTC)
        >>> [line.words for line in charge_lines(now + timedelta(hours=50), now, price=None)]
        ['10 % of the price', '20 % of the price', '100 % of the price']
    """
    steps = [(FREE_ABOVE, 0), *SCHEDULE]
    lines = [
        ChargeLine(start - notice, CancellationCharge(percent, notice, price))
        for notice, percent in steps
        if start - notice > now
    ]
    return (*lines, ChargeLine(None, CancellationCharge(FULL, timedelta(0), price)))


@dataclass(frozen=True, slots=True)
class Review:
    """An order laid open before it is sent.

    Attributes:
        form: as it was when the review was asked for.
        requests: what will be sent, one for each place.
        estimate: prices and budget.
        verdicts: feasibility; None if it could not be asked for.
        verdicts_unknown: why not, "" otherwise.
        warnings: rules that do not forbid the order.
        again: tasks that this controller has already sent for the very same request.
        made_at: when, aware UTC.
        contract_name: who pays, in words.
        defaults: what the contract puts where the form leaves an option open.
        key: names this review; one review sends one order.
    """

    form: TaskForm
    requests: tuple[TaskRequest, ...]
    estimate: Estimate
    verdicts: FeasibilityResults | None
    verdicts_unknown: str
    warnings: tuple[Problem, ...]
    charges: tuple[ChargeLine, ...]
    again: tuple[Task, ...]
    made_at: datetime
    contract_name: str = ""
    defaults: Mapping[str, str | None] = field(default_factory=dict)
    key: str = field(default_factory=lambda: uuid4().hex)

    @property
    def blocks(self) -> tuple[str, ...]:
        """Why the order cannot be sent; empty if it can."""
        if self.estimate.total.fits is False:
            return (
                f"The budget does not cover it: {self.estimate.total.words}. ICEYE would refuse the order.",
            )
        return ()

    @property
    def ticks(self) -> tuple[str, ...]:
        """What is not known, or speaks against the order: each must be accepted before it can be sent."""
        total, found = self.estimate.total, []
        if total.price is None:
            found.append(f"The price is not known ({total.price_unknown}). It may cost any amount.")
        if total.budget is None:
            found.append(
                f"The budget is not known ({total.budget_unknown}), so nobody can say whether it fits."
            )
        elif total.price is not None and total.fits is None:
            found.append(
                "The price and the budget are in different currencies, so nobody can say whether it fits."
            )
        found.extend(self._about_verdicts())
        if self.again:
            same = ", ".join(f"{task.id[:8]} ({task.status})" for task in self.again)
            found.append(f"You have already sent this very order: task {same}. Sending it again pays twice.")
        return tuple(found)

    def _about_verdicts(self) -> list[str]:
        if self.verdicts is None:
            return [f"Feasibility is not known ({self.verdicts_unknown})."]
        bad = [one for one in self.verdicts if not one.feasible]
        if not bad:
            return []
        reasons = sorted({one.reason or one.result for one in bad})
        which = "It is" if len(self.verdicts) == 1 else f"{len(bad)} of {len(self.verdicts)} places are"
        return [f"{which} not feasible: {'; '.join(reasons)}. ICEYE will probably reject it."]

    def is_stale(self, now: datetime) -> bool:
        """Return whether too much time has passed to order on its strength."""
        return now - self.made_at > REVIEW_LIFE


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an order.

    Attributes:
        tasks: what ICEYE has accepted, in the order of the places.
        left: requests that were not sent, or were refused.
        uncertain: a request that was sent and not answered; it may exist.
        error: what stopped the order; None if all went well.
    """

    tasks: tuple[Task, ...]
    left: tuple[TaskRequest, ...] = ()
    uncertain: TaskRequest | None = None
    error: IceyeGeoError | None = None

    @property
    def words(self) -> str:
        """The outcome in plain words."""
        count = len(self.tasks)
        ids = ", ".join(task.id[:8] for task in self.tasks[:5]) + ("…" if count > 5 else "")
        done = f"{count} task{'s' if count != 1 else ''} sent: {ids}." if count else "Nothing was ordered."
        if self.uncertain is not None:
            done += " One request was sent and not answered: look into your tasks before ordering it again."
        elif self.left:
            done += f" {len(self.left)} not sent."
        return done
