"""File names for downloads: what the server says if it is safe, else ICEYE's own convention."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.message import Message
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

_LONGEST = 180
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
_PRODUCTS = {"QLK": "QL"}
_ENDINGS = {"image/png": ".png", "application/xml": ".xml", "application/json": ".json"}


def choose_name(
    *,
    disposition: str,
    url: str,
    properties: Mapping[str, Any],
    item_id: str,
    asset_key: str,
    media_type: str = "",
) -> str:
    """Return a safe file name.

    Args:
        disposition: the server's Content-Disposition, or "".
        url: the link; its path counts only if it ends in a name with an extension.
        properties: of the item.
        item_id: fallback.
        asset_key: fallback.
        media_type: of the asset; gives the extension where nothing else does.

    Example:
        >>> choose_name(disposition='attachment; filename="../../etc/passwd"', url="", properties={}, item_id="a",
        ...             asset_key="b")
        'passwd'
    """
    given = _from_disposition(disposition) or _from_url(url)
    if given:
        return safe_name(given)
    ending = _ENDINGS.get(media_type.split(";")[0].strip(), ".tif")
    return safe_name((_by_convention(properties) or f"{item_id}_{asset_key}") + ending)


def safe_name(name: str) -> str:
    r"""Return a name without folders, control characters or what a file system reserves.

    Example:
        >>> safe_name("..\\a/b:c?.tif"), safe_name(".."), safe_name("con.tif")
        ('b_c_.tif', 'download', '_con.tif')
    """
    last = re.split(r"[/\\]", name)[-1]
    clean = re.sub(r"[^\w.+-]", "_", last).strip(". ")[-_LONGEST:]
    if not clean.strip("._"):
        return "download"
    return f"_{clean}" if _RESERVED.match(clean) else clean


def _from_disposition(text: str) -> str:
    message = Message()
    message["Content-Disposition"] = text
    return message.get_filename() or ""


def _from_url(url: str) -> str:
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    return (
        name
        if re.fullmatch(r".+\.(tiff?|png|xml|json|kml|kmz|h5|nitf|ntf|mp4|gif)", name, re.IGNORECASE)
        else ""
    )


def _by_convention(properties: Mapping[str, Any]) -> str:
    """Return ``ICEYE_<time>_<image id>_<satellite>_<mode>_<product>``, or "" if too little is known."""
    image = str(properties.get("iceye:image_id") or properties.get("frame_id") or "").split("_")[0]
    mode = str(properties.get("iceye:processing_mode") or "")
    product = str(properties.get("sar:product_type") or "").upper().removesuffix("-COG")
    moment = _compact(str(properties.get("start_datetime") or properties.get("datetime") or ""))
    if not (image and mode and product and moment):
        return ""
    satellite = str(properties.get("platform") or "").upper().removeprefix("ICEYE-")
    parts = ["ICEYE", moment, image, satellite, mode, _PRODUCTS.get(product, product)]
    return "_".join(p for p in parts if p)


def _compact(moment: str) -> str:
    try:
        return datetime.fromisoformat(moment.replace("Z", "+00:00")).strftime("%Y%m%dT%H%M%SZ")
    except ValueError:
        return ""
