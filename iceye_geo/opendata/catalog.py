"""``OpenData``: the free catalog behind the face of the paid one."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from iceye_geo.archive.asking import question
from iceye_geo.archive.manifest import Scope
from iceye_geo.archive.question import month_of, span_of
from iceye_geo.closing import Closing
from iceye_geo.errors import (
    InvalidInputError,
    NormalisationError,
    NotFoundError,
    OpenDataError,
    PermissionDeniedError,
    SkippedRecordWarning,
)
from iceye_geo.opendata.crawl import crawl
from iceye_geo.opendata.documents import Documents
from iceye_geo.opendata.found import OpenDataSearch
from iceye_geo.stac.opendata import ATTRIBUTION, open_data_record
from iceye_geo.transport.content import check_link
from iceye_geo.transport.http import PlainHttp

if TYPE_CHECKING:
    from iceye_geo.cog import Cog
    from iceye_geo.settings import Settings

#: The root of ICEYE's open data catalog (product documentation, "Open data").
URL = "https://iceye-open-data-catalog.s3-us-west-2.amazonaws.com/catalog.json"
DAY_S = 86_400.0
# What a considerate guest takes: a few connections, and no more than twenty small requests a second.
CONCURRENCY, PAUSE_S = 4, 0.05
# A few dead links are left out of a catalog; more of them mean that the host, or something before it, refuses.
MOST_MISSING = 20


class OpenData(Closing):
    """ICEYE's open data: real scenes under CC-BY 4.0, without credentials.

    The catalog is a tree of files. It is read once, a few files at a time, and kept in the user's cache folder;
    later only what is older than ``max_age_s`` is asked for again, and only whether it changed. Whoever
    shows the data must name the source: ``attribution`` stands in every Item, row, map, plot and picture.
    A ``with`` block closes the connections at its end.

    Args:
        url: root of the catalog.
        cache_dir: where it is kept; the user's cache folder by default.
        max_age_s: how old a kept file may be before the host is asked whether it changed, seconds.
        concurrency: how many files are read at once, 1 to 16.
        pause_s: least time between two requests, seconds.
        offline: never ask the host; what is kept will do, however old.
        settings: proxies, CA bundle and timeouts; from the environment by default.

    Raises:
        InvalidInputError: the URL is not https, or a number is out of range.
    """

    attribution = ATTRIBUTION

    def __init__(
        self,
        *,
        url: str = URL,
        cache_dir: str | os.PathLike[str] | None = None,
        max_age_s: float = DAY_S,
        concurrency: int = CONCURRENCY,
        pause_s: float = PAUSE_S,
        offline: bool = False,
        settings: Settings | None = None,
    ) -> None:
        check_link(url)
        if not 1 <= concurrency <= 16:
            raise InvalidInputError("concurrency", "must be 1 to 16", hint="The host is a guest's table.")
        self.url, self._concurrency = url, concurrency
        self._http = PlainHttp(settings or _settings())
        self._documents = Documents(
            self._http, Path(cache_dir) if cache_dir is not None else _cache_dir(url),
            max_age_s=max_age_s, pause_s=pause_s, offline=offline,
        )  # fmt: skip
        self._records: list[dict[str, Any]] | None = None
        self._missing = 0
        self._lock = threading.Lock()

    def search(
        self,
        *,
        bbox: Any = None,
        intersects: Any = None,
        datetime: Any = None,
        ids: Iterable[str] | str | None = None,
        collections: Iterable[str] | str | None = None,
        query: Mapping[str, Any] | None = None,
        sortby: Any = None,
        limit: int | None = None,
        max_items: int | None = None,
    ) -> OpenDataSearch:
        """Search with the arguments and the meaning of ``client.catalog.search``; read when it is asked for.

        Args:
            bbox: (west, south, east, north) in degrees; west > east across the antimeridian.
            intersects: GeoJSON, WKT, or anything with ``__geo_interface__``; not together with ``bbox``.
            datetime: an instant or an interval.
            ids: item ids.
            collections: ids of the catalog's collections; all by default.
            query: ``{property: {operator: value}}``, by the API's names or the catalog's own.
            sortby: such as ``"-start_datetime"``, which is the default.
            limit: items of a page.
            max_items: stop after so many.

        Raises:
            InvalidInputError: an argument breaks a rule.
        """
        asked = question(
            bbox=bbox, intersects=intersects, datetime=datetime, ids=ids, collections=collections, query=query,
            sortby=sortby, limit=limit, max_items=max_items, default_collections=(),
        )  # fmt: skip
        return OpenDataSearch(asked, self._all)

    def open_cog(self, item: Any, *, asset: str | None = None) -> Cog:
        """Open the GRD of an Item and look into it without downloading it; links are open and do not expire.

        Args:
            item: an Item of a search.
            asset: asset key; default the best GRD.

        Raises:
            AssetNotFoundError: the item has no asset that fits.
        """
        from iceye_geo.cog import open_cog

        return open_cog(item, asset=asset)

    def refresh(self) -> int:
        """Ask the host for what may have changed; returns the number of items.

        Raises:
            OpenDataError: the catalog cannot be read as one.
            ApiError: the host did not answer, and nothing is kept.

        Warns:
            SkippedRecordWarning: a file that the catalog names is not there or is no JSON.
        """
        with self._lock:
            self._records = None
        return len(self._all())

    def scopes(self, collections: Sequence[str] | None, contract_id: str | None) -> list[Scope]:
        """Return the collections as an archive keeps them; ``Archive.sync(OpenData(), path)`` asks."""
        del contract_id  # open data belong to nobody's contract
        known = sorted({str(record.get("collection") or "open-data") for record in self._all()})
        unknown = [name for name in collections or () if name not in known]
        if unknown:
            raise InvalidInputError(
                "collections", f"has no {unknown[0]!r}", hint=f"There are: {', '.join(known)}."
            )
        return [Scope(name) for name in collections or known]

    def months(self, scope: Scope) -> list[str]:
        """Return the months that have items."""
        return sorted({month for _, month in self._filed(scope)})

    def records(self, scope: Scope, month: str) -> Iterator[dict[str, Any]]:
        """Yield the records of a month."""
        return (record for record, filed in self._filed(scope) if filed == month)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _filed(self, scope: Scope) -> Iterator[tuple[dict[str, Any], str]]:
        for record in self._all():
            if (record.get("collection") or "open-data") == scope.collection:
                try:
                    yield record, month_of(record)
                except NormalisationError:
                    continue

    def _all(self) -> Sequence[dict[str, Any]]:
        with self._lock:
            if self._records is None:
                self._records = list(self._crawl())
            return self._records

    def _crawl(self) -> Iterator[dict[str, Any]]:
        from tqdm.auto import tqdm

        self._missing = 0
        found = crawl(self.url, self._document, concurrency=self._concurrency)
        for item, collection in tqdm(found, desc="open data", unit=" items", delay=1.0, leave=False):
            record = open_data_record(item, collection=collection or "open-data")
            if isinstance(record.get("id"), str) and span_of(record["properties"]) is not None:
                yield record

    def _document(self, url: str) -> dict[str, Any]:
        """Read a document; an empty one for a dead link. S3 answers 403 where it may not say that nothing is there."""
        try:
            return self._documents.get(url)
        except (NotFoundError, PermissionDeniedError, OpenDataError) as error:
            self._missing += 1
            if url == self.url or self._documents.offline or self._missing > MOST_MISSING:
                raise
            self._documents.keep_missing(url)
            warnings.warn(SkippedRecordWarning(f"{error}; it was left out"), stacklevel=2)
            return {}

    def __repr__(self) -> str:
        return f"<OpenData {self.url}; {ATTRIBUTION}>"


def _settings() -> Settings:
    from iceye_geo.settings import Settings

    return Settings.load()


def _cache_dir(url: str) -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("iceye-geo") / "open-data" / (urlsplit(url).hostname or "host")
