"""The answer of an archive: a search as a value, read from disk when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iceye_geo.archive.lookup import Hit, candidates, fetch, find
from iceye_geo.archive.manifest import Manifest, Part, Scope
from iceye_geo.archive.question import Question
from iceye_geo.archive.views import LocalSearch
from iceye_geo.stac.source import Source

if TYPE_CHECKING:
    from iceye_geo.archive.archive import Archive
    from iceye_geo.stac.items import IceyeItem

# Records are decoded in blocks of this many, some 30 MB; a search of any size is read within that.
_BLOCK = 10_000
# How often a search starts over when files were collected under it; each time a sync must have ended meanwhile.
_TRIES = 5


@dataclass(slots=True)
class Snapshot:
    """The rows a search found in one state of the archive."""

    manifest: Manifest
    chosen: list[tuple[Part, list[int]]] = field(repr=False)
    hits: list[Hit] = field(repr=False)


class ArchiveSearch(LocalSearch):
    """A search of an archive: what ``client.catalog.search`` gives, from disk.

    It is looked up when it is first read and stays at the state of the archive it saw then.

    Attributes:
        archive: where it looks.
        question: what it asks, checked.
    """

    def __init__(self, archive: Archive, question: Question) -> None:
        self.archive, self.question = archive, question
        self._snapshot: Snapshot | None = None

    def __len__(self) -> int:
        return len(self._look_up().hits)

    def matched(self) -> int:
        """Return how many items answer; nothing but the columns that are filtered by is read."""
        return len(self)

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the records as the catalog sent them, without signatures."""
        for record, _ in self._records():
            yield record

    def items(self) -> Iterator[IceyeItem]:
        """Yield the Items, in order. ``client.open_cog(item)`` asks for a fresh link by their source."""
        from iceye_geo.stac.items import to_item

        for record, source in self._records():
            yield to_item(record, source=source)

    @property
    def attribution(self) -> str:
        """Who must be named with these data, or ""."""
        told = self._look_up().manifest.attribution
        scopes = {part.scope.key for part, _ in self._look_up().chosen}
        return "; ".join(sorted({told[key] for key in scopes if key in told}))

    def _records(self) -> Iterator[tuple[dict[str, Any], Source | None]]:
        snapshot = self._look_up()
        folder, at = self.archive.path, 0
        while at < len(snapshot.hits):
            block = snapshot.hits[at : at + _BLOCK]
            try:
                records = fetch(folder, snapshot.chosen, block)
            except FileNotFoundError:
                if at:
                    raise
                snapshot = self._start_over()
                continue
            open_data = snapshot.manifest.attribution
            for record, hit in zip(records, block, strict=True):
                scope = snapshot.chosen[hit.part][0].scope
                # Open links do not expire: there is nobody to ask for a fresh one.
                yield record, None if scope.key in open_data else _source(record, scope)
            at += len(block)

    def _look_up(self) -> Snapshot:
        return self._snapshot or self._start_over()

    def _start_over(self) -> Snapshot:
        """Find the rows in the newest state of the archive."""
        folder: Path = self.archive.path
        for turn in range(_TRIES):
            manifest = self.archive.manifest()
            chosen = candidates(manifest, self.question)
            try:
                hits = find(folder, chosen, self.question)
            except FileNotFoundError:
                if turn == _TRIES - 1:
                    raise
                continue
            self._snapshot = Snapshot(manifest, chosen, hits)
            return self._snapshot
        raise AssertionError("unreachable: the last turn returns or raises")

    def __repr__(self) -> str:
        known = "" if self._snapshot is None else f", {len(self)} items"
        return f"<ArchiveSearch of {self.archive.path.name}{known}>"

    def _repr_html_(self) -> str:
        told = f"<br>{escape(self.attribution)}" if self.attribution else ""
        return (
            f"<p><b>Search of the archive {escape(self.archive.path.name)}</b>: {len(self)} items{told}</p>"
        )


def _source(record: dict[str, Any], scope: Scope) -> Source:
    return Source(
        "catalog", id=str(record["id"]), contract_id=scope.contract_id or None, collection=scope.collection
    )
