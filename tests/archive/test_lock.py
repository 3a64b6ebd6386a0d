"""One writer at a time, also after a writer died."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from iceye_geo.archive.lock import Method, writer_lock
from iceye_geo.errors import ArchiveLockedError

METHODS: tuple[Method, ...] = ("flock", "exclusive")


@pytest.mark.parametrize("method", METHODS)
def test_the_second_writer_waits_for_the_first(method: Method, tmp_path: Path) -> None:
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait(60)
        with writer_lock(tmp_path, wait_s=60, method=method, sleep=lambda _: None):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with writer_lock(tmp_path, method=method):
        inside.set()
        told = f"process {os.getpid()} on {socket.gethostname()}"
        with pytest.raises(ArchiveLockedError, match=told), writer_lock(tmp_path, wait_s=0, method=method):
            order.append("never")
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]


@pytest.mark.parametrize("method", METHODS)
def test_the_lock_of_a_killed_process_is_free(method: Method, tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal\n"
        "from iceye_geo.archive.lock import writer_lock\n"
        f"with writer_lock(pathlib.Path({str(tmp_path)!r}), method={method!r}):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], timeout=60, check=False)
    assert done.returncode == -9
    with writer_lock(tmp_path, wait_s=0, method=method):
        pass


def test_a_lock_of_another_machine_is_kept_until_it_is_stale(tmp_path: Path) -> None:
    owner = tmp_path / "writer.lock.owner"
    owner.write_text(json.dumps({"pid": 1, "host": "elsewhere", "since": "2026-01-01T00:00:00Z"}))
    with (
        pytest.raises(ArchiveLockedError, match="process 1 on elsewhere, since 2026"),
        writer_lock(tmp_path, wait_s=0, method="exclusive"),
    ):
        pytest.fail("the lock was not kept")
    os.utime(owner, (0, 0))
    with writer_lock(tmp_path, wait_s=0, method="exclusive"):
        assert json.loads(owner.read_text())["pid"] == os.getpid()


def test_only_one_of_many_breaks_a_stale_lock(tmp_path: Path) -> None:
    owner = tmp_path / "writer.lock.owner"
    owner.write_text("")
    os.utime(owner, (0, 0))
    held, most, count = threading.Lock(), [0, 0], [0]

    def work() -> None:
        with writer_lock(tmp_path, wait_s=30, method="exclusive", sleep=lambda _: None):
            with held:
                most[0] += 1
                most[1] = max(most[1], most[0])
                count[0] += 1
            with held:
                most[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (most[1], count[0]) == (1, 8)
