"""The delivery panel without a screen: what is owned, where it can go, how far it is; for any provider."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from iceye_geo.errors import ConnectionFailedError, InvalidInputError
from iceye_geo.models.delivery import Delivery, DeliveryTarget, LocationConfig
from iceye_geo.panels.jobs import Ticket
from iceye_geo.redact import strip_query

if TYPE_CHECKING:
    from iceye_geo.client import Client

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
State = Literal["pending", "delivered", "failed", "unknown"]
#: So many owned items and deliveries are listed; narrow the list or use the services for more.
MAX_OWNED, MAX_DELIVERIES = 500, 100
_STATES: dict[str, State] = {"PENDING": "pending", "SUCCESS": "delivered", "FAILED": "failed"}


@dataclass(frozen=True, slots=True)
class OwnedItem:
    """Something owned that can be delivered: one product of one frame."""

    id: str
    product: str
    title: str
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryPlace:
    """A place that is set up for deliveries.

    Attributes:
        key: names it within its provider.
        title: what a person reads.
        usable: whether it can be chosen now.
    """

    key: str
    title: str
    usable: bool = True


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery as it is now.

    Attributes:
        id: the provider's id.
        state: neutral word; ``word`` is the provider's own.
        items: ids of what is delivered.
        places: where to, in words.
        asked_at: when, aware UTC, where it is known.
        where: where the files lie, without a signature.
    """

    id: str
    state: State
    word: str
    items: tuple[str, ...]
    places: tuple[str, ...]
    asked_at: datetime | None = None
    where: str = ""
    raw: Any = field(default=None, repr=False, compare=False)

    @property
    def is_open(self) -> bool:
        """Whether something may still happen."""
        return self.state in ("pending", "unknown")


class DeliveryProvider(Protocol):
    """What the panel needs of a provider. ICEYE is one; others join by having these methods."""

    name: str

    def owned(self) -> Sequence[OwnedItem]:
        """Return what can be delivered."""

    def places(self) -> Sequence[DeliveryPlace]:
        """Return where it can go."""

    def deliver(self, item_ids: Sequence[str], place: str, *, sub_path: str = "") -> DeliveryRow:
        """Send items to a place, named by its key."""

    def status(self) -> Sequence[DeliveryRow]:
        """Return the deliveries, newest first."""

    def redeliver(self, row: DeliveryRow) -> DeliveryRow:
        """Send the items of a failed delivery to its places once more."""


class IceyeDelivery:
    """ICEYE's Delivery API as a provider.

    Args:
        client: whom to ask.
        contract_id: who owns the items; default the configured contract, else all that are in force.

    Example:
        >>> iceye = IceyeDelivery(client)
        >>> [place.title for place in iceye.places()][:1]
        ['sandbox-bucket (s3, eu-north-1)']
    """

    name = "ICEYE"

    def __init__(self, client: Client, *, contract_id: str | None = None) -> None:
        self._client = client
        self._contract_id = contract_id
        self._owners: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"IceyeDelivery({self._client!r})"

    def owned(self) -> list[OwnedItem]:
        """Return the newest owned items, at most `MAX_OWNED` of each contract."""
        found: dict[str, OwnedItem] = {}
        for contract in self._contracts():
            search = self._client.catalog.search(
                collections=["private"], contract_id=contract, sortby="-start_datetime", max_items=MAX_OWNED
            )
            for item in search.items():
                found.setdefault(item.id, _owned(item))
                self._owners.setdefault(item.id, contract)
        return sorted(found.values(), key=lambda one: one.when or _LONG_AGO, reverse=True)

    def places(self) -> list[DeliveryPlace]:
        """Return the location configs; keys and secrets of the storage stay out."""
        return [_place(config) for config in self._client.delivery.locations()]

    def deliver(self, item_ids: Sequence[str], place: str, *, sub_path: str = "") -> DeliveryRow:
        """Send items to a location config.

        Raises:
            InvalidInputError: no item, or the place is not among the configs.
        """
        config = next((one for one in self._client.delivery.locations() if one.id == place), None)
        if config is None:
            raise InvalidInputError("place", "is no longer set up", hint="Refresh the list of places.")
        target = config.target(sub_path=sub_path.strip().strip("/") or None)
        return self._send(list(item_ids), [target])

    def status(self) -> list[DeliveryRow]:
        """Return the deliveries of the account, at most `MAX_DELIVERIES`."""
        return [_row(one) for one in self._client.delivery.list(max_items=MAX_DELIVERIES)]

    def redeliver(self, row: DeliveryRow) -> DeliveryRow:
        """Send the items of a failed delivery to the same places.

        Raises:
            InvalidInputError: ICEYE does not say which places they were.
        """
        held = row.raw.delivery_locations if isinstance(row.raw, Delivery) else ()
        targets = [DeliveryTarget(p.config_id, p.path, p.sub_path) for p in held if p.config_id and p.path]
        if not targets or not row.items:
            raise InvalidInputError(
                "delivery", "does not say its items and places", hint="Choose them and deliver anew."
            )
        return self._send(list(row.items), targets)

    def _contracts(self) -> list[str]:
        """Return the contract that is configured, else all that are in force: the panel asks nobody to choose."""
        try:
            return [self._client.resolve_contract_id(self._contract_id)]
        except InvalidInputError:
            usable = [one.id for one in self._client.company.contracts() if one.is_active(datetime.now(UTC))]
            if not usable:
                raise
            return usable

    def _send(self, items: list[str], targets: list[DeliveryTarget]) -> DeliveryRow:
        owners = {self._owners.get(item) for item in items}
        if len(owners) > 1:
            rule = f"belong to {len(owners)} contracts"
            raise InvalidInputError("items", rule, hint="Deliver the items of each contract by themselves.")
        contract = owners.pop() or self._client.resolve_contract_id(self._contract_id)
        return _row(self._client.delivery.create(items, to=targets, contract_id=contract))


