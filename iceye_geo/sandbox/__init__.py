"""A local ICEYE platform over real HTTP on the loopback address.

Only what starts and stops it is exported here; the `sandbox` extra (FastAPI, uvicorn) loads when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iceye_geo.sandbox.faults import Fault, FaultSwitch
    from iceye_geo.sandbox.log import LoggedRequest, RequestLog
    from iceye_geo.sandbox.options import CLIENT_ID, CLIENT_SECRET, SandboxOptions
    from iceye_geo.sandbox.platform import Platform
    from iceye_geo.sandbox.server import Sandbox

_HOMES = {
    "CLIENT_ID": "options",
    "CLIENT_SECRET": "options",
    "Fault": "faults",
    "FaultSwitch": "faults",
    "LoggedRequest": "log",
    "Platform": "platform",
    "RequestLog": "log",
    "Sandbox": "server",
    "SandboxOptions": "options",
}

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "Fault",
    "FaultSwitch",
    "LoggedRequest",
    "Platform",
    "RequestLog",
    "Sandbox",
    "SandboxOptions",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo.sandbox' has no attribute {name!r}")
    return getattr(importlib.import_module(f"iceye_geo.sandbox.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
