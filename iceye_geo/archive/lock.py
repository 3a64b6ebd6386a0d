"""One writer at a time: a lock that the system takes back from a dead process, with a fallback where it cannot."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from iceye_geo.errors import ArchiveLockedError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

Method = Literal["flock", "exclusive"]

NAME = "writer.lock"
# How often a waiting writer looks again: short against a sync, long against the cost of a look.
_POLL_S = 0.2
# A lock file whose owner cannot be looked up (another machine) counts as left behind when nobody touched it for
# this long. ``Archive.sync`` touches it at every step, and no step takes an hour.
STALE_S = 3600.0
# Breaking a stale lock takes a few system calls; a guard older than this was left by a process that died in them.
_GUARD_S = 60.0


@contextlib.contextmanager
def writer_lock(
    folder: Path,
    *,
    wait_s: float = 600.0,
    method: Method | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[WriterLock]:
    """Hold the writer's lock of an archive.

    Args:
        folder: the archive's folder; it is made.
        wait_s: how long to wait for another writer, seconds; 0 fails at once.
        method: "flock" where the system has it, else "exclusive"; for tests.
        sleep: waits.

    Raises:
        ArchiveLockedError: another writer had it for all that time; the message names it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chosen = method or ("flock" if fcntl is not None else "exclusive")
    lock = WriterLock(folder / (NAME if chosen == "flock" else f"{NAME}.owner"), chosen)
    deadline = time.monotonic() + wait_s
    while not lock.take():
        if time.monotonic() >= deadline:
            raise ArchiveLockedError(
                f"another sync is writing this archive ({lock.owner()}); waited {wait_s:g} s. "
                "Try again when it has ended, or pass a longer wait_s."
            )
        sleep(_POLL_S)
    try:
        yield lock
    finally:
        lock.release()


class WriterLock:
    """The lock of one archive; use ``writer_lock``.

    Attributes:
        path: the lock file.
        method: how it is held.
    """

    def __init__(self, path: Path, method: Method) -> None:
        self.path, self.method = path, method
        self._handle: int | None = None

    def take(self) -> bool:
        """Take the lock if it is free; True if it was."""
        return self._take_flock() if self.method == "flock" else self._take_exclusive()

    def touch(self) -> None:
        """Show that the owner is alive."""
        with contextlib.suppress(OSError):
            os.utime(self.path)

    def release(self) -> None:
        """Give it back."""
        if self._handle is None:
            return
        if self.method == "exclusive":
            self.path.unlink(missing_ok=True)
        os.close(self._handle)
        self._handle = None

    def owner(self) -> str:
        """Say who holds it, for a person."""
        found = self._read_owner()
        if not found:
            return "owner unknown"
        return f"process {found.get('pid')} on {found.get('host')}, since {found.get('since')}"

    def _take_flock(self) -> bool:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        os.ftruncate(handle, 0)
        self._hold(handle)
        return True

    def _take_exclusive(self) -> bool:
        if self._is_left_behind():
            self._break()
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            return False
        self._hold(handle)
        return True

    def _break(self) -> None:
        """Remove a lock left behind. The guard keeps a second breaker from removing the lock of the first."""
        guard = self.path.with_name(f"{self.path.name}.breaking")
        try:
            os.close(os.open(guard, os.O_CREAT | os.O_EXCL, 0o644))
        except FileExistsError:
            with contextlib.suppress(OSError):
                if time.time() - guard.stat().st_mtime > _GUARD_S:
                    guard.unlink()
            return
        try:
            if self._is_left_behind():
                self.path.unlink(missing_ok=True)
        finally:
            guard.unlink(missing_ok=True)

    def _hold(self, handle: int) -> None:
        owner = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        os.write(handle, json.dumps(owner).encode())
        self._handle = handle

    def _read_owner(self) -> dict[str, Any]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _is_left_behind(self) -> bool:
        try:
            age = time.time() - self.path.stat().st_mtime
        except OSError:
            return False
        owner = self._read_owner()
        if owner.get("host") == socket.gethostname() and isinstance(owner.get("pid"), int):
            return not _is_alive(owner["pid"])
        # An owner that is not written yet is a writer between two system calls, not a dead one.
        return age > STALE_S


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
