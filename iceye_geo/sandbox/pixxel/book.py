"""The book of the Pixxel side: deliveries, downloads and stores, how they live, and failures on request."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from iceye_geo.sandbox.answers import bad_request, not_found
from iceye_geo.sandbox.lifecycle import buckets
from iceye_geo.sandbox.pixxel.images import package
from iceye_geo.sandbox.pixxel.options import PixxelSide
from iceye_geo.sandbox.pixxel.world import Catalog, Store, build_catalogs, build_stores, pixxel_time

if TYPE_CHECKING:
    from iceye_geo.sandbox.platform import Platform

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Resource:
    """Something that takes its time: a delivery or a download.

    Attributes:
        id: UUID.
        begun: what the sandbox's clock showed at its creation.
        created: wall time of it.
        takes: simulated time until it has succeeded.
        fails: whether it will fail instead.
        forced: a status that was forced upon it, or "".
        work: what has to be done before it can succeed.
    """

    id: str
    begun: datetime
    created: datetime
    takes: timedelta
    fails: bool
    forced: str = ""
    work: Future[Any] | None = field(default=None, repr=False)

    def status(self, now: datetime) -> str:
        """Return CREATED, IN_PROGRESS, SUCCESS or FAILED."""
        if self.forced:
            return self.forced
        passed = now - self.begun
        if passed < self.takes / 3:
            return "CREATED"
        if passed < self.takes:
            return "IN_PROGRESS"
        if self.fails or (self.work is not None and self.work.done() and self.work.exception() is not None):
            return "FAILED"
        return "IN_PROGRESS" if self.work is not None and not self.work.done() else "SUCCESS"


@dataclass(kw_only=True)
class PixxelDelivery(Resource):
    """One catalog on its way into a store."""

    catalog: Catalog
    store: Store
    path: str | None

    @property
    def target_path(self) -> str:
        """Where the object goes, below the path."""
        return f"order_{self.catalog.order_number}/{self.id[:8]}/catalogs.zip"

    @property
    def key(self) -> str:
        """The object's key in the bucket: prefix of the store, path of the delivery, target path."""
        parts = [self.store.path_prefix, self.path or "", self.target_path]
        return "/".join(part.strip("/") for part in parts if part.strip("/"))


@dataclass(kw_only=True)
class PixxelDownload(Resource):
    """A zip that is being made ready."""

    catalogs: Sequence[Catalog]
    bare_looks: int
    link: str = field(default="", repr=False)


