"""Search bodies of v1: property names in the query and the sort order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iceye_geo.migration.properties import rename_field, rename_properties
from iceye_geo.migration.scribe import Scribe

#: Fields by which a search body is recognised.
SEARCH_FIELDS = frozenset({"bbox", "datetime", "ids", "query", "sortby", "intersects", "collections"})


def migrate_search(body: Mapping[str, Any], scribe: Scribe) -> dict[str, Any]:
    """Rewrite one search body.

    Example:
        >>> migrate_search({"query": {"product_type": {"eq": "GRD"}}, "sortby": "-start_time"}, Scribe())
        {'query': {'sar:product_type': {'eq': 'GRD'}}, 'sortby': '-start_datetime'}
    """
    result = dict(body)
    if isinstance(body.get("query"), Mapping):
        result["query"] = rename_properties(body["query"], scribe.at("query"))
    if "sortby" in body:
        result["sortby"] = _sort_order(body["sortby"], scribe)
    return result


def _sort_order(sortby: Any, scribe: Scribe) -> Any:
    if isinstance(sortby, str):
        return ",".join(rename_field(part, "sortby", scribe) for part in sortby.split(","))
    if not isinstance(sortby, list):
        return sortby
    place = scribe.at("sortby")
    return [_sort_entry(entry, place.at(i)) for i, entry in enumerate(sortby)]


def _sort_entry(entry: Any, scribe: Scribe) -> Any:
    if isinstance(entry, str):
        return rename_field(entry, "", scribe)
    if isinstance(entry, Mapping) and isinstance(entry.get("field"), str):
        return {**entry, "field": rename_field(entry["field"], "field", scribe)}
    return entry
