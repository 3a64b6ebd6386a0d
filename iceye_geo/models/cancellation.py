"""What cancelling a task costs, by ICEYE's published schedule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from iceye_geo.models.base import Price

#: Notice before the window starts, share of the price in percent (product specification 6.0.5, table 3-4).
#: A row holds from its notice up to the row above; above the first cancelling is free, below the last it is not.
FREE_ABOVE = timedelta(hours=72)
SCHEDULE: tuple[tuple[timedelta, int], ...] = ((timedelta(hours=48), 10), (timedelta(hours=24), 20))
FULL = 100


def charge_percent(notice: timedelta) -> int:
    """Return the share of the price that cancelling costs, percent.

    Args:
        notice: from now to the start of the acquisition window; negative once it has started.

    Example:
        >>> [charge_percent(timedelta(hours=h)) for h in (73, 72, 48, 47, 24, 23, -1)]
        [0, 10, 10, 20, 20, 100, 100]
    """
    if notice > FREE_ABOVE:
        return 0
    return next((percent for least, percent in SCHEDULE if notice >= least), FULL)


@dataclass(frozen=True, slots=True)
class CancellationCharge:
    """What cancelling a task would cost.

    Attributes:
        percent: share of the task's price, by the published schedule.
        notice: from the moment asked about to the start of the acquisition window; None if it is not known.
        price: the task's price, None if it is not known.
        why_unknown: why the price is not known, "" if it is.

    Example:
        >>> charge = CancellationCharge(20, timedelta(hours=30), Price(amount=150000, currency="EUR"))
        >>> charge.amount, str(charge)
        (30000, '20 % of 1,500.00 EUR: 300.00 EUR (30.0 h before the window starts)')
    """

    percent: int
    notice: timedelta | None
    price: Price | None = None
    why_unknown: str = ""

    @property
    def amount(self) -> int | None:
        """The charge in minor units, rounded up; 0 where it is free; None where the price is not known."""
        if self.percent == 0:
            return 0
        return None if self.price is None else -(-self.price.amount * self.percent // 100)

    @property
    def words(self) -> str:
        """The charge in one line for people."""
        if self.percent == 0:
            return f"free of charge ({self._when})"
        if self.price is None or self.amount is None:
            unknown = f", which is not known{f': {self.why_unknown}' if self.why_unknown else ''}"
            return f"{self.percent} % of the price{unknown} ({self._when})"
        owed = Price(amount=self.amount, currency=self.price.currency)
        return f"{self.percent} % of {self.price}: {owed} ({self._when})"

    @property
    def _when(self) -> str:
        if self.notice is None:
            return "the start of the window is not known"
        hours = self.notice.total_seconds() / 3600
        if hours < 0:
            return f"{-hours:.1f} h after the window started"
        return f"{hours:.1f} h before the window starts"

    def __str__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        return f"<p>Cancelling now: {self.words}.</p>"


def charge_for(
    window_start: datetime | None, now: datetime, *, price: Price | None = None, why_unknown: str = ""
) -> CancellationCharge:
    """Return the charge for cancelling at ``now`` a task whose window starts at ``window_start``.

    Without a start the whole price is said: the answer never promises less than may be charged.
    """
    if window_start is None:
        return CancellationCharge(FULL, None, price, why_unknown)
    notice = window_start - now
    return CancellationCharge(charge_percent(notice), notice, price, why_unknown)
