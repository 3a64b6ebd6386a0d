"""The waiter: one clock, turned by hand."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from iceye_geo.errors import (
    ApiError,
    ConnectionFailedError,
    InvalidInputError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TaskFailedError,
    WaitTimeoutError,
)
from iceye_geo.services.progress import Bar, Callback, WaitState, progress_for, somebody_looks
from iceye_geo.services.waiting import Clockwork, Goal, wait_for

ORDER = ("RECEIVED", "ACTIVE", "DONE")


@dataclass
class Time:
    """Seconds that pass only when somebody sleeps."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)
    spread: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def clockwork(self) -> Clockwork:
        return Clockwork(now=lambda: self.seconds, sleep=self.sleep, spread=lambda: self.spread)


def goal(answers: Iterable[str | Exception], *, cost: Callable[[], None] = lambda: None) -> Goal[str]:
    script = iter(answers)
    last = ["RECEIVED"]

    def look(left: float) -> str:
        cost()
        answer = next(script, last[0])
        if isinstance(answer, Exception):
            raise answer
        last[0] = answer
        return answer

    return Goal(
        "task t-1", look, status=str, is_reached=lambda s: s == "DONE", has_failed=lambda s: s == "REJECTED",
        error=TaskFailedError, order=ORDER,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def quick_pauses() -> None:
    """Here the pauses are what is tested, by a clock that needs no time."""


def run(answers: Iterable[str | Exception], time: Time | None = None, **options: Any) -> str:
    settings = {"timeout": 3600, "progress": None} | options
    return wait_for(goal(answers), clockwork=(time or Time()).clockwork(), **settings)


def test_what_is_there_already_is_returned_without_a_pause() -> None:
    time = Time()
    assert run(["DONE"], time) == "DONE"
    assert time.slept == []


def test_pauses_grow_to_a_cap() -> None:
    time = Time()
    run(["RECEIVED"] * 12 + ["DONE"], time, first_pause=2, longest_pause=60)
    assert time.slept[:3] == [2, pytest.approx(3.2), pytest.approx(5.12)]
    assert time.slept[-1] == 60
    assert max(time.slept) == 60


@pytest.mark.parametrize(("spread", "pause"), [(1, 2.4), (-1, 1.6)])
def test_pauses_are_spread_around_their_length(spread: float, pause: float) -> None:
    time = Time(spread=spread)
    run(["RECEIVED", "DONE"], time, first_pause=2)
    assert time.slept == [pytest.approx(pause)]


def test_a_short_deadline_gets_many_looks() -> None:
    time = Time()
    run(["RECEIVED", "DONE"], time, timeout=1)
    assert time.slept == [pytest.approx(0.05)]


def test_retry_after_is_honoured_where_it_asks_for_more() -> None:
    time = Time()
    assert (
        run([RateLimitedError("slow down", status=429, retry_after=30), "DONE"], time, first_pause=2)
        == "DONE"
    )
    assert time.slept == [30]


@pytest.mark.parametrize("fault", [ConnectionFailedError("cut"), ServerError("500", status=500)])
def test_transient_faults_are_waited_out(fault: ApiError) -> None:
    assert run(["RECEIVED", fault, fault, "DONE"]) == "DONE"


def test_any_other_refusal_is_raised_at_once() -> None:
    time = Time()
    with pytest.raises(NotFoundError):
        run([NotFoundError("gone", status=404), "DONE"], time)
    assert time.slept == []


def test_the_deadline_holds_and_the_error_carries_the_last_state() -> None:
    time = Time()
    with pytest.raises(
        WaitTimeoutError, match=r"after 10 s and \d+ looks; its last status is ACTIVE"
    ) as caught:
        run(["RECEIVED", "ACTIVE"] + ["ACTIVE"] * 99, time, timeout=10)
    assert caught.value.last == "ACTIVE"
    assert isinstance(caught.value, TimeoutError)
    assert time.seconds == pytest.approx(10)


def test_a_timeout_after_a_fault_chains_it() -> None:
    with pytest.raises(WaitTimeoutError, match="never seen") as caught:
        run([ServerError("down", status=503)] * 99, timeout=5)
    assert caught.value.last is None
    assert isinstance(caught.value.__cause__, ServerError)


def test_requests_are_told_how_long_they_may_take() -> None:
    left: list[float] = []
    time = Time()
    plain = goal(["RECEIVED"] * 99)

    def look(seconds: float) -> str:
        left.append(seconds)
        return plain.look(seconds)

    with pytest.raises(WaitTimeoutError):
        wait_for(replace(plain, look=look), timeout=10, progress=None, clockwork=time.clockwork())
    assert left[0] == 10
    assert left == sorted(left, reverse=True)
    assert left[-1] == 1.0


def test_a_failure_raises_the_goals_error_with_the_object() -> None:
    with pytest.raises(TaskFailedError, match="task t-1 ended as REJECTED") as caught:
        run(["RECEIVED", "REJECTED"])
    assert caught.value.last == "REJECTED"


@pytest.mark.parametrize("timeout", [0, -1, None, float("inf"), float("nan"), "10", True])
def test_there_is_no_wait_without_an_end(timeout: Any) -> None:
    with pytest.raises(InvalidInputError, match="timeout"):
        run(["DONE"], timeout=timeout)


def test_a_callback_sees_every_state() -> None:
    states: list[WaitState] = []
    run(["RECEIVED", ServerError("x", status=500), "DONE"], progress=states.append, first_pause=2)
    assert [s.status for s in states] == ["RECEIVED", "no answer (ServerError)", "DONE"]
    assert [s.looks for s in states] == [1, 2, 3]
    assert states[0].next_look_s == 2
    assert (states[-1].subject, states[-1].next_look_s) == ("DONE", 0.0)


def test_ctrl_c_passes_through_and_closes_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(Callback, "close", lambda self: closed.append(True))

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait_for(goal(["DONE"], cost=interrupt), timeout=5, progress=None, clockwork=Time().clockwork())
    assert closed == [True]


def test_a_bar_shows_how_far_the_status_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = io.StringIO()
    monkeypatch.setattr("sys.stderr", drawn)
    bar = Bar("task t-1", ORDER)
    bar.show(WaitState("t", "ACTIVE", 12.0, 60.0, 3))
    bar.show(WaitState("t", "PAUSED", 13.0, 60.0, 4))
    bar.close()
    assert "task t-1" in drawn.getvalue()
    assert "ACTIVE, 12 s of 60 s" in drawn.getvalue()


def test_nobody_is_shown_a_bar_in_a_pipe_and_a_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert not somebody_looks()
    assert isinstance(progress_for("auto", title="t", order=ORDER), Callback)
    monkeypatch.setattr("sys.stderr", Terminal())
    bar = progress_for("auto", title="t", order=ORDER)
    bar.close()
    assert isinstance(bar, Bar)
