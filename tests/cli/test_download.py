from __future__ import annotations

from pathlib import Path

import pytest

from iceye_geo import Client
from iceye_geo.sandbox import Sandbox

from .shell import run


@pytest.fixture
def env(sandbox: Sandbox) -> dict[str, str]:
    return sandbox.environment()


@pytest.fixture
def item_id(client: Client) -> str:
    found = client.catalog.search(
        collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=1
    )
    return next(found.items()).id


def test_an_item_is_downloaded_once(
    env: dict[str, str], item_id: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    done = run("download", item_id, "--out=scenes", env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "scenes").iterdir()
    assert f"scenes/{path.name} (" in done.stdout
    assert "100%" in done.stderr
    assert "Signature" not in done.stdout + done.stderr
    before = path.stat().st_mtime_ns
    again = run("download", item_id, "--out=scenes", env=env, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert path.stat().st_mtime_ns == before


def test_assets_are_chosen_by_key(env: dict[str, str], item_id: str, tmp_path: Path) -> None:
    done = run(
        "download", item_id, "--asset", "thumbnail-png", "--asset", "quicklook-png", env=env, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    names = sorted(p.name for p in tmp_path.iterdir())
    assert [n.rpartition("_")[2] for n in names] == ["THUMBNAIL.png", "QL.png"]


def test_all_assets_are_downloaded(env: dict[str, str], item_id: str, tmp_path: Path) -> None:
    done = run("download", item_id, "--all-assets", env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.iterdir())) == 3


def test_a_link_is_one_file_and_no_item(
    env: dict[str, str], item_id: str, client: Client, tmp_path: Path
) -> None:
    item = next(client.catalog.search(ids=[item_id], collections=["private"]).items())
    link = item.assets["thumbnail-png"].href
    done = run("download", link, "--out=scenes", env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert next((tmp_path / "scenes").iterdir()).suffix == ".png"
    refused = run("download", link, "--all-assets", env=env, cwd=tmp_path)
    assert refused.returncode != 0
    assert "asset" in refused.stderr
    assert "Signature" not in refused.stderr


def test_an_unknown_item_is_said_to_be_unknown(env: dict[str, str], tmp_path: Path) -> None:
    done = run("download", "no-such-item", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "no-such-item" in done.stderr
