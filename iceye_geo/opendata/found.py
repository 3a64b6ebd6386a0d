"""The answer of open data: a search as a value, found among the catalog's items when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

import shapely

from iceye_geo.archive.question import Question, ordered, sort_values
from iceye_geo.archive.views import LocalSearch
from iceye_geo.stac.opendata import ATTRIBUTION


class OpenDataSearch(LocalSearch):
    """A search of the open data: what ``client.catalog.search`` gives, without an account.

    Attributes:
        question: what it asks, checked.
    """

    def __init__(self, question: Question, read: Callable[[], Sequence[dict[str, Any]]]) -> None:
        self.question, self._read = question, read
        self._found: list[dict[str, Any]] | None = None

    def __len__(self) -> int:
        return len(self._look_up())

    @property
    def attribution(self) -> str:
        """Who must be named wherever the data are shown. It also stands in every Item and table."""
        return ATTRIBUTION

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the records: the catalog's items with the API's property names beside their own."""
        yield from self._look_up()

    def _look_up(self) -> list[dict[str, Any]]:
        if self._found is None:
            fitting = [record for record in self._read() if self._fits(record)]
            rows = [(sort_values(record, self.question), str(record["id"])) for record in fitting]
            self._found = [fitting[i] for i in ordered(rows, self.question)[: self.question.max_items]]
        return self._found

    def _fits(self, record: dict[str, Any]) -> bool:
        asked = self.question
        if asked.collections and record.get("collection") not in asked.collections:
            return False
        return asked.accepts(record) and (asked.area is None or _meets(record, asked.area))

    def __repr__(self) -> str:
        known = "not read yet" if self._found is None else f"{len(self._found)} items"
        return f"<OpenDataSearch: {known}; {ATTRIBUTION}>"

    def _repr_html_(self) -> str:
        return f"<p><b>Search of ICEYE's open data</b>: {len(self)} items<br>{escape(ATTRIBUTION)}</p>"


def _meets(record: dict[str, Any], area: Any) -> bool:
    from iceye_geo.stac.geometry import fix_geometry

    fixed = fix_geometry(record.get("geometry"))
    return fixed is not None and bool(shapely.intersects(area, shapely.geometry.shape(fixed)))
