"""From the arguments of a search to a checked question: the checks are those of ``client.catalog.search``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import shapely

from iceye_geo.archive.question import Question, conditions_of, microseconds
from iceye_geo.errors import InvalidInputError
from iceye_geo.services.area import box_as_geometry, format_bbox, format_intersects
from iceye_geo.services.catalog import MAX_LIMIT, read_contract_id, read_count, read_names
from iceye_geo.services.datetimes import format_datetime
from iceye_geo.services.query import format_query, format_sortby
from iceye_geo.stac.values import read_time

if TYPE_CHECKING:
    from iceye_geo.models.company import Contract

# What is before and after all acquisitions, microseconds: an open end of an interval.
_ALWAYS = (-(2**62), 2**62)


def question(
    *,
    bbox: Any = None,
    intersects: Any = None,
    datetime: Any = None,
    ids: Iterable[str] | str | None = None,
    collections: Iterable[str] | str | None = None,
    contract_id: str | Contract | None = None,
    query: Mapping[str, Any] | None = None,
    sortby: Any = None,
    limit: int | None = None,
    max_items: int | None = None,
    default_collections: tuple[str, ...] = ("public",),
) -> Question:
    """Check the arguments of a search.

    Raises:
        InvalidInputError: one breaks a rule; the message names it.

    Example:
        >>> asked = question(bbox=(24, 59, 26, 61), sortby="-start_datetime", max_items=5)
        >>> asked.area.bounds, asked.sort
        ((24.0, 59.0, 26.0, 61.0), (('start_datetime', True),))
    """
    order = [] if sortby is None else format_sortby(sortby)
    return Question(
        collections=default_collections
        if collections is None
        else tuple(read_names("collections", collections)),
        contract_id=read_contract_id(contract_id) or "",
        area=_area(bbox, intersects),
        interval=None if datetime is None else _interval(format_datetime(datetime)),
        ids=None if ids is None else frozenset(read_names("ids", ids)),
        conditions=conditions_of(format_query(query)) if query is not None else (),
        sort=tuple((part["field"], part["direction"] == "desc") for part in order) or Question().sort,
        max_items=read_count("max_items", max_items),
        limit=read_count("limit", limit, most=MAX_LIMIT) or MAX_LIMIT,
    )


def _area(bbox: Any, intersects: Any) -> Any:
    if bbox is not None and intersects is not None:
        raise InvalidInputError("bbox, intersects", "exclude each other", hint="Give one of them.")
    if bbox is not None:
        return shapely.geometry.shape(box_as_geometry(format_bbox(bbox)))
    return None if intersects is None else shapely.geometry.shape(format_intersects(intersects))


def _interval(text: str) -> tuple[int, int]:
    first, _, last = text.partition("/")
    ends = (read_time(first), read_time(last or first))
    return (
        _ALWAYS[0] if ends[0] is None else microseconds(ends[0]),
        _ALWAYS[1] if ends[1] is None else microseconds(ends[1]),
    )
