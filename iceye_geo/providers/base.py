"""The seam: what a product, a target, a delivery and a download are to everybody, and the Protocols behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from iceye_geo.errors import InvalidInputError
from iceye_geo.providers.states import Outcome, State
from iceye_geo.redact import redact

if TYPE_CHECKING:
    from iceye_geo.cog.ref import AssetRef, LinkResolver
    from iceye_geo.cog.wire import Wire
    from iceye_geo.providers.capabilities import Capability


@dataclass(frozen=True, slots=True)
class ProductRef:
    """One thing that can be delivered, by provider, kind and id. Ids of different kinds are never mixed.

    Attributes:
        provider: "iceye", "pixxel" or the name of another.
        kind: the provider's kind of id: "item" at ICEYE, "catalog" or "order_item" at Pixxel.
        id: opaque.

    Example:
        >>> ProductRef.parse("pixxel:order_item:71f0")
        ProductRef(provider='pixxel', kind='order_item', id='71f0')
        >>> str(ProductRef("iceye", "item", "a-1"))
        'iceye:item:a-1'
    """

    provider: str
    kind: str
    id: str

    @classmethod
    def parse(cls, text: str) -> ProductRef:
        """Read "provider:kind:id".

        Raises:
            InvalidInputError: a part is missing.
        """
        parts = text.split(":", 2)
        if len(parts) != 3 or not all(part.strip() for part in parts):
            raise InvalidInputError("product", f"{text!r} is not provider:kind:id")
        return cls(*(part.strip() for part in parts))

    def __str__(self) -> str:
        return f"{self.provider}:{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Target:
    """A place that products can go to.

    Attributes:
        id: of the location config (ICEYE) or the store (Pixxel).
        path: bucket or folder, as the provider wants it; None where it needs none.
        sub_path: folder below it, where the provider tells the two apart.
        title: for people.
        usable: whether it can be chosen now.

    Example:
        >>> Target.parse("7c9e:my-bucket:sar/2026")
        Target(id='7c9e', path='my-bucket', sub_path='sar/2026')
    """

    id: str
    path: str | None = None
    sub_path: str | None = None
    title: str = field(default="", repr=False, compare=False)
    usable: bool = field(default=True, repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read "id", "id:path" or "id:path:sub_path".

        Raises:
            InvalidInputError: there is no id.
        """
        first, *rest = text.strip().split(":", 2)
        if not first.strip():
            raise InvalidInputError("to", "names no place", hint="Write id, id:path or id:path:sub_path.")
        path, sub_path = ([part.strip() or None for part in rest] + [None, None])[:2]
        return cls(first.strip(), path, sub_path)

    def covers(self, other: Target) -> bool:
        """Whether another target is this one, as far as this one says its folders.

        Example:
            >>> Target("a").covers(Target("a", "bucket")), Target("a", "b").covers(Target("a", "c"))
            (True, False)
        """
        if self.path is None:
            return self.id == other.id
        mine, theirs = ((t.id, t.path or "", t.sub_path or "") for t in (self, other))
        return mine == theirs

    def __str__(self) -> str:
        return ":".join(part for part in (self.id, self.path, self.sub_path) if part)


@dataclass(frozen=True, slots=True)
class DeliveryRecord(Outcome):
    """One delivery as the provider told of it last.

    Attributes:
        id: the provider's.
        provider: its name.
        state: neutral word.
        raw_status: the provider's own.
        products: what is on its way, as far as the provider says.
        target: where to, as far as it says.
        location: where the files lie or will lie, without a signature, "" where unknown.
        created_at: aware UTC; None where the provider says no times.
        updated_at: likewise.
        reason: why it failed, "" where the provider gives none.
        raw: the provider's own object.
    """

    id: str
    provider: str
    state: State
    raw_status: str
    products: tuple[ProductRef, ...] = ()
    target: Target | None = None
    location: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    reason: str = ""
    raw: Any = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "location", redact(self.location).removesuffix("?***"))
        object.__setattr__(self, "reason", redact(self.reason))


