"""A running receiver and a way to call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from iceye_geo.webhooks import CallbackStore, RunningReceiver, start

Start = Callable[..., RunningReceiver]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CallbackStore]:
    with CallbackStore(tmp_path / "callbacks.sqlite") as opened:
        yield opened


@pytest.fixture
def receive(store: CallbackStore) -> Iterator[Start]:
    """Start receivers; they end with the test."""
    with ExitStack() as stack:
        yield lambda gate=None, **options: stack.enter_context(start(store, gate, **options))


def post(url: str, body: Any = b"{}", **options: Any) -> requests.Response:
    """Send one callback."""
    content = {"data": body} if isinstance(body, bytes | str) else {"json": body}
    with requests.Session() as http:
        http.trust_env = False
        return http.post(url, timeout=60, **content, **options)
