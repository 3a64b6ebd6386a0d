"""What Pixxel sends, read tolerantly: deliveries, downloads, stores, catalog entries. Snake case on its wire."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import AliasChoices, ConfigDict, Field, SecretStr

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.base import WireModel
from iceye_geo.models.tasking import Stamp
from iceye_geo.providers.states import State, StatusTable

DELIVERY_STATUS = StatusTable(
    {
        "UNSPECIFIED": "pending", "CREATED": "pending", "IN_PROGRESS": "running", "SUCCESS": "succeeded",
        "FAILED": "failed",
    }
)  # fmt: skip
#: "success" is the end only together with a URL: see `PixxelDownload.is_ready`.
DOWNLOAD_STATUS = StatusTable(
    {"created": "pending", "in_progress": "running", "success": "succeeded", "failed": "failed"}
)
#: Two generations of Pixxel's reference spell the end differently; both are read.
ORDER_STATUS = StatusTable(
    {
        "DRAFT": "pending", "ACTIVE": "running", "PARTIALLY_COMPLETED": "partial", "PARTIALLY_FULFILLED": "partial",
        "COMPLETED": "succeeded", "FULFILLED": "succeeded", "CANCELLED": "cancelled", "FAILED": "failed",
    }
)  # fmt: skip
_REASONS = ("reason", "failure_reason", "status_reason", "message", "error")


class PixxelModel(WireModel):
    """One JSON object of Pixxel's API: snake case in Python and on the wire."""

    model_config = ConfigDict(alias_generator=None)

    @property
    def reason(self) -> str:
        """Why it failed. Pixxel documents no such field; what it sends under the usual names is read."""
        more = self.model_extra or {}
        found = next((more[name] for name in _REASONS if more.get(name)), "")
        if isinstance(found, dict):
            found = found.get("message") or found.get("details") or found.get("code") or ""
        return str(found)


class CloudInfo(PixxelModel):
    """Where a delivery goes.

    Attributes:
        config: id of the store.
        path: folder in it, exactly as it was sent: what a leading or trailing slash means is not documented.
    """

    config: str
    path: str | None = None


class PixxelDelivery(PixxelModel):
    """One catalog on its way into a store.

    Attributes:
        delivery_id: what to ask with.
        catalog_id: what is on its way.
        task_id: the order task it belongs to.
        cloud: where to; Pixxel writes ``cloud_delivery`` in answers and ``cloud_info`` in requests, both are read.
        status: UNSPECIFIED, CREATED, IN_PROGRESS, SUCCESS, FAILED, or a word that came later.
        target_path: where the object lies, below the path of ``cloud``.

    Example:
        >>> told = {"delivery_id": "d", "status": "success", "cloud_delivery": {"config": "s", "path": "in/"},
        ...         "target_path": "order_1/catalogs.zip"}
        >>> delivery = PixxelDelivery.from_wire(told)
        >>> delivery.succeeded, delivery.likely_key
        (True, 'in/order_1/catalogs.zip')
    """

    _columns: ClassVar[tuple[str, ...]] = (
        "delivery_id", "catalog_id", "task_id", "status", "cloud", "target_path", "created_at", "updated_at",
    )  # fmt: skip

    delivery_id: str = Field(validation_alias=AliasChoices("delivery_id", "id"))
    catalog_id: str | None = None
    task_id: str | None = None
    cloud: CloudInfo | None = Field(
        default=None,
        validation_alias=AliasChoices("cloud_delivery", "cloud_info", "cloud"),
        serialization_alias="cloud_delivery",
    )
    status: str = "UNSPECIFIED"
    target_path: str | None = None
    created_at: Stamp = None
    updated_at: Stamp = None

    @property
    def state(self) -> State:
        """Neutral word."""
        return DELIVERY_STATUS.read(self.status)

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen."""
        return DELIVERY_STATUS.is_terminal(self.status)

    @property
    def succeeded(self) -> bool:
        """Whether the file is there."""
        return self.state == "succeeded"

    @property
    def has_failed(self) -> bool:
        """Whether it ended without the file being there."""
        return self.state == "failed"

    @property
    def likely_key(self) -> str:
        """The object's key, as a guess: whether the store's ``path_prefix`` comes before it is not documented."""
        parts = (self.cloud.path if self.cloud else None, self.target_path)
        return "/".join(part.strip("/") for part in parts if part and part.strip("/"))


class PixxelDownload(PixxelModel):
    """A file that Pixxel gets ready. Its link is kept out of everything that is shown, stored or pickled.

    Attributes:
        id: what to ask with.
        status: created, in_progress, success, failed, or a word that came later.
        signed_url: the link, once it is there.

    Example:
        >>> told = {"id": "d", "status": "success", "signed_url": "https://host/a.zip?Signature=planted"}
        >>> download = PixxelDownload.from_wire(told)
        >>> download.is_ready, "planted" in repr(download) + str(download.to_dict())
        (True, False)
        >>> PixxelDownload.from_wire(told | {"signed_url": ""}).is_ready
        False
    """

    _columns: ClassVar[tuple[str, ...]] = ("id", "status", "is_ready")

    id: str = Field(validation_alias=AliasChoices("id", "download_id"))
    status: str = "created"
    signed_url: SecretStr | None = Field(default=None, repr=False, exclude=True)

    @property
    def state(self) -> State:
        """Neutral word; a success without a link is still running."""
        found = DOWNLOAD_STATUS.read(self.status)
        return "running" if found == "succeeded" and not self._url else found

    @property
    def is_ready(self) -> bool:
        """Whether there is a link."""
        return self.state == "succeeded"

    @property
    def has_failed(self) -> bool:
        """Whether there will never be one."""
        return self.state == "failed"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen."""
        return self.is_ready or self.has_failed

    def url(self) -> str:
        """Return the link: a key to the file, not to be printed or stored.

        Raises:
            InvalidInputError: it is not there yet.
        """
        if not self._url:
            raise InvalidInputError("download", f"has no link yet, its status is {self.status}")
        return self._url

    @property
    def _url(self) -> str:
        return self.signed_url.get_secret_value().strip() if self.signed_url is not None else ""

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        return {**state, "__dict__": {**state["__dict__"], "signed_url": None}}


