"""ItemSearch: a search as a value. It is checked when it is made, sent when it is read, and read once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import ApiError, PagingError
from iceye_geo.redact import redact
from iceye_geo.services.drawing import Drawable
from iceye_geo.services.matching import meets
from iceye_geo.stac.source import Source
from iceye_geo.transport.paging import Page, iter_pages

if TYPE_CHECKING:
    import geopandas as gpd

    from iceye_geo.stac.items import IceyeItem, IceyeItemCollection
    from iceye_geo.transport.session import Session

_SEARCH = "/catalog/v2/search"
_ITEMS = "/catalog/v2/items"
_OPERATION = "searchCatalogItems"
#: What GET /items knows of a search; ``query`` and ``intersects`` exist only in POST /search.
_GET_NAMES = ("limit", "ids", "bbox", "datetime", "collections", "contractID", "sortby")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A checked search.

    Attributes:
        body: what POST /search is sent.
        max_items: records after which reading stops; None for no end.
        arguments: what ``client.catalog.search`` was called with, as it would be written in Python.
    """

    body: Mapping[str, Any]
    max_items: int | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


class ItemSearch(Drawable):
    """A search of the archive.

    Nothing is sent until it is read, pages are asked for as far as they are needed, and what was read is
    kept: reading a second time sends nothing. When a later page fails, those before it stay, and reading
    again goes on at the page that failed.

    Args:
        session: the authenticated session.
        request: the checked search.

    Example:
        >>> search = client.catalog.search(bbox=(-10, 35, 30, 60), max_items=5)
        >>> [item.id for item in search.items()] == list(search.to_geodataframe()["id"])
        True
    """

    def __init__(self, session: Session, request: SearchRequest) -> None:
        self._session = session
        self.request = request
        self._pages: list[Page] = []
        self._source: Iterator[Page] | None = None
        self._done = False
        self._stop: PagingError | None = None
        self._by_get = False
        self._lock = threading.RLock()

    def items(self) -> Iterator[IceyeItem]:
        """Iterate over the Items, page after page.

        Warns:
            SkippedRecordWarning: a record could not become an Item.

        Raises:
            PagingError: a later page could not be read; the Items before it have been given.
            ApiError: the server refused the search.
        """
        from iceye_geo.stac.items import iter_items

        return iter_items(self.records(), source_of=self.source_of)

    def pages(self) -> Iterator[IceyeItemCollection]:
        """Iterate over the answer in pages, each an ItemCollection. Raises and warns like ``items``."""
        from iceye_geo.stac.items import IceyeItemCollection, iter_items

        for page in self._iter_pages():
            items = list(iter_items(page.items, source_of=self.source_of))
            yield IceyeItemCollection(items, clone_items=False)

    def records(self) -> Iterator[dict[str, Any]]:
        """Iterate over the raw records as ICEYE sent them; asset hrefs in them are secrets."""
        for page in self._iter_pages():
            yield from page.items

    def record_pages(self) -> Iterator[list[dict[str, Any]]]:
        """Iterate over the raw records in the pages they come in; what shows results as they arrive reads this."""
        for page in self._iter_pages():
            yield list(page.items)

    def stream(self) -> Iterator[dict[str, Any]]:
        """Iterate over the raw records and keep none of them, for answers larger than memory; always sends anew."""
        left = self.request.max_items
        for page in iter_pages(self._fetch):
            yield from page.items[:left]
            left = None if left is None else left - len(page.items)
            if left is not None and left <= 0:
                return

    def item_collection(self) -> IceyeItemCollection:
        """Return all Items as one pystac ItemCollection. Raises and warns like ``items``."""
        from iceye_geo.stac.items import IceyeItemCollection

        return IceyeItemCollection(list(self.items()), clone_items=False)

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Return all records as a GeoDataFrame with fixed columns, EPSG:4326, without signed links.

        Warns:
            SkippedRecordWarning: a record has no id or no time.
        """
        from iceye_geo.stac.frame import to_geodataframe

        return to_geodataframe(self.records())

    def source_of(self, record: Mapping[str, Any]) -> Source:
        """Say where a record of this search came from, hence where a fresh link for it can be asked for."""
        asked = self.request.body.get("collections", [])
        own = record.get("collection")
        collection = own if own in ("public", "private") else asked[0] if len(asked) == 1 else None
        contract_id = self.request.body.get("contractID")
        return Source("catalog", id=str(record.get("id")), contract_id=contract_id, collection=collection)

    def to_code(self) -> str:
        """Return the Python call that makes this search.

        Example:
            >>> client.catalog.search(bbox=(24, 59, 26, 61)).to_code()
            'client.catalog.search(bbox=(24.0, 59.0, 26.0, 61.0))'
        """
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.request.arguments.items())
        return f"client.catalog.search({arguments})"

    def _to_draw(self) -> IceyeItemCollection:
        return self.item_collection()

    def _picture_reader(self) -> Callable[[str], bytes]:
        return self._session.fetch

    def _iter_pages(self) -> Iterator[Page]:
        number = 0
        while True:
            with self._lock:
                if number >= len(self._pages) and not self._read_one():
                    return
                page = self._pages[number]
            yield page
            number += 1

    def _read_one(self) -> bool:
        """Read the next page into the store; False when there is none."""
        if self._done:
            return False
        if self._stop is not None:
            raise self._stop
        if self._source is None:
            # A reading that failed is begun anew behind the last page that came.
            after = self._pages[-1].cursor if self._pages else None
            self._source = iter_pages(lambda cursor: self._fetch(cursor or after))
        try:
            page = next(self._source, None)
        except ApiError as error:
            self._source = None
            if not self._pages:
                raise
            raise PagingError(f"page {len(self._pages) + 1} could not be read. {error}") from error
        except PagingError as error:
            self._source = None
            # Without a cause the answer itself is at fault, such as a cursor that repeats: no use trying again.
            self._stop = error if error.__cause__ is None else None
            raise
        if page is None:
            self._done = True
            return False
        self._keep(page)
        return True

    def _keep(self, page: Page) -> None:
        """Store a page, cut where ``max_items`` ends; then no further one is asked for."""
        room = self._room()
        if room is not None and len(page.items) >= room:
            page = Page(items=page.items[:room], cursor=None, raw=page.raw)
            self._done = True
        self._pages.append(page)

    def _room(self) -> int | None:
        most = self.request.max_items
        return None if most is None else most - sum(len(page.items) for page in self._pages)

    def _fetch(self, cursor: str | None) -> Mapping[str, Any]:
        if cursor is None:
            answer = self._session.post(
                _SEARCH, json=dict(self.request.body), repeatable=True, operation=_OPERATION
            )
        elif self._by_get:
            answer = self._fetch_by_get(cursor)
        else:
            answer = self._fetch_next(cursor)
        return answer  # type: ignore[no-any-return]

    def _fetch_next(self, cursor: str) -> Any:
        """Ask for a later page by POST; where the server does not take cursors there, by GET /items.

        ICEYE's documents disagree: the v2 guide sends the cursor in the body, the older guide and ICEYE's own
        app send it to GET /items.
        """
        body = {**self.request.body, "cursor": cursor}
        try:
            return self._session.post(_SEARCH, json=body, repeatable=True, operation=_OPERATION)
        except ApiError as error:
            if error.status not in (400, 404, 405):
                raise
            try:
                answer = self._fetch_by_get(cursor)
            except ApiError as second:
                raise second from error
            self._by_get = True
            return answer

    def _fetch_by_get(self, cursor: str) -> Any:
        """GET /items knows no ``query`` and no ``intersects``: its pages are checked for having kept to them."""
        params = get_parameters(self.request.body) | {"cursor": cursor}
        answer = self._session.get(_ITEMS, params=params, operation="listCatalogItems")
        records = answer.get("data") if isinstance(answer, Mapping) else None
        if any(
            isinstance(record, Mapping) and not meets(record, self.request.body) for record in records or []
        ):
            raise PagingError(
                "the server takes no cursor in POST /search, and its GET /items forgets query and intersects; "
                "the pages before are fine. Search again with a smaller box or shorter times, so that one page "
                "(limit=200) holds the answer"
            )
        return answer

    def __repr__(self) -> str:
        return redact(f"<ItemSearch {self.to_code()}; {self._state()}>")

    def _state(self) -> str:
        read = sum(len(page.items) for page in self._pages)
        if not self._pages:
            return "not sent yet"
        return f"{read} items" if self._done else f"{read} items so far"

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th style="text-align:left;padding:1px 14px 1px 0">{escape(name)}</th>'
            f'<td style="text-align:left">{escape(_words(value))}</td></tr>'
            for name, value in self.request.arguments.items()
        )
        hint = (
            "Read it with <code>.items()</code>, <code>.to_geodataframe()</code> or <code>.to_map()</code>."
        )
        head = f'<caption style="text-align:left;font-weight:600">ICEYE search, {self._state()}</caption>'
        table = f'<table style="font:13px/1.5 system-ui,sans-serif">{head}{rows}</table>'
        return f"{table}<div style='font:12px system-ui,sans-serif;opacity:.7'>{hint}</div>"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a search is bound to its session and is not pickled; pickle its items or its table")


def get_parameters(body: Mapping[str, Any]) -> dict[str, Any]:
    """Write the part of a search that GET /items knows as query parameters.

    Example:
        >>> get_parameters({"bbox": [24.0, 59.0, 26.0, 61.0], "sortby": [{"field": "id", "direction": "desc"}]})
        {'bbox': '24.0,59.0,26.0,61.0', 'sortby': '-id'}
    """
    return {name: _parameter(name, body[name]) for name in _GET_NAMES if name in body}


def _parameter(name: str, value: Any) -> Any:
    if name == "sortby":
        return ",".join(f"{'-' if key['direction'] == 'desc' else '+'}{key['field']}" for key in value)
    return ",".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _words(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return redact(text if len(text) <= 120 else f"{text[:117]}...")
