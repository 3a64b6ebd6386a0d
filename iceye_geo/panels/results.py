"""What a search found, as a person goes through it: sorted, in pages, selected. No widgets here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iceye_geo.stac.show import mode_words, place_words
from iceye_geo.stac.values import read_number, read_time

if TYPE_CHECKING:
    from iceye_geo.stac.items import IceyeItem

#: Column -> its head; the order of the table.
COLUMNS = {
    "acquired": "Acquired (UTC)",
    "product": "Product",
    "mode": "Mode",
    "look": "Look",
    "orbit": "Pass",
    "incidence": "Incidence",
    "place": "Place",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        id: the item's id.
        cells: what is read, by column.
        keys: what is sorted by, by column.
    """

    id: str
    cells: dict[str, str]
    keys: dict[str, Any]


def row_of(item: IceyeItem) -> Row:
    """Write an item as a line of the table."""
    p = item.properties
    time = read_time(p.get("start_datetime")) or item.datetime
    angle = read_number(p.get("view:incidence_angle"))
    angle = read_number(p.get("iceye:incidence_center")) if angle is None else angle
    product = str(p.get("sar:product_type") or p.get("product:type") or "")
    look, orbit = (str(p.get(name) or "") for name in ("sar:observation_direction", "sat:orbit_state"))
    cells = {
        "acquired": f"{time:%Y-%m-%d %H:%M}" if time else "",
        "product": product,
        "mode": mode_words(p).partition(" (")[0],
        "look": look,
        "orbit": orbit,
        "incidence": "" if angle is None else f"{angle:.1f}°",
        "place": place_words(item.bbox),
    }
    keys: dict[str, Any] = dict(cells)
    keys["incidence"] = math.inf if angle is None else angle
    keys["acquired"] = time.timestamp() if time else math.inf
    keys["place"] = tuple(item.bbox[1::-1]) if item.bbox else (math.inf, math.inf)
    return Row(item.id, cells, keys)


class ResultList:
    """Items in the order they came, seen sorted and page by page; some are selected, one is looked at.

    Args:
        page_size: lines per page.

    Attributes:
        items: all items, in the order they came.
        current: id of the item looked at, or None.
        sort_column: what the table is sorted by; "" for the order they came in.
        descending: whether it falls.
        page: number of the page shown, from 0.
    """

    def __init__(self, *, page_size: int = 10) -> None:
        self.page_size = page_size
        self.items: list[IceyeItem] = []
        self.current: str | None = None
        self.sort_column, self.descending, self.page = "", False, 0
        self._by_id: dict[str, IceyeItem] = {}
        self._rows: dict[str, Row] = {}
        self._order: list[str] = []
        self._selected: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self.items)

    def add(self, items: Iterable[IceyeItem]) -> int:
        """Take more items; one that is there already is left out. Returns how many were new."""
        new = []
        for item in items:
            if item.id not in self._by_id:
                self._by_id[item.id] = item
                self._rows[item.id] = row_of(item)
                new.append(item)
        self.items.extend(new)
        self._arrange()
        return len(new)

    def get(self, item_id: str) -> IceyeItem | None:
        """Return an item by its id, None if it is not there."""
        return self._by_id.get(item_id)

    def row(self, item_id: str) -> Row | None:
        """Return an item's line by its id, None if it is not there."""
        return self._rows.get(item_id)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, math.ceil(len(self.items) / self.page_size))

    def rows(self) -> list[Row]:
        """Return the lines of the page that is shown."""
        start = self.page * self.page_size
        return [self._rows[i] for i in self._order[start : start + self.page_size]]

    def turn_to(self, page: int) -> None:
        """Show a page; beyond the ends, the nearest."""
        self.page = min(max(0, page), self.pages - 1)

    def sort(self, column: str, *, descending: bool = False) -> None:
        """Sort by a column of ``COLUMNS``, or "" for the order they came in; shows the first page.

        Raises:
            KeyError: there is no such column.
        """
        if column and column not in COLUMNS:
            raise KeyError(column)
        self.sort_column, self.descending, self.page = column, descending, 0
        self._arrange()

    def _arrange(self) -> None:
        order = [item.id for item in self.items]
        if self.sort_column:
            order.sort(key=lambda i: self._rows[i].keys[self.sort_column], reverse=self.descending)
        self._order = order
        self.turn_to(self.page)

    @property
    def selected_ids(self) -> list[str]:
        """Ids of the selected items, in the order they were chosen."""
        return list(self._selected)

    @property
    def selected(self) -> list[IceyeItem]:
        """The selected items, in the order they were chosen."""
        return [self._by_id[i] for i in self._selected]

    def select(self, ids: Sequence[str]) -> None:
        """Select these and only these; unknown ids are left out."""
        self._selected = dict.fromkeys(i for i in ids if i in self._by_id)

    def toggle(self, item_id: str) -> None:
        """Select an item, or no longer."""
        if item_id in self._selected:
            del self._selected[item_id]
        elif item_id in self._by_id:
            self._selected[item_id] = None

    def look_at(self, item_id: str | None) -> bool:
        """Make an item the one looked at and show its page; False if it is not there."""
        if item_id is not None and item_id not in self._by_id:
            return False
        self.current = item_id
        if item_id is not None:
            self.page = self._order.index(item_id) // self.page_size
        return True

    def step(self, by: int) -> str | None:
        """Return the id ``by`` lines below the one looked at; the ends hold."""
        if not self._order:
            return None
        at = self._order.index(self.current) if self.current is not None else -by
        return self._order[min(max(0, at + by), len(self._order) - 1)]

    def under(self, item_id: str) -> list[str]:
        """Return the ids of all items with the footprint of this one, in the table's order."""
        shape = self._by_id[item_id].geometry
        return [i for i in self._order if self._by_id[i].geometry == shape]

    def next_under(self, item_id: str) -> str:
        """Return which item a click on a footprint means: clicking again goes to the next one below it."""
        here = self.under(item_id)
        return here[(here.index(self.current) + 1) % len(here)] if self.current in here else item_id

    def features(self) -> list[dict[str, Any]]:
        """Return the footprints for a map, {id, geometry, style, title}, the large ones first and so below."""
        from iceye_geo.maps.outlines import OTHER_COLOR, PRODUCT_COLORS

        placed = [item for item in self.items if item.geometry]
        return [
            {
                "id": item.id,
                "geometry": item.geometry,
                "style": {
                    "color": PRODUCT_COLORS.get(self._rows[item.id].cells["product"], OTHER_COLOR),
                    "weight": 1.5,
                    "fillOpacity": 0.12,
                },
                "title": f"{self._rows[item.id].cells['acquired']} {self._rows[item.id].cells['product']}",
            }
            for item in sorted(placed, key=_extent, reverse=True)
        ]

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Return the box around all footprints, None without any; (west, south, east, north), degrees."""
        boxes = [item.bbox for item in self.items if item.bbox]
        if not boxes:
            return None
        west, east = min(b[0] for b in boxes), max(b[2] if b[2] >= b[0] else b[2] + 360 for b in boxes)
        return west, min(b[1] for b in boxes), east, max(b[3] for b in boxes)


def _extent(item: IceyeItem) -> float:
    if not item.bbox:
        return 0.0
    west, south, east, north = item.bbox
    return float(((east - west) % 360) * (north - south))
