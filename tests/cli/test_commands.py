"""The commands, as a shell sees them: output, files, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pystac
import pytest

from .shell import COMMAND, run, run_process

if TYPE_CHECKING:
    from iceye_geo.sandbox import Sandbox


@pytest.fixture
def env(sandbox: Sandbox) -> dict[str, str]:
    return sandbox.environment()


def test_version_and_help() -> None:
    from iceye_geo import __version__

    assert run_process("--version").stdout.strip() == __version__
    assert {"demo", "sandbox", "search", "preview", "migrate"} <= set(run_process("--help").stdout.split())


@pytest.mark.parametrize("ending", [".json", ".geojson", ".csv", ".html", ".parquet"])
def test_search_saves_in_the_asked_format(env: dict[str, str], tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"found{ending}"
    done = run(
        "search", "--bbox=-12,34,32,66", "--product", "GRD-COG", "--max-items", "5", f"--out={out}", env=env
    )
    assert done.returncode == 0, done.stderr
    assert "5 items" in done.stdout
    assert out.stat().st_size > 200
    assert b"Signature=" not in out.read_bytes()
    if ending == ".json":
        found = pystac.ItemCollection.from_file(str(out))
        assert {i.properties["product:type"] for i in found} == {"GRD-COG"}


def test_an_unknown_ending_is_refused_before_anything_is_sent(env: dict[str, str], sandbox: Sandbox) -> None:
    done = run("search", "--bbox=0,0,1,1", "--out=found.doc", env=env)
    assert done.returncode == 1
    assert "out: 'found.doc' has no known ending" in done.stderr
    assert len(sandbox.requests) == 0


def test_a_bad_box_names_the_field(env: dict[str, str]) -> None:
    done = run("search", "--bbox=a,b", env=env)
    assert (done.returncode, "bbox" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr


def test_nothing_found_is_said_and_is_no_error(env: dict[str, str]) -> None:
    done = run("search", "--bbox=-40,-50,-39,-49", env=env)
    assert done.returncode == 0
    assert "Nothing found" in done.stdout


def test_without_credentials_the_error_says_where_they_come_from(tmp_path: Path) -> None:
    done = run_process(
        "search", "--bbox=0,0,1,1", env={"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    )
    assert done.returncode == 1
    assert "ICEYE_CLIENT_ID" in done.stderr
    assert "Traceback" not in done.stderr


def test_preview_of_an_owned_item(env: dict[str, str], tmp_path: Path, client: object) -> None:
    from iceye_geo import Client

    assert isinstance(client, Client)
    found = client.catalog.search(
        collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=1
    )
    item = next(found.items())
    done = run("preview", item.id, "--out=look.png", "--max-size=200", env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "look.png").read_bytes().startswith(b"\x89PNG")


def test_search_prints_every_item_with_the_id_that_preview_takes(env: dict[str, str]) -> None:
    done = run("search", "--bbox=-12,34,32,66", "--max-items", "12", env=env, columns=80)
    title, _, *rows = done.stdout.splitlines()
    assert title.strip() == "12 items; there may be more, see --max-items"
    ids = [row.split()[0] for row in rows]
    assert len(set(ids)) == 12
    assert all(len(name) == 36 and "…" not in row for name, row in zip(ids, rows, strict=True))


def test_preview_of_a_public_item_says_why_not(env: dict[str, str], tmp_path: Path, client: object) -> None:
    item = next(client.catalog.search(collections="public", max_items=1).items())  # type: ignore[attr-defined]
    done = run("preview", item.id, env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "Public items carry only pictures" in done.stderr


def test_preview_of_a_missing_file_speaks_of_the_file(tmp_path: Path) -> None:
    done = run("preview", "scene.tif", cwd=tmp_path)
    assert done.returncode == 1
    assert "scene.tif: cannot be opened" in done.stderr


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    done = run("demo", "--out=taken", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip() == "error taken: File exists"


def test_preview_of_an_unknown_item(env: dict[str, str], tmp_path: Path) -> None:
    done = run("preview", "no-such-item", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "no-such-item" in done.stderr


def test_migrate_shows_the_changes_and_writes_v2(tmp_path: Path) -> None:
    old = tmp_path / "search.json"
    old.write_text(json.dumps({"query": {"orbit_state": {"eq": "descending"}}, "limit": 50}))
    done = run("migrate", str(old), "--write")
    assert done.returncode == 0, done.stderr
    assert "sat:orbit_state" in done.stdout
    new = json.loads((tmp_path / "search.v2.json").read_text())
    assert new["query"] == {"sat:orbit_state": {"eq": "descending"}}


def test_migrate_tells_by_its_exit_code_what_could_not_be_carried_over(tmp_path: Path) -> None:
    old = tmp_path / "purchase.json"
    old.write_text(json.dumps({"itemIds": ["a", "b"], "contractId": "550e8400-e29b-41d4-a716-446655440000"}))
    assert run("migrate", str(old)).returncode == 2


@pytest.fixture
def served() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    process = subprocess.Popen(
        [*COMMAND, "sandbox", "--port=0", "--scenes=20"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "160"},
    )
    variables: dict[str, str] = {}
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").strip().partition("=")
            variables[name] = value
        if "Ctrl-C" in line:
            break
    yield process, variables
    process.kill()
    process.wait()
    process.stdout.close()


def test_sandbox_runs_until_it_is_interrupted(served: tuple[subprocess.Popen[str], dict[str, str]]) -> None:
    process, variables = served
    found = run_process("search", "--bbox=-180,-90,180,90", "--max-items=3", env=variables)
    assert found.returncode == 0, found.stderr
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "has stopped" in rest


def test_webhook_serve_needs_a_password() -> None:
    done = run("webhook", "serve", "--port=0")
    assert done.returncode == 1
    assert "ICEYE_WEBHOOK_PASSWORD" in done.stderr
