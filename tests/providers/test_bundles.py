"""Several products in one request: what is sent, and that each product still has its own end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iceye_geo import Client
from iceye_geo.errors import ApiKeyError, InvalidInputError, NotFoundError, UnexpectedAnswerError
from iceye_geo.providers import Jobs, ProductRef, deliver
from iceye_geo.providers.pixxel import PixxelClient
from iceye_geo.sandbox import Sandbox
from iceye_geo.sandbox.faults import Fault

from .shelf import Shelf

QUICK: dict[str, Any] = {"timeout": 120, "progress": None, "first_pause": 0.05}
NOBODY = "00000000-0000-4000-8000-00000000dead"


def posts(world: Sandbox) -> int:
    return len(world.requests.matching("/deliveries$", method="POST"))


@pytest.fixture
def owned(iceye: Client) -> list[str]:
    return [item.id for item in iceye.catalog.search(collections=["private"], max_items=3).items()]


@pytest.fixture
def catalogs(pixxel: PixxelClient) -> list[str]:
    return [entry.id for entry in pixxel.catalog.search(max_items=5)]


@pytest.fixture
def place(iceye: Client) -> Any:
    return iceye.delivery.locations()[0].target(sub_path="bundles")


def states(jobs: Jobs) -> list[str]:
    return [job.state for job in jobs]


def test_each_product_has_a_request_of_its_own_unless_asked_otherwise(
    world: Sandbox, iceye: Client, owned: list[str], place: Any
) -> None:
    before = posts(world)
    jobs = deliver(owned[:3], to=place, provider=iceye)
    assert posts(world) - before == 3
    assert len({job.records[0].id for job in jobs}) == 3


def test_items_of_iceye_share_deliveries_of_the_size_asked_for(
    world: Sandbox, iceye: Client, owned: list[str], place: Any
) -> None:
    before = posts(world)
    jobs = deliver(owned[:3], to=place, provider=iceye, bundle=2)
    assert posts(world) - before == 2
    assert [job.product.id for job in jobs] == owned[:3]
    assert [len(job.records[0].products) for job in jobs] == [2, 2, 1]
    assert jobs.wait(**QUICK).check().succeeded


def test_a_shared_delivery_is_looked_at_once_a_round(
    world: Sandbox, iceye: Client, owned: list[str], place: Any
) -> None:
    jobs = deliver(owned[:3], to=place, provider=iceye, bundle=10)
    world.requests.clear()
    jobs.refresh()
    assert len(world.requests.matching("/deliveries/", method="GET")) == 1


def test_a_failed_delivery_of_several_says_so_and_is_told_apart_by_the_next_attempt(
    world: Sandbox, iceye: Client, owned: list[str], place: Any, broken_items: list[str]
) -> None:
    broken_items += [owned[1], owned[1]]
    jobs = deliver(owned[:3], to=place, provider=iceye, bundle=3).wait(**QUICK)
    assert states(jobs) == ["failed"] * 3
    assert jobs[0].reason == "one status for 3 products"
    before = posts(world)
    assert len(jobs.again().wait(**QUICK)) == 3
    assert posts(world) - before == 3
    assert states(jobs) == ["succeeded", "failed", "succeeded"]
    assert jobs.again().wait(**QUICK).check()[0].attempts == 3


def test_catalogs_of_pixxel_share_a_request_and_keep_their_own_ends(
    world: Sandbox, pixxel: PixxelClient, catalogs: list[str]
) -> None:
    world.pixxel.fail_next(catalogs[2])
    before = posts(world)
    jobs = deliver(catalogs, to=pixxel.stores.list()[0], provider=pixxel, bundle=50).wait(**QUICK)
    assert posts(world) - before == 1
    assert states(jobs) == ["succeeded", "succeeded", "failed", "succeeded", "succeeded"]
    assert all([ref.id for ref in job.records[0].products] == [job.product.id] for job in jobs)
    jobs.again()
    jobs.wait(**QUICK).check()


def test_order_items_go_alone_since_the_answer_does_not_name_them(
    world: Sandbox, pixxel: PixxelClient
) -> None:
    orders = dict.fromkeys(entry.order_item_id for entry in pixxel.catalog.search())
    refs = [ProductRef("pixxel", "order_item", str(one)) for one in list(orders)[:2]]
    before = posts(world)
    jobs = deliver(refs, to=pixxel.stores.list()[0], provider=pixxel, bundle=50)
    assert posts(world) - before == 2
    assert [len(job.records) for job in jobs] == [2, 2]


@pytest.mark.parametrize("name", ["iceye", "pixxel"])
def test_one_that_cannot_be_had_does_not_hold_up_the_others(
    world: Sandbox, iceye: Client, pixxel: PixxelClient, owned: list[str], catalogs: list[str], place: Any, name: str
) -> None:  # fmt: skip
    client: Any = iceye if name == "iceye" else pixxel
    first, last = (owned if name == "iceye" else catalogs)[:2]
    to = place if name == "iceye" else pixxel.stores.list()[0]
    jobs = deliver([first, NOBODY, last], to=to, provider=client, bundle=3)
    assert isinstance(jobs[1].error, NotFoundError)
    assert [job.error for job in (jobs[0], jobs[2])] == [None, None]
    assert states(jobs.wait(**QUICK)) == ["succeeded", "failed", "succeeded"]


def test_a_wrong_place_is_told_once_for_all(
    world: Sandbox, pixxel: PixxelClient, catalogs: list[str]
) -> None:
    before = posts(world)
    jobs = deliver(catalogs, to="no-such-store", provider=pixxel, bundle=5)
    assert posts(world) - before == 1
    assert all("no store no-such-store" in job.reason for job in jobs)


def test_a_wrong_key_is_told_once_for_all_bundles(world: Sandbox, catalogs: list[str]) -> None:
    stranger = PixxelClient.for_sandbox(world.url, api_key="wrong-key-123")
    before = posts(world)
    jobs = deliver(catalogs, to="s", provider=stranger, bundle=2)
    assert posts(world) - before == 1
    assert all(isinstance(job.error, ApiKeyError) for job in jobs)


@pytest.mark.parametrize("name", ["iceye", "pixxel"])
def test_several_whose_answer_was_lost_are_found_by_one_look(
    world: Sandbox, iceye: Client, pixxel: PixxelClient, owned: list[str], catalogs: list[str], name: str
) -> None:  # fmt: skip
    client: Any = iceye if name == "iceye" else pixxel
    to: Any = (pixxel.stores.list()[0].id, "lost-bundle")
    if name == "iceye":
        to = iceye.delivery.locations()[0].target(sub_path="lost-bundle")
    world.faults.add(Fault("drop", "/deliveries$", method="POST", after_bytes=0))
    jobs = deliver((owned if name == "iceye" else catalogs)[:3], to=to, provider=client, bundle=3)
    assert states(jobs) == ["unknown"] * 3
    world.requests.clear()
    assert len(jobs.again()) == 0
    assert posts(world) == 0
    assert len(world.requests.matching("/deliveries$", method="GET")) == 1
    assert all(job.attempts == 1 for job in jobs.wait(**QUICK).check())


@pytest.mark.parametrize("bundle", [0, -1, True, 2.0, "2"])
def test_an_odd_size_is_refused(bundle: Any) -> None:
    with pytest.raises(InvalidInputError, match="at least 1"):
        deliver("a", to="oak", provider=Shelf(), bundle=bundle)


class Mute(Shelf):
    """A provider whose answer leaves a product out, and whose list does not help."""

    def create(self, products: Any, *, to: Any) -> Any:
        return super().create(products, to=to)[:1]

    def list(self, *, max_items: int | None = None) -> Any:
        return []


def test_a_product_that_the_answer_leaves_out_is_not_taken_for_sent_nor_for_failed() -> None:
    jobs = deliver(["a", "b"], to="oak", provider=Mute(), bundle=2)
    assert states(jobs) == ["running", "unknown"]
    assert isinstance(jobs[1].error, UnexpectedAnswerError)
    assert [job.product.id for job in jobs.again()] == ["b"]
    assert states(jobs.refresh()) == ["succeeded", "succeeded"]


class Modest(Shelf):
    """A provider that takes one product at a time, and says so by not saying anything."""

    capabilities = Shelf.capabilities - {"bundles"}


@pytest.mark.parametrize(("kind", "requests"), [(Shelf, 1), (Modest, 3)])
def test_a_provider_that_takes_one_at_a_time_gets_one_at_a_time(
    kind: Callable[[], Shelf], requests: int
) -> None:
    shelf = kind()
    jobs = deliver(["a", "b", "c"], to="oak", provider=shelf, bundle=10)
    assert shelf.requests == requests
    assert [job.product.id for job in jobs] == ["a", "b", "c"]
