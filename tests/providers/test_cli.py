"""`iceye-geo deliver`, `deliveries` and `pixxel ...` as a shell sees them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from iceye_geo import Client
from iceye_geo.cli.app import app
from iceye_geo.errors import (
    ConfigurationError,
    DeliveryFailedError,
    InvalidInputError,
    WaitTimeoutError,
)
from iceye_geo.providers.pixxel import PixxelClient
from iceye_geo.sandbox import Sandbox

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def environment(world: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in world.environment().items():
        monkeypatch.setenv(name, value)


def run(*arguments: str, code: int = 0) -> str:
    done = RUNNER.invoke(app, list(arguments), env={"COLUMNS": "250"})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def test_products_of_both_providers_are_sent_waited_for_and_listed(
    world: Sandbox, iceye: Client, pixxel: PixxelClient
) -> None:
    item = next(iceye.catalog.search(collections=["private"], max_items=1).items())
    catalog = pixxel.catalog.search(max_items=1)[0].id
    config, store = iceye.delivery.locations()[0].id, pixxel.stores.list()[0].id
    world.pixxel.fail_next(catalog)
    shown = run(
        "deliver", item.id, f"pixxel:catalog:{catalog}", "--provider", "iceye", "--to", f"iceye={config}",
        "--to", f"pixxel={store}:in", "--wait", "60", "--retry", "1",
    )  # fmt: skip
    assert "Jobs: 2 of 2 there, 0 failed" in shown
    assert item.id in run("deliveries", "--provider", "iceye")
    assert catalog in run("deliveries", "--provider", "pixxel")
    assert "SUCCESS" in run("pixxel", "deliveries", "--catalog-id", catalog)


def test_a_failure_is_the_exit_code(iceye: Client) -> None:
    place = iceye.delivery.locations()[0].id
    shown = run(
        "deliver", "00000000-0000-4000-8000-00000000dead", "--provider", "iceye", "--to", place, code=1
    )
    assert "0 of 1 there, 1 failed" in shown
    assert "404" in shown


def test_pixxels_own_commands(pixxel: PixxelClient, tmp_path: Path) -> None:
    entry = pixxel.catalog.search(max_items=1)[0]
    assert entry.item_id in run("pixxel", "catalog", "--max-items", "2")
    assert "field-team" in run("pixxel", "stores")
    made = run(
        "pixxel", "deliver", "--to", pixxel.stores.list()[0].id, "--catalog-id", entry.id, "--wait", "30"
    )
    assert "SUCCESS" in made
    assert "is there" in run("pixxel", "download", str(tmp_path), "--catalog-id", entry.id)
    assert (tmp_path / f"pixxel_{entry.id}.zip").exists()
    assert "No deliveries." in run("pixxel", "deliveries", "--task-id", "none")


def test_the_places_to_deliver_to_are_listed_as_to_takes_them(iceye: Client, pixxel: PixxelClient) -> None:
    shown = run("places")
    first = iceye.delivery.locations()[0]
    assert f"{first.id}:{first.bucket}" in shown
    assert "no" in shown.split()
    store = pixxel.stores.list()[0].id
    assert store in run("places", "--provider", "pixxel")
    run("deliver", pixxel.catalog.search(max_items=1)[0].id, "--provider", "pixxel", "--to", store)


def test_products_that_share_a_request_are_listed_one_by_one(world: Sandbox, iceye: Client) -> None:
    ids = [item.id for item in iceye.catalog.search(collections=["private"], max_items=3).items()]
    world.requests.clear()
    shown = run(
        "deliver", *ids, "--provider", "iceye", "--to", iceye.delivery.locations()[0].id, "--bundle", "3"
    )
    assert len(world.requests.matching("/deliveries$", method="POST")) == 1
    assert all(one in shown for one in ids)


def test_when_the_time_is_up_the_ids_are_there_to_look_again(pixxel: PixxelClient) -> None:
    entry, store = pixxel.catalog.search(max_items=1)[0], pixxel.stores.list()[0].id
    for command in (
        ("deliver", entry.id, "--provider", "pixxel", "--to", store, "--wait", "0.001"),
        ("pixxel", "deliver", "--catalog-id", entry.id, "--to", store, "--wait", "0.001"),
    ):
        done = RUNNER.invoke(app, list(command), env={"COLUMNS": "250"})
        assert isinstance(done.exception, WaitTimeoutError)
        newest = pixxel.as_provider().list(max_items=1)[0].id
        assert newest in done.stdout
        assert newest in run("pixxel", "deliveries", "--max-items", "1")


def test_one_that_fails_does_not_keep_the_others_from_being_waited_for(
    world: Sandbox, pixxel: PixxelClient
) -> None:
    first, second = (entry.id for entry in pixxel.catalog.search(max_items=2))
    world.pixxel.fail_next(first)
    store = pixxel.stores.list()[0].id
    sent = ["pixxel", "deliver", "--to", store, "--catalog-id", first, "--catalog-id", second]
    done = RUNNER.invoke(app, [*sent, "--wait", "60"], env={"COLUMNS": "250"})
    assert isinstance(done.exception, DeliveryFailedError)
    ends = {one: line for line in done.stdout.splitlines() for one in (first, second) if one in line}
    assert "FAILED" in ends[first]
    assert "SUCCESS" in ends[second]


def test_a_profile_serves_every_provider_of_the_command(
    world: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told, config = world.environment(), tmp_path / "team.toml"
    config.write_text(
        f'[profiles.team]\nclient_id = "sandbox"\nclient_secret = "{told["ICEYE_CLIENT_SECRET"]}"\n'
        f'api_url = "{told["ICEYE_API_URL"]}"\nauth_url = "{told["ICEYE_AUTH_URL"]}"\n'
        f'[pixxel.team]\napi_key = "{told["PIXXEL_API_KEY"]}"\napi_url = "{told["PIXXEL_API_URL"]}"\n'
    )
    for name in told:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ICEYE_CONFIG", str(config))
    for provider in ("iceye", "pixxel"):
        assert "sandbox-bucket" in run("places", "--provider", provider, "--profile", "team")


@pytest.mark.parametrize(
    "arguments",
    [
        ("pixxel", "download", "out", "--catalog-id", "a", "--order-item-id", "b"),
        ("pixxel", "download", "out"),
        ("deliver", "a", "--provider", "iceye", "--to", "x", "--to", "y"),
        ("deliveries", "--provider", "nobody"),
    ],
)
def test_errors_are_ours(arguments: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInputError):
        run(*arguments)


def test_a_profile_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"\[pixxel.nobody\]"):
        run("pixxel", "stores", "--profile", "nobody")
