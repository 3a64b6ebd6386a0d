"""The v1 and v2 paths, request fields, response fields and property names, line by line, as data. No code.

Every line is one line of ICEYE's "API v1.0 to v2.0 Reference Guide".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: What becomes of a v1 name: kept as it is, renamed, gone, or new in v2.
Fate = Literal["kept", "renamed", "removed", "new"]


@dataclass(frozen=True, slots=True)
class PathLine:
    """One endpoint.

    Attributes:
        method: HTTP verb.
        v1: path in v1, or "" where v1 has none.
        v2: path in v2.
        note: what changes besides the path, "" for nothing.
    """

    method: str
    v1: str
    v2: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class NameLine:
    """One field or property.

    Attributes:
        where: the body it belongs to: "task", "task response", "purchase", "purchase response", "asset",
            "property", "query" or "auth".
        v1: name in v1, or "" where v1 has none.
        v2: name in v2, or "" where v2 has none.
        fate: what happens to it.
        reason: the guide's words, shortened.
    """

    where: str
    v1: str
    v2: str
    fate: Fate
    reason: str


_T1, _T2 = "/api/tasking/v1", "/api/tasking/v2"
_C1, _C2 = "/api/catalog/v1", "/api/catalog/v2"
_D, _N = "/api/delivery/v1", "/api/notifications/v1"
_STAC_PAGE = "the answer is a page {data: [STAC-like items], cursor} instead of a list of {type, assets}"

PATHS: tuple[PathLine, ...] = (
    PathLine("POST", f"{_T1}/tasks", f"{_T2}/tasks", "body and answer change"),
    PathLine("GET", f"{_T1}/tasks", f"{_T2}/tasks", "the answer changes as for createTask"),
    PathLine("GET", f"{_T1}/tasks/{{taskID}}", f"{_T2}/tasks/{{taskID}}", "the answer changes alike"),
    PathLine("PATCH", f"{_T1}/tasks/{{taskID}}", f"{_T2}/tasks/{{taskID}}"),
    PathLine("GET", f"{_T1}/tasks/{{taskID}}/products", f"{_T2}/tasks/{{taskID}}/products", _STAC_PAGE),
    PathLine(
        "GET", f"{_T1}/tasks/{{taskID}}/products/{{productType}}",
        f"{_T2}/tasks/{{taskID}}/products/{{productType}}", _STAC_PAGE,
    ),
    PathLine("GET", f"{_T1}/tasks/{{taskID}}/scene", f"{_T2}/tasks/{{taskID}}/scene", "footprint is new"),
    PathLine("GET", f"{_T1}/price", f"{_T2}/price"),
    PathLine("POST", "", f"{_T2}/feasibility", "new: checks tasks before they are created"),
    PathLine("GET", f"{_C1}/items", f"{_C2}/items", "new filters, new property names"),
    PathLine("POST", f"{_C1}/search", f"{_C2}/search", "new filters, new property names"),
    PathLine("POST", f"{_C1}/purchases", f"{_C2}/purchases", "buys one frame; answers 200, not 202"),
    PathLine("GET", f"{_C1}/purchases", f"{_C2}/purchases", "contractID filter is new; the answer changes"),
    PathLine("GET", f"{_C1}/purchases/{{purchaseID}}", f"{_C2}/purchases/{{purchaseID}}", "as in the list"),
    PathLine("GET", f"{_C1}/purchases/{{purchaseID}}/products", f"{_C2}/purchases/{{purchaseID}}/products"),
    PathLine("GET", "", f"{_C2}/price", "new: quotes one frame"),
    PathLine("GET", "", f"{_D}/deliveries/location-configs", "new: the Delivery API"),
    PathLine("POST", "", f"{_D}/deliveries", "new: the Delivery API"),
    PathLine("GET", "", f"{_D}/deliveries", "new: the Delivery API"),
    PathLine("GET", "", f"{_D}/deliveries/{{deliveryID}}", "new: the Delivery API"),
    PathLine("POST", "", f"{_N}/webhooks", "new: the Notifications API"),
)  # fmt: skip

NAMES: tuple[NameLine, ...] = (
    NameLine("task", "additionalProductTypes", "", "removed", "productTypes selects instead"),
    NameLine("task", "deliveryLocations", "deliveries", "renamed", "locations with a configID"),
    NameLine("task", "", "notifications", "new", "webhook.id for callbacks"),
    NameLine("task", "", "productTypes", "new", "which products out of the contract's list"),
    NameLine("task response", "deliveryLocations", "deliveries", "renamed", "id, locations and status"),
    NameLine("task response", "", "notifications", "new", "present if notifications were configured"),
    NameLine("task response", "", "productTypes", "new", "the product types to be delivered"),
    NameLine("task response", "eula", "eula", "kept", "optional in v1, always present in v2"),
    NameLine("asset", "title", "title", "kept", "unchanged"),
    NameLine("asset", "contentType", "type", "renamed", "media type under its STAC name"),
    NameLine("asset", "downloadURL", "href", "renamed", "assets.<name>.href"),
    NameLine("purchase", "itemIds", "frameID", "renamed", "one frame, not several items"),
    NameLine("purchase", "contractId", "contractID", "renamed", "one spelling for all of v2"),
    NameLine("purchase", "companyName", "", "removed", "no longer needed"),
    NameLine("purchase", "contactPerson", "", "removed", "no longer needed"),
    NameLine("purchase", "reference", "reference", "kept", "unchanged"),
    NameLine("purchase", "", "eula", "new", "licence type: STANDARD, GOVERNMENT, MULTI"),
    NameLine("purchase response", "purchaseId", "id", "renamed", "the answer is the whole purchase"),
    NameLine("purchase response", "id", "id", "kept", "unchanged"),
    NameLine("purchase response", "customerName", "", "removed", "removed"),
    NameLine("purchase response", "contractName", "", "removed", "removed"),
    NameLine("purchase response", "createdAt", "createdAt", "kept", "unchanged"),
    NameLine("purchase response", "status", "status", "kept", "unchanged"),
    NameLine("purchase response", "reference", "reference", "kept", "unchanged"),
    NameLine("purchase response", "", "frameID", "new", "the frame that was bought"),
    NameLine("purchase response", "", "contractID", "new", "the contract that paid"),
    NameLine("purchase response", "", "eula", "new", "the licence"),
    NameLine("query", "", "intersects", "new", "GeoJSON geometry filter"),
    NameLine("query", "", "collections", "new", "filter by collection"),
    NameLine("query", "", "contractID", "new", "access by contract"),
    NameLine("query", "", "cursor", "new", "paging in the request body"),
    NameLine("property", "start_time", "start_datetime", "renamed", "STAC name"),
    NameLine("property", "end_time", "end_datetime", "renamed", "STAC name"),
    NameLine("property", "instrument_mode", "sar:instrument_mode", "renamed", "STAC prefix"),
    NameLine("property", "product_type", "sar:product_type", "renamed", "STAC prefix"),
    NameLine("property", "observation_direction", "sar:observation_direction", "renamed", "STAC prefix"),
    NameLine("property", "orbit_state", "sat:orbit_state", "renamed", "STAC prefix"),
    NameLine("property", "incidence_angle", "iceye:incidence_center", "renamed", "ICEYE prefix"),
    NameLine("property", "satellite_look_angle", "iceye:satellite_look_angle", "renamed", "ICEYE prefix"),
    NameLine("property", "polarizations", "sar:polarizations", "renamed", "STAC prefix"),
    NameLine("property", "image_mode", "sar:instrument_mode", "removed", "use sar:instrument_mode"),
    NameLine("auth", "password", "client_credentials", "removed", "v2 takes client credentials only"),
)  # fmt: skip


def names_of(where: str) -> dict[str, NameLine]:
    """Return the lines of one body by their v1 name.

    Example:
        >>> names_of("property")["orbit_state"].v2
        'sat:orbit_state'
    """
    return {line.v1: line for line in NAMES if line.where == where and line.v1}


#: Property lines by v1 name.
PROPERTIES = names_of("property")
