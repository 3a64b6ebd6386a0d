"""Where callbacks are kept: one SQLite file, written before the caller is answered."""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iceye_geo.closing import Closing
from iceye_geo.redact import redact

_SCHEMA = """
CREATE TABLE IF NOT EXISTS callbacks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    ids TEXT NOT NULL,
    body TEXT NOT NULL
)
"""
# A reader in another process holds the file for moments only.
_BUSY_MS = 5000


@dataclass(frozen=True, slots=True)
class Callback:
    """One callback as it was received.

    Attributes:
        number: grows with every callback, also over restarts.
        received_at: aware UTC.
        ids: ids found in the body, lower case.
        body: the body as text, without anything that grants access.
    """

    number: int
    received_at: datetime
    ids: tuple[str, ...]
    body: str


class CallbackStore(Closing):
    """Callbacks in order of arrival. Safe between threads, and between a receiver and a reader process.

    Nothing is filtered: a callback carries no status, so two that look alike may speak of two changes.

    Args:
        path: the SQLite file, made if missing and readable by its owner only; ":memory:" keeps nothing.

    Example:
        >>> with CallbackStore(":memory:") as store:
        ...     first = store.add(b'{"id": "t-1"}', ids=("t-1",))
        ...     store.add(b"{}", ids=()).number, [c.number for c in store.since(first.number)]
        (2, [2])
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        if self.path != ":memory:":
            file = Path(self.path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        with self._lock:
            self._db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute(_SCHEMA)

    def add(self, body: bytes, *, ids: tuple[str, ...], received_at: datetime | None = None) -> Callback:
        """Write one callback to disk and return it; when this returns, it survives a crash.

        Args:
            body: as it came.
            ids: what was found in it.
            received_at: aware; default the current time.
        """
        moment = (received_at or datetime.now(UTC)).astimezone(UTC)
        text = redact(body.decode("utf-8", errors="replace"))
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO callbacks (received_at, ids, body) VALUES (?, ?, ?)",
                (moment.isoformat(), json.dumps(ids), text),
            )
        return Callback(int(cursor.lastrowid or 0), moment, ids, text)

    def since(self, number: int = 0) -> list[Callback]:
        """Return the callbacks after ``number``, in order of arrival."""
        query = "SELECT number, received_at, ids, body FROM callbacks WHERE number > ? ORDER BY number"
        with self._lock:
            rows = self._db.execute(query, (number,)).fetchall()
        return [
            Callback(n, datetime.fromisoformat(at), tuple(json.loads(ids)), body) for n, at, ids, body in rows
        ]

    def newest(self) -> int:
        """Return the number of the newest callback, 0 if there is none."""
        with self._lock:
            found = self._db.execute("SELECT MAX(number) FROM callbacks").fetchone()[0]
        return int(found or 0)

    def prune(self, older_than: timedelta, *, now: datetime | None = None) -> int:
        """Delete callbacks older than that, and return how many were."""
        limit = (now or datetime.now(UTC)).astimezone(UTC) - older_than
        with self._lock:
            return self._db.execute(
                "DELETE FROM callbacks WHERE received_at < ?", (limit.isoformat(),)
            ).rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def __len__(self) -> int:
        with self._lock:
            return int(self._db.execute("SELECT COUNT(*) FROM callbacks").fetchone()[0])

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"CallbackStore({self.path!r})"