@dataclass(frozen=True, slots=True)
class DownloadSource:
    """One file that can be fetched with the common engine: what it is and who knows a fresh link to it.

    It holds no link. It pickles if its resolver does, so that another process can fetch it.

    Attributes:
        ref: the file.
        resolver: hands out a link, also in the middle of a download.
        name: file name to take; None leaves it to the server.
        wire: connections with proxies and certificates of their own; None for those of the resolver's client, if it
            has one, else the process's. Stays behind when it is pickled.
    """

    ref: AssetRef
    resolver: LinkResolver
    name: str | None = None
    wire: Wire | None = field(default=None, repr=False, compare=False)

    def fetch(
        self,
        folder: str | Path,
        *,
        name: str | None = None,
        progress: bool | Callable[[int, int], None] = False,
    ) -> Path:
        """Download it: in parallel, resumed where an earlier call stopped, its link renewed in the middle.

        Args:
            folder: made if it is not there.
            name: file name; default this source's.
            progress: True for a bar, or a function of (bytes done, bytes in all).

        Raises:
            DownloadError: the bytes did not arrive; what did is kept for the next call.
        """
        from iceye_geo.cog.downloads import download

        return download(
            self.ref,
            folder,
            resolver=self.resolver,
            name=name or self.name,
            wire=self.wire,
            progress=progress,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return DownloadSource, (self.ref, self.resolver, self.name)


@runtime_checkable
class Provider(Protocol):
    """Whoever has products. The other Protocols say what can be done with them."""

    @property
    def name(self) -> str:
        """Short lower-case name, unique in the process."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do; everything else is refused before a request is sent."""
        ...

    def recognise(self, product: Any, *, default: bool = False) -> ProductRef | None:
        """Return what a product is to this provider, None if it is not one of its own. Sends nothing.

        Args:
            product: whatever a caller passes: an Item, a record, a reference, an id.
            default: whether a bare id counts as this provider's.
        """
        ...


@runtime_checkable
class Delivery(Provider, Protocol):
    """A provider that brings products into a storage of the caller's (`Capability.DELIVERY`)."""

    def target(self, value: Any) -> Target:
        """Return a target from what a caller passes, checked as far as that needs no request.

        Raises:
            InvalidInputError: it names no place of this provider's.
        """
        ...

    def targets(self) -> Sequence[Target]:
        """Return the places that are set up (`Capability.TARGETS`)."""
        ...

    def create(self, products: Sequence[ProductRef], *, to: Target) -> list[DeliveryRecord]:
        """Send products on their way; always a list, since one request may become several deliveries.

        Called from several threads only where the provider has a ``requests_at_once`` above 1.

        Raises:
            InvalidInputError: a product's kind, or the place, is not known; nothing was sent.
            ConnectionFailedError: no answer; ``never_sent`` tells whether it may have been created.
        """
        ...

    def get(self, record: DeliveryRecord | str, *, timeout: float | None = None) -> DeliveryRecord:
        """Return a delivery as it is now.

        Raises:
            NotFoundError: there is no such delivery.
        """
        ...

    def list(self, *, max_items: int | None = None) -> Sequence[DeliveryRecord]:
        """Return the deliveries of the account, newest first where the provider sorts (`Capability.LISTING`)."""
        ...


@runtime_checkable
class Bundling(Delivery, Protocol):
    """A provider that takes several products in one request (`Capability.BUNDLES`).

    Its ``create`` answers a request of several products with records that name their products. A record may name
    several: they share its status.
    """

    @property
    def bundled_kinds(self) -> frozenset[str]:
        """The kinds of products that may share a request."""
        ...


@runtime_checkable
class Downloads(Provider, Protocol):
    """A provider that hands out links to whole files (`Capability.DOWNLOADS`)."""

    def resolve(self, product: ProductRef, *, timeout: float) -> list[DownloadSource]:
        """Return the files of a product, once the provider has them ready.

        Args:
            product: of this provider.
            timeout: seconds after which to give up.

        Raises:
            WaitTimeoutError: they are not ready in time.
            DownloadFailedError: the provider could not prepare them.
        """
        ...
