"""What every provider must do, as a test class to inherit: give it a `case` fixture and run it with pytest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from iceye_geo.errors import (
    CapabilityNotSupportedError,
    DeliveryFailedError,
    IceyeGeoError,
    InvalidInputError,
    NotFoundError,
    WaitTimeoutError,
)
from iceye_geo.providers.base import (
    Bundling,
    Delivery,
    DeliveryRecord,
    Downloads,
    ProductRef,
    Provider,
    Target,
)
from iceye_geo.providers.bundle import Jobs
from iceye_geo.providers.capabilities import Capability
from iceye_geo.providers.sending import deliver
from iceye_geo.providers.states import STATES, TERMINAL
from iceye_geo.providers.together import bundled_kinds

_METHODS: dict[Capability, tuple[str, ...]] = {
    Capability.DELIVERY: ("target", "create", "get"),
    Capability.TARGETS: ("targets",),
    Capability.LISTING: ("list",),
    Capability.DOWNLOADS: ("resolve",),
    Capability.BUNDLES: ("create",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCase:
    """A provider with something behind it that answers.

    Attributes:
        provider: the one that is tested.
        products: two or more that are there, in the forms that callers pass.
        bare_id: one of them as a bare id; None if the provider takes none.
        target: a place that is there.
        unknown_target: a place that is not; None if the provider cannot tell.
        requests: how many requests were sent so far.
        fail_next: lets the next delivery end badly; None if that cannot be arranged.
        timeout_s: within which a delivery is over.
    """

    provider: Provider
    products: Sequence[Any]
    bare_id: str | None
    target: Any
    unknown_target: Any | None
    requests: Callable[[], int]
    fail_next: Callable[[], None] | None
    timeout_s: float = 30.0


class _Watched:
    """A provider under watch: how often it was told to create, and, if wanted, robbed of its capabilities."""

    def __init__(self, provider: Provider, *, robbed: bool = False) -> None:
        self._provider, self.created = provider, 0
        self.name = provider.name
        self.capabilities: frozenset[Capability] = frozenset() if robbed else provider.capabilities

    def recognise(self, product: Any, *, default: bool = False) -> ProductRef | None:
        """Recognise what the provider does."""
        return self._provider.recognise(product, default=default)

    def create(self, products: Sequence[ProductRef], *, to: Target) -> list[DeliveryRecord]:
        """Count the request and pass it on."""
        self.created += 1
        return cast("Delivery", self._provider).create(products, to=to)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)


def refused(kind: type[IceyeGeoError], call: Callable[[], object]) -> IceyeGeoError:
    """Return the error that a call raises; fail if it raises none, or another."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected")


