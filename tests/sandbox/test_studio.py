from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest

from iceye_geo.sandbox.content import ContentFile
from iceye_geo.sandbox.studio import Studio


def slow_file(path: Path, made: list[int], *, seconds: float = 0.05) -> ContentFile:
    def make() -> Path:
        time.sleep(seconds)
        made.append(threading.get_ident())
        path.write_bytes(b"x")
        return path

    return ContentFile(path.name, "text/plain", make)


def test_a_file_is_made_once_for_all_who_wait(tmp_path: Path) -> None:
    made: list[int] = []
    file = slow_file(tmp_path / "a", made)

    async def ask() -> list[Path]:
        studio = Studio()
        first = await asyncio.gather(*(studio.path(file) for _ in range(20)))
        return [*first, await studio.path(file)]

    assert set(asyncio.run(ask())) == {tmp_path / "a"}
    assert len(made) == 1
    assert made[0] != threading.get_ident()


def test_a_file_that_was_removed_is_made_again(tmp_path: Path) -> None:
    made: list[int] = []
    file = slow_file(tmp_path / "a", made)

    async def ask() -> None:
        studio = Studio()
        (await studio.path(file)).unlink()
        assert (await studio.path(file)).exists()

    asyncio.run(ask())
    assert len(made) == 2


def test_a_failure_is_told_and_the_next_try_starts_afresh(tmp_path: Path) -> None:
    tries: list[int] = []

    def make() -> Path:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("no space left")
        return tmp_path

    async def ask() -> None:
        studio, file = Studio(), ContentFile("a", "text/plain", make)
        with pytest.raises(OSError, match="no space"):
            await studio.path(file)
        assert await studio.path(file) == tmp_path

    asyncio.run(ask())


def test_one_who_hangs_up_does_not_stop_the_others(tmp_path: Path) -> None:
    made: list[int] = []
    file = slow_file(tmp_path / "a", made, seconds=0.2)

    async def ask() -> Path:
        studio = Studio()
        impatient = asyncio.ensure_future(studio.path(file))
        patient = asyncio.ensure_future(studio.path(file))
        await asyncio.sleep(0.05)
        impatient.cancel()
        return await patient

    assert asyncio.run(ask()) == tmp_path / "a"
    assert len(made) == 1
