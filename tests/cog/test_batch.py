from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from iceye_geo.cog import Cog, map_cogs
from iceye_geo.errors import InvalidInputError

from .factory import make_cog
from .server import StrictHost


def width(cog: Cog) -> int:
    return cog.info().width


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("frames")
    return [make_cog(folder / f"{n}.tif", height=300, width=400 + n) for n in range(5)]


def test_results_come_for_all_and_failures_do_not_stop_them(frames: list[Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.tif"
    broken.write_bytes(b"no tiff at all")
    batch = map_cogs([*frames, broken, {"id": "bare", "assets": {}}], width, workers=3)
    found = {done.index: done.value for done in batch}
    assert found == {n: 400 + n for n in range(5)}
    summary = batch.summary()
    assert str(summary) == "5 done, 1 failed, 1 skipped"
    assert "NotACogError" in summary.failed[0].reason
    assert summary.skipped[0].label == "bare"
    make_cog(broken, height=300, width=999)
    assert [done.value for done in batch.again()] == [999]


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


def test_other_executors_do_the_work(frames: list[Path]) -> None:
    with ProcessPoolExecutor(1) as pool:
        assert sorted(d.value for d in map_cogs(frames, width, executor=pool)) == [400, 401, 402, 403, 404]


def test_reasons_hold_no_signature(host: StrictHost, frames: list[Path]) -> None:
    url = host.url(frames[0])
    host.expire_links()
    batch = map_cogs([url], width)
    assert "Signature" not in str(batch.run().failed)
    with pytest.raises(InvalidInputError):
        map_cogs(frames, width, workers=0)
