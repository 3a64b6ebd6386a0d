"""Where deliveries go: the location configs, and folders on disk that are laid out like the buckets they stand for."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from iceye_geo.sandbox.contracts import ARCHIVE_BUCKET, BUCKET, stable_uuid

if TYPE_CHECKING:
    from iceye_geo.sandbox.platform import Platform
    from iceye_geo.sandbox.world import Frame

REGION = "eu-north-1"
_BASE32 = "0123456789BCDEFGHJKMNPQRSTUVWXYZ"
#: One part of an S3 key that is also safe as the name of a folder.
_SAFE_PART = re.compile(r"[A-Za-z0-9!_.*'() =+@,&:-]{1,255}")


@dataclass(frozen=True, slots=True)
class LocationConfig:
    """One preconfigured destination."""

    id: str
    bucket: str
    active: bool

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "method": "s3",
            "status": "active" if self.active else "inactive",
            "config": {
                "endpoint": f"s3.{REGION}.amazonaws.com",
                "bucket": self.bucket,
                "region": REGION,
                "keyID": "AKIASANDBOX" + self.id[:4].upper(),
            },
        }


def location_configs(seed: int) -> dict[str, LocationConfig]:
    """Return the destinations by id: two that are active, one that is not."""
    rows = ((BUCKET, True), (ARCHIVE_BUCKET, True), (BUCKET, False))
    made = (
        LocationConfig(stable_uuid(seed, "location", n), name, active)
        for n, (name, active) in enumerate(rows)
    )
    return {config.id: config for config in made}


def key_parts(text: str) -> list[str]:
    """Return the folders of an S3 prefix.

    Raises:
        ValueError: for a part that would leave the bucket or is no name of a folder.

    Example:
        >>> key_parts("sar/2026/")
        ['sar', '2026']
    """
    parts = [part for part in text.split("/") if part]
    if any(part in (".", "..") or not _SAFE_PART.fullmatch(part) for part in parts):
        raise ValueError("is not a usable folder name")
    return parts


def folder_of(config: LocationConfig, *, path: str, subpath: str) -> PurePosixPath:
    """Return the place of delivered files relative to the folder of all buckets.

    Example:
        >>> config = LocationConfig("c", "sandbox-bucket", True)
        >>> str(folder_of(config, path="sandbox-bucket", subpath="sar/2026"))
        'sandbox-bucket/sar/2026'
        >>> str(folder_of(config, path="inbox", subpath=""))
        'sandbox-bucket/inbox'
    """
    parts = key_parts(path)
    inside = parts[1:] if parts[:1] == [config.bucket] else parts
    return PurePosixPath(config.bucket, *inside, *key_parts(subpath))


def s3_url(folder: PurePosixPath) -> str:
    """Return the address that a folder stands for.

    Example:
        >>> s3_url(PurePosixPath("sandbox-bucket/sar"))
        'https://sandbox-bucket.s3.eu-north-1.amazonaws.com/sar'
    """
    bucket, *inside = folder.parts
    return "/".join([f"https://{bucket}.s3.{REGION}.amazonaws.com", *inside])


def geohash(lon: float, lat: float, *, length: int = 6) -> str:
    """Return a geohash in capitals, as ICEYE's file names have it.

    Example:
        >>> geohash(-5.6, 42.6, length=5)
        'EZS42'
    """
    spans, bits = {"lon": [-180.0, 180.0], "lat": [-90.0, 90.0]}, 0
    for index in range(5 * length):
        name, value = ("lon", lon) if index % 2 == 0 else ("lat", lat)
        low, high = spans[name]
        upper = value >= (low + high) / 2
        spans[name][0 if upper else 1] = (low + high) / 2
        bits = bits << 1 | upper
    return "".join(_BASE32[bits >> 5 * (length - 1 - n) & 31] for n in range(length))


def file_stem(frame: Frame, product: str) -> str:
    """Return the name of a delivered file without its ending.

    The form is ``ICEYE_<geohash>_<time>_<image id>_<satellite>_<mode>_<product>``.
    """
    geometry = frame.geometry
    image, _, number = frame.frame_id.rpartition("_")
    parts = (
        "ICEYE",
        geohash(geometry.center_lon, geometry.center_lat),
        f"{frame.start:%Y%m%dT%H%M%SZ}",
        image if number == "1" else frame.frame_id.replace("_", "-"),
        frame.satellite,
        frame.mode.code,
        product.removesuffix("-COG").replace("QLK", "QL"),
    )
    return "_".join(parts)


def files_of(platform: Platform, frame: Frame, product: str) -> Iterator[tuple[str, Path | bytes]]:
    """Yield (file name, file or content) of one item: its data, and its metadata as JSON."""
    from iceye_geo.sandbox.world.assets import THUMBNAIL, kinds_of
    from iceye_geo.sandbox.world.items import raw_item

    for kind in kinds_of(product, full=True):
        if kind is not THUMBNAIL:
            made = kind.draw(platform.imagery, frame)
            shown = "QLK" if kind.key.startswith("q") else product
            yield file_stem(frame, shown) + made.suffix, made
    item = raw_item(frame, product, collection="", stac_version=platform.options.stac_version)
    yield file_stem(frame, product) + ".json", json.dumps(item, indent=1).encode()


def put(target: Path, content: Path | bytes) -> None:
    """Write a file in one step, as an object store does: it is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as file:
            if isinstance(content, Path):
                with content.open("rb") as source:
                    shutil.copyfileobj(source, file, 1 << 20)
            else:
                file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
