"""TaskingPanel: choose a place and a mode, see price and feasibility, review, and order with a second click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from iceye_geo.models.tasking import Task
from iceye_geo.panels.asking import AskingPanel
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.mapview import MapView, make_map
from iceye_geo.panels.order_style import button, column, row, show, words, wrapped
from iceye_geo.panels.places import Place, read_places
from iceye_geo.panels.tasking_control import TaskingControl
from iceye_geo.panels.tasking_fields import TaskFields
from iceye_geo.panels.tasking_form import TaskForm, mend_window, window_rules
from iceye_geo.panels.tasking_html import estimate_html, problems_html
from iceye_geo.panels.tasking_place import PlacesOnMap
from iceye_geo.panels.tasking_review import Estimate, Review, Sent
from iceye_geo.panels.tasking_review_box import ReviewBox
from iceye_geo.services.feasibility import FeasibilityResults
from iceye_geo.services.rules import Problem

if TYPE_CHECKING:
    from iceye_geo.client import Client

# A person types a number in less than this; feasibility plans orbits, so it waits a little longer.
PRICE_DELAY_S, FEASIBILITY_DELAY_S = 0.35, 0.8
_WINDOW = frozenset({"window", "window.start", "window.end"})


class TaskingPanel(AskingPanel):
    """Order new images from a map.

    Nothing is sent before the second click: Review shows request, price, budget, cancellation charges, delivery and
    webhook; only the button below it orders.

    Args:
        client: whom to ask.
        view: a map to share with other panels; default one of its own, or a notice where there is none.
        control: the controller; default a new one.

    Attributes:
        control: the controller, without widgets.
        estimate: price and budget as last asked for, None if not known now.
        verdicts: feasibility as last asked for, None if not known now.
        sent: what became of the newest order, None before the first.
        tasks: every task ordered here.

    Example:
        >>> panel = TaskingPanel(client)
        >>> panel.use_places([(24.94, 60.17)])
        >>> panel.form.places[0].lat
        60.17
        >>> panel.close()
    """

    def __init__(
        self, client: Client, *, view: MapView | None = None, control: TaskingControl | None = None
    ) -> None:
        super().__init__(name="tasking")
        self.control = control or TaskingControl(client)
        self.estimate: Estimate | None = None
        self.verdicts: FeasibilityResults | None = None
        self.sent: Sent | None = None
        self.tasks: list[Task] = []
        self.view = view or make_map(draw=("marker", "polygon"), height="460px")
        self._own_view = view is None
        self._ordered: list[Callable[[Sequence[Task]], None]] = []
        self._asked: TaskForm | None = None
        self._told_error = ""
        self._failed: frozenset[str] = frozenset()
        self._sending = False
        self._left: tuple[Place, ...] = ()
        self.fields = TaskFields(self.guard(self._changed), now=lambda: self.control.now)
        self._on_map = PlacesOnMap(self.view, self.fields)
        self._build()
        self.view.on_aoi(self.guard(self._placed))
        self.load()

    @property
    def review(self) -> Review | None:
        """The open review, None if there is none."""
        return self._box.review

    @property
    def form(self) -> TaskForm:
        """The form as filled in."""
        return self.fields.read()

    def on_ordered(self, callback: Callable[[Sequence[Task]], None]) -> None:
        """Call back with the tasks of every order that was sent."""
        self._ordered.append(callback)

    def use_places(self, places: Any) -> None:
        """Take places from Python: a GeoDataFrame, a table with lon and lat, points, GeoJSON, text.

        Raises:
            InvalidInputError: there is none, or one is no place.
        """
        self._use(read_places(places))

    def _use(self, places: Sequence[Place]) -> None:
        self._on_map.use(places)
        self._on_map.show(self.form)  # also where the form is as it was

    def load(self) -> None:
        """Read contracts, delivery places and webhooks; the form opens when they are there."""
        self.say("Reading your contracts…", busy=True)
        self.fields.set_disabled(True)
        show(self._again, False)
        self.ask("load", self._read_account, self._loaded, failed=self._load_failed)

    # building

    def _build(self) -> None:
        fields = self.fields
        self._rules = widgets.HTML()
        self._mend = button("Use the nearest allowed window", selector="t-mend-window")
        self._cards, self._problems = widgets.HTML(estimate_html(None, None)), widgets.HTML()
        self._again = button("Try again", selector="t-try-again")
        self._review_button = button("Review…", selector="t-review", style="primary")
        self._cards.add_class("t-estimate")
        self._problems.add_class("t-problems")
        for control, act in (
            (self._mend, self._mend_window), (self._again, self._try_again), (self._review_button, self._open_review),
            (fields.use_table, self._use_table),
        ):  # fmt: skip
            control.on_click(self.guard(lambda _, act=act: act()))
        fields.upload.observe(self.guard(lambda _: self._use_table()), names="value")
        several = widgets.VBox([
            widgets.HTML('<div class="iceye-hint">One task a place. Lines of name, lon, lat, a CSV or a GeoJSON file; '
                         "from Python: panel.use_places(gdf).</div>"),
            fields.table, row(fields.use_table, fields.upload),
        ])  # fmt: skip
        more = widgets.Accordion([several, widgets.VBox(fields.option_rows())], selected_index=None)
        more.titles = ("Several places", "More options: priority, licence, incidence, delivery, webhook")
        self._box = ReviewBox(self.guard, send=self._send, back=self._drop_review, rest=self._review_rest)
        show(self._mend, False)
        show(self._again, False)
        what = column(
            fields.place, fields.contract, fields.mode, self._on_map.words, fields.look_side, fields.pass_direction
        )  # fmt: skip
        when = column(fields.start, fields.end, row(*fields.presets), self._rules, self._mend)
        # Side by side where there is room, as below the Workbench's map.
        form = column(widgets.HTML("<h3>New image</h3>"), wrapped(what, when), more)
        top = wrapped(column(self.view.widget, name="i-col-map"), form) if self._own_view else wrapped(form)
        below = [self._cards, self._problems, row(self._review_button, self._again), self._box.widget]
        self.assemble(top, *below)

    # loading

    def _read_account(self, ticket: Ticket) -> tuple[list[Any], list[Any], list[Any]]:
        contracts = self.control.contracts()
        ticket.check()
        return contracts, self.control.locations(), self.control.webhooks()

    def _loaded(self, account: tuple[list[Any], list[Any], list[Any]]) -> None:
        contracts, locations, webhooks = account
        self.fields.set_disabled(False)
        self.fields.set_contracts(contracts, self.control.default_contract(), now=self.control.now)
        self.fields.set_delivery(locations)
        self.fields.set_webhooks(webhooks)
        self._asked = None
        self.say(
            "Click the marker on the map, then the place; or type it."
            if self.view.interactive
            else "Type a place."
        )
        self._changed()

    def _load_failed(self) -> None:
        self.say("Your contracts could not be read.")
        show(self._again, True)

    # what happens when the form changes

    def _changed(self) -> None:
        form = self.form
        if self._sending or (form == self._asked and self.fields.place_error == self._told_error):
            return
        self._told_error = self.fields.place_error
        if form.contract_id and (self._asked is None or form.contract_id != self._asked.contract_id):
            self.fields.set_offer(self.control.offer(form.contract_id))
            form = self.form
        self._asked, self._failed = form, frozenset()
        self.estimate, self.verdicts = None, None
        self._drop_review()
        self.clear_error()
        show(self._again, False)
        self._on_map.show(form)
        problems = self._tell_problems(form)
        if any(one.blocks for one in problems):
            self.jobs.stop("price")
            self.jobs.stop("feasibility")
            self._show_estimate()
        else:
            self._ask_estimate(form)

    def _tell_problems(self, form: TaskForm) -> list[Problem]:
        problems = self.control.problems(form)
        if self.fields.place_error:
            told = Problem("place", self.fields.place_error, "the form")
            problems = [told, *(p for p in problems if p.field != "place")]
        bites = [p for p in problems if p.field in _WINDOW and p.source != "the form"]
        rules = window_rules(self.control.now, priority=self.fields.priority)
        told_there = "".join(f'<div class="iceye-note">{words(f"{p.rule}. {p.hint}")}</div>' for p in bites)
        self._rules.value = f'<div class="iceye-hint t-window-rules">{words(rules)}</div>{told_there}'
        show(self._mend, bool(bites))
        self._problems.value = problems_html(problems, skip=frozenset(p.field for p in bites))
        self._review_button.disabled = any(p.blocks for p in problems)
        return problems

    def _ask_estimate(self, form: TaskForm) -> None:
        self.ask(
            "price", lambda ticket: self.control.estimate(form, ticket=ticket), self._priced,
            failed=partial(self._question_failed, "price"), delay_s=PRICE_DELAY_S,
        )  # fmt: skip
        self.ask(
            "feasibility", lambda _: self.control.feasibility(form), self._judged,
            failed=partial(self._question_failed, "feasibility"), delay_s=FEASIBILITY_DELAY_S,
        )  # fmt: skip
        self._show_estimate(asking=frozenset({"price", "feasibility"}))

    def _priced(self, estimate: Estimate) -> None:
        self.estimate = estimate
        self._show_estimate(asking=self._asking("feasibility", self.verdicts))

    def _judged(self, verdicts: FeasibilityResults) -> None:
        self.verdicts = verdicts
        self._show_estimate(asking=self._asking("price", self.estimate))

    def _question_failed(self, which: str) -> None:
        self._failed |= {which}
        other = self._asking("feasibility", self.verdicts) | self._asking("price", self.estimate)
        self._show_estimate(asking=other - self._failed)
        show(self._again, True)

    def _asking(self, which: str, known: object) -> frozenset[str]:
        return frozenset({which} if known is None and which not in self._failed else ())

    def _show_estimate(self, *, asking: frozenset[str] = frozenset()) -> None:
        self._cards.value = estimate_html(self.estimate, self.verdicts, asking=asking, failed=self._failed)

    def _try_again(self) -> None:
        if not self.control.default_contract() and self.fields.contract.value == "":
            self.clear_error()
            self.load()
            return
        self._asked = None
        self._changed()

    # the place

    def _placed(self, geometry: dict[str, Any] | None) -> None:
        if geometry is None or self._sending:
            return
        self._on_map.drawn(geometry)

    def _use_table(self) -> None:
        self.clear_error()
        self._use(self.fields.read_table())

    def _mend_window(self) -> None:
        window = self.form.window
        if window is not None:
            self.fields.set_window(*mend_window(window, self.control.now, priority=self.fields.priority))

    # review and order

    def _open_review(self) -> None:
        if self._sending:
            return
        form, verdicts = self.form, self.verdicts
        if self._tell_problems(form) and any(p.blocks for p in self.control.problems(form)):
            return
        self._review_button.disabled = True
        self.say("Asking for price, budget and feasibility once more…", busy=True)
        self.ask(
            "review", lambda ticket: self.control.review(form, verdicts=verdicts, ticket=ticket),
            self._reviewed, failed=self._review_failed,
        )  # fmt: skip

    def _reviewed(self, review: Review) -> None:
        self._box.open(review)
        self._review_button.disabled = False
        self.say("Nothing is ordered yet. Read the review below.")

    def _review_failed(self) -> None:
        self._review_button.disabled = False
        self.say("The review could not be made; nothing was ordered.")

    def _drop_review(self) -> None:
        self.jobs.stop("review")
        if self._box.is_open:
            self.say("Nothing was ordered.")
        self._box.hide()

    def _send(self, review: Review, accepted: bool) -> None:
        if self._sending:
            return
        self._set_sending(True)
        self.say("Ordering…", busy=True)
        self.ask(
            "order", lambda _: (review, self.control.order(review, accepted=accepted)), self._was_sent,
            failed=self._send_failed,
        )  # fmt: skip

    def _was_sent(self, answer: tuple[Review, Sent]) -> None:
        review, sent = answer
        self.sent = sent
        self.tasks.extend(sent.tasks)
        self._left = self.control.rest_of(review, sent).places
        self._set_sending(False)
        self._box.show_sent(sent)
        self.say(sent.words)
        self._ask_estimate(self.form)  # the budget has changed
        for callback in self._ordered if sent.tasks else ():
            callback(sent.tasks)
        if sent.error is not None:
            raise sent.error

    def _send_failed(self) -> None:
        self._set_sending(False)
        self.say("Nothing was ordered.")

    def _set_sending(self, sending: bool) -> None:
        self._sending = sending
        self._box.set_busy(sending)
        self._review_button.disabled = sending
        self.fields.set_disabled(sending)

    def _review_rest(self) -> None:
        if self._left:
            self.fields.set_places(self._left)
            self._open_review()

    def close(self) -> None:
        """Stop the panel's threads and take it off the page; a shared map stays."""
        super().close()
        if self._own_view:
            self.view.close()
