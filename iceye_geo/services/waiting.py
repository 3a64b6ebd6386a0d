"""The one waiter: looks at an object until it has come far enough, has failed, or the deadline passes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from iceye_geo.errors import (
    ApiError,
    ConnectionFailedError,
    InvalidInputError,
    RateLimitedError,
    ServerError,
    WaitError,
    WaitTimeoutError,
)
from iceye_geo.services.progress import Progress, ProgressLike, WaitState, progress_for

T = TypeVar("T")

# A task is decided on within about twenty minutes and imaged hours later: two seconds shows a sandbox or a refusal at
# once, a minute is never late for anything, and both are far from any rate limit.
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
GROWTH = 1.6
# Spread of each pause, so that many waits started together do not stay in step.
JITTER = 0.2
# Short deadlines (a test, a fast sandbox) get more than one look before the first full pause.
LOOKS_IN_A_SHORT_WAIT = 20
_SHORTEST_REQUEST_S = 1.0
#: Faults that pass by themselves.
TRANSIENT = (ConnectionFailedError, ServerError, RateLimitedError)


@dataclass(frozen=True, slots=True)
class Clockwork:
    """Time as the waiter sees it; tests turn it by hand.

    Attributes:
        now: seconds of a monotonic clock.
        sleep: waits.
        spread: a number within -1 and 1 for the jitter.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    spread: Callable[[], float] = field(default=lambda: random.uniform(-1, 1))


@dataclass(frozen=True, slots=True)
class Goal(Generic[T]):
    """What is waited for.

    Attributes:
        title: what to call it: "task 5b9f6a0e".
        look: asks the server; takes the seconds that a request may take.
        status: the status word of an answer.
        is_reached: whether an answer is far enough.
        has_failed: whether it can no longer get there.
        error: the class that is raised then.
        order: the statuses on the way, for the bar.
    """

    title: str
    look: Callable[[float], T]
    status: Callable[[T], str]
    is_reached: Callable[[T], bool]
    has_failed: Callable[[T], bool]
    error: type[WaitError]
    order: tuple[str, ...]


def wait_for(
    goal: Goal[T],
    *,
    timeout: float,
    progress: ProgressLike = "auto",
    first_pause: float | None = None,
    longest_pause: float = LONGEST_PAUSE_S,
    clockwork: Clockwork | None = None,
) -> T:
    """Look until the goal is reached and return the object as it is then.

    Dropped connections, 5xx and 429 are waited out; a ``Retry-After`` is honoured. Any other refusal is
    raised at once. Ctrl-C raises KeyboardInterrupt and changes nothing on the server: wait again later.

    Args:
        goal: what is waited for.
        timeout: seconds after which to give up, above 0. There is no wait without an end.
        progress: "auto" shows a bar in a terminal or notebook; a callable gets each `WaitState`; None is silent.
        first_pause: seconds between the first two looks; grows up to ``longest_pause``.
        longest_pause: seconds.
        clockwork: time; default the real one.

    Raises:
        WaitTimeoutError: the deadline passed; ``last`` is the last object seen, the last fault is chained.
        WaitError: the goal can no longer be reached; the class is the goal's, ``last`` is the object.
    """
    _check_seconds(timeout, "timeout")
    time_left = clockwork or Clockwork()
    pauses = _Pauses(first_pause, longest_pause, timeout, time_left.spread)
    shown = progress_for(progress, title=goal.title, order=goal.order)
    try:
        return _Wait(goal, timeout, time_left, pauses, shown).run()
    finally:
        shown.close()


class _Pauses:
    """Grows the pauses between looks."""

    def __init__(
        self, first: float | None, longest: float, timeout: float, spread: Callable[[], float]
    ) -> None:
        if first is not None:
            _check_seconds(first, "first_pause")
        _check_seconds(longest, "longest_pause")
        self._longest = longest
        self._next = min(FIRST_PAUSE_S, timeout / LOOKS_IN_A_SHORT_WAIT) if first is None else first
        self._spread = spread

    def take(self, asked: float | None) -> float:
        """Return the next pause; the server's own wish counts if it is longer."""
        pause = min(self._next, self._longest) * (1 + JITTER * self._spread())
        self._next = min(self._next * GROWTH, self._longest)
        return max(pause, asked or 0.0)


class _Wait(Generic[T]):
    """One wait under way."""

    def __init__(
        self, goal: Goal[T], timeout: float, clockwork: Clockwork, pauses: _Pauses, progress: Progress
    ) -> None:
        self.goal, self.timeout, self.clock, self.pauses, self.progress = (
            goal,
            timeout,
            clockwork,
            pauses,
            progress,
        )
        self.started = clockwork.now()
        self.looks = 0
        self.last: T | None = None
        self.fault: ApiError | None = None

    def run(self) -> T:
        """Look until the goal is reached; raise when it has failed or the time is up."""
        while True:
            found = self._look()
            if found is not None and self.goal.is_reached(found):
                self._show()
                return found
            if found is not None and self.goal.has_failed(found):
                self._show()
                raise self.goal.error(f"{self.goal.title} ended as {self.goal.status(found)}", last=found)
            left = self.timeout - self._elapsed()
            if left <= 0:
                raise self._late()
            pause = min(self.pauses.take(self.fault.retry_after if self.fault else None), left)
            self._show(pause)
            self.clock.sleep(pause)

    def _look(self) -> T | None:
        self.looks += 1
        left = max(self.timeout - self._elapsed(), _SHORTEST_REQUEST_S)
        try:
            self.last = self.goal.look(left)
        except TRANSIENT as fault:
            self.fault = fault
            return None
        self.fault = None
        return self.last

    def _elapsed(self) -> float:
        return self.clock.now() - self.started

    def _show(self, pause: float = 0.0) -> None:
        if self.fault is not None:
            status = f"no answer ({type(self.fault).__name__})"
        else:
            status = "" if self.last is None else self.goal.status(self.last)
        state = WaitState(self.last, status, self._elapsed(), self.timeout, self.looks, pause)
        self.progress.show(state)

    def _late(self) -> WaitTimeoutError:
        seen = (
            "it was never seen" if self.last is None else f"its last status is {self.goal.status(self.last)}"
        )
        why = f"; the last look failed: {self.fault}" if self.fault else ""
        error = WaitTimeoutError(
            f"{self.goal.title} is not there after {self.timeout:g} s and {self.looks} looks; {seen}{why}. "
            "Nothing is lost: wait again later.",
            last=self.last,
        )
        error.__cause__ = self.fault
        return error


def _check_seconds(value: float, field_name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise InvalidInputError(field_name, f"must be a number of seconds above 0, this is {value!r}")
