"""Limit and offset, as far as Pixxel pages at all: when to ask on, and four ways to know the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iceye_geo.errors import InvalidInputError, UnexpectedAnswerError
from iceye_geo.transport.paging import MAX_PAGES, Page

Ask = Callable[[dict[str, int]], Any]


def offset_pages(ask: Ask, *, key: str, id_names: tuple[str, ...], page_size: int | None) -> Iterator[Page]:
    """Yield pages until one is short, empty or says nothing new, or the announced total is reached.

    Pixxel documents no paging for most lists. Without ``page_size`` one request is sent without ``limit``, and
    more only if the answer itself says that there is more.

    Args:
        ask: sends a request with these query parameters and returns the parsed answer.
        key: where the records stand.
        id_names: names under which a record has its id.
        page_size: ``limit`` of each request; None sends none.

    Raises:
        UnexpectedAnswerError: there is no list.
        InvalidInputError: ``page_size`` is not above 0.

    Example:
        >>> answers = [{"rows": [{"id": 1}, {"id": 2}]}, {"rows": [{"id": 3}]}]
        >>> pages = offset_pages(lambda query: answers[query["offset"] // 2], key="rows", id_names=("id",), page_size=2)
        >>> [[row["id"] for row in page.items] for page in pages]
        [[1, 2], [3]]
    """
    if page_size is not None and page_size < 1:
        raise InvalidInputError("page_size", f"must be above 0, this is {page_size}")
    seen: set[object] = set()
    offset, limit = 0, page_size
    for _ in range(MAX_PAGES):
        raw = ask({} if limit is None else {"limit": limit, "offset": offset})
        rows = _rows(raw, key)
        fresh = [row for row in rows if (one := _id(row, id_names)) is None or one not in seen]
        seen |= {_id(row, id_names) for row in fresh}
        if fresh:
            yield Page(fresh, None, dict(raw) if isinstance(raw, Mapping) else {})
        offset += len(rows)
        total = _total(raw)
        short = limit is not None and len(rows) < limit
        if not fresh or (short if total is None else offset >= total) or (limit is None and total is None):
            return
        limit = limit or len(rows)


def _rows(raw: Any, key: str) -> list[dict[str, Any]]:
    rows = raw.get(key) if isinstance(raw, Mapping) else raw
    rows = [] if rows is None and isinstance(raw, Mapping) and key in raw else rows
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnexpectedAnswerError(f"the answer holds no list of objects under {key!r}")
    return rows


def _id(row: Mapping[str, Any], names: tuple[str, ...]) -> object:
    found = next((row[name] for name in names if row.get(name)), None)
    return found if isinstance(found, str | int) else None


def _total(raw: Any) -> int | None:
    pagination = raw.get("pagination") if isinstance(raw, Mapping) else None
    total = pagination.get("total") if isinstance(pagination, Mapping) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None
