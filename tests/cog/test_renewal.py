"""Links renewed by a client, against the sandbox and its own content host."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest

from iceye_geo import Client, open_cog
from iceye_geo.cog import AssetRef, download, map_cogs
from iceye_geo.cog.links import ClientResolver
from iceye_geo.cog.store import SHARED
from iceye_geo.errors import AssetNotFoundError
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.settings import Settings


@pytest.fixture(scope="module")
def client(pictures: Path) -> Iterator[Client]:
    made = Client.sandbox(scene_size=900, cache_dir=pictures)
    yield made
    made.close()


@pytest.fixture(scope="module")
def item(client: Client) -> Any:
    contract = client.company.contracts()[0]
    wanted = {"sar:product_type": {"in": ["GRD-COG"]}}
    search = client.catalog.search(
        collections=["private"], contract_id=contract.id, query=wanted, max_items=1
    )
    return next(iter(search.items()))


def test_an_item_outlives_its_links(client: Client, item: Any) -> None:
    with client.open_cog(item) as cog:
        first = cog.preview(300).array
        assert client._sandbox is not None
        client._sandbox.expire_links()
        statistics = cog.statistics(cog.center)
        assert statistics.pixels > 0
        assert (cog.transfer.denied, cog.transfer.renewals) == (1, 1)
        np.testing.assert_array_equal(cog.preview(300).array, first)


def test_a_pickled_image_opens_where_it_is_unpickled(client: Client, item: Any) -> None:
    with client.open_cog(item) as cog:
        data = pickle.dumps(cog)
        assert b"Signature" not in data
        with pickle.loads(data) as again:
            assert again.info().width == cog.info().width


def test_a_reference_alone_is_enough(client: Client, item: Any) -> None:
    with client.open_cog(item) as cog:
        ref = pickle.loads(pickle.dumps(cog.ref))
        width = cog.info().width
    assert [done.value for done in map_cogs([ref], lambda c: c.info().width, client=client)] == [width]


def test_a_download_by_item_is_the_file(client: Client, item: Any, tmp_path: Any) -> None:
    path = download(item, tmp_path, client=client)
    assert path.name.startswith("ICEYE_")
    with client.open_cog(item) as cog, client.open_cog(path) as here:
        np.testing.assert_array_equal(here.preview(200).array, cog.preview(200).array)


def test_an_asset_that_is_gone_is_said_to_be_gone(client: Client, item: Any) -> None:
    ref = AssetRef(item.id, "no-such-asset", item.source)
    with pytest.raises(AssetNotFoundError, match="no-such-asset"):
        ClientResolver(client).resolve(ref)


@pytest.fixture(scope="module")
def short_lived(
    pictures: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Sandbox, Client, Any, Path]]:
    """A sandbox whose links live a second; an item, and its file."""
    folder = tmp_path_factory.mktemp("file")
    options = SandboxOptions(scene_size=900, cache_dir=pictures, url_ttl_s=1, scenes=20)
    with Sandbox(options) as running:
        settings = Settings.for_sandbox(running.url, explicit={"contract_id": running.contract_id})
        with Client(settings) as client:
            query = {"sar:product_type": "GRD-COG"}
            found = client.catalog.search(collections="private", query=query, max_items=1)
            item = next(iter(found.items()))
            yield running, client, item, download(item, folder, client=client, progress=False)


def unhurried(block: Any) -> Any:
    time.sleep(0.5)
    return block


@pytest.mark.slow
@pytest.mark.parametrize("workers", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_a_graph_of_links_that_live_a_second_computes_when_they_have_ended(
    short_lived: tuple[Sandbox, Client, Any, Path], workers: Any
) -> None:
    running, client, item, path = short_lived
    with client.open_cog(item) as cog:
        array = cog.to_xarray(512)
        graph = array.data.map_blocks(unhurried, dtype=array.dtype)
    forget(item)
    time.sleep(1.1)
    before = renewals(running)
    with workers(1) as pool, dask.config.set(pool=pool, scheduler=scheduler_of(workers)):
        computed = graph.compute()
    with open_cog(path) as here:
        np.testing.assert_array_equal(computed, here.read(here.window).array.filled(0))
    assert graph.npartitions > 3
    # One that had ended before the first block, and at least one that ended between two.
    assert renewals(running) - before >= 2


def forget(item: Any) -> None:
    """Drop what was read of an item so far, so that every block has to be asked for."""
    for identity in [name for name in SHARED._files if item.id in name]:
        SHARED.drop(identity)


def renewals(running: Sandbox) -> int:
    return sum(request.path.endswith("/catalog/v2/search") for request in running.requests)


def scheduler_of(workers: Any) -> str:
    return "threads" if workers is ThreadPoolExecutor else "processes"
