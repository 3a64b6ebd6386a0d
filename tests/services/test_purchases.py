"""Frames: priced, bought once, followed, their items."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pystac
import pytest
from transport.loopback import Answer, Loopback, Seen

from iceye_geo import Client
from iceye_geo.errors import (
    ConnectionFailedError,
    DuplicatePurchaseError,
    InvalidInputError,
    MoneyGuardError,
    NoPricingPlanError,
    NotFoundError,
    PurchaseFailedError,
)
from iceye_geo.models.base import Price
from iceye_geo.sandbox import Sandbox
from iceye_geo.services.purchases import Purchases, frame_id_of
from iceye_geo.transport.session import Session

from .conftest import CONTRACT, body_of

PURCHASES = "/api/catalog/v2/purchases"
FULL = {"id": CONTRACT, "eula": {"allowed": ["STANDARD", "MULTI"], "default": "STANDARD"}}


@pytest.fixture
def frame(client: Client) -> Any:
    return next(iter(client.catalog.search(collections=["public"], max_items=1).items()))


@pytest.fixture
def shop(server: Loopback, scripted: Session) -> Purchases:
    server.on(f"/api/company/v1/contracts/{CONTRACT}", Answer(200, FULL))
    server.on("/api/catalog/v2/price", Answer(200, {"amount": 50000, "currency": "EUR"}))
    return Purchases(scripted)


def sell(server: Loopback, *held: dict[str, Any], answer: Answer | None = None) -> None:
    """Let the server list these purchases, and take one more."""

    def serve(seen: Seen) -> Answer:
        if seen.method == "GET":
            return Answer(200, {"data": list(held)})
        return answer or Answer(201, {"id": "new", "status": "active", **body_of(seen)})

    server.on(PURCHASES, serve)


def posted(server: Loopback) -> list[Any]:
    return [body_of(seen) for seen in server.asked(PURCHASES) if seen.method == "POST"]


def purchase(status: str = "closed", frame: str = "17_1", **more: Any) -> dict[str, Any]:
    return {
        "id": "old",
        "status": status,
        "frameID": frame,
        "contractID": CONTRACT,
        "eula": "STANDARD",
    } | more


def test_the_frame_is_found_in_every_form(frame: Any) -> None:
    import geopandas as gpd
    import pandas as pd

    name = frame.properties["iceye:frame_id"]
    row = gpd.GeoDataFrame([{"iceye:frame_id": name, "geometry": None}]).iloc[0]
    plain = pystac.Item("i", None, None, datetime(2026, 1, 1, tzinfo=UTC), {"frame_id": name})
    for form in (name, frame, frame.raw, row, pd.Series({"frame_id": name}), plain, {"frame_id": name}):
        assert frame_id_of(form) == name


@pytest.mark.parametrize(
    "value", ["", None, 3, {}, {"properties": {}}, "a91ccf1b-bbf1-4775-ba1d-2003cada8d32"]
)
def test_what_is_no_frame_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        frame_id_of(value)
    assert caught.value.field == "frame"


def test_the_price_asks_with_the_contracts_licence(server: Loopback, shop: Purchases) -> None:
    assert shop.price("17_1") == Price(amount=50000, currency="EUR")
    assert server.asked("/api/catalog/v2/price")[0].query == {
        "frameID": ["17_1"], "contractID": [CONTRACT], "eula": ["STANDARD"],
    }  # fmt: skip


def test_prices_and_quotes_come_from_the_sandbox(
    client: Client, frame: Any, contracts: dict[str, str]
) -> None:
    quote = client.catalog.quote(frame, contract_id=contracts["plan"])
    assert quote.price == client.catalog.price(frame, contract_id=contracts["plan"])
    assert quote.fits is True
    assert client.catalog.quote(frame, contract_id=contracts["no-plan"]).fits is None


def test_no_plan_and_no_frame_are_told_apart(client: Client, frame: Any, contracts: dict[str, str]) -> None:
    with pytest.raises(NoPricingPlanError):
        client.catalog.price(frame, contract_id=contracts["no-plan"])
    with pytest.raises(NotFoundError, match="no frame 0_0"):
        client.catalog.price("0_0", contract_id=contracts["plan"])


def test_a_licence_the_contract_does_not_allow_is_not_sent(server: Loopback, shop: Purchases) -> None:
    sell(server)
    with pytest.raises(InvalidInputError, match="Allowed: STANDARD, MULTI"):
        shop.purchase("17_1", eula="GOVERNMENT")
    assert posted(server) == []


def test_a_purchase_carries_frame_contract_licence_and_reference(server: Loopback, shop: Purchases) -> None:
    sell(server)
    bought = shop.purchase("17_1", reference="project-alpha", product_types="grd-cog", max_price=50000)
    assert posted(server) == [
        {"frameID": "17_1", "contractID": CONTRACT, "eula": "STANDARD", "reference": "project-alpha",
         "productTypes": ["GRD-COG"]}
    ]  # fmt: skip
    assert (bought.id, bought.is_open) == ("new", True)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (purchase("active"), "is being bought"),
        (purchase("closed"), "is bought already"),
        (purchase("closed", eula=None), "old"),
    ],
)
def test_the_same_frame_is_not_bought_twice_in_silence(
    server: Loopback, shop: Purchases, held: dict[str, Any], words: str
) -> None:
    sell(server, purchase(frame="1_1"), held)
    with pytest.raises(DuplicatePurchaseError, match=words) as caught:
        shop.purchase("17_1")
    assert isinstance(caught.value, MoneyGuardError)
    assert getattr(caught.value.existing, "id", None) == "old"
    assert posted(server) == []
    assert shop.purchase("17_1", allow_duplicate=True).id == "new"


@pytest.mark.parametrize(
    "held", [purchase("failed"), purchase("canceled"), purchase(eula="MULTI"), purchase(frame="1_1")]
)
def test_what_is_not_the_same_is_no_obstacle(server: Loopback, shop: Purchases, held: dict[str, Any]) -> None:
    sell(server, held)
    assert shop.purchase("17_1").id == "new"


def test_above_the_limit_nothing_is_sent(server: Loopback, shop: Purchases) -> None:
    sell(server)
    with pytest.raises(MoneyGuardError, match=r"500\.00 EUR, more than 499\.99 EUR"):
        shop.purchase("17_1", max_price=49999)
    server.on("/api/catalog/v2/price", Answer(400, {"code": "OUT_OF_BOUND_CONTRACT", "message": "no"}))
    with pytest.raises(MoneyGuardError, match="cannot be known"):
        shop.purchase("17_1", max_price=10**9)
    assert posted(server) == []


def test_a_dropped_answer_is_not_repeated_and_says_what_to_look_at(server: Loopback, shop: Purchases) -> None:
    sell(server, answer=Answer(cut="before"))
    with pytest.raises(ConnectionFailedError) as caught:
        shop.purchase("17_1")
    assert len(posted(server)) == 1
    assert "client.catalog.purchases()" in "".join(caught.value.__notes__)


def test_a_purchase_is_followed_to_its_items(fast: Client, fast_contract: str) -> None:
    item = next(iter(fast.catalog.search(collections=["public"], max_items=1).items()))
    price = fast.catalog.price(item, contract_id=fast_contract)
    bought = fast.catalog.purchase(item, contract_id=fast_contract, max_price=price)
    closed = fast.catalog.wait(bought, timeout=30, progress=None, first_pause=0.01)
    assert closed.status == "closed"
    items = fast.catalog.purchase_items(closed)
    assert {i.properties["iceye:frame_id"] for i in items} == {item.properties["iceye:frame_id"]}
    assert all(
        i.source is not None and i.source.kind == "purchase" and i.source.id == bought.id for i in items
    )
    assert bought.id in [p.id for p in fast.catalog.purchases(contract_id=fast_contract)]
    with pytest.raises(DuplicatePurchaseError):
        fast.catalog.purchase(item, contract_id=fast_contract)


def test_while_it_is_active_there_are_no_items(
    client: Client, sandbox: Sandbox, contracts: dict[str, str]
) -> None:
    item = list(client.catalog.search(collections=["public"], max_items=30).items())[-1]
    bought = client.catalog.purchase(item, contract_id=contracts["plan"], allow_duplicate=True)
    assert client.catalog.get_purchase(bought.id).is_open
    assert client.catalog.purchase_items(bought) == []


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_bad_end_raises_with_the_purchase(server: Loopback, shop: Purchases, status: str) -> None:
    server.on(f"{PURCHASES}/p", Answer(200, purchase("active")), Answer(200, purchase(status)))
    with pytest.raises(PurchaseFailedError, match=status) as caught:
        shop.wait("p", timeout=60, progress=None, first_pause=0.01)
    assert getattr(caught.value.last, "status", None) == status
