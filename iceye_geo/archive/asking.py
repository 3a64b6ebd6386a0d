"""From the arguments of a search to a checked question."""

from __future__ import annotations

from typing import Any

import shapely

from iceye_geo.archive.question import Question, conditions_of, microseconds
from iceye_geo.stac.values import read_time


def question(
    *, bbox: Any, intersects: Any, datetime: Any, ids: Any, collections: Any, contract_id: str | None,
    query: Any, sortby: Any, limit: int | None, max_items: int | None, default_collections: tuple[str, ...],
) -> Question:  # fmt: skip
    """Check the arguments of a search."""
    area = shapely.box(*bbox) if bbox is not None else None
    interval = None
    if datetime is not None:
        a, b = datetime.split("/")
        interval = (microseconds(read_time(a)), microseconds(read_time(b)))
    sort = ((sortby.lstrip("+-"), sortby.startswith("-")),) if sortby else Question().sort
    return Question(
        collections=tuple(collections or default_collections), contract_id=contract_id or "", area=area,
        interval=interval, ids=None if ids is None else frozenset(ids), conditions=conditions_of(query or {}),
        sort=sort, max_items=max_items, limit=limit or 200,
    )  # fmt: skip
