from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from logs import log_at_debug

from iceye_geo import Client
from iceye_geo.errors import ConfigurationError, InvalidInputError, MissingExtraError
from iceye_geo.sandbox import Sandbox
from iceye_geo.settings import Settings
from iceye_geo.transport.token import ClientCredentials

SECRET = "planted-s3cr3t"
AUTH = "https://auth.example.com/oauth"


@pytest.fixture(autouse=True)
def empty_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ICEYE_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """The variables that `iceye-geo sandbox` prints."""
    for name, value in {
        "CLIENT_ID": "sandbox", "CLIENT_SECRET": "sandbox-secret", "API_URL": sandbox.api_url,
        "AUTH_URL": sandbox.auth_url,
    }.items():  # fmt: skip
        monkeypatch.setenv(f"ICEYE_{name}", value)


def test_from_env_works_with_the_variables_the_sandbox_prints(environment: None) -> None:
    with Client.from_env() as client:
        assert len(client.company.contracts()) == 3
        assert client.settings.source == "environment"


def test_from_profile_works_and_explicit_values_win(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        f'[profiles.field-team]\nclient_id = "sandbox"\nclient_secret = "sandbox-secret"\n'
        f'api_url = "{sandbox.api_url}"\nauth_url = "{sandbox.auth_url}"\n'
    )
    with Client.from_profile("field-team", contract_id="mine") as client:
        assert len(client.company.contracts()) == 3
        assert client.resolve_contract_id() == "mine"
        assert client.settings.source == "profile:field-team"


def test_nothing_configured_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match=r"ICEYE_CLIENT_ID.*Client\.sandbox\(\)"):
        Client.from_env()


def test_settings_cannot_be_mixed_with_other_arguments() -> None:
    with pytest.raises(InvalidInputError, match="settings"):
        Client(Settings(client_id="a", client_secret="b", auth_url=AUTH), client_id="c")


def test_a_misspelt_argument_is_named() -> None:
    with pytest.raises(ConfigurationError, match="client_idd: is no setting"):
        Client(client_idd="a")  # type: ignore[call-arg]


def test_services_share_one_session_and_are_made_once(client: Client) -> None:
    assert client.company is client.company
    assert client.tasking is client.tasking
    assert client.delivery is client.delivery
    assert client.notifications is client.notifications


def test_a_contract_is_looked_up_once_for_all_services(sandbox: Sandbox) -> None:
    with Client(Settings.for_sandbox(sandbox.url, explicit={"contract_id": sandbox.contract_id})) as client:
        frame = next(client.catalog.search(collections="public", max_items=1).items())
        client.tasking.price(point=(24.9, 60.2), mode="SPOTLIGHT")
        client.catalog.price(frame)
        client.catalog.price(frame)
    asked = [r.path for r in sandbox.requests if "/company/v1/contracts" in r.path]
    assert asked == [f"/api/company/v1/contracts/{sandbox.contract_id}"]


def test_32_threads_share_one_client_through_an_expiry_with_one_token_request(sandbox: Sandbox) -> None:
    moments = [1000.0]
    client = Client(Settings.for_sandbox(sandbox.url))
    with client:
        client.session._token = ClientCredentials(
            client.settings, http=client.session.http(), clock=lambda: moments[0]
        )
        for expected in (1, 2):
            gate = threading.Barrier(32)
            with ThreadPoolExecutor(32) as pool:
                counts = list(
                    pool.map(lambda _, g=gate: (g.wait(60), len(client.company.contracts()))[1], range(32))
                )
            assert counts == [3] * 32
            asked = [request for request in sandbox.requests if request.path.endswith("/token")]
            assert len(asked) == expected
            moments[0] += 3601


def test_a_revoked_token_is_renewed_once(sandbox: Sandbox) -> None:
    with Client(Settings.for_sandbox(sandbox.url)) as client:
        client.company.contracts()
        sandbox.faults.revoke_tokens()
        assert len(client.company.contracts()) == 3
        assert len([r for r in sandbox.requests if r.path.endswith("/token")]) == 2


