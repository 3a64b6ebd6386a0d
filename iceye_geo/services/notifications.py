"""The Notifications API: the addresses that ICEYE calls when a task, a purchase or a delivery changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from iceye_geo.errors import ApiError, CapabilityNotSupportedError, InvalidInputError, NotFoundError
from iceye_geo.models.base import ModelList
from iceye_geo.models.checks import read_id
from iceye_geo.models.notifications import CallbackAuth, Webhook, check_callback_url, webhook_body
from iceye_geo.services.lists import read_all
from iceye_geo.transport.session import Session

_WEBHOOKS = "/notifications/v1/webhooks"
_PAGE_SIZE = 100
_NO_SUCH_METHOD = frozenset({405, 501})

T = TypeVar("T")
WebhookRef = Webhook | str


class NotificationsService:
    """Webhooks. Registering is documented; listing, reading and deleting may not exist on ICEYE's side.

    Args:
        session: the authenticated session.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def register(self, url: str, *, auth: CallbackAuth | None = None) -> Webhook:
        """Register a callback address, once; its id then goes into tasks and deliveries.

        Args:
            url: where ICEYE calls; https (http on this machine only).
            auth: how ICEYE proves itself there: `BasicAuth`, `OAuth2ClientCredentials`, or not at all.

        Raises:
            InvalidInputError: the address is no https URL; nothing was sent.

        Example:
            >>> from iceye_geo.models.notifications import BasicAuth
            >>> webhook = client.notifications.register(
            ...     "https://hooks.example.org/iceye", auth=BasicAuth("iceye", "change-me")
            ... )
            >>> client.notifications.get(webhook).url
            'https://hooks.example.org/iceye'
            >>> client.notifications.delete(webhook)
        """
        check_callback_url(url, field="url")
        raw = self._session.post(_WEBHOOKS, json=webhook_body(url, auth), operation="registerWebhook")
        return Webhook.from_wire(raw, operation="registerWebhook")

    def list(self) -> ModelList[Webhook]:
        """Return every registered webhook.

        Raises:
            CapabilityNotSupportedError: this server cannot list them.

        Example:
            >>> webhook = client.notifications.register("https://hooks.example.org/iceye")
            >>> webhook.id in [one.id for one in client.notifications.list()]
            True
            >>> client.notifications.delete(webhook)
        """
        params = {"limit": _PAGE_SIZE}
        raws = _supported(
            "list webhooks",
            lambda: read_all(
                lambda cursor: self._session.get(
                    _WEBHOOKS, params={**params, "cursor": cursor}, operation="listWebhooks"
                ),
                keys=("data", "webhooks"),
            ),
            whole_path=True,
        )
        return ModelList(Webhook.from_wire(raw, operation="listWebhooks") for raw in raws)

    def get(self, webhook: WebhookRef) -> Webhook:
        """Return one webhook.

        Args:
            webhook: a webhook or its id.

        Raises:
            NotFoundError: there is no such webhook.
            CapabilityNotSupportedError: this server cannot read them.

        Example:
            >>> client.notifications.get("00000000-0000-0000-0000-000000000000")
            Traceback (most recent call last):
            iceye_geo.errors.NotFoundError: getWebhook 404 not_found
        """
        path = self._path(webhook)
        raw = _supported("read a webhook", lambda: self._session.get(path, operation="getWebhook"))
        return Webhook.from_wire(raw, operation="getWebhook")

    def update(
        self, webhook: WebhookRef, *, url: str | None = None, auth: CallbackAuth | None = None
    ) -> Webhook:
        """Change the address of a webhook, its credentials, or both.

        Args:
            webhook: a webhook or its id.
            url: the new address; None leaves it.
            auth: the new credentials; None leaves them.

        Raises:
            InvalidInputError: nothing is to change, or the address is no https URL; nothing was sent.
            NotFoundError: there is no such webhook.
            CapabilityNotSupportedError: this server cannot change them.

        Example:
            >>> webhook = client.notifications.register("https://hooks.example.org/iceye")
            >>> client.notifications.update(webhook, url="https://hooks.example.org/new").url
            'https://hooks.example.org/new'
            >>> client.notifications.delete(webhook)
        """
        if url is None and auth is None:
            raise InvalidInputError("url", "or auth must be given, or nothing changes")
        path, body = self._path(webhook), webhook_body(url, auth)
        raw = _supported(
            "change a webhook", lambda: self._session.patch(path, json=body, operation="updateWebhook")
        )
        return Webhook.from_wire(raw, operation="updateWebhook")

    def delete(self, webhook: WebhookRef) -> None:
        """Delete one webhook.

        Args:
            webhook: a webhook or its id.

        Raises:
            NotFoundError: there is no such webhook.
            CapabilityNotSupportedError: this server cannot delete them.

        Example:
            >>> client.notifications.delete("00000000-0000-0000-0000-000000000000")
            Traceback (most recent call last):
            iceye_geo.errors.NotFoundError: deleteWebhook 404 not_found
        """
        path = self._path(webhook)
        _supported("delete a webhook", lambda: self._session.delete(path, operation="deleteWebhook"))

    def _path(self, webhook: WebhookRef) -> str:
        return f"{_WEBHOOKS}/{read_id(webhook, field='webhook')}"


def _supported(what: str, call: Callable[[], T], *, whole_path: bool = False) -> T:
    # A server that has not got the operation answers 405 or 501 where the path exists for another method, and a bare
    # 404 without ICEYE's error body where it does not. A 404 with a code speaks of the webhook.
    try:
        return call()
    except ApiError as error:
        missing = isinstance(error, NotFoundError) and (whole_path or not error.code)
        if error.status in _NO_SUCH_METHOD or missing:
            raise CapabilityNotSupportedError(
                f"this server cannot {what} (HTTP {error.status}). ICEYE documents registering only; keep the "
                "webhook's id yourself, and ask ICEYE to change it."
            ) from error
        raise
