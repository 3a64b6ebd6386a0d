"""Which layer wins: argument > environment > profile > keyring, and never a secret of another account."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iceye_geo.errors import ConfigurationError
from iceye_geo.settings import layers

_PASSWORD_GRANT = (
    "{field}: ICEYE's v2 APIs do not know the password grant (user name and password belong to v1). "
    "Ask ICEYE for client credentials and give client_id and client_secret instead."
)


def refuse_password_grant(values: Mapping[str, Any]) -> None:
    """Raise where a user name, a password or the password grant is configured: v2 does not know it.

    Raises:
        ConfigurationError: with what to do instead.
    """
    for field in ("username", "password"):
        if values.get(field):
            raise ConfigurationError(_PASSWORD_GRANT.format(field=field))
    grant = values.get("grant_type", values.get("grant"))
    if grant == "password":
        raise ConfigurationError(_PASSWORD_GRANT.format(field="grant_type"))


def merge_layers(given: dict[str, Any], *, profile: str | None, config: Path | None) -> dict[str, Any]:
    """Return the values of all layers in one dict, with ``source`` saying where the credentials come from.

    Args:
        given: explicit values; they win.
        profile: an explicitly named profile; ranks above the environment, unlike ``ICEYE_PROFILE``.
        config: the TOML file; None finds it.

    Raises:
        ConfigurationError: the profile is unknown, or a password grant is configured.
    """
    refuse_password_grant(given)
    named = profile or layers.profile_name()
    file = (f"profile:{named or layers.DEFAULT_PROFILE}", layers.from_profile(named, path=config))
    environment = ("environment", layers.from_environment())
    ranked = [("argument", given), *([file, environment] if profile else [environment, file])]
    merged: dict[str, Any] = {}
    for source, values in ranked:
        _add_layer(merged, source, dict(values))
    if not merged.get("client_secret"):
        _add_layer(merged, "keyring", layers.from_keyring(merged.get("client_id")))
    merged.setdefault("source", "none")
    return merged


def _add_layer(merged: dict[str, Any], source: str, values: dict[str, Any]) -> None:
    """Fill ``merged`` with what it lacks. Endpoints and credentials each stay in one piece."""
    has_credentials = bool(merged.get("client_id") and merged.get("client_secret"))
    if has_credentials:
        for field in ("username", "password", "grant", "grant_type"):
            values.pop(field, None)
    refuse_password_grant(values)
    other_account = merged.get("client_id") and values.get("client_id") not in (None, merged.get("client_id"))
    if other_account:
        values.pop("client_secret", None)
    if merged.get("token_url") or merged.get("auth_url"):
        values.pop("token_url", None)
        values.pop("auth_url", None)
    if values.get("client_secret") and not merged.get("client_secret"):
        merged["source"] = source
    for field, value in values.items():
        if field not in {"grant", "grant_type", "source"}:
            merged.setdefault(field, value)
