"""Where the API key comes from, and what it may look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from iceye_geo.errors import ConfigurationError, InvalidInputError
from iceye_geo.providers.pixxel import PixxelClient, PixxelSettings


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        '[profiles.default]\nclient_id = "me"\n'
        '[pixxel.default]\napi_key = "default-key"\n'
        '[pixxel.field]\napi_key = "field-key"\nauth_scheme = "Bearer"\nretries = 1\n'
    )
    monkeypatch.setenv("ICEYE_CONFIG", str(path))
    return path


def test_argument_beats_environment_beats_the_default_profile(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PixxelSettings.load().source == "profile:default"
    monkeypatch.setenv("PIXXEL_API_KEY", "env-key")
    monkeypatch.setenv("PIXXEL_TIMEOUT_S", "7")
    monkeypatch.setenv("PIXXEL_PROXY", "http://proxy.example.com:3128")
    found = PixxelSettings.load()
    assert (found.authorization(), found.source, found.timeout_s) == ("env-key", "environment", 7)
    assert found.proxies == dict.fromkeys(("http", "https"), "http://proxy.example.com:3128")
    found = PixxelSettings.load(explicit={"api_key": "arg-key", "retries": None})
    assert (found.authorization(), found.source) == ("arg-key", "argument")


def test_a_named_profile_beats_the_environment(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXXEL_API_KEY", "env-key")
    settings = PixxelClient.from_profile("field").settings
    assert (settings.authorization(), settings.retries) == ("Bearer field-key", 1)
    assert settings.source == "profile:field"
    monkeypatch.setenv("PIXXEL_PROFILE", "field")
    assert PixxelClient.from_env().settings.authorization() == "Bearer env-key"
    with pytest.raises(ConfigurationError, match=r"no \[pixxel.nobody\].*default, field.*api_key"):
        PixxelClient.from_profile("nobody")


def test_without_a_key_the_error_says_where_it_goes() -> None:
    with pytest.raises(ConfigurationError, match=r"PIXXEL_API_KEY.*\[pixxel.NAME\]"):
        PixxelClient()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("api_key", "two words"),
        ("api_key", "line\nbreak"),
        ("auth_scheme", "Bearer:"),
        ("api_url", "http://api.example.com"),
        ("api_url", "no url"),
        ("retries", -1),
        ("api_kye", "x"),
    ],
)
def test_a_malformed_setting_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=field) as caught:
        PixxelSettings(**{field: value})
    assert "line" not in str(caught.value)


def test_settings_cannot_be_combined_with_others() -> None:
    with pytest.raises(InvalidInputError, match="combined"):
        PixxelClient(PixxelSettings(api_key="k"), api_key="k")
