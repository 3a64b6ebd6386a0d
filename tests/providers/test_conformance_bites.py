"""The conformance suite passes a sound provider, and fails one that is broken by the check that is about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from iceye_geo.cog.ref import AssetRef, Link
from iceye_geo.errors import IceyeGeoError, InvalidInputError
from iceye_geo.providers import Capability, DeliveryRecord, DownloadSource, ProductRef, Target
from iceye_geo.providers.testing import ProviderConformance

from .shelf import Shelf, case_of


def failures(make: Callable[[], Any]) -> set[str]:
    """Run every check on a provider of its own; return the names of those that failed."""
    suite, failed = ProviderConformance(), set()
    for name in [name for name in dir(suite) if name.startswith("test_")]:
        try:
            getattr(suite, name)(case_of(make()))
        except (AssertionError, IceyeGeoError, TypeError, LookupError):
            failed.add(name.removeprefix("test_"))
    return failed


class OddName(Shelf):
    name = "My Shelf"


class ClaimsTooMuch(Shelf):
    list = None  # type: ignore[assignment]


class KnowsNoKinds(Shelf):
    bundled_kinds = frozenset()


class TakesEverything(Shelf):
    def recognise(self, product: Any, *, default: bool = False) -> ProductRef | None:
        known = super().recognise(product, default=default)
        return known or (ProductRef("shelf", "book", "x") if not isinstance(product, str) else None)


class GrabsBareIds(Shelf):
    def recognise(self, product: Any, *, default: bool = False) -> ProductRef | None:
        return super().recognise(product, default=True)


class AsksWhileRecognising(Shelf):
    def recognise(self, product: Any, *, default: bool = False) -> ProductRef | None:
        self.requests += 1
        return super().recognise(product, default=default)


class SendsFirst(Shelf):
    def create(self, products: Any, *, to: Target) -> list[DeliveryRecord]:
        self.requests += 1
        return super().create(products, to=to)


class TakesNothingForSomething(Shelf):
    def create(self, products: Any, *, to: Target) -> list[DeliveryRecord]:
        return super().create(products, to=to) if products else []


class TakesAnyPlace(Shelf):
    def target(self, value: Any) -> Target:
        return super().target(value) if isinstance(value, str | Target) else Target("oak")


class ForgetsPlaces(Shelf):
    def create(self, products: Any, *, to: Target) -> list[DeliveryRecord]:
        if to.id not in self.desks:
            raise InvalidInputError("to", "is wrong")
        return super().create(products, to=to)


class HasNoPlaces(Shelf):
    def targets(self) -> list[Target]:
        return []


class HidesItsWord(Shelf):
    def put(self, identity: str, word: str, product: ProductRef, to: Target) -> DeliveryRecord:
        self.records[identity] = replace(super().put(identity, word, product, to), raw_status="")
        return self.records[identity]


class NeverEnds(Shelf):
    def get(self, record: Any, *, timeout: float | None = None) -> DeliveryRecord:
        return self.records[record if isinstance(record, str) else record.id]


class NeverFails(Shelf):
    def get(self, record: Any, *, timeout: float | None = None) -> DeliveryRecord:
        self.failing = 0
        return super().get(record, timeout=timeout)


class InventsDeliveries(Shelf):
    def get(self, record: Any, *, timeout: float | None = None) -> DeliveryRecord:
        identity = record if isinstance(record, str) else record.id
        if identity not in self.records:
            return self.put(identity, "SENT", ProductRef("shelf", "book", "a"), Target("oak"))
        return super().get(record, timeout=timeout)


class ForgetsDeliveries(Shelf):
    def list(self, *, max_items: int | None = None) -> list[DeliveryRecord]:
        return []


class MixesProductsUp(Shelf):
    def create(self, products: Any, *, to: Target) -> list[DeliveryRecord]:
        return [replace(one, products=()) for one in super().create(products, to=to)]


class ShowsSignatures(Shelf):
    def put(self, identity: str, word: str, product: ProductRef, to: Target) -> DeliveryRecord:
        told = Target(to.id, "https://shelf.example/?Signature=planted")
        return super().put(identity, word, product, told)

    def target(self, value: Any) -> Target:
        return Target(super().target(value).id, "https://shelf.example/?Signature=planted")


class ShowsLinks(Shelf):
    def resolve(self, product: ProductRef, *, timeout: float) -> list[DownloadSource]:
        class Loud:
            def resolve(self, ref: AssetRef) -> Link:
                return Link.of("https://shelf.example/a?Signature=planted")

            def __repr__(self) -> str:
                return "Loud('https://shelf.example/a?Signature=planted')"

        return [DownloadSource(AssetRef(product.id, "pages"), Loud())]


class HasNoFiles(Shelf):
    def resolve(self, product: ProductRef, *, timeout: float) -> list[DownloadSource]:
        return []


def test_a_sound_provider_passes() -> None:
    assert failures(Shelf) == set()


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (OddName, "it_has_a_name_and_knows_its_capabilities"),
        (ClaimsTooMuch, "it_has_a_name_and_knows_its_capabilities"),
        (KnowsNoKinds, "it_has_a_name_and_knows_its_capabilities"),
        (TakesEverything, "products_of_others_are_left_alone"),
        (GrabsBareIds, "a_bare_id_counts_only_where_it_is_meant_to"),
        (AsksWhileRecognising, "its_own_products_are_recognised_without_a_request"),
        (SendsFirst, "nothing_and_products_of_others_are_refused_before_a_request"),
        (TakesNothingForSomething, "nothing_and_products_of_others_are_refused_before_a_request"),
        (TakesAnyPlace, "nothing_and_products_of_others_are_refused_before_a_request"),
        (ForgetsPlaces, "an_unknown_place_is_refused_with_its_name"),
        (HasNoPlaces, "its_places_are_targets_that_it_takes"),
        (HidesItsWord, "a_delivery_has_a_neutral_and_a_raw_status"),
        (NeverEnds, "deliveries_are_waited_for_with_the_common_waiter"),
        (NeverFails, "a_failed_delivery_says_so_and_is_sent_again"),
        (InventsDeliveries, "an_unknown_delivery_is_not_found"),
        (ForgetsDeliveries, "the_list_holds_what_was_sent"),
        (MixesProductsUp, "products_of_one_request_are_jobs_of_their_own"),
        (ShowsSignatures, "deliveries_are_waited_for_with_the_common_waiter"),
        (ShowsLinks, "downloads_hand_out_links_that_do_not_show"),
        (HasNoFiles, "downloads_hand_out_links_that_do_not_show"),
    ],
)
def test_a_broken_provider_fails_the_check_that_is_about_it(broken: Callable[[], Any], check: str) -> None:
    assert check in failures(broken)


def test_a_provider_with_fewer_capabilities_passes_what_is_left() -> None:
    class Reading(Shelf):
        capabilities = frozenset({Capability.DOWNLOADS})

    assert failures(Reading) == set()
