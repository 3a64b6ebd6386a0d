"""Callbacks when the sandbox stops: what is due is still sent, briefly and once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from transport.loopback import Answer, Loopback, Seen

from iceye_geo.sandbox.lifecycle import callbacks
from iceye_geo.sandbox.lifecycle.callbacks import Caller, Target

from .life import until


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def arrived(server: Loopback) -> list[str]:
    return [json.loads(seen.body)["id"] for seen in server.asked("/hook")]


@pytest.mark.parametrize(("drain_s", "expected"), [(60.0, "abc"), (0.0, "a")])
def test_what_is_queued_is_still_sent_as_long_as_that_may_take(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, drain_s: float, expected: str
) -> None:
    monkeypatch.setattr(callbacks, "DRAIN_S", drain_s)
    monkeypatch.setattr(callbacks, "TIMEOUT_S", 60.0)
    held = threading.Event()

    def answer(seen: Seen) -> Answer:
        assert held.wait(60)
        return Answer(204)

    server.on("/hook", answer)
    caller = Caller()
    for name in "abc":
        caller.send(Target(f"{server.url}/hook"), id=name, type="task")
    until(lambda: arrived(server) == ["a"])
    stopping = threading.Thread(target=caller.stop)
    stopping.start()
    until(lambda: caller._stopping)
    held.set()
    stopping.join(60)
    assert arrived(server) == list(expected)
    assert [attempt.status for attempt in caller.sent] == [204] * len(expected)


def test_what_was_refused_is_not_tried_again_at_the_end(server: Loopback) -> None:
    server.on("/hook", Answer(500))
    caller = Caller(pause_s=60)
    caller.send(Target(f"{server.url}/hook"), id="a", type="task")
    until(lambda: caller.sent)
    caller.stop()
    caller.send(Target(f"{server.url}/hook"), id="b", type="task")
    assert arrived(server) == ["a"]
