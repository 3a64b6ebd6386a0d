"""Open data of the session's sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iceye_geo.opendata import OpenData

if TYPE_CHECKING:
    from iceye_geo.sandbox import Sandbox


@pytest.fixture
def root(sandbox: Sandbox) -> str:
    return f"{sandbox.url}/open-data/catalog.json"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def open_data(root: str, cache: Path) -> Iterator[OpenData]:
    with OpenData(url=root, cache_dir=cache, pause_s=0) as made:
        yield made
