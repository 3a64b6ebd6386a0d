from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import rasterio.transform  # noqa: F401

from iceye_geo.cog.store import SHARED

from .factory import make_cog
from .server import StrictHost


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Each test starts cold."""
    for identity in list(SHARED._files):
        SHARED.drop(identity)


@pytest.fixture
def host() -> Iterator[StrictHost]:
    server = StrictHost()
    yield server
    server.close()


@pytest.fixture(scope="session")
def grd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A non-square Strip GRD-COG of 2300 x 3700."""
    return make_cog(tmp_path_factory.mktemp("cog") / "grd.tif", height=2300, width=3700)
