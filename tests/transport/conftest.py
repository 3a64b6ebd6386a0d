from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from iceye_geo.transport.session import Session

from .loopback import Clock, Loopback, account, platform


@pytest.fixture(autouse=True)
def quick_pauses() -> None:
    """Here the pauses are what is tested, by a clock that needs no time."""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with platform() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_session(server: Loopback, clock: Clock) -> Iterator[Callable[..., Session]]:
    made: list[Session] = []

    def make(**options: Any) -> Session:
        session = Session(account(server, **options), sleep=clock.sleep, clock=clock)
        made.append(session)
        return session

    yield make
    for session in made:
        session.close()


@pytest.fixture
def session(make_session: Callable[..., Session]) -> Session:
    return make_session()
