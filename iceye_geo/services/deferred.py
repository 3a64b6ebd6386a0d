"""A list that is asked for page by page, as far as it is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from iceye_geo.models.base import ModelList, WireModel, cell
from iceye_geo.transport.paging import Page

if TYPE_CHECKING:
    import pandas as pd

M = TypeVar("M", bound=WireModel)
_SHOWN = 20


class Deferred(Generic[M]):
    """A list of models behind a paged operation. Nothing is sent until it is read, and no page twice.

    It can be iterated (lazily), indexed, turned into a DataFrame; ``len()`` reads it to its end.

    Args:
        pages: starts the request; called once, when the first record is asked for.
        read: turns one raw record into a model.
        title: what the list holds, for display.
        max_items: stop after so many; None reads all.

    Example:
        >>> from iceye_geo.models.base import Price
        >>> pages = lambda: iter([Page([{"amount": 1, "currency": "EUR"}], None, {})])
        >>> prices = Deferred(pages, Price.from_wire, title="prices")
        >>> prices
        <Deferred prices: not read yet>
        >>> [p.amount for p in prices], len(prices), prices
        ([1], 1, <Deferred prices: 1>)
    """

    def __init__(
        self,
        pages: Callable[[], Iterator[Page]],
        read: Callable[[dict[str, Any]], M],
        *,
        title: str,
        max_items: int | None = None,
    ) -> None:
        self._start = pages
        self._read = read
        self._title = title
        self._max = max_items
        self._records: Iterator[dict[str, Any]] | None = None
        self._held: list[M] = []
        self._done = max_items == 0
        self._lock = threading.RLock()

    def __iter__(self) -> Iterator[M]:
        """Yield the models, asking for a page when the one before is used up."""
        index = 0
        while self._fill(index + 1):
            yield self._held[index]
            index += 1

    def __len__(self) -> int:
        self._fill(None)
        return len(self._held)

    def __bool__(self) -> bool:
        """Whether there is at least one record; reads one page at most."""
        return self._fill(1)

    @overload
    def __getitem__(self, index: int) -> M: ...
    @overload
    def __getitem__(self, index: slice) -> ModelList[M]: ...
    def __getitem__(self, index: int | slice) -> M | ModelList[M]:
        """Return one model, or a ModelList for a slice; reads as far as that needs."""
        if isinstance(index, slice):
            ends = (index.start, index.stop)
            backwards = index.step is not None and index.step < 0
            open_end = index.stop is None or backwards or any(end is not None and end < 0 for end in ends)
            self._fill(None if open_end else index.stop)
            return ModelList(self._held[index])
        self._fill(None if index < 0 else index + 1)
        return self._held[index]

    def first(self) -> M | None:
        """Return the first model, None if the list is empty; reads one page at most."""
        return self._held[0] if self._fill(1) else None

    def to_list(self) -> ModelList[M]:
        """Read to the end and return a plain list."""
        self._fill(None)
        return ModelList(self._held)

    def to_dataframe(self) -> pd.DataFrame:
        """Read to the end and return one row per model."""
        return self.to_list().to_dataframe()

    def __repr__(self) -> str:
        count = f"{len(self._held)}" if self._done else f"{len(self._held)} read, more to come"
        return f"<Deferred {self._title}: {count if self._held or self._done else 'not read yet'}>"

    def _repr_html_(self) -> str:
        self._fill(_SHOWN + 1)
        more = f"<p>the first {_SHOWN}; there are more</p>" if len(self._held) > _SHOWN else ""
        return f"<p>{cell(self._title)}</p>{ModelList(self._held[:_SHOWN])._repr_html_()}{more}"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a deferred list is bound to its session and is not pickled; pickle its to_list()")

    def _fill(self, count: int | None) -> bool:
        """Read until ``count`` models are held (None: all); return whether they are."""
        with self._lock:
            while not self._done and (count is None or len(self._held) < count):
                self._take()
            return count is not None and len(self._held) >= count

    def _take(self) -> None:
        if self._records is None:
            # The first read, or another try after a fault; the list may have moved on since, so it starts anew.
            self._held.clear()
            self._records = (raw for page in self._start() for raw in page.items)
        try:
            raw = next(self._records, None)
        except BaseException:
            self._records = None
            raise
        if raw is not None:
            self._held.append(self._read(raw))
        self._done = raw is None or len(self._held) == self._max
