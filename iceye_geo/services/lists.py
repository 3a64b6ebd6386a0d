"""How services ask for lists: the page size, the filters, the deferred result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.base import WireModel
from iceye_geo.services.deferred import Deferred
from iceye_geo.transport.paging import Page, iter_pages
from iceye_geo.transport.session import Session

M = TypeVar("M", bound=WireModel)


def deferred(
    session: Session,
    path: str,
    model: type[M],
    *,
    title: str,
    operation: str,
    page_size: int,
    params: Mapping[str, Any] | None = None,
    keys: Sequence[str] = ("data",),
    max_items: int | None = None,
) -> Deferred[M]:
    """Return a deferred list of ``model`` behind a paged GET.

    Args:
        session: the authenticated session.
        path: of the list.
        model: what each record is.
        title: what the list holds, for display.
        operation: ICEYE's name of the call.
        page_size: ``limit`` of each request.
        params: filters; they are sent with every page.
        keys: names under which the records may stand.
        max_items: stop after so many.

    Raises:
        InvalidInputError: ``max_items`` is negative.
    """
    if max_items is not None and max_items < 0:
        raise InvalidInputError("max_items", f"must not be negative, this is {max_items}")
    limit = page_size if max_items is None else max(1, min(page_size, max_items))

    def ask(cursor: str | None) -> Any:
        """Ask for one page."""
        query = {**(params or {}), "limit": limit, "cursor": cursor}
        return session.get(path, params=query, operation=operation)

    def pages() -> Iterator[Page]:
        """Read page after page."""
        return iter_pages(ask, keys=keys)

    def read(raw: dict[str, Any]) -> M:
        """Read one entry."""
        return model.from_wire(raw, operation=operation)

    return Deferred(pages, read, title=title, max_items=max_items)


def read_all(ask: Callable[[str | None], Any], *, keys: Sequence[str] = ("data",)) -> list[dict[str, Any]]:
    """Return the raw records of every page."""
    return [raw for page in iter_pages(ask, keys=keys) for raw in page.items]
