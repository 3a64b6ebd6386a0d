"""The sync: month after month compared with the catalog, noted in a journal, shown to readers at once at its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from iceye_geo.archive.files import UNFINISHED, OnStep
from iceye_geo.archive.lock import WriterLock
from iceye_geo.archive.manifest import (
    Journal,
    Manifest,
    Scope,
    Unit,
    drop_journal,
    files_of,
    load_journal,
    load_manifest,
    save_journal,
    save_manifest,
    with_units,
)  # fmt: skip
from iceye_geo.archive.merge import MonthMerge
from iceye_geo.archive.sources import RecordSource
from iceye_geo.stac.values import read_time, time_text

# An unfinished sync that is older starts over: its first months would be as old as it is.
RESUME_WITHIN_S = 86_400.0
# How long a file that no manifest lists any more stays, for readers that hold the manifest before.
KEEP_S = 3_600.0

_COUNTS = ("new", "changed", "vanished", "unchanged")


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did.

    Attributes:
        path: the archive's folder.
        scopes: what was mirrored.
        months: how many months of them were compared.
        resumed: how many of those an interrupted sync before had compared already.
        new: items the archive did not have.
        changed: items that say something else than before; what they said is in the history.
        vanished: items the catalog has no more, reprocessed ones included; they are in the history.
        unchanged: all others.
        seconds: wall time.
    """

    path: Path
    scopes: tuple[Scope, ...]
    months: int
    resumed: int
    new: int
    changed: int
    vanished: int
    unchanged: int
    seconds: float

    def __str__(self) -> str:
        again = f", {self.resumed} of them by the sync before" if self.resumed else ""
        return (
            f"{self.new} new, {self.changed} changed, {self.vanished} vanished, {self.unchanged} unchanged items in "
            f"{counted(self.months, 'month')}{again}; {self.seconds:.1f} s"
        )


def counted(number: int, word: str) -> str:
    """Return a number with its word, in the plural where it is not one.

    Example:
        >>> counted(1, "month"), counted(0, "file"), counted(2000, "row")
        ('1 month', '0 files', '2,000 rows')
    """
    return f"{number:,} {word}{'s' * (number != 1)}"


@dataclass(slots=True)
class SyncJob:
    """One sync, under the writer's lock.

    Attributes:
        folder: the archive's folder.
        source: where records come from.
        scopes: what is mirrored.
        between: first and last month to compare, both included; None for all.
        progress: show a bar.
        on_step: told each step.
        lock: the lock, which is touched at each step.
        clock: returns the time, aware UTC.
    """

    folder: Path
    source: RecordSource
    scopes: Sequence[Scope]
    between: tuple[str, str] | None
    progress: bool
    on_step: OnStep
    lock: WriterLock
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def run(self) -> SyncReport:
        """Compare, write, show, clean up."""
        began = time.monotonic()
        base = load_manifest(self.folder)
        journal = self._journal(base)
        resumed = len(journal.done)
        self._step("journal read")
        self._compare(base, journal)
        self._publish(base, journal)
        drop_journal(self.folder)
        self._step("journal dropped")
        self.collect()
        totals = {name: sum(unit.counts[name] for unit in journal.done) for name in _COUNTS}
        seconds = time.monotonic() - began
        return SyncReport(
            self.folder, tuple(self.scopes), len(journal.done), resumed, seconds=seconds, **totals
        )

    def collect(self, *, keep_s: float = KEEP_S) -> int:
        """Delete files that nobody can need any more; returns how many.

        Unfinished files go at once, since the lock says that nobody is writing them. Whole ones that neither
        the manifest nor the journal lists go after ``keep_s``: a reader may still hold the manifest before.
        """
        needed = set(files_of(load_manifest(self.folder), load_journal(self.folder)))
        gone = 0
        for path in [*_files(self.folder, UNFINISHED), *_files(self.folder, ".parquet")]:
            listed = path.relative_to(self.folder).as_posix() in needed
            fresh = path.suffix == ".parquet" and time.time() - path.stat().st_mtime < keep_s
            if not listed and not fresh:
                path.unlink(missing_ok=True)
                gone += 1
        self._step("files collected")
        return gone

    def _step(self, name: str) -> None:
        self.lock.touch()
        self.on_step(name)

    def _journal(self, base: Manifest) -> Journal:
        """Go on with the journal of the same sync, or begin one."""
        asked = {"scopes": [scope.key for scope in self.scopes], "between": list(self.between or ())}
        found, now = load_journal(self.folder), self.clock()
        if found is not None and found.asked == asked and found.base == base.generation:
            started = read_time(found.started)
            if started is not None and (now - started).total_seconds() < RESUME_WITHIN_S:
                return found
        drop_journal(self.folder)
        return Journal(uuid4().hex, base.generation, asked, time_text(now))

    def _compare(self, base: Manifest, journal: Journal) -> None:
        done = {(unit.scope, unit.month) for unit in journal.done}
        wanted = [(scope, month) for scope in self.scopes for month in self._months(base, scope)]
        with _bar(wanted, done, shown=self.progress) as tell:
            for scope, month in wanted:
                if (scope, month) not in done:
                    journal.done.append(self._month(base, scope, month))
                    save_journal(self.folder, journal, on_step=self._step)
                    tell(journal.done[-1])

    def _months(self, base: Manifest, scope: Scope) -> list[str]:
        """The months the catalog can have, and those the archive has: they may have vanished."""
        known = {part.month for part in base.parts if part.scope == scope and part.live}
        months = sorted({*self.source.months(scope), *known})
        first, last = self.between or ("", "~")
        return [month for month in months if first <= month <= last]

    def _month(self, base: Manifest, scope: Scope, month: str) -> Unit:
        merge = MonthMerge(self.folder, base, scope, month, now=self.clock(), on_step=self._step)
        merge.take(self._told(self.source.records(scope, month)))
        self._step("month compared")
        return merge.finish()

    def _told(self, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for number, record in enumerate(records):
            if number % 200 == 0:
                self._step("records read")
            yield record

    def _publish(self, base: Manifest, journal: Journal) -> None:
        """Swap the manifest, also when nothing changed: it says when the catalog was last asked."""
        after = with_units(base, journal.done, sync_id=journal.sync_id, written=time_text(self.clock()))
        if self.source.attribution:
            named = {scope.key: self.source.attribution for scope in self.scopes}
            after = replace(after, attribution={**after.attribution, **named})
        save_manifest(self.folder, after, on_step=self._step)


def _files(folder: Path, ending: str) -> Iterator[Path]:
    for top in (folder, folder / "live", folder / "history"):
        if top.is_dir():
            yield from (top.glob(f"*{ending}") if top == folder else top.rglob(f"*{ending}"))


@contextmanager
def _bar(wanted: Sequence[Any], done: set[Any], *, shown: bool) -> Iterator[Callable[[Unit], None]]:
    """Show a bar of months, and how many items were new."""
    from tqdm.auto import tqdm

    left = sum(unit not in done for unit in wanted)
    with tqdm(
        total=len(wanted), initial=len(wanted) - left, unit="month", desc="sync", disable=not shown
    ) as bar:
        new = 0

        def tell(unit: Unit) -> None:
            """Move the bar by a month."""
            nonlocal new
            new += unit.counts["new"]
            bar.set_postfix_str(f"{unit.month}, {new} new", refresh=False)
            bar.update()

        yield tell
