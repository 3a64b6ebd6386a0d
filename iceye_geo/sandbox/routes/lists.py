"""Lists: the page that a query asks for, as every API but the catalog's search answers it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from starlette.requests import Request

from iceye_geo.sandbox.paging import list_body, page_by_key, read_limit


class Listed(Protocol):
    """What a list can hold."""

    @property
    def id(self) -> str:
        """Unique in the list."""

    def to_wire(self) -> dict[str, Any]:
        """Return its JSON."""


R = TypeVar("R", bound=Listed)


def answer_list(
    request: Request,
    records: Sequence[R],
    *,
    show: Callable[[R], dict[str, Any]] | None = None,
    limits: tuple[int, int, int] = (0, 10_000, 10),
    key: str = "data",
) -> dict[str, Any]:
    """Return the body of a list: the page after the query's cursor, as long as its limit says.

    Args:
        request: with ``limit`` and ``cursor`` in its query.
        records: all, in the order of the list.
        show: how a record looks in the list; default as it looks alone.
        limits: smallest, largest and default limit.
        key: name of the list in the body.
    """
    query = request.query_params
    minimum, maximum, default = limits
    limit = read_limit(query.get("limit"), minimum=minimum, maximum=maximum, default=default)
    page, cursor = page_by_key(records, key=lambda record: record.id, limit=limit, cursor=query.get("cursor"))
    return list_body([show(record) if show else record.to_wire() for record in page], cursor, key=key)
