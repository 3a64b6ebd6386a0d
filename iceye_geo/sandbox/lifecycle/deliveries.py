"""The book of deliveries: checks what may go where, and has the files brought there by a worker thread."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from iceye_geo.sandbox.answers import Refusal, bad_request, not_found, parse_uuid
from iceye_geo.sandbox.contracts import Contract
from iceye_geo.sandbox.lifecycle import buckets, rules
from iceye_geo.sandbox.lifecycle.bodies import DeliveryBody, Location
from iceye_geo.sandbox.lifecycle.life import Life, Step
from iceye_geo.sandbox.lifecycle.records import DeliveryRecord, PlaceToDeliver, TaskRecord

if TYPE_CHECKING:
    from iceye_geo.sandbox.lifecycle.hub import Lifecycle
    from iceye_geo.sandbox.world import Frame

log = logging.getLogger(__name__)


class Deliveries:
    """Takes deliveries and brings the files."""

    def __init__(self, hub: Lifecycle) -> None:
        self._hub = hub
        self.configs = buckets.location_configs(hub.options.seed)
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: set[str] = set()
        self._stopped = False

    @property
    def records(self) -> dict[str, DeliveryRecord]:
        """The deliveries by id, in the order of creation."""
        return self._hub.state.deliveries

    @property
    def folder(self) -> Path:
        """The folder that holds one folder per bucket."""
        chosen = self._hub.options.bucket_dir
        return Path(chosen) if chosen is not None else self._hub.platform.cache_dir / "buckets"

    def alive(self) -> Iterator[DeliveryRecord]:
        """Yield the deliveries that have something ahead."""
        return (record for record in list(self.records.values()) if record.steps)

    def tend(self) -> None:
        """See to it that the files of every open delivery are under way, those of an earlier run too."""
        for record in self.alive():
            self._send_off(record)

    def create(self, body: DeliveryBody) -> DeliveryRecord:
        """Take a delivery; refuse with the answer of the first rule that is broken."""
        with self._hub.change():
            platform = self._hub.platform
            contract = rules.usable_contract(
                platform.contracts, body.contract_id, now=self._hub.wall(), action="create delivery"
            )
            for item_id in body.item_ids:
                self._check_owned(item_id, contract.id)
            if not body.delivery_locations:
                bad_request("deliveryLocations must name a location")
            places = self.checked_places(contract, body.delivery_locations)
            webhook_id = self._hub.webhooks.checked(body.notifications)
            return self._add(body.item_ids, places, contract_id=contract.id, webhook_id=webhook_id)

    def deliver_task(self, record: TaskRecord, product_types: Sequence[str]) -> None:
        """Deliver new products of a task to every place that it asked for."""
        from iceye_geo.sandbox.world.items import item_id

        frame = self._hub.tasks.frame(record)
        if frame is None:
            return
        ids = [item_id(frame, product) for product in product_types]
        for wish in record.deliveries:
            delivery = self._add(
                ids,
                wish.places,
                contract_id=record.contract_id,
                webhook_id=record.webhook_id,
                task_id=record.id,
            )
            wish.delivery_ids.append(delivery.id)
            wish.status = "pending"

    def get(self, delivery_id: str) -> DeliveryRecord:
        """Return one delivery; refuse with 404 an unknown id."""
        with self._hub.look():
            record = self.records.get(parse_uuid(delivery_id) or "")
            return record if record is not None else not_found(title="Delivery Not Found")

    def newest_first(self) -> list[DeliveryRecord]:
        """Return all deliveries."""
        with self._hub.look():
            return list(reversed(self.records.values()))

    def checked_places(self, contract: Contract, locations: Sequence[Location]) -> list[PlaceToDeliver]:
        """Return the folders that a request names; refuse with 400 one that is not configured or not allowed."""
        return [self._checked(contract, one) for one in locations]

    def enter(self, record: Life, step: Step) -> None:
        """Let a delivery enter a status."""
        assert isinstance(record, DeliveryRecord)
        self._hub.touch(record, status=step.status, at=step.at, kind="delivery")
        self._hub.tasks.note_delivery(record)

    def stop(self) -> None:
        """End the worker; what it has not brought is begun again in the next run, if the state is kept."""
        self._stopped = True
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _checked(self, contract: Contract, wish: Location) -> PlaceToDeliver:
        config = self.configs.get(wish.config_id)
        if config is None or not config.active:
            bad_request(f"configID {wish.config_id} is not an active delivery location config")
        if wish.path not in contract.delivery_paths:
            bad_request("path must equal a delivery location path of the contract")
        try:
            buckets.folder_of(config, path=wish.path, subpath=wish.sub_path)
        except ValueError as error:
            bad_request(f"subpath {error}")
        return PlaceToDeliver(config.id, wish.path, wish.sub_path)

    def _add(
        self, item_ids: Sequence[str], places: list[PlaceToDeliver], *,
        contract_id: str, webhook_id: str | None, task_id: str | None = None,
    ) -> DeliveryRecord:  # fmt: skip
        delivery_id, created, epoch = self._hub.fresh()
        done = Step("SUCCESS", created + timedelta(minutes=self._hub.options.delivery_minutes))
        record = DeliveryRecord(
            id=delivery_id, contract_id=contract_id, created=created, epoch=epoch, status="PENDING",
            steps=[done], updated=created, webhook_id=webhook_id, item_ids=list(item_ids), places=places,
            url=buckets.s3_url(self._folder(places[0])), task_id=task_id,
        )  # fmt: skip
        self.records[record.id] = record
        self._hub.stamp(record)
        self._send_off(record)
        return record

    def _folder(self, place: PlaceToDeliver) -> PurePosixPath:
        return buckets.folder_of(self.configs[place.config_id], path=place.path, subpath=place.subpath)

    def _check_owned(self, item_id: str, contract_id: str) -> None:
        if self._find(item_id, contract_id) is not None:
            return
        if any(record.id == item_id for record in self._hub.platform.world.public):
            raise Refusal(403, message=f"item {item_id} is not owned by the contract")
        not_found(f"item {item_id[:64]} does not exist", title="Item Not Found")

    def _find(self, item_id: str, contract_id: str) -> tuple[Frame, str] | None:
        found = self._hub.platform.world.find_item(item_id, contract_id=contract_id)
        return (
            (found.frame, found.product)
            if found
            else self._hub.tasks.find_item(item_id, contract_id=contract_id)
        )

    def _send_off(self, record: DeliveryRecord) -> None:
        if record.copied or self._stopped or record.id in self._under_way:
            return
        items = [self._find(item_id, record.contract_id) for item_id in record.item_ids]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="sandbox-delivery")
        self._under_way.add(record.id)
        self._pool.submit(self._bring, record, items)

    def _bring(self, record: DeliveryRecord, items: list[tuple[Frame, str] | None]) -> None:
        """Write the files; runs in the worker, without the lock but for the last line."""
        try:
            for frame, product in [_present(item) for item in items]:
                for name, content in buckets.files_of(self._hub.platform, frame, product):
                    for place in record.places:
                        self._put(self._folder(place) / name, content)
            failed = False
        except Exception:
            log.exception("delivery %s could not be brought", record.id)
            failed = True
        with self._hub.change():
            if failed and record.steps:
                record.steps = []
                self.enter(record, Step("FAILED", record.now(self._hub.platform.clock)))
            record.copied = True

    def _put(self, place: PurePosixPath, content: Path | bytes) -> None:
        buckets.put(self.folder / place, content)
        storage = self._hub.platform.storage
        if storage is not None:
            bucket, *key = place.parts
            storage.put(bucket, "/".join(key), content)


def _present(item: tuple[Frame, str] | None) -> tuple[Frame, str]:
    if item is None:
        raise LookupError("an item of the delivery is gone")
    return item
