"""Callbacks survive: crashes, restarts, readers beside writers."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iceye_geo.webhooks import CallbackStore


def test_callbacks_come_back_in_order_and_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "new" / "callbacks.sqlite"
    with CallbackStore(path) as store:
        first = store.add(b'{"id": "a"}', ids=("a",))
        store.add(b'{"id": "a"}', ids=("a",))
    with CallbackStore(path) as store:
        assert [c.number for c in store.since()] == [1, 2]
        assert store.since(first.number)[0].ids == ("a",)
        assert store.newest() == len(store) == 2


def test_only_the_owner_can_read_the_file(store: CallbackStore) -> None:
    assert stat.S_IMODE(Path(store.path).stat().st_mode) == 0o600


def test_what_grants_access_is_not_written(store: CallbackStore) -> None:
    store.add(b'{"url": "https://h/a?Signature=planted", "access_token": "planted"}', ids=())
    assert b"planted" not in Path(store.path).read_bytes()
    assert "planted" not in store.since()[0].body


def test_a_callback_that_was_added_survives_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "callbacks.sqlite"
    code = (
        "import os, signal, sys; from iceye_geo.webhooks import CallbackStore\n"
        "CallbackStore(sys.argv[1]).add(b'{}', ids=('kept',)); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(path)], timeout=60, check=False, env=os.environ)
    assert ended.returncode == -signal.SIGKILL
    with CallbackStore(path) as store:
        assert [c.ids for c in store.since()] == [("kept",)]


def test_threads_and_a_second_reader_see_every_callback(store: CallbackStore) -> None:
    def add() -> None:
        for _ in range(20):
            store.add(b"{}", ids=("x",))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with CallbackStore(store.path) as reader:
        assert [c.number for c in reader.since()] == list(range(1, 81))


def test_old_callbacks_can_be_pruned_and_numbers_go_on(store: CallbackStore) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    store.add(b"old", ids=(), received_at=now - timedelta(days=40))
    store.add(b"new", ids=(), received_at=now - timedelta(days=1))
    assert store.prune(timedelta(days=30), now=now) == 1
    assert [c.body for c in store.since()] == ["new"]
    assert store.add(b"next", ids=()).number == 3
