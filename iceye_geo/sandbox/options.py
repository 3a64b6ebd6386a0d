"""The sandbox's options; what ICEYE leaves unknown is a field here, with our placeholder as default."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from iceye_geo.sandbox.lifecycle.options import LifecycleOptions
from iceye_geo.sandbox.pixxel.options import PixxelSide

#: The sandbox's only OAuth client. Public constants: they open nothing but a server on this machine.
CLIENT_ID = "sandbox"
CLIENT_SECRET = "sandbox-secret"

#: The newest date of the archive. Fixed, so that one seed gives one world on every day of the year.
EPOCH = datetime(2026, 11, 1, tzinfo=UTC)

_DAY_S = 86_400
#: Ranges of the numeric options. The largest scene is that of a real Spot Fine frame, with some room.
_RANGES: dict[str, tuple[float, float]] = {
    "port": (0, 65_535),
    "scenes": (0, 20_000),
    "url_ttl_s": (0, 365 * _DAY_S),
    "token_ttl_s": (0, 365 * _DAY_S),
    "speed": (1e-3, 1e7),
    "scene_size": (64, 24_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions(LifecycleOptions):
    """How the sandbox behaves. Every field has a default; unknowns of ICEYE's API are marked as such.

    The fields of tasks, purchases, deliveries and webhooks are those of
    [LifecycleOptions][iceye_geo.sandbox.lifecycle.options.LifecycleOptions].

    Attributes:
        port: TCP port on 127.0.0.1; 0 takes a free one.
        seed: the same seed gives the same contracts, frames and pixels.
        scenes: number of public frames.
        epoch: newest date of the archive, aware UTC.
        url_ttl_s: life of a signed content link, seconds of real time.
        token_ttl_s: life of an access token, seconds of real time.
        speed: how many simulated seconds pass in a real second; drives task life-cycles, not links or tokens.
        scene_size: pixels along the longer side of a generated image.
        cache_dir: where generated images are kept; None means the user's cache folder.
        state: file that keeps tasks and purchases between runs; None keeps nothing.
        stac_version: ``stac_version`` of raw items (contradiction C1).
        post_cursor: whether POST /search takes ``cursor`` in its body (contradiction C5).
        limit_above_maximum: a catalog ``limit`` above 200 is refused with 400, or cut (unknown at ICEYE).
        bbox_with_intersects: both in one search are refused with 400, or both applied (unknown at ICEYE).
        unknown_search_fields: unknown fields of a search body are refused, or ignored (unknown at ICEYE).
        mixed_private_assets: whether private items keep their data assets when asked for beside public ones
            (unknown at ICEYE).
        s3_endpoint: address of an S3 server that stands for the customer's; deliveries are written there too.
        pixxel: how the Pixxel side behaves.

    Raises:
        ValueError: for a number out of its range, or an epoch without a time zone.

    Example:
        >>> SandboxOptions(seed=3).scenes
        320
    """

    port: int = 0
    seed: int = 7
    scenes: int = 320
    epoch: datetime = EPOCH
    url_ttl_s: float = 3600
    token_ttl_s: float = 3600
    speed: float = 1.0
    scene_size: int = 2048
    cache_dir: Path | str | None = None
    state: Path | str | None = None
    stac_version: Literal["1.0.0-beta.1", "1.0.0"] = "1.0.0-beta.1"
    post_cursor: bool = True
    limit_above_maximum: Literal["refuse", "cut"] = "refuse"
    bbox_with_intersects: Literal["refuse", "apply"] = "refuse"
    unknown_search_fields: Literal["refuse", "ignore"] = "refuse"
    mixed_private_assets: bool = False
    s3_endpoint: str | None = None
    pixxel: PixxelSide = field(default_factory=PixxelSide)

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not isinstance(value, int | float) or not low <= value <= high:
                raise ValueError(f"{name} must be a number between {low} and {high}, not {value!r}")
        if self.epoch.tzinfo is None:
            raise ValueError("epoch must carry a time zone")
