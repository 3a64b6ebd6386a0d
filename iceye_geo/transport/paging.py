"""Cursor paging: one page, and the iterator that follows cursors and stops safely. Knows no nouns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iceye_geo.errors import ApiError, PagingError, UnexpectedAnswerError

# A list of ten million records at ICEYE's default of ten per page: nobody means to read on.
MAX_PAGES = 1_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        items: the records, raw dicts in the server's order.
        cursor: what asks for the next page; None on the last one.
        raw: the whole answer.
    """

    items: list[dict[str, Any]]
    cursor: str | None
    raw: dict[str, Any] = field(repr=False)


def read_page(raw: object, *, keys: Sequence[str] = ("data",)) -> Page:
    """Read one list answer. Absent, null and empty cursors all mean the last page.

    Args:
        raw: the parsed JSON.
        keys: names under which the records may stand, tried in order.

    Raises:
        UnexpectedAnswerError: there is no list of objects under any of the keys, or the cursor is no string.

    Example:
        >>> read_page({"data": [{"id": "a"}], "cursor": ""})
        Page(items=[{'id': 'a'}], cursor=None)
    """
    if not isinstance(raw, Mapping):
        raise UnexpectedAnswerError(f"a list answer must be a JSON object, this is a {type(raw).__name__}")
    key = next((k for k in keys if raw.get(k) is not None), None)
    items = [] if key is None and any(k in raw for k in keys) else raw.get(key or "")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UnexpectedAnswerError(f"a list answer must hold a list of objects under {' or '.join(keys)!r}")
    cursor = raw.get("cursor") or None
    if cursor is not None and not isinstance(cursor, str):
        raise UnexpectedAnswerError(f"the cursor must be a string, this is a {type(cursor).__name__}")
    return Page(items=items, cursor=cursor, raw=dict(raw))


def iter_pages(
    fetch: Callable[[str | None], Mapping[str, Any]], *, keys: Sequence[str] = ("data",)
) -> Iterator[Page]:
    """Follow cursors to the end, one request per page that is really read.

    Every page is yielded before the next is asked for, so what was read stays usable when a later page fails.

    Args:
        fetch: returns the answer for a cursor; None asks for the first page.
        keys: names under which the records may stand, tried in order.

    Raises:
        PagingError: a cursor came twice, or a page after the first could not be read (the cause is chained).
        ApiError: the first page could not be read.

    Example:
        >>> answers = {None: {"data": [{"id": 1}], "cursor": "n"}, "n": {"data": [{"id": 2}]}}
        >>> [page.items[0]["id"] for page in iter_pages(answers.__getitem__)]
        [1, 2]
    """
    seen: set[str] = set()
    cursor: str | None = None
    for number in range(1, MAX_PAGES + 1):
        page = _read(fetch, cursor, number, keys)
        yield page
        cursor = page.cursor
        if cursor is None:
            return
        if cursor in seen:
            raise PagingError(f"the server sent the same cursor twice (after page {number}); stopped there")
        seen.add(cursor)
    raise PagingError(f"more than {MAX_PAGES:,} pages; stopped there")


def _read(
    fetch: Callable[[str | None], Mapping[str, Any]], cursor: str | None, number: int, keys: Sequence[str]
) -> Page:
    try:
        return read_page(fetch(cursor), keys=keys)
    except ApiError as error:
        if number == 1:
            raise
        raise PagingError(
            f"page {number} could not be read; the {number - 1} before it are fine. {error}"
        ) from error
