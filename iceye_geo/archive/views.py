"""The views of a search that is answered from here: Items, pages, tables and maps out of its records."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from iceye_geo.archive.question import Question
from iceye_geo.services.drawing import Drawable

if TYPE_CHECKING:
    import geopandas as gpd

    from iceye_geo.stac.items import IceyeItem, IceyeItemCollection


class LocalSearch(Drawable):
    """A search as a value with the face of ``client.catalog.search``, whose records are at hand.

    Attributes:
        question: what it asks, checked.
    """

    question: Question

    @property
    @abstractmethod
    def attribution(self) -> str:
        """Who must be named with these data, or ""."""

    @abstractmethod
    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the records, in order."""

    def items(self) -> Iterator[IceyeItem]:
        """Yield the Items, in order."""
        from iceye_geo.stac.items import iter_items

        yield from iter_items(self.records())

    def pages(self) -> Iterator[IceyeItemCollection]:
        """Yield the Items in pages of ``limit``."""
        from iceye_geo.stac.items import IceyeItemCollection

        page: list[Any] = []
        for item in self.items():
            page.append(item)
            if len(page) == self.question.limit:
                yield IceyeItemCollection(page, clone_items=False)
                page = []
        if page:
            yield IceyeItemCollection(page, clone_items=False)

    def item_collection(self) -> IceyeItemCollection:
        """Return all Items as one collection."""
        from iceye_geo.stac.items import IceyeItemCollection

        return IceyeItemCollection(list(self.items()), clone_items=False)

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Return the fixed columns of all Items, EPSG:4326; ``attrs["attribution"]`` where the data asks for it."""
        from iceye_geo.stac.frame import to_geodataframe

        gdf = to_geodataframe(self.records())
        if self.attribution:
            gdf.attrs["attribution"] = self.attribution
        return gdf

    def _to_draw(self) -> gpd.GeoDataFrame:
        return self.to_geodataframe()
