"""No panel test passes with an error that nobody looked at: ipywidgets would swallow it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iceye_geo.panels.base import SHOWN_ERRORS

if TYPE_CHECKING:
    from iceye_geo import Client


@pytest.fixture(autouse=True)
def shown_errors() -> Iterator[list[BaseException]]:
    """Errors that panels have shown; a test that expects one takes it out of this list."""
    SHOWN_ERRORS.clear()
    yield SHOWN_ERRORS
    assert not SHOWN_ERRORS, f"a panel showed {SHOWN_ERRORS!r}"


@pytest.fixture
def desk(pictures: Path, tmp_path: Path) -> Iterator[Client]:
    """A client of a sandbox of its own: a full budget, no tasks, and a clock that the test may turn."""
    from iceye_geo import Client

    with Client.sandbox(
        scenes=24, scene_size=400, rejection_rate=0, failure_rate=0,
        cache_dir=pictures, bucket_dir=tmp_path / "buckets",
    ) as made:  # fmt: skip
        yield made
