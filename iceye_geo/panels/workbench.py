"""``Workbench``: search, task, follow, look and deliver in one place, with one map, one area and one selection."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from iceye_geo.panels.base import Panel
from iceye_geo.panels.delivery import DeliveryPanel
from iceye_geo.panels.mapview import make_map
from iceye_geo.panels.places import Place
from iceye_geo.panels.preview import PreviewPanel
from iceye_geo.panels.search import SearchPanel
from iceye_geo.panels.shared_map import SharedMap
from iceye_geo.panels.tasking import TaskingPanel
from iceye_geo.panels.tasks import TasksPanel

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from iceye_geo.client import Client
    from iceye_geo.panels.delivery_control import DeliveryProvider
    from iceye_geo.stac.items import IceyeItem
    from iceye_geo.webhooks.store import CallbackStore

STYLE = f"<style>{files('iceye_geo.panels').joinpath('static/workbench.css').read_text()}</style>"
#: Title of each tab by its name, in the order in which people work.
TABS = {"search": "Search", "preview": "Look", "tasking": "Task", "tasks": "Follow", "delivery": "Deliver"}
_WITH_MAP = ("search", "tasking", "tasks")


class Workbench(Panel):
    """All panels in tabs.

    The map is shared: a place drawn once serves search and tasking. "Look into it" anywhere opens the Look tab, a sent
    order shows up under Follow, and selected items are chosen under Deliver.

    Args:
        client: who is asked.
        basemap: as for ``make_map``: None for the shipped land outline, a tile URL, or a dict.
        providers: more providers for the Deliver tab; None takes Pixxel where it is configured, () only ICEYE.
        store: where a webhook receiver keeps callbacks, for the Follow tab; None follows by polling.

    Attributes:
        search: the SearchPanel; ``tasking``, ``tasks``, ``preview`` and ``delivery`` likewise.
        tab: name of the tab in front.

    Example:
        >>> bench = Workbench(client)
        >>> bench.tab
        'search'
        >>> bench.use_area((24, 59, 26, 61), label="Gulf of Finland")
        >>> bench.tasking.form.places[0].name
        'Gulf of Finland'
        >>> bench.close()
    """

    def __init__(
        self,
        client: Client,
        *,
        basemap: Any = None,
        providers: Sequence[DeliveryProvider] | None = None,
        store: CallbackStore | str | Path | None = None,
    ) -> None:
        super().__init__(name="workbench")
        self.map = SharedMap(make_map(basemap=basemap, height="min(46vh, 420px)"))
        self.preview = PreviewPanel(client=client)
        self.search = SearchPanel(
            client,
            view=self.map.facet("search", lasting=True),
            on_look=self.look_into,
            on_compare=self.compare,
        )
        self.tasking = TaskingPanel(client, view=self.map.facet("tasking"))
        self.tasks = TasksPanel(client, store=store, view=self.map.facet("tasks"), on_look=self.look_into)
        self.delivery = DeliveryPanel(client, providers=providers)
        self.tasking.on_ordered(lambda _: self._ordered())
        self._stale = False
        self._tabs = widgets.ToggleButtons(
            options=[(title, name) for name, title in TABS.items()],
            tooltips=[f"{t} tab" for t in TABS.values()],
        )
        self._tabs.add_class("t-tabs").add_class("iceye-tabs")
        self._tabs.observe(self.guard(lambda change: self._bring(change["new"])), names="value")
        self._map_slot = widgets.VBox([self.map.view.widget])
        self._slots = {name: widgets.VBox() for name in TABS}
        self.assemble(widgets.HTML(STYLE), self._tabs, self._map_slot, *self._slots.values())
        self._bring(self.tab)

    @property
    def tab(self) -> str:
        """Name of the tab in front: search, preview, tasking, tasks or delivery."""
        return str(self._tabs.value)

    def show(self, tab: str) -> None:
        """Bring a tab to the front."""
        self._tabs.value = tab

    def look_into(self, item: Any) -> None:
        """Open an Item in the Look tab."""
        self.preview.open(item)
        self.show("preview")

    def compare(self, item: Any) -> None:
        """Add an Item to the Look tab as another date; where nothing is open, open it."""
        if not self.preview.control.layers:
            self.look_into(item)
            return
        self.preview.add(item)
        self.show("preview")

    @property
    def aoi(self) -> BaseGeometry | None:
        """The area of interest as a shapely geometry, None where none is set; assign what `use_area` takes."""
        return self.search.aoi

    @aoi.setter
    def aoi(self, value: Any) -> None:
        self.use_area(value)

    def use_area(self, area: Any, *, label: str = "") -> None:
        """Set the one area of all panels: searched under Search, and the place under Task.

        Args:
            area: as for ``SearchPanel.use_area``; None clears the search's area and leaves a place that was chosen.
            label: what to call it.

        Raises:
            InvalidInputError: it is no area; the one before stays.
        """
        self.search.use_area(area, label=label)
        chosen = self.search.area.area
        self.map.drawn = None  # each panel has its own by now
        if chosen is not None:
            self.tasking.use_places([Place(*chosen.inside, chosen.label)])

    @property
    def items(self) -> list[IceyeItem]:
        """All items found so far."""
        return self.search.items

    @property
    def gdf(self) -> gpd.GeoDataFrame:
        """All items found so far as a GeoDataFrame, without signed links."""
        return self.search.gdf

    @property
    def selected(self) -> list[IceyeItem]:
        """The items selected under Search, which Deliver takes over."""
        return self.search.selected

    @property
    def panels(self) -> dict[str, Panel]:
        """The panels by the name of their tab."""
        return {name: getattr(self, name) for name in TABS}

    @property
    def last_problem(self) -> BaseException | None:
        """The newest error of any panel, None if there was none."""
        return next((p.last_error for p in [self, *self.panels.values()] if p.last_error is not None), None)

    def close(self) -> None:
        """Close every panel and the map."""
        for panel in self.panels.values():
            panel.close()
        self.map.close()
        super().close()

    def _bring(self, name: str) -> None:
        """Show a tab. Its widgets join the page when they are first seen, and then stay on it.

        A map that is drawn unseen has no size, and one that leaves the page reports bounds that are no numbers.
        """
        if name == "delivery" and self.search.selected:
            self.delivery.choose([item.id for item in self.search.selected])
        if name == "tasks" and self._stale:
            self._stale = False
            self.tasks.refresh()
        slot = self._slots[name]
        if not slot.children:
            slot.children = (self.panels[name].widget,)
        for other, held in self._slots.items():
            _set_shown(held, other == name)
        _set_shown(self._map_slot, name in _WITH_MAP)
        self.map.bring(name)

    def _ordered(self) -> None:
        self._stale = True
        self.say('Sent. The new task is under "Follow".')


def _set_shown(slot: widgets.VBox, shown: bool) -> None:
    """Hide without taking away width and height from what is inside: a map would lose its size."""
    slot.layout.visibility = "visible" if shown else "hidden"
    slot.layout.height = None if shown else "0px"
    slot.layout.overflow = "visible" if shown else "hidden"
