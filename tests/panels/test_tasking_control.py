"""Ordering without a screen: every rule is told, nothing is paid twice, nothing unknown is paid unseen."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from iceye_geo import Client
from iceye_geo.errors import (
    AuthenticationError,
    ConnectionFailedError,
    InsufficientFundsError,
    InvalidInputError,
    MoneyGuardError,
    RateLimitedError,
)
from iceye_geo.panels.jobs import Stopped, Ticket
from iceye_geo.panels.places import Place
from iceye_geo.panels.tasking_control import TaskingControl, place_from_map
from iceye_geo.panels.tasking_form import TaskForm, mend_window, suggest_window, window_rules
from iceye_geo.panels.tasking_html import review_html
from iceye_geo.sandbox.faults import Fault

HARBOUR = Place(24.9, 60.2, "Harbour")
POLE = Place(0.0, 89.9, "Pole")


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def control(desk: Client, clock: Clock) -> TaskingControl:
    made = TaskingControl(desk, now=clock)
    made.contracts()
    return made


@pytest.fixture
def form(control: TaskingControl) -> TaskForm:
    return TaskForm(
        places=(HARBOUR,), window=suggest_window(control.now, priority=None), mode="SPOTLIGHT",
        contract_id=control.default_contract(),
    )  # fmt: skip


def creations(desk: Client) -> int:
    log = desk.sandbox_server.requests
    return sum(1 for r in log if r.method == "POST" and r.path.endswith("/tasking/v2/tasks"))


def no_plan(control: TaskingControl) -> str:
    return next(c.id for c in control.contracts() if "without" in c.name)


# The contract decides


def test_contracts_in_force_come_first_and_one_is_chosen(control: TaskingControl, desk: Client) -> None:
    names = [c.name for c in control.contracts()]
    assert names[-1] == "Sandbox contract of last year"
    assert control.default_contract() == desk.sandbox_server.contract_id


def test_the_contract_decides_what_is_offered_and_its_defaults(control: TaskingControl) -> None:
    full, plain = control.offer(control.default_contract()), control.offer(no_plan(control))
    assert full.choice("priority").allowed == ("COMMERCIAL", "BACKGROUND")
    assert plain.choice("priority").allowed == ("BACKGROUND",)
    assert plain.choice("priority").default == "BACKGROUND"
    assert set(plain.modes) == {"STRIPMAP", "SPOTLIGHT", "SCAN"}
    assert full.default_mode == "SPOTLIGHT", (
        "the contract states no default, and Spot is what most people want"
    )
    assert full.product_types("SCAN") == ("GRD-COG", "QLK")
    with pytest.raises(InvalidInputError, match="not among the contracts"):
        control.offer("another")


# The rules bite where they should


def test_an_empty_form_says_what_is_missing(control: TaskingControl) -> None:
    assert [p.field for p in control.problems(TaskForm())] == ["place", "contract", "mode", "window"]
    with pytest.raises(InvalidInputError, match="choose a place"):
        TaskForm().requests()


def test_a_start_too_soon_names_the_rule_and_the_earliest(control: TaskingControl, form: TaskForm) -> None:
    soon = (control.now + timedelta(hours=13), control.now + timedelta(days=3))
    assert control.problems(replace(form, window=soon)) == []
    (problem,) = control.problems(replace(form, window=soon, priority="BACKGROUND"))
    assert problem.field == "window.start"
    assert "at least 24 h ahead for BACKGROUND" in problem.rule
    assert "The earliest start is now" in problem.hint


def test_an_end_beyond_14_days_is_refused_and_a_narrow_window_is_a_warning(
    control: TaskingControl, form: TaskForm
) -> None:
    far = (control.now + timedelta(days=2), control.now + timedelta(days=15))
    narrow = (control.now + timedelta(days=2), control.now + timedelta(days=2, hours=6))
    (late,) = control.problems(replace(form, window=far))
    (small,) = control.problems(replace(form, window=narrow))
    assert (late.field, late.blocks, small.blocks) == ("window.end", True, False)
    assert "24 h wide" in small.rule


@pytest.mark.parametrize("priority", ["COMMERCIAL", "BACKGROUND"])
@pytest.mark.parametrize("hours", [(-50, -20), (1, 2), (13, 14), (200, 201), (335, 500), (500, 900)])
def test_a_mended_window_keeps_every_rule(
    control: TaskingControl, form: TaskForm, hours: tuple[int, int], priority: str
) -> None:
    start, end = (control.now + timedelta(hours=h) for h in hours)
    mended = mend_window((start, end), control.now, priority=priority)
    assert control.problems(replace(form, window=mended, priority=priority)) == []


@pytest.mark.parametrize("days", [1, 3, 7, 14])
def test_suggested_windows_keep_every_rule(control: TaskingControl, form: TaskForm, days: float) -> None:
    window = suggest_window(control.now, priority="BACKGROUND", days=days)
    assert control.problems(replace(form, window=window, priority="BACKGROUND")) == []


def test_the_rules_are_told_with_the_moments_they_mean() -> None:
    words = window_rules(datetime(2026, 11, 20, 9, tzinfo=UTC), priority="BACKGROUND")
    assert "at least 24 h ahead (now: from 21 Nov 09:00)" in words
    assert "until 04 Dec 09:00" in words


def test_a_value_that_breaks_the_guide_is_a_problem_and_no_exception(
    control: TaskingControl, form: TaskForm
) -> None:
    (problem,) = control.problems(replace(form, incidence=(5, 20)))
    assert problem.field.startswith("incidence")
    (warning,) = control.problems(replace(form, incidence=(15, 40)))
    assert "performant range 20-40°" in warning.rule
    assert not warning.blocks


def test_what_the_contract_forbids_is_told_before_anything_is_sent(
    control: TaskingControl, form: TaskForm, desk: Client
) -> None:
    wrong = replace(
        form,
        contract_id=no_plan(control),
        priority="COMMERCIAL",
        window=suggest_window(control.now, priority="BACKGROUND"),
    )
    assert [p.field for p in control.problems(wrong)] == ["priority"]
    with pytest.raises(InvalidInputError, match="COMMERCIAL is not allowed"):
        control.review(wrong)
    ended = replace(wrong, contract_id=control.contracts()[-1].id, priority=None)
    assert "in force" in control.problems(ended)[0].rule
    assert creations(desk) == 0


# What it costs and whether it can be done


def test_price_budget_and_feasibility_of_several_places(control: TaskingControl, form: TaskForm) -> None:
    several = replace(form, places=(HARBOUR, Place(-150.0, 10.0, "Ocean"), POLE))
    estimate = control.estimate(several)
    assert [p.amount for p in estimate.prices if p] == [180000, 150000, 150000]
    assert estimate.total.price.amount == 480000
    assert estimate.total.fits is True
    assert [v.feasible for v in control.feasibility(several)] == [True, True, False]


def test_a_stopped_estimate_asks_for_no_further_price(
    control: TaskingControl, form: TaskForm, desk: Client
) -> None:
    ticket = Ticket()
    ticket.stop()
    with pytest.raises(Stopped):
        control.estimate(form, ticket=ticket)
    assert not [r for r in desk.sandbox_server.requests if r.path.endswith("/price")]


def test_a_contract_without_a_plan_says_so_and_asks_for_a_tick(
    control: TaskingControl, form: TaskForm, desk: Client
) -> None:
    unpriced = replace(
        form, contract_id=no_plan(control), window=suggest_window(control.now, priority="BACKGROUND")
    )
    review = control.review(unpriced)
    assert review.estimate.total.price is None
    assert any("The price is not known" in tick for tick in review.ticks)
    assert any("The budget is not known" in tick for tick in review.ticks)
    with pytest.raises(MoneyGuardError, match="Accept first"):
        control.order(review)
    assert creations(desk) == 0
    assert len(control.order(review, accepted=True).tasks) == 1


def test_an_infeasible_place_needs_a_tick(control: TaskingControl, form: TaskForm) -> None:
    review = control.review(replace(form, places=(POLE,)))
    assert review.blocks == ()
    assert review.ticks == (
        "It is not feasible: no satellite can image the point under these conditions. ICEYE will probably reject it.",
    )


def test_known_verdicts_are_not_asked_for_again(
    control: TaskingControl, form: TaskForm, desk: Client
) -> None:
    verdicts = control.feasibility(form)
    desk.sandbox_server.requests.clear()
    assert control.review(form, verdicts=verdicts).verdicts is verdicts
    assert not [r for r in desk.sandbox_server.requests if "feasibility" in r.path]
    other = control.review(replace(form, places=(POLE,)), verdicts=verdicts)
    assert other.verdicts is not verdicts


def test_feasibility_that_cannot_be_asked_is_said_and_ticked(
    control: TaskingControl, form: TaskForm, desk: Client
) -> None:
    desk.sandbox_server.faults.add(Fault("500", "feasibility", times=50))
    review = control.review(form)
    assert review.verdicts is None
    assert review.ticks[0].startswith("Feasibility is not known")


def test_429_and_401_in_the_middle_are_errors_of_their_class(
    control: TaskingControl, form: TaskForm, desk: Client
) -> None:
    desk.sandbox_server.faults.revoke_tokens()
    assert control.estimate(form).total.price is not None, (
        "a new token is fetched and the question asked again"
    )
    desk.sandbox_server.faults.add(Fault("401", "/price", times=50))
    with pytest.raises(AuthenticationError):
        control.estimate(form)
    desk.sandbox_server.faults.clear()
    desk.sandbox_server.faults.add(Fault("429", "/price", times=50, retry_after=0))
    with pytest.raises(RateLimitedError):
        control.estimate(form)


def test_the_charges_of_cancelling_are_laid_open(control: TaskingControl, form: TaskForm) -> None:
    window = (control.now + timedelta(hours=100), control.now + timedelta(hours=140))
    lines = control.review(replace(form, window=window)).charges
    assert [line.words for line in lines] == [
        "free of charge", "10 % of the price: 180.00 EUR", "20 % of the price: 360.00 EUR",
        "100 % of the price: 1,800.00 EUR",
    ]  # fmt: skip
    assert lines[0].until == window[0] - timedelta(hours=72)
    assert lines[-1].until is None


def test_a_charge_that_holds_from_now_on_is_not_said_to_come_after_another(
    control: TaskingControl, form: TaskForm
) -> None:
    soon = (control.now + timedelta(hours=13), control.now + timedelta(hours=60))
    late = (control.now + timedelta(hours=100), control.now + timedelta(hours=140))
    at_once, stepped = (review_html(control.review(replace(form, window=window))) for window in (soon, late))
    assert "at any time" in at_once
    assert "after that" not in at_once
    assert "after that" in stepped


# Sending, once


def test_a_reviewed_order_becomes_tasks_with_their_names(control: TaskingControl, form: TaskForm) -> None:
    review = control.review(replace(form, places=(HARBOUR, Place(25.5, 60.2, "Island")), reference="Flood"))
    sent = control.order(review)
    assert [t.reference for t in sent.tasks] == ["Flood · Harbour", "Flood · Island"]
    assert sent.words.startswith("2 tasks sent")


def test_two_clicks_send_one_task(control: TaskingControl, form: TaskForm, desk: Client) -> None:
    review = control.review(form)
    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(control.order(review))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert creations(desk) == 1
    assert len({o.tasks[0].id for o in outcomes}) == 1


def test_the_same_order_reviewed_again_must_be_meant(control: TaskingControl, form: TaskForm) -> None:
    first = control.order(control.review(form)).tasks[0]
    again = control.review(form)
    assert again.again == (first,)
    with pytest.raises(MoneyGuardError, match="already sent this very order"):
        control.order(again)


def test_what_the_budget_does_not_cover_cannot_be_sent(
    control: TaskingControl, form: TaskForm, desk: Client
) -> None:
    many = replace(form, mode="SPOTLIGHT", places=tuple(Place(20 + n / 2, 60.2) for n in range(30)))
    review = control.review(many)
    assert "The budget does not cover it" in review.blocks[0]
    with pytest.raises(MoneyGuardError, match="budget does not cover"):
        control.order(review, accepted=True)
    assert creations(desk) == 0


def test_money_that_is_gone_between_review_and_order_stops_it(
    control: TaskingControl, form: TaskForm, desk: Client
) -> None:
    review = control.review(replace(form, places=(HARBOUR, Place(25.5, 60.2))))
    budget = desk.sandbox_server.platform.budgets[form.contract_id]
    budget.spend_limit = budget.consolidated_spent + review.estimate.prices[0].amount
    sent = control.order(review)
    assert len(sent.tasks) == 1
    assert isinstance(sent.error, InsufficientFundsError)
    rest = control.rest_of(review, sent)
    assert [p.lon for p in rest.places] == [25.5]


def test_a_price_that_rose_since_the_review_is_refused(
    control: TaskingControl, form: TaskForm, desk: Client
) -> None:
    review = control.review(form)
    cheaper = review.estimate.prices[0].model_copy(update={"amount": 100})
    lied = replace(review, estimate=replace(review.estimate, prices=(cheaper,)))
    sent = control.order(lied)
    assert isinstance(sent.error, MoneyGuardError)
    assert creations(desk) == 0


def test_an_old_review_must_be_made_again(
    control: TaskingControl, form: TaskForm, desk: Client, clock: Clock
) -> None:
    review = control.review(form)
    clock.ahead = timedelta(minutes=16)
    with pytest.raises(MoneyGuardError, match="older than 15 minutes"):
        control.order(review)
    clock.ahead = timedelta(hours=5)
    with pytest.raises(InvalidInputError, match="must start at least 12 h ahead"):
        control.review(form)
    assert creations(desk) == 0


def test_an_answer_that_was_lost_is_looked_for_and_not_paid_twice(
    control: TaskingControl, form: TaskForm, desk: Client
) -> None:
    review = control.review(form)
    desk.sandbox_server.faults.add(Fault("drop", "/tasks$", method="POST", after_bytes=1))
    sent = control.order(review)
    assert sent.error is None
    assert [t.id for t in sent.tasks] == [t.id for t in desk.tasking.list()]


def test_an_answer_that_stays_lost_is_said_to_be_uncertain(
    control: TaskingControl, form: TaskForm, desk: Client
) -> None:
    review = control.review(form)
    desk.sandbox_server.faults.add(Fault("drop", "/tasks$", method="POST"))
    sent = control.order(review)
    assert isinstance(sent.error, ConnectionFailedError)
    assert sent.uncertain == review.requests[0]
    assert "look into your tasks before ordering it again" in sent.words
    assert control.order(review) is sent


def test_a_marker_past_the_date_line_comes_back() -> None:
    assert place_from_map({"type": "Point", "coordinates": [-190.0, 10.0]}) == Place(170.0, 10.0)
