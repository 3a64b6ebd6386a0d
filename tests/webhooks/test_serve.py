"""`serve` as a process: it listens until it is interrupted, and what it took is on disk."""

from __future__ import annotations

import contextlib
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

from iceye_geo.webhooks import CallbackStore

from .conftest import post

CODE = """
import sys
from iceye_geo.webhooks import serve
serve(store=sys.argv[1], port=int(sys.argv[2]), username="iceye", password="planted-secret")
print("ended")
"""


def free_port() -> int:
    """A port that nobody listens on, below those that the system hands out: no other test gets it meanwhile."""
    for port in random.sample(range(20_000, 32_000), 50):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def test_it_receives_until_ctrl_c(tmp_path: Path) -> None:
    port, path = free_port(), tmp_path / "callbacks.sqlite"
    command = [sys.executable, "-c", CODE, str(path), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert _status(f"http://127.0.0.1:{port}/", seconds=60) == 204
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert out == "ended\n"
    assert "planted-secret" not in err
    with CallbackStore(path) as store:
        assert store.since()[0].ids == ("t-1",)


def _status(url: str, *, seconds: float) -> int:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return post(url, {"id": "t-1"}, auth=("iceye", "planted-secret")).status_code
        except requests.ConnectionError:
            assert time.monotonic() < deadline, "it did not start"
            time.sleep(0.05)
