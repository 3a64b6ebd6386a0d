"""Words and helpers of the tests of tasks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from iceye_geo.sandbox import Sandbox

PACIFIC = (-150.0, 10.0)
TASKS = "/api/tasking/v2/tasks"


def window(start_h: float = 96, width_h: float = 48) -> tuple[datetime, datetime]:
    """A window that starts in ``start_h`` hours and is ``width_h`` hours wide."""
    start = datetime.now(UTC) + timedelta(hours=start_h)
    return start, start + timedelta(hours=width_h)


def sent(sandbox: Sandbox, method: str, path: str) -> int:
    """How many requests of a method went to a path."""
    return sum(1 for r in sandbox.requests if r.method == method and path in r.path)
