"""One order as a person follows it: a task or a purchase, how far it is, what comes next. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from iceye_geo.models.catalog import Purchase
from iceye_geo.models.modes import find_mode
from iceye_geo.models.tasking import Scene, Task

State = Literal["done", "now", "next", "ended"]
Tone = Literal["good", "bad", "busy"]


@dataclass(frozen=True, slots=True)
class Step:
    """One station of an order.

    Attributes:
        name: what it is called.
        state: done, now (it is here), next (still to come) or ended (it will not come any more).
        when: aware UTC, where it is known.
        note: one more fact, "" for none.
    """

    name: str
    state: State
    when: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A task or a purchase as last seen, with its scene where it has one.

    Example:
        >>> order = Order(Task.from_wire({"id": "0123456789", "status": "ACTIVE", "imagingMode": "SPOTLIGHT"}))
        >>> order.title, order.status, order.tone, [s.name for s in order.steps if s.state == "now"]
        ('Spot 01234567', 'ACTIVE', 'busy', ['Planned'])
    """

    subject: Task | Purchase
    scene: Scene | None = None

    @property
    def id(self) -> str:
        """Id of the task or purchase."""
        return self.subject.id

    @property
    def kind(self) -> Literal["task", "purchase"]:
        """What it is."""
        return "task" if isinstance(self.subject, Task) else "purchase"

    @property
    def status(self) -> str:
        """ICEYE's word, in capitals."""
        return self.subject.status.upper()

    @property
    def tone(self) -> Tone:
        """Whether it has come to a good end, to a bad one, or is on its way."""
        if self.subject.has_failed:
            return "bad"
        return "good" if self.subject.is_terminal else "busy"

    @property
    def title(self) -> str:
        """The person's own words for it, else mode or frame, with a piece of the id."""
        if self.subject.reference:
            return self.subject.reference
        if isinstance(self.subject, Purchase):
            return f"Frame {self.subject.frame_id or self.id[:8]}"
        mode = find_mode(self.subject.imaging_mode or "")
        return f"{mode.title if mode else self.subject.imaging_mode or 'Task'} {self.id[:8]}"

    @property
    def created_at(self) -> datetime | None:
        """When it was ordered."""
        return self.subject.created_at

    @property
    def point(self) -> tuple[float, float] | None:
        """Where a task looks, (lon, lat)."""
        return self.subject.point if isinstance(self.subject, Task) else None

    @property
    def footprint(self) -> dict[str, Any] | None:
        """The planned or real footprint, GeoJSON; None where there is none."""
        return self.scene.footprint_geojson if self.scene else None

    @property
    def when(self) -> str:
        """When it is imaged: the planned time if there is one, else the window."""
        if self.scene is not None and self.scene.imaging_time is not None:
            return f"{self.scene.imaging_time.start:%d %b %H:%M:%S} UTC"
        window = self.subject.acquisition_window if isinstance(self.subject, Task) else None
        return f"{window.start:%d %b %H:%M} – {window.end:%d %b %H:%M} UTC" if window else ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The time line."""
        return (
            _task_steps(self.subject, self.scene)
            if isinstance(self.subject, Task)
            else _purchase_steps(self.subject)
        )


def newest_first(orders: list[Order]) -> list[Order]:
    """Return the orders, those on their way first, newest first among each.

    Example:
        >>> bought = [Purchase.from_wire({"id": i, "status": s}) for i, s in (("a", "closed"), ("b", "active"))]
        >>> [order.id for order in newest_first([Order(one) for one in bought])]
        ['b', 'a']
    """
    long_ago = datetime(1970, 1, 1, tzinfo=UTC)
    by_age = sorted(orders, key=lambda one: one.created_at or long_ago, reverse=True)
    return sorted(by_age, key=lambda one: one.subject.is_terminal)


def _task_steps(task: Task, scene: Scene | None) -> tuple[Step, ...]:
    status = task.status.upper()
    at = {"RECEIVED": 0, "ACTIVE": 1, "FULFILLED": 3, "DONE": 4}.get(status, 0)
    imaging = scene.imaging_time if scene else None
    names = ("Received", "Planned", "Imaged", "First products", "Complete")
    times = (task.created_at, None, imaging.start if imaging else None, task.fulfilled_at, None)
    if task.has_failed:
        return (
            Step("Received", "done", task.created_at),
            Step(status.capitalize(), "ended", task.updated_at, _WHY.get(status, "")),
        )
    steps = [Step(name, _state(i, at, last=4), times[i]) for i, name in enumerate(names)]
    if at < 1:
        steps[0] = Step("Received", "now", task.created_at, "ICEYE decides within about 20 minutes")
    if at == 1 and imaging is not None:
        steps[2] = Step("Imaging", "next", imaging.start, "planned; may still shift")
    if status == "DONE":
        steps[4] = Step("Complete", "done", task.updated_at)
    return tuple(steps)


_WHY = {
    "REJECTED": "ICEYE could not plan it",
    "FAILED": "it could not be imaged or processed",
    "CANCELED": "it was cancelled",
}


def _purchase_steps(purchase: Purchase) -> tuple[Step, ...]:
    if purchase.has_failed:
        return (Step("Ordered", "done", purchase.created_at), Step(purchase.status.capitalize(), "ended"))
    ready = purchase.has_products
    return (
        Step("Ordered", "done", purchase.created_at),
        Step("Preparing", "done" if ready else "now"),
        Step("Complete", "done" if ready else "next"),
    )


def _state(index: int, at: int, *, last: int) -> State:
    if index < at or at == last:
        return "done"
    return "now" if index == at else "next"
