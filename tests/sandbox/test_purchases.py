from __future__ import annotations

from typing import Any

import pytest

from .life import PURCHASES, budget, error, public_frame

PRICE = "/catalog/v2/price"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def api(start: Any) -> Any:
    return start(scenes=30, rejection_rate=0, failure_rate=0)


def buy(api: Any, frame_id: str, **changes: Any) -> Any:
    body = {"frameID": frame_id, "contractID": api.sandbox.contract_id, **changes}
    return api.call(
        "POST", PURCHASES, json={name: value for name, value in body.items() if value is not None}
    )


def price(api: Any, frame_id: str, **changes: Any) -> Any:
    query = {"frameID": frame_id, "contractID": api.sandbox.contract_id, "eula": "STANDARD", **changes}
    return api.get(PRICE, params={name: value for name, value in query.items() if value is not None})


def private_frames(api: Any) -> set[str]:
    items = api.items(collections=["private"], contractID=api.sandbox.contract_id)
    return {item["properties"]["frame_id"] for item in items}


def test_a_frame_price_follows_the_licence(api: Any) -> None:
    frame = public_frame(api)
    standard, government = (price(api, frame, eula=eula).json() for eula in ("STANDARD", "GOVERNMENT"))
    assert standard["currency"] == government["currency"] == "EUR"
    assert 0 < standard["amount"] < government["amount"]
    assert price(api, frame).json() == standard


@pytest.mark.parametrize("missing", ["frameID", "contractID", "eula"])
def test_a_frame_price_needs_every_input(api: Any, missing: str) -> None:
    answer = price(api, "1_1", **{missing: None})
    assert error(answer) == (400, "ERR_BAD_REQUEST")
    assert missing in answer.json()["message"]


def test_prices_that_cannot_be_had_say_why(api: Any) -> None:
    contracts, frame = api.sandbox.platform.contracts, public_frame(api)
    assert error(price(api, "1_1")) == (404, "not_found")
    bare = price(api, frame, contractID=contracts.without_plan.id)
    assert error(bare) == (404, "not_found")
    assert "no Pricing Plan" in bare.json()["message"]
    assert error(price(api, frame, contractID=contracts.expired.id)) == (422, "ERR_INVALID_CONTRACT")
    assert error(price(api, frame, eula="NONE")) == (400, "ERR_BAD_REQUEST")
    assert error(price(api, frame, contractID="mine")) == (400, "ERR_BAD_REQUEST")


def test_a_purchase_is_active_and_then_closed(api: Any) -> None:
    frame, (spent, _) = public_frame(api), budget(api)
    cost = price(api, frame).json()["amount"]
    answer = buy(api, frame, reference="project alpha")
    made = answer.json()
    assert answer.status_code == 200
    assert (made["status"], made["frameID"], made["eula"]) == ("active", frame, "STANDARD")
    assert made["reference"] == "project alpha"
    assert budget(api) == (spent, cost)
    assert api.get(f"{PURCHASES}/{made['id']}/products").json() == {"data": []}
    assert frame not in private_frames(api)
    api.sandbox.advance(minutes=10)
    assert api.get(f"{PURCHASES}/{made['id']}").json() == made | {"status": "closed"}
    assert budget(api) == (spent + cost, 0)
    assert frame in private_frames(api)


def test_bought_items_carry_signed_data(api: Any) -> None:
    frame = public_frame(api)
    made = buy(api, frame).json()
    api.sandbox.force(made["id"], "closed")
    items = api.get(f"{PURCHASES}/{made['id']}/products").json()["data"]
    assert {item["properties"]["frame_id"] for item in items} == {frame}
    assert {item["properties"]["sar:product_type"] for item in items} == set(made["productTypes"])
    grd = next(item for item in items if item["properties"]["sar:product_type"] == "GRD-COG")
    assert "Signature=" in grd["assets"]["grd-cog"]["href"]
    assert grd["collection"] == ""


def test_product_types_can_be_chosen_at_purchase(api: Any) -> None:
    frame = public_frame(api)
    made = buy(api, frame, productTypes=["QLK"]).json()
    api.sandbox.force(made["id"], "closed")
    items = api.get(f"{PURCHASES}/{made['id']}/products").json()["data"]
    assert [item["properties"]["sar:product_type"] for item in items] == ["QLK"]
    refused = buy(api, frame, productTypes=["HOLOGRAM"])
    assert error(refused) == (400, "ERR_NOT_ALLOWED")


def test_a_frame_bought_in_part_can_still_be_bought_whole(api: Any) -> None:
    frame = public_frame(api)
    part, whole = buy(api, frame, productTypes=["QLK"]).json(), buy(api, frame).json()
    for made in (part, whole):
        api.sandbox.force(made["id"], "closed")
    products = api.get(f"{PURCHASES}/{whole['id']}/products").json()["data"]
    assert "GRD-COG" in {item["properties"]["sar:product_type"] for item in products}


