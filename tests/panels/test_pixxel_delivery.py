"""Pixxel in the delivery panel's controller, beside ICEYE, on the sandbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from iceye_geo import Client
from iceye_geo.errors import ConfigurationError, InvalidInputError
from iceye_geo.panels import DeliveryPanel
from iceye_geo.panels.delivery_control import DeliveryControl, DeliveryRow
from iceye_geo.panels.pixxel_delivery import PixxelDelivery, configured
from iceye_geo.providers.pixxel import PixxelClient
from iceye_geo.providers.pixxel.settings import SANDBOX_API_KEY
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.settings import Settings


@pytest.fixture
def world(pictures: Path, tmp_path: Path) -> Iterator[Sandbox]:
    options = SandboxOptions(scenes=3, speed=900, cache_dir=pictures, bucket_dir=tmp_path / "buckets")
    with Sandbox(options) as running:
        yield running


def ended(control: DeliveryControl, row: DeliveryRow) -> DeliveryRow:
    for _ in range(3000):
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


@pytest.fixture
def outside(world: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client that is not known to be a sandbox's, beside a configured Pixxel."""
    monkeypatch.setenv("PIXXEL_API_URL", f"{world.url}/pixxel")
    monkeypatch.setenv("PIXXEL_API_KEY", SANDBOX_API_KEY)
    settings = Settings.for_sandbox(world.url).model_copy(update={"source": "argument"})
    with Client(settings) as made:
        yield made


def test_pixxel_joins_the_panel_where_it_is_configured(outside: Client) -> None:
    panel = DeliveryPanel(outside)
    assert panel.control.names == ("ICEYE", "Pixxel")
    assert panel.jobs.wait(timeout=20)
    panel._provider.value = "Pixxel"
    assert panel.jobs.wait(timeout=20)
    assert any("field-team" in label for label, _ in panel._place.options)
    panel.close()
    alone = DeliveryPanel(outside, providers=())
    assert alone.control.names == ("ICEYE",)
    alone.close()


def test_a_sandbox_stands_alone_and_so_does_who_has_no_key(
    world: Sandbox, outside: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client(Settings.for_sandbox(world.url)) as inside:
        assert configured(inside) == []
    monkeypatch.delenv("PIXXEL_API_KEY")
    assert configured(outside) == []


def test_a_wrong_setting_of_pixxel_is_said_and_iceye_works(
    outside: Client, monkeypatch: pytest.MonkeyPatch, shown_errors: list[BaseException]
) -> None:
    monkeypatch.setenv("PIXXEL_API_URL", "no url")
    panel = DeliveryPanel(outside)
    assert isinstance(shown_errors.pop(), ConfigurationError)
    assert panel.jobs.wait(timeout=20)
    assert panel.control.names == ("ICEYE",)
    assert panel._items.options
    panel.close()
