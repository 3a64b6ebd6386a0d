"""Where a sync reads from: the catalog behind a client, month by month; open data answers the same calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from iceye_geo.archive.manifest import Scope
from iceye_geo.errors import ApiError, InvalidInputError, PagingError
from iceye_geo.stac.normalise import times_of
from iceye_geo.stac.values import read_time, time_text

if TYPE_CHECKING:
    from iceye_geo.client import Client

# ICEYE-X1 was launched on 12 January 2018; nothing of the archive is older. Used where the server does not sort.
_FIRST_MONTH = "2018-01"
# An acquisition lasts 84 s at most. A server may take ``datetime`` for the start, the end or an overlap: with this
# much asked beyond both ends of a month, each of its acquisitions is in the answer whichever it is.
_MARGIN = timedelta(minutes=10)
_PAGE = 200


@runtime_checkable
class RecordSource(Protocol):
    """What a sync needs of a catalog."""

    #: Who must be named with the data; "" if nobody.
    attribution: str

    def scopes(self, collections: Sequence[str] | None, contract_id: str | None) -> list[Scope]:
        """Return what is to be mirrored."""
        ...

    def months(self, scope: Scope) -> list[str]:
        """Return the months in which a scope can have items, oldest first."""
        ...

    def records(self, scope: Scope, month: str) -> Iterable[dict[str, Any]]:
        """Yield the records of a month, and possibly some beside it."""
        ...


class CatalogSource:
    """The Catalog API behind a client.

    Args:
        client: whose account is mirrored.
    """

    attribution = ""

    def __init__(self, client: Client) -> None:
        self._client = client

    def scopes(self, collections: Sequence[str] | None, contract_id: str | None) -> list[Scope]:
        """Return one scope per collection; only the public one is the same for every contract."""
        names = list(dict.fromkeys(collections or ("public",)))
        return [Scope(name, "" if name == "public" else self._contract(contract_id)) for name in names]

    def months(self, scope: Scope) -> list[str]:
        """Ask for the oldest and the newest item; without a sorting server, since ICEYE's first satellite."""
        oldest, newest = self._end(scope, "start_datetime"), self._end(scope, "-start_datetime")
        now = datetime.now(UTC)
        if oldest is None or newest is None:
            return months_between(_FIRST_MONTH, f"{now:%Y-%m}")
        first, last = sorted((oldest, newest))
        return months_between(f"{first:%Y-%m}", f"{max(last, now):%Y-%m}")

    def records(self, scope: Scope, month: str) -> Iterator[dict[str, Any]]:
        """Search one month and yield raw records, page by page."""
        start, end = bounds_of(month)
        window = f"{time_text(start - _MARGIN)}/{time_text(end + _MARGIN)}"
        yield from self._search(scope, datetime=window, limit=_PAGE)

    def _contract(self, contract_id: str | None) -> str:
        return self._client.resolve_contract_id(contract_id)

    def _end(self, scope: Scope, sortby: str) -> datetime | None:
        try:
            first = next(iter(self._search(scope, sortby=sortby, max_items=1, limit=1)), None)
        except (ApiError, PagingError):
            return None
        if first is None or not isinstance(first.get("properties"), dict):
            return None
        times = times_of(first["properties"])
        return read_time(times.start or times.datetime)

    def _search(self, scope: Scope, **inputs: Any) -> Iterator[dict[str, Any]]:
        search = self._client.catalog.search(
            collections=[scope.collection], contract_id=scope.contract_id or None, **inputs
        )
        yield from search.stream()


def source_of(client: Any) -> RecordSource:
    """See a client, or open data, as a source of records.

    Raises:
        InvalidInputError: it is neither.
    """
    if isinstance(client, RecordSource):
        return client
    if hasattr(client, "catalog"):
        return CatalogSource(client)
    raise InvalidInputError("client", f"must be a Client or OpenData, this is a {type(client).__name__}")


def bounds_of(month: str) -> tuple[datetime, datetime]:
    """Return the first moment of a month and of the next, UTC.

    Example:
        >>> [f"{moment:%Y-%m-%d}" for moment in bounds_of("2025-12")]
        ['2025-12-01', '2026-01-01']
    """
    year, number = (int(part) for part in month.split("-"))
    after = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=UTC), datetime(*after, 1, tzinfo=UTC)


def months_between(first: str, last: str) -> list[str]:
    """Return all months from one to another, both included.

    Example:
        >>> months_between("2025-11", "2026-02")
        ['2025-11', '2025-12', '2026-01', '2026-02']
    """
    (year, month), (last_year, last_month) = (tuple(map(int, text.split("-"))) for text in (first, last))
    numbers = range(year * 12 + month - 1, last_year * 12 + last_month)
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in numbers]
