"""Applying searches to the world, page by page, with cursors that stay right when frames are added."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

from iceye_geo.sandbox.answers import bad_request
from iceye_geo.sandbox.catalog.requests import PageRequest
from iceye_geo.sandbox.catalog.search import Search
from iceye_geo.sandbox.catalog.values import KINDS
from iceye_geo.sandbox.paging import decode_cursor, encode_cursor
from iceye_geo.sandbox.world import Record, World

#: Searches whose next page can still be asked for; the oldest are forgotten.
MAX_OPEN_SEARCHES = 4096


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page: its records, the cursor of the next one, and the search they come from."""

    records: list[Record]
    cursor: str | None
    search: Search


class CatalogIndex:
    """Answers searches over a world; safe between threads.

    A cursor names the search it belongs to and the place of the last record, not a page number. So GET /items
    can go on with a search that was begun by POST, and a frame that is added meanwhile neither repeats nor
    hides another.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: OrderedDict[str, Search] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, search: Search) -> list[Record]:
        """Return all records of a search, in its order."""
        found = [
            record
            for name in search.collections
            for record in self._shelf(name, search)
            if search.accepts(record)
        ]
        return search.sorted(found)

    def page(self, request: PageRequest) -> ResultPage:
        """Return one page; refuse with 400 a cursor that was not given out."""
        search, start = request.search, 0
        if request.cursor:
            key, search, position = self._read_cursor(request.cursor)
            records = self.find(search)
            start = search.after(records, position)
        else:
            key, records = "", self.find(search)
        page = records[start : start + request.limit]
        if start + request.limit >= len(records):
            return ResultPage(page, None, search)
        key = key or self._remember(search)
        return ResultPage(page, encode_cursor([key, *search.position(page[-1])]), search)

    def _shelf(self, name: str, search: Search) -> list[Record]:
        if name == "public":
            return self._world.public.intersecting(search.area)
        if name == "private" and search.contract_id:
            return self._world.private(search.contract_id).intersecting(search.area)
        return []

    def _remember(self, search: Search) -> str:
        with self._lock:
            key = secrets.token_hex(12)
            self._open[key] = search
            while len(self._open) > MAX_OPEN_SEARCHES:
                self._open.popitem(last=False)
        return key

    def _read_cursor(self, cursor: str) -> tuple[str, Search, list[object]]:
        value = decode_cursor(cursor)
        if not isinstance(value, list) or not value or not isinstance(value[0], str):
            bad_request("cursor is not valid")
        key, *position = value
        search = self._open.get(key)
        if search is None or not _fits(position, search):
            bad_request("cursor is not valid, or too old")
        return key, search, position


def _fits(position: list[object], search: Search) -> bool:
    """Whether a position has the shape of one this search gives out: it may have been tampered with."""
    if len(position) != len(search.sort) + 1 or not isinstance(position[-1], str):
        return False
    kinds = {"time": (int,), "number": (int, float), "text": (str,), "list": (str,)}
    return all(
        value is None or isinstance(value, kinds[KINDS[key.name]])
        for key, value in zip(search.sort, position, strict=False)
    )
