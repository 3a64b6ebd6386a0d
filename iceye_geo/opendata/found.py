"""The answer of open data: a search as a value, found among the catalog's items when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import shapely

from iceye_geo.archive.question import Question, ordered, sort_values
from iceye_geo.stac.opendata import ATTRIBUTION

if TYPE_CHECKING:
    import folium
    import geopandas as gpd

    from iceye_geo.stac.items import IceyeItem, IceyeItemCollection


class OpenDataSearch:
    """A search of the open data: what ``client.catalog.search`` gives, without an account.

    Attributes:
        question: what it asks, checked.
        attribution: who must be named wherever the data are shown. It also stands in every Item and table.
    """

    attribution = ATTRIBUTION

    def __init__(self, question: Question, read: Callable[[], Sequence[dict[str, Any]]]) -> None:
        self.question, self._read = question, read
        self._found: list[dict[str, Any]] | None = None

    def __len__(self) -> int:
        return len(self._look_up())

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the records: the catalog's items with the API's property names beside their own."""
        yield from self._look_up()

    def items(self) -> Iterator[IceyeItem]:
        """Yield the Items, in order. Their links are open and do not expire."""
        from iceye_geo.stac.items import iter_items

        yield from iter_items(self.records())

    def pages(self) -> Iterator[IceyeItemCollection]:
        """Yield the Items in pages of ``limit``."""
        from iceye_geo.stac.items import IceyeItemCollection

        items = list(self.items())
        for at in range(0, len(items), self.question.limit):
            yield IceyeItemCollection(items[at : at + self.question.limit], clone_items=False)

    def item_collection(self) -> IceyeItemCollection:
        """Return all Items as one collection."""
        from iceye_geo.stac.items import IceyeItemCollection

        return IceyeItemCollection(list(self.items()), clone_items=False)

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Return the fixed columns of all Items, EPSG:4326, and ``license`` and ``attribution`` behind them."""
        from iceye_geo.stac.frame import to_geodataframe

        gdf = to_geodataframe(self.records())
        gdf.attrs["attribution"] = ATTRIBUTION
        return gdf

    def to_map(
        self,
        *,
        color_by: Literal["product", "time"] = "product",
        basemap: str | None = None,
        attribution: str = "",
        title: str = "",
    ) -> folium.Map:
        """Return the footprints on a page that works offline and names the source; see ``maps.footprints``.

        Args:
            color_by: "product" or "time".
            basemap: tile URL template; None shows the shipped land outline.
            attribution: credit for the basemap.
            title: words in the corner.
        """
        from iceye_geo.maps import footprints

        found = self.to_geodataframe()
        page: folium.Map = footprints(
            found, color_by=color_by, basemap=basemap, attribution=attribution,
            title=f"{title or f'{len(found)} open scenes'} © {ATTRIBUTION}",
        )  # fmt: skip
        return page

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
