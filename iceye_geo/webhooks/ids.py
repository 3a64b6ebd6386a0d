"""Finds ids in a callback body whose shape ICEYE does not publish."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

_UUID = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9a-fA-F])")
_ID_KEY = re.compile(r"(?:^|[_-])(?:id|ID|Id)$|[a-z](?:ID|Id)$")
# Longer values under an id's name are no ids, and a body is not asked for more of them than this.
_MAX_ID = 128
_MAX_IDS = 64


def find_ids(body: bytes) -> tuple[str, ...]:
    """Return every id in a body: UUIDs anywhere in it, and short values of keys that end in "id".

    Args:
        body: JSON of any shape, a form, or plain text.

    Returns:
        Ids in lower case, each once, in the order of the body; at most 64.

    Example:
        >>> find_ids(b'{"event": {"taskID": "5B9F6A0E-1A53-4A0A-BB1C-1C6F7C6F0002"}, "purchase_id": "p-17"}')
        ('5b9f6a0e-1a53-4a0a-bb1c-1c6f7c6f0002', 'p-17')
        >>> find_ids(b"task 5b9f6a0e-1a53-4a0a-bb1c-1c6f7c6f0002 has changed")
        ('5b9f6a0e-1a53-4a0a-bb1c-1c6f7c6f0002',)
    """
    text = body.decode("utf-8", errors="replace")
    found: dict[str, None] = {}
    for one in _candidates(text):
        found.setdefault(one.lower())
        if len(found) == _MAX_IDS:
            break
    return tuple(found)


def _candidates(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        pairs = parse_qsl(text) if "=" in text and "\n" not in text.strip() else []
        value = dict(pairs) or text
    yield from _walk(value)


def _walk(value: object) -> Iterator[str]:
    # An explicit stack: a body nested a thousand deep must not end the receiver.
    stack: list[tuple[str, object]] = [("", value)]
    while stack:
        key, held = stack.pop()
        if isinstance(held, dict):
            stack.extend((str(k), v) for k, v in reversed(held.items()))
        elif isinstance(held, list):
            stack.extend((key, v) for v in reversed(held))
        elif isinstance(held, str):
            yield from _of_text(key, held)
        elif isinstance(held, int) and not isinstance(held, bool) and _ID_KEY.search(key):
            yield str(held)


def _of_text(key: str, text: str) -> Iterator[str]:
    uuids = _UUID.findall(text)
    if uuids:
        yield from uuids
    elif _ID_KEY.search(key) and 0 < len(text.strip()) <= _MAX_ID:
        yield text.strip()