class ProviderConformance:
    """Inherit, and add a pytest fixture ``case`` that returns a `ProviderCase`."""

    def test_it_has_a_name_and_knows_its_capabilities(self, case: ProviderCase) -> None:
        """The name is a plain word; every capability has its methods; the Protocols fit."""
        provider = case.provider
        assert provider.name.isidentifier()
        assert provider.name == provider.name.lower()
        for capability in provider.capabilities:
            for method in _METHODS[capability]:
                assert callable(getattr(provider, method)), f"{capability} needs {method}()"
        if Capability.DOWNLOADS in provider.capabilities:
            assert isinstance(provider, Downloads)
        if Capability.BUNDLES in provider.capabilities:
            assert isinstance(provider, Bundling)
            assert provider.bundled_kinds

    def test_its_own_products_are_recognised_without_a_request(self, case: ProviderCase) -> None:
        """Each product becomes one reference, and the reference is recognised as itself."""
        before = case.requests()
        refs = [case.provider.recognise(product) for product in case.products]
        assert all(ref is not None and ref.provider == case.provider.name and ref.id for ref in refs)
        assert len(set(refs)) == len(case.products)
        assert [case.provider.recognise(ref) for ref in refs] == refs
        assert case.requests() == before

    def test_products_of_others_are_left_alone(self, case: ProviderCase) -> None:
        """What belongs to another, or is nothing at all, is not recognised."""
        stranger = ProductRef("somebody_else", "item", "a")
        for product in (
            stranger,
            object(),
            3,
            None,
            {},
            {"id": "a", "properties": {"constellation": "landsat"}},
        ):
            assert case.provider.recognise(product, default=True) is None

    def test_a_bare_id_counts_only_where_it_is_meant_to(self, case: ProviderCase) -> None:
        """A bare id belongs to nobody, unless the caller named this provider first."""
        if case.bare_id is not None:
            assert case.provider.recognise(case.bare_id) is None
            ref = case.provider.recognise(case.bare_id, default=True)
            assert ref is not None
            assert ref.id == case.bare_id
        assert case.provider.recognise(" ", default=True) is None

    def test_a_missing_capability_is_refused_before_a_request(self, case: ProviderCase) -> None:
        """The message names what is missing, and nothing was sent."""
        before = case.requests()
        stripped = _Watched(case.provider, robbed=True)
        error = refused(
            CapabilityNotSupportedError,
            lambda: deliver(case.products, to=case.target, provider=stripped),
        )
        assert case.provider.name in str(error)
        assert case.requests() == before

    def test_nothing_and_products_of_others_are_refused_before_a_request(self, case: ProviderCase) -> None:
        """No product, and a product of another provider, never reach the network."""
        if (provider := _delivers(case)) is None:
            return
        to, before = provider.target(case.target), case.requests()
        refused(InvalidInputError, lambda: provider.create([], to=to))
        refused(InvalidInputError, lambda: provider.create([ProductRef("other", "item", "a")], to=to))
        kind = ProductRef(provider.name, "no_such_kind", "a")
        refused(InvalidInputError, lambda: provider.create([kind], to=to))
        refused(InvalidInputError, lambda: provider.target(object()))
        assert case.requests() == before

    def test_its_places_are_targets_that_it_takes(self, case: ProviderCase) -> None:
        """What `targets` lists, `target` takes."""
        if Capability.TARGETS not in case.provider.capabilities or (provider := _delivers(case)) is None:
            return
        places = provider.targets()
        assert places
        assert all(isinstance(one, Target) and one.id and one.title for one in places)
        assert [provider.target(one) for one in places] == list(places)

    def test_a_delivery_has_a_neutral_and_a_raw_status(self, case: ProviderCase) -> None:
        """Records name themselves, their product and their place, and can be asked for again."""
        if (provider := _delivers(case)) is None:
            return
        records = provider.create([_refs(case)[0]], to=provider.target(case.target))
        assert records
        for record in records:
            assert record.id
            assert record.provider == provider.name
            assert record.state in STATES
            assert record.raw_status
            assert record.is_terminal == (record.state in TERMINAL)
            again = provider.get(record)
            assert (again.id, provider.get(record.id).id) == (record.id, record.id)

    def test_deliveries_are_waited_for_with_the_common_waiter(self, case: ProviderCase) -> None:
        """Two products arrive; no signature shows in what is printed."""
        if _delivers(case) is None:
            return
        jobs = self._sent(case, case.products[:2])
        assert len(jobs) == 2
        jobs.wait(timeout=case.timeout_s, progress=None, first_pause=0.05).check()
        assert all(job.succeeded for job in jobs)
        for shown in (repr(jobs), jobs._repr_html_(), str(jobs.table().to_dict())):
            assert "Signature=" not in shown

    def test_products_of_one_request_are_jobs_of_their_own(self, case: ProviderCase) -> None:
        """Two products share a request; each has its job, and the records name the product."""
        if (provider := _delivers(case)) is None or not (kinds := bundled_kinds(provider)):
            return
        refs = [ref for ref in _refs(case) if ref.kind in kinds][:2]
        watched = _Watched(provider)
        jobs = deliver(refs, to=case.target, provider=watched, bundle=2)
        assert watched.created == 1
        assert [job.product for job in jobs] == refs
        assert all(job.records for job in jobs), "the answer to the request names each product"
        assert all(job.product in record.products for job in jobs for record in job.records)
        jobs.wait(timeout=case.timeout_s, progress=None, first_pause=0.05).check()

    def test_the_same_product_twice_is_sent_once(self, case: ProviderCase) -> None:
        """Duplicates in a list are one job."""
        if _delivers(case) is not None:
            assert len(self._sent(case, [case.products[0], case.products[0]])) == 1

    def test_a_failed_delivery_says_so_and_is_sent_again(self, case: ProviderCase) -> None:
        """A failure ends the wait with the job on the error; one call repairs it."""
        if _delivers(case) is None or case.fail_next is None:
            return
        case.fail_next()
        jobs = self._sent(case, case.products[:1])
        error = refused(
            DeliveryFailedError,
            lambda: jobs[0].wait(timeout=case.timeout_s, progress=None, first_pause=0.05),
        )
        assert getattr(error, "last", None) is jobs[0]
        assert len(jobs.failed) == 1
        assert len(jobs.again()) == 1
        assert jobs[0].wait(timeout=case.timeout_s, progress=None, first_pause=0.05).succeeded
        assert jobs[0].attempts == 2
        assert len(jobs.again()) == 0

    def test_a_wait_has_an_end(self, case: ProviderCase) -> None:
        """The deadline passes; the job is on the error and can be waited for again."""
        if _delivers(case) is None:
            return
        job = self._sent(case, case.products[:1])[0]
        last: object = job
        try:
            job.wait(timeout=0.001, progress=None)
        except WaitTimeoutError as error:
            last = error.last
        assert last is job
        assert job.wait(timeout=case.timeout_s, progress=None, first_pause=0.05).succeeded

    def test_an_unknown_delivery_is_not_found(self, case: ProviderCase) -> None:
        """An id that is none of the account's."""
        if (provider := _delivers(case)) is not None:
            refused(NotFoundError, lambda: provider.get("00000000-0000-4000-8000-000000000000"))

    def test_an_unknown_place_is_refused_with_its_name(self, case: ProviderCase) -> None:
        """The refusal stays with the job and says which place."""
        if (provider := _delivers(case)) is None or case.unknown_target is None:
            return
        (job,) = deliver(case.products[:1], to=case.unknown_target, provider=provider)
        assert job.has_failed
        assert provider.target(case.unknown_target).id in job.reason

    def test_the_list_holds_what_was_sent(self, case: ProviderCase) -> None:
        """A new delivery is in the list of the account."""
        if Capability.LISTING not in case.provider.capabilities or (provider := _delivers(case)) is None:
            return
        sent = provider.create([_refs(case)[0]], to=provider.target(case.target))
        assert {one.id for one in sent} <= {one.id for one in provider.list()}

    def test_downloads_hand_out_links_that_do_not_show(self, case: ProviderCase) -> None:
        """A product becomes files with a resolver; a link is in no repr."""
        if Capability.DOWNLOADS not in case.provider.capabilities:
            return
        sources = cast("Downloads", case.provider).resolve(_refs(case)[0], timeout=case.timeout_s)
        assert sources
        for source in sources:
            link = source.resolver.resolve(source.ref)
            assert link.url.startswith("http")
            assert link.url not in repr(source) + repr(link)

    def _sent(self, case: ProviderCase, products: Sequence[Any]) -> Jobs:
        return deliver(list(products), to=case.target, provider=case.provider)


def _delivers(case: ProviderCase) -> Delivery | None:
    if Capability.DELIVERY not in case.provider.capabilities:
        return None
    assert isinstance(case.provider, Provider)
    return cast("Delivery", case.provider)


def _refs(case: ProviderCase) -> list[ProductRef]:
    found = [case.provider.recognise(product) for product in case.products]
    return [ref for ref in found if ref is not None]
