"""Task bodies of v1: product types and delivery locations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iceye_geo.migration.scribe import Scribe

#: Fields by which a task body is recognised; one is enough.
TASK_FIELDS = frozenset({"pointOfInterest", "acquisitionWindow", "imagingMode", "additionalProductTypes"})
_V2_FIELDS = frozenset(
    {"contractID", "pointOfInterest", "acquisitionWindow", "imagingMode", "imagingDuration", "reference"}
    | {"exclusivity", "priority", "sla", "eula", "incidenceAngle", "lookSide", "passDirection"}
    | {"productTypes", "notifications", "deliveries"}
)  # fmt: skip
_V1_FIELDS = frozenset({"additionalProductTypes", "deliveryLocations"})
_LIST_CONFIGS = "client.delivery.locations() lists the configs"


def migrate_task_request(body: Mapping[str, Any], scribe: Scribe) -> dict[str, Any]:
    """Rewrite one createTask body.

    Example:
        >>> migrate_task_request({"imagingMode": "SCAN", "additionalProductTypes": []}, Scribe())
        {'imagingMode': 'SCAN'}
    """
    result = {name: value for name, value in body.items() if name not in _V1_FIELDS}
    _product_types(body, result, scribe)
    if "deliveryLocations" in body:
        locations = _locations(body["deliveryLocations"], scribe.at("deliveryLocations"))
        if locations:
            result["deliveries"] = [*result.get("deliveries", []), {"locations": locations}]
    for name in result:
        if name not in _V2_FIELDS:
            scribe.write(
                name,
                result[name],
                result[name],
                severity="check",
                reason="v2 refuses fields it does not know",
            )
    return result


def migrate_task_response(body: Mapping[str, Any], scribe: Scribe) -> dict[str, Any]:
    """Rewrite one task as v1 answered it.

    Example:
        >>> migrate_task_response({"id": "t", "status": "DONE", "deliveryLocations": []}, Scribe())
        {'id': 't', 'status': 'DONE'}
    """
    result = {name: value for name, value in body.items() if name != "deliveryLocations"}
    held = body.get("deliveryLocations")
    if held:
        place = scribe.at("deliveryLocations")
        locations = [_plain_location(entry) for entry in held if isinstance(entry, Mapping)]
        result["deliveries"] = [{"locations": locations}]
        for i, (entry, location) in enumerate(zip(held, locations, strict=False)):
            place.at(i).write(
                "",
                entry,
                location,
                reason="v2 names places under deliveries; the method is not repeated there",
            )
    return result


def _product_types(body: Mapping[str, Any], result: dict[str, Any], scribe: Scribe) -> None:
    extra = body.get("additionalProductTypes")
    if extra is None:
        return
    own = list(scribe.known.product_types)
    if extra and own:
        result["productTypes"] = list(dict.fromkeys([*own, *extra]))
        reason = (
            "v2 selects instead of adding: the contract's own types and the additional ones stand together"
        )
        scribe.write("additionalProductTypes", extra, result["productTypes"], reason=reason)
    elif extra:
        reason = (
            "v2 does not add to the contract's list, it selects from it with productTypes; that list is not"
            " in this body, so name all the types you want"
        )
        scribe.write("additionalProductTypes", extra, None, reason=reason, severity="lost")
    else:
        scribe.write("additionalProductTypes", extra, None, reason="removed in v2; it asked for nothing")


def _locations(held: Any, scribe: Scribe) -> list[dict[str, Any]]:
    entries = held if isinstance(held, list) else []
    found = [_location(entry, scribe.at(i)) for i, entry in enumerate(entries) if isinstance(entry, Mapping)]
    if not found:
        scribe.write("", held, None, reason="removed in v2; use deliveries")
    return [location for location in found if location is not None]


def _location(entry: Mapping[str, Any], scribe: Scribe) -> dict[str, Any] | None:
    path, method = str(entry.get("path", "")), str(entry.get("method", "")).lower()
    config = scribe.known.configs.get(path)
    if config is None:
        why = (
            "v2 delivers to S3 only, so an SFTP place has no config"
            if method == "sftp"
            else f"v2 needs the configID of a delivery location, which v1 does not have; {_LIST_CONFIGS}"
        )
        scribe.write("", dict(entry), None, reason=why, severity="lost")
        return None
    location = {"configID": config, **_plain_location(entry)}
    sftp = method == "sftp"
    scribe.write(
        "", dict(entry), location, severity="check" if sftp else "changed",
        reason="deliveries replaces deliveryLocations; the config was given by you"
        + (", and S3 takes the place of SFTP" if sftp else ""),
    )  # fmt: skip
    return location


def _plain_location(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("configID", "path", "subPath") if entry.get(name)}
