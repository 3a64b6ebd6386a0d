from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError

from iceye_geo.errors import ConfigurationError
from iceye_geo.settings import DEFAULT_API_URL, Settings, is_loopback
from iceye_geo.settings.layers import config_path

SECRET = "planted-s3cr3t"
TOKEN_URL = "https://auth.example.com/v1/token"


class MemoryKeyring(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.broken:
            raise KeyringError("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[MemoryKeyring]:
    """An empty environment, an empty home and a keyring in memory."""
    import os

    for name in [name for name in os.environ if name.upper().startswith("ICEYE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    before, memory = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


@pytest.fixture
def config() -> Path:
    path = config_path()
    path.parent.mkdir(parents=True)
    path.write_text(
        f"""
        [profiles.default]
        client_id = "default-id"
        client_secret = "default-secret"
        token_url = "{TOKEN_URL}"
        contract_id = "default-contract"

        [profiles.field-team]
        client_id = "field-id"
        client_secret = "{SECRET}"
        auth_url = "https://field.example.com/oauth/"
        timeout_s = 12
        proxies = {{ https = "http://proxy.example.com:3128" }}

        [profiles.keyring]
        client_id = "ring-id"
        token_url = "{TOKEN_URL}"
        """
    )
    return path


def _env(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"ICEYE_{name.upper()}", value)


def _secret(settings: Settings) -> str | None:
    return settings.client_secret.get_secret_value() if settings.client_secret else None


def test_profiles_live_in_the_users_config_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config_path() == tmp_path / "config" / "iceye-geo" / "config.toml"
    monkeypatch.setenv("ICEYE_CONFIG", str(tmp_path / "own.toml"))
    assert config_path() == tmp_path / "own.toml"


def test_argument_beats_environment_beats_profile_beats_keyring(
    config: Path, monkeypatch: pytest.MonkeyPatch, ring: MemoryKeyring
) -> None:
    ring.set_password("iceye-geo", "ring-id", "ring-secret")
    monkeypatch.setenv("ICEYE_PROFILE", "keyring")
    settings = Settings.load()
    assert (settings.client_id, _secret(settings), settings.source) == ("ring-id", "ring-secret", "keyring")

    monkeypatch.delenv("ICEYE_PROFILE")
    settings = Settings.load()
    assert (settings.client_id, _secret(settings)) == ("default-id", "default-secret")
    assert (settings.contract_id, settings.source) == ("default-contract", "profile:default")

    _env(monkeypatch, client_id="env-id", client_secret="env-secret", auth_url="https://env.example.com/")
    settings = Settings.load()
    assert (settings.client_id, _secret(settings), settings.source) == ("env-id", "env-secret", "environment")
    assert settings.resolved_token_url == "https://env.example.com/v1/token"
    assert settings.contract_id == "default-contract"

    settings = Settings.load(
        explicit={"client_id": "a", "client_secret": "b", "token_url": "https://arg.example.com/t"}
    )
    assert (settings.client_id, _secret(settings), settings.source) == ("a", "b", "argument")
    assert settings.resolved_token_url == "https://arg.example.com/t"


def test_a_profile_named_in_code_beats_the_environment(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _env(monkeypatch, client_id="env-id", client_secret="env-secret", contract_id="env-contract")
    settings = Settings.from_profile("field-team")
    assert (settings.client_id, _secret(settings), settings.source) == (
        "field-id",
        SECRET,
        "profile:field-team",
    )
    assert settings.resolved_token_url == "https://field.example.com/oauth/v1/token"
    assert settings.contract_id == "env-contract"
    assert settings.timeout_s == 12


def test_a_profile_named_by_the_environment_ranks_below_it(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _env(monkeypatch, profile="field-team", client_id="env-id", client_secret="env-secret")
    assert Settings.load().client_id == "env-id"
    assert Settings.load().timeout_s == 12


def test_a_secret_is_never_taken_from_another_account(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _env(monkeypatch, client_id="env-id")
    settings = Settings.load()
    assert (settings.client_id, _secret(settings)) == ("env-id", None)
    with pytest.raises(ConfigurationError, match="client_secret: is missing"):
        settings.check_credentials()


@pytest.mark.parametrize("trouble", ["absent", "locked"])
def test_a_keyring_that_cannot_help_is_no_error(ring: MemoryKeyring, trouble: str) -> None:
    ring.broken = trouble == "locked"
    assert _secret(Settings.load(explicit={"client_id": "x"})) is None


def test_what_is_missing_is_named_with_the_next_step() -> None:
    with pytest.raises(
        ConfigurationError, match=r"client_id: is missing. Set ICEYE_CLIENT_ID.*Client.sandbox"
    ):
        Settings.load().check_credentials()
    with pytest.raises(
        ConfigurationError, match=r"token_url: is missing.*ICEYE hands it out.*ICEYE_AUTH_URL"
    ):
        Settings(client_id="a", client_secret="b").check_credentials()


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("https://platform.iceye.com/api", DEFAULT_API_URL),
        ("https://platform.iceye.com/api/", DEFAULT_API_URL),
        ("https://platform.iceye.com", DEFAULT_API_URL),
        (" https://platform.iceye.com/ ", DEFAULT_API_URL),
        ("https://gateway.example.com/iceye", "https://gateway.example.com/iceye/api"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/api"),
        ("http://localhost:8000/api", "http://localhost:8000/api"),
        ("http://[::1]:8000/api", "http://[::1]:8000/api"),
    ],
)
def test_api_url_ends_in_api(given_url: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(api_url=given_url).api_url == expected
    _env(monkeypatch, api_url=given_url)
    assert Settings.load().api_url == expected


@pytest.mark.parametrize("url", [TOKEN_URL.removesuffix("/v1/token"), "https://auth.example.com/", TOKEN_URL])
def test_auth_url_is_completed_to_the_token_url(url: str) -> None:
    assert Settings(auth_url=url).resolved_token_url == TOKEN_URL


def test_token_url_wins_over_auth_url() -> None:
    assert Settings(auth_url="https://a.example.com", token_url=TOKEN_URL).resolved_token_url == TOKEN_URL


@pytest.mark.parametrize("field", ["api_url", "auth_url", "token_url"])
@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://platform.iceye.com/api", "must use https"),
        ("http://127.evil.example/api", "must use https"),
        ("platform.iceye.com", "must be a whole URL"),
        ("ftp://platform.iceye.com", "must be a whole URL"),
        ("https://", "must be a whole URL"),
        ("https://host:port/", "is not a URL"),
        (f"https://me:{SECRET}@host/", "must hold no user name"),
        (f"https://host/?key={SECRET}", "must hold no user name, query"),
    ],
)
def test_a_bad_url_is_refused_by_field_and_rule(field: str, url: str, rule: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{field}: .*{rule}") as caught:
        Settings(**{field: url})
    assert SECRET not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_as_url_is_taken_or_refused_cleanly(text: str) -> None:
    try:
        settings = Settings(api_url=text)
    except ConfigurationError as error:
        assert str(error).startswith("api_url: ")  # noqa: PT017 - either outcome is fine
    else:
        assert settings.api_url.startswith(("https://", "http://"))
        assert settings.api_url.endswith("/api")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"timeout_s": 0}, "timeout_s"),
        ({"timeout_s": "soon"}, "timeout_s"),
        ({"retries": -1}, "retries"),
        ({"ca_bundle": "/nowhere/ca.pem"}, "ca_bundle"),
        ({"proxies": {"https": "proxy:3128"}}, "proxies"),
        ({"user_agent": "a\r\nX-Evil: 1"}, "user_agent"),
        ({"verify": False, "ca_bundle": __file__}, "contradict"),
        ({"client_secert": SECRET}, "client_secert: is no setting. Known: client_id"),
        ({"client_secret": 7}, "client_secret"),
    ],
)
def test_a_bad_value_is_refused_by_field(values: dict[str, object], field: str) -> None:
    with pytest.raises(ConfigurationError, match=field) as caught:
        Settings(**values)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("where", ["argument", "environment", "profile", "grant"])
def test_the_password_grant_is_refused_with_what_to_do(
    where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if where == "environment":
        _env(monkeypatch, client_id="a", client_secret="b", username="me", password=SECRET)
    path = tmp_path / "c.toml"
    lines = {"profile": f'username = "me"\npassword = "{SECRET}"', "grant": 'grant_type = "password"'}
    path.write_text(f"[profiles.default]\n{lines.get(where, '')}\n")
    explicit = {"username": "me"} if where == "argument" else {}
    with pytest.raises(ConfigurationError, match="v2 APIs do not know the password grant") as caught:
        Settings.load(explicit=explicit, config=path)  # type: ignore[arg-type]
    assert SECRET not in str(caught.value)


def test_client_credentials_given_in_code_do_not_stumble_over_old_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _env(monkeypatch, username="old", password="old")
    assert Settings.load(explicit={"client_id": "a", "client_secret": "b"}).client_id == "a"


def test_the_environment_sets_transport_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    _env(
        monkeypatch,
        verify="false",
        timeout_s="5",
        retries="0",
        proxy="http://p.example.com:3128",
        contract_id="",
    )
    settings = Settings.load()
    assert (settings.verify, settings.timeout_s, settings.retries) == (False, 5.0, 0)
    assert settings.proxies == {"http": "http://p.example.com:3128", "https": "http://p.example.com:3128"}
    assert settings.contract_id is None


def test_an_unknown_profile_names_the_known_ones(config: Path) -> None:
    with pytest.raises(ConfigurationError, match="default, field-team, keyring"):
        Settings.from_profile("nobody")


@pytest.mark.parametrize("text", ["[profiles.x", "profiles = 3", "[profiles]\nx = 1"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"broken\.toml"):
        Settings.from_profile("x", config=path)


def test_no_secret_in_reprs_and_pickles() -> None:
    settings = Settings(
        client_id="me", client_secret=SECRET, proxies={"https": f"http://u:{SECRET}@proxy.example.com:3128"}
    )
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json(exclude={"proxies"})
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(settings)


def test_settings_do_not_change() -> None:
    with pytest.raises(Exception, match="frozen"):
        Settings().client_id = "x"  # type: ignore[misc]


def test_a_sandbox_looks_nowhere_else(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _env(
        monkeypatch, client_id="env-id", client_secret="s", contract_id="real", proxy="http://p.example.com:1"
    )
    settings = Settings.for_sandbox("http://127.0.0.1:8000/")
    settings.check_credentials()
    assert (settings.api_url, settings.contract_id) == ("http://127.0.0.1:8000/api", None)
    assert settings.resolved_token_url == "http://127.0.0.1:8000/oauth/v1/token"
    assert (settings.proxies, settings.source) == (None, "sandbox:http://127.0.0.1:8000")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "", None])
def test_another_machine(host: str | None) -> None:
    assert not is_loopback(host)
