"""Pixxel in the delivery panel's controller, beside ICEYE, on the sandbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from iceye_geo.errors import InvalidInputError
from iceye_geo.panels.delivery_control import DeliveryControl, DeliveryRow
from iceye_geo.panels.pixxel_delivery import PixxelDelivery
from iceye_geo.providers.pixxel import PixxelClient
from iceye_geo.sandbox import Sandbox, SandboxOptions


@pytest.fixture
def world(pictures: Path, tmp_path: Path) -> Iterator[Sandbox]:
    options = SandboxOptions(scenes=3, speed=900, cache_dir=pictures, bucket_dir=tmp_path / "buckets")
    with Sandbox(options) as running:
        yield running


def ended(control: DeliveryControl, row: DeliveryRow) -> DeliveryRow:
    for _ in range(300):
        found = next(one for one in control.status("Pixxel") if one.id == row.id)
        if not found.is_open:
            return found
        time.sleep(0.02)
    raise AssertionError("it never ended")


def test_catalogs_go_to_a_store_and_the_failed_go_again(world: Sandbox) -> None:
    client = PixxelClient.for_sandbox(world.url)
    control = DeliveryControl([PixxelDelivery(client)])
    provider = control.provider("Pixxel")
    item, place = provider.owned()[0], provider.places()[0]
    assert "field-team" in place.title
    world.pixxel.fail_next(item.id)
    row = control.deliver("Pixxel", [item.id], place.key, sub_path="panel")
    failed = ended(control, row)
    assert (failed.state, failed.word, failed.items) == ("failed", "FAILED", (item.id,))
    (again,) = control.redeliver("Pixxel", [failed])
    there = ended(control, again)
    assert there.state == "delivered"
    assert there.where.startswith("panel/")


def test_a_row_that_does_not_say_what_it_was_is_not_sent_again(world: Sandbox) -> None:
    provider = PixxelDelivery(PixxelClient.for_sandbox(world.url))
    with pytest.raises(InvalidInputError, match="does not say"):
        provider.redeliver(DeliveryRow("a", "failed", "FAILED", (), ()))
