"""Mixed deliveries: split, followed, repaired; lost answers; what is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iceye_geo import Client
from iceye_geo.errors import (
    ApiKeyError,
    ConfigurationError,
    DeliveryFailedError,
    InvalidInputError,
    WaitTimeoutError,
)
from iceye_geo.providers import IceyeProvider, Jobs, ProductRef, deliver, download
from iceye_geo.providers.pixxel import PixxelClient
from iceye_geo.sandbox import Sandbox
from iceye_geo.sandbox.faults import Fault
from iceye_geo.services.progress import WaitState

QUICK: dict[str, Any] = {"timeout": 60, "progress": None, "first_pause": 0.05}


@pytest.fixture
def to(iceye: Client, pixxel: PixxelClient) -> dict[str, Any]:
    return {"iceye": iceye.delivery.locations()[0], "pixxel": pixxel.stores.list()[0]}


def owned(iceye: Client, count: int) -> list[Any]:
    return list(iceye.catalog.search(collections=["private"], max_items=count).items())


def posts(world: Sandbox) -> int:
    return len(world.requests.matching("/deliveries$", method="POST"))


def test_ten_mixed_products_with_two_failures_are_repaired_by_one_call(
    world: Sandbox, iceye: Client, pixxel: PixxelClient, to: dict[str, Any]
) -> None:
    catalogs = [entry.id for entry in pixxel.catalog.search(max_items=5)]
    world.pixxel.fail_next(catalogs[1])
    world.pixxel.fail_next(catalogs[4])
    mixed = [thing for pair in zip(owned(iceye, 5), catalogs, strict=True) for thing in pair]
    jobs = deliver(mixed, to=to, provider=[pixxel, iceye]).wait(**QUICK)
    assert [job.provider.name for job in jobs] == ["iceye", "pixxel"] * 5
    assert (len(jobs.succeeded), len(jobs.failed)) == (8, 2)
    assert [job.product.id for job in jobs.failed] == [catalogs[1], catalogs[4]]
    with pytest.raises(DeliveryFailedError, match=f"2 of 10 failed: pixxel:catalog:{catalogs[1]}"):
        jobs.check()
    before = posts(world)
    again = jobs.again()
    assert (len(again), posts(world) - before) == (2, 2)
    assert len(jobs.wait(**QUICK).check()) == 10
    table = jobs.table()
    assert list(table["attempts"]) == [1, 1, 1, 2, 1, 1, 1, 1, 1, 2]
    assert set(table["state"]) == {"succeeded"}
    assert table["asked_at"].notna().all()
    assert len(jobs.again()) == 0


def test_a_table_of_both_providers_is_sent_row_by_row(
    iceye: Client, pixxel: PixxelClient, to: dict[str, Any]
) -> None:
    from iceye_geo.stac import to_geodataframe

    items = [*owned(iceye, 2), *pixxel.catalog.search(max_items=2).items()]
    table = to_geodataframe(items)
    jobs = deliver(table, to=to, provider=[iceye, pixxel])
    expected = [*table["id"][:2], *table["pixxel:catalog_id"][2:]]
    assert [job.product.id for job in jobs] == expected
    assert [job.error for job in jobs] == [None] * 4
    (one,) = deliver(table.iloc[3], to=to, provider=[iceye, pixxel])
    assert (one.product.provider, one.product.id) == ("pixxel", expected[3])
    plain = deliver(to_geodataframe(items[:2]), to=to["iceye"], provider=[pixxel, iceye])
    assert [job.product.id for job in plain] == expected[:2]


def test_a_refusal_stays_with_its_product(world: Sandbox, iceye: Client, to: dict[str, Any]) -> None:
    mine = owned(iceye, 1)[0]
    nobody = ProductRef("iceye", "item", "00000000-0000-4000-8000-00000000dead")
    jobs = deliver([nobody, mine], to=to["iceye"], provider=iceye)
    assert [job.state for job in jobs] == ["failed", "pending"]
    assert "404" in jobs[0].reason
    assert jobs.wait(**QUICK).succeeded[0].product.id == mine.id


def test_a_wrong_key_is_tried_once_and_explained(world: Sandbox, to: dict[str, Any]) -> None:
    stranger = PixxelClient.for_sandbox(world.url, api_key="wrong-key-123")
    before = posts(world)
    jobs = deliver(["a", "b", "c"], to=to["pixxel"], provider=stranger)
    assert posts(world) - before == 1
    assert all(isinstance(job.error, ApiKeyError) for job in jobs)
    assert all("PIXXEL_API_KEY" in job.reason and "wrong-key-123" not in job.reason for job in jobs)


def test_an_order_item_becomes_one_job_with_a_delivery_per_catalog(
    pixxel: PixxelClient, to: dict[str, Any]
) -> None:
    order_item = pixxel.catalog.search(max_items=1)[0].order_item_id
    (job,) = deliver(f"pixxel:order_item:{order_item}", to=to["pixxel"], provider=pixxel)
    assert len(job.records) == 2
    assert job.wait(**QUICK).succeeded
    assert len({record.location for record in job.records}) == 2


def test_one_part_that_fails_fails_the_job(world: Sandbox, pixxel: PixxelClient, to: dict[str, Any]) -> None:
    entry = pixxel.catalog.search(max_items=1)[0]
    world.pixxel.fail_next(entry.id)
    (job,) = deliver(f"pixxel:order_item:{entry.order_item_id}", to=to["pixxel"], provider=pixxel)
    with pytest.raises(DeliveryFailedError):
        job.wait(**QUICK)
    assert sorted(record.state for record in job.records) == ["failed", "succeeded"]


@pytest.mark.parametrize("name", ["iceye", "pixxel"])
def test_a_delivery_whose_answer_was_lost_is_found_and_not_sent_twice(
    world: Sandbox, iceye: Client, pixxel: PixxelClient, to: dict[str, Any], name: str
) -> None:
    client: Any = iceye if name == "iceye" else pixxel
    product = owned(iceye, 4)[3] if name == "iceye" else pixxel.catalog.search(max_items=4)[3]
    place = {"iceye": to["iceye"].target(sub_path="lost"), "pixxel": (to["pixxel"].id, "lost")}[name]
    world.faults.add(Fault("drop", "/deliveries$", method="POST", after_bytes=0))
    jobs = deliver(product, to=place, provider=client)
    assert (jobs[0].state, jobs[0].is_uncertain) == ("unknown", True)
    before = posts(world)
    assert len(jobs.again()) == 0
    assert posts(world) == before
    assert jobs.wait(**QUICK).check()[0].attempts == 1


def test_a_request_that_got_lost_on_its_way_is_sent_again(
    world: Sandbox, pixxel: PixxelClient, to: dict[str, Any]
) -> None:
    world.faults.add(Fault("503", "/deliveries$", method="POST"))
    product = pixxel.catalog.search(max_items=6)[5]
    jobs = deliver(product, to=(to["pixxel"].id, "only-here"), provider=pixxel)
    assert jobs[0].is_uncertain
    assert len(jobs.again()) == 1
    assert jobs.wait(**QUICK).check()[0].attempts == 2


def test_a_server_that_stumbles_does_not_end_the_wait(
    world: Sandbox, pixxel: PixxelClient, to: dict[str, Any]
) -> None:
    jobs = deliver(pixxel.catalog.search(max_items=2).to_list(), to=to["pixxel"], provider=pixxel)
    world.faults.add(Fault("503", "/pixxel/", method="GET", times=3))
    seen: list[WaitState] = []
    assert jobs.wait(timeout=60, progress=seen.append, first_pause=0.05).is_terminal
    assert seen[-1].status == "2 of 2 ended"


def test_the_deadline_ends_a_wait_and_the_jobs_are_on_the_error(iceye: Client, to: dict[str, Any]) -> None:
    jobs = deliver(owned(iceye, 1), to=to["iceye"], provider=iceye)
    with pytest.raises(WaitTimeoutError) as caught:
        jobs.wait(timeout=0.001, progress=None)
    assert caught.value.last is jobs
    assert jobs.wait(**QUICK).is_terminal


@pytest.mark.parametrize(
    ("products", "change", "message"),
    [
        ([], {}, "products: must be at least one"),
        ([object()], {}, "belongs to no provider"),
        (["somewhere:item:a"], {}, "pixxel:catalog:somewhere:item:a"),
        ([ProductRef("elsewhere", "item", "a")], {}, "not among the providers"),
        (["a", "iceye:item:b"], {"to": "one-place"}, "one place per provider"),
        (["a", "iceye:item:b"], {"to": {"pixxel": "s"}}, "no place for iceye"),
        (["pixxel:catalog:a"], {"to": {"pixxel": ("s", "p", "q")}}, "must be a store"),
        (["pixxel:catalog:a"], {"to": {"pixxel": "s:p:q"}}, "sub path"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is_sent(
    world: Sandbox, iceye: Client, pixxel: PixxelClient, products: Any, change: dict[str, Any], message: str
) -> None:
    before = posts(world)
    asked = {"to": {"iceye": "c:p", "pixxel": "s"}} | change
    if message.startswith("pixxel:"):
        # A bare id may hold colons: it counts as the first provider's.
        (job,) = deliver(products, to=asked["to"], provider=[pixxel, iceye])
        assert str(job.product) == message
        return
    with pytest.raises(InvalidInputError, match=message):
        deliver(products, to=asked["to"], provider=[pixxel, iceye])
    assert posts(world) == before


def test_the_environment_is_enough(
    world: Sandbox, iceye: Client, monkeypatch: pytest.MonkeyPatch, to: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match="no credentials"):
        deliver("pixxel:catalog:a", to="s")
    for name, value in world.environment().items():
        monkeypatch.setenv(name, value)
    jobs = deliver(owned(iceye, 1), to=to["iceye"])
    assert jobs[0].provider.name == "iceye"
    with pytest.raises(InvalidInputError, match="provider:kind:id"):
        deliver("bare-id", to="s")


def test_downloads_of_both_providers_land_in_one_folder(
    iceye: Client, pixxel: PixxelClient, tmp_path: Path
) -> None:
    item = next(
        iceye.catalog.search(
            collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=1
        ).items()
    )
    nobody = ProductRef("pixxel", "catalog", "nobody")
    done = download(
        [item, pixxel.catalog.search(max_items=1)[0], nobody], tmp_path, timeout=60, provider=[iceye, pixxel]
    )
    assert [one.succeeded for one in done] == [True, True, False]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".tif", ".zip"]
    assert "404" in str(done[2].error)


def test_jobs_slice_show_and_count(iceye: Client, to: dict[str, Any]) -> None:
    jobs = deliver(owned(iceye, 3), to=to["iceye"], provider=IceyeProvider(iceye))
    assert isinstance(jobs[:2], Jobs)
    assert len(jobs[:2]) == 2
    assert "<th>provider</th>" in jobs._repr_html_()
    assert "<th>state</th>" in jobs[0]._repr_html_()
    assert repr(jobs.open) == "<Jobs: 0 of 3 there, 0 failed>"


def test_a_failure_carries_the_providers_reason(
    side: Callable[..., tuple[Sandbox, PixxelClient]],
) -> None:
    sandbox, client = side(failure_reason="the scene is clouded")
    sandbox.pixxel.fail_next()
    (job,) = deliver(client.catalog.search(max_items=1)[0], to=client.stores.list()[0], provider=client)
    with pytest.raises(DeliveryFailedError, match="the scene is clouded"):
        job.wait(**QUICK)
    assert job.row()["reason"] == "the scene is clouded"
