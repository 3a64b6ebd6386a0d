"""`deliver` and `download`: mixed products, split by provider, one job or file each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from iceye_geo.errors import ConfigurationError, IceyeGeoError, InvalidInputError
from iceye_geo.providers.base import Delivery, Downloads, ProductRef, Provider, Target
from iceye_geo.providers.bundle import Jobs
from iceye_geo.providers.capabilities import Capability, require
from iceye_geo.providers.jobs import Claims, Job
from iceye_geo.providers.registry import ProviderLike, as_provider, make, names

Progress = Callable[[int, int], None]
Providers = ProviderLike | Sequence[ProviderLike] | None


def deliver(products: Any, *, to: Any, provider: Providers = None, bundle: int = 1) -> Jobs:
    """Send products of one or several providers to your storage; one job each, whatever shares a request.

    Everything is checked before anything is sent: that each product belongs to a provider, that this provider
    can deliver, and that its place is one. What a provider refuses afterwards stays with its job. Requests go out
    several at once, up to eight to ICEYE or Pixxel.

    Args:
        products: Items, records, rows of a table or all of it, `ProductRef`, "provider:kind:id" or bare ids; one or
            several. The same product twice counts once.
        to: the place: a `Target`, "id:path:sub_path", or whatever the provider takes; with several providers a
            dict from provider name to place.
        provider: a name, a client or a provider, or several; bare ids count as the first one's. None takes
            whatever the environment has credentials for.
        bundle: how many products of one provider, kind and place may share a request, at most. By default each has
            its own: then each has its own status, reason and retry. Products that share one of ICEYE's deliveries
            share its status; Pixxel tells catalogs apart, and takes order items one by one. What is refused
            together is sent again one by one.

    Returns:
        Jobs, in the order of the products.

    Raises:
        InvalidInputError: a product, a place or ``bundle`` cannot be read; nothing was sent.
        CapabilityNotSupportedError: a provider cannot deliver; nothing was sent.

    Example:
        >>> contract_id = client.company.contracts()[0].id
        >>> owned = client.catalog.search(collections=["private"], contract_id=contract_id, max_items=2)
        >>> place = client.delivery.locations()[0]
        >>> jobs = deliver(list(owned.items()), to=place, provider=client)
        >>> jobs
        <Jobs: 0 of 2 there, 0 failed>
    """
    if isinstance(bundle, bool) or not isinstance(bundle, int) or bundle < 1:
        raise InvalidInputError("bundle", f"must be a whole number of at least 1, this is {bundle!r}")
    chosen = _providers(provider)
    refs = split(products, chosen, bare_ids=provider is not None)
    used = {name: one for name, one in chosen.items() if any(ref.provider == name for ref in refs)}
    for one in used.values():
        require(one, Capability.DELIVERY)
    bringing = {name: cast("Delivery", one) for name, one in used.items()}
    targets = _targets(to, bringing)
    claims = Claims()
    jobs = (Job(bringing[ref.provider], ref, targets[ref.provider], claims=claims) for ref in refs)
    return Jobs(jobs).send(bundle=bundle)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one product's download.

    Attributes:
        product: which.
        paths: the files.
        error: why there are none, or not all.
    """

    product: ProductRef
    paths: tuple[Path, ...] = ()
    error: IceyeGeoError | None = None

    @property
    def succeeded(self) -> bool:
        """Whether all its files are there."""
        return self.error is None


def download(
    products: Any,
    folder: str | Path,
    *,
    timeout: float,
    provider: Providers = None,
    progress: bool | Progress = False,
) -> list[Fetched]:
    """Download products of one or several providers into a folder, each resumed where it stopped.

    Args:
        products: as for `deliver`.
        folder: made if it is not there.
        timeout: seconds that a provider may take to get one product ready.
        provider: as for `deliver`.
        progress: True for a progress bar, or a function of (bytes done, bytes in all).

    Returns:
        One entry per product; what failed does not stop the others.

    Raises:
        InvalidInputError: a product cannot be read; nothing was sent.
        CapabilityNotSupportedError: a provider hands out no downloads; nothing was sent.
    """
    chosen = _providers(provider)
    refs = split(products, chosen, bare_ids=provider is not None)
    for ref in refs:
        require(chosen[ref.provider], Capability.DOWNLOADS)
    given = cast("dict[str, Downloads]", chosen)
    return [_fetch(given[ref.provider], ref, Path(folder), timeout, progress) for ref in refs]


