"""The Delivery API: places that are set up, sending owned items there, following it."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from iceye_geo.errors import DeliveryFailedError, InvalidInputError, UnexpectedAnswerError
from iceye_geo.models.base import ModelList
from iceye_geo.models.checks import read_id
from iceye_geo.models.delivery import Delivery, LocationConfig, TargetLike, read_targets
from iceye_geo.redact import strip_query
from iceye_geo.services.company import CompanyService
from iceye_geo.services.contracts import ContractBook, ContractLike
from iceye_geo.services.deferred import Deferred
from iceye_geo.services.lists import deferred
from iceye_geo.services.progress import ProgressLike
from iceye_geo.services.reading import doubt, read_one
from iceye_geo.services.waiting import LONGEST_PAUSE_S, Goal, wait_for
from iceye_geo.transport.session import Session

if TYPE_CHECKING:
    import pandas as pd

_DELIVERIES = "/delivery/v1/deliveries"
# The documented maximum of this list.
_PAGE_SIZE = 100
_LIST_KEYS = ("deliveries", "data")
_LOCATION_KEYS = ("data", "locationConfigs", "locations")
_ORDER = ("PENDING", "SUCCESS")
_COLUMNS = ("delivery_id", "item_id", "place", "status", "requested_at", "finished_at", "url")

DeliveryRef = Delivery | str


class DeliveryService:
    """Owned items on their way into your storage.

    Args:
        session: the authenticated session.
        contracts: where contracts are looked up; default the Company API.
        now: the current time, aware; the table says when something was asked for.
    """

    def __init__(
        self,
        session: Session,
        *,
        contracts: ContractBook | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._session = session
        self._contracts = contracts or ContractBook(CompanyService(session))
        self._now = now
        # ICEYE's answers state no times, so what this client saw itself is kept: id -> (asked, seen finished).
        self._times: dict[str, tuple[datetime | None, datetime | None]] = {}
        self._lock = threading.Lock()

    def locations(self) -> ModelList[LocationConfig]:
        """Return the places that ICEYE has set up for you.

        Example:
            >>> client.delivery.locations()[0].method
            's3'
        """
        operation = "listDeliveryLocationConfigs"
        raw = self._session.get(f"{_DELIVERIES}/location-configs", operation=operation)
        if isinstance(raw, Mapping):
            raw = next((raw[key] for key in _LOCATION_KEYS if isinstance(raw.get(key), list)), None)
        if not isinstance(raw, list):
            raise UnexpectedAnswerError("the answer holds no list of location configs", operation=operation)
        return ModelList(LocationConfig.from_wire(one, operation=operation) for one in raw)

    def create(
        self,
        items: Any,
        *,
        to: Sequence[TargetLike] | TargetLike,
        contract_id: ContractLike | None = None,
        webhook_id: Any = None,
    ) -> Delivery:
        """Send owned items to one or several places. Files land directly in path + sub_path.

        Args:
            items: Items, records or ids; one or several. One item is one product of one frame.
            to: where to: `DeliveryTarget`, a location config, or (config_id, path[, sub_path]); one or several.
            contract_id: default the configured or the only active contract.
            webhook_id: registered webhook that is called when the status changes.

        Raises:
            InvalidInputError: no item, or no place; nothing was sent.
            ConnectionFailedError: no answer; if it was sent, look into ``list()`` before sending again.

        Example:
            >>> contract_id = client.company.contracts()[0].id
            >>> owned = client.catalog.search(collections=["private"], contract_id=contract_id, max_items=1)
            >>> delivery = client.delivery.create(
            ...     owned.items(), to=client.delivery.locations()[0], contract_id=contract_id
            ... )
            >>> delivery.status, len(delivery.item_ids)
            ('PENDING', 1)
        """
        body: dict[str, Any] = {
            "itemIDs": item_ids_of(items),
            "deliveryLocations": [target.to_delivery_location() for target in read_targets(to)],
            "contractID": self._contracts.choose(contract_id),
        }
        if webhook_id is not None:
            body["notifications"] = {"webhook": {"id": read_id(webhook_id, field="webhook_id")}}
        asked = self._now()
        with doubt("The delivery may have been created: look into client.delivery.list() first."):
            raw = self._session.post(_DELIVERIES, json=body, operation="createDelivery")
        delivery = Delivery.from_wire(raw, operation="createDelivery")
        self._note(delivery, asked=asked)
        return delivery

    def list(self, *, max_items: int | None = None) -> Deferred[Delivery]:
        """Return the deliveries of the account; asked for page by page when read.

        Args:
            max_items: stop after so many.

        Example:
            >>> client.delivery.list(max_items=3)
            <Deferred deliveries: not read yet>
        """
        return deferred(
            self._session, _DELIVERIES, Delivery, title="deliveries", operation="listDeliveries",
            page_size=_PAGE_SIZE, keys=_LIST_KEYS, max_items=max_items,
        )  # fmt: skip

    def get(self, delivery: DeliveryRef, *, timeout: float | None = None) -> Delivery:
        """Return a delivery as it is now.

        Args:
            delivery: a delivery or its id.
            timeout: seconds that the request may take; default and at most the settings'.

        Raises:
            NotFoundError: there is no such delivery.

        Example:
            >>> client.delivery.get("00000000-0000-0000-0000-000000000000")
            Traceback (most recent call last):
            iceye_geo.errors.NotFoundError: getDelivery 404 not_found
        """
        path = f"{_DELIVERIES}/{read_id(delivery, field='delivery')}"
        found = read_one(self._session, path, Delivery, operation="getDelivery", timeout=timeout)
        self._note(found)
        return found

    def wait(
        self,
        delivery: DeliveryRef,
        *,
        timeout: float,
        progress: ProgressLike = "auto",
        first_pause: float | None = None,
        longest_pause: float = LONGEST_PAUSE_S,
    ) -> Delivery:
        """Wait until the files are there, and return the delivery as it is then.

        Args:
            delivery: a delivery or its id.
            timeout: seconds after which to give up.
            progress: "auto" shows a bar in a terminal or notebook; a callable gets each state; None is silent.
            first_pause: seconds between the first two looks; the pauses grow.
            longest_pause: seconds between looks at most.

        Raises:
            WaitTimeoutError: the time is up; ``last`` is the delivery as last seen.
            DeliveryFailedError: it ended as FAILED; ``last`` is the delivery.

        Example:
            >>> contract = client.company.contracts()[0]
            >>> owned = client.catalog.search(collections=["private"], contract_id=contract, max_items=1)
            >>> place = client.delivery.locations()[0]
            >>> delivery = client.delivery.create(owned.items(), to=place, contract_id=contract)
            >>> client.delivery.wait(delivery, timeout=0.1)
            Traceback (most recent call last):
            iceye_geo.errors.WaitTimeoutError: delivery ... is not there after 0.1 s
        """
        delivery_id = read_id(delivery, field="delivery")
        goal = Goal(
            title=f"delivery {delivery_id[:8]}", look=lambda left: self.get(delivery_id, timeout=left),
            status=lambda d: d.status, is_reached=lambda d: d.succeeded,
            has_failed=lambda d: d.has_failed, error=DeliveryFailedError, order=_ORDER,
        )  # fmt: skip
        return wait_for(
            goal, timeout=timeout, progress=progress, first_pause=first_pause, longest_pause=longest_pause
        )

    def table(self, deliveries: Iterable[Delivery] | None = None, *, max_items: int = 100) -> pd.DataFrame:
        """Return which item went where, when, and how far it is: one row per item and place.

        Args:
            deliveries: which; default the newest of the account.
            max_items: how many of them, where none are given.

        Returns:
            Columns delivery_id, item_id, place, status, requested_at, finished_at (aware UTC; where the server
            does not say them: what this client saw itself, else NaT) and url without its signature.

        Example:
            >>> list(client.delivery.table(max_items=1).columns)[:4]
            ['delivery_id', 'item_id', 'place', 'status']
        """
        import pandas as pd

        chosen = self.list(max_items=max_items) if deliveries is None else deliveries
        rows = [row for delivery in chosen for row in self._rows(delivery)]
        frame = pd.DataFrame(rows, columns=builtins.list(_COLUMNS))
        for name in ("requested_at", "finished_at"):
            frame[name] = pd.to_datetime(frame[name], utc=True)
        return frame

    def _rows(self, delivery: Delivery) -> Iterable[dict[str, Any]]:
        self._note(delivery)
        asked, finished = self._times.get(delivery.id, (None, None))
        end = delivery.updated_at if delivery.is_terminal else None
        for item_id in delivery.item_ids or [""]:
            for place in [str(one) for one in delivery.delivery_locations] or [""]:
                yield {
                    "delivery_id": delivery.id, "item_id": item_id, "place": place,
                    "status": delivery.status, "requested_at": delivery.created_at or asked,
                    "finished_at": end or finished, "url": _plain_url(delivery.url),
                }  # fmt: skip

    def _note(self, delivery: Delivery, *, asked: datetime | None = None) -> None:
        with self._lock:
            known, finished = self._times.get(delivery.id, (None, None))
            if known is None and asked is None:
                return  # a delivery of another client: when this one looked says nothing
            if finished is None and delivery.is_terminal:
                finished = self._now()
            self._times[delivery.id] = known or asked, finished


def item_ids_of(items: Any) -> builtins.list[str]:
    """Return the ids of Items, records or ids, each once and in order.

    Raises:
        InvalidInputError: there is none, or one has no id.

    Example:
        >>> item_ids_of(["a", {"id": "b"}, "a"])
        ['a', 'b']
    """
    single = isinstance(items, str | Mapping) or isinstance(getattr(items, "id", None), str)
    given = builtins.list(items) if isinstance(items, Iterable) and not single else [items]
    ids = [one if isinstance(one, str) else _id_of(one) for one in given]
    if not ids or not all(isinstance(one, str) and one.strip() for one in ids):
        raise InvalidInputError("items", "must be Items or item ids, at least one")
    return builtins.list(dict.fromkeys(ids))


def _id_of(item: Any) -> Any:
    return item.get("id") if isinstance(item, Mapping) else getattr(item, "id", None)


def _plain_url(url: str | None) -> str | None:
    return None if url is None else strip_query(url) if urlsplit(url).scheme in ("http", "https") else url