class StoreConfig(PixxelModel):
    """Where a store is."""

    bucket: str | None = None
    path_prefix: str | None = None
    region: str | None = None


class PixxelStore(PixxelModel):
    """A place that deliveries can go to. Its secrets are never sent back by Pixxel.

    Attributes:
        id: the ``config`` of a delivery.
        name: unique.
        type: S3, GCS or AZBLOB.
        configs: bucket, path_prefix, region.

    Example:
        >>> PixxelStore.from_wire({"id": "s", "name": "ours", "type": "S3", "bucket": "b"}).bucket
        'b'
    """

    _columns: ClassVar[tuple[str, ...]] = (
        "id",
        "name",
        "type",
        "bucket",
        "path_prefix",
        "region",
        "created_at",
    )

    id: str
    name: str | None = None
    type: str | None = None
    configs: StoreConfig | None = None
    labels: dict[str, str] | None = None
    created_at: Stamp = None

    @property
    def bucket(self) -> str | None:
        """The bucket; one of Pixxel's guides has it at the top level."""
        return self._of("bucket")

    @property
    def path_prefix(self) -> str | None:
        """Folder in the bucket."""
        return self._of("path_prefix")

    @property
    def region(self) -> str | None:
        """The bucket's region."""
        return self._of("region")

    def _of(self, name: str) -> str | None:
        inside = getattr(self.configs, name, None) if self.configs else None
        found = inside or (self.model_extra or {}).get(name)
        return None if found is None else str(found)


class CatalogEntry(PixxelModel):
    """One catalog: an image that is there and can be delivered or downloaded.

    Attributes:
        id: catalog id; "" where Pixxel sends none.
        details: the image as a STAC-like record; `to_item` makes a valid one of it.
        delivery_status: Pixxel's word.
        area: km2.
    """

    _columns: ClassVar[tuple[str, ...]] = ("id", "item_id", "area", "delivery_status", "created_at")

    id: str = Field(default="", validation_alias=AliasChoices("catalog_id", "id"))
    details: dict[str, Any] = Field(default_factory=dict)
    delivery_status: str | None = None
    area: float | None = None
    bandset_id: str | None = None
    order_item_id: str | None = None
    created_at: Stamp = None

    @property
    def item_id(self) -> str:
        """The image's STAC id, which is another thing than the catalog id."""
        return str(self.details.get("id") or "")
