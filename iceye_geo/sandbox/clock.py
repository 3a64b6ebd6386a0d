"""The sandbox's two times: simulated, which may run fast, and wall time, which links and tokens live by."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Simulated time: it starts at the real time and runs ``speed`` times as fast.

    Args:
        speed: simulated seconds per real second, above 0.
        monotonic: source of elapsed real seconds; tests pass their own.

    Raises:
        ValueError: if ``speed`` is not above 0.

    Example:
        >>> ticks = iter([0.0, 2.0])
        >>> clock = Clock(60, monotonic=lambda: next(ticks))
        >>> (clock.now() - clock.start).total_seconds()
        120.0
    """

    def __init__(self, speed: float = 1.0, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self.speed = float(speed)
        self.start = datetime.now(UTC)
        self._monotonic = monotonic
        self._origin = monotonic()
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """Return the simulated time, aware UTC."""
        return self.start + timedelta(seconds=(self._monotonic() - self._origin) * self.speed) + self._ahead

    def advance(self, span: timedelta) -> None:
        """Let simulated time pass at once.

        Raises:
            ValueError: if ``span`` is negative: time does not go back.
        """
        if span < timedelta(0):
            raise ValueError("time does not go back")
        self._ahead += span

    def wall(self) -> float:
        """Return real Unix seconds: what signed links and tokens expire by."""
        return time.time()

    def real_seconds_until(self, moment: datetime) -> float:
        """Return how many real seconds are left until a simulated moment; 0 when it has passed."""
        return max(0.0, (moment - self.now()).total_seconds() / self.speed)
