"""Fresh links that end before they are first used, and one keeper for all who read the same asset."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from iceye_geo import Client
from iceye_geo.cog import download, links, open_cog
from iceye_geo.cog.links import REFUSALS, ClientResolver, keeper_of
from iceye_geo.cog.plan import Window
from iceye_geo.cog.ref import AssetRef, Link, LinkResolver, link_expiry
from iceye_geo.cog.store import SHARED
from iceye_geo.cog.wire import Answer, NoAnswer, PooledWire
from iceye_geo.errors import LinkRefusedError
from iceye_geo.sandbox import Sandbox
from iceye_geo.stac import IceyeItem

from .helpers import Renewer, local, open_with
from .server import StrictHost

MIDDLE = Window(200, 100, 60, 300)


@pytest.fixture(autouse=True)
def _no_impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine an answer may take long, and what was said of a link may be long ago."""
    monkeypatch.setattr(links, "_PATIENCE_S", 60.0)
    monkeypatch.setattr(links, "WORD_COUNTS_S", 0.0)


@pytest.fixture
def item(sandbox: Sandbox, client: Client) -> Iterator[IceyeItem]:
    """An item with a link of its own, of which nothing has been read."""
    wanted = {"sar:product_type": {"eq": "GRD-COG"}}
    found = next(client.catalog.search(collections=["private"], query=wanted, max_items=1).items())
    for identity in [name for name in SHARED._files if found.id in name]:
        SHARED.drop(identity)
    gc.collect()
    sandbox.requests.clear()
    yield found
    sandbox.faults.clear()


class Unlucky:
    """Asks the sandbox for links; something happens to the first few before they are used."""

    def __init__(self, client: Client, *, happens: Callable[[], None], times: int) -> None:
        self.inner, self.happens, self.times = ClientResolver(client), happens, times

    def resolve(self, ref: AssetRef) -> Link:
        link = self.inner.resolve(ref)
        if self.times:
            self.times -= 1
            self.happens()
        return link


def denied(sandbox: Sandbox) -> int:
    return sum(r.status == 403 for r in sandbox.requests if r.path.startswith("/content/"))


def renewed(sandbox: Sandbox) -> int:
    return sum(r.path.endswith("/catalog/v2/search") for r in sandbox.requests)


def test_a_fresh_link_that_ended_before_its_first_use_is_renewed_once_more(
    sandbox: Sandbox, client: Client, item: IceyeItem
) -> None:
    unlucky = Unlucky(client, happens=sandbox.expire_links, times=1)
    with open_cog(item, resolver=unlucky) as cog:
        sandbox.expire_links()
        assert cog.read(MIDDLE).array.count() > 0
        assert (cog.transfer.denied, cog.transfer.renewals) == (2, 2)
    assert (denied(sandbox), renewed(sandbox)) == (2, 2)


def test_fresh_links_that_are_always_refused_end_the_read_and_the_next_may_try_again(
    sandbox: Sandbox, client: Client, item: IceyeItem
) -> None:
    unlucky = Unlucky(client, happens=sandbox.expire_links, times=REFUSALS - 1)
    with open_cog(item, resolver=unlucky) as cog:
        sandbox.expire_links()
        with pytest.raises(LinkRefusedError, match="fresh links were refused"):
            cog.read(MIDDLE)
        assert (denied(sandbox), renewed(sandbox)) == (REFUSALS, REFUSALS - 1)
        assert cog.read(MIDDLE).array.count() > 0
        assert (denied(sandbox), renewed(sandbox)) == (REFUSALS, REFUSALS)


