"""SearchController: a form becomes a search, its pages become results; prices, purchases, files. No widgets here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from iceye_geo.errors import InvalidInputError, MoneyGuardError, NormalisationError
from iceye_geo.panels.jobs import Jobs, Stopped, Ticket
from iceye_geo.panels.pictures import Picture, Pictures
from iceye_geo.panels.results import ResultList
from iceye_geo.panels.saving import Format, save_items
from iceye_geo.panels.search_form import SearchForm, lines_of_code, repeats_form
from iceye_geo.services.purchases import frame_id_of

if TYPE_CHECKING:
    from iceye_geo.client import Client
    from iceye_geo.models.catalog import Purchase
    from iceye_geo.services.money import Quote
    from iceye_geo.services.search import ItemSearch
    from iceye_geo.stac.items import IceyeItem

State = Literal["idle", "searching", "done", "stopped", "failed"]
#: What has changed: the state and its words, the items, which are selected, which one is looked at.
Event = Literal["state", "items", "selection", "current"]


@dataclass
class _Shown:
    """One search and what came of it."""

    form: SearchForm
    search: ItemSearch | None
    results: ResultList
    state: State = "idle"
    read: int = 0
    skipped: int = 0


class SearchController:
    """Everything the search panel does.

    Args:
        client: whose archive.
        jobs: where slow work runs.
        changed: told what has changed; from a job's thread while a search runs.

    Attributes:
        form: the form of the search shown.
        results: what it found.
        payer: contract that is asked for prices and pays; "" for that of the search shown.

    Example:
        >>> jobs = Jobs(on_error=print)
        >>> control = SearchController(client, jobs=jobs)
        >>> control.search(SearchForm(max_items=3))
        True
        >>> jobs.wait(timeout=30), control.state, len(control.results)
        (True, 'done', 3)
        >>> jobs.close()
    """

    def __init__(
        self, client: Client, *, jobs: Jobs, changed: Callable[[Event], None] = lambda _: None
    ) -> None:
        self.client = client
        self._jobs, self._changed = jobs, changed
        self._shown = _Shown(SearchForm(), None, ResultList())
        self._before: list[_Shown] = []
        self._pictures = Pictures(client)
        self._quotes: dict[str, tuple[Quote, str | None]] = {}
        self.payer = ""
        self._buying: set[str] = set()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"SearchController({self.state}, {len(self.results)} items)"

    @property
    def form(self) -> SearchForm:
        """The form of the search shown."""
        return self._shown.form

    @property
    def results(self) -> ResultList:
        """What was found so far."""
        return self._shown.results

    @property
    def state(self) -> State:
        """Where the search stands."""
        return self._shown.state

    @property
    def current(self) -> IceyeItem | None:
        """The item looked at."""
        return self.results.get(self.results.current) if self.results.current else None

    @property
    def words(self) -> str:
        """The state in one sentence for people."""
        return _words(self._shown)

    def search(self, form: SearchForm) -> bool:
        """Send a search; its results come in page by page. A new search replaces the one that runs.

        Returns:
            False where the very same search is running already, as after a double click; nothing is sent then.

        Raises:
            InvalidInputError: the form breaks a rule; nothing was sent, and what was shown stays.
        """
        if self.state == "searching" and form == self.form:
            return False
        search = self.client.catalog.search(**form.arguments())
        self._before.clear()
        self._show(_Shown(form, search, ResultList(page_size=self.results.page_size)))
        self._read()
        return True

    def stop(self) -> bool:
        """Stop reading; what came stays. False if nothing was running."""
        if not self._jobs.stop("search"):
            return False
        self._set_state("stopped")
        return True

    @property
    def can_go_on(self) -> bool:
        """Whether a stopped or failed search can be read on from where it is."""
        return self.state in ("stopped", "failed") and self._shown.search is not None

    def go_on(self) -> bool:
        """Read on after a stop or a failure; pages that came are not asked for again."""
        if not self.can_go_on:
            return False
        self._read()
        return True

    def find_repeats(self, item: IceyeItem) -> None:
        """Search for other times of the item's place in its geometry; `back` returns to what was shown.

        Raises:
            InvalidInputError: the item has no footprint.
        """
        form = repeats_form(item, contract_id=self.form.contract_id)
        search = self.client.catalog.search(**form.arguments())
        self._before.append(self._shown)
        self._show(_Shown(form, search, ResultList(page_size=self.results.page_size)))
        self._read()

    @property
    def can_go_back(self) -> bool:
        """Whether there is an earlier result to return to."""
        return bool(self._before)

    def back(self) -> bool:
        """Show again what was there before `find_repeats`."""
        if not self._before:
            return False
        self._jobs.stop("search")
        self._show(self._before.pop())
        if self.state == "searching":  # it was stopped when the repeats were asked for
            self._set_state("stopped")
        return True

    def pick(self, item_id: str | None) -> None:
        """Look at an item; None looks away. An id that is no longer there is ignored."""
        if self.results.look_at(item_id):
            self._changed("current")

    def pick_on_map(self, item_id: str) -> None:
        """Look at what a click on a footprint means: again and again goes through all images of that place."""
        if self.results.get(item_id) is not None:
            self.pick(self.results.next_under(item_id))

    def select(self, ids: list[str]) -> None:
        """Select these items and only these."""
        self.results.select(ids)
        self._changed("selection")

    def sort(self, column: str) -> None:
        """Sort the table by a column; the same column again turns the order round."""
        results = self.results
        results.sort(column, descending=results.sort_column == column and not results.descending)
        self._changed("items")

    def turn_to(self, page: int) -> None:
        """Show a page of the table."""
        self.results.turn_to(page)
        self._changed("items")

    def picture(self, item: IceyeItem) -> Picture | None:
        """Return the item's thumbnail as bytes, None where it has none; slow. See `Pictures.of`."""
        return self._pictures.of(item)

    def quote(self, item: IceyeItem) -> Quote:
        """Return price and budget, and remember them for `buy`; slow.

        Raises:
            ApiError: the server refused for another reason than that there is no price.
        """
        contract_id = self.payer or self.form.contract_id or None
        quote = self.client.catalog.quote(item, contract_id=contract_id)
        self._quotes[frame_id_of(item)] = quote, contract_id
        return quote

    def buy(self, item: IceyeItem, *, quote: Quote, accept_unknown: bool = False) -> Purchase | None:
        """Buy the item's frame at no more than the quoted price, from the contract that was asked; slow. Costs money.

        Args:
            item: what to buy.
            quote: what `quote` said and the person has seen; another one is refused.
            accept_unknown: the person agreed to buy without knowing the price.

        Returns:
            The purchase; None where this frame is being bought at this moment, as after a double click.

        Raises:
            MoneyGuardError: the price is not known and was not accepted so, or the quote is not the last one.
        """
        frame = frame_id_of(item)
        with self._lock:
            if frame in self._buying:
                return None
            last, contract_id = self._quotes.get(frame, (None, None))
            if last is not quote:
                raise MoneyGuardError("this is not the last price that was shown. Ask for the price again.")
            if quote.price is None and not accept_unknown:
                raise MoneyGuardError("the price is not known. Tick that you buy without knowing it.")
            self._buying.add(frame)
        try:
            bought = self.client.catalog.purchase(item, contract_id=contract_id, max_price=quote.price)
            self._quotes.pop(frame, None)  # one quote, one purchase
            return bought
        finally:
            with self._lock:
                self._buying.discard(frame)

    def save(
        self, path: str | Path, *, format: Format, selected: bool = False, overwrite: bool = False
    ) -> tuple[Path, int]:
        """Write the items to a file, without signed links.

        Args:
            path: the file; the format's ending is added where it has none.
            format: "GeoParquet", "GeoJSON" or "ItemCollection".
            selected: only the selected items.
            overwrite: replace a file that is there.

        Returns:
            The path, and how many items were written.

        Raises:
            InvalidInputError: there is nothing to write, no file name, or such a file already.
        """
        items = self.results.selected if selected else self.results.items
        if not items:
            raise InvalidInputError("save", "nothing is selected" if selected else "there is nothing to save")
        return save_items(items, path, format=format, overwrite=overwrite), len(items)

    def to_code(self, form: SearchForm | None = None) -> str:
        """Return the Python that makes a search: of the form given, else of the one shown.

        Raises:
            InvalidInputError: the form breaks a rule.
        """
        search = self._shown.search if form is None else None
        search = search or self.client.catalog.search(**(form or self.form).arguments())
        return lines_of_code(list(search.request.arguments.items()))

    def _show(self, shown: _Shown) -> None:
        self._shown = shown
        events: tuple[Event, ...] = ("items", "selection", "current", "state")
        for event in events:
            self._changed(event)

    def _set_state(self, state: State) -> None:
        self._shown.state = state
        self._changed("state")

    def _read(self) -> None:
        shown = self._shown
        self._set_state("searching")
        self._jobs.start(
            "search", lambda ticket: self._read_pages(ticket, shown), lambda _: self._finish(shown)
        )

    def _read_pages(self, ticket: Ticket, shown: _Shown) -> None:
        assert shown.search is not None
        try:
            seen = 0
            for records in shown.search.record_pages():
                ticket.check()
                seen += len(records)
                if seen > shown.read:  # when reading on, the first pages are here already
                    self._jobs.report(ticket, partial(self._take, shown, records))
        except Stopped:
            raise
        except Exception:
            if not ticket.stopped and shown is self._shown:
                self._set_state("failed")
            raise

    def _take(self, shown: _Shown, records: list[dict[str, Any]]) -> None:
        from iceye_geo.stac import to_item

        assert shown.search is not None
        items = []
        for record in records:
            try:
                items.append(to_item(record, source=shown.search.source_of(record)))
            except NormalisationError:
                shown.skipped += 1
        shown.read += len(records)
        shown.results.add(items)
        if shown is self._shown:
            self._changed("items")
            self._changed("state")

    def _finish(self, shown: _Shown) -> None:
        shown.state = "done"
        if shown is self._shown:
            self._changed("state")


def _words(shown: _Shown) -> str:
    count = len(shown.results)
    found = f"{count:,} image{'' if count == 1 else 's'}"
    left_out = f" {shown.skipped} records could not be read and were left out." if shown.skipped else ""
    if shown.state == "idle":
        return "Choose an area and a time, then search."
    if shown.state == "searching":
        return f"Searching: {found} so far." if count else "Searching."
    if shown.state == "stopped":
        return (
            f"Stopped. The {found} found so far are kept." if count else "Stopped before anything was found."
        )
    if shown.state == "failed":
        return f"The search broke off; the {found} found before are kept." if count else "The search failed."
    if not count:
        return f"Nothing found. Try a larger area, a longer time or fewer conditions.{left_out}"
    if shown.form.max_items is not None and shown.read >= shown.form.max_items:
        return f"Found {found}, as many as you allowed; there may be more.{left_out}"
    return f"Found {found}.{left_out}"
