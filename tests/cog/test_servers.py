"""Two servers may know the same item ids; neither sees the bytes of the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from iceye_geo import Client
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.settings import Settings


def test_images_of_two_servers_with_the_same_ids_are_kept_apart(pictures: Path) -> None:
    looks, tables = {}, {}
    for size in (300, 600):
        options = SandboxOptions(scenes=20, scene_size=size, cache_dir=pictures)
        with (
            Sandbox(options) as running,
            Client(
                Settings.for_sandbox(running.url, explicit={"contract_id": running.contract_id})
            ) as client,
        ):
            query = {"sar:product_type": "GRD-COG"}
            item = next(client.catalog.search(collections="private", query=query, max_items=1).items())
            with client.open_cog(item) as cog:
                looks[item.id, size] = cog.preview(max_size=size).array
                tables[size] = np.asarray(cog.to_xarray(chunks=512)).shape
    assert len({name for name, _ in looks}) == 1
    assert sorted(max(look.shape) for look in looks.values()) == [300, 600]
    assert max(tables[300]) == 300
    assert max(tables[600]) == 600
