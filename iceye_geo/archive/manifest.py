"""The manifest: the one list of files that make up an archive, swapped whole; and the journal of an unfinished sync."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from iceye_geo.archive.files import OnStep, ignore_step, write_json
from iceye_geo.errors import ArchiveError

MANIFEST = "manifest.json"
JOURNAL = "journal.json"
FORMAT, VERSION = "iceye-geo-archive", 1

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """A collection as one contract sees it; the public one is the same for all.

    Attributes:
        collection: its name, such as "public" or "private".
        contract_id: the contract that was asked with, or "".

    Example:
        >>> Scope("public").key, Scope("private", "c-1").key
        ('public', 'private@c-1')
    """

    collection: str
    contract_id: str = ""

    @property
    def key(self) -> str:
        """A text that names it."""
        return f"{self.collection}@{self.contract_id}" if self.contract_id else self.collection


@dataclass(frozen=True, slots=True)
class Group:
    """One row group of a file: what a search needs to know to leave it alone.

    Attributes:
        rows: how many.
        box: (west, south, east, north) in degrees, west > east across the antimeridian; None if no row has
            a footprint.
        times: earliest and latest moment of its rows, microseconds since 1970.
    """

    rows: int
    box: Box | None
    times: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable file of an archive.

    Attributes:
        path: relative to the archive's folder, with forward slashes.
        scope: whose items it holds.
        month: "2026-03", of the items' start.
        live: False for history.
        groups: its row groups.
        size: bytes.
    """

    path: str
    scope: Scope
    month: str
    live: bool
    groups: tuple[Group, ...]
    size: int

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(group.rows for group in self.groups)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "path": self.path, "collection": self.scope.collection, "contract_id": self.scope.contract_id,
            "month": self.month, "live": self.live, "size": self.size,
            "groups": [[g.rows, list(g.box) if g.box else None, *g.times] for g in self.groups],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Part:
        """Read it from JSON."""
        groups = tuple(
            Group(rows, None if box is None else (box[0], box[1], box[2], box[3]), (first, last))
            for rows, box, first, last in plain["groups"]
        )
        scope = Scope(plain["collection"], plain["contract_id"])
        return cls(plain["path"], scope, plain["month"], plain["live"], groups, plain["size"])


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds at one moment.

    Attributes:
        generation: grows by one with every sync that ended.
        sync_id: the sync that wrote it.
        written: when, RFC 3339; "" for an archive that is still empty.
        parts: all files.
        checked: scope key -> month -> when it was last compared with the catalog, RFC 3339.
        attribution: who must be named with the data, by scope key; for open data.
    """

    generation: int = 0
    sync_id: str = ""
    written: str = ""
    parts: tuple[Part, ...] = ()
    checked: dict[str, dict[str, str]] = field(default_factory=dict)
    attribution: dict[str, str] = field(default_factory=dict)

    def of(self, scope: Scope, month: str, *, live: bool) -> list[Part]:
        """Return the files of one month of one scope."""
        return [p for p in self.parts if p.scope == scope and p.month == month and p.live is live]

    def scopes(self) -> list[Scope]:
        """Return the scopes that were ever synced, in order."""
        return sorted({part.scope for part in self.parts} | {_scope(key) for key in self.checked})

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "format": FORMAT, "version": VERSION, "generation": self.generation, "sync_id": self.sync_id,
            "written": self.written, "checked": self.checked, "attribution": self.attribution,
            "parts": [part.to_dict() for part in self.parts],
        }  # fmt: skip


def _scope(key: str) -> Scope:
    collection, _, contract = key.partition("@")
    return Scope(collection, contract)


@dataclass(slots=True)
class Journal:
    """What an unfinished sync has done so far; its files are not part of the archive yet.

    Attributes:
        sync_id: of the sync.
        base: generation of the manifest it started from.
        asked: what was asked for, so that only the same sync goes on with it.
        started: when, RFC 3339.
        done: one entry for each month compared: its scope, month, when, its files if they changed, counts.
    """

    sync_id: str
    base: int
    asked: dict[str, Any]
    started: str
    done: list[Unit] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "sync_id": self.sync_id, "base": self.base, "asked": self.asked, "started": self.started,
            "done": [unit.to_dict() for unit in self.done],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """One month of one scope after its comparison with the catalog.

    Attributes:
        scope: whose items.
        month: "2026-03".
        checked: when, RFC 3339.
        parts: all its files from now on, live and history.
        counts: new, changed, vanished and unchanged items.
    """

    scope: Scope
    month: str
    checked: str
    parts: tuple[Part, ...]
    counts: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "collection": self.scope.collection, "contract_id": self.scope.contract_id, "month": self.month,
            "checked": self.checked, "counts": self.counts, "parts": [part.to_dict() for part in self.parts],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Unit:
        """Read it from JSON."""
        parts = tuple(Part.from_dict(part) for part in plain["parts"])
        scope = Scope(plain["collection"], plain["contract_id"])
        return cls(scope, plain["month"], plain["checked"], parts, plain["counts"])


def with_units(base: Manifest, units: list[Unit], *, sync_id: str, written: str) -> Manifest:
    """Return the manifest after a sync: its months replace those before, all others stay."""
    touched = {(unit.scope, unit.month) for unit in units}
    kept = [part for part in base.parts if (part.scope, part.month) not in touched]
    checked = {key: dict(months) for key, months in base.checked.items()}
    for unit in units:
        checked.setdefault(unit.scope.key, {})[unit.month] = unit.checked
    parts = tuple(sorted([*kept, *(p for u in units for p in u.parts)], key=lambda part: part.path))
    return replace(
        base, generation=base.generation + 1, sync_id=sync_id, written=written, parts=parts, checked=checked
    )


def load_manifest(folder: Path) -> Manifest:
    """Read the manifest of an archive; an empty one where there is none yet.

    Raises:
        ArchiveError: the file is there but is not a manifest this version can read.
    """
    plain = _load(folder / MANIFEST)
    if plain is None:
        return Manifest()
    if plain.get("format") != FORMAT or plain.get("version") != VERSION:
        raise ArchiveError(
            f"{folder / MANIFEST} has format {plain.get('format')!r}, version {plain.get('version')!r}; this version "
            f"of iceye-geo reads {FORMAT!r}, version {VERSION}. Sync into a new folder, or update iceye-geo."
        )
    return Manifest(
        plain["generation"], plain["sync_id"], plain["written"], tuple(Part.from_dict(p) for p in plain["parts"]),
        plain["checked"], plain.get("attribution", {}),
    )  # fmt: skip


def save_manifest(folder: Path, manifest: Manifest, *, on_step: OnStep = ignore_step) -> None:
    """Swap the manifest: from here on readers see the new files."""
    write_json(folder / MANIFEST, manifest.to_dict(), step="manifest", on_step=on_step)


def load_journal(folder: Path) -> Journal | None:
    """Read the journal of an unfinished sync; None if there is none or it cannot be read."""
    try:
        plain = _load(folder / JOURNAL)
        if plain is None:
            return None
        done = [Unit.from_dict(unit) for unit in plain["done"]]
        return Journal(plain["sync_id"], plain["base"], plain["asked"], plain["started"], done)
    except (ArchiveError, KeyError, TypeError, ValueError):
        # The journal only saves work: without it the sync starts over.
        return None


def save_journal(folder: Path, journal: Journal, *, on_step: OnStep = ignore_step) -> None:
    """Write down what an unfinished sync has done."""
    write_json(folder / JOURNAL, journal.to_dict(), step="journal", on_step=on_step)


def drop_journal(folder: Path) -> None:
    """Forget an unfinished sync."""
    (folder / JOURNAL).unlink(missing_ok=True)


def files_of(manifest: Manifest, journal: Journal | None) -> Iterator[str]:
    """Name every file that is still needed."""
    yield from (part.path for part in manifest.parts)
    if journal is not None:
        yield from (part.path for unit in journal.done for part in unit.parts)


def _load(path: Path) -> dict[str, Any] | None:
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ArchiveError(f"{path} is not JSON ({error}). Restore it, or sync into a new folder.") from None
    if not isinstance(plain, dict):
        raise ArchiveError(f"{path} holds no JSON object. Restore it, or sync into a new folder.")
    return plain
