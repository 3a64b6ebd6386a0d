"""Links renewed by a client, against the sandbox and its own content host."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from iceye_geo import Client
from iceye_geo.cog import AssetRef, download, map_cogs
from iceye_geo.cog.links import ClientResolver
from iceye_geo.errors import AssetNotFoundError


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