class DeliveryControl:
    """What the delivery panel can do, for one or several providers.

    Args:
        providers: one or several; the first is chosen at the start.

    Raises:
        InvalidInputError: there is no provider, or two have one name.

    Example:
        >>> control = DeliveryControl([IceyeDelivery(client)])
        >>> control.names
        ('ICEYE',)
    """

    def __init__(self, providers: Sequence[DeliveryProvider]) -> None:
        self._providers: dict[str, DeliveryProvider] = {one.name: one for one in providers}
        if not providers or len(self._providers) != len(providers):
            raise InvalidInputError("providers", "must be one or several, each with a name of its own")
        self._lock = threading.Lock()
        self._sent: dict[tuple[str, ...], DeliveryRow] = {}
        self._again: dict[tuple[str, str], str] = {}

    def __repr__(self) -> str:
        return f"DeliveryControl({', '.join(self.names)})"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the providers."""
        return tuple(self._providers)

    def join(self, provider: DeliveryProvider) -> None:
        """Take one more provider.

        Raises:
            InvalidInputError: one of this name is there already.
        """
        if provider.name in self._providers:
            raise InvalidInputError("provider", f"there is one named {provider.name} already")
        self._providers[provider.name] = provider

    def provider(self, name: str) -> DeliveryProvider:
        """Return a provider by its name."""
        if name not in self._providers:
            raise InvalidInputError("provider", f"{name} is not one of {', '.join(self.names)}")
        return self._providers[name]

    def deliver(
        self, name: str, item_ids: Sequence[str], place: str, *, sub_path: str = "", click: str = ""
    ) -> DeliveryRow:
        """Send items to a place, once a click.

        Args:
            name: the provider.
            item_ids: what.
            place: key of the place.
            sub_path: folder below it.
            click: names the click; the same click again sends nothing and returns what it sent.

        Raises:
            InvalidInputError: nothing or no place is chosen, or the folder leads out of the place; nothing was sent.
            ApiError: the provider refused.
        """
        if not item_ids:
            raise InvalidInputError("items", "choose at least one item")
        if not place:
            raise InvalidInputError("place", "choose where it should go")
        _check_folder(sub_path)
        key = (click, name, place, sub_path, *item_ids)
        with self._lock:
            if not click or key not in self._sent:
                self._sent[key] = self.provider(name).deliver(item_ids, place, sub_path=sub_path)
            return self._sent[key]

    def status(self, name: str) -> list[DeliveryRow]:
        """Return the deliveries of a provider, those under way first, else in the provider's order."""
        return sorted(self.provider(name).status(), key=lambda row: not row.is_open)

    def failed(self, name: str, rows: Sequence[DeliveryRow]) -> list[DeliveryRow]:
        """Return the failed deliveries that were not sent again from here."""
        return [row for row in rows if row.state == "failed" and (name, row.id) not in self._again]

    def redeliver(self, name: str, rows: Sequence[DeliveryRow]) -> list[DeliveryRow]:
        """Send failed deliveries once more, each once. The first refusal stops it; what was sent stays.

        Raises:
            ApiError: the provider refused one.
        """
        sent = []
        with self._lock:
            for row in self.failed(name, rows):
                try:
                    fresh = self.provider(name).redeliver(row)
                except ConnectionFailedError as error:
                    if not error.never_sent:
                        self._again[name, row.id] = (
                            ""  # it may be under way: the list tells, a person decides
                        )
                    raise
                self._again[name, row.id] = fresh.id
                sent.append(fresh)
        return sent

    def follow(
        self, name: str, changed: Callable[[list[DeliveryRow]], None], *, ticket: Ticket, poll_s: float
    ) -> None:
        """Ask for the status again and again until nothing is under way or the ticket is stopped.

        Args:
            name: the provider.
            changed: called with all rows whenever one differs.
            ticket: stops it at once.
            poll_s: seconds between two questions; grows to ten times as much while nothing happens.
        """
        last: list[DeliveryRow] = []
        pause = poll_s
        while True:
            rows = self.status(name)
            ticket.check()
            if rows != last:
                changed(rows)
                last, pause = rows, poll_s
            if not any(row.is_open for row in rows):
                return
            ticket.sleep(pause)
            pause = min(pause * 1.5, poll_s * 10)


def _check_folder(sub_path: str) -> None:
    parts = sub_path.replace("\\", "/").split("/")
    if ".." in parts or any(ord(char) < 32 for char in sub_path):
        raise InvalidInputError("folder", "must be plain names with slashes between them")


def _owned(item: Any) -> OwnedItem:
    held = item.properties
    product = str(held.get("sar:product_type") or held.get("product:type") or "product")
    frame = held.get("iceye:frame_id") or item.id
    return OwnedItem(item.id, product, str(frame), item.datetime or item.common_metadata.start_datetime)


def _place(config: LocationConfig) -> DeliveryPlace:
    facts = ", ".join(fact for fact in (config.method, config.region) if fact)
    title = f"{config.bucket or config.id[:8]}{f' ({facts})' if facts else ''}"
    return DeliveryPlace(config.id, title if config.is_active else f"{title}, inactive", config.is_active)


def _row(delivery: Delivery) -> DeliveryRow:
    return DeliveryRow(
        id=delivery.id, state=_STATES.get(delivery.status.upper(), "unknown"), word=delivery.status,
        items=tuple(delivery.item_ids), places=tuple(str(one) for one in delivery.delivery_locations),
        asked_at=delivery.created_at, where=strip_query(delivery.url) if delivery.url else "", raw=delivery,
    )  # fmt: skip
