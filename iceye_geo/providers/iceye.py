"""ICEYE behind the seam: its Delivery API and the signed links of its Items."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import InvalidInputError, NotFoundError
from iceye_geo.models.delivery import Delivery, DeliveryTarget, LocationConfig, read_targets
from iceye_geo.providers.base import DeliveryRecord, DownloadSource, ProductRef, Target
from iceye_geo.providers.capabilities import Capability
from iceye_geo.providers.states import State, StatusTable

if TYPE_CHECKING:
    from iceye_geo.client import Client

NAME = "iceye"
#: Words of the Delivery API.
DELIVERY_STATUS = StatusTable({"PENDING": "pending", "SUCCESS": "succeeded", "FAILED": "failed"})
#: Words of the Tasking API; FULFILLED has products and more to come.
TASK_STATUS = StatusTable(
    {
        "RECEIVED": "pending", "ACTIVE": "running", "FULFILLED": "partial", "DONE": "succeeded",
        "FAILED": "failed", "REJECTED": "failed", "CANCELED": "cancelled", "CANCELLED": "cancelled",
    }
)  # fmt: skip
_REASONS = ("reason", "statusReason", "message", "error")
_SIGNS = ("frame_id", "iceye:frame_id", "iceye:image_id", "iceye:processing_mode")


class IceyeProvider:
    """ICEYE's deliveries and downloads for everybody's calls.

    Args:
        client: whom to ask.
        contract_id: who owns the products; default the configured or the only active contract.

    Example:
        >>> iceye = IceyeProvider(client)
        >>> [target.title for target in iceye.targets()][:1]
        ['sandbox-bucket (s3, eu-north-1)']
        >>> sorted(one.value for one in iceye.capabilities)
        ['bundles', 'delivery', 'downloads', 'listing', 'targets']
    """

    name = NAME
    capabilities = frozenset(Capability)
    # One delivery carries many items; they share its status.
    bundled_kinds = frozenset({"item"})
    # ICEYE names no limit; eight hide the way there and back, and are no flood.
    requests_at_once = 8

    def __init__(self, client: Client, *, contract_id: str | None = None) -> None:
        self.client, self.contract_id = client, contract_id
        self._configs: dict[str, LocationConfig] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"IceyeProvider({self.client!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.client, self.contract_id)

    def recognise(self, product: Any, *, default: bool = False) -> ProductRef | None:
        """Return the reference of ICEYE's Items and records, and of bare ids if they count as ICEYE's."""
        if isinstance(product, ProductRef):
            return _own(product)
        if isinstance(product, str):
            return ProductRef(NAME, "item", product.strip()) if default and product.strip() else None
        found = product if isinstance(product, Mapping) else vars(product) if hasattr(product, "id") else {}
        identity, properties = found.get("id"), found.get("properties")
        if not isinstance(identity, str) or not isinstance(properties, Mapping):
            return None
        told = str(properties.get("constellation") or "").lower()
        ours = told == "iceye" or (not told and any(name in properties for name in _SIGNS))
        return ProductRef(NAME, "item", identity) if ours else None

    def target(self, value: Any) -> Target:
        """Return a target from a location config, a `DeliveryTarget`, a tuple, "id:path:sub_path" or a `Target`.

        Raises:
            InvalidInputError: it names no place.
        """
        if isinstance(value, Target):
            return value
        if isinstance(value, str):
            return Target.parse(value)
        if isinstance(value, LocationConfig) and not value.bucket:
            return Target(value.id)
        places = read_targets(value)
        if len(places) != 1:
            raise InvalidInputError("to", f"must be one place, these are {len(places)}")
        return Target(places[0].config_id, places[0].path, places[0].sub_path)

    def targets(self) -> list[Target]:
        """Return the location configs; keys and secrets of the storage stay out."""
        return [_target(config) for config in self._ask_configs().values()]

    def create(self, products: Sequence[ProductRef], *, to: Target) -> builtins.list[DeliveryRecord]:
        """Send owned items on their way: one delivery, whose status is that of all.

        Raises:
            InvalidInputError: a product is no item, or the place is not set up; nothing was sent.
        """
        if not products:
            raise InvalidInputError("products", "must be at least one")
        for product in products:
            if product.provider != NAME or product.kind != "item":
                raise InvalidInputError("products", f"{product} is no item of ICEYE's")
        made = self.client.delivery.create(
            [product.id for product in products], to=self._place(to), contract_id=self._contract()
        )
        return [_record(made, asked=products)]

    def get(self, record: DeliveryRecord | str, *, timeout: float | None = None) -> DeliveryRecord:
        """Return a delivery as it is now.

        Raises:
            NotFoundError: there is no such delivery.
        """
        identity = record if isinstance(record, str) else record.id
        return _record(self.client.delivery.get(identity, timeout=timeout))

    def list(self, *, max_items: int | None = None) -> builtins.list[DeliveryRecord]:
        """Return the deliveries of the account, newest first."""
        return [_record(one) for one in self.client.delivery.list(max_items=max_items)]

    def resolve(self, product: ProductRef, *, timeout: float) -> builtins.list[DownloadSource]:
        """Return the data file of an owned item. ICEYE's links are there at once.

        Raises:
            NotFoundError: the contract does not own the item.
        """
        del timeout  # there is nothing to wait for
        from iceye_geo.cog.links import ClientResolver
        from iceye_geo.cog.opening import make_recipe
        from iceye_geo.stac.assets import choose_asset

        search = self.client.catalog.search(
            ids=[product.id], collections=["private"], contract_id=self._contract(), max_items=1
        )
        item = next(iter(search.items()), None)
        if item is None:
            raise NotFoundError(f"item {product.id} is not in the contract's private collection")
        product_type = str(item.properties.get("sar:product_type") or "GRD")
        key, _ = choose_asset(item, product=product_type)
        recipe = make_recipe(item, asset=key, client=self.client)
        return [DownloadSource(recipe.ref, recipe.resolver or ClientResolver(self.client))]

    def _contract(self) -> str:
        return self.client.resolve_contract_id(self.contract_id)

    def _place(self, to: Target) -> DeliveryTarget:
        if to.path:
            return DeliveryTarget(to.id, to.path, to.sub_path)
        configs = self._configs or self._ask_configs()
        if to.id not in configs:
            raise InvalidInputError(
                "to",
                f"there is no location config {to.id}",
                hint=f"There are {', '.join(configs) or 'none'}.",
            )
        return configs[to.id].target(sub_path=to.sub_path)

    def _ask_configs(self) -> dict[str, LocationConfig]:
        with self._lock:
            self._configs = {config.id: config for config in self.client.delivery.locations()}
            return self._configs


def from_environment(profile: str | None = None) -> IceyeProvider:
    """Return the provider with the credentials of a profile, else of the environment or the default profile.

    Raises:
        ConfigurationError: there are none.
    """
    from iceye_geo.client import Client

    return IceyeProvider(Client(profile=profile))


def _again(client: Client, contract_id: str | None) -> IceyeProvider:
    return IceyeProvider(client, contract_id=contract_id)


def _own(product: ProductRef) -> ProductRef | None:
    return product if product.provider == NAME else None


def _target(config: LocationConfig) -> Target:
    more = ", ".join(part for part in (config.method, config.region) if part)
    title = f"{config.bucket or config.id} ({more})" if more else config.bucket or config.id
    return Target(config.id, config.bucket, title=title, usable=config.is_active)


def _record(found: Delivery, *, asked: Sequence[ProductRef] = ()) -> DeliveryRecord:
    places = [Target(p.config_id, p.path, p.sub_path) for p in found.delivery_locations if p.config_id]
    more = found.model_extra or {}
    state: State = DELIVERY_STATUS.read(found.status)
    return DeliveryRecord(
        id=found.id, provider=NAME, state=state, raw_status=found.status,
        products=tuple(ProductRef(NAME, "item", one) for one in found.item_ids) or tuple(asked),
        target=places[0] if places else None, location=found.url or "",
        created_at=found.created_at, updated_at=found.updated_at,
        reason=next((str(more[name]) for name in _REASONS if more.get(name)), ""), raw=found,
    )  # fmt: skip
