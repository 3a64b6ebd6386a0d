"""A job: one product on its way to one place, whoever brings it; waited for with the common waiter."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from iceye_geo.errors import (
    ConnectionFailedError,
    DeliveryFailedError,
    IceyeGeoError,
    NotFoundError,
    ServerError,
)
from iceye_geo.models.base import cell
from iceye_geo.providers.base import Delivery, DeliveryRecord, ProductRef, Target
from iceye_geo.providers.capabilities import Capability
from iceye_geo.providers.states import TERMINAL, State, combined
from iceye_geo.services.progress import ProgressLike
from iceye_geo.services.waiting import LONGEST_PAUSE_S, Goal, wait_for

#: Deliveries looked through for one whose request got no answer.
LOOKED_THROUGH = 100
# Clocks differ: a delivery that is this much older than the request may still be the one.
_CLOCK_SLACK = timedelta(minutes=2)
_ORDER = ("unknown", "pending", "running", "succeeded")


class Claims:
    """Which deliveries already belong to a job, so that no two jobs take the same one."""

    def __init__(self) -> None:
        self._ids: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def take(self, record: DeliveryRecord) -> bool:
        """Claim a delivery; False if another job has it."""
        key = (record.provider, record.id)
        with self._lock:
            if key in self._ids:
                return False
            self._ids.add(key)
            return True


class Job:
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

    @property
    def is_uncertain(self) -> bool:
        """Whether the request was lost on the way back: it may have been created."""
        lost = isinstance(self.error, ConnectionFailedError) and not self.error.never_sent
        return not self.records and (lost or isinstance(self.error, ServerError))

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
    def is_terminal(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in TERMINAL

    @property
    def succeeded(self) -> bool:
        """Whether the files are there."""
        return self.state == "succeeded"

    @property
    def has_failed(self) -> bool:
        """Whether it was refused or ended without the files being there."""
        return self.state in ("failed", "cancelled")

    @property
    def reason(self) -> str:
        """Why it failed, "" where nobody says."""
        if self.error is not None:
            return str(self.error)
        return "; ".join(record.reason for record in self.records if record.reason)

    def send(self) -> None:
        """Send it, or send it again; a refusal is kept as ``error`` and not raised."""
        self.records, self.error, self.attempts, self.asked_at = (), None, self.attempts + 1, self._now()
        try:
            records = self.provider.create([self.product], to=self.target)
        except IceyeGeoError as error:
            self.error = error
            return
        self.records = tuple(records)
        for record in records:
            self._claims.take(record)

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
        if self.is_uncertain:
            self.find_sent()
        seen = [r if r.is_terminal else self._look(r, timeout) for r in self.records]
        self.records = tuple(seen)
        return self

    def find_sent(self) -> bool:
        """Look through the account's deliveries for the one whose request got no answer, and adopt it."""
        if Capability.LISTING not in self.provider.capabilities:
            return False
        for record in self.provider.list(max_items=LOOKED_THROUGH):
            if self._may_be_mine(record) and self._claims.take(record):
                self.records, self.error = (record,), None
                return True
        return False

    def wait(
        self,
        *,
        timeout: float,
        progress: ProgressLike = "auto",
        first_pause: float | None = None,
        longest_pause: float = LONGEST_PAUSE_S,
    ) -> Job:
        """Wait until the files are there.

        Args:
            timeout: seconds after which to give up.
            progress: "auto" shows a bar; a callable gets each state; None is silent.
            first_pause: seconds between the first two looks; the pauses grow.
            longest_pause: seconds between looks at most.

        Raises:
            WaitTimeoutError: the time is up; ``last`` is the job.
            DeliveryFailedError: it failed; ``last`` is the job.
        """
        goal = Goal(
            title=f"delivery of {self.product}", look=self._refreshed,
            status=lambda job: f"{job.state} ({job.reason})" if job.reason else job.state,
            is_reached=lambda job: job.succeeded, has_failed=lambda job: job.has_failed,
            error=DeliveryFailedError, order=_ORDER,
        )  # fmt: skip
        return wait_for(
            goal, timeout=timeout, progress=progress, first_pause=first_pause, longest_pause=longest_pause
        )

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

    def _refreshed(self, timeout: float) -> Job:
        return self.refresh(timeout=timeout)

    def _look(self, record: DeliveryRecord, timeout: float | None) -> DeliveryRecord:
        try:
            return self.provider.get(record, timeout=timeout)
        except NotFoundError as error:
            self.error = error
            return record

    def _may_be_mine(self, record: DeliveryRecord) -> bool:
        if record.has_failed or record.products != (self.product,):
            return False
        if record.target is None or not self.target.covers(record.target):
            return False
        early = self.asked_at - _CLOCK_SLACK if self.asked_at else None
        return record.created_at is None or early is None or record.created_at >= early
