"""The map of a search: one signature for every search, online or local."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import folium
    import geopandas as gpd
    import pystac


class Drawable(ABC):
    """A search whose footprints can be drawn."""

    def to_map(
        self,
        *,
        color_by: Literal["product", "time"] = "product",
        thumbnails: int = 12,
        basemap: str | None = None,
        attribution: str = "",
        title: str = "",
    ) -> folium.Map:
        """Return the footprints on a map page that works offline and names the source; see ``maps.footprints``.

        Args:
            color_by: "product" or "time".
            thumbnails: lay at most so many small pictures over the map; 0 for none. A local search has none.
            basemap: tile URL template; None shows the shipped land outline.
            attribution: credit for the basemap.
            title: words in the corner; by default the number of footprints and their dates.
        """
        from iceye_geo.maps import footprints

        page: folium.Map = footprints(
            self._to_draw(),
            color_by=color_by,
            basemap=basemap,
            attribution=attribution,
            title=title,
            fetch=self._picture_reader() if thumbnails else None,
            thumbnails=thumbnails,
        )
        return page

    @abstractmethod
    def _to_draw(self) -> gpd.GeoDataFrame | Iterable[pystac.Item]:
        """Return what is drawn."""

    def _picture_reader(self) -> Callable[[str], bytes] | None:
        """Return what reads a link to a small picture; None where there are no links."""
        return None
