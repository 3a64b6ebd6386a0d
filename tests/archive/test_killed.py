"""A sync killed at any step, and two at once: nothing is lost, doubled or half shown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from iceye_geo.archive import Archive
from iceye_geo.archive.manifest import load_manifest
from tests.archive.worlds import ListCatalog, records

ROOT = Path(__file__).parents[2]

#: Syncs the second state of a small world into a folder, and kills itself at the n-th step; prints the steps.
SCRIPT = """
import os, signal, sys
sys.path.insert(0, {root!r})
from iceye_geo.archive import Archive
from tests.archive.worlds import ListCatalog
from tests.archive.test_killed import after
left = [{kill_at}]
def on_step(name):
    print(name, flush=True)
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
Archive.sync(ListCatalog(after()), {path!r}, progress=False, on_step=on_step, wait_s=60)
"""


def before() -> list[dict]:
    return records(40, days=50)


def after() -> list[dict]:
    """Some gone, one changed, one reprocessed, some new: every kind of file is written."""
    held = before()
    held[0] = {**held[0], "id": "moved"}
    held[1] = {**held[1], "properties": {**held[1]["properties"], "updated": "2026-07-01T00:00:00Z"}}
    known = {r["id"] for r in before()}
    return held[:-3] + [r for r in records(46, days=50) if r["id"] not in known]


def run(path: Path, *, kill_at: int) -> subprocess.CompletedProcess[str]:
    script = SCRIPT.format(root=str(ROOT), kill_at=kill_at, path=str(path))
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT
    )


def ids(path: Path) -> list[str]:
    return sorted(str(r["id"]) for r in Archive(path).search().records())


def names(held: list[dict]) -> list[str]:
    return sorted(r["id"] for r in held)


def check(path: Path, steps: str) -> None:
    """Whatever was killed, a reader sees one of the two states, and the next sync ends in the second."""
    shown = ids(path)
    assert shown == names(before() if "manifest in place" not in steps else after())
    Archive.sync(ListCatalog(after()), path, progress=False)
    assert ids(path) == names(after())
    assert Archive(path).info().history == 5, "three vanished, one changed, one reprocessed, each once"
    listed = {part.path for part in load_manifest(path).parts}
    assert all((path / name).exists() for name in listed)
    assert not list(path.rglob("*.part"))
    assert not (path / "journal.json").exists()


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The steps of the sync when nobody kills it."""
    path = tmp_path_factory.mktemp("whole")
    Archive.sync(ListCatalog(before()), path, progress=False)
    done = run(path, kill_at=0)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_kind_of_step_is_told(steps: list[str]) -> None:
    assert set(steps) == {
        "journal read", "records read", "month compared", "part written aside", "part in place",
        "history written aside", "history in place", "journal written aside", "journal in place",
        "manifest written aside", "manifest in place", "journal dropped", "files collected",
    }  # fmt: skip


@pytest.mark.slow
def test_a_sync_killed_at_any_step_is_made_good_by_the_next(steps: list[str], tmp_path: Path) -> None:
    for number in range(1, len(steps) + 1):
        path = tmp_path / str(number)
        Archive.sync(ListCatalog(before()), path, progress=False)
        killed = run(path, kill_at=number)
        assert killed.returncode == -9, f"step {number}: {killed.stderr}"
        assert killed.stdout.splitlines() == steps[:number]
        check(path, killed.stdout)


@pytest.mark.parametrize(
    "step", ["part written aside", "history in place", "journal in place", "manifest in place"]
)
def test_a_sync_killed_at_a_telling_step_is_made_good_by_the_next(
    step: str, steps: list[str], tmp_path: Path
) -> None:
    Archive.sync(ListCatalog(before()), tmp_path, progress=False)
    killed = run(tmp_path, kill_at=steps.index(step) + 1)
    assert killed.returncode == -9
    check(tmp_path, killed.stdout)


def test_a_sync_killed_twice_in_a_row_goes_on(steps: list[str], tmp_path: Path) -> None:
    Archive.sync(ListCatalog(before()), tmp_path, progress=False)
    first = run(tmp_path, kill_at=steps.index("journal in place") + 1)
    second = run(tmp_path, kill_at=steps.index("journal in place") + 1)
    assert first.returncode == second.returncode == -9
    assert json.loads((tmp_path / "journal.json").read_text())["done"]
    check(tmp_path, first.stdout + second.stdout)


def test_two_processes_syncing_at_once_do_each_thing_once(tmp_path: Path) -> None:
    Archive.sync(ListCatalog(before()), tmp_path, progress=False)
    script = SCRIPT.format(root=str(ROOT), kill_at=0, path=str(tmp_path))
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
        )
        for _ in range(2)
    ]
    for process in both:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert ids(tmp_path) == names(after())
    assert Archive(tmp_path).info().history == 5
    assert load_manifest(tmp_path).generation == 3


def test_a_reader_beside_a_writer_sees_whole_states_only(tmp_path: Path) -> None:
    Archive.sync(ListCatalog(before()), tmp_path, progress=False)
    archive, seen = Archive(tmp_path), set()

    def look(_step: str) -> None:
        seen.add(tuple(sorted(str(r["id"]) for r in archive.search().records())))

    Archive.sync(ListCatalog(after()), tmp_path, progress=False, on_step=look)
    assert seen == {tuple(names(before())), tuple(names(after()))}
