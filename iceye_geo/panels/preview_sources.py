"""What a person may name to be looked into: a file, a link, an item id. No widgets here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iceye_geo.errors import InvalidInputError


def find_source(field: str, typed: str, *, client: Any) -> Any:
    """Return a file or link as it is, and for an item id the Item that the catalog has; slow.

    Args:
        field: what was typed into, for the error.
        typed: what a person typed.
        client: whose catalog; not needed for files and links.

    Raises:
        InvalidInputError: nothing was typed, or the catalog has no such item.

    Example:
        >>> find_source("scene", " look.tif ", client=None)
        'look.tif'
    """
    text = typed.strip()
    if not text:
        raise InvalidInputError(field, "give an item id or a file")
    if Path(text).suffix.lower() in (".tif", ".tiff") or "://" in text:
        return text
    if client is None:
        raise InvalidInputError(field, "an item id needs a client", hint="PreviewPanel(item, client=client)")
    for collection in ("private", "public"):
        search = client.catalog.search(ids=[text], collections=[collection], max_items=1)
        found = next(search.items(), None)
        if found is not None:
            return found
    raise InvalidInputError(field, f"the catalog has no item {text}")
