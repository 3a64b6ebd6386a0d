"""A panel that asks slow questions: each answer, or what went wrong, sets the page right in its turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from iceye_geo.panels.base import Panel
from iceye_geo.panels.jobs import Stopped, Ticket

T = TypeVar("T")


class AskingPanel(Panel):
    """Base of the panels that must put a button or a card right when a question fails."""

    def ask(
        self,
        key: str,
        work: Callable[[Ticket], T],
        done: Callable[[T], None],
        *,
        failed: Callable[[], None],
        delay_s: float = 0.0,
    ) -> None:
        """Run slow work; a newer question of the key replaces it.

        Args:
            key: questions of one key replace each other.
            work: the slow part, off the main thread.
            done: takes the answer.
            failed: sets the page right after an error, which is then shown and kept as ``last_error``.
            delay_s: wait so long first, so that a burst of questions costs one.
        """

        def attempt(ticket: Ticket) -> Callable[[], None]:
            try:
                result = work(ticket)
            except Stopped:
                raise
            except Exception as error:  # noqa: BLE001 - raised again below, in the turn of the deliveries
                return lambda error=error: _fail(error)  # type: ignore[misc]
            return lambda: done(result)

        def _fail(error: Exception) -> None:
            failed()
            raise error

        self.jobs.start(key, attempt, lambda deliver: deliver(), delay_s=delay_s)
