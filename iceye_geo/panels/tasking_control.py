"""The tasking panel without a screen: what is offered, what it costs, whether it can be done, and sending it once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from iceye_geo.errors import (
    ApiError,
    CapabilityNotSupportedError,
    ConnectionFailedError,
    IceyeGeoError,
    InvalidInputError,
    MoneyGuardError,
    PermissionDeniedError,
)
from iceye_geo.models.base import Price
from iceye_geo.models.company import Contract
from iceye_geo.models.delivery import LocationConfig
from iceye_geo.models.notifications import Webhook
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.models.tasking import Task
from iceye_geo.panels.jobs import Ticket
from iceye_geo.panels.places import Place
from iceye_geo.panels.tasking_form import DOCUMENTED, Offer, TaskForm, utc_now
from iceye_geo.panels.tasking_review import Estimate, Review, Sent, add_up, charge_lines
from iceye_geo.services.feasibility import FeasibilityResults
from iceye_geo.services.money import quote_of
from iceye_geo.services.rules import Problem, problems_of

if TYPE_CHECKING:
    from iceye_geo.client import Client

# The server's clock may be behind ours; a task that was created is looked for from a little earlier on.
_CLOCK_SKEW = timedelta(minutes=5)


class TaskingControl:
    """What the tasking panel can do. Every method that asks the server may take seconds; none touches a widget.

    Args:
        client: whom to ask.
        now: the current time, aware; tests turn it.

    Example:
        >>> control = TaskingControl(client)
        >>> control.offer(control.contracts()[0].id).choice("priority").default
        'COMMERCIAL'
    """

    def __init__(self, client: Client, *, now: Callable[[], datetime] = utc_now) -> None:
        self._client = client
        self._now = now
        self._contracts: dict[str, Contract] = {}
        self._sending = threading.Lock()
        self._outcomes: dict[str, Sent] = {}
        self._history: dict[TaskRequest, Task] = {}

    def __repr__(self) -> str:
        return f"TaskingControl({self._client!r})"

    @property
    def now(self) -> datetime:
        """The current time, aware UTC."""
        return self._now()

    def contracts(self) -> list[Contract]:
        """Return the contracts, those that can be used now first; where they may not be read, the configured one."""
        try:
            found = list(self._client.company.contracts())
        except PermissionDeniedError:
            configured = self._client.settings.contract_id
            if not configured:
                raise
            found = [Contract(id=str(configured))]
        self._contracts = {one.id: one for one in found}
        moment = self._now()
        return sorted(found, key=lambda one: not one.is_active(moment))

    def default_contract(self) -> str:
        """Return the configured contract, else the first that can be used; "" if there is none."""
        configured = str(self._client.settings.contract_id or "")
        usable = [one.id for one in self._contracts.values() if one.is_active(self._now())]
        return configured if configured in self._contracts else next(iter(usable), "")

    def offer(self, contract_id: str) -> Offer:
        """Return what a contract offers.

        Raises:
            InvalidInputError: `contracts` did not list it.
        """
        if contract_id not in self._contracts:
            raise InvalidInputError("contract", "is not among the contracts that were read")
        return Offer(self._contracts[contract_id])

    def locations(self) -> list[LocationConfig]:
        """Return the delivery places that can be used; empty where the account may not see them."""
        try:
            return [one for one in self._client.delivery.locations() if one.is_active]
        except (PermissionDeniedError, CapabilityNotSupportedError):
            return []

    def webhooks(self) -> list[Webhook]:
        """Return the registered webhooks; empty where the server cannot list them."""
        try:
            return list(self._client.notifications.list())
        except (PermissionDeniedError, CapabilityNotSupportedError):
            return []

    def problems(self, form: TaskForm) -> list[Problem]:
        """Return everything that is missing or breaks a rule, what forbids the order first. Asks nobody."""
        if form.gaps:
            return list(form.gaps)
        try:
            requests = form.requests()
        except InvalidInputError as error:
            return [Problem(error.field, error.rule, error.source or "the form", error.hint or "")]
        contract = self._contracts.get(form.contract_id)
        found: dict[Problem, None] = {}
        for request in requests:
            found.update(dict.fromkeys(problems_of(request, contract=contract, now=self._now())))
        return sorted(found, key=lambda one: not one.blocks)

    def estimate(self, form: TaskForm, *, ticket: Ticket | None = None) -> Estimate:
        """Return price and budget; what the contract cannot tell is said in words.

        Raises:
            InvalidInputError: the form is not complete.
            ApiError: the question did not get through.
        """
        quotes, asked = [], ticket or Ticket()
        for request in form.requests():
            asked.check()
            quotes.append(quote_of(partial(self._client.tasking.price, request)))
        budget = quote_of(_not_asked, partial(self._client.company.budget, form.contract_id))
        return add_up(quotes, budget)

    def feasibility(self, form: TaskForm) -> FeasibilityResults:
        """Ask whether the places could be imaged. Can take two minutes.

        Raises:
            InvalidInputError: the form breaks a rule.
            ApiError: the question did not get through.
        """
        self._refuse_broken(form)
        return self._client.tasking.feasibility(form.requests(), with_price=False, check=False)

    def review(
        self, form: TaskForm, *, verdicts: FeasibilityResults | None = None, ticket: Ticket | None = None
    ) -> Review:
        """Lay the order open. Price and budget are asked for anew; feasibility too, unless it is given.

        Raises:
            InvalidInputError: the form breaks a rule; nothing can be reviewed.
            ApiError: price or budget could not be asked for.
        """
        self._refuse_broken(form)
        asked = ticket or Ticket()
        requests = form.requests()
        estimate = self.estimate(form, ticket=asked)
        asked.check()
        unknown = ""
        if verdicts is None or [one.request for one in verdicts] != list(requests):
            verdicts, unknown = self._try_feasibility(form)
        assert form.window is not None
        return Review(
            form=form, requests=requests, estimate=estimate, verdicts=verdicts, verdicts_unknown=unknown,
            warnings=tuple(one for one in self.problems(form) if not one.blocks),
            charges=charge_lines(form.window[0], self._now(), price=estimate.total.price),
            again=tuple(self._history[one] for one in requests if one in self._history), made_at=self._now(),
            contract_name=self._name_of(form.contract_id), defaults=self._defaults_of(form.contract_id),
        )  # fmt: skip

    def order(self, review: Review, *, accepted: bool = False) -> Sent:
        """Send the tasks of a review. A second call with the same review sends nothing and returns the first outcome.

        The price of each may not have risen since the review. The first refusal ends the order; what was sent stays.

        Args:
            review: what the person has seen.
            accepted: whether everything in ``review.ticks`` was accepted.

        Raises:
            MoneyGuardError: something forbids it, a tick is missing, or the review is too old; nothing was sent.
            InvalidInputError: a rule has come to bite since; nothing was sent.
        """
        with self._sending:
            if review.key not in self._outcomes:
                self._guard(review, accepted=accepted)
                self._outcomes[review.key] = self._send(review)
            return self._outcomes[review.key]

    def rest_of(self, review: Review, sent: Sent) -> TaskForm:
        """Return the form with the places that were not ordered, to be reviewed again."""
        points = {request.point for request in sent.left}
        return replace(review.form, places=tuple(p for p in review.form.places if p.point in points))

    def _guard(self, review: Review, *, accepted: bool) -> None:
        for reason in review.blocks:
            raise MoneyGuardError(f"Nothing was sent. {reason}")
        if review.ticks and not accepted:
            raise MoneyGuardError(f"Nothing was sent. Accept first: {review.ticks[0]}")
        if review.is_stale(self._now()):
            raise MoneyGuardError("Nothing was sent. The review is older than 15 minutes: review it again.")
        self._refuse_broken(review.form)

    def _send(self, review: Review) -> Sent:
        tasks: list[Task] = []
        for index, request in enumerate(review.requests):
            started = self._now()
            try:
                task = self._client.tasking.create(
                    request, max_price=review.estimate.prices[index], check=False
                )
            except ConnectionFailedError as error:
                if error.never_sent:
                    return Sent(tuple(tasks), review.requests[index:], None, error)
                found = self._look_for(request, since=started - _CLOCK_SKEW)
                if found is None:
                    return Sent(tuple(tasks), review.requests[index + 1 :], request, error)
                task = found
            except IceyeGeoError as error:
                return Sent(tuple(tasks), review.requests[index:], None, error)
            tasks.append(task)
            self._history[request] = task
        return Sent(tuple(tasks))

    def _look_for(self, request: TaskRequest, *, since: datetime) -> Task | None:
        """Look whether a task came to be although the answer was lost: one that this controller has not got yet."""
        known = {task.id for task in self._history.values()}
        try:
            recent = self._client.tasking.list(contract_id=request.contract_id, created_after=since)
            return next((one for one in recent if one.id not in known and _same(one, request)), None)
        except ApiError:
            return None

    def _name_of(self, contract_id: str) -> str:
        known = self._contracts.get(contract_id)
        return f"{known.name} ({contract_id[:8]})" if known is not None and known.name else contract_id

    def _defaults_of(self, contract_id: str) -> dict[str, str | None]:
        known = self._contracts.get(contract_id)
        return {name: Offer(known).choice(name).default for name in DOCUMENTED} if known is not None else {}

    def _try_feasibility(self, form: TaskForm) -> tuple[FeasibilityResults | None, str]:
        try:
            return self.feasibility(form), ""
        except ApiError as error:
            return None, str(error)

    def _refuse_broken(self, form: TaskForm) -> None:
        for problem in self.problems(form):
            if problem.blocks:
                raise problem.to_error()


def place_from_map(geometry: dict[str, object], *, name: str = "") -> Place:
    """Return the place that was drawn: a marker as it is, an area by a point that lies in it.

    Example:
        >>> place_from_map({"type": "Point", "coordinates": [384.94, 60.17]}).lon
        24.94
    """
    from iceye_geo.models.area import place_of

    lon, lat = place_of(geometry)
    return Place(round(lon, 6), round(lat, 6), name)


def _not_asked() -> Price:
    raise InvalidInputError("price", "not asked for here")


def _same(task: Task, request: TaskRequest) -> bool:
    window = task.acquisition_window
    near = task.point is not None and all(
        abs(a - b) < 1e-6 for a, b in zip(task.point, request.point, strict=True)
    )
    return bool(
        near and window and (window.start, window.end) == request.window
        and task.imaging_mode == request.mode and (task.reference or None) == request.reference
    )  # fmt: skip
