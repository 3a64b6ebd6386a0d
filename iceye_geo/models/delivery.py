"""The Delivery API's objects: places that are set up, deliveries, and the target a caller names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import AliasChoices, BeforeValidator, Field

from iceye_geo.errors import InvalidInputError
from iceye_geo.models.base import WireModel
from iceye_geo.models.tasking import NotificationsRef, Stamp

_END = frozenset({"SUCCESS", "FAILED"})
_GUIDE = "ICEYE createDelivery guide"


def _no_null(value: object) -> object:
    return [] if value is None else value


class LocationConfig(WireModel):
    """A place that ICEYE's team has set up for deliveries.

    Attributes:
        id: UUID; the ``config_id`` of a target.
        method: "s3".
        status: "active" or "inactive".
        config: what is known of the place: endpoint, bucket, region; never its secret.

    Example:
        >>> config = LocationConfig.from_wire({"id": "7c9e6679", "method": "s3", "config": {"bucket": "b"}})
        >>> config.target(sub_path="sar/2026")
        DeliveryTarget(config_id='7c9e6679', path='b', sub_path='sar/2026')
    """

    _columns: ClassVar[tuple[str, ...]] = ("id", "method", "status", "bucket", "region", "endpoint")

    id: str
    method: str | None = None
    status: str | None = None
    config: dict[str, Any] = Field(default_factory=dict)

    @property
    def bucket(self) -> str | None:
        """The bucket, None where ICEYE does not say."""
        return self._of("bucket")

    @property
    def region(self) -> str | None:
        """The bucket's region."""
        return self._of("region")

    @property
    def endpoint(self) -> str | None:
        """The storage's address."""
        return self._of("endpoint")

    @property
    def is_active(self) -> bool:
        """Whether it can be used; a config that does not say counts as active."""
        return (self.status or "active").lower() == "active"

    def target(self, path: str | None = None, *, sub_path: str | None = None) -> DeliveryTarget:
        """Return this place as the target of a delivery.

        Args:
            path: must equal a path of the contract; default the bucket.
            sub_path: folder below it, freely chosen.

        Raises:
            InvalidInputError: no path is given and the config names no bucket.
        """
        chosen = path or self.bucket
        if not chosen:
            raise InvalidInputError(
                "path", "the config names no bucket, so a path must be given", source=_GUIDE
            )
        return DeliveryTarget(self.id, chosen, sub_path)

    def _of(self, name: str) -> str | None:
        found = self.config.get(name)
        return None if found is None else str(found)


@dataclass(frozen=True, slots=True)
class DeliveryTarget:
    """Where products go. Files land directly in path + sub_path; no folder is added.

    Attributes:
        config_id: id of a location config.
        path: bucket or folder; must equal a path of the contract.
        sub_path: folder below it, freely chosen.
    """

    config_id: str
    path: str
    sub_path: str | None = None

    def to_task_location(self) -> dict[str, str]:
        """Return the form of the Tasking API, which spells ``subPath`` (contradiction C15)."""
        return self._wire("subPath")

    def to_delivery_location(self) -> dict[str, str]:
        """Return the form of the Delivery API, which spells ``subpath``."""
        return self._wire("subpath")

    def _wire(self, sub_path_name: str) -> dict[str, str]:
        body = {"configID": self.config_id, "path": self.path}
        return body | {sub_path_name: self.sub_path} if self.sub_path else body


TargetLike = DeliveryTarget | LocationConfig | Mapping[str, Any] | tuple[str, ...]


def read_targets(
    value: Sequence[TargetLike] | TargetLike, *, field: str = "to"
) -> tuple[DeliveryTarget, ...]:
    """Return delivery targets from one or several, in any of their forms.

    Raises:
        InvalidInputError: one has no config id or no path, or there is none at all.

    Example:
        >>> read_targets(("7c9e6679", "bucket", "sar/2026"))
        (DeliveryTarget(config_id='7c9e6679', path='bucket', sub_path='sar/2026'),)
    """
    single = isinstance(value, DeliveryTarget | LocationConfig | Mapping | str) or _is_triple(value)
    given: list[Any] = list(value) if isinstance(value, Iterable) and not single else [value]
    given = [one for one in given if one is not None]
    if not given:
        raise InvalidInputError(
            field, "names no place", hint="client.delivery.locations() lists them.", source=_GUIDE
        )
    return tuple(dict.fromkeys(_target(one, field) for one in given))


def _is_triple(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(isinstance(part, str) for part in value)


def _target(value: Any, field: str) -> DeliveryTarget:
    if isinstance(value, DeliveryTarget):
        return value
    if isinstance(value, LocationConfig):
        return value.target()
    if isinstance(value, Mapping):
        names = (("config_id", "configID"), ("path",), ("sub_path", "subPath", "subpath"))
        parts = [next((value[n] for n in choices if value.get(n)), None) for choices in names]
    elif _is_triple(value) and 2 <= len(value) <= 3:
        parts = [*value, None][:3]
    else:
        parts = [None, None, None]
    config_id, path, sub_path = parts
    if not config_id or not path:
        raise InvalidInputError(
            field, "each place is (config_id, path) or (config_id, path, sub_path)", source=_GUIDE,
            hint="client.delivery.locations() lists the configs.",
        )  # fmt: skip
    return DeliveryTarget(str(config_id), str(path), str(sub_path) if sub_path else None)


class DeliveryPlace(WireModel):
    """One place of a delivery."""

    config_id: str | None = None
    path: str | None = None
    sub_path: str | None = Field(
        default=None,
        validation_alias=AliasChoices("subpath", "subPath", "sub_path"),
        serialization_alias="subpath",
    )

    def __str__(self) -> str:
        return "/".join(part.strip("/") for part in (self.path, self.sub_path) if part)


class Delivery(WireModel):
    """A delivery: owned items on their way into your storage.

    Attributes:
        id: UUID.
        status: PENDING, SUCCESS, FAILED, or a word that came later.
        item_ids: STAC ids of what is delivered.
        delivery_locations: where to.
        url: where the bundle lies, once it does.
        created_at, updated_at: where the server says them.

    Example:
        >>> Delivery.from_wire({"id": "d-1", "status": "success"}).succeeded
        True
    """

    _columns: ClassVar[tuple[str, ...]] = (
        "id", "status", "item_ids", "delivery_locations", "url", "created_at", "updated_at",
    )  # fmt: skip
    _headline: ClassVar[tuple[str, ...]] = ("id", "status", "delivery_locations", "created_at")

    id: str
    status: str
    url: str | None = None
    item_ids: Annotated[list[str], BeforeValidator(_no_null)] = Field(
        default_factory=list, alias="itemIDs", validation_alias=AliasChoices("itemIDs", "itemIds", "item_ids")
    )
    delivery_locations: Annotated[list[DeliveryPlace], BeforeValidator(_no_null)] = Field(
        default_factory=list
    )
    notifications: NotificationsRef | None = None
    created_at: Stamp = None
    updated_at: Stamp = None

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen: SUCCESS or FAILED."""
        return self.status.upper() in _END

    @property
    def succeeded(self) -> bool:
        """Whether the files are there. ICEYE spells the status in both cases (contradiction C14)."""
        return self.status.upper() == "SUCCESS"

    @property
    def has_failed(self) -> bool:
        """Whether it ended without the files being there."""
        return self.status.upper() == "FAILED"

    @property
    def has_products(self) -> bool:
        """Whether there is something to pick up."""
        return self.succeeded

    @property
    def cancellable(self) -> bool:
        """Always False: the API cannot take a delivery back."""
        return False
