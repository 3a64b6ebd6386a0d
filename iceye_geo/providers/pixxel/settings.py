"""Where Pixxel's API key and endpoint come from: argument > environment > profile > keyring. No HTTP here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TypedDict

from pydantic import SecretStr, field_validator

from iceye_geo.errors import ConfigurationError
from iceye_geo.settings import TransportRules, checked_url
from iceye_geo.settings.layers import DEFAULT_PROFILE, KEYRING_SERVICE, config_path, from_profile

DEFAULT_API_URL = "https://api.pixxel.space"
# The sandbox's key is a public constant: it opens nothing but a process on this machine.
SANDBOX_API_KEY = "sandbox-pixxel-key"
#: Table of the profile file.
SECTION = "pixxel"
KEYRING_USER = "pixxel"
_VARIABLES = (
    "api_key", "api_url", "auth_scheme", "verify", "ca_bundle", "connect_timeout_s", "timeout_s", "retries",
)  # fmt: skip
_NO_KEY = (
    "api_key: is missing. Make one in Pixxel's organisation settings (API, service account), then set "
    "PIXXEL_API_KEY, pass api_key=, write it into [pixxel.NAME] of {path}, or keep it in the keyring "
    "(keyring set iceye-geo pixxel)."
)


class PixxelOptions(TypedDict, total=False):
    """What may be given explicitly."""

    api_key: str | SecretStr | None
    api_url: str | None
    auth_scheme: str | None
    verify: bool | None
    ca_bundle: str | Path | None
    proxies: Mapping[str, str] | None
    connect_timeout_s: float | None
    timeout_s: float | None
    retries: int | None
    user_agent: str | None


class PixxelSettings(TransportRules):
    """API key, endpoint and transport rules; checked once, never changed.

    Attributes:
        api_key: of a service account; never shown.
        api_url: base URL without ``/v0``.
        auth_scheme: word before the key in the Authorization header. Pixxel's reference sends the bare key;
            one of its guides writes "Bearer".

    The other attributes are those of every service: see `TransportRules`.

    Example:
        >>> settings = PixxelSettings(api_key="s3cr3t-key")
        >>> settings.authorization() == "s3cr3t-key", "s3cr3t" in repr(settings)
        (True, False)
    """

    api_key: SecretStr | None = None
    auth_scheme: str = ""
    api_url: str = DEFAULT_API_URL

    @field_validator("api_key", mode="after")
    @classmethod
    def _api_key(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value().strip() if value is not None else ""
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("must be one word of printable ASCII, without its scheme")
        return SecretStr(text) if text else None

    @field_validator("auth_scheme", mode="after")
    @classmethod
    def _scheme(cls, value: str) -> str:
        text = value.strip()
        if text and not (text.isascii() and text.replace("-", "").isalnum()):
            raise ValueError("must be one word such as Bearer, or empty")
        return text

    @field_validator("api_url", mode="after")
    @classmethod
    def _url(cls, value: str) -> str:
        return checked_url(value, example=DEFAULT_API_URL).removesuffix("/v0")

    def authorization(self) -> str:
        """Return the value of the Authorization header: the key, after the scheme if there is one.

        Raises:
            ConfigurationError: there is no key; says where it goes.
        """
        if self.api_key is None:
            raise ConfigurationError(_NO_KEY.format(path=config_path()))
        return f"{self.auth_scheme} {self.api_key.get_secret_value()}".strip()

    @classmethod
    def load(
        cls,
        *,
        profile: str | None = None,
        explicit: PixxelOptions | None = None,
        config: Path | None = None,
    ) -> Self:
        """Read settings from every layer. A profile named here beats the environment.

        Args:
            profile: ``[pixxel.NAME]`` of the config file.
            explicit: values that beat everything; None counts as not given.
            config: the TOML file, default as for ICEYE.

        Raises:
            ConfigurationError: a value is malformed, or a profile is unknown.
        """
        named = profile or os.environ.get("PIXXEL_PROFILE", "").strip() or None
        kept = from_profile(named, path=config, section=SECTION, wanted="api_key")
        file = (f"profile:{named or DEFAULT_PROFILE}", kept)
        environment = ("environment", _from_environment())
        given = {key: value for key, value in (explicit or {}).items() if value is not None}
        merged: dict[str, Any] = {}
        layers = [file, environment] if profile else [environment, file]
        for source, values in [("argument", given), *layers]:
            _add(merged, source, values)
        if not merged.get("api_key"):
            _add(merged, "keyring", _from_keyring())
        return cls(**({"source": "none"} | merged))

    @classmethod
    def for_sandbox(cls, url: str, *, explicit: PixxelOptions | None = None) -> Self:
        """Return settings for a sandbox at ``url``; looks nowhere else."""
        base = url.rstrip("/")
        given = {key: value for key, value in (explicit or {}).items() if value is not None}
        values: dict[str, Any] = {"api_key": SANDBOX_API_KEY, "api_url": f"{base}/pixxel"}
        return cls(**(values | given), source=f"sandbox:{base}")


def _add(merged: dict[str, Any], source: str, values: Mapping[str, Any]) -> None:
    """Fill ``merged`` with what it lacks, and note where the key came from."""
    if values.get("api_key") and not merged.get("api_key"):
        merged["source"] = source
    for name, value in values.items():
        if name != "source":
            merged.setdefault(name, value)


def _from_environment() -> dict[str, Any]:
    read = {name: os.environ.get(f"PIXXEL_{name.upper()}", "").strip() for name in _VARIABLES}
    found: dict[str, Any] = {name: value for name, value in read.items() if value}
    if proxy := os.environ.get("PIXXEL_PROXY", "").strip():
        found["proxies"] = {"http": proxy, "https": proxy}
    return found


def _from_keyring() -> dict[str, Any]:
    import keyring
    from keyring.errors import KeyringError

    try:
        key = keyring.get_password(KEYRING_SERVICE, KEYRING_USER)
    except (KeyringError, RuntimeError):
        return {}
    return {"api_key": key} if key else {}
