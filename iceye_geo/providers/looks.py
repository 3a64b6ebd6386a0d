"""One round of looks at the providers, in which each thing is asked for once; and the wait that jobs share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

from iceye_geo.providers.base import Delivery, DeliveryRecord
from iceye_geo.services.progress import ProgressLike
from iceye_geo.services.waiting import LONGEST_PAUSE_S, Goal, wait_for

#: Deliveries looked through for one whose request got no answer.
LOOKED_THROUGH = 100


class Round:
    """What was asked in one round: several jobs may share a delivery, and all share the account's list.

    Args:
        timeout: seconds that one request may take.
    """

    def __init__(self, *, timeout: float | None = None) -> None:
        self._timeout = timeout
        self._records: dict[tuple[str, str], DeliveryRecord] = {}
        self._recent: dict[str, Sequence[DeliveryRecord]] = {}

    def record(self, provider: Delivery, record: DeliveryRecord) -> DeliveryRecord:
        """Return a delivery as it is now.

        Raises:
            ApiError: the provider did not answer, or not well.
        """
        key = (provider.name, record.id)
        if key not in self._records:
            self._records[key] = provider.get(record, timeout=self._timeout)
        return self._records[key]

    def recent(self, provider: Delivery) -> Sequence[DeliveryRecord]:
        """Return the account's newest deliveries.

        Raises:
            ApiError: the provider did not answer, or not well.
        """
        if provider.name not in self._recent:
            self._recent[provider.name] = provider.list(max_items=LOOKED_THROUGH)
        return self._recent[provider.name]


class Waitable(ABC):
    """Something that can be looked at until it has ended."""

    @abstractmethod
    def refresh(self, *, timeout: float | None = None) -> Self:
        """Ask the providers for what has not ended yet, and return this.

        Args:
            timeout: seconds that one request may take.

        Raises:
            ApiError: a provider did not answer, or not well; what was known stays.
        """

    @abstractmethod
    def _goal(self) -> Goal[Self]:
        """Return what is waited for."""

    def wait(
        self,
        *,
        timeout: float,
        progress: ProgressLike = "auto",
        first_pause: float | None = None,
        longest_pause: float = LONGEST_PAUSE_S,
    ) -> Self:
        """Wait for the end and return this. One job that fails raises; of several, look at ``failed`` afterwards.

        Args:
            timeout: seconds after which to give up.
            progress: "auto" shows a bar; a callable gets each state; None is silent.
            first_pause: seconds between the first two looks; the pauses grow.
            longest_pause: seconds between looks at most.

        Raises:
            WaitTimeoutError: the time is up; ``last`` is what was waited for.
            DeliveryFailedError: a single job failed; ``last`` is the job.
        """
        return wait_for(
            self._goal(), timeout=timeout, progress=progress, first_pause=first_pause,
            longest_pause=longest_pause,
        )  # fmt: skip

    def _look(self, timeout: float) -> Self:
        return self.refresh(timeout=timeout)
