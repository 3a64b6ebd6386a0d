"""The cache of made pictures: each file is made once, whoever asks, in whichever thread or process. No pixels."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

#: A lock whose maker has not touched it for this long was left by a process that died.
_STALE_S = 60.0
_TOUCH_S = 10.0
_POLL_S = 0.05


class FileStore:
    """A folder of files that are made when first asked for.

    Files appear under their final name only when complete. Two threads never make the same file twice, and two
    processes neither: the second waits for the first, and takes over if the first has died.

    Args:
        folder: made when needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def get(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return the file's path; ``make(path)`` writes it if it is not there.

        Args:
            name: file name within the folder.
            make: writes a complete file to the path it is given; what it raises is passed on and nothing is kept.
        """
        path = self.folder / name
        if path.exists():
            return path
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock, _process_lock(path.with_name(f".{name}.lock")):
            if not path.exists():
                self._make(path, make)
        return path

    def _make(self, path: Path, make: Callable[[Path], None]) -> None:
        temporary = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
        try:
            make(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _process_lock(path: Path) -> Iterator[None]:
    """Hold a lock file while the body runs; it is touched meanwhile, so that a long body does not look dead."""
    while not _acquire(path):
        _remove_if_stale(path)
        time.sleep(_POLL_S)
    done = threading.Event()
    toucher = threading.Thread(target=_keep_fresh, args=(path, done), daemon=True)
    toucher.start()
    try:
        yield
    finally:
        done.set()
        toucher.join()
        path.unlink(missing_ok=True)


def _acquire(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    return True


def _remove_if_stale(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if time.time() - path.stat().st_mtime > _STALE_S:
            path.unlink()


def _keep_fresh(path: Path, done: threading.Event) -> None:
    while not done.wait(_TOUCH_S):
        with contextlib.suppress(FileNotFoundError):
            path.touch()
