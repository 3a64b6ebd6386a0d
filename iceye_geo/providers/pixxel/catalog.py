"""The catalog: which images are there to be delivered or downloaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.checks import read_id
from iceye_geo.providers.pixxel import stac
from iceye_geo.providers.pixxel.models import CatalogEntry
from iceye_geo.providers.pixxel.paging import offset_pages
from iceye_geo.providers.pixxel.session import PixxelSession
from iceye_geo.services.deferred import Deferred
from iceye_geo.transport.paging import Page

if TYPE_CHECKING:
    import geopandas as gpd

    from iceye_geo.stac import IceyeItem
    from iceye_geo.stac.items import IceyeItemCollection

_PATH = "/v0/catalogs"
# Pixxel states neither default nor maximum; the sandbox and its samples live well with this.
PAGE_SIZE = 50


class CatalogSearch(Deferred[CatalogEntry]):
    """Entries of a search, asked for page by page when read; as entries, Items or a table."""

    def items(self) -> Iterator[IceyeItem]:
        """Yield pystac Items; ``pixxel:catalog_id`` is what `deliver` and `download` take."""
        return stac.iter_items(self)

    def item_collection(self) -> IceyeItemCollection:
        """Return all as an ItemCollection; hopeless records are skipped with a warning."""
        return stac.to_item_collection(self)

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Return one row each, with the columns of every provider and Pixxel's own at the end."""
        return stac.to_geodataframe(self)


class PixxelCatalog:
    """Images that are there.

    Args:
        session: the authenticated session.
    """

    def __init__(self, session: PixxelSession) -> None:
        self._session = session

    def search(
        self,
        *,
        bbox: Sequence[float] | None = None,
        intersects: Any = None,
        datetime: str | None = None,
        collections: Iterable[str] | None = None,
        catalog_ids: Iterable[str] | None = None,
        item_ids: Iterable[str] | None = None,
        order_ids: Iterable[str] | None = None,
        order_item_ids: Iterable[str] | None = None,
        query: Mapping[str, Any] | None = None,
        max_items: int | None = None,
    ) -> CatalogSearch:
        """Return a search: sent when it is read.

        Args:
            bbox: west, south, east, north in degrees.
            intersects: GeoJSON geometry, or anything with ``__geo_interface__``.
            datetime: closed interval "start/end".
            collections: names.
            catalog_ids: UUIDs of catalogs, sent as ``ids``.
            item_ids: STAC ids of images.
            order_ids: UUIDs of orders.
            order_item_ids: UUIDs of order items.
            query: further properties such as ``project_id``.
            max_items: stop after so many.

        Raises:
            InvalidInputError: the box has not four numbers.
        """
        if bbox is not None and len(bbox) != 4:
            raise InvalidInputError(
                "bbox", f"must be west, south, east, north, these are {len(bbox)} numbers"
            )
        geometry = getattr(intersects, "__geo_interface__", intersects)
        asked: dict[str, Any] = {
            "bbox": None if bbox is None else [float(one) for one in bbox], "intersects": geometry,
            "datetime": datetime, "collections": _list(collections), "ids": _list(catalog_ids),
            "item_ids": _list(item_ids), "order_ids": _list(order_ids),
            "order_item_ids": _list(order_item_ids), "query": dict(query) if query else None,
        }  # fmt: skip
        body = {name: value for name, value in asked.items() if value is not None}
        return CatalogSearch(
            lambda: self._pages(body), CatalogEntry.from_wire, title="Pixxel catalog", max_items=max_items
        )

    def get(self, catalog_id: str) -> CatalogEntry:
        """Return one entry.

        Raises:
            NotFoundError: there is none with this id.
        """
        identity = read_id(catalog_id, field="catalog_id")
        raw = self._session.get(f"{_PATH}/{identity}", operation="getCatalog")
        inner = raw.get("catalog") if isinstance(raw, Mapping) else None
        return CatalogEntry.from_wire(inner if isinstance(inner, Mapping) else raw, operation="getCatalog")

    def _pages(self, body: dict[str, Any]) -> Iterator[Page]:
        def ask(query: dict[str, int]) -> Any:
            return self._session.post(
                f"{_PATH}/search", json={**body, **query}, repeatable=True, operation="searchCatalogs"
            )

        return offset_pages(ask, key="catalogs", id_names=("catalog_id", "id"), page_size=PAGE_SIZE)


def _list(given: Iterable[str] | None) -> list[str] | None:
    if given is None:
        return None
    return [given] if isinstance(given, str) else list(given)
