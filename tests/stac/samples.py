"""The records that ICEYE's guides print, and ways to bend them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "data"
SIGNS = ("Signature=", "Key-Pair-Id", "c2lnbmVk", "Expires=")


def record(name: str = "task_products") -> dict[str, Any]:
    """The record of one of the printed answers: task_products, task_products_grd_cog or v2_products."""
    return json.loads((DATA / f"{name}.json").read_text())["data"][0]


def every_record() -> list[dict[str, Any]]:
    return [record(name) for name in ("task_products", "task_products_grd_cog", "v2_products")]


def bent(name: str = "task_products", /, **changes: Any) -> dict[str, Any]:
    """A record with top-level fields replaced; a value of ... takes the field away."""
    raw = record(name)
    _apply(raw, changes)
    return raw


def with_properties(changes: dict[str, Any], name: str = "task_products") -> dict[str, Any]:
    raw = record(name)
    _apply(raw["properties"], changes)
    return raw


def _apply(target: dict[str, Any], changes: dict[str, Any]) -> None:
    for key, value in changes.items():
        if value is ...:
            target.pop(key, None)
        else:
            target[key] = copy.deepcopy(value)


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def holds_a_signature(text: str) -> bool:
    return any(sign in text for sign in SIGNS)
