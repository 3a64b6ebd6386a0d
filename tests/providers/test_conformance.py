"""Both built-in providers do what every provider must."""

from __future__ import annotations

import pytest

from iceye_geo import Client
from iceye_geo.providers import IceyeProvider
from iceye_geo.providers.pixxel import PixxelClient, PixxelProvider
from iceye_geo.providers.testing import ProviderCase, ProviderConformance
from iceye_geo.sandbox import Sandbox


class TestIceye(ProviderConformance):
    @pytest.fixture
    def case(self, world: Sandbox, iceye: Client, broken_items: list[str]) -> ProviderCase:
        owned = list(iceye.catalog.search(collections=["private"], max_items=3).items())
        return ProviderCase(
            provider=IceyeProvider(iceye), products=owned, bare_id=owned[0].id,
            target=iceye.delivery.locations()[0].target(sub_path="conformance"),
            unknown_target="7d1f7a3c-8c0f-4a53-9d0a-5f2c6d1a0009:sandbox-bucket",
            requests=lambda: len(world.requests), fail_next=lambda: broken_items.append(""), timeout_s=120,
        )  # fmt: skip


class TestPixxel(ProviderConformance):
    @pytest.fixture
    def case(self, world: Sandbox, pixxel: PixxelClient) -> ProviderCase:
        entries = pixxel.catalog.search(max_items=3).to_list()
        products = [entries[0], next(pixxel.catalog.search(catalog_ids=[entries[1].id]).items()),
                    f"pixxel:catalog:{entries[2].id}"]  # fmt: skip
        products[2] = PixxelProvider(pixxel).recognise(entries[2])
        return ProviderCase(
            provider=PixxelProvider(pixxel), products=products, bare_id=entries[0].id,
            target=(pixxel.stores.list()[0].id, "conformance/"), unknown_target="no-such-store",
            requests=lambda: len(world.requests), fail_next=world.pixxel.fail_next, timeout_s=120,
        )  # fmt: skip
