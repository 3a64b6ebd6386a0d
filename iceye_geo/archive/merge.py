"""Comparing one month of the catalog with what the archive has of it, and writing the files that change."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from iceye_geo.archive.files import OnStep
from iceye_geo.archive.manifest import Manifest, Part, Scope, Unit
from iceye_geo.archive.parts import PART_ROWS, read_part, write_part
from iceye_geo.archive.question import month_of
from iceye_geo.archive.rows import (
    FINGERPRINT,
    FRAME,
    PRODUCT,
    REASON,
    REMOVED,
    REPLACED_BY,
    SCHEMA,
    clean_record,
    to_rows,
)  # fmt: skip
from iceye_geo.errors import NormalisationError, SkippedRecordWarning
from iceye_geo.stac.values import time_text

# Records become rows in batches: large enough for the bulk readers, small enough to hold little twice.
_BATCH = 1024

CHANGED, REPROCESSED, VANISHED = "changed", "reprocessed", "vanished"


@dataclass(slots=True)
class _Known:
    """A live row of the archive: where it is and what it said."""

    part: int
    row: int
    fingerprint: str
    key: tuple[str | None, str | None]


@dataclass(slots=True)
class _Fresh:
    """New rows, kept as columns, and written away whenever they fill a file."""

    tables: list[pa.Table] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    by_key: dict[tuple[str | None, str | None], str] = field(default_factory=dict)
    rows: int = 0


class MonthMerge:
    """One month of one scope, from its comparison to its new files.

    Args:
        folder: the archive's folder.
        base: what the archive holds.
        scope: whose items.
        month: "2026-03".
        now: when the catalog is asked, aware UTC.
        on_step: told each step.
    """

    def __init__(
        self, folder: Path, base: Manifest, scope: Scope, month: str, *, now: datetime, on_step: OnStep
    ) -> None:
        self._folder, self._scope, self._month, self._now, self._on_step = folder, scope, month, now, on_step
        self._live = base.of(scope, month, live=True)
        self._history = base.of(scope, month, live=False)
        self._known = self._index()
        self._seen: dict[str, bool] = {}
        self._fresh = _Fresh()
        self._batch: list[tuple[dict[str, Any], str]] = []

    def take(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Compare the catalog's records of the month; those of other months are passed over."""
        for record in records:
            try:
                if month_of(record) == self._month:
                    self._compare(record)
            except NormalisationError as error:
                warnings.warn(SkippedRecordWarning(f"{error}; it was left out", error), stacklevel=2)
        self._flush()

    def finish(self) -> Unit:
        """Write what changed; the files before stay where they are until nobody needs them."""
        gone = {name: known for name, known in self._known.items() if not self._seen.get(name, False)}
        changed = sum(name in self._seen for name in gone)
        counts = {
            "new": sum(name not in self._known for name in self._seen),
            "changed": changed,
            "vanished": len(gone) - changed,
            "unchanged": sum(self._seen.values()),
        }
        live = self._write_live(gone)
        history = self._write_history(gone) if gone else self._history
        return Unit(self._scope, self._month, time_text(self._now), (*live, *history), counts)

    def _index(self) -> dict[str, _Known]:
        known = {}
        for number, part in enumerate(self._live):
            table = read_part(self._folder, part, columns=["id", FINGERPRINT, FRAME, PRODUCT])
            columns = (table.column(name).to_pylist() for name in ("id", FINGERPRINT, FRAME, PRODUCT))
            for row, (name, fingerprint, frame, product) in enumerate(zip(*columns, strict=True)):
                known[name] = _Known(number, row, fingerprint, (frame, product))
        return known

    def _compare(self, record: Mapping[str, Any]) -> None:
        name = str(record["id"])
        if name in self._seen:
            return
        clean, fingerprint = clean_record(record)
        before = self._known.get(name)
        self._seen[name] = before is not None and before.fingerprint == fingerprint
        if not self._seen[name]:
            self._batch.append((clean, fingerprint))
            if len(self._batch) >= _BATCH:
                self._flush()

    def _flush(self) -> None:
        if not self._batch:
            return
        records, prints = zip(*self._batch, strict=True)
        table = to_rows(records, fingerprints=prints, seen=self._now)
        self._batch = []
        fresh = self._fresh
        keys = zip(table.column(FRAME).to_pylist(), table.column(PRODUCT).to_pylist(), strict=True)
        fresh.by_key.update(zip(keys, table.column("id").to_pylist(), strict=True))
        fresh.tables.append(table)
        fresh.rows += len(table)
        if fresh.rows >= PART_ROWS:
            fresh.parts.append(self._write(pa.concat_tables(fresh.tables), live=True))
            fresh.tables, fresh.rows = [], 0

    def _write_live(self, gone: Mapping[str, _Known]) -> list[Part]:
        """Keep files no row of which goes; write the rest anew, with the new rows."""
        lost: dict[int, list[int]] = {}
        for known in gone.values():
            lost.setdefault(known.part, []).append(known.row)
        kept = [part for number, part in enumerate(self._live) if number not in lost]
        tables = [self._without(number, rows) for number, rows in lost.items()] + self._fresh.tables
        if sum(map(len, tables)):
            small = min(kept, key=lambda part: part.rows, default=None)
            if small is not None and small.rows + sum(map(len, tables)) <= PART_ROWS:
                kept.remove(small)
                tables.append(read_part(self._folder, small))
        return [*kept, *self._fresh.parts, *self._write_all(tables, live=True)]

    def _without(self, number: int, rows: list[int]) -> pa.Table:
        table = read_part(self._folder, self._live[number])
        keep = np.ones(len(table), dtype=bool)
        keep[rows] = False
        return table.filter(pa.array(keep))

    def _write_history(self, gone: Mapping[str, _Known]) -> list[Part]:
        """Add what went to the history: when, why, and what took its place."""
        live = {
            known.key: name
            for name, known in self._known.items()
            if self._seen.get(name) and known.key[0] is not None
        } | {key: name for key, name in self._fresh.by_key.items() if key[0] is not None}
        tables = []
        for number in sorted({known.part for known in gone.values()}):
            names = [name for name, known in gone.items() if known.part == number]
            rows = read_part(self._folder, self._live[number]).take(
                pa.array([gone[name].row for name in names])
            )
            tables.append(self._removed(rows, names, gone, live))
        kept = list(self._history)
        small = min(kept, key=lambda part: part.rows, default=None)
        if small is not None and small.rows + sum(map(len, tables)) <= PART_ROWS:
            kept.remove(small)
            tables.append(read_part(self._folder, small))
        return [*kept, *self._write_all(tables, live=False)]

    def _removed(
        self, rows: pa.Table, names: list[str], gone: Mapping[str, _Known], live: Mapping[Any, str]
    ) -> pa.Table:
        successors = [name if name in self._seen else live.get(gone[name].key) for name in names]
        reasons = [
            CHANGED if name in self._seen else VANISHED if after is None else REPROCESSED
            for name, after in zip(names, successors, strict=True)
        ]
        columns = {
            REMOVED: pa.repeat(pa.scalar(self._now, SCHEMA.field(REMOVED).type), len(names)),
            REASON: pa.array(reasons, pa.string()),
            REPLACED_BY: pa.array(successors, pa.string()),
        }
        for name, column in columns.items():
            rows = rows.set_column(SCHEMA.names.index(name), SCHEMA.field(name), column)
        return rows

    def _write_all(self, tables: list[pa.Table], *, live: bool) -> list[Part]:
        if not sum(map(len, tables)):
            return []
        table = pa.concat_tables([t.replace_schema_metadata(None) for t in tables])
        return [self._write(table.slice(at, PART_ROWS), live=live) for at in range(0, len(table), PART_ROWS)]

    def _write(self, table: pa.Table, *, live: bool) -> Part:
        return write_part(
            self._folder, table, scope=self._scope, month=self._month, live=live, on_step=self._on_step
        )
