"""File names for downloads: what the server or the file says if it is safe, else ICEYE's own convention."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from html import unescape
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

# The longest name of common file systems is 255 bytes; the rest is for what a download adds while it runs.
_LONGEST_BYTES = 200
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
_KNOWN = r"tiff?|png|jpe?g|xml|json|geojson|kml|kmz|h5|nitf|ntf|mp4|gif|zip"
_ENDING = re.compile(rf".+\.({_KNOWN})", re.IGNORECASE)
_PRODUCT_FILE = re.compile(rb'<Item name="PRODUCT_FILE">([^<]{1,200})</Item>')
_MEDIA = {
    "image/tiff": ".tif", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "video/mp4": ".mp4",
    "application/xml": ".xml", "text/xml": ".xml", "application/json": ".json", "application/geo+json": ".json",
    "application/x-hdf5": ".h5", "application/vnd.google-earth.kml+xml": ".kml",
}  # fmt: skip
# The last part of an asset key says the form of the file where the media type does not.
_KEY_ENDINGS = {"png": ".png", "xml": ".xml", "json": ".json", "kml": ".kml", "kmz": ".kmz", "h5": ".h5",
                "mp4": ".mp4", "gif": ".gif", "sicd": ".nitf", "sidd": ".nitf"}  # fmt: skip
_PRODUCTS = {"qlk": "QL", "quicklook": "QL", "grd": "GRD", "slc": "SLC", "csi": "CSI", "vid": "VID",
             "sicd": "SICD", "sidd": "SIDD", "cphd": "CPHD"}  # fmt: skip
_GEOHASH = "0123456789bcdefghjkmnpqrstuvwxyz"
_GEOHASH_LENGTH = 6


def choose_name(
    *, disposition: str = "", url: str = "", head: bytes = b"", record: Mapping[str, Any] | None = None,
    asset_key: str = "", media_type: str = "",
) -> str:  # fmt: skip
    """Return a safe file name.

    Args:
        disposition: the server's Content-Disposition, or "".
        url: the link; its path counts only if it ends in a name with an extension.
        head: first bytes of the file; ICEYE's COGs carry their own name in them.
        record: the STAC item as a dict, for ICEYE's convention.
        asset_key: which of its assets it is.
        media_type: of the asset.

    Example:
        >>> choose_name(disposition='attachment; filename="../../etc/passwd"')
        'passwd'
        >>> choose_name(url="https://host/content/0af3?Expires=1", media_type="image/png")
        '0af3.png'
    """
    given = _from_disposition(disposition) or _from_url(url) or _from_head(head)
    if given:
        return safe_name(given)
    item = record or {}
    ending = _MEDIA.get(media_type.split(";")[0].strip().lower()) or _ending_of(asset_key)
    if item.get("id"):
        return safe_name((by_convention(item, asset_key) or f"{item['id']}_{asset_key}") + ending)
    return safe_name((PurePosixPath(unquote(urlsplit(url).path)).name or "download") + ending)


def safe_name(name: str) -> str:
    r"""Return a name without folders, control characters or what a file system reserves.

    Example:
        >>> safe_name("..\\a/b:c?.tif"), safe_name(".."), safe_name("con.tif")
        ('b_c_.tif', 'download', '_con.tif')
    """
    last = re.split(r"[/\\]", name)[-1]
    clean = _shorten(re.sub(r"[^\w.+-]", "_", last)).strip(". ")
    if not clean.strip("._"):
        return "download"
    return f"_{clean}" if _RESERVED.match(clean) else clean


def by_convention(record: Mapping[str, Any], asset_key: str = "") -> str:
    """Return ``ICEYE_<geohash>_<time>_<image id>_<satellite>_<mode>_<product>``, without what is not known.

    Args:
        record: a STAC item as a dict.
        asset_key: pictures beside the product get their own ending.

    Returns:
        The name without its extension; "" if too little is known.

    Example:
        >>> told = {"frame_id": "4119892_1", "iceye:processing_mode": "SLF", "sar:product_type": "GRD-COG",
        ...         "start_datetime": "2024-06-12T17:43:39Z", "platform": "ICEYE-X11"}
        >>> by_convention({"properties": told, "bbox": [-43.3, -22.9, -43.1, -22.7]}, "grd-cog")
        'ICEYE_75CQ2C_20240612T174339Z_4119892_X11_SLF_GRD'
    """
    told = record.get("properties") or {}
    image = str(told.get("iceye:image_id") or told.get("frame_id") or told.get("iceye:frame_id") or "")
    mode = str(told.get("iceye:processing_mode") or "")
    moment = _compact(str(told.get("start_datetime") or told.get("datetime") or ""))
    product = _product(str(told.get("sar:product_type") or ""), asset_key)
    if not (image and mode and moment and product):
        return ""
    satellite = str(told.get("platform") or "").upper().removeprefix("ICEYE-")
    parts = ["ICEYE", _place(record.get("bbox")), moment, image.split("_")[0], satellite, mode, product]
    return "_".join(p for p in parts if p)


def geohash(lon: float, lat: float, *, length: int = _GEOHASH_LENGTH) -> str:
    """Return the geohash of a point.

    Example:
        >>> geohash(-5.603, 42.605, length=5)
        'ezs42'
    """
    spans = [[-180.0, 180.0], [-90.0, 90.0]]
    bits = 0
    for turn in range(5 * length):
        span, value = spans[turn % 2], (lon, lat)[turn % 2]
        middle = (span[0] + span[1]) / 2
        upper = value >= middle
        span[0 if upper else 1] = middle
        bits = bits << 1 | upper
    return "".join(_GEOHASH[bits >> 5 * (length - 1 - n) & 31] for n in range(length))


def _product(product_type: str, asset_key: str) -> str:
    """Return what stands for the product in a name; pictures that are none get the word of their key added."""
    product = product_type.lower().removesuffix("-cog")
    own = _PRODUCTS.get(product, product.upper())
    word = re.split(r"[-_]", asset_key.lower())[0]
    if word in ("", "data", "metadata", product):
        return own
    return _PRODUCTS.get(word) or "_".join(p for p in (own, word.upper()) if p)


def _ending_of(asset_key: str) -> str:
    return _KEY_ENDINGS.get(re.split(r"[-_]", asset_key.lower())[-1], ".tif")


def _place(bbox: Any) -> str:
    """Return the geohash of a box's middle; "" for boxes round the globe, whose middle says nothing."""
    try:
        box = [float(v) for v in bbox]
        west, south, east, north = box if len(box) == 4 else (box[0], box[1], box[3], box[4])
    except (TypeError, ValueError, IndexError):
        return ""
    east = east + 360 if east < west else east
    if east - west > 180:
        return ""
    return geohash(((west + east) / 2 + 180) % 360 - 180, (south + north) / 2).upper()


def _from_disposition(text: str) -> str:
    message = Message()
    message["Content-Disposition"] = re.sub(r"[\r\n]", " ", text)
    return message.get_filename() or ""


def _from_url(url: str) -> str:
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    return name if _ENDING.fullmatch(name) else ""


def _from_head(head: bytes) -> str:
    found = _PRODUCT_FILE.search(head)
    name = unescape(found[1].decode("utf-8", "replace")) if found else ""
    return name if _ENDING.fullmatch(name) else ""


def _shorten(name: str) -> str:
    """Cut a name to what a file system takes, keeping its extension."""
    data = name.encode()
    return data[-_LONGEST_BYTES:].decode(errors="ignore") if len(data) > _LONGEST_BYTES else name


def _compact(moment: str) -> str:
    try:
        found = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    except ValueError:
        return ""
    return (found.astimezone(UTC) if found.tzinfo else found).strftime("%Y%m%dT%H%M%SZ")
