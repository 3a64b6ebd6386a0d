"""Taking signatures out of records: hrefs become addresses that open nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iceye_geo.redact import strip_query

#: Set on an asset whose signature was taken away. Ask the API for the item again to get a fresh link.
EXPIRED_MARK = "iceye:href_expired"


def is_signed(text: str) -> bool:
    """Say whether a string is a URL that carries a query, a fragment or a user name.

    Example:
        >>> is_signed("https://host/a?Signature=x"), is_signed("https://host/a"), is_signed("what?")
        (True, False, False)
    """
    if "://" not in text or not ("?" in text or "@" in text or "#" in text):
        return False
    return text[:8].lower().startswith(("http://", "https://", "s3://", "gs://", "ftp://"))


def unsigned(href: str) -> str:
    """Return an href without what grants access; local paths and plain URLs stay as they are.

    Example:
        >>> unsigned("https://host/a?Signature=x"), unsigned("data/a#1.tif")
        ('https://host/a', 'data/a#1.tif')
    """
    return strip_query(href) if is_signed(href) else href


def scrub(value: Any) -> Any:
    """Return a copy of a JSON-like value with every signed URL in it cut down; marks assets it touched.

    Args:
        value: dicts, lists and scalars, nested as they like. It is not changed.

    Example:
        >>> scrub({"href": "https://host/a?Signature=x", "title": "GRD"})
        {'href': 'https://host/a', 'title': 'GRD', 'iceye:href_expired': True}
    """
    kind = type(value)
    if kind is str:
        return unsigned(value) if "://" in value else value
    if kind is float or kind is int or value is None:
        return value
    if isinstance(value, str):
        return unsigned(value)
    if isinstance(value, Mapping):
        clean = {key: scrub(part) for key, part in value.items()}
        href = value.get("href")
        if isinstance(href, str) and "rel" not in value and clean["href"] != href:
            clean[EXPIRED_MARK] = True
        return clean
    if isinstance(value, list | tuple):
        return [scrub(part) for part in value]
    return value
