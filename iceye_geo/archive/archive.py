"""``Archive``: a folder of GeoParquet files that mirrors what an account can see of the catalog."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iceye_geo.archive.files import OnStep, ignore_step
from iceye_geo.archive.found import ArchiveSearch
from iceye_geo.archive.lock import writer_lock
from iceye_geo.archive.manifest import MANIFEST, Manifest, Part, load_journal, load_manifest
from iceye_geo.archive.sources import source_of
from iceye_geo.archive.sync import SyncJob, SyncReport, counted
from iceye_geo.errors import ArchiveError
from iceye_geo.services.catalog import read_contract_id

if TYPE_CHECKING:
    import pandas as pd

    from iceye_geo.client import Client
    from iceye_geo.models.company import Contract
    from iceye_geo.opendata import OpenData


@dataclass(frozen=True, slots=True)
class ArchiveInfo:
    """What an archive holds.

    Attributes:
        path: its folder.
        items: live items by scope ("public", "private@<contract id>").
        history: rows of the history: what changed, was reprocessed or vanished.
        months: first and last month with items, "" if there are none.
        files: number of files listed.
        size: their size, bytes.
        written: when the last sync ended, RFC 3339; "" if none did.
        unfinished: months that an interrupted sync has compared and the next one goes on from.
        attribution: who must be named with the data.
    """

    path: Path
    items: dict[str, int]
    history: int
    months: tuple[str, str]
    files: int
    size: int
    written: str
    unfinished: int
    attribution: tuple[str, ...]

    def __str__(self) -> str:
        compared = counted(self.unfinished, "month")
        if not self.written and self.unfinished:
            return f"{self.path}: empty until the sync that has compared {compared} has ended; sync again"
        if not self.written:
            return f"{self.path}: empty; Archive.sync(client, path) fills it"
        held = ", ".join(f"{n:,} in {scope}" for scope, n in self.items.items()) or "no items"
        lines = [
            f"{held}; {self.months[0]} to {self.months[1]}" if self.months[0] else held,
            f"{counted(self.history, 'row')} of history, {counted(self.files, 'file')}, {self.size / 1e6:,.1f} MB, "
            f"synced {self.written}",
            *([f"an interrupted sync has compared {compared}"] if self.unfinished else []),
            *self.attribution,
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return "<p>" + "<br>".join(escape(line) for line in str(self).split("\n")) + "</p>"


class Archive:
    """A local copy of the catalog.

    Args:
        path: its folder. It need not exist: an archive that was never synced is empty.

    Example:
        >>> import tempfile
        >>> Archive(tempfile.mkdtemp()).info().items
        {}
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._read: tuple[tuple[int, ...], Manifest] | None = None

    @classmethod
    def sync(
        cls,
        client: Client | OpenData,
        path: str | os.PathLike[str],
        *,
        collections: Sequence[str] | None = None,
        contract_id: str | Contract | None = None,
        months: tuple[str, str] | None = None,
        wait_s: float = 600.0,
        progress: bool = True,
        on_step: OnStep = ignore_step,
    ) -> SyncReport:
        """Make a folder mirror what the account can see; only what changed is written.

        Every month of the catalog is compared with the archive. New frames are added. Frames that changed, were
        reprocessed under a new id or vanished move to the history. Readers see the state before until
        all is done, then the new one. An interrupted sync goes on where it stopped, if it is called again
        within a day.

        Args:
            client: whose account is mirrored; or open data.
            path: the archive's folder; it is made.
            collections: such as ``["public", "private"]``; the default is "public", for open data all.
            contract_id: an id or a Contract, for the private collection; the client's own by default.
            months: first and last month to compare, such as ``("2026-01", "2026-03")``; others stay as they are.
            wait_s: how long to wait for another writer, seconds; 0 fails at once.
            progress: show a bar of months.
            on_step: told the name of each step, such as "part in place", for progress shown elsewhere.

        Raises:
            ArchiveLockedError: another process was writing for all that time.
            ArchiveError: the folder holds an archive this version cannot read.
            ApiError, PagingError: the catalog could not be read; the next sync goes on from here.
        """
        folder = Path(path)
        source = source_of(client)
        with writer_lock(folder, wait_s=wait_s) as lock:
            scopes = source.scopes(collections, read_contract_id(contract_id))
            return SyncJob(folder, source, scopes, months, progress, on_step, lock).run()

    def manifest(self) -> Manifest:
        """Return what the archive holds now; parsed again only when it was swapped.

        Raises:
            ArchiveError: it cannot be read.
        """
        try:
            stat = (self.path / MANIFEST).stat()
        except FileNotFoundError:
            return Manifest()
        sign = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if self._read is None or self._read[0] != sign:
            self._read = (sign, load_manifest(self.path))
        return self._read[1]

    def search(
        self,
        *,
        bbox: Any = None,
        intersects: Any = None,
        datetime: Any = None,
        ids: Iterable[str] | str | None = None,
        collections: Iterable[str] | str | None = None,
        contract_id: str | Contract | None = None,
        query: Mapping[str, Mapping[str, Any]] | None = None,
        sortby: Any = None,
        limit: int | None = None,
        max_items: int | None = None,
    ) -> ArchiveSearch:
        """Search offline: the arguments, the checks and the results of ``client.catalog.search``.

        Args:
            bbox: (west, south, east, north) in degrees; west > east across the antimeridian.
            intersects: GeoJSON, or anything with ``__geo_interface__``; not together with ``bbox``.
            datetime: an instant or an interval in the forms of ``client.catalog.search``.
            ids: item ids.
            collections: the collections to look in; "public" by default.
            contract_id: an id or a Contract, whose private items; the only synced one by default.
            query: ``{property: {operator: value}}``.
            sortby: such as ``"-start_datetime"``, which is the default.
            limit: items of a page.
            max_items: stop after so many.

        Raises:
            InvalidInputError: an argument breaks a rule.
            ArchiveError: a collection was never synced.
        """
        from iceye_geo.archive.asking import question

        asked = question(
            bbox=bbox, intersects=intersects, datetime=datetime, ids=ids, collections=collections,
            contract_id=contract_id, query=query, sortby=sortby, limit=limit, max_items=max_items,
            default_collections=self._default_collections(),
        )  # fmt: skip
        return ArchiveSearch(self, self._checked(asked))

    def history(self, frame_id: str) -> pd.DataFrame:
        """Return all versions of a frame's items, oldest first.

        Args:
            frame_id: the durable key of a frame; item ids move when frames are reprocessed.

        Returns:
            ``id``, ``sar:product_type``, ``scope``, ``updated``, ``archive:first_seen``, ``archive:removed`` (NaT while
            live), ``archive:reason`` ("changed", "reprocessed", "vanished") and ``archive:replaced_by``.
        """
        from iceye_geo.archive.versions import versions

        return versions(self.path, self.manifest(), frame_id)

    def to_dask_geopandas(self, *, collections: Sequence[str] | None = None) -> Any:
        """Return the live rows as a dask-geopandas frame, one part per file, for ``iceye_geo.analysis``.

        Args:
            collections: names; those that ``search`` looks in by default.

        Raises:
            MissingExtraError: dask-geopandas is not installed.
        """
        from iceye_geo.archive.versions import dask_frame

        names = self._default_collections() if collections is None else collections
        manifest = self.manifest()
        parts = [p for p in manifest.parts if p.live and p.scope.collection in names]
        return dask_frame(self.path, parts, attribution=manifest.attribution)

    def files(self, *, live: bool = True) -> list[Path]:
        """Return the GeoParquet files of this moment, for DuckDB, QGIS or geopandas.

        Args:
            live: False for the history.
        """
        return [self.path / part.path for part in self.manifest().parts if part.live is live]

    def info(self) -> ArchiveInfo:
        """Return what the archive holds; reads the manifest only."""
        manifest, journal = self.manifest(), load_journal(self.path)
        live = [part for part in manifest.parts if part.live]
        months = sorted({part.month for part in live})
        return ArchiveInfo(
            path=self.path,
            items={scope.key: _rows(p for p in live if p.scope == scope) for scope in manifest.scopes()},
            history=_rows(part for part in manifest.parts if not part.live),
            months=(months[0], months[-1]) if months else ("", ""),
            files=len(manifest.parts),
            size=sum(part.size for part in manifest.parts),
            written=manifest.written,
            unfinished=len(journal.done) if journal else 0,
            attribution=tuple(sorted(set(manifest.attribution.values()))),
        )

    def _default_collections(self) -> tuple[str, ...]:
        """The public collection, or all of an archive that has none, such as one of open data."""
        names = tuple(dict.fromkeys(scope.collection for scope in self.manifest().scopes()))
        return ("public",) if "public" in names or not names else names

    def _checked(self, asked: Any) -> Any:
        """Refuse what was never synced: nothing found must not mean nothing looked at."""
        from dataclasses import replace

        scopes = self.manifest().scopes()
        for name in asked.collections:
            owners = {scope.contract_id for scope in scopes if scope.collection == name}
            if not owners:
                raise ArchiveError(
                    f"the collection {name!r} was never synced into {self.path}. Run iceye-geo archive sync "
                    f"{self.path} --collection {name}, or Archive.sync(client, path, collections=[{name!r}])."
                )
            if owners != {""}:
                asked = replace(asked, contract_id=_owner(asked.contract_id, owners, name))
        return asked

    def __repr__(self) -> str:
        return f"<Archive {self.path}>"

    def _repr_html_(self) -> str:
        return self.info()._repr_html_()


def _rows(parts: Iterable[Part]) -> int:
    return sum(part.rows for part in parts)


def _owner(contract_id: str, owners: set[str], name: str) -> str:
    if not contract_id and len(owners) == 1:
        return next(iter(owners))
    if contract_id not in owners:
        raise ArchiveError(
            f"the collection {name!r} was synced for the contracts {', '.join(sorted(owners))}; "
            f"{contract_id or 'none'} was asked for. Pass one of them as contract_id."
        )
    return contract_id
