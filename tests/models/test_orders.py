"""Purchases, deliveries and webhooks: tolerant readers, secrets that do not show."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.catalog import Purchase
from iceye_geo.models.delivery import Delivery, LocationConfig
from iceye_geo.models.notifications import BasicAuth, OAuth2ClientCredentials, Webhook, webhook_body


@pytest.mark.parametrize(
    ("status", "terminal", "products"),
    [
        ("received", False, False), ("active", False, False), ("closed", True, True), ("failed", True, False),
        ("canceled", True, False), ("CLOSED", True, True), ("on-hold", False, False),
    ],
)  # fmt: skip
def test_the_life_of_a_purchase(status: str, terminal: bool, products: bool) -> None:
    purchase = Purchase.from_wire({"id": "p", "status": status, "productTypes": None})
    assert (purchase.is_terminal, purchase.has_products, purchase.is_open) == (
        terminal,
        products,
        not terminal,
    )
    assert not purchase.cancellable


@pytest.mark.parametrize("status", ["SUCCESS", "success"])
def test_delivery_statuses_come_in_both_cases(status: str) -> None:
    delivery = Delivery.from_wire({"id": "d", "status": status})
    assert delivery.succeeded
    assert delivery.is_terminal


@pytest.mark.parametrize("spelling", ["subpath", "subPath"])
def test_both_spellings_of_the_sub_path_are_read_and_the_apis_own_is_written(spelling: str) -> None:
    wire = {
        "id": "d",
        "status": "PENDING",
        "deliveryLocations": [{"configID": "c", "path": "b", spelling: "s"}],
    }
    delivery = Delivery.from_wire(wire)
    assert str(delivery.delivery_locations[0]) == "b/s"
    assert delivery.to_dict()["deliveryLocations"] == [{"configID": "c", "path": "b", "subpath": "s"}]


def test_item_ids_go_back_under_their_wire_name() -> None:
    delivery = Delivery.from_wire({"id": "d", "status": "PENDING", "itemIDs": ["a"]})
    assert delivery.item_ids == ["a"]
    assert delivery.to_dict()["itemIDs"] == ["a"]


def test_a_config_without_a_bucket_needs_a_path() -> None:
    config = LocationConfig.from_wire({"id": "c"})
    assert config.is_active
    assert config.target("b").path == "b"
    with pytest.raises(InvalidInputError, match="names no bucket"):
        config.target()


def test_credentials_are_written_to_the_wire_and_nowhere_else() -> None:
    basic = BasicAuth("iceye", "planted-secret")
    oauth = OAuth2ClientCredentials("https://h.example/oauth2/token", "iceye", "planted-secret", scope="s")
    assert webhook_body("https://h.example/x", basic) == {
        "url": "https://h.example/x", "auth": {"type": "basic", "username": "iceye", "password": "planted-secret"},
    }  # fmt: skip
    assert oauth.to_wire() == {
        "type": "oauth2", "tokenURL": "https://h.example/oauth2/token", "clientID": "iceye",
        "clientSecret": "planted-secret", "scope": "s",
    }  # fmt: skip
    for auth in (basic, oauth):
        assert "planted-secret" not in repr(auth) + str(auth) + f"{auth!r}"
        with pytest.raises(TypeError, match="never pickled"):
            pickle.dumps(auth)


@pytest.mark.parametrize(
    "url",
    [
        "http://h.example/x",
        "ftp://h.example",
        "h.example",
        "",
        "https://",
        "https://me:pw@h.example/x",
        3,
    ],
)
def test_callback_addresses_are_https(url: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        webhook_body(url, None)
    assert "pw" not in str(caught.value).replace("https", "")


@pytest.mark.parametrize(
    "url", ["https://h.example/x", "http://127.0.0.1:8080/", "http://localhost/", "http://[::1]:1/"]
)
def test_this_machine_may_be_called_without_tls(url: str) -> None:
    assert webhook_body(url, None) == {"url": url}


@pytest.mark.parametrize("arguments", [("", "x"), ("a:b", "x"), ("a", "")])
def test_unusable_credentials_are_refused(arguments: tuple[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        BasicAuth(*arguments)


def test_webhooks_are_read_whatever_their_id_is_called() -> None:
    assert Webhook.from_wire({"webhookID": "w", "callbackURL": "https://h"}).url == "https://h"
