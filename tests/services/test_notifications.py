"""Webhooks: registering, and what a server may not have."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from transport.loopback import Answer, Loopback

from iceye_geo import Client
from iceye_geo.errors import BadRequestError, CapabilityNotSupportedError, InvalidInputError, NotFoundError
from iceye_geo.models.notifications import BasicAuth, OAuth2ClientCredentials
from iceye_geo.services.notifications import NotificationsService
from iceye_geo.transport.session import Session

from .conftest import body_of

WEBHOOKS = "/api/notifications/v1/webhooks"
URL = "https://hooks.example.org/iceye"
SECRET = "planted-callback-secret"


@pytest.mark.parametrize(
    "auth",
    [None, BasicAuth("iceye", SECRET), OAuth2ClientCredentials(f"{URL}/token", "iceye", SECRET, scope="x")],
)
def test_webhooks_are_registered_listed_read_and_deleted(client: Client, auth: Any) -> None:
    webhook = client.notifications.register(URL, auth=auth)
    assert client.notifications.get(webhook).url == URL
    assert webhook.id in [w.id for w in client.notifications.list()]
    client.notifications.delete(webhook.id)
    with pytest.raises(NotFoundError):
        client.notifications.get(webhook)


def test_the_secret_goes_to_the_wire_and_nowhere_else(
    server: Loopback, scripted: Session, caplog: pytest.LogCaptureFixture
) -> None:
    server.on(WEBHOOKS, Answer(400, {"code": "ERR", "message": f"password={SECRET} is too short"}))
    with caplog.at_level(logging.DEBUG), pytest.raises(BadRequestError) as caught:
        NotificationsService(scripted).register(URL, auth=BasicAuth("iceye", SECRET))
    assert body_of(server.asked(WEBHOOKS)[0])["auth"]["password"] == SECRET
    assert SECRET not in caplog.text + str(caught.value) + repr(caught.value)


def test_addresses_without_tls_are_not_sent(server: Loopback, scripted: Session) -> None:
    with pytest.raises(InvalidInputError, match="https"):
        NotificationsService(scripted).register("http://hooks.example.org/")
    assert server.asked(WEBHOOKS) == []


@pytest.mark.parametrize(
    "missing",
    [
        Answer(405, {"code": "x", "message": "no"}),
        Answer(501, {}),
        Answer(404, body=b"Not Found", headers={"Content-Type": "text/plain"}),
    ],
)
def test_what_the_server_has_not_is_said_in_one_class(
    server: Loopback, scripted: Session, missing: Answer
) -> None:
    server.on(WEBHOOKS, missing)
    server.on(f"{WEBHOOKS}/w", missing)
    service = NotificationsService(scripted)
    with pytest.raises(CapabilityNotSupportedError, match="cannot list webhooks"):
        service.list()
    with pytest.raises(CapabilityNotSupportedError, match="cannot read a webhook"):
        service.get("w")
    with pytest.raises(CapabilityNotSupportedError, match="cannot delete a webhook"):
        service.delete("w")
    with pytest.raises(CapabilityNotSupportedError, match="cannot change a webhook"):
        service.update("w", url=URL)


def test_address_and_credentials_are_changed_each_on_its_own(client: Client) -> None:
    webhook = client.notifications.register(URL)
    assert client.notifications.update(webhook, auth=BasicAuth("iceye", SECRET)).url == URL
    assert client.notifications.update(webhook.id, url=f"{URL}/new").url == f"{URL}/new"
    with pytest.raises(InvalidInputError, match="nothing changes"):
        client.notifications.update(webhook)
    client.notifications.delete(webhook)


def test_a_404_with_a_code_speaks_of_the_webhook(server: Loopback, scripted: Session) -> None:
    server.on(f"{WEBHOOKS}/w", Answer(404, {"code": "not_found", "message": "no rows"}))
    with pytest.raises(NotFoundError):
        NotificationsService(scripted).get("w")
