"""A job: one product on its way to one place, whoever brings it; waited for with the common waiter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from iceye_geo.errors import (
    ConnectionFailedError,
    DeliveryFailedError,
    IceyeGeoError,
    NotFoundError,
    ServerError,
    UnexpectedAnswerError,
)
from iceye_geo.models.base import cell
from iceye_geo.providers.base import Delivery, DeliveryRecord, ProductRef, Target
from iceye_geo.providers.capabilities import Capability
from iceye_geo.providers.looks import Round, Waitable
from iceye_geo.providers.states import Outcome, State, combined
from iceye_geo.services.waiting import Goal

# Clocks differ: a delivery that is this much older than the request may still be the one.
_CLOCK_SLACK = timedelta(minutes=2)
_ORDER = ("unknown", "pending", "running", "succeeded")


class Claims:
    """Which deliveries already belong to which request, so that no two adopt the same one."""

    def __init__(self) -> None:
        self._owners: dict[tuple[str, str], frozenset[ProductRef]] = {}
        self._lock = threading.Lock()

    def take(self, record: DeliveryRecord, together: frozenset[ProductRef]) -> bool:
        """Claim a delivery for the request of these products; False if it belongs to another."""
        with self._lock:
            return self._owners.setdefault((record.provider, record.id), together) == together


class Job(Outcome, Waitable):
    """One product on its way to one place.

    Attributes:
        provider: who brings it.
        product: what.
        target: where to.
        records: the provider's deliveries, one or more, as last seen; none if it was refused.
        error: why it was refused, or why its fate is not known.
        attempts: how often it was sent.
        asked_at: when it was sent last, aware UTC.
    """

    def __init__(
        self,
        provider: Delivery,
        product: ProductRef,
        target: Target,
        *,
        claims: Claims | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.provider, self.product, self.target = provider, product, target
        self.records: tuple[DeliveryRecord, ...] = ()
        self.error: IceyeGeoError | None = None
        self.attempts = 0
        self.asked_at: datetime | None = None
        self._claims, self._now = claims or Claims(), now
        self._together = frozenset({product})

    @property
    def is_uncertain(self) -> bool:
        """Whether the answer was lost, or cannot be read: it may have been created."""
        lost = isinstance(self.error, ConnectionFailedError) and not self.error.never_sent
        return not self.records and (lost or isinstance(self.error, ServerError | UnexpectedAnswerError))

    @property
    def state(self) -> State:
        """Neutral word for all its deliveries together."""
        if self.error is not None:
            return "unknown" if self.is_uncertain else "failed"
        return combined(record.state for record in self.records)

    @property
    def raw_status(self) -> str:
        """The provider's own word or words."""
        return ", ".join(dict.fromkeys(record.raw_status for record in self.records))

    @property
    def reason(self) -> str:
        """Why it failed, "" where nobody says."""
        if self.error is not None:
            return str(self.error)
        return "; ".join(filter(None, map(_why, self.records)))

    def send(self) -> None:
        """Send it, or send it again, in a request of its own; a refusal is kept as ``error`` and not raised."""
        from iceye_geo.providers.together import send_together

        send_together([self])

    def begin(self, together: frozenset[ProductRef]) -> None:
        """Note that it is sent now, in a request with these products."""
        self._together, self.records, self.error = together, (), None
        self.attempts, self.asked_at = self.attempts + 1, self._now()

    def take(self, records: Iterable[DeliveryRecord]) -> None:
        """Take what the answer says of this product; of a request of its own, all of it."""
        alone = len(self._together) == 1
        self.records = tuple(record for record in records if alone or self.product in record.products)
        for record in self.records:
            self._claims.take(record, self._together)
        if not self.records:
            self.error = UnexpectedAnswerError(f"the answer names no delivery of {self.product}")

    def refuse(self, error: IceyeGeoError) -> None:
        """Note that it was not sent at all, and why."""
        self.records, self.error = (), error

    def refresh(self, *, timeout: float | None = None) -> Job:
        """Ask the provider for what has not ended yet, and return the job.

        Args:
            timeout: seconds that a request may take.

        Raises:
            ApiError: the provider did not answer, or not well; what was known stays.
        """
        return self.see(Round(timeout=timeout))

    def see(self, looks: Round) -> Job:
        """Do what `refresh` does, within a round of looks that other jobs share."""
        if self.is_uncertain:
            self.find_sent(looks)
        self.records = tuple(r if r.is_terminal else self._seen(r, looks) for r in self.records)
        return self

    def find_sent(self, looks: Round | None = None) -> bool:
        """Look through the account's deliveries for the one whose request got no answer, and adopt it."""
        if Capability.LISTING not in self.provider.capabilities:
            return False
        for record in (looks or Round()).recent(self.provider):
            if self._may_be_mine(record) and self._claims.take(record, self._together):
                self.records, self.error = (record,), None
                return True
        return False

    def row(self) -> dict[str, Any]:
        """Return what a table shows of it; no signature, no secret."""
        updated = [record.updated_at for record in self.records if record.updated_at]
        return {
            "provider": self.provider.name, "kind": self.product.kind, "product": self.product.id,
            "target": str(self.target), "state": self.state, "status": self.raw_status,
            "delivery_id": ", ".join(record.id for record in self.records),
            "location": ", ".join(dict.fromkeys(r.location for r in self.records if r.location)),
            "reason": self.reason, "attempts": self.attempts, "asked_at": self.asked_at,
            "updated_at": max(updated, default=None),
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"<Job {self.product} to {self.target}: {self.state}>"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{cell(k)}</th><td>{cell(v)}</td></tr>" for k, v in self.row().items())
        return f"<table><caption>Job</caption><tbody>{rows}</tbody></table>"

    def _goal(self) -> Goal[Job]:
        return Goal(
            title=f"delivery of {self.product}", look=self._look,
            status=lambda job: f"{job.state} ({job.reason})" if job.reason else job.state,
            is_reached=lambda job: job.succeeded, has_failed=lambda job: job.has_failed,
            error=DeliveryFailedError, order=_ORDER,
        )  # fmt: skip

    def _seen(self, record: DeliveryRecord, looks: Round) -> DeliveryRecord:
        try:
            return looks.record(self.provider, record)
        except NotFoundError as error:
            self.error = error
            return record

    def _may_be_mine(self, record: DeliveryRecord) -> bool:
        if record.has_failed or set(record.products) not in (self._together, {self.product}):
            return False
        if record.target is None or not self.target.covers(record.target):
            return False
        early = self.asked_at - _CLOCK_SLACK if self.asked_at else None
        return record.created_at is None or early is None or record.created_at >= early


def _why(record: DeliveryRecord) -> str:
    """Return why a delivery failed; that its one status stands for several products is part of it."""
    shared = len(record.products) if record.has_failed else 0
    both = (record.reason, f"one status for {shared} products" if shared > 1 else "")
    return ", ".join(filter(None, both))
