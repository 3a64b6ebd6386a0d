"""A stand-in for the browser: takes every widget message and counts its bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from comm.base_comm import BaseComm


class CountingComm(BaseComm):
    """Takes messages and counts their bytes as JSON."""

    sent = 0

    def publish_msg(self, *args: Any, buffers: Any = None, **parts: Any) -> None:
        CountingComm.sent += len(json.dumps([*args, parts], default=str)) + sum(len(b) for b in buffers or ())


@contextmanager
def counting() -> Iterator[type[CountingComm]]:
    """Let widgets made inside speak to the stand-in; yields it, ``.sent`` counts bytes."""
    CountingComm.sent = 0
    with mock.patch("ipywidgets.widgets.widget.comm.create_comm", lambda *a, **k: CountingComm(*a, **k)):
        yield CountingComm
