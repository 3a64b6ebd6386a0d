"""Where credentials and endpoints come from: argument > environment > profile > keyring. No HTTP here.

The profile file is TOML, ``~/.config/iceye-geo/config.toml`` on Linux (the platform's config folder
elsewhere, ``ICEYE_CONFIG`` anywhere); every field of ``Settings`` may stand in a profile::

    [profiles.default]
    client_id = "..."
    client_secret = "..."
    token_url = "https://.../v1/token"

    [profiles.field-team]
    client_id = "..."          # the secret from the keyring: keyring set iceye-geo CLIENT_ID
    auth_url = "https://..."   # token_url = auth_url + /v1/token
    contract_id = "..."
    ca_bundle = "/etc/ssl/our-ca.pem"
    proxies = { https = "http://proxy.example.com:3128" }
"""

from iceye_geo.settings.model import (
    DEFAULT_API_URL,
    SANDBOX_CLIENT_ID,
    SANDBOX_CLIENT_SECRET,
    Settings,
    SettingsOptions,
)
from iceye_geo.settings.rules import TransportRules, checked_url, is_loopback

__all__ = [
    "DEFAULT_API_URL",
    "SANDBOX_CLIENT_ID",
    "SANDBOX_CLIENT_SECRET",
    "Settings",
    "SettingsOptions",
    "TransportRules",
    "checked_url",
    "is_loopback",
]
