"""What a newcomer reads after a slip: the field, the rule, the next step; and what a notebook shows of a result."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from iceye_geo import Client, open_cog
from iceye_geo.errors import (
    AssetNotFoundError,
    ConfigurationError,
    InvalidInputError,
    MoneyGuardError,
    NoPricingPlanError,
    NotFoundError,
    RuleWarning,
)
from iceye_geo.models.task_request import TaskRequest
from iceye_geo.stac import IceyeItem

NOWHERE = "00000000-0000-0000-0000-000000000000"
START = datetime.now(UTC) + timedelta(days=4)
WINDOW = (START, START + timedelta(days=2))


@pytest.fixture(scope="module")
def owned(client: Client) -> IceyeItem:
    query = {"sar:product_type": "GRD-COG"}
    return next(client.catalog.search(collections="private", query=query, max_items=1).items())


def order(client: Client, **slip: Any) -> Any:
    parts: dict[str, Any] = {"point": (24.9, 60.2), "window": WINDOW, "mode": "SPOTLIGHT"}
    return client.tasking.create(**(parts | slip))


def buy(client: Client, **slip: Any) -> Any:
    frame = next(client.catalog.search(collections="public", max_items=1).items())
    return client.catalog.purchase(slip.pop("frame", frame), **slip)


# What is done wrong -> the field that the message starts with, words of the rule, words of the next step.
SEARCHES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "three numbers": ({"bbox": (1, 2, 3)}, "bbox", "four finite numbers", "west, south, east, north"),
    "lat first": ({"bbox": (59, 24, 61, 126)}, "bbox", "latitude", "longitude first"),
    "place name": ({"bbox": "Helsinki"}, "bbox", "four numbers", "west, south, east, north"),
    "both areas": ({"bbox": (1, 2, 3, 4), "intersects": "POINT (1 2)"}, "bbox, intersects", "exclude", "one of them"),
    "no geometry": ({"intersects": 5}, "intersects", "cannot be read", "GeoJSON, WKT"),
    "bow tie": ({"intersects": "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))"}, "intersects", "not a valid", "make_valid"),
    "word for a time": ({"datetime": "yesterday"}, "datetime", "is no time", "2025-01-31T06:00:00Z"),
    "end first": ({"datetime": "2025-06/2025-01"}, "datetime", "before it starts", "Write"),
    "v1 name": ({"query": {"orbit_state": "ascending"}}, "query.orbit_state", "v1 name", "sat:orbit_state"),
    "no operator": ({"query": {"sar:product_type": {"like": "G"}}}, "query.sar:product_type", "no operator", "eq, gt"),
    "list of filters": ({"query": ["GRD"]}, "query", "must be a dict", '{"eq": "GRD"}'),
    "v1 order": ({"sortby": "-start_time"}, "sortby.start_time", "v1 name", "start_datetime"),
    "page too large": ({"limit": 1000}, "limit", "between 1 and 200", "max_items"),
    "number for a name": ({"collections": 5}, "collections", "a name or several", "this is 5"),
    "empty list": ({"ids": []}, "ids", "is empty", "Leave it out"),
}  # fmt: skip

TASKS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "lat first": ({"point": (60.2, 124.9)}, "point.lat", "-90 and 90", "(lon, lat)"),
    "no zone": ({"window": (datetime(2027, 1, 1), datetime(2027, 1, 3))}, "window.start", "zone", "tzinfo=UTC"),
    "too soon": ({"window": (START - timedelta(days=4), WINDOW[1])}, "window.start", "12 h ahead", "earliest start"),
    "too late": ({"window": (START, START + timedelta(days=20))}, "window.end", "within 14 days", "latest end"),
    "unknown mode": ({"mode": "SPOTLITE"}, "mode", "not allowed", "Allowed: STRIPMAP"),
    "unknown priority": ({"priority": "HIGH"}, "priority", "must be one of", "COMMERCIAL, BACKGROUND"),
    "unknown product": ({"product_types": ["GRDX"]}, "product_types", "not allowed", "Allowed: GRD"),
    "steep": ({"incidence": (5, 60)}, "incidence", "within 10 and 45", "5-60"),
    "long text": ({"reference": "x" * 300}, "reference", "at most 256", "has 300"),
    "cents as float": ({"max_price": 12.5}, "max_price", "whole number", "minor units"),
    "half a place": ({"deliveries": ("a",)}, "deliveries", "(config_id, path)", "client.delivery.locations()"),
    "path for an id": ({"webhook_id": "a/b"}, "webhook_id", "must be an id", "UUID"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SEARCHES)
def test_a_search_says_field_rule_and_next_step(client: Client, slip: str) -> None:
    arguments, field, rule, step = SEARCHES[slip]
    with pytest.raises(InvalidInputError) as caught:
        client.catalog.search(**arguments)
    assert str(caught.value).startswith(f"{field}: ")
    assert rule in str(caught.value)
    assert step in str(caught.value)


@pytest.mark.parametrize("slip", TASKS)
def test_an_order_says_field_rule_and_next_step(client: Client, slip: str) -> None:
    arguments, field, rule, step = TASKS[slip]
    with pytest.raises(InvalidInputError) as caught:
        order(client, **arguments)
    assert str(caught.value).startswith(f"{field}: ")
    assert rule in str(caught.value)
    assert step in str(caught.value)


OTHERS: dict[str, tuple[Callable[[Client, IceyeItem], Any], type[Exception], str]] = {
    "requests as dicts": (
        lambda c, _: c.tasking.feasibility([{"mode": "SCAN"}]), InvalidInputError, "requests: must hold TaskRequests"),
    "item id for a frame": (lambda c, i: buy(c, frame=i.id), InvalidInputError, "Pass the Item"),
    "unknown licence": (lambda c, _: buy(c, eula="FREE"), InvalidInputError, "eula: FREE is not allowed"),
    "too dear": (lambda c, _: buy(c, max_price=1), MoneyGuardError, "was not ordered: it costs"),
    "unknown frame": (lambda c, _: c.catalog.price("99_9"), NotFoundError, "Check the frame id, iceye:frame_id"),
    "unknown contract": (lambda c, _: c.company.contract(NOWHERE), NotFoundError, "client.company.contracts()"),
    "unknown task": (lambda c, _: c.tasking.get(NOWHERE), NotFoundError, "client.tasking.list()"),
    "unknown purchase": (lambda c, _: c.catalog.get_purchase(NOWHERE), NotFoundError, "client.catalog.purchases()"),
    "unknown delivery": (lambda c, _: c.delivery.get(NOWHERE), NotFoundError, "client.delivery.list()"),
    "no items": (lambda c, _: c.delivery.create([], to=("a", "b")), InvalidInputError, "items: must be Items"),
    "number to deliver": (lambda c, _: c.delivery.create(5, to=("a", "b")), InvalidInputError, "items: must be Items"),
    "nowhere to deliver": (lambda c, i: c.delivery.create(i, to=None), InvalidInputError, "to: names no place"),
    "bucket alone": (lambda c, i: c.delivery.create(i, to="bucket"), InvalidInputError, "client.delivery.locations()"),
    "plain callback": (lambda c, _: c.notifications.register("http://a.example"), InvalidInputError, "url: must be"),
    "pair as credentials": (
        lambda c, _: c.notifications.register("https://a.example", auth=("a", "b")),  # type: ignore[arg-type]
        InvalidInputError, "auth: must be BasicAuth or OAuth2ClientCredentials"),
    "nothing to open": (lambda c, _: c.open_cog(None), InvalidInputError, "item: must be an Item, a link, a path"),
    "asset that is not there": (lambda c, i: c.open_cog(i, asset="x"), AssetNotFoundError, "it has grd-cog"),
    "word for a place": (lambda c, i: c.open_cog(i).chip("x", size=9), InvalidInputError, "where: cannot be read"),
    "word for a size": (lambda c, i: c.open_cog(i).preview("x"), InvalidInputError, "max_size: must be at least 1"),  # type: ignore[arg-type]
    "unlikely option": (lambda c, _: Client.sandbox(scene=3), InvalidInputError, "Do you mean scenes"),
    "too few scenes": (lambda c, _: Client.sandbox(scenes=-1), InvalidInputError, "scenes must be a number between"),
    "word for a number": (lambda c, _: Client.sandbox(scenes="many"), InvalidInputError, "not 'many'. help("),
    "no profile": (lambda c, _: Client.from_profile("nope"), ConfigurationError, r"there is no [profiles.nope]"),
    "password": (lambda c, _: Client(username="a", password="b"), ConfigurationError, "client credentials"),  # type: ignore[call-arg]
}  # fmt: skip


@pytest.mark.parametrize("slip", OTHERS)
def test_every_other_slip_says_what_to_do(client: Client, owned: IceyeItem, slip: str) -> None:
    call, kind, words = OTHERS[slip]
    with pytest.raises(kind) as caught:
        call(client, owned)
    assert words in str(caught.value)
    assert ".." not in str(caught.value).replace("...", "")


def test_a_contract_without_plan_is_named_as_the_reason_there_is_no_price(client: Client) -> None:
    plain = client.company.contracts()[1]
    with pytest.raises(NoPricingPlanError, match=r"^getFramePrice 404") as caught:
        client.catalog.price("1_1", contract_id=plain)
    assert "ask ICEYE for the terms" in str(caught.value)
    with pytest.raises(NoPricingPlanError, match=f"contract {plain.id} has no pricing plan"):
        client.company.budget(plain)


def test_a_scene_that_is_not_there_yet_says_when_it_comes(client: Client) -> None:
    task = order(client)
    with pytest.raises(NotFoundError, match="appear only once the task has them"):
        client.tasking.scene(task)
    client.tasking.cancel(task)


@pytest.mark.parametrize(
    "name", ["sar:produkt_type", "sar:product_typ", "iceye:incidence_centre", "sat:orbit_stat"]
)
def test_a_misspelt_filter_is_warned_about_and_sent(client: Client, name: str) -> None:
    with pytest.warns(RuleWarning, match=f"query.{name}: is no published name, and nearly"):
        search = client.catalog.search(query={name: "GRD"})
    assert name in search.request.body["query"]


@pytest.mark.parametrize("name", ["iceye:incidence_near", "iceye:processing_mode", "frame_id", "created"])
def test_other_properties_of_items_are_no_misspelling(client: Client, name: str) -> None:
    assert name in client.catalog.search(query={name: "x"}).request.body["query"]


class Words(HTMLParser):
    """The text of a page, and whether its tags pair up."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.open = "", 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open += tag not in ("br", "img", "meta", "link", "input")

    def handle_endtag(self, tag: str) -> None:
        self.open -= 1

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