class PixxelBook:
    """Everything the Pixxel side holds; safe between threads.

    Attributes:
        options: how it behaves.
        catalogs: by id.
        stores: by id.
        deliveries: by id, oldest first.
        downloads: by id.
    """

    def __init__(self, platform: Platform, options: PixxelSide) -> None:
        self._platform, self.options = platform, options
        self.catalogs = build_catalogs(platform.options.seed, options.catalogs, platform.options.epoch)
        self.stores = build_stores(platform.options.seed, platform.options.epoch)
        self.deliveries: dict[str, PixxelDelivery] = {}
        self.downloads: dict[str, PixxelDownload] = {}
        self._failing: dict[str, int] = {}
        self._lock = threading.RLock()
        self._pool: ThreadPoolExecutor | None = None

    def fail_next(self, catalog_id: str = "", *, times: int = 1) -> None:
        """Let the next deliveries and downloads fail: of one catalog, or of whatever comes ("")."""
        with self._lock:
            self._failing[catalog_id] = self._failing.get(catalog_id, 0) + times

    def force(self, resource_id: str, status: str) -> None:
        """Bring a delivery or a download into a status now, known to Pixxel or not.

        Raises:
            KeyError: if there is no such resource.
        """
        with self._lock:
            found: Resource = self.deliveries.get(resource_id) or self.downloads[resource_id]
            found.forced = status

    def wanted(self, catalog_ids: Sequence[str], order_item_ids: Sequence[str]) -> list[Catalog]:
        """Return the catalogs that a request names; refuse with 400 both kinds or neither, with 404 an unknown id."""
        if bool(catalog_ids) == bool(order_item_ids):
            bad_request("exactly one of catalog_ids and order_item_ids must be given")
        for one in catalog_ids:
            if one not in self.catalogs:
                not_found(f"catalog {one[:64]} was not found")
        found = [self.catalogs[one] for one in catalog_ids]
        for one in order_item_ids:
            mine = [catalog for catalog in self.catalogs.values() if catalog.order_item_id == one]
            found += mine or not_found(f"order item {one[:64]} was not found")
        return found

    def deliver(self, catalogs: Sequence[Catalog], store_id: str, path: str | None) -> list[PixxelDelivery]:
        """Take deliveries, one per catalog; refuse with 400 an unknown store."""
        with self._lock:
            store = self.stores.get(store_id) or bad_request(f"store {store_id[:64]} does not exist")
            made = [
                PixxelDelivery(
                    **self._life(self.options.delivery_minutes, [one]), catalog=one, store=store, path=path
                )
                for one in catalogs
            ]
            for delivery in made:
                self.deliveries[delivery.id] = delivery
                if not delivery.fails:
                    delivery.work = self._submit(delivery)
            return made

    def prepare(self, catalogs: Sequence[Catalog]) -> PixxelDownload:
        """Take a download."""
        with self._lock:
            made = PixxelDownload(
                **self._life(self.options.download_minutes, catalogs), catalogs=list(catalogs),
                bare_looks=self.options.late_url,
            )  # fmt: skip
            self.downloads[made.id] = made
            return made

    def delivery_wire(self, one: PixxelDelivery) -> dict[str, Any]:
        """Return the JSON form of a delivery."""
        status = one.status(self._platform.clock.now())
        cloud = {"config": one.store.id, "path": one.path or ""}
        spelled: dict[str, Any] = {self.options.cloud_key or "cloud_delivery": cloud}
        if self.options.cloud_key is None:
            spelled = {"cloud_delivery": None}
        wire = {
            "delivery_id": one.id, "catalog_id": one.catalog.id, "task_id": one.catalog.task_id, "status": status,
            "target_path": one.target_path, "created_at": pixxel_time(one.created),
            "updated_at": pixxel_time(datetime.now(UTC)), **spelled,
        }  # fmt: skip
        return wire | self._reason(status)

    def download_wire(self, one: PixxelDownload, *, base_url: str) -> dict[str, Any]:
        """Return the JSON form of a download, with its link once there is one."""
        status = one.status(self._platform.clock.now())
        shown = status.lower() if self.options.status_case == "lower" else status
        url = ""
        if status == "SUCCESS":
            with self._lock:
                one.bare_looks, late = one.bare_looks - 1, one.bare_looks > 0
            url = "" if late else self._link(one, base_url)
        wire: dict[str, Any] = {"id": one.id, "status": shown} | self._reason(status)
        if url or self.options.empty_url != "absent":
            wire["signed_url"] = url or (None if self.options.empty_url == "null" else "")
        return wire

    def add_store(self, store: Store) -> Store:
        """Keep a store; refuse with 400 a name that is taken."""
        with self._lock:
            if any(one.name == store.name for one in self.stores.values()):
                bad_request(f"a store named {store.name[:64]} exists already")
            self.stores[store.id] = store
            return store

    def drop_store(self, store_id: str) -> None:
        """Forget a store; refuse with 404 an unknown one."""
        with self._lock:
            if self.stores.pop(store_id, None) is None:
                not_found(f"store {store_id[:64]} was not found")

    def stop(self) -> None:
        """End the worker."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _life(self, minutes: float, catalogs: Sequence[Catalog]) -> dict[str, Any]:
        return {
            "id": str(uuid4()), "begun": self._platform.clock.now(), "created": datetime.now(UTC),
            "takes": timedelta(minutes=minutes), "fails": any(self._strikes(one.id) for one in catalogs),
        }  # fmt: skip

    def _strikes(self, catalog_id: str) -> bool:
        for name in (catalog_id, ""):
            if self._failing.get(name, 0) > 0:
                self._failing[name] -= 1
                return True
        return False

    def _reason(self, status: str) -> dict[str, Any]:
        words = self.options.failure_reason if status == "FAILED" else ""
        return {"error": {"code": "PROCESSING", "message": words, "details": None}} if words else {}

    def _link(self, one: PixxelDownload, base_url: str) -> str:
        if self.options.same_link and one.link:
            return one.link
        content = self._platform.content
        name = "pixxel/" + "/".join(catalog.id for catalog in one.catalogs)
        identity = content.register(name, lambda: self._package(one.catalogs), "application/zip")
        one.link = content.link(identity, base_url=base_url)
        return one.link

    def _package(self, catalogs: Sequence[Catalog]) -> Path:
        return package(catalogs, self._platform.cache_dir / "pixxel")

    def _submit(self, delivery: PixxelDelivery) -> Future[None]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="sandbox-pixxel")
        return self._pool.submit(self._bring, delivery)

    def _bring(self, delivery: PixxelDelivery) -> None:
        try:
            made = self._package([delivery.catalog])
            lifecycle = self._platform.lifecycle
            buckets.put(lifecycle.deliveries.folder / delivery.store.bucket / delivery.key, made)
            if self._platform.storage is not None and delivery.store.type == "S3":
                self._platform.storage.put(delivery.store.bucket, delivery.key, made)
        except Exception:
            log.exception("Pixxel delivery %s could not be brought", delivery.id)
            raise
