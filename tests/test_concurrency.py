"""One client, many threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from iceye_geo import Client
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.settings import Settings

THREADS = 32


def test_32_threads_share_one_client_through_a_token_that_is_revoked(pictures: Path) -> None:
    with Sandbox(SandboxOptions(scenes=20, cache_dir=pictures)) as sandbox:
        settings = Settings.for_sandbox(sandbox.url, explicit={"contract_id": sandbox.contract_id})
        with Client(settings) as client, ThreadPoolExecutor(THREADS) as pool:
            together = threading.Barrier(THREADS)

            def ask(number: int) -> int:
                together.wait(60)
                search = client.catalog.search(bbox=(-180, -80, 180, 80), max_items=1 + number % 3)
                return len(list(search.items()))

            assert list(pool.map(ask, range(THREADS))) == [1 + n % 3 for n in range(THREADS)]
            assert len(sandbox.requests.matching("/token")) == 1
            sandbox.faults.revoke_tokens()
            assert list(pool.map(ask, range(THREADS))) == [1 + n % 3 for n in range(THREADS)]
            assert len(sandbox.requests.matching("/token")) == 2
