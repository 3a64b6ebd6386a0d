"""The search panel's controller against the running sandbox: every rule, every error path, no widgets."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import geopandas as gpd
import pystac
import pytest

from iceye_geo import Client
from iceye_geo.errors import (
    AuthenticationError,
    DuplicatePurchaseError,
    IceyeGeoError,
    InvalidInputError,
    MoneyGuardError,
    PagingError,
    RateLimitedError,
    ServerError,
)
from iceye_geo.panels.area import from_numbers
from iceye_geo.panels.area_text import from_text
from iceye_geo.panels.jobs import Jobs
from iceye_geo.panels.pictures import Pictures
from iceye_geo.panels.results import COLUMNS, ResultList
from iceye_geo.panels.search_control import SearchController
from iceye_geo.panels.search_form import Filter, SearchForm, preset_dates, repeats_form
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.sandbox.faults import Fault
from iceye_geo.services.money import Quote
from iceye_geo.settings import Settings
from iceye_geo.stac import to_item

EUROPE = from_numbers(-12, 34, 32, 66)
ALL = SearchForm(max_items=None)
SEARCH = "/catalog/v2/search"


class Desk:
    """A controller with its jobs, the errors they raised and the events it told."""

    def __init__(self, client: Client) -> None:
        self.errors: list[BaseException] = []
        self.events: list[str] = []
        self.jobs = Jobs(on_error=self.errors.append)
        self.control = SearchController(client, jobs=self.jobs, changed=self.events.append)

    def run(self, form: SearchForm) -> SearchController:
        assert self.control.search(form)
        return self.settle()

    def settle(self) -> SearchController:
        assert self.jobs.wait(timeout=60)
        return self.control


@pytest.fixture
def desk(client: Client) -> Iterator[Desk]:
    made = Desk(client)
    yield made
    made.jobs.close()
    assert not made.errors, made.errors


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


def test_filters_on_one_property_are_put_together() -> None:
    form = SearchForm(incidence=(20, 40), filters=(Filter("iceye:incidence_center", "neq", "30"),))
    assert form.arguments()["query"] == {"iceye:incidence_center": {"gte": 20, "lte": 40, "neq": 30.0}}
    assert SearchForm(filters=(Filter("iceye:looks", "eq", "4"),)).arguments()["query"] == {
        "iceye:looks": {"eq": 4.0}
    }


def test_presets_say_their_days() -> None:
    today = date(2026, 11, 21)
    assert preset_dates("This year", today=today) == (date(2026, 1, 1), None)
    assert preset_dates("Last 30 days", today=today) == (date(2026, 10, 22), None)
    assert preset_dates("Any time", today=today) == (None, None)


def test_nothing_found_is_said_with_what_to_do(desk: Desk) -> None:
    control = desk.run(SearchForm(start=date(1999, 1, 1), end=date(1999, 1, 2)))
    assert (control.state, len(control.results)) == ("done", 0)
    assert "Nothing found. Try" in control.words


def test_the_limit_is_said(desk: Desk) -> None:
    assert "as many as you allowed" in desk.run(SearchForm(max_items=20)).words


def test_a_revoked_token_in_mid_search_is_renewed_unseen(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("slow", SEARCH, seconds=0.1, times=20))
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


def test_a_search_refused_at_once_says_so(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("401", SEARCH, times=99))
    control = desk.run(ALL)
    assert isinstance(desk.errors.pop(), AuthenticationError)
    assert (control.state, control.words) == ("failed", "The search failed.")


def test_stop_keeps_what_came_and_the_rest_can_follow(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("slow", SEARCH, seconds=0.4, times=20, skip=1))
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
    sandbox.faults.add(Fault("slow", SEARCH, seconds=0.3))
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
def large() -> Iterator[Client]:
    with Sandbox(SandboxOptions(scenes=900)) as running, Client(Settings.for_sandbox(running.url)) as made:
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


def test_the_table_sorts_by_every_column_both_ways(desk: Desk) -> None:
    control = desk.run(SearchForm(area=EUROPE, max_items=60))
    results = control.results
    results.page_size = 100
    for column in COLUMNS:
        control.sort(column)
        rising = [row.keys[column] for row in results.rows()]
        control.sort(column)
        falling = [row.keys[column] for row in results.rows()]
        assert rising == sorted(rising)
        assert falling == sorted(falling, reverse=True)
    with pytest.raises(KeyError):
        results.sort("colour")


def test_picking_turns_to_the_page_and_clicking_again_goes_below(desk: Desk) -> None:
    control = desk.run(SearchForm(max_items=100))
    results = control.results
    last = results.items[-1].id
    control.pick(last)
    assert control.current is results.items[-1]
    assert last in [row.id for row in results.rows()]
    control.pick("not there")
    assert control.current is results.items[-1]
    stack = next(results.under(i.id) for i in results.items if len(results.under(i.id)) > 1)
    seen = []
    for _ in stack:
        control.pick_on_map(stack[0])
        seen.append(results.current)
    assert sorted(map(str, seen)) == sorted(stack)
    control.pick(None)
    assert control.current is None


def test_selecting_keeps_order_and_ignores_strangers(desk: Desk) -> None:
    control = desk.run(SearchForm(max_items=10))
    ids = [item.id for item in control.results.items]
    control.select([ids[3], "stranger", ids[1]])
    assert control.results.selected_ids == [ids[3], ids[1]]
    control.results.toggle(ids[3])
    control.results.toggle(ids[5])
    assert [item.id for item in control.results.selected] == [ids[1], ids[5]]
    assert control.results.step(1) == ids[0]
    control.pick(ids[9])
    assert control.results.step(5) == ids[9]


def test_an_empty_list_has_one_page_and_no_bounds() -> None:
    results = ResultList()
    assert (results.pages, results.rows(), results.bounds(), results.step(1)) == (1, [], None, None)


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


def test_repeats_of_an_item_without_footprint_are_refused() -> None:
    item = to_item({"id": "a", "properties": {"datetime": "2026-01-01T00:00:00Z"}})
    with pytest.raises(InvalidInputError, match="no footprint"):
        repeats_form(item)


def test_a_thumbnail_comes_as_bytes_and_is_kept(desk: Desk, client: Client, sandbox: Sandbox) -> None:
    item = desk.run(SearchForm(max_items=1)).results.items[0]
    picture = desk.control.picture(item)
    assert picture is not None
    assert picture.data_url.startswith("data:image/png;base64,")
    assert picture.placed is not None
    assert picture.bounds is not None
    content = [r for r in sandbox.requests if "/content/" in r.path]
    assert desk.control.picture(item) is picture
    assert [r for r in sandbox.requests if "/content/" in r.path] == content
    bare = to_item({"id": "a", "properties": {"datetime": "2026-01-01T00:00:00Z"}})
    assert Pictures(client).of(bare) is None


def test_an_expired_thumbnail_link_is_renewed(desk: Desk, sandbox: Sandbox) -> None:
    item = desk.run(SearchForm(max_items=1)).results.items[0]
    sandbox.faults.expire_links()
    picture = desk.control.picture(item)
    assert picture is not None
    assert picture.content.startswith(b"\x89PNG")


def test_a_thumbnail_that_is_no_picture_is_refused(desk: Desk, sandbox: Sandbox) -> None:
    item = desk.run(SearchForm(max_items=1)).results.items[0]
    sandbox.faults.add(Fault("garbage", "/content/", times=9))
    with pytest.raises(IceyeGeoError, match="no picture"):
        desk.control.picture(item)


@pytest.fixture
def bought(desk: Desk, sandbox: Sandbox) -> Desk:
    """A desk with results of which the first one's frame is not bought yet."""
    desk.run(SearchForm(area=EUROPE, collection="public", contract_id=sandbox.contract_id, max_items=200))
    held = {p.frame_id for p in desk.control.client.catalog.purchases()}
    free = [i for i in desk.control.results.items if i.properties["iceye:frame_id"] not in held]
    desk.control.results.items[:] = free
    return desk