def split(products: Any, providers: Mapping[str, Provider], *, bare_ids: bool = True) -> list[ProductRef]:
    """Return what each product is, and whose, each once and in order. Sends nothing.

    Args:
        products: one or several, in any form.
        providers: by name; the first one takes bare ids.
        bare_ids: whether an id that does not say whose it is may be taken at all.

    Raises:
        InvalidInputError: there is none, or one belongs to nobody.
    """
    given = _listed(products)
    if not given:
        raise InvalidInputError("products", "must be at least one")
    prefixes = {*providers, *names()}
    refs = [_ref(_parsed(one, prefixes), providers, index, bare_ids) for index, one in enumerate(given)]
    return list(dict.fromkeys(refs))


def _listed(products: Any) -> list[Any]:
    if hasattr(products, "iterrows"):
        return [_of_row(row) for _, row in products.iterrows()]
    if hasattr(products, "iloc"):
        return [_of_row(products)]
    return [products] if _is_single(products) else list(cast("Iterable[Any]", products))


def _of_row(row: Any) -> dict[str, Any]:
    """Return a row of a table as a record. Only its words matter; what is missing in a row is no word."""
    words = {name: value for name, value in row.items() if isinstance(value, str)}
    return {"id": words.get("id"), "properties": words}


def _is_single(products: Any) -> bool:
    return isinstance(products, str | Mapping | ProductRef) or isinstance(getattr(products, "id", None), str)


def _parsed(product: Any, prefixes: set[str]) -> Any:
    """Read "provider:kind:id"; a bare id may hold colons too."""
    first, colon, _ = product.partition(":") if isinstance(product, str) else ("", "", "")
    return ProductRef.parse(product) if colon and first in prefixes else product


def _ref(product: Any, providers: Mapping[str, Provider], index: int, bare_ids: bool) -> ProductRef:
    if isinstance(product, ProductRef) and product.provider not in providers:
        raise InvalidInputError(
            f"products[{index}]", f"belongs to {product.provider}, which is not among the providers",
            hint="Name it in provider=.",
        )  # fmt: skip
    found = [ref for one in providers.values() if (ref := one.recognise(product)) is not None]
    if not found and bare_ids:
        first = next(iter(providers.values()))
        found = [ref for ref in [first.recognise(product, default=True)] if ref is not None]
    if len(found) != 1:
        whose = "several providers" if found else "no provider"
        raise InvalidInputError(
            f"products[{index}]", f"belongs to {whose} ({', '.join(providers)})",
            hint="Say whose it is: 'provider:kind:id', or provider= for bare ids.",
        )  # fmt: skip
    return found[0]


def _providers(value: Providers) -> dict[str, Provider]:
    if value is None:
        return _configured()
    several = isinstance(value, list | tuple)
    made = [as_provider(one) for one in (cast("Sequence[Any]", value) if several else [value])]
    chosen = {one.name: one for one in made}
    if not made or len(chosen) != len(made):
        raise InvalidInputError("provider", "must be one or several, each with a name of its own")
    return chosen


def _configured() -> dict[str, Provider]:
    found: dict[str, Provider] = {}
    for name in names():
        try:
            found[name] = make(name)
        except ConfigurationError:
            continue
    if not found:
        raise ConfigurationError(
            f"provider: there are no credentials for any of {', '.join(names())}. Set ICEYE_CLIENT_ID and "
            "ICEYE_CLIENT_SECRET, or PIXXEL_API_KEY, or write a default profile, or say whom to ask: provider=."
        )
    return found


def _targets(to: Any, providers: Mapping[str, Delivery]) -> dict[str, Target]:
    by_name = isinstance(to, Mapping) and bool(to) and set(to) <= {*providers, *names()}
    if not by_name and len(providers) > 1:
        raise InvalidInputError(
            "to",
            f"must name one place per provider ({', '.join(providers)})",
            hint="Give a dict by name; in the shell, --to NAME=PLACE for each.",
        )
    missing = [name for name in providers if by_name and name not in to]
    if missing:
        raise InvalidInputError("to", f"names no place for {', '.join(missing)}")
    return {name: one.target(to[name] if by_name else to) for name, one in providers.items()}


def _fetch(
    provider: Downloads, ref: ProductRef, folder: Path, timeout: float, progress: bool | Progress
) -> Fetched:
    paths: list[Path] = []
    try:
        for source in provider.resolve(ref, timeout=timeout):
            paths.append(source.fetch(folder, progress=progress))
    except IceyeGeoError as error:
        return Fetched(ref, tuple(paths), error)
    return Fetched(ref, tuple(paths))
