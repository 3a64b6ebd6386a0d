"""Buying from a search: quotes, second clicks, budgets; by the controller and by the panel."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iceye_geo import Client
from iceye_geo.errors import (
    DuplicatePurchaseError,
    IceyeGeoError,
    InsufficientFundsError,
    MoneyGuardError,
)
from iceye_geo.panels import SearchPanel
from iceye_geo.panels.saved_areas import SavedAreas
from iceye_geo.panels.search_form import SearchForm
from iceye_geo.sandbox import Sandbox
from iceye_geo.sandbox.faults import Fault
from iceye_geo.services.money import Quote
from tests.panels.searching import EUROPE, Desk, desk_of, panel_of, settle, tell


@pytest.fixture
def desk(client: Client) -> Iterator[Desk]:
    yield from desk_of(client)


@pytest.fixture
def panel(client: Client, tmp_path: Path) -> Iterator[SearchPanel]:
    yield from panel_of(client, tmp_path)


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
    sandbox.faults.add(Fault("slow", "/purchases", method="POST", seconds=1.5))
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


def test_buying_takes_two_clicks_and_a_third_buys_nothing_more(panel: SearchPanel, sandbox: Sandbox) -> None:
    held = {p.frame_id for p in panel.client.catalog.purchases()}
    panel.fields.collection.value = "public"
    panel.area.set_area(EUROPE)
    panel.search(wait_s=30)
    free = next(i for i in panel.items if i.properties["iceye:frame_id"] not in held)
    tell(panel, "pick", free.id)
    buttons = panel.card.buttons
    buttons["price"].click()
    settle(panel)
    assert "EUR available" in panel.card.money.value
    assert panel.card._confirm.layout.display == "none"
    sandbox.requests.clear()
    buttons["buy"].click()
    settle(panel)
    assert buttons["confirm"].description.startswith("Buy for ")
    assert not [r for r in sandbox.requests if r.method == "POST" and r.path.endswith("/purchases")]
    buttons["confirm"].click()
    buttons["confirm"].click()
    settle(panel)
    assert len([r for r in sandbox.requests if r.method == "POST" and r.path.endswith("/purchases")]) == 1
    assert "Bought" in panel.card.money.value
    assert free.properties["iceye:frame_id"] in {p.frame_id for p in panel.client.catalog.purchases()}


def test_not_now_and_looking_elsewhere_take_the_question_away(panel: SearchPanel) -> None:
    panel.fields.limit.value = 100
    panel.search(wait_s=30)
    buttons = panel.card.buttons
    for leave in (buttons["cancel"].click, lambda: tell(panel, "pick", panel.items[1].id)):
        tell(panel, "pick", panel.items[0].id)
        buttons["buy"].click()
        settle(panel)
        assert panel.card._confirm.layout.display == ""
        leave()
        assert panel.card._confirm.layout.display == "none"
        assert buttons["confirm"].disabled
        settle(panel)


def test_an_unknown_price_is_said_and_needs_a_tick(panel: SearchPanel, sandbox: Sandbox) -> None:
    panel.fields.limit.value = 100
    panel.search(wait_s=30)
    tell(panel, "pick", panel.items[0].id)
    sandbox.faults.add(Fault("404", "/catalog/v2/price"))
    panel.card.buttons["buy"].click()
    settle(panel)
    assert "the price is not known" in panel.card.money.value
    assert panel.card.buttons["confirm"].disabled
    panel.card.unknown.value = True
    assert not panel.card.buttons["confirm"].disabled


def test_a_price_that_cannot_be_asked_for_leaves_no_waiting_words(
    panel: SearchPanel, sandbox: Sandbox, shown_errors: list[BaseException]
) -> None:
    panel.fields.limit.value = 100
    panel.search(wait_s=30)
    tell(panel, "pick", panel.items[0].id)
    settle(panel)
    sandbox.faults.add(Fault("401", "/price", times=9))
    panel.card.buttons["price"].click()
    settle(panel)
    assert isinstance(shown_errors.pop(), IceyeGeoError)
    assert panel.card.money.value == ""


@pytest.fixture
def poor(desk: Desk, sandbox: Sandbox) -> Iterator[Any]:
    """The budget of the contract that pays; what a test does to it is undone."""
    budget = sandbox.platform.budgets[sandbox.contract_id]
    before = budget.spend_limit
    yield budget
    budget.spend_limit = before


def test_money_that_is_gone_when_it_is_bought_is_said_and_nothing_is_bought(
    bought: Desk, poor: Any, sandbox: Sandbox
) -> None:
    item = bought.control.results.items[3]
    quote = bought.control.quote(item)
    limit, poor.spend_limit = poor.spend_limit, poor.consolidated_spent
    with pytest.raises(InsufficientFundsError):
        bought.control.buy(item, quote=quote)
    frame = item.properties["iceye:frame_id"]
    assert frame not in {p.frame_id for p in bought.control.client.catalog.purchases()}
    poor.spend_limit = limit
    assert bought.control.buy(item, quote=quote), "the same quote serves once there is money"


def test_a_price_above_the_budget_cannot_be_confirmed(
    panel: SearchPanel, poor: Any, sandbox: Sandbox
) -> None:
    panel.fields.collection.value = "public"
    panel.fields.contract.value = sandbox.contract_id
    panel.search(wait_s=30)
    tell(panel, "pick", panel.items[0].id)
    poor.spend_limit = poor.consolidated_spent
    panel.card.buttons["buy"].click()
    settle(panel)
    assert "iceye-bad" in panel.card.money.value
    assert panel.card.buttons["confirm"].disabled
    sandbox.requests.clear()
    panel.card.buttons["confirm"].click()
    settle(panel)
    assert not [r for r in sandbox.requests if r.method == "POST" and r.path.endswith("/purchases")]


def test_money_that_goes_between_the_clicks_shows_in_the_panel(
    panel: SearchPanel, poor: Any, sandbox: Sandbox, shown_errors: list[BaseException]
) -> None:
    held = {p.frame_id for p in panel.client.catalog.purchases()}
    panel.fields.collection.value = "public"
    panel.fields.contract.value = sandbox.contract_id
    panel.search(wait_s=30)
    free = next(i for i in panel.items if i.properties["iceye:frame_id"] not in held)
    tell(panel, "pick", free.id)
    panel.card.buttons["buy"].click()
    settle(panel)
    poor.spend_limit = poor.consolidated_spent
    panel.card.buttons["confirm"].click()
    settle(panel)
    assert isinstance(shown_errors.pop(), InsufficientFundsError)
    assert isinstance(panel.last_error, InsufficientFundsError)
    assert "Buying" not in panel.card.money.value, "no words that wait for ever"


def test_without_a_configured_contract_the_first_in_force_is_asked_and_another_can_be_chosen(
    client: Client, sandbox: Sandbox, tmp_path: Path
) -> None:
    with Client(client.settings.model_copy(update={"contract_id": None})) as free:
        panel = SearchPanel(free, saved_areas=SavedAreas(tmp_path / "areas.geojson"))
        settle(panel)
        names = [value for _, value in panel.fields.contract.options]
        assert "" not in names
        panel.search(wait_s=30)
        tell(panel, "pick", panel.items[0].id)
        panel.card.buttons["price"].click()
        settle(panel)
        assert "EUR available" in panel.card.money.value
        panel.fields.contract.value = next(name for name in names if name != panel.fields.contract.value)
        assert panel.card.money.value == "", "the price was another contract's"
        sandbox.requests.clear()
        panel.card.buttons["price"].click()
        settle(panel)
        asked = [r for r in sandbox.requests if "/price" in r.path or "/budget" in r.path]
        assert any(panel.fields.contract.value in str(r) for r in asked)
        panel.close()


def test_a_quote_is_paid_by_the_contract_that_was_asked(bought: Desk, sandbox: Sandbox) -> None:
    item = bought.control.results.items[4]
    quote = bought.control.quote(item)
    bought.control.payer = "another contract"
    purchase = bought.control.buy(item, quote=quote)
    assert purchase is not None
    assert purchase.contract_id == sandbox.contract_id
