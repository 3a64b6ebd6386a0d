"""Purchase bodies of v1: several items and a company become one frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iceye_geo.migration.scribe import Scribe
from iceye_geo.migration.table import names_of

#: Fields by which a purchase request, and a purchase answer, are recognised; one is enough.
REQUEST_FIELDS = frozenset({"itemIds", "companyName", "contactPerson"})
RESPONSE_FIELDS = frozenset({"purchaseId", "customerName", "contractName"})
_FIND_FRAME = "the frame is the property frame_id of the catalog item"


def migrate_purchase_request(
    body: Mapping[str, Any], scribe: Scribe
) -> dict[str, Any] | list[dict[str, Any]]:
    """Rewrite one purchase request: one body per frame, a list where there is more than one.

    Frames are looked up in ``scribe.known.frames`` by item id.

    Example:
        >>> from iceye_geo.migration.scribe import Known
        >>> scribe = Scribe(Known(frames={"a": "1_1", "b": "1_1"}))
        >>> migrate_purchase_request({"itemIds": ["a", "b"], "contractId": "c"}, scribe)
        {'frameID': '1_1', 'contractID': 'c'}
    """
    rest = _rename(body, "purchase", scribe)
    frames = _frames(body, scribe)
    bodies = [{"frameID": frame, **rest} for frame in frames] or [rest]
    return bodies[0] if len(bodies) == 1 else bodies


def migrate_purchase_response(body: Mapping[str, Any], scribe: Scribe) -> dict[str, Any]:
    """Rewrite one purchase as v1 answered it.

    Example:
        >>> migrate_purchase_response({"purchaseId": "p-1"}, Scribe())
        {'id': 'p-1'}
    """
    return _rename(body, "purchase response", scribe)


def _rename(body: Mapping[str, Any], where: str, scribe: Scribe) -> dict[str, Any]:
    lines = names_of(where)
    result: dict[str, Any] = {}
    for name, value in body.items():
        line = lines.get(name)
        if line is None or line.fate == "kept":
            result[name] = value
        elif line.fate == "removed":
            scribe.write(name, value, None, reason=f"{name} is gone in v2: {line.reason}", severity="lost")
        elif name != "itemIds":
            result[line.v2] = value
            scribe.write(name, name, line.v2, reason=line.reason)
    return result


def _frames(body: Mapping[str, Any], scribe: Scribe) -> list[str]:
    held = body.get("itemIds")
    items = [str(i) for i in held] if isinstance(held, list) else []
    if held is None:
        return []
    place = scribe.at("itemIds")
    frames: dict[str, list[int]] = {}
    for i, item in enumerate(items):
        frame = scribe.known.frames.get(item)
        if frame is None:
            reason = f"v2 buys by frame, and the frame of this item is not known; {_FIND_FRAME}"
            place.at(i).write("", item, None, reason=reason, severity="lost")
            continue
        frames.setdefault(frame, []).append(i)
        again = "; it is bought once, with all its products" if len(frames[frame]) > 1 else ""
        place.at(i).write("", item, frame, reason=f"v2 buys by frame{again}")
    if len(frames) > 1:
        reason = "v2 buys one frame at a time: this becomes one purchase for each, priced each on its own"
        scribe.write("itemIds", items, list(frames), reason=reason, severity="check")
    return list(frames)
