"""Delivery and download across providers: the seam, the jobs, and ICEYE and Pixxel behind it. Loads when used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iceye_geo.providers.base import (
        Bundling,
        Delivery,
        DeliveryRecord,
        Downloads,
        DownloadSource,
        ProductRef,
        Provider,
        Target,
    )
    from iceye_geo.providers.bundle import Jobs
    from iceye_geo.providers.capabilities import Capability
    from iceye_geo.providers.iceye import IceyeProvider
    from iceye_geo.providers.jobs import Job
    from iceye_geo.providers.registry import as_provider, make, names, register, unregister
    from iceye_geo.providers.sending import Fetched, deliver, download
    from iceye_geo.providers.states import State, StatusTable

_HOMES = {
    "Bundling": "base",
    "Capability": "capabilities",
    "Delivery": "base",
    "DeliveryRecord": "base",
    "DownloadSource": "base",
    "Downloads": "base",
    "Fetched": "sending",
    "IceyeProvider": "iceye",
    "Job": "jobs",
    "Jobs": "bundle",
    "ProductRef": "base",
    "Provider": "base",
    "State": "states",
    "StatusTable": "states",
    "Target": "base",
    "as_provider": "registry",
    "deliver": "sending",
    "download": "sending",
    "make": "registry",
    "names": "registry",
    "register": "registry",
    "unregister": "registry",
}

__all__ = [
    "Bundling",
    "Capability",
    "Delivery",
    "DeliveryRecord",
    "DownloadSource",
    "Downloads",
    "Fetched",
    "IceyeProvider",
    "Job",
    "Jobs",
    "ProductRef",
    "Provider",
    "State",
    "StatusTable",
    "Target",
    "as_provider",
    "deliver",
    "download",
    "make",
    "names",
    "register",
    "unregister",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'iceye_geo.providers' has no attribute {name!r}")
    return getattr(importlib.import_module(f"iceye_geo.providers.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