def test_what_a_notebook_shows_is_short_and_for_people(client: Client, owned: IceyeItem) -> None:
    search = client.catalog.search(bbox=(-12, 34, 32, 66), max_items=20)
    request = TaskRequest(point=(24.9, 60.2), window=WINDOW, mode="SPOTLIGHT")
    task = order(client)
    shown: dict[str, tuple[Any, str]] = {
        "client": (client, "ICEYE client"),
        "search": (client.catalog.search(bbox=(1, 2, 3, 4)), "not sent yet"),
        "items": (search.item_collection(), "20 ICEYE items"),
        "item": (owned, "GRD-COG"),
        "contracts": (client.company.contracts(), "Sandbox constellation contract"),
        "budget": (client.company.budget(client.company.contracts()[0]), "available of"),
        "request": (request, "SPOTLIGHT"),
        "quote": (client.tasking.quote(request), "after it"),
        "feasibility": (client.tasking.feasibility(request), "FEASIBLE"),
        "task": (task, "RECEIVED"),
        "tasks": (client.tasking.list(max_items=3), "SPOTLIGHT"),
        "purchases": (client.catalog.purchases(max_items=3), "purchases"),
        "locations": (client.delivery.locations(), "sandbox-bucket"),
        "charge": (task.cancellation_charge(), "free of charge"),
    }
    client.tasking.cancel(task)
    for name, (thing, words) in shown.items():
        page = thing._repr_html_()
        seen = Words(page)
        assert words in seen.text, name
        assert seen.open == 0, name
        assert len(seen.text) < 2500, name
        assert "None" not in seen.text, name
        assert not re.search(r"Signature|object at 0x|sandbox-secret", page), name


