"""The garbage collector is held while many records are read, and does not make up for it at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from iceye_geo.stac.collector import collector_paused


@pytest.fixture
def scans() -> Iterator[list[int]]:
    """The generations that were scanned, as they come."""
    found: list[int] = []

    def note(phase: str, told: dict[str, int]) -> None:
        if phase == "start":
            found.append(told["generation"])

    gc.collect()
    gc.callbacks.append(note)
    yield found
    gc.callbacks.remove(note)


def test_what_was_made_meanwhile_is_not_scanned_at_once(scans: list[int]) -> None:
    with collector_paused():
        made = [[number] for number in range(50_000)]
    more = [[number] for number in range(100)]
    assert scans == []
    assert gc.isenabled()
    assert len(made) + len(more) == 50_100


def test_what_somebody_froze_stays_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with collector_paused():
            pass
        assert 0 < gc.get_freeze_count() <= frozen
    finally:
        gc.unfreeze()