def test_purchases_can_start_as_received(start: Any) -> None:
    api = start(scenes=30, purchase_starts="received", failure_rate=0)
    made = buy(api, public_frame(api)).json()
    seen = [made["status"]]
    for _ in range(11):
        api.sandbox.advance(minutes=1)
        seen.append(api.get(f"{PURCHASES}/{made['id']}").json()["status"])
    assert list(dict.fromkeys(seen)) == ["received", "active", "closed"]


@pytest.mark.parametrize("how", ["reference", "force", "rate"])
def test_a_failed_purchase_gives_the_money_back(start: Any, how: str) -> None:
    api = start(scenes=30, failure_rate=2 if how == "rate" else 0)
    before = budget(api)
    frame = public_frame(api)
    made = buy(api, frame, reference="to FAIL" if how == "reference" else None).json()
    if how == "force":
        api.sandbox.force(made["id"], "failed")
    api.sandbox.advance(hours=1)
    assert api.get(f"{PURCHASES}/{made['id']}").json()["status"] == "failed"
    assert api.get(f"{PURCHASES}/{made['id']}/products").json() == {"data": []}
    assert budget(api) == before
    assert frame not in private_frames(api)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"frameID": "1_1"}, (404, "not_found")),
        ({"frameID": None}, (400, "ERR_BAD_REQUEST")),
        ({"frameID": 4}, (400, "ERR_BAD_REQUEST")),
        ({"contractID": None}, (400, "ERR_BAD_REQUEST")),
        ({"contractID": "mine"}, (400, "ERR_BAD_REQUEST")),
        ({"contractID": UNKNOWN}, (422, "ERR_INVALID_CONTRACT")),
        ({"eula": "NONE"}, (400, "ERR_BAD_REQUEST")),
        ({"reference": "x" * 257}, (400, "ERR_BAD_REQUEST")),
        ({"productTypes": "GRD"}, (400, "ERR_BAD_REQUEST")),
    ],
)
def test_a_purchase_against_the_rules_is_refused(
    api: Any, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert error(buy(api, public_frame(api), **changes)) == expected
    assert api.get(PURCHASES).json() == {"data": []}


def test_a_licence_the_contract_does_not_have_is_not_allowed(api: Any) -> None:
    bare = api.sandbox.platform.contracts.without_plan
    answer = buy(api, public_frame(api), contractID=bare.id, eula="GOVERNMENT")
    assert error(answer) == (400, "ERR_NOT_ALLOWED")
    assert buy(api, public_frame(api), contractID=bare.id).json()["eula"] == "STANDARD"


def test_too_little_money_stops_a_purchase(api: Any) -> None:
    held = api.sandbox.platform.budgets[api.sandbox.contract_id]
    held.spend(held.available - 10)
    assert error(buy(api, public_frame(api))) == (400, "ERR_INSUFFICIENT_FUNDS")
    assert held.on_hold == 0


def test_purchases_are_listed_last_modified_first(api: Any) -> None:
    frame = public_frame(api)
    a, b, c = (buy(api, frame).json()["id"] for _ in range(3))
    listed = [one["id"] for one in api.get(PURCHASES).json()["data"]]
    assert listed == [c, b, a]
    api.sandbox.force(b, "closed")
    first = api.get(PURCHASES, params={"limit": 2}).json()
    rest = api.get(PURCHASES, params={"limit": 2, "cursor": first["cursor"]}).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == [b, c, a]
    assert "cursor" not in rest


def test_purchases_are_filtered_by_contract(api: Any) -> None:
    bare = api.sandbox.platform.contracts.without_plan.id
    frame = public_frame(api)
    buy(api, frame)
    other = buy(api, frame, contractID=bare).json()
    listed = api.get(PURCHASES, params={"contractID": bare}).json()["data"]
    assert [one["id"] for one in listed] == [other["id"]]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"cursor": "x"}, {"contractID": "mine"}])
def test_a_bad_list_query_is_refused(api: Any, query: dict[str, Any]) -> None:
    assert error(api.get(PURCHASES, params=query)) == (400, "ERR_BAD_REQUEST")


@pytest.mark.parametrize("purchase_id", [UNKNOWN, "mine"])
@pytest.mark.parametrize("tail", ["", "/products"])
def test_an_unknown_purchase_is_not_found(api: Any, purchase_id: str, tail: str) -> None:
    assert error(api.get(f"{PURCHASES}/{purchase_id}{tail}")) == (404, "not_found")
