from __future__ import annotations

import asyncio
import socket
import subprocess
import sys

import pytest
import requests

from iceye_geo.sandbox import Sandbox, SandboxOptions


def test_the_package_loads_without_the_web_framework() -> None:
    code = "import sys, iceye_geo.sandbox; print([m for m in ('fastapi', 'uvicorn', 'shapely') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_unknown_names_of_the_package_are_refused() -> None:
    import iceye_geo.sandbox as package

    with pytest.raises(AttributeError, match="no attribute 'Sandpit'"):
        _ = package.Sandpit
    assert "Sandbox" in dir(package)


def test_it_answers_as_soon_as_start_returns_and_no_more_after_stop() -> None:
    sandbox = Sandbox(SandboxOptions(scenes=3)).start()
    assert requests.get(f"{sandbox.url}/healthz", timeout=60).json() == {"status": "ok"}
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{sandbox.url}/healthz", timeout=60)


def test_starting_and_stopping_twice_does_nothing() -> None:
    sandbox = Sandbox(SandboxOptions(scenes=3))
    try:
        assert sandbox.start().url == sandbox.start().url
    finally:
        sandbox.stop()
        sandbox.stop()
    with pytest.raises(RuntimeError, match="make a new one"):
        sandbox.start()


def test_it_has_no_address_before_the_start() -> None:
    sandbox = Sandbox(SandboxOptions(scenes=3))
    with pytest.raises(RuntimeError, match="not been started"):
        _ = sandbox.url
    assert "not started" in repr(sandbox)


def test_a_taken_port_is_an_error_and_leaves_nothing_running() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sandbox = Sandbox(SandboxOptions(scenes=3, port=taken.getsockname()[1]))
        with pytest.raises(OSError):
            sandbox.start()
        sandbox.stop()


def test_it_runs_beside_a_running_event_loop_as_in_a_notebook() -> None:
    async def cell() -> int:
        with Sandbox(SandboxOptions(scenes=3)) as sandbox:
            return requests.get(f"{sandbox.url}/healthz", timeout=60).status_code

    assert asyncio.run(cell()) == 200


def test_the_environment_names_everything_a_client_needs(sandbox: Sandbox) -> None:
    environment = sandbox.environment()
    assert environment["ICEYE_API_URL"] == f"{sandbox.url}/api"
    assert environment["ICEYE_AUTH_URL"] == f"{sandbox.url}/oauth"
    assert environment["ICEYE_CONTRACT_ID"] in sandbox.platform.contracts
    assert set(environment) == {
        "ICEYE_API_URL",
        "ICEYE_AUTH_URL",
        "ICEYE_CLIENT_ID",
        "ICEYE_CLIENT_SECRET",
        "ICEYE_CONTRACT_ID",
        "PIXXEL_API_KEY",
        "PIXXEL_API_URL",
    }


def test_the_front_page_tells_a_person_how_to_use_it(sandbox: Sandbox) -> None:
    answer = requests.get(sandbox.url, timeout=60)
    assert answer.headers["Content-Type"].startswith("text/html")
    for name, value in sandbox.environment().items():
        assert f"export {name}={value}" in answer.text


def test_two_sandboxes_do_not_share_anything() -> None:
    with Sandbox(SandboxOptions(scenes=3)) as one, Sandbox(SandboxOptions(scenes=3)) as two:
        assert one.url != two.url
        requests.get(f"{one.url}/healthz", timeout=60)
        assert [len(one.requests), len(two.requests)] == [1, 0]
