"""How the Pixxel side behaves; what Pixxel leaves unknown or contradicts itself in is a field here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: The only API key. A public constant: it opens nothing but a server on this machine.
API_KEY = "sandbox-pixxel-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class PixxelSide:
    """How the sandbox's Pixxel side behaves.

    Attributes:
        auth_scheme: word that must stand before the key; "" for the bare key of Pixxel's reference.
        catalogs: number of images that are there.
        delivery_minutes: simulated time until a delivery has succeeded; it is IN_PROGRESS after a third of it.
        download_minutes: likewise for downloads.
        cloud_key: how answers spell the destination (both spellings are in Pixxel's pages); None sends null.
        status_case: case of the statuses of downloads (their two pages disagree).
        empty_url: what ``signed_url`` is before there is one (unknown at Pixxel).
        late_url: looks that a successful download is shown without its link.
        ignore_filters: whether the list of deliveries ignores its filters (unknown at Pixxel).
        same_link: whether asking for a download again brings the old link, even a dead one (unknown at Pixxel).
        failure_reason: words that a failed resource carries; "" as documented, which is no field at all.
        total: whether the list of deliveries says how many there are (unknown at Pixxel).
    """

    auth_scheme: str = ""
    catalogs: int = 12
    delivery_minutes: float = 6
    download_minutes: float = 3
    cloud_key: Literal["cloud_delivery", "cloud_info"] | None = "cloud_delivery"
    status_case: Literal["lower", "upper"] = "lower"
    empty_url: Literal["absent", "null", "empty"] = "empty"
    late_url: int = 0
    ignore_filters: bool = False
    same_link: bool = False
    failure_reason: str = ""
    total: bool = False
