"""What every service's settings share: TLS, proxies, timeouts, retries, checked URLs. No credentials here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from iceye_geo.errors import ConfigurationError
from iceye_geo.redact import redact

# Searches over years of archive may take long; a minute without a byte is a dead server.
DEFAULT_TIMEOUT_S = 60.0
# A TCP and TLS handshake across the world takes under a second; ten allow for lost packets and a slow proxy.
DEFAULT_CONNECT_TIMEOUT_S = 10.0
# Four repeats with doubling pauses bridge about 15 seconds: a restarting gateway, not an outage.
DEFAULT_RETRIES = 4

_LOOPBACK = {"localhost", "::1"}


class TransportRules(BaseModel):
    """How a service is talked to; checked once, never changed.

    Attributes:
        api_url: base of the service's paths.
        verify: whether TLS certificates are checked.
        ca_bundle: PEM file or folder of own certificate authorities, used instead of the built-in list.
        proxies: scheme to proxy URL, and "no_proxy" to hosts; wins over ``HTTPS_PROXY``.
        connect_timeout_s: seconds until a connection must stand.
        timeout_s: seconds without a byte after which an answer counts as lost.
        retries: how often a call that is safe to repeat is repeated.
        user_agent: put before the package's own User-Agent.
        source: where the credentials came from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_url: str
    verify: bool = True
    ca_bundle: Path | None = None
    proxies: dict[str, str] | None = None
    connect_timeout_s: float = Field(default=DEFAULT_CONNECT_TIMEOUT_S, gt=0, le=3600)
    timeout_s: float = Field(default=DEFAULT_TIMEOUT_S, gt=0, le=3600)
    retries: int = Field(default=DEFAULT_RETRIES, ge=0, le=20)
    user_agent: str = ""
    source: str = "argument"

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigurationError(_readable(error, _own_first(type(self)))) from None

    @field_validator("ca_bundle", mode="after")
    @classmethod
    def _ca_bundle(cls, value: Path | None) -> Path | None:
        if value is not None and not value.expanduser().exists():
            raise ValueError(f"there is no file or folder {value}")
        return None if value is None else value.expanduser()

    @field_validator("proxies", mode="after")
    @classmethod
    def _proxies(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        for scheme, url in (value or {}).items():
            if scheme == "no_proxy":
                continue
            if not url or "://" not in url or not urlsplit(url).hostname:
                raise ValueError(f"the {scheme!r} proxy must be a URL such as http://proxy.example.com:3128")
        return value

    @field_validator("user_agent", mode="after")
    @classmethod
    def _user_agent(cls, value: str) -> str:
        if not value.isprintable() or not value.isascii():
            raise ValueError("must be printable ASCII")
        return value.strip()

    @model_validator(mode="after")
    def _one_way_to_verify(self) -> Self:
        if not self.verify and self.ca_bundle is not None:
            raise ValueError("verify=False and ca_bundle contradict each other; drop one")
        return self

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError(
            "settings hold a secret and are never pickled; pickle the client, which travels as a recipe"
        )

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Show what is set, masked."""
        shown = {name: getattr(self, name) for name in _own_first(type(self))}
        return [
            (k, redact(v) if isinstance(v, str) else _masked(v))
            for k, v in shown.items()
            if v not in (None, "")
        ]


def is_loopback(host: str | None) -> bool:
    """Return whether ``host`` is this machine.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("127.evil.example")
        (True, True, False)
    """
    name = (host or "").lower().strip("[]")
    octets = name.split(".")
    return name in _LOOPBACK or (
        len(octets) == 4 and octets[0] == "127" and all(o.isdecimal() for o in octets)
    )


def _own_first(cls: type[TransportRules]) -> list[str]:
    """Name the fields with credentials and endpoints before those that every service has."""
    shared = [name for name in TransportRules.model_fields if name != "api_url"]
    return [name for name in cls.model_fields if name not in shared and name != "api_url"] + [
        "api_url",
        *shared,
    ]


def _masked(value: object) -> object:
    if isinstance(value, dict):
        return {k: redact(v) if isinstance(v, str) else v for k, v in value.items()}
    return value


def checked_url(value: str, *, example: str = "https://platform.iceye.com/api") -> str:
    """Return a base URL without its last slash.

    Raises:
        ValueError: it is no URL, is not https, or holds more than scheme, host and path.

    Example:
        >>> checked_url("https://api.example.com/")
        'https://api.example.com'
    """
    url = value.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"is not a URL; expected for example {example}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"must be a whole URL with https://, for example {example}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            "must hold no user name, query or fragment; credentials go into settings of their own"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(
            "must use https; plain http is accepted only for this machine (127.0.0.1, localhost, ::1)"
        )
    return url


def _readable(error: ValidationError, fields: Iterable[str]) -> str:
    faults = []
    for fault in error.errors(include_input=False, include_url=False):
        field = ".".join(str(part) for part in fault["loc"]) or "settings"
        if fault["type"] == "extra_forbidden":
            known = ", ".join(name for name in fields if name != "source")
            faults.append(f"{field}: is no setting. Known: {known}.")
        else:
            faults.append(f"{field}: {fault['msg'].removeprefix('Value error, ')}.")
    return " ".join(faults)
