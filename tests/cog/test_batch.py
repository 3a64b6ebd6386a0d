from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from iceye_geo import Client
from iceye_geo.cog import Cog, map_cogs
from iceye_geo.cog.opening import Recipe
from iceye_geo.cog.ref import AssetRef
from iceye_geo.errors import InvalidInputError, NotFoundError
from iceye_geo.sandbox import Sandbox
from iceye_geo.sandbox.faults import Fault
from iceye_geo.stac import IceyeItem

from .factory import make_cog
from .helpers import Renewer
from .server import StrictHost

# Python 3.12 warns of forks in processes with threads, as a test's with its servers is.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def width(cog: Cog) -> int:
    return cog.info().width


def die(_cog: Cog) -> int:
    import os

    os._exit(3)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("frames")
    return [make_cog(folder / f"{n}.tif", height=300, width=400 + n) for n in range(5)]


@pytest.fixture(scope="module")
def items(client: Client) -> list[IceyeItem]:
    found = client.catalog.search(
        collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=6
    )
    return list(found.items())


def test_results_come_for_all_and_failures_do_not_stop_them(frames: list[Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.tif"
    broken.write_bytes(b"no tiff at all")
    junk: Any = [{"id": "bare", "assets": {}}, None, 7]
    batch = map_cogs([*frames, broken, *junk], width, workers=3)
    found = {done.index: done.value for done in batch}
    assert found == {n: 400 + n for n in range(5)}
    summary = batch.summary()
    assert str(summary) == "5 done, 1 failed, 3 skipped"
    assert "NotACogError" in summary.failed[0].reason
    assert [m.label for m in summary.skipped] == ["bare", "#7", "#8"]
    assert "NotACogError" in summary._repr_html_()
    make_cog(broken, height=300, width=999)
    again = summary.retry()
    assert [(done.index, done.value) for done in again] == [(5, 999)]
    assert str(again.summary()) == "1 done, 0 failed, 0 skipped"


def test_results_come_as_they_finish(frames: list[Path]) -> None:
    last = threading.Event()

    def first_waits_for_last(cog: Cog) -> int:
        found = cog.info().width
        if found == 404:
            last.set()
        assert found != 400 or last.wait(60)
        return found

    order = [done.value for done in map_cogs(frames, first_waits_for_last, workers=2)]
    assert sorted(order) == [400, 401, 402, 403, 404]
    assert order[0] != 400


def test_memory_is_bounded_by_what_runs(frames: list[Path]) -> None:
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        while True:
            taken += 1
            yield frames[taken % 5]

    results = iter(map_cogs(endless(), width, workers=2))
    for _ in range(4):
        next(results)
    assert taken <= 4 + 2 * 2 + 1
    results.close()  # type: ignore[attr-defined]


def test_no_more_images_are_read_at_a_time_than_asked(frames: list[Path]) -> None:
    running, most, lock = 0, 0, threading.Lock()
    three = threading.Barrier(3)

    def count(_cog: Cog) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        three.wait(60)
        with lock:
            running -= 1

    assert len(map_cogs(frames * 3, count, workers=3).run().done) == 15
    assert most == 3


def test_a_search_that_fails_on_the_way_keeps_the_results_before(frames: list[Path]) -> None:
    def search() -> Iterator[Path]:
        yield from frames
        raise NotFoundError("page 2")

    batch = map_cogs(search(), width)
    found: list[int] = []
    with pytest.raises(NotFoundError):
        found.extend(done.value for done in batch)
    assert sorted(found) == [400, 401, 402, 403, 404]
    assert len(batch.summary().done) == 5


def test_a_batch_runs_once_and_says_so(frames: list[Path]) -> None:
    batch = map_cogs(frames, width)
    batch.run()
    with pytest.raises(InvalidInputError, match="retry"):
        iter(batch)
    with pytest.raises(InvalidInputError, match="workers"):
        map_cogs(frames, width, workers=0)


def test_processes_do_the_work_and_a_dead_one_is_a_failure(frames: list[Path]) -> None:
    with ProcessPoolExecutor(1) as pool:
        assert sorted(d.value for d in map_cogs(frames, width, executor=pool)) == [400, 401, 402, 403, 404]
        summary = map_cogs(frames, die, executor=pool).run()
    assert len(summary.failed) == 5
    assert "BrokenProcessPool" in summary.failed[0].reason
    assert len(Summary_with(summary, width).retry().run().done) == 5


def Summary_with(summary: Any, function: Any) -> Any:
    from dataclasses import replace

    return replace(summary, function=function)


def test_a_cancelled_image_counts_as_failed(frames: list[Path]) -> None:
    class Cancels(ThreadPoolExecutor):
        def submit(self, *args: Any, **kwargs: Any) -> Any:
            gate = threading.Event()
            super().submit(gate.wait, 10)
            future = super().submit(*args, **kwargs)
            future.cancel()
            gate.set()
            return future

    with Cancels(1) as pool:
        summary = map_cogs(frames, width, executor=pool).run()
    assert [m.reason for m in summary.failed] == ["cancelled"] * 5


def test_a_place_outside_the_frame_is_skipped_not_retried(frames: list[Path], tmp_path: Path) -> None:
    away = make_cog(tmp_path / "away.tif", lon=80.0, height=300, width=400)
    summary = map_cogs([frames[0], away], lambda cog: cog.point(25.0, 60.0)).run()
    assert str(summary) == "1 done, 0 failed, 1 skipped"
    assert "OutsideFrameError" in summary.skipped[0].reason


def test_reasons_hold_no_signature(host: StrictHost, frames: list[Path]) -> None:
    url = host.url(frames[0])
    host.expire_links()
    summary = map_cogs([url], width).run()
    assert len(summary.failed) == 1
    assert "Signature" not in f"{summary} {summary!r} {summary._repr_html_()}"


def test_a_bare_link_cannot_leave_the_process(host: StrictHost, frames: list[Path]) -> None:
    with ProcessPoolExecutor(1) as pool:
        summary = map_cogs([host.url(frames[0])], width, executor=pool).run()
    assert "client.open_cog" in summary.failed[0].reason


def test_items_of_the_archive_travel_as_references(client: Client, items: list[IceyeItem]) -> None:
    with ProcessPoolExecutor(2) as pool:
        batch = map_cogs(items, width, executor=pool, workers=2, client=client)
        assert all(done.value > 300 for done in batch)
    assert len(batch.summary().done) == len(items)


def test_failed_items_are_tried_again_even_from_a_pickle(
    sandbox: Sandbox, client: Client, items: list[IceyeItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iceye_geo.cog.fetch.BACKOFF_S", 0.01)
    sandbox.faults.add(Fault("500", "/content/", times=1000))
    summary = map_cogs(items, width, client=client).run()
    assert str(summary) == f"0 done, {len(items)} failed, 0 skipped"
    sandbox.faults.clear()
    data = pickle.dumps(summary)
    assert b"Signature" not in data
    assert b"sandbox-secret" not in data
    sandbox.expire_links()
    assert len(pickle.loads(data).retry(workers=2).run().done) == len(items)


def test_a_batch_outlives_its_links(host: StrictHost, frames: list[Path]) -> None:
    renewer = Renewer(host, frames[0])
    refs = [AssetRef(f"item-{n}", "grd-cog") for n in range(6)]

    def late(cog: Cog) -> int:
        host.expire_links()
        return int(cog.preview(64).shape[1])

    assert len(map_cogs(refs, late, resolver=renewer, workers=1).run().done) == 6
    assert renewer.calls == 12


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_dask_workers_do_the_work(frames: list[Path]) -> None:
    from distributed import Client as Dask
    from distributed import LocalCluster

    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=1, processes=False, dashboard_address=None, host="127.0.0.1", protocol="tcp"
        ) as cluster,
        Dask(cluster) as dask,  # type: ignore[no-untyped-call]
    ):
        pool = dask.get_executor()
        broken = frames[0].with_name("late.tif")
        broken.write_bytes(b"no tiff")
        batch = map_cogs([*frames, broken], width, executor=pool, workers=2)
        assert sorted(done.value for done in batch) == [400, 401, 402, 403, 404]
        make_cog(broken, height=300, width=777)
        assert [done.value for done in batch.summary().retry(executor=pool)] == [777]


def test_recipes_are_what_a_batch_may_be_given_too(frames: list[Path]) -> None:
    recipe: Any = Recipe(AssetRef("", "", location=str(frames[2])))
    assert [done.value for done in map_cogs([recipe], width)] == [402]
