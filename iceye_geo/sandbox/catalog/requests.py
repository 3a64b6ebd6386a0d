"""Reading search requests: POST bodies and GET parameters become a checked Search, or a 400 that says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry

from iceye_geo.sandbox.answers import Refusal, bad_request, parse_uuid
from iceye_geo.sandbox.catalog.area import read_bbox, read_geometry
from iceye_geo.sandbox.catalog.operators import read_query
from iceye_geo.sandbox.catalog.search import DEFAULT_SORT, Search, SortKey
from iceye_geo.sandbox.catalog.values import KINDS, parse_interval
from iceye_geo.sandbox.contracts import Contract, Contracts
from iceye_geo.sandbox.options import SandboxOptions

DEFAULT_LIMIT, MAX_LIMIT = 10, 200
#: Collections of ICEYE's own examples whose meaning is not published: accepted, and empty here.
EMPTY_COLLECTIONS = ("curated", "tasking")

_FIELDS = (
    "bbox",
    "datetime",
    "ids",
    "intersects",
    "collections",
    "contractID",
    "query",
    "sortby",
    "limit",
    "cursor",
)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A search, and which page of it is asked for."""

    search: Search
    limit: int
    cursor: str | None


def read_body(body: Mapping[str, Any], *, contracts: Contracts, options: SandboxOptions) -> PageRequest:
    """Read the body of POST /search."""
    if options.unknown_search_fields == "refuse" and set(body) - set(_FIELDS):
        bad_request(f"the fields of a search are {', '.join(_FIELDS)}")
    if "cursor" in body and not options.post_cursor:
        bad_request("cursor is not accepted in the body of a search")
    return _read(body, contracts, options)


def read_parameters(
    parameters: Mapping[str, str], *, contracts: Contracts, options: SandboxOptions
) -> PageRequest:
    """Read the parameters of GET /items, which say the same in text."""
    readers: dict[str, Callable[[str], Any]] = {
        "bbox": _numbers,
        "datetime": str,
        "ids": _list,
        "collections": _list,
        "contractID": str,
        "sortby": _sort_entries,
        "limit": _integer,
        "cursor": str,
    }
    body = {name: read(parameters[name]) for name, read in readers.items() if name in parameters}
    return _read(body, contracts, options)


def _read(body: Mapping[str, Any], contracts: Contracts, options: SandboxOptions) -> PageRequest:
    limit = _limit(body.get("limit", DEFAULT_LIMIT), options)
    contract = _contract(body["contractID"], contracts) if "contractID" in body else None
    collections = _collections(body.get("collections", []), contract)
    refuse = options.unknown_search_fields == "refuse"
    search = Search(
        collections=collections,
        contract_id=contract.id if contract else None,
        area=_area(body, options),
        interval=parse_interval(body["datetime"]) if "datetime" in body else None,
        ids=frozenset(_texts(body["ids"], "ids")) if "ids" in body else None,
        conditions=tuple(read_query(body.get("query", {}), refuse_unknown=refuse)),
        sort=_sort(body.get("sortby", []), refuse_unknown=refuse),
    )
    return PageRequest(search, limit, _cursor(body.get("cursor", "")))


def _limit(value: Any, options: SandboxOptions) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        bad_request("limit must be an integer")
    if value > MAX_LIMIT and options.limit_above_maximum == "cut":
        return MAX_LIMIT
    if not 1 <= value <= MAX_LIMIT:
        bad_request("limit is out of range")
    return int(value)


def _contract(value: Any, contracts: Contracts) -> Contract:
    contract_id = parse_uuid(value)
    if contract_id is None:
        bad_request("contractID must be a UUID")
    if contract_id not in contracts:
        raise Refusal(403, message="contract is not one of this company's")
    return contracts[contract_id]


def _collections(value: Any, contract: Contract | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(_texts(value, "collections"))) or ("public",)
    known = ("public", "private", *EMPTY_COLLECTIONS)
    if not set(names) <= set(known):
        bad_request(f"collections are {', '.join(known)}")
    if "private" in names and contract is None:
        bad_request("the private collection needs a contractID")
    if contract is not None and not set(names) <= {
        *contract.allowed("catalog_collections"),
        *EMPTY_COLLECTIONS,
    }:
        raise Refusal(403, message="the contract does not allow one of the collections")
    return names


def _area(body: Mapping[str, Any], options: SandboxOptions) -> BaseGeometry | None:
    bbox = read_bbox(body["bbox"]) if "bbox" in body else None
    shape = read_geometry(body["intersects"]) if "intersects" in body else None
    if bbox is None or shape is None:
        return shape if bbox is None else bbox
    if options.bbox_with_intersects == "refuse":
        bad_request("bbox and intersects exclude each other")
    return bbox.intersection(shape)


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        bad_request(f"{name} must be an array of strings")
    return value


def _sort(value: Any, *, refuse_unknown: bool) -> tuple[SortKey, ...]:
    if not isinstance(value, list):
        bad_request("sortby must be an array")
    keys = [_sort_key(entry) for entry in value]
    unknown = [key for key in keys if key.name not in KINDS]
    if unknown and refuse_unknown:
        bad_request("sortby names a property that items do not have")
    return tuple(key for key in keys if key not in unknown) or DEFAULT_SORT


def _sort_key(entry: Any) -> SortKey:
    if not isinstance(entry, dict) or not isinstance(entry.get("field"), str):
        bad_request("sortby: each entry has a field")
    if entry.get("direction", "asc") not in ("asc", "desc"):
        bad_request("sortby: direction is asc or desc")
    return SortKey(entry["field"].removeprefix("properties."), entry.get("direction") == "desc")


def _cursor(value: Any) -> str | None:
    if not isinstance(value, str):
        bad_request("cursor must be a string")
    return value or None


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        bad_request("bbox must be four numbers: west, south, east, north")


def _integer(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        bad_request("limit must be an integer")
    return int(text)


def _sort_entries(text: str) -> list[dict[str, str]]:
    return [
        {"field": part.lstrip("+-"), "direction": "desc" if part.startswith("-") else "asc"}
        for part in _list(text)
    ]