def test_sandbox_starts_and_stops_with_the_client() -> None:
    with Client.sandbox(scenes=1) as client:
        assert len(client.company.contracts()) == 3
        assert client.sandbox_server is not None
        url = client.sandbox_server.url
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=60)
    client.close()  # a second time does no harm


def test_sandbox_stops_at_exit() -> None:
    code = "from iceye_geo import Client; c = Client.sandbox(scenes=1); print(len(c.company.contracts()))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "3", "")


def test_an_unknown_option_of_the_sandbox_is_named() -> None:
    with pytest.raises(InvalidInputError, match=r"scene_count: is no option of the sandbox.*scenes"):
        Client.sandbox(scene_count=3)


def test_without_the_extra_sandbox_says_which_line_installs_it() -> None:
    code = """
import sys
for name in ("fastapi", "uvicorn", "starlette", "scipy", "multipart", "python_multipart"):
    sys.modules[name] = None
from iceye_geo import Client
Client.sandbox()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"{MissingExtraError.__module__}.MissingExtraError: ")
    assert last.endswith("pip install 'iceye-geo[sandbox]'")


def test_reprs_show_where_the_credentials_come_from_and_no_secret() -> None:
    client = Client(client_id="me", client_secret=SECRET, auth_url=AUTH, contract_id="<b>c</b>")
    with client:
        assert repr(client) == "Client('https://platform.iceye.com/api', credentials='argument')"
        shown = client._repr_html_()
        assert "&lt;b&gt;c" in shown
        assert "platform.iceye.com" in shown
        assert SECRET not in shown + repr(client) + repr(vars(client)) + repr(client.settings)


def test_a_pickle_within_the_process_is_the_same_client() -> None:
    with Client(client_id="me", client_secret=SECRET, auth_url=AUTH) as client:
        data = pickle.dumps(client)
        assert pickle.loads(data) is client
        assert SECRET.encode() not in data


def _elsewhere(
    data: bytes, code: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Unpickle in another process and run ``code`` with ``client``."""
    import os

    script = f"import pickle, sys; client = pickle.load(sys.stdin.buffer); {code}"
    return subprocess.run(
        [sys.executable, "-c", script],
        input=data,
        capture_output=True,
        timeout=120,
        env={**os.environ, **(env or {})},
    )


def test_a_sandbox_client_works_in_another_process(sandbox: Sandbox) -> None:
    with Client(Settings.for_sandbox(sandbox.url, explicit={"contract_id": "mine"})) as client:
        data = pickle.dumps(client)
    done = _elsewhere(data, "print(len(client.company.contracts()), client.resolve_contract_id())")
    assert done.stdout.split() == [b"3", b"mine"], done.stderr
    assert b"sandbox-secret" not in data


def test_an_environment_client_is_made_again_from_the_other_sides_environment(environment: None) -> None:
    with Client.from_env(timeout_s=7) as client:
        data = pickle.dumps(client)
    assert b"sandbox-secret" not in data
    done = _elsewhere(data, "print(len(client.company.contracts()), client.settings.timeout_s)")
    assert done.stdout.split() == [b"3", b"7.0"], done.stderr
    other = _elsewhere(data, "pass", {"ICEYE_CLIENT_ID": "somebody-else"})
    assert b"another account" in other.stderr


def test_an_explicit_client_refuses_to_travel_without_its_secret() -> None:
    with Client(client_id="me", client_secret=SECRET, auth_url=AUTH) as client:
        data = pickle.dumps(client)
    done = _elsewhere(data, "pass")
    assert b"ConfigurationError: client: a client made from explicit arguments" in done.stderr


def test_a_thousand_jobs_share_one_unpickled_client(environment: None) -> None:
    client = Client.from_env()
    data = pickle.dumps(client)
    client.close()
    del client
    gc.collect()
    made = {id(pickle.loads(data)) for _ in range(20)}
    assert len(made) == 1


def test_no_secret_in_any_log_line_at_debug(sandbox: Sandbox) -> None:
    with log_at_debug() as lines, Client(Settings.for_sandbox(sandbox.url)) as client:
        client.company.contracts()
        token = client.session._token.get()
    assert "/company/v1/contracts" in lines.getvalue()
    assert token not in lines.getvalue()
    assert "sandbox-secret" not in lines.getvalue()