def test_buying_needs_the_quote_that_was_seen(bought: Desk, sandbox: Sandbox) -> None:
    item = bought.control.results.items[0]
    with pytest.raises(MoneyGuardError, match="not the last price"):
        bought.control.buy(item, quote=Quote())
    quote = bought.control.quote(item)
    newer = bought.control.quote(item)
    with pytest.raises(MoneyGuardError, match="not the last price"):
        bought.control.buy(item, quote=quote)
    purchase = bought.control.buy(item, quote=newer)
    assert purchase is not None
    assert purchase.frame_id == item.properties["iceye:frame_id"]
    with pytest.raises(MoneyGuardError):
        bought.control.buy(item, quote=newer)
    again = bought.control.quote(item)
    with pytest.raises(DuplicatePurchaseError):
        bought.control.buy(item, quote=again)
    assert sum(r.method == "POST" and r.path.endswith("/purchases") for r in sandbox.requests) == 1


def test_two_clicks_at_once_buy_once(bought: Desk, sandbox: Sandbox) -> None:
    item = bought.control.results.items[1]
    quote = bought.control.quote(item)
    sandbox.faults.add(Fault("slow", "/purchases", method="POST", seconds=0.5))
    answers: list = []
    threads = [
        threading.Thread(target=lambda: answers.append(bought.control.buy(item, quote=quote)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(a is None for a in answers) == 1
    assert sum(r.method == "POST" and r.path.endswith("/purchases") for r in sandbox.requests) == 1


def test_an_unknown_price_needs_a_tick(bought: Desk, sandbox: Sandbox) -> None:
    item = bought.control.results.items[2]
    sandbox.faults.add(Fault("404", "/catalog/v2/price", times=1))
    unknown = bought.control.quote(item)
    assert unknown.price is None
    assert unknown.price_unknown
    with pytest.raises(MoneyGuardError, match="without knowing"):
        bought.control.buy(item, quote=unknown)
    assert bought.control.buy(item, quote=unknown, accept_unknown=True) is not None


def test_saved_files_are_read_back_by_other_tools(desk: Desk, tmp_path: Path) -> None:
    control = desk.run(SearchForm(area=EUROPE, max_items=12))
    path, count = control.save(tmp_path / "found", format="GeoParquet")
    assert (path.name, count) == ("found.parquet", 12)
    assert len(gpd.read_parquet(path)) == 12
    path, _ = control.save(tmp_path / "found.geojson", format="GeoJSON")
    assert len(gpd.read_file(path)) == 12
    control.select([control.results.items[0].id])
    path, count = control.save(tmp_path / "found.json", format="ItemCollection", selected=True)
    assert count == 1
    assert pystac.ItemCollection.from_file(str(path)).items[0].id == control.results.items[0].id
    assert "Signature" not in path.read_text() + json.dumps((tmp_path / "found.geojson").read_text())


def test_a_save_that_cannot_be_is_said(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="nothing to save"):
        desk.control.save(tmp_path / "a", format="GeoJSON")
    control = desk.run(SearchForm(max_items=2))
    with pytest.raises(InvalidInputError, match="nothing is selected"):
        control.save(tmp_path / "a", format="GeoJSON", selected=True)
    with pytest.raises(InvalidInputError, match="no name"):
        control.save("  ", format="GeoJSON")
    with pytest.raises(InvalidInputError, match="does not exist"):
        control.save(tmp_path / "no" / "a.geojson", format="GeoJSON")
    control.save(tmp_path / "a", format="GeoJSON")
    with pytest.raises(InvalidInputError, match="there already"):
        control.save(tmp_path / "a", format="GeoJSON")
    assert control.save(tmp_path / "a", format="GeoJSON", overwrite=True)[1] == 2


def test_records_that_cannot_become_items_are_counted(desk: Desk) -> None:
    control = desk.run(SearchForm(max_items=1))
    control._take(control._shown, [{"id": "", "properties": {}}])
    assert "1 records could not be read" in control.words
