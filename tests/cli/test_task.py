"""`iceye-geo task`: money asks first, in the shell too."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from . import shell

if TYPE_CHECKING:
    from iceye_geo import Client
    from iceye_geo.sandbox import Sandbox

START = datetime.now(UTC) + timedelta(days=4)
END = START + timedelta(days=2)
ORDER = ["order", "--at=24.9,60.2", f"--start={START.isoformat()}", f"--end={END.isoformat()}"]


@pytest.fixture
def env(sandbox: Sandbox) -> dict[str, str]:
    return sandbox.environment()


def run(*arguments: str, env: dict[str, str], said: str = "") -> subprocess.CompletedProcess[str]:
    return shell.run("task", *arguments, env=env, said=said, columns=80)


def orders_sent(sandbox: Sandbox) -> int:
    return len([r for r in sandbox.requests if (r.method, r.path) == ("POST", "/api/tasking/v2/tasks")])


def test_the_price_is_said_and_nothing_ordered(env: dict[str, str], sandbox: Sandbox) -> None:
    done = run("price", "--at=24.9,60.2", env=env)
    assert done.returncode == 0, done.stderr
    assert "1,800.00 EUR; " in done.stdout
    assert orders_sent(sandbox) == 0


def test_an_order_asks_and_a_no_sends_nothing(env: dict[str, str], sandbox: Sandbox) -> None:
    done = run(*ORDER, env=env, said="n\n")
    assert done.returncode == 1
    assert "Order it?" in done.stdout
    assert "nothing was ordered" in done.stderr
    assert orders_sent(sandbox) == 0


def test_an_order_is_followed_and_canceled(env: dict[str, str], client: Client) -> None:
    done = run(*ORDER, "--reference=shell", env=env, said="y\n")
    assert done.returncode == 0, done.stderr
    task_id = done.stdout.splitlines()[-1].split()[0]
    assert client.tasking.get(task_id).reference == "shell"
    assert task_id in run("list", env=env).stdout
    assert "RECEIVED" in run("show", task_id, env=env).stdout
    late = run("wait", task_id, "--timeout=0.2", env=env)
    assert (late.returncode, "WaitTimeoutError" in late.stderr) == (1, True)
    canceled = run("cancel", task_id, "--yes", env=env)
    assert "free of charge" in canceled.stdout
    assert client.tasking.get(task_id).status == "CANCELED"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--yes"], "it needs --max-price"),
        (["--yes", "--max-price=1"], "was not ordered: it costs"),
        (["--at=60.2,124.9", "--yes", "--max-price=1"], "at.lat: must lie within"),
        (["--at=Helsinki", "--yes", "--max-price=1"], "'Helsinki' is not lon,lat"),
    ],
)
def test_what_is_refused_is_said_and_not_sent(
    env: dict[str, str], sandbox: Sandbox, more: list[str], words: str
) -> None:
    done = run(*ORDER, *more, env=env)
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert orders_sent(sandbox) == 0
