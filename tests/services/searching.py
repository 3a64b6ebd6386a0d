"""Words and helpers of the tests of searches."""

from __future__ import annotations

from transport.loopback import Loopback

from iceye_geo import Client
from iceye_geo.sandbox import Sandbox

SEARCH, ITEMS = "/api/catalog/v2/search", "/api/catalog/v2/items"
EUROPE = (-12, 34, 32, 66)

#: A server that answers by script, and a client for it.
Script = tuple[Loopback, Client]


def asked(sandbox: Sandbox, path: str = SEARCH) -> int:
    """How many requests went to a path."""
    return len(sandbox.requests.matching(path))
