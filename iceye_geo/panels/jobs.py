"""Work off the main thread: the last request wins, anything can be stopped, closing stops all of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)

# Closing waits so long for workers inside a network call; they are daemons and their results are dropped.
CLOSE_WAIT_S = 2.0


class Stopped(Exception):  # noqa: N818 - a signal between threads, not a failure
    """Raised inside a job by `Ticket.check` once it was stopped."""


class Ticket:
    """One job's right to go on: the work asks it now and then, whoever stops the job revokes it."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    def __repr__(self) -> str:
        return f"Ticket(stopped={self.stopped})"

    @property
    def stopped(self) -> bool:
        """Whether the job was stopped."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Revoke the right to go on."""
        self._stop.set()

    def check(self) -> None:
        """Raise `Stopped` if the job was stopped."""
        if self.stopped:
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Wait, and raise `Stopped` at once if the job is stopped meanwhile."""
        if self._stop.wait(seconds):
            raise Stopped


class Jobs:
    """Runs jobs in daemon threads; a new job of the same key stops the one before it.

    Args:
        on_error: called with whatever a job raised. It runs, like every ``done``, one at a time.

    Example:
        >>> jobs = Jobs(on_error=print)
        >>> seen = []
        >>> _ = jobs.start("answer", lambda ticket: 6 * 7, seen.append)
        >>> jobs.wait(timeout=5)
        True
        >>> seen
        [42]
        >>> jobs.close()
    """

    def __init__(self, *, on_error: Callable[[BaseException], None]) -> None:
        self._on_error = on_error
        #: Held while a job delivers or reports: whoever holds it sees the panel at rest.
        self.turn = threading.RLock()
        self._guard = threading.Lock()
        self._current: dict[Hashable, Ticket] = {}
        self._threads: dict[Ticket, threading.Thread] = {}
        self._closed = False

    def start(
        self, key: Hashable, work: Callable[[Ticket], T], done: Callable[[T], None], *, delay_s: float = 0.0
    ) -> Ticket:
        """Run ``work(ticket)`` in a thread, then ``done(result)`` unless a newer job of the key has begun.

        Args:
            key: jobs of one key replace each other.
            work: the slow part; it should call ``ticket.check()`` between steps.
            done: takes the result; one ``done`` runs at a time.
            delay_s: wait so long first, so that a burst of requests costs one (debounce).
        """
        ticket = Ticket()
        thread = threading.Thread(
            target=self._run, args=(key, ticket, work, done, delay_s), name=f"iceye-geo {key}", daemon=True
        )
        with self._guard:
            if self._closed:
                ticket.stop()
                return ticket
            before = self._current.get(key)
            self._current[key] = ticket
            self._threads[ticket] = thread
        if before is not None:
            before.stop()
        thread.start()
        return ticket

    def _run(
        self,
        key: Hashable,
        ticket: Ticket,
        work: Callable[[Ticket], T],
        done: Callable[[T], None],
        delay_s: float,
    ) -> None:
        try:
            if delay_s:
                ticket.sleep(delay_s)
            ticket.check()
            result = work(ticket)
            with self.turn:
                ticket.check()
                done(result)
        except Stopped:
            log.debug("job %s stopped", key)
        except BaseException as error:  # noqa: BLE001 - a thread has nobody above it; the panel shows the error
            with self.turn:
                if not ticket.stopped:
                    self._on_error(error)
        finally:
            with self._guard:
                self._threads.pop(ticket, None)
                if self._current.get(key) is ticket:
                    del self._current[key]

    def stop(self, key: Hashable) -> bool:
        """Stop the job of a key; True if one was running."""
        with self._guard:
            ticket = self._current.pop(key, None)
        if ticket is not None:
            ticket.stop()
        return ticket is not None

    def running(self, key: Hashable) -> bool:
        """Whether a job of the key is under way."""
        with self._guard:
            return key in self._current

    def report(self, ticket: Ticket, show: Callable[[], None]) -> None:
        """Show progress from inside a job, in turn with the deliveries; does nothing once the job was stopped."""
        with self.turn:
            ticket.check()
            show()

    def wait(self, *, timeout: float) -> bool:
        """Wait until no job is left, seconds; False if some still are. For scripts and tests."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            with self._guard:
                threads = [t for t in self._threads.values() if t is not threading.current_thread()]
            if not threads:
                return True
            threads[0].join(min(0.05, max(0.0, deadline - time.monotonic())))
        return False

    def close(self) -> None:
        """Stop all jobs and take no more."""
        with self._guard:
            self._closed = True
            tickets = list(self._threads)
        for ticket in tickets:
            ticket.stop()
        self.wait(timeout=CLOSE_WAIT_S)
