"""Deliveries: what is sent, how both list forms are read, the table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from transport.loopback import Answer, Loopback

from iceye_geo import Client
from iceye_geo.errors import DeliveryFailedError, InvalidInputError, UnexpectedAnswerError
from iceye_geo.services.delivery import DeliveryService, item_ids_of
from iceye_geo.transport.session import Session

from .conftest import CONTRACT, body_of

DELIVERIES = "/api/delivery/v1/deliveries"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def service(scripted: Session) -> DeliveryService:
    return DeliveryService(scripted, now=lambda: NOW)


def delivery(status: str = "PENDING", **more: Any) -> dict[str, Any]:
    places = [{"configID": "c", "path": "b", "subpath": "s"}, {"configID": "c", "path": "b2"}]
    return {"id": "d", "status": status, "itemIDs": ["i1", "i2"], "deliveryLocations": places} | more


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"data": x}, lambda x: {"locationConfigs": x}])
def test_places_are_read_bare_or_wrapped(server: Loopback, service: DeliveryService, wrap: Any) -> None:
    server.on(f"{DELIVERIES}/location-configs", Answer(200, wrap([{"id": "c", "config": {"bucket": "b"}}])))
    (config,) = service.locations()
    assert (config.id, config.bucket) == ("c", "b")


def test_an_answer_without_places_is_unexpected(server: Loopback, service: DeliveryService) -> None:
    server.on(f"{DELIVERIES}/location-configs", Answer(200, {"nothing": 1}))
    with pytest.raises(UnexpectedAnswerError):
        service.locations()


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_delivery_names_items_places_contract_and_webhook(
    server: Loopback, service: DeliveryService, status: int
) -> None:
    server.on(DELIVERIES, Answer(status, delivery()))
    made = service.create(["i1", {"id": "i2"}, "i1"], to=("c", "b", "s"), webhook_id="w")
    assert made.status == "PENDING"
    assert body_of(server.asked(DELIVERIES)[0]) == {
        "itemIDs": ["i1", "i2"],
        "deliveryLocations": [{"configID": "c", "path": "b", "subpath": "s"}],
        "contractID": CONTRACT,
        "notifications": {"webhook": {"id": "w"}},
    }


@pytest.mark.parametrize(
    ("items", "to"), [([], ("c", "b")), ([""], ("c", "b")), ([3], ("c", "b")), (["i"], [])]
)
def test_nothing_to_send_or_nowhere_to_send_it_is_refused(
    server: Loopback, service: DeliveryService, items: Any, to: Any
) -> None:
    with pytest.raises(InvalidInputError):
        service.create(items, to=to)
    assert server.asked(DELIVERIES) == []


def test_one_item_needs_no_list() -> None:
    class Item:
        id = "i"

    assert item_ids_of("i") == item_ids_of({"id": "i"}) == item_ids_of(Item()) == ["i"]


@pytest.mark.parametrize("key", ["deliveries", "data"])
def test_both_forms_of_the_list_are_read(server: Loopback, service: DeliveryService, key: str) -> None:
    server.on(DELIVERIES, Answer(200, {key: [delivery()], "cursor": ""}))
    assert [d.id for d in service.list()] == ["d"]


def test_the_table_says_which_item_went_where_and_when(server: Loopback, service: DeliveryService) -> None:
    server.on(DELIVERIES, Answer(201, delivery()))
    made = service.create(["i1", "i2"], to=[("c", "b", "s"), ("c", "b2")])
    signed = "https://b.s3.example.com/bundle?X-Amz-Signature=planted"
    server.on(f"{DELIVERIES}/d", Answer(200, delivery("SUCCESS", url=signed)))
    table = service.table([service.get(made)])
    assert list(table["item_id"]) == ["i1", "i1", "i2", "i2"]
    assert list(table["place"]) == ["b/s", "b2", "b/s", "b2"]
    assert set(table["status"]) == {"SUCCESS"}
    assert list(table["requested_at"].unique()) == list(table["finished_at"].unique()) == [NOW]
    assert set(table["url"]) == {"https://b.s3.example.com/bundle"}


def test_times_of_the_server_come_first_and_unknown_ones_stay_open(
    server: Loopback, service: DeliveryService
) -> None:
    stamps = {"createdAt": "2026-11-01T00:00:00Z", "updatedAt": "2026-11-02T00:00:00Z"}
    held = [delivery("SUCCESS", **stamps), delivery("PENDING", id="other", itemIDs=[], deliveryLocations=[])]
    server.on(DELIVERIES, Answer(200, {"deliveries": held}))
    table = service.table()
    assert table["requested_at"].iloc[0] == datetime(2026, 11, 1, tzinfo=UTC)
    assert table["finished_at"].iloc[0] == datetime(2026, 11, 2, tzinfo=UTC)
    last = table[table["delivery_id"] == "other"]
    assert len(last) == 1
    assert last["requested_at"].isna().all()


def test_an_empty_table_has_its_columns(server: Loopback, service: DeliveryService) -> None:
    server.on(DELIVERIES, Answer(200, {"deliveries": []}))
    table = service.table()
    assert (len(table), "finished_at" in table.columns) == (0, True)


def test_a_failed_delivery_raises_with_it(server: Loopback, service: DeliveryService) -> None:
    server.on(f"{DELIVERIES}/d", Answer(200, delivery()), Answer(200, delivery("failed")))
    with pytest.raises(DeliveryFailedError) as caught:
        service.wait("d", timeout=60, progress=None, first_pause=0.01)
    assert getattr(caught.value.last, "id", None) == "d"


def test_owned_items_arrive(fast: Client, fast_contract: str) -> None:
    owned = fast.catalog.search(collections=["private"], contract_id=fast_contract, max_items=2)
    made = fast.delivery.create(
        owned.items(), to=fast.delivery.locations()[0].target(sub_path="a/b"), contract_id=fast_contract
    )
    there = fast.delivery.wait(made, timeout=60, progress=None, first_pause=0.05)
    assert there.succeeded
    table = fast.delivery.table([there])
    assert set(table["item_id"]) == set(made.item_ids)
    assert table["finished_at"].notna().all()
    assert made.id in [d.id for d in fast.delivery.list()]
