"""What tasks, purchases and deliveries share: a status, the steps still ahead, and a clock of their own.

A resource is created at the wall clock's time and lives at the pace of the sandbox's clock from there. So a client
may ask for windows relative to its own clock however fast the sandbox runs, and still see the resource live its days
in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class SupportsNow(Protocol):
    """The sandbox's clock."""

    def now(self) -> datetime:
        """Return the simulated time, aware UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """A change of status ahead: which, and when on the resource's own clock."""

    status: str
    at: datetime


@dataclass(kw_only=True)
class Life:
    """The state of one resource.

    Attributes:
        id: its UUID.
        contract_id: whose it is.
        created: wall time of creation, aware UTC.
        epoch: what the sandbox's clock showed at that moment.
        status: the status now.
        steps: what comes next, in order; empty when the life has ended.
        updated: when the status last changed, on the resource's clock.
        sequence: grows with every change anywhere, so that "last modified first" has one answer.
        webhook_id: where changes are reported.
    """

    id: str
    contract_id: str
    created: datetime
    epoch: datetime
    status: str
    steps: list[Step]
    updated: datetime
    sequence: int = 0
    webhook_id: str | None = None

    def now(self, clock: SupportsNow) -> datetime:
        """Return the time on this resource's clock."""
        return self.created + (clock.now() - self.epoch)

    def pop_due(self, clock: SupportsNow) -> Step | None:
        """Take the next step if its time has come."""
        if not self.steps or self.steps[0].at > self.now(clock):
            return None
        return self.steps.pop(0)

    def jump(self, status: str, *, at: datetime) -> list[Step]:
        """Take every step up to `status` at once; a status that was not planned ends the life.

        Returns:
            The steps taken, all at `at`. What remains planned keeps its distance to the last step taken.
        """
        names = [step.status for step in self.steps]
        if status not in names:
            self.steps = []
            return [Step(status, at)]
        taken, rest = self.steps[: names.index(status) + 1], self.steps[names.index(status) + 1 :]
        self.steps = [Step(step.status, at + (step.at - taken[-1].at)) for step in rest]
        return [Step(step.status, at) for step in taken]


def wire_time(moment: datetime) -> str:
    """Return RFC 3339 text with milliseconds and Z.

    Example:
        >>> wire_time(datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC))
        '2026-11-23T01:02:03.456Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
