"""Settings: credentials, endpoints and transport rules as one checked value. No HTTP here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TypedDict

from pydantic import SecretStr, field_validator

from iceye_geo.errors import ConfigurationError
from iceye_geo.settings.layers import config_path
from iceye_geo.settings.merge import merge_layers, refuse_password_grant
from iceye_geo.settings.rules import TransportRules, checked_url

DEFAULT_API_URL = "https://platform.iceye.com/api"
# The sandbox's credentials are public constants: they open nothing but a process on this machine.
SANDBOX_CLIENT_ID = "sandbox"
SANDBOX_CLIENT_SECRET = "sandbox-secret"

_NO_TOKEN_URL = (
    "token_url: is missing and has no default, since it differs per customer. ICEYE hands it out together "
    "with the client id and secret: set ICEYE_TOKEN_URL (or ICEYE_AUTH_URL, the part before /v1/token), pass "
    "token_url=, or write it into a profile. Without an account, Client.sandbox() works at once."
)
_NO_CREDENTIALS = (
    "{field}: is missing. Set {variable}, pass {field}=, write it into [profiles.NAME] of {path}, or keep "
    "the secret in the keyring (keyring set iceye-geo CLIENT_ID). Without an account, Client.sandbox() works "
    "at once."
)


class SettingsOptions(TypedDict, total=False):
    """What may be given explicitly; every field of Settings that a user sets."""

    client_id: str | None
    client_secret: str | SecretStr | None
    api_url: str | None
    auth_url: str | None
    token_url: str | None
    contract_id: str | None
    verify: bool | None
    ca_bundle: str | Path | None
    proxies: Mapping[str, str] | None
    connect_timeout_s: float | None
    timeout_s: float | None
    retries: int | None
    user_agent: str | None


class Settings(TransportRules):
    """Credentials, endpoints and transport rules; checked once, never changed.

    ``Settings(...)`` takes what it is given; ``Settings.load(...)`` also looks into the environment, the
    profile file and the keyring.

    Attributes:
        client_id: OAuth2 client id.
        client_secret: OAuth2 client secret; never shown.
        api_url: base of all APIs, ends in ``/api``, which is appended where it is missing.
        auth_url: OAuth base URL; the token URL is this plus ``/v1/token``.
        token_url: the token endpoint itself; wins over ``auth_url``.
        contract_id: contract to use where a call names none.
        verify: whether TLS certificates are checked.
        ca_bundle: PEM file or folder of own certificate authorities, used instead of the built-in list.
        proxies: scheme to proxy URL, and "no_proxy" to hosts; wins over ``HTTPS_PROXY``. ``ICEYE_PROXY`` sets
            one proxy for all. Loopback addresses never go through a proxy.
        connect_timeout_s: seconds until a connection must stand.
        timeout_s: seconds without a byte after which an answer counts as lost.
        retries: how often a call that is safe to repeat is repeated.
        user_agent: put before the package's own User-Agent.
        source: where the credentials came from: "argument", "environment", "profile:NAME", "keyring",
            "sandbox:URL", or "none".

    Example:
        >>> Settings(client_id="me", client_secret="s3cr3t", auth_url="https://auth.example.com/").resolved_token_url
        'https://auth.example.com/v1/token'
        >>> "s3cr3t" in repr(Settings(client_secret="s3cr3t"))
        False
    """

    client_id: str | None = None
    client_secret: SecretStr | None = None
    api_url: str = DEFAULT_API_URL
    auth_url: str | None = None
    token_url: str | None = None
    contract_id: str | None = None

    def __init__(self, **values: Any) -> None:
        refuse_password_grant(values)
        super().__init__(**values)

    @field_validator("api_url", mode="after")
    @classmethod
    def _api_url(cls, value: str) -> str:
        url = checked_url(value)
        return url if url.endswith("/api") else f"{url}/api"

    @field_validator("auth_url", "token_url", mode="after")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        return None if value is None else checked_url(value)

    @property
    def resolved_token_url(self) -> str:
        """The token endpoint.

        Raises:
            ConfigurationError: neither ``token_url`` nor ``auth_url`` is known.
        """
        if self.token_url:
            return self.token_url
        if not self.auth_url:
            raise ConfigurationError(_NO_TOKEN_URL)
        return self.auth_url if self.auth_url.endswith("/v1/token") else f"{self.auth_url}/v1/token"

    def check_credentials(self) -> None:
        """Raise when a token could not even be asked for.

        Raises:
            ConfigurationError: client id, client secret or token URL is missing; says where it goes.
        """
        for field, variable in (("client_id", "ICEYE_CLIENT_ID"), ("client_secret", "ICEYE_CLIENT_SECRET")):
            if not getattr(self, field):
                path = config_path()
                raise ConfigurationError(_NO_CREDENTIALS.format(field=field, variable=variable, path=path))
        _ = self.resolved_token_url

    @classmethod
    def load(
        cls,
        *,
        profile: str | None = None,
        explicit: SettingsOptions | None = None,
        config: Path | None = None,
    ) -> Self:
        """Read settings from every layer: explicit > environment > profile > keyring.

        A profile named here is an explicit choice, so its values beat the environment's; one named by
        ``ICEYE_PROFILE`` (or ``[profiles.default]``) ranks below the environment. A client secret is only
        ever taken together with its own client id, never mixed from two accounts.

        Args:
            profile: a profile of the config file.
            explicit: values that beat everything; None counts as not given.
            config: the TOML file, default ``~/.config/iceye-geo/config.toml`` (by platform; or
                ``ICEYE_CONFIG``).

        Raises:
            ConfigurationError: a value is malformed, a profile is unknown, or a password grant is configured.

        Example:
            >>> Settings.load(explicit={"api_url": "https://platform.iceye.com"}).api_url
            'https://platform.iceye.com/api'
        """
        given = {k: v for k, v in (explicit or {}).items() if v is not None}
        return cls(**merge_layers(given, profile=profile, config=config))

    @classmethod
    def from_profile(cls, name: str, *, config: Path | None = None) -> Self:
        """Read ``[profiles.NAME]`` of the config file, completed from the environment and the keyring.

        Raises:
            ConfigurationError: there is no such profile, or a value is malformed.
        """
        return cls.load(profile=name, config=config)

    @classmethod
    def for_sandbox(cls, url: str, *, explicit: SettingsOptions | None = None) -> Self:
        """Return settings for a sandbox at ``url`` (without ``/api``); looks nowhere else."""
        base = url.rstrip("/")
        values: dict[str, Any] = {
            "client_id": SANDBOX_CLIENT_ID, "client_secret": SANDBOX_CLIENT_SECRET,
            "api_url": f"{base}/api", "auth_url": f"{base}/oauth",
        }  # fmt: skip
        given = {k: v for k, v in (explicit or {}).items() if v is not None}
        return cls(**(values | given), source=f"sandbox:{base}")
