"""`watch`: callbacks merged with slow polling, so that a lost callback costs time and never the result."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from iceye_geo.errors import ApiError, InvalidInputError, WaitTimeoutError
from iceye_geo.models.catalog import Purchase
from iceye_geo.models.delivery import Delivery
from iceye_geo.models.tasking import Task
from iceye_geo.services.waiting import TRANSIENT, Clockwork
from iceye_geo.webhooks.store import CallbackStore

if TYPE_CHECKING:
    from iceye_geo.client import Client

Watched = Task | Purchase | Delivery
Cause = Literal["start", "callback", "poll"]

# A callback that gets lost is noticed this late at the most; twelve requests an hour per object trouble nobody.
POLL_S = 300.0
# How often the store is looked into: a local file.
TICK_S = 0.5
# A callback may come before the API shows the change. The first look again, and each one twice as late.
RECHECK_S = 1.0


@dataclass(frozen=True, slots=True)
class Change:
    """One object has another status than when it was last seen.

    Attributes:
        before: as it was.
        after: as it is.
        cause: what made us look: the start of the watch, a callback, or the slow poll.
    """

    before: Watched
    after: Watched
    cause: Cause

    def __str__(self) -> str:
        kind = type(self.after).__name__.lower()
        return f"{kind} {self.after.id}: {self.before.status} -> {self.after.status} ({self.cause})"


def watch(
    client: Client,
    objects: Iterable[Watched] | Watched,
    *,
    timeout: float,
    store: CallbackStore | str | Path | None = None,
    poll: float = POLL_S,
    tick: float = TICK_S,
    clockwork: Clockwork | None = None,
) -> Iterator[Change]:
    """Yield every change of status until all objects have come to their end.

    A callback holds no status, so the API is always asked. Callbacks in any order, twice, too early or not at
    all lead to the same changes; without a store, or a receiver that fills it, only the slow poll is left.

    Args:
        client: whom to ask.
        objects: tasks, purchases and deliveries, as last seen.
        timeout: seconds after which to give up.
        store: where the receiver keeps callbacks: a `CallbackStore` or its file.
        poll: seconds between looks that no callback asked for.
        tick: seconds between looks into the store.
        clockwork: time; default the real one.

    Raises:
        WaitTimeoutError: the time is up; ``last`` is the list of objects as last seen.
        ApiError: the server refused to show one of them.

    Example:
        >>> list(watch(client, [], timeout=5))
        []
    """
    wanted = [objects] if isinstance(objects, Watched) else list(objects)
    for one in wanted:
        if not isinstance(one, Watched):
            raise InvalidInputError(
                "objects", f"must be tasks, purchases or deliveries, one is a {type(one).__name__}"
            )
    if not timeout > 0 or not poll > 0 or not tick > 0:
        raise InvalidInputError("timeout", "and poll and tick must be above 0")
    return _run(client, wanted, timeout, store, poll, tick, clockwork or Clockwork())


def _run(
    client: Client,
    wanted: list[Watched],
    timeout: float,
    store: CallbackStore | str | Path | None,
    poll: float,
    tick: float,
    clock: Clockwork,
) -> Iterator[Change]:
    with _opened(store) as kept:
        seen = kept.newest() if kept else 0
        entries = [_Entry(one, poll, clock.now()) for one in wanted]
        end = clock.now() + timeout
        while True:
            for entry in entries:
                change = entry.look(client, clock.now()) if entry.is_due(clock.now()) else None
                if change is not None:
                    yield change
            if all(entry.last.is_terminal for entry in entries):
                return
            if clock.now() >= end:
                raise _late(entries, timeout)
            clock.sleep(min(tick, max(end - clock.now(), 0.0)))
            for callback in kept.since(seen) if kept else ():
                seen = callback.number
                for entry in entries:
                    entry.hear(callback.ids, clock.now())


class _Entry:
    """One watched object: as last seen, and when and why to look again."""

    def __init__(self, subject: Watched, poll: float, now: float) -> None:
        self.last = subject
        self._poll, self._pause = poll, poll
        self._due = now
        self._cause: Cause = "start"

    def is_due(self, now: float) -> bool:
        """Whether it is time to look again; never after the end."""
        return not self.last.is_terminal and now >= self._due

    def hear(self, ids: tuple[str, ...], now: float) -> None:
        """Look at once if a callback names the object, or names nothing."""
        if not ids or self.last.id.lower() in ids:
            self._due, self._cause, self._pause = now, "callback", min(RECHECK_S, self._poll)

    def look(self, client: Client, now: float) -> Change | None:
        """Ask the API; return the change of status, if there is one."""
        before, cause = self.last, self._cause
        try:
            self.last = _ask(client, before)
        except TRANSIENT as fault:
            self._later(now, fault)
            return None
        if self.last.status == before.status:
            self._later(now)
            return None
        self._due, self._cause, self._pause = now + self._poll, "poll", self._poll
        return Change(before, self.last, cause)

    def _later(self, now: float, fault: ApiError | None = None) -> None:
        # After a callback the pauses grow from a second to the slow poll; a look that failed is made again like that.
        pause = min(self._pause, RECHECK_S) if fault and self._pause == self._poll else self._pause
        asked = (fault.retry_after or 0.0) if fault else 0.0
        self._due = now + max(min(pause, self._poll), asked)
        self._pause = min(pause * 2, self._poll)
        if self._pause == self._poll and fault is None:
            self._cause = "poll"


def _ask(client: Client, subject: Watched) -> Watched:
    if isinstance(subject, Task):
        return client.tasking.get(subject)
    if isinstance(subject, Purchase):
        purchase: Purchase = client.catalog.get_purchase(subject)
        return purchase
    return client.delivery.get(subject)


def _late(entries: list[_Entry], timeout: float) -> WaitTimeoutError:
    last = [entry.last for entry in entries]
    open_ones = [f"{type(o).__name__.lower()} {o.id[:8]} is {o.status}" for o in last if not o.is_terminal]
    return WaitTimeoutError(
        f"after {timeout:g} s {'; '.join(open_ones)}. Nothing is lost: watch again later.", last=last
    )


@contextlib.contextmanager
def _opened(store: CallbackStore | str | Path | None) -> Iterator[CallbackStore | None]:
    if store is None or isinstance(store, CallbackStore):
        yield store
        return
    with CallbackStore(store) as opened:
        yield opened
