"""The search panel's controller against the running sandbox: every rule, every error path, no widgets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from iceye_geo import Client
from iceye_geo.errors import (
    AuthenticationError,
    InvalidInputError,
    PagingError,
    RateLimitedError,
    ServerError,
)
from iceye_geo.panels.area import from_numbers
from iceye_geo.panels.area_text import from_text
from iceye_geo.panels.search_form import Filter, SearchForm
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.sandbox.faults import Fault
from iceye_geo.settings import Settings
from tests.panels.searching import EUROPE, SEARCH, Desk, desk_of

ALL = SearchForm(max_items=None)


@pytest.fixture
def desk(client: Client) -> Iterator[Desk]:
    yield from desk_of(client)


def _searches(sandbox: Sandbox) -> int:
    return sum(1 for r in sandbox.requests if r.path.endswith(SEARCH))


def test_a_search_streams_its_pages_and_ends(desk: Desk, sandbox: Sandbox) -> None:
    control = desk.run(ALL)
    assert control.state == "done"
    assert len(control.results) > 600
    assert desk.events.count("items") >= 1 + _searches(sandbox)
    assert control.words == f"Found {len(control.results)} images."


def test_the_form_becomes_the_search_it_says(desk: Desk) -> None:
    form = SearchForm(
        area=EUROPE, start=date(2025, 1, 1), products=("GRD", "GRD-COG"), modes=("spotlight",), look_side="left",
        orbit="ascending", incidence=(20, 40), collection="public", max_items=50,
        filters=(Filter("sar:polarizations", "in", "VV, HH"),),
    )  # fmt: skip
    control = desk.run(form)
    assert 0 < len(control.results) <= 50
    for item in control.results.items:
        p = item.properties
        assert p["sar:product_type"] in ("GRD", "GRD-COG")
        assert (p["sar:instrument_mode"], p["sar:observation_direction"]) == ("spotlight", "left")
        assert p["sat:orbit_state"] == "ascending"
        assert 20 <= p["iceye:incidence_center"] <= 40
        assert p["start_datetime"] >= "2025"
    times = [item.properties["start_datetime"] for item in control.results.items]
    assert times == sorted(times, reverse=True)


def test_the_code_makes_the_same_search(desk: Desk, client: Client) -> None:
    form = SearchForm(area=from_text("POLYGON ((0 40, 20 40, 20 60))"), products=("GRD",), max_items=30)
    control = desk.run(form)
    names: dict = {"client": client}
    exec(control.to_code(), names)
    assert names["search"].request == client.catalog.search(**form.arguments()).request
    assert sorted(names["gdf"]["id"]) == sorted(item.id for item in control.results.items)
    assert "bbox=(1.0, 2.0, 3.0, 4.0)" in control.to_code(SearchForm(area=from_numbers(1, 2, 3, 4)))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (SearchForm(start=date(2026, 2, 1), end=date(2026, 1, 1)), "before they start"),
        (SearchForm(incidence=(40, 20)), "is more than"),
        (SearchForm(filters=(Filter("orbit_state", "eq", "ascending"),)), "v1 name"),
        (SearchForm(filters=(Filter("sat:orbit_state", "like", "asc"),)), "no operator"),
        (SearchForm(filters=(Filter("sat:orbit_state", "eq", " "),)), "no value"),
        (SearchForm(filters=(Filter("iceye:incidence_center", "lt", "steep"),)), "no number"),
        (
            SearchForm(orbit="ascending", filters=(Filter("sat:orbit_state", "eq", "descending"),)),
            "asked for twice",
        ),
        (SearchForm(filters=(Filter("", "eq", "x"),)), "must be text"),
    ],
)
def test_a_wrong_form_is_refused_before_anything_is_sent(
    desk: Desk, sandbox: Sandbox, form: SearchForm, words: str
) -> None:
    desk.run(SearchForm(max_items=3))
    before = _searches(sandbox)
    with pytest.raises(InvalidInputError, match=words):
        desk.control.search(form)
    assert _searches(sandbox) == before
    assert len(desk.control.results) == 3, "what was shown stays"


def test_nothing_found_is_said_with_what_to_do(desk: Desk) -> None:
    control = desk.run(SearchForm(start=date(1999, 1, 1), end=date(1999, 1, 2)))
    assert (control.state, len(control.results)) == ("done", 0)
    assert "Nothing found. Try" in control.words


def test_the_limit_is_said(desk: Desk) -> None:
    assert "as many as you allowed" in desk.run(SearchForm(max_items=20)).words


def test_a_revoked_token_in_mid_search_is_renewed_unseen(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("slow", SEARCH, seconds=0.3, times=20))
    desk.control.search(ALL)
    while len(desk.control.results) == 0:
        threading.Event().wait(0.02)
    sandbox.faults.revoke_tokens()
    control = desk.settle()
    assert control.state == "done"
    assert len(control.results) > 600


@pytest.mark.parametrize(
    ("kind", "error"), [("401", AuthenticationError), ("429", RateLimitedError), ("500", ServerError)]
)
def test_a_failure_in_mid_search_keeps_what_came_and_can_go_on(
    desk: Desk, sandbox: Sandbox, kind: str, error: type[Exception]
) -> None:
    sandbox.faults.add(Fault(kind, SEARCH, times=99, skip=2, retry_after=0))
    control = desk.run(ALL)
    raised = desk.errors.pop()
    assert isinstance(raised, PagingError)
    assert isinstance(raised.__cause__, error)
    assert control.state == "failed"
    kept = [item.id for item in control.results.items]
    assert len(kept) == 400
    assert "400 images found before are kept" in control.words
    sandbox.faults.clear()
    before = _searches(sandbox)
    assert control.can_go_on
    assert control.go_on()
    desk.settle()
    assert control.state == "done"
    assert [item.id for item in control.results.items][:400] == kept
    assert len(control.results) > 600
    assert _searches(sandbox) - before == 3, "the two pages that came are not asked for again"
    assert control._shown.read == len(control.results), "nor taken in again"


def test_a_search_refused_at_once_says_so(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("401", SEARCH, times=99))
    control = desk.run(ALL)
    assert isinstance(desk.errors.pop(), AuthenticationError)
    assert (control.state, control.words) == ("failed", "The search failed.")


def test_stop_keeps_what_came_and_the_rest_can_follow(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("slow", SEARCH, seconds=1.5, times=20, skip=1))
    control = desk.control
    control.search(ALL)
    while len(control.results) < 200:
        threading.Event().wait(0.01)
    assert control.stop()
    assert not control.stop()
    desk.settle()
    assert control.state == "stopped"
    assert len(control.results) == 200
    assert "Stopped. The 200 images found so far are kept." in control.words
    sandbox.faults.clear()
    assert control.go_on()
    assert not desk.settle().go_on()
    assert len(control.results) > 600


def test_a_double_click_sends_one_search(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("slow", SEARCH, seconds=1))
    form = SearchForm(max_items=5)
    assert desk.control.search(form)
    assert not desk.control.search(SearchForm(max_items=5))
    desk.settle()
    assert _searches(sandbox) == 1
    assert len(desk.run(form).results) == 5, "after it has ended the same search may be sent again"


def test_the_last_search_wins(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("slow", SEARCH, seconds=0.5))
    desk.control.search(ALL)
    control = desk.run(SearchForm(max_items=7))
    assert len(control.results) == 7
    assert control.state == "done"


@pytest.fixture(scope="module")
def large(pictures: Path) -> Iterator[Client]:
    with (
        Sandbox(SandboxOptions(scenes=900, cache_dir=pictures)) as running,
        Client(Settings.for_sandbox(running.url)) as made,
    ):
        yield made


def test_two_thousand_items_arrive_are_sorted_and_paged(large: Client) -> None:
    desk = Desk(large)
    control = desk.run(SearchForm(max_items=2100))
    assert len(control.results) == 2100
    assert control.results.pages == 210
    control.sort("incidence")
    angles = [row.keys["incidence"] for row in control.results.rows()]
    assert angles == sorted(angles)
    control.turn_to(10_000)
    assert control.results.page == 209
    assert len(control.results.features()) == 2100
    desk.jobs.close()
    assert not desk.errors


def test_repeats_have_the_same_place_look_pass_and_mode(desk: Desk) -> None:
    control = desk.run(SearchForm(area=EUROPE, products=("GRD-COG", "GRD")))
    item = max(control.results.items, key=lambda i: len(_like(control.results.items, i)))
    expected = _like(control.results.items, item)
    assert len(expected) > 1, "the sandbox's world has repeats"
    control.find_repeats(item)
    desk.settle()
    found = control.results.items
    assert {i.id for i in expected} <= {i.id for i in found}
    for other in found:
        for name in (
            "sar:observation_direction",
            "sat:orbit_state",
            "sar:instrument_mode",
            "sar:product_type",
        ):
            assert other.properties[name] == item.properties[name]
    assert control.can_go_back
    assert control.back()
    assert control.form.area is EUROPE
    assert not control.back()


def _like(items: list, item) -> list:
    import shapely

    place = shapely.geometry.shape(item.geometry).representative_point()
    names = ("sar:observation_direction", "sat:orbit_state", "sar:instrument_mode", "sar:product_type")
    return [
        other
        for other in items
        if shapely.geometry.shape(other.geometry).intersects(place)
        and all(other.properties[n] == item.properties[n] for n in names)
        and abs(other.properties["iceye:incidence_center"] - item.properties["iceye:incidence_center"]) <= 3
    ]


def test_records_that_cannot_become_items_are_counted(desk: Desk) -> None:
    control = desk.run(SearchForm(max_items=1))
    control._take(control._shown, [{"id": "", "properties": {}}])
    assert "1 records could not be read" in control.words
