"""The way in: recognise what a v1 value is, and rewrite it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from iceye_geo.errors import InvalidInputError
from iceye_geo.migration.findings import Migration
from iceye_geo.migration.items import migrate_item, migrate_product
from iceye_geo.migration.purchases import (
    REQUEST_FIELDS,
    RESPONSE_FIELDS,
    migrate_purchase_request,
    migrate_purchase_response,
)
from iceye_geo.migration.scribe import Known, Scribe
from iceye_geo.migration.search import SEARCH_FIELDS, migrate_search
from iceye_geo.migration.tasks import TASK_FIELDS, migrate_task_request, migrate_task_response
from iceye_geo.migration.text import migrate_text

_Rewriter = Callable[[Mapping[str, Any], Scribe], Any]


def migrate(
    value: Any,
    *,
    frames: Mapping[str, str] | None = None,
    configs: Mapping[str, str] | None = None,
    product_types: Sequence[str] = (),
) -> Migration:
    """Rewrite a v1 value to v2 and list every change with its reason.

    Args:
        value: a request body, search body, item, product list or page (dict or list), or text: JSON of those,
            a form body of a token request, or source code. Never changed.
        frames: frame id by v1 item id, for purchases.
        configs: ``configID`` by v1 delivery path, for tasks.
        product_types: the contract's own product types, for tasks with additional ones.

    Returns:
        The v2 form and the findings. What could not be carried over is a finding with severity "lost".

    Raises:
        InvalidInputError: ``value`` is neither a dict, a list nor text.

    Example:
        >>> body = {"itemIds": ["a"], "contractId": "c-1", "companyName": "ACME"}
        >>> migration = migrate(body, frames={"a": "17_1"})
        >>> migration.result
        {'frameID': '17_1', 'contractID': 'c-1'}
        >>> [f.path for f in migration.lost]
        ['companyName']
    """
    scribe = Scribe(Known(frames or {}, configs or {}, tuple(product_types)))
    if isinstance(value, str):
        kind, result = _from_text(value, scribe)
    elif isinstance(value, Mapping | list):
        kind, result = _from_json(value, scribe)
    else:
        raise InvalidInputError("value", f"must be a dict, a list or text, this is a {type(value).__name__}")
    return Migration(result, kind, scribe.findings)


def migrate_file(
    path: str | Path,
    *,
    frames: Mapping[str, str] | None = None,
    configs: Mapping[str, str] | None = None,
    product_types: Sequence[str] = (),
) -> Migration:
    """Rewrite what a file holds; the file itself is not changed. See `migrate`.

    Raises:
        InvalidInputError: the file is missing or is no UTF-8 text.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("old.json").write_text('{"query": {"orbit_state": {"eq": "ascending"}}}')
        >>> migrate_file("old.json").result
        {'query': {'sat:orbit_state': {'eq': 'ascending'}}}
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError("path", f"{path} cannot be read as text: {error}") from error
    return migrate(text, frames=frames, configs=configs, product_types=product_types)


def _from_text(text: str, scribe: Scribe) -> tuple[str, Any]:
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        value = None
    if isinstance(value, Mapping | list):
        return _from_json(value, scribe)
    form = dict(parse_qsl(text.strip())) if "\n" not in text.strip() else {}
    if "grant_type" in form:
        return "token request", _token_request(form, scribe)
    result = migrate_text(text, scribe)
    return "source text", result


def _from_json(value: Mapping[str, Any] | list[Any], scribe: Scribe) -> tuple[str, Any]:
    if isinstance(value, list):
        return _list(value, scribe)
    for key, kind in (("features", "item collection"), ("data", "page"), ("cells", "notebook")):
        if isinstance(value.get(key), list):
            return _container(value, key, kind, scribe)
    kind, rewriter = _recognise(value)
    return kind, rewriter(value, scribe)


def _list(value: list[Any], scribe: Scribe) -> tuple[str, Any]:
    entries = [_entry(entry, scribe.at(i)) for i, entry in enumerate(value)]
    kinds = sorted({kind for kind, _ in entries})
    results = [result for _, result in entries]
    if kinds == ["product"]:
        scribe.write("", "a list", "a page", reason="v2 answers with {data: [...], cursor}")
        return "task products", {"data": results, "cursor": ""}
    return f"list of {' and '.join(kinds) or 'nothing'}", results


def _container(value: Mapping[str, Any], key: str, kind: str, scribe: Scribe) -> tuple[str, Any]:
    place = scribe.at(key)
    entries = [_entry(entry, place.at(i)) for i, entry in enumerate(value[key])]
    inner = sorted({name for name, _ in entries})
    return f"{kind} of {' and '.join(inner) or 'nothing'}", {**value, key: [result for _, result in entries]}


def _entry(entry: Any, scribe: Scribe) -> tuple[str, Any]:
    if isinstance(entry, Mapping):
        kind, rewriter = _recognise(entry)
        return kind, rewriter(entry, scribe)
    return "unknown", _unknown(entry, scribe)


def _recognise(body: Mapping[str, Any]) -> tuple[str, _Rewriter]:
    names = set(body)
    if body.get("type") == "Feature" or "properties" in names:
        return "item", migrate_item
    if "grant_type" in names:
        return "token request", _token_request
    if names & REQUEST_FIELDS:
        return "purchase request", migrate_purchase_request
    if names & RESPONSE_FIELDS:
        return "purchase", migrate_purchase_response
    if names & TASK_FIELDS:
        return (
            ("task", migrate_task_response)
            if {"id", "status"} <= names
            else ("task request", migrate_task_request)
        )
    if isinstance(body.get("assets"), list):
        return "product", migrate_product
    if names & SEARCH_FIELDS:
        return "search", migrate_search
    if "cell_type" in names and _is_source(body.get("source")):
        return "cell", _cell
    return "unknown", _unknown


def _token_request(body: Mapping[str, Any], scribe: Scribe) -> dict[str, Any]:
    if body.get("grant_type") != "password":
        return dict(body)
    why = "v2 takes client credentials only: CLIENT_ID and CLIENT_SECRET of ICEYE, sent as a Basic header"
    scribe.write("grant_type", "password", "client_credentials", reason=why, severity="lost")
    for name in ("username", "password"):
        if name in body:
            scribe.write(name, "***", None, reason="belongs to the password grant", severity="lost")
    kept = {k: v for k, v in body.items() if k not in {"username", "password"}}
    return {**kept, "grant_type": "client_credentials"}


def _is_source(value: Any) -> bool:
    """Say whether a value is what a notebook keeps of a cell: text, or its lines."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _cell(cell: Mapping[str, Any], scribe: Scribe) -> dict[str, Any]:
    source = cell["source"]
    text = "".join(source) if isinstance(source, list) else source
    new = migrate_text(text, scribe)
    return {**cell, "source": new.splitlines(keepends=True) if isinstance(source, list) else new}


def _unknown(value: Any, scribe: Scribe) -> Any:
    scribe.write("", None, None, reason="nothing of v1 was recognised here; left as it is", severity="check")
    return value
