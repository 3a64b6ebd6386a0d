"""The book of webhooks: who wants to be called back, and the moment to do it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iceye_geo.sandbox.answers import bad_request, not_found, parse_uuid
from iceye_geo.sandbox.lifecycle.bodies import Auth, Notifications, WebhookBody, WebhookUpdate
from iceye_geo.sandbox.lifecycle.callbacks import Target
from iceye_geo.sandbox.lifecycle.life import Life
from iceye_geo.sandbox.lifecycle.records import WebhookRecord

if TYPE_CHECKING:
    from iceye_geo.sandbox.lifecycle.hub import Lifecycle


class Webhooks:
    """Registers callback addresses and sends callbacks to them."""

    def __init__(self, hub: Lifecycle) -> None:
        self._hub = hub

    @property
    def records(self) -> dict[str, WebhookRecord]:
        """The webhooks by id."""
        return self._hub.state.webhooks

    def register(self, body: WebhookBody) -> WebhookRecord:
        """Keep a new callback address."""
        with self._hub.change():
            webhook_id, now, _ = self._hub.fresh()
            record = WebhookRecord(webhook_id, body.url, now, now, _plain(body.auth))
            self.records[webhook_id] = record
            return record

    def list(self) -> list[WebhookRecord]:
        """Return all webhooks, newest first."""
        with self._hub.look():
            return list(reversed(self.records.values()))

    def get(self, webhook_id: str) -> WebhookRecord:
        """Return one webhook; refuse with 404 an unknown id."""
        record = self.records.get(parse_uuid(webhook_id) or "")
        return record if record is not None else not_found(title="Webhook Not Found")

    def update(self, webhook_id: str, body: WebhookUpdate) -> WebhookRecord:
        """Change the address, the credentials, or both."""
        with self._hub.change():
            old = self.get(webhook_id)
            new = replace(
                old,
                url=body.url or old.url,
                auth=_plain(body.auth) if body.auth else old.auth,
                updated=self._hub.wall(),
            )
            self.records[new.id] = new
            return new

    def delete(self, webhook_id: str) -> None:
        """Forget a webhook; resources that name it are no longer reported."""
        with self._hub.change():
            del self.records[self.get(webhook_id).id]

    def checked(self, wish: Notifications | None) -> str | None:
        """Return the webhook id that a request names, if any; refuse with 400 one that is not registered."""
        webhook_id = wish.webhook_id if wish else None
        if webhook_id is not None and webhook_id not in self.records:
            bad_request("notifications.webhook.id is not a registered webhook")
        return webhook_id

    def notify(self, record: Life, *, kind: str) -> None:
        """Call back the webhook of a resource that changed, if it has one."""
        webhook = self.records.get(record.webhook_id or "")
        if webhook is not None:
            self._hub.caller.send(Target(webhook.url, webhook.auth), id=record.id, type=kind)


def _plain(auth: Auth | None) -> dict[str, str] | None:
    return auth.model_dump(by_alias=True) if auth else None
