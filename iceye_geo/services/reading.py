"""How services ask for one object or its products, and what they say where nobody knows whether one was made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from iceye_geo.errors import ConnectionFailedError
from iceye_geo.models.base import WireModel
from iceye_geo.services.lists import read_all
from iceye_geo.transport.calls import ApiSession

if TYPE_CHECKING:
    from iceye_geo.stac.items import ItemList
    from iceye_geo.stac.source import Source

M = TypeVar("M", bound=WireModel)


def read_one(
    session: ApiSession, path: str, model: type[M], *, operation: str, timeout: float | None = None
) -> M:
    """Return one object as it is now.

    Args:
        session: the authenticated session.
        path: of the object.
        model: what it is.
        operation: the vendor's name of the call.
        timeout: seconds that the request may take within a wait; at most the settings'.

    Raises:
        NotFoundError: there is no such object.
    """
    raw = session.get(path, timeout=session.within(timeout), operation=operation)
    return model.from_wire(raw, operation=operation)


def read_items(session: ApiSession, path: str, *, source: Source, operation: str) -> ItemList:
    """Return the records of every page as STAC Items.

    Args:
        session: the authenticated session.
        path: of the list.
        source: where the Items come from, hence who is asked for fresh links.
        operation: the vendor's name of the call.

    Warns:
        SkippedRecordWarning: a record could not become an Item.
    """
    from iceye_geo.stac.items import ItemList, iter_items

    raws = read_all(lambda cursor: session.get(path, params={"cursor": cursor}, operation=operation))
    return ItemList(iter_items(raws, source_of=lambda _: source))


@contextmanager
def doubt(note: str) -> Iterator[None]:
    """Add ``note`` to an error that leaves open whether the request was carried out.

    Raises:
        ConnectionFailedError: no answer came; the note is on it unless the request certainly never left.

    Example:
        >>> try:
        ...     with doubt("It may have been bought: look first."):
        ...         raise ConnectionFailedError("no answer")
        ... except ConnectionFailedError as error:
        ...     print(error.__notes__)
        ['It may have been bought: look first.']
    """
    try:
        yield
    except ConnectionFailedError as error:
        if not error.never_sent:
            error.add_note(note)
        raise
