"""Several requests at once: how many, each product once, and what a failure of one does to the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import pytest

from iceye_geo.errors import AuthenticationError, NotFoundError
from iceye_geo.providers import DeliveryRecord, Jobs, ProductRef, Target, deliver, together
from iceye_geo.providers.jobs import Claims, Job
from iceye_geo.providers.pixxel import PixxelClient
from iceye_geo.sandbox import Sandbox

from .shelf import Shelf

LONG_S = 60.0


class Wide(Shelf):
    """A shelf with several hands. ``meet`` is called for each request, with the product's id."""

    requests_at_once = 4

    def __init__(self, meet: Callable[[str], None]) -> None:
        super().__init__()
        self.meet, self.asked, self.under_way, self.most = meet, list[str](), 0, 0
        self._lock = threading.Lock()

    def create(self, products: Sequence[ProductRef], *, to: Target) -> list[DeliveryRecord]:
        with self._lock:
            self.asked += [product.id for product in products]
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        try:
            self.meet(products[0].id)
            with self._lock:
                return super().create(products, to=to)
        finally:
            with self._lock:
                self.under_way -= 1


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG_S
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def test_the_first_goes_alone_the_others_as_many_at_once_as_the_provider_takes() -> None:
    four = threading.Barrier(4, timeout=LONG_S)
    alone: list[int] = []

    def meet(product: str) -> None:
        if product == "first":
            alone.append(shelf.under_way)
        else:
            four.wait()

    shelf = Wide(meet)
    names = ["first", *"abcdefgh"]
    jobs = deliver(names, to="oak", provider=shelf)
    assert (alone, shelf.most) == ([1], 4)
    assert sorted(shelf.asked) == sorted(names), "each was sent, and none twice"
    assert [job.product.id for job in jobs] == names
    assert [job.records[0].products[0].id for job in jobs] == names


def test_what_one_is_refused_for_stays_with_it() -> None:
    def meet(product: str) -> None:
        if product in "bd":
            raise NotFoundError(f"there is no {product}")

    shelf = Wide(meet)
    jobs = deliver(list("abcdef"), to="oak", provider=shelf)
    assert [job.state for job in jobs] == ["running", "failed", "running", "failed", "running", "running"]
    assert "there is no d" in jobs[3].reason
    assert sorted(shelf.asked) == list("abcdef")


def test_after_a_refused_login_what_is_under_way_is_kept_and_nothing_more_is_sent() -> None:
    def meet(product: str) -> None:
        if product == "b":
            until(lambda: shelf.under_way == 4)
            raise AuthenticationError("the key was revoked")
        if product != "a":
            until(lambda: jobs[-1].error is not None)

    shelf, claims = Wide(meet), Claims()
    place = shelf.target("oak")
    jobs = [Job(shelf, ProductRef("shelf", "book", name), place, claims=claims) for name in "abcdefgh"]
    Jobs(jobs).send()
    assert sorted(shelf.asked) == list("abcde"), "the first, then four at once"
    assert [job.state for job in jobs] == [
        "running",
        "failed",
        "running",
        "running",
        "running",
        *["failed"] * 3,
    ]
    assert [job.attempts for job in jobs] == [1, 1, 1, 1, 1, 0, 0, 0]
    assert all(isinstance(job.error, AuthenticationError) for job in jobs if job.has_failed)


def test_a_provider_that_breaks_stops_what_was_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    doors: list[together._Door] = []

    class Door(together._Door):
        def __init__(self) -> None:
            super().__init__()
            doors.append(self)

    def meet(product: str) -> None:
        if product == "b":
            until(lambda: shelf.under_way == 4)
            raise RuntimeError("broken")
        if product != "a":
            until(lambda: doors[0].broken)

    monkeypatch.setattr(together, "_Door", Door)
    shelf = Wide(meet)
    with pytest.raises(RuntimeError, match="broken"):
        deliver(list("abcdefghijkl"), to="oak", provider=shelf)
    assert sorted(shelf.asked) == list("abcde")


def test_a_provider_that_does_not_say_so_is_asked_one_after_the_other() -> None:
    class Narrow(Wide):
        requests_at_once = 1

    threads: list[threading.Thread] = []
    shelf = Narrow(lambda _: threads.append(threading.current_thread()))
    deliver(list("abcd"), to="oak", provider=shelf)
    assert (shelf.asked, shelf.most) == (list("abcd"), 1)
    assert set(threads) == {threading.current_thread()}


def test_pixxel_gets_each_catalog_once(world: Sandbox, pixxel: PixxelClient) -> None:
    catalogs = [entry.id for entry in pixxel.catalog.search()]
    world.requests.clear()
    jobs = deliver(catalogs, to=pixxel.stores.list()[0], provider=pixxel)
    sent = world.requests.matching("/deliveries$", method="POST")
    assert len(sent) == len(catalogs) == len({job.records[0].id for job in jobs}) > 4
    assert [job.records[0].products[0].id for job in jobs] == catalogs
