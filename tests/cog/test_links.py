"""A link that ends is refused once, whoever reads: the others wait for the answer, then for the fresh link."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from iceye_geo.cog import download, links, partial
from iceye_geo.cog.links import LinkKeeper
from iceye_geo.cog.plan import Window
from iceye_geo.cog.ref import AssetRef, Link
from iceye_geo.cog.transfer import Transfer
from iceye_geo.cog.wire import Answer, PooledWire
from iceye_geo.errors import LinkExpiredError

from .helpers import Renewer, local, open_with, until
from .server import StrictHost

REF = AssetRef("item", "grd-cog")


@pytest.fixture(autouse=True)
def _no_impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine an answer may take long."""
    monkeypatch.setattr(links, "_PATIENCE_S", 60.0)


class Counting:
    """Gives links one after the other."""

    calls = 0

    def resolve(self, ref: AssetRef) -> Link:
        self.calls += 1
        return Link(f"https://host/{self.calls}")


class EndingWire(PooledWire):
    """Ends all links when the requests of the given numbers are about to be sent."""

    def __init__(self, host: StrictHost, *numbers: int) -> None:
        super().__init__()
        self.host, self.numbers, self.sent, self.lock = host, numbers, 0, threading.Lock()

    def get(self, url: str, start: int, stop: int, *, unless_changed: str = "") -> Answer:
        with self.lock:
            if self.sent in self.numbers:
                self.host.expire_links()
            self.sent += 1
        return super().get(url, start, stop, unless_changed=unless_changed)


def waiting(keeper: LinkKeeper, count: int) -> bool:
    """Whether that many threads wait for an answer."""
    return len(keeper._changed._waiters) == count  # type: ignore[attr-defined]


def test_one_asks_and_the_others_wait_for_the_answer() -> None:
    keeper = LinkKeeper(REF, resolver=Counting(), link=None)
    first = keeper.ask(Transfer())
    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(keeper.ask, Transfer()) for _ in range(3)]
        until(lambda: waiting(keeper, 3))
        keeper.answered(first, works=True)
        assert {job.result(5).url for job in others} == {first.url}


def test_those_who_waited_ask_with_the_fresh_link() -> None:
    resolver = Counting()
    keeper = LinkKeeper(REF, resolver=resolver, link=None)
    first = keeper.ask(Transfer())

    def ask_and_answer() -> Link:
        link = keeper.ask(Transfer())
        keeper.answered(link, works=True)
        return link

    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(ask_and_answer) for _ in range(3)]
        until(lambda: waiting(keeper, 3))
        keeper.after_denial(first, Transfer())
        assert {job.result(5).url for job in others} == {"https://host/2"}
    assert resolver.calls == 2


def test_nobody_waits_for_ever_on_a_request_without_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_PATIENCE_S", 0.01)
    keeper = LinkKeeper(REF, resolver=Counting(), link=None)
    first = keeper.ask(Transfer())
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(keeper.ask, Transfer(), alone=True).result(10) is first


def test_a_bare_link_is_refused_to_one_of_many_readers(host: StrictHost, grd: Path) -> None:
    keeper = LinkKeeper(REF, resolver=None, link=Link.of(host.url(grd)))
    keeper.answered(keeper.ask(Transfer()), works=None)
    with pytest.raises(LinkExpiredError, match="refused"):
        keeper.after_denial(keeper.ask(Transfer()), Transfer())
    with pytest.raises(LinkExpiredError):
        keeper.ask(Transfer())


def test_parallel_reads_after_a_pause_are_refused_once(
    host: StrictHost, grd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "WORD_COUNTS_S", 0.0)
    renewer = Renewer(host, grd)
    parts = [Window(r, c, 400, 700) for r in range(0, 1800, 600) for c in range(0, 2800, 900)]
    with open_with(host, grd, renewer=renewer) as cog, ThreadPoolExecutor(6) as pool:
        host.delay_s = 0.02
        host.expire_links()
        for part, raster in zip(parts, pool.map(cog.read, parts), strict=True):
            np.testing.assert_array_equal(raster.array.filled(0), local(grd, part).filled(0))
        assert (cog.transfer.denied, cog.transfer.renewals) == (1, 1)
    assert (host.count(status=403), renewer.calls) == (1, 1)


@pytest.mark.parametrize("numbers", [(1,), (2,), (3, 9, 15)], ids=str)
def test_the_parts_of_a_download_are_refused_once_for_each_time_links_end(
    host: StrictHost, grd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, numbers: tuple[int, ...]
) -> None:
    monkeypatch.setattr(partial, "PART_BYTES", grd.stat().st_size // 20)
    renewer, wire = Renewer(host, grd), EndingWire(host, *numbers)
    host.delay_s = 0.01
    path = download(REF, tmp_path, resolver=renewer, wire=wire, connections=6, progress=False)
    assert path.read_bytes() == grd.read_bytes()
    assert host.count(status=403) == len(numbers)
    assert renewer.calls == 1 + len(numbers)
    wire.close()
