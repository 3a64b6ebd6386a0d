"""Limits and cursors of lists: checked, opaque, and steady when records are added."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from iceye_geo.sandbox.answers import bad_request

T = TypeVar("T")


def read_limit(text: str | None, *, minimum: int = 0, maximum: int = 10_000, default: int = 10) -> int:
    """Return a ``limit`` parameter as a number; refuse with 400 outside the range.

    Example:
        >>> read_limit(None), read_limit("25")
        (10, 25)
    """
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        bad_request("limit must be an integer")
    limit = int(text)
    if not minimum <= limit <= maximum:
        bad_request("limit is out of range")
    return limit


def encode_cursor(position: object) -> str:
    """Turn a JSON-able position into an opaque token."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode()


def decode_cursor(token: object) -> Any:
    """Return the position in a token; refuse with 400 what no list gave out."""
    if not isinstance(token, str):
        bad_request("cursor must be a string")
    try:
        position = json.loads(base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        bad_request("cursor is not valid")
    if encode_cursor(position) != token:
        bad_request("cursor is not valid")
    return position


def page_by_key(
    records: Sequence[T], *, key: Callable[[T], str], limit: int, cursor: str | None
) -> tuple[list[T], str | None]:
    """Cut one page out of records whose order does not change; the cursor holds the last record's key.

    Args:
        records: all records, in the order of the list.
        key: a unique text of a record.
        limit: most records of the page.
        cursor: token of the page before; None or "" for the first page.

    Returns:
        The page, and the token of the next one; None on the last page.
    """
    start = 0
    if cursor:
        last = decode_cursor(cursor)
        start = next((i + 1 for i, record in enumerate(records) if key(record) == last), -1)
        if start < 0:
            bad_request("cursor is not valid")
    page = list(records[start : start + limit])
    more = start + limit < len(records)
    return page, encode_cursor(key(page[-1])) if page and more else None


def list_body(data: list[Any], cursor: str | None, *, key: str = "data") -> dict[str, Any]:
    """Return a list's body; a last page has no cursor (contradiction C7)."""
    return {key: data, "cursor": cursor} if cursor else {key: data}
