"""Downloads of both providers in another process: nothing secret travels, and what arrives can renew its links."""

from __future__ import annotations

import pickle
import zipfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import rasterio

from iceye_geo import Client
from iceye_geo.providers import DownloadSource, IceyeProvider
from iceye_geo.providers.pixxel import PixxelClient, PixxelProvider
from iceye_geo.sandbox import Sandbox


def test_files_of_both_providers_are_fetched_by_a_process_pool(
    world: Sandbox, iceye: Client, pixxel: PixxelClient, tmp_path: Path
) -> None:
    cog = {"sar:product_type": {"eq": "GRD-COG"}}
    item = next(iceye.catalog.search(collections=["private"], query=cog, max_items=1).items())
    wanted: list[tuple[Any, Any]] = [
        (IceyeProvider(iceye), item),
        (PixxelProvider(pixxel), pixxel.catalog.search(max_items=1)[0]),
    ]
    sources = []
    for provider, product in wanted:
        ref = provider.recognise(product)
        assert ref is not None
        sources += provider.resolve(ref, timeout=20)
    packed = pickle.dumps(sources)
    for secret in (b"Signature", b"sandbox-secret", b"sandbox-pixxel-key"):
        assert secret not in packed
    world.expire_links()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        paths = list(pool.map(DownloadSource.fetch, sources, [tmp_path] * 2, timeout=120))
    with rasterio.open(paths[0]) as image:
        assert image.count == 1
    assert zipfile.is_zipfile(paths[1])


def test_providers_travel_too(iceye: Client, pixxel: PixxelClient) -> None:
    for provider in (IceyeProvider(iceye, contract_id="mine"), PixxelProvider(pixxel)):
        again = pickle.loads(pickle.dumps(provider))
        assert (again.name, again.client) == (provider.name, provider.client)