def test_links_that_come_expired_are_not_asked_with(
    sandbox: Sandbox, client: Client, item: IceyeItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = sandbox.platform.content
    monkeypatch.setattr(content, "ttl_s", -60)

    def in_time() -> None:
        content.ttl_s = 3600

    with open_cog(item, resolver=Unlucky(client, happens=in_time, times=1)) as cog:
        sandbox.expire_links()
        assert cog.read(MIDDLE).array.count() > 0
    assert (denied(sandbox), renewed(sandbox)) == (1, 2)


class Dawdling(PooledWire):
    """Sends the next requests only when the links they were given have ended, if those end soon."""

    left = 0

    def get(self, url: str, start: int, stop: int, *, unless_changed: str = "") -> Answer:
        ends = link_expiry(url)
        if self.left and ends is not None and ends.timestamp() - time.time() < 5:
            self.left -= 1
            while time.time() < ends.timestamp():
                time.sleep(0.02)
        return super().get(url, start, stop, unless_changed=unless_changed)


@pytest.mark.slow
def test_a_fresh_link_of_two_seconds_that_ends_on_the_way_is_renewed(
    sandbox: Sandbox, client: Client, item: IceyeItem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = download(item, tmp_path, client=client, progress=False)
    monkeypatch.setattr(sandbox.platform.content, "ttl_s", 2)
    sandbox.expire_links()
    wire = Dawdling()
    wire.left = 1
    again = download(item, tmp_path, client=client, progress=False, name="again.tif", wire=wire)
    assert again.read_bytes() == whole.read_bytes()
    assert denied(sandbox) == 2
    wire.close()


class Refusing(PooledWire):
    """Answers 403 to all ranges that begin at an offset, whatever the link."""

    at = -1

    def get(self, url: str, start: int, stop: int, *, unless_changed: str = "") -> Answer:
        if start == self.at:
            return NoAnswer("refused", status=403)
        return super().get(url, start, stop, unless_changed=unless_changed)


def test_bytes_that_are_refused_with_every_link_do_not_go_round_for_ever(host: StrictHost, grd: Path) -> None:
    wire, renewer = Refusing(), Renewer(host, grd)
    with open_with(host, grd, wire=wire, renewer=renewer) as cog:
        wire.at = cog.plan(MIDDLE).spans[0][0]
        with pytest.raises(LinkRefusedError):
            cog.read(MIDDLE)
        assert cog.transfer.denied == REFUSALS
        other = Window(1500, 2500, 300, 300)
        np.testing.assert_array_equal(cog.read(other).array.filled(0), local(grd, other).filled(0))
    wire.close()


def test_parallel_ranges_together_are_refused_no_more_often_than_one(
    host: StrictHost, grd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "WORD_COUNTS_S", 60.0)
    with open_with(host, grd, renewer=Renewer(host, grd)) as cog:
        assert cog.info().width > 3000
    refused = Renewer(host, grd)
    refused.generation = -1
    with open_with(host, grd, renewer=refused) as cog:
        host.expire_links()
        with pytest.raises(LinkRefusedError) as caught:
            cog.read(Window(0, 0, 2000, 3000))
        assert cog.transfer.requests == REFUSALS
    assert host.count(status=403) == REFUSALS
    assert "Signature" not in str(caught.value)


def test_images_of_one_asset_are_refused_once_and_renew_once_together(
    sandbox: Sandbox, client: Client, item: IceyeItem
) -> None:
    sandbox.expire_links()
    start = threading.Barrier(8)
    with ExitStack() as opened, ThreadPoolExecutor(8) as pool:
        images = list(pool.map(lambda _: opened.enter_context(client.open_cog(item)), range(4)))
        assert (denied(sandbox), renewed(sandbox)) == (1, 1)
        sandbox.expire_links()

        def read(number: int) -> int:
            start.wait(60)
            rows = 60 * (number // 2)
            return int(images[number % 4].read(Window(rows, 350 * (number % 2), 50, 200)).array.size)

        assert list(pool.map(read, range(8))) == [10_000] * 8
        assert sum(image.transfer.renewals for image in images) == 2
    assert (denied(sandbox), renewed(sandbox)) == (2, 2)


class Fixed:
    """Knows one link; all of its kind are the same."""

    def __init__(self, url: str = "https://host/a?Expires=4102444800&Signature=secret") -> None:
        self.url = url

    def resolve(self, ref: AssetRef) -> Link:
        return Link.of(self.url)


class Unhashable(Fixed):
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


def test_keepers_are_kept_by_asset_and_resolver_as_long_as_they_are_used() -> None:
    ref, resolver = AssetRef("kept", "grd-cog"), Fixed()
    mine = keeper_of(ref, resolver=resolver, link=None)
    assert keeper_of(ref, resolver=resolver, link=None) is mine
    others: list[LinkResolver | None] = [None, Fixed(), Unhashable()]
    assert all(keeper_of(ref, resolver=other, link=Link("https://host/b")) is not mine for other in others)
    assert keeper_of(AssetRef("kept", "csi-cog"), resolver=resolver, link=None) is not mine
    assert "secret" not in repr(mine)
    assert "secret" not in repr(list(links._keepers.items()))
    del mine
    gc.collect()
    assert not [key for key in links._keepers if key[2] == ref]


def test_a_keeper_takes_the_link_that_ends_last() -> None:
    ref, resolver = AssetRef("taken", "grd-cog"), Fixed()
    early, late = (Link.of(f"https://host/{n}?Expires={4102444800 + n}&Signature=s") for n in (0, 9))
    keeper = keeper_of(ref, resolver=resolver, link=early)
    for offered, expected in (
        (late, late),
        (early, late),
        (Link("https://host/unknown"), late),
        (None, late),
    ):
        assert keeper_of(ref, resolver=resolver, link=offered) is keeper
        assert keeper._link is expected