def test_products_print_as_a_table_and_turn_into_one() -> None:
    from iceye_geo.stac.items import ItemList, to_item

    items = ItemList([to_item({"id": "a", "properties": {"datetime": "2024-12-13T12:58:22Z"}})])
    assert "1 ICEYE item" in items._repr_html_()
    assert list(items.to_geodataframe()["id"]) == ["a"]
    assert items == list(items)


def test_values_pickle_and_what_is_bound_to_a_session_says_what_to_pickle_instead(
    client: Client, owned: IceyeItem
) -> None:
    task = order(client)
    client.tasking.cancel(task)
    search = client.catalog.search(max_items=2)
    values = [
        search.item_collection(), owned, client.company.contracts(), task, client.tasking.list(max_items=2).to_list(),
        client.tasking.quote(point=(1, 2), mode="SCAN"), TaskRequest(point=(1, 2), window=WINDOW, mode="SCAN"),
    ]  # fmt: skip
    for value in values:
        data = pickle.dumps(value)
        assert type(pickle.loads(data)) is type(value)
        assert b"Signature" not in data
        copy.deepcopy(value)
    bound = {"its items": search, "its to_list": client.tasking.list(), "the client": client.tasking}
    for hint, thing in bound.items():
        with pytest.raises(TypeError, match=f"pickle {hint}"):
            pickle.dumps(thing)


def test_an_item_alone_opens_with_the_link_it_came_with(owned: IceyeItem) -> None:
    with open_cog(owned) as cog:
        assert cog.preview(max_size=32).array.count() > 0
