from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from iceye_geo.sandbox.clock import Clock


def test_simulated_time_starts_now_and_runs_as_fast_as_asked() -> None:
    real = [100.0]
    clock = Clock(60, monotonic=lambda: real[0])
    start = clock.now()
    assert abs(start - datetime.now(UTC)) < timedelta(seconds=60)
    real[0] += 10
    assert clock.now() - start == timedelta(minutes=10)


def test_waiting_is_counted_in_real_seconds() -> None:
    clock = Clock(60, monotonic=lambda: 0.0)
    assert clock.real_seconds_until(clock.now() + timedelta(minutes=2)) == 2
    assert clock.real_seconds_until(clock.now() - timedelta(minutes=2)) == 0


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_time_cannot_stand_still_or_run_back(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Clock(speed)
