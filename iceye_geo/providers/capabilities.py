"""What a provider can do, and the check that stands before every request. Sends nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from iceye_geo.errors import CapabilityNotSupportedError

if TYPE_CHECKING:
    from iceye_geo.providers.base import Provider


class Capability(StrEnum):
    """One thing that a provider may be able to do.

    Attributes:
        DELIVERY: bring products into a storage of the caller's, and follow them.
        TARGETS: list the places that are set up.
        LISTING: list the deliveries of the account.
        DOWNLOADS: hand out links to whole files.
        BUNDLES: take several products in one request, and tell afterwards which is which.
    """

    DELIVERY = "delivery"
    TARGETS = "targets"
    LISTING = "listing"
    DOWNLOADS = "downloads"
    BUNDLES = "bundles"


def require(provider: Provider, *needed: Capability) -> None:
    """Raise unless a provider has all these capabilities. Nothing is sent.

    Raises:
        CapabilityNotSupportedError: names what is missing and what there is.
    """
    missing = [one.value for one in needed if one not in provider.capabilities]
    if missing:
        has = ", ".join(sorted(one.value for one in provider.capabilities)) or "nothing"
        raise CapabilityNotSupportedError(
            f"{provider.name} has no {' and no '.join(missing)}; it has: {has}. Nothing was sent."
        )
