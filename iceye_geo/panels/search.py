"""SearchPanel: find images by map or form; see them in a table, on the map, on a card; price, buy, save, show code."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.area_form import AreaForm, roomy
from iceye_geo.panels.area_like import read_area
from iceye_geo.panels.base import Panel
from iceye_geo.panels.item_card import ItemCard
from iceye_geo.panels.mapview import FLUID_FOOTPRINTS, MapView, make_map
from iceye_geo.panels.result_tools import ResultTools
from iceye_geo.panels.saved_areas import SavedAreas
from iceye_geo.panels.search_control import Event, SearchController
from iceye_geo.panels.search_fields import SearchFields
from iceye_geo.panels.search_form import SearchForm
from iceye_geo.panels.search_money import Buying
from iceye_geo.panels.table import make_table

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from iceye_geo.client import Client
    from iceye_geo.panels.pictures import Picture
    from iceye_geo.panels.preview import PreviewPanel
    from iceye_geo.stac.items import IceyeItem

Look = Callable[["IceyeItem"], None]
_LAYER = "footprints"
_PICTURE = "thumbnail"
# While pages come in the map is drawn anew only when there is half as much again, so that drawing costs twice at most.
_GROWTH = 1.5


class SearchPanel(Panel):
    """Search the archive.

    Args:
        client: whose archive.
        basemap: None for the shipped land outline, a tile URL template, or a dict with ``url`` and ``attribution``.
        height: CSS height of the map.
        view: a map to share with other panels; default one of its own.
        saved_areas: where areas are kept; default a file in the user's config folder.
        on_look: called with the item to look into; default opens a PreviewPanel below.
        on_compare: called with the item to compare with the one that is open; default adds it there as another date.

    Example:
        >>> panel = SearchPanel(client)
        >>> panel.use_area((-12, 34, 32, 66))
        >>> panel.search(wait_s=30)
        >>> len(panel.items) == len(panel.gdf) > 0
        True
        >>> panel.close()
    """

    def __init__(
        self,
        client: Client,
        *,
        basemap: Any = None,
        height: str = "420px",
        view: MapView | None = None,
        saved_areas: SavedAreas | None = None,
        on_look: Look | None = None,
        on_compare: Look | None = None,
    ) -> None:
        super().__init__(name="search")
        self.client = client
        self.control = SearchController(client, jobs=self.jobs, changed=self._changed)
        self._own_view = view is None
        self.view = view or make_map(basemap=basemap, height=height)
        self._on_look = on_look or self._open_preview
        self._on_compare = on_compare or self._compare
        self._preview: PreviewPanel | None = None
        self.buying = Buying(self)
        self._drawn: tuple[object, int] = (None, 0)
        self._build(saved_areas)
        self._wire()
        self._changed("state")
        offer = partial(self.fields.offer_contracts, configured=bool(client.settings.contract_id))
        self.jobs.start("contracts", lambda _: client.company.contracts(), offer)

    @property
    def items(self) -> list[IceyeItem]:
        """All items found so far, in the order they came."""
        return list(self.control.results.items)

    @property
    def gdf(self) -> gpd.GeoDataFrame:
        """All items found so far as a GeoDataFrame, without signed links."""
        from iceye_geo.stac import to_geodataframe

        return to_geodataframe(self.items)

    @property
    def selected(self) -> list[IceyeItem]:
        """The selected items, in the order they were chosen."""
        return self.control.results.selected

    @property
    def current(self) -> IceyeItem | None:
        """The item looked at, None if there is none."""
        return self.control.current

    @property
    def aoi(self) -> BaseGeometry | None:
        """The area of interest as a shapely geometry, None where none is set; assign what `use_area` takes."""
        return self.area.area.geometry if self.area.area else None

    @aoi.setter
    def aoi(self, value: Any) -> None:
        self.use_area(value)

    def use_area(self, area: Any, *, label: str = "") -> None:
        """Set the area of interest from Python; the map shows it.

        Args:
            area: ``(west, south, east, north)``, a geometry, a GeoDataFrame, an Item, GeoJSON, WKT, or the path of a
                file; None for everywhere.
            label: what to call it.

        Raises:
            InvalidInputError: it is no area; the one before stays.
        """
        self.area.set_area(None if area is None else read_area(area, label=label))

    def form(self) -> SearchForm:
        """The form as it is filled in now."""
        return self.fields.read(self.area.area)

    def search(self, *, wait_s: float | None = None) -> None:
        """Send the search that is filled in, as the button does.

        Args:
            wait_s: wait so long for its end, seconds; None returns at once.

        Raises:
            InvalidInputError: the form breaks a rule; nothing was sent.
        """
        self.clear_error()
        self.control.search(self.form())
        if wait_s is not None:
            self.jobs.wait(timeout=wait_s)

    def code(self) -> str:
        """Return the Python that makes the search shown; before the first search, that of the form."""
        return self.control.to_code(self.form() if self.control.state == "idle" else None)

    def write_code(self) -> None:
        """Write the search as the next cell of the notebook; for use in a cell of its own.

        Raises:
            InvalidInputError: this does not run in a notebook.
        """
        from IPython import get_ipython

        shell = get_ipython()
        if shell is None:
            raise InvalidInputError("write_code", "needs a notebook", hint="Print panel.code() instead.")
        shell.set_next_input(self.code())

    def show_error(self, error: BaseException) -> None:
        """Show an error in plain words, and let the card no longer wait for what failed."""
        super().show_error(error)
        self.card.give_up()

    def close(self) -> None:
        """Stop what runs and take the panel off the page."""
        if self._preview is not None:
            self._preview.close()
        if self._own_view:
            self.view.close()
        super().close()

    def _build(self, saved_areas: SavedAreas | None) -> None:
        self.area = AreaForm(guard=self.guard, saved=saved_areas)
        self.area.attach(self.view)
        self.fields = SearchFields(guard=self.guard)
        self.find = widgets.Button(description="Search", button_style="primary", icon="search").add_class(
            "t-search-go"
        )
        self.stop = widgets.Button(description="Stop", icon="stop", disabled=True).add_class("t-stop")
        self.go_on = widgets.Button(description="Go on").add_class("t-go-on")
        self.table = make_table(self._table_told)
        self.card = ItemCard(self._card_told, guard=self.guard)
        self.tools = ResultTools(
            lambda path, kind, selected, replace: self.control.save(
                path, format=kind, selected=selected, overwrite=replace
            ),
            self.code,
            guard=self.guard,
        )
        self.note = widgets.HTML().add_class("t-note")
        self.under = widgets.HTML().add_class("t-under")
        self.look = widgets.VBox().add_class("t-look-into")
        where = widgets.VBox([widgets.HTML("<h4>Where</h4>"), self.area.widget]).add_class("iceye-section")
        go = widgets.Box([self.find, self.stop, self.go_on]).add_class("iceye-row").add_class("iceye-go")
        side = widgets.VBox([where, go, self.fields.widget]).add_class("iceye-side")
        above = [self.view.widget] if self._own_view else []
        view = widgets.VBox([*above, self.under, self.note]).add_class("iceye-view")
        # Alert and status stand over the results, which is next to the Search button in every layout.
        over = [self._alert, self._status, self.tools.buttons, self.tools.forms]
        found = widgets.VBox([*over, self.table.widget]).add_class("iceye-found")
        card = widgets.VBox([self.card.widget]).add_class("iceye-aside")
        body = widgets.Box([side, view, found, card]).add_class("iceye-search")
        self.fill(body, self.look)

    def _wire(self) -> None:
        guard, control = self.guard, self.control
        self.find.on_click(guard(lambda _: self.search()))
        self.stop.on_click(guard(lambda _: control.stop()))
        self.go_on.on_click(guard(lambda _: self._go_on()))
        self.tools.back.on_click(guard(lambda _: control.back()))
        self.tools.zoom.on_click(guard(lambda _: self._fit()))
        self.tools.all.on_click(guard(lambda _: control.select([item.id for item in self.items])))
        self.tools.none.on_click(guard(lambda _: control.select([])))
        self.area.listen(lambda _: self._form_changed())
        self.fields.contract.observe(guard(self._payer_chosen), names="value")
        self.view.on_pick(guard(control.pick_on_map))
        self.view.on_hover(guard(self._hovered))

    def _go_on(self) -> None:
        self.clear_error()
        self.control.go_on()

    def _form_changed(self) -> None:
        if self.control.state == "idle":
            self.tools.refresh_code()

    def _payer_chosen(self, change: dict[str, Any]) -> None:
        self.control.payer = change["new"] or ""
        self.buying.forget()

    def _table_told(self, event: str, value: Any) -> None:
        acts: dict[str, Callable[[Any], object]] = {
            "pick": self.control.pick,
            "hover": lambda item_id: self._mark(item_id),
            "zoom": self._zoom_to,
            "look": self._look_at,
            "step": lambda by: self.control.pick(self.control.results.step(by)),
            "sort": self.control.sort,
            "page": self.control.turn_to,
            "select": self._select,
        }
        if event in acts:
            self.guard(acts[event])(value)

    def _select(self, change: dict[str, Any]) -> None:
        held = self.control.results.selected_ids
        ids = [*held, *change["ids"]] if change["on"] else [i for i in held if i not in change["ids"]]
        self.control.select(list(dict.fromkeys(ids)))

    def _zoom_to(self, item_id: str) -> None:
        item = self.control.results.get(item_id)
        if item is not None and item.bbox:
            west, south, east, north = item.bbox
            self.view.fit(roomy((west, south, east, north)))

    def _look_at(self, item_id: str) -> None:
        self.control.pick(item_id)
        if self.current is not None:
            self._on_look(self.current)

    def _fit(self) -> None:
        bounds = self.control.results.bounds()
        if bounds is not None:
            self.view.fit(bounds)

    def _hovered(self, item_id: str) -> None:
        """Say what lies under the pointer on the map, and mark its line."""
        self.table.mark(item_id)
        row = self.control.results.row(item_id)
        words = " · ".join(word for word in row.cells.values() if word) if row is not None else ""
        self.under.value = f'<div class="iceye-hint">{html.escape(words)}</div>' if words else ""

    def _mark(self, hovered: str = "") -> None:
        results = self.control.results
        self.view.highlight([*results.selected_ids, *filter(None, (results.current, hovered))])

    def _changed(self, event: Event) -> None:
        """Bring the view in step with the controller; may come from a job's thread."""
        if event == "state":
            self._show_state()
        elif event == "items":
            self._draw()
        elif event == "selection":
            self._mark()
        elif event == "current":
            self._show_current()
        if event != "state":
            self._show_table()

    def _show_state(self) -> None:
        control, running = self.control, self.control.state == "searching"
        self.say(control.words, busy=running)
        self.stop.disabled = not running
        self.go_on.layout.display = "" if control.can_go_on else "none"
        self.tools.offer_back(control.can_go_back)
        for button in (self.tools.zoom, self.tools.all, self.tools.none):
            button.disabled = not len(control.results)
        self.tools.refresh_code()
        if control.state in ("done", "stopped", "failed"):
            self._draw(final=True)

    def _show_table(self) -> None:
        from iceye_geo.maps.outlines import OTHER_COLOR, PRODUCT_COLORS

        self.table.show(self.control.results, colors=PRODUCT_COLORS, other=OTHER_COLOR)

    def _draw(self, *, final: bool = False) -> None:
        results = self.control.results
        count, (of, drawn) = len(results), self._drawn
        drawn = drawn if of is results else -1
        if count == drawn or (not final and 0 < drawn < count < drawn * _GROWTH):
            return
        self._drawn = (results, count)
        fluid = self.view.show_footprints(results.features(), layer=_LAYER)
        self.note.value = "" if fluid or not self.view.interactive else _merged_words(count)
        self._mark()
        if drawn <= 0 and count and self.area.area is None:
            self._fit()

    def _show_current(self) -> None:
        item = self.current
        self.card.show(item)
        self.view.show_image(None, None, layer=_PICTURE)
        self._mark()
        if item is None:
            self.jobs.stop("picture")
            return
        self.jobs.start(
            "picture", lambda _: self.control.picture(item), partial(self._show_picture, item), delay_s=0.05
        )

    def _show_picture(self, item: IceyeItem, picture: Picture | None) -> None:
        if self.current is not item:
            return
        self.card.show_picture(picture)
        if picture is not None and picture.placed is not None:
            self.view.show_image(picture.placed, picture.bounds, layer=_PICTURE, opacity=0.85)

    def _card_told(self, action: str) -> None:
        item = self.current
        if item is None:
            return
        acts: dict[str, Callable[[IceyeItem], object]] = {
            "look": self._on_look,
            "zoom": lambda it: self._zoom_to(it.id),
            "repeats": self._find_repeats,
            "compare": self._on_compare,
            "price": self.buying.price,
            "buy": self.buying.offer,
            "confirm": self.buying.buy,
            "cancel": lambda _: self.card.forget_money(),
        }
        acts[action](item)

    def _find_repeats(self, item: IceyeItem) -> None:
        self.clear_error()
        self.control.find_repeats(item)

    def _open_preview(self, item: IceyeItem) -> None:
        from iceye_geo.panels.preview import PreviewPanel

        if self._preview is not None:
            self._preview.close()
        self._preview = PreviewPanel(item, client=self.client)
        self.look.children = [self._preview.widget]

    def _compare(self, item: IceyeItem) -> None:
        if self._preview is None or not self._preview.control.layers:
            self._open_preview(item)
        else:
            self._preview.add(item)


def _merged_words(count: int) -> str:
    return (
        f'<div class="iceye-hint">{count:,} footprints, more than {FLUID_FOOTPRINTS:,}: they are drawn simplified, '
        "without marks under the pointer. A click still finds the image.</div>"
    )
