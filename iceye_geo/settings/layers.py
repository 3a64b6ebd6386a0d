"""The places settings are read from: environment, TOML profile, keyring. No merging, no checks."""

from __future__ import annotations

import logging
import os
import tomllib
from pathlib import Path
from typing import Any

import platformdirs
from pydantic_settings import BaseSettings, SettingsConfigDict

from iceye_geo.errors import ConfigurationError

logger = logging.getLogger(__name__)

APP_NAME = "iceye-geo"
KEYRING_SERVICE = "iceye-geo"
DEFAULT_PROFILE = "default"


class _Environment(BaseSettings):
    """The variables that are read; values stay raw text, since Settings checks them."""

    model_config = SettingsConfigDict(env_prefix="ICEYE_", extra="ignore", hide_input_in_errors=True)

    client_id: str | None = None
    client_secret: str | None = None
    api_url: str | None = None
    auth_url: str | None = None
    token_url: str | None = None
    contract_id: str | None = None
    verify: str | None = None
    ca_bundle: str | None = None
    proxy: str | None = None
    connect_timeout_s: str | None = None
    timeout_s: str | None = None
    retries: str | None = None
    username: str | None = None
    password: str | None = None


def from_environment() -> dict[str, Any]:
    """Return the settings that ``ICEYE_*`` variables hold; an empty variable counts as unset."""
    values = _Environment().model_dump()
    found = {key: value.strip() for key, value in values.items() if value and value.strip()}
    if proxy := found.pop("proxy", None):
        found["proxies"] = {"http": proxy, "https": proxy}
    return found


def profile_name() -> str | None:
    """Return the profile that ``ICEYE_PROFILE`` names, if any."""
    return os.environ.get("ICEYE_PROFILE", "").strip() or None


def config_path() -> Path:
    """Return where profiles live: ``ICEYE_CONFIG``, else ``config.toml`` in the user's config folder."""
    own = os.environ.get("ICEYE_CONFIG", "").strip()
    return (
        Path(own).expanduser()
        if own
        else platformdirs.user_config_path(APP_NAME, appauthor=False) / "config.toml"
    )


def from_profile(
    name: str | None,
    *,
    path: Path | None = None,
    section: str = "profiles",
    wanted: str = "client_id, client_secret and token_url",
) -> dict[str, Any]:
    """Return the settings of ``[profiles.NAME]``.

    Args:
        name: the profile; None reads ``[profiles.default]`` when there is one.
        path: the TOML file, default ``config_path()``.
        section: the table that holds the profiles; other providers have tables of their own.
        wanted: what a profile should hold, for the message.

    Raises:
        ConfigurationError: the file cannot be read, is no TOML, or has no such profile.
    """
    path = path or config_path()
    profiles = _read_profiles(path, section)
    if name is None:
        return dict(profiles.get(DEFAULT_PROFILE, {}))
    if name not in profiles:
        known = ", ".join(sorted(profiles)) or "none"
        raise ConfigurationError(
            f"profile: there is no [{section}.{name}] in {path} (profiles there: {known}). Add it with {wanted}."
        )
    return dict(profiles[name])


def _read_profiles(path: Path, section: str) -> dict[str, dict[str, Any]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(
            f"profile: {path} cannot be read ({error.strerror}). Check its permissions."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is not UTF-8"
        raise ConfigurationError(f"profile: {path} is no valid TOML: {place}") from None
    profiles = document.get(section, {})
    if not isinstance(profiles, dict) or not all(isinstance(entry, dict) for entry in profiles.values()):
        raise ConfigurationError(f"profile: {path} must hold tables named [{section}.NAME].")
    return profiles


def from_keyring(client_id: str | None) -> dict[str, Any]:
    """Return the credentials that the system's keyring holds under the service ``iceye-geo``.

    Args:
        client_id: whose secret to look for; None takes the keyring's own entry, where it can tell.
    """
    import keyring
    from keyring.errors import KeyringError

    try:
        credential = keyring.get_credential(KEYRING_SERVICE, client_id)
    except (KeyringError, RuntimeError) as error:
        logger.debug("no keyring: %s", type(error).__name__)
        return {}
    if credential is None or (client_id is not None and credential.username != client_id):
        return {}
    return {"client_id": credential.username, "client_secret": credential.password}
