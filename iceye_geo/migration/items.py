"""Catalog items and task products as v1 answered them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from iceye_geo.migration.properties import rename_properties
from iceye_geo.migration.scribe import Scribe
from iceye_geo.redact import strip_query

_VAGUE = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_MEDIA = {
    ".tif": "image/tiff; application=geotiff", ".tiff": "image/tiff; application=geotiff",
    ".xml": "application/xml", ".json": "application/json", ".png": "image/png", ".h5": "application/x-hdf5",
    ".kml": "application/vnd.google-earth.kml+xml", ".kmz": "application/vnd.google-earth.kmz",
}  # fmt: skip
_PIXELS = frozenset({".tif", ".tiff", ".h5"})
_NO_MORE = "v1 products carry no id, footprint or times; client.tasking.products(task) asks for them"


def migrate_item(item: Mapping[str, Any], scribe: Scribe) -> dict[str, Any]:
    """Rewrite one catalog item kept from v1, so that ``iceye_geo.stac.to_item`` opens it.

    Example:
        >>> old = {"type": "Feature", "properties": {"start_time": "2024-01-01T00:00:00Z"}, "collection": ""}
        >>> migrate_item(old, Scribe())["properties"]
        {'start_datetime': '2024-01-01T00:00:00Z'}
    """
    result = dict(item)
    if isinstance(item.get("properties"), Mapping):
        result["properties"] = rename_properties(item["properties"], scribe.at("properties"))
    if item.get("collection") is None:
        result["collection"] = ""
        scribe.write(
            "collection", None, "", reason="required on each item in v2; ICEYE itself sends it empty"
        )
    if isinstance(item.get("assets"), list):
        result["assets"] = migrate_assets(item["assets"], "", scribe.at("assets"))
    return result


def migrate_product(product: Mapping[str, Any], scribe: Scribe) -> dict[str, Any]:
    """Rewrite one task product of v1 ({type, assets[]}) into a v2-like item without a place and a time.

    Example:
        >>> old = {"type": "GRD", "assets": [{"title": "GRD Image", "downloadURL": "https://h/a.tif"}]}
        >>> migrate_product(old, Scribe())["assets"]["grd-tif"]["href"]
        'https://h/a.tif'
    """
    kind = str(product.get("type", ""))
    held = product.get("assets")
    scribe.write("type", kind, {"sar:product_type": kind}, reason="the product type is a property in v2")
    assets = migrate_assets(held if isinstance(held, list) else [], kind, scribe.at("assets"))
    scribe.write("", None, None, reason=_NO_MORE, severity="check")
    return {
        "id": "", "type": "Feature", "stac_version": "1.0.0-beta.1", "collection": "", "geometry": None,
        "properties": {"sar:product_type": kind}, "assets": assets,
    }  # fmt: skip


def migrate_assets(held: list[Any], kind: str, scribe: Scribe) -> dict[str, Any]:
    """Rewrite a list of v1 assets into v2's mapping by key."""
    result: dict[str, Any] = {}
    for i, asset in enumerate(held):
        if not isinstance(asset, Mapping):
            scribe.at(i).write("", asset, None, reason="not an asset", severity="lost")
            continue
        url = str(asset.get("downloadURL") or asset.get("href") or "")
        key = _free(_key(asset, url, kind), result)
        result[key] = _asset(asset, url, scribe.at(i))
        scribe.at(i).write(
            "",
            asset.get("title"),
            key,
            reason="assets are a mapping in v2; the key is made of type and file ending",
        )
        if urlsplit(url).query:
            why = "signed links live one hour; ask for the products again instead of using this one"
            scribe.at(i).write(
                "downloadURL", strip_query(url), strip_query(url), reason=why, severity="check"
            )
    return result


def _asset(asset: Mapping[str, Any], url: str, scribe: Scribe) -> dict[str, Any]:
    ending = _ending(url)
    media = str(asset.get("contentType") or asset.get("type") or "")
    new = _MEDIA.get(ending, media) if media in _VAGUE else media
    rest = {k: v for k, v in asset.items() if k not in {"downloadURL", "contentType", "href", "type"}}
    if "downloadURL" in asset:
        scribe.write("downloadURL", "downloadURL", "href", reason="STAC name")
    if new != media or "contentType" in asset:
        scribe.write(
            "contentType",
            media,
            new,
            reason="media type under its STAC name" + (", by the file ending" if new != media else ""),
        )
    result = {"href": url, **rest}
    if new:
        result["type"] = new
    if ending in _PIXELS and "roles" not in result:
        result["roles"] = ["data"]
    return result


def _key(asset: Mapping[str, Any], url: str, kind: str) -> str:
    family, ending = kind.lower().removesuffix("-cog"), _ending(url).lstrip(".").replace("tiff", "tif")
    slug = re.sub(r"[^a-z0-9]+", "-", str(asset.get("title", "")).lower()).strip("-")
    if family and ending and (not slug or slug.startswith(family)):
        return f"{family}-cog" if kind.upper().endswith("-COG") and ending == "tif" else f"{family}-{ending}"
    return slug or ending or "asset"


def _ending(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).suffix.lower()


def _free(key: str, taken: Mapping[str, Any]) -> str:
    number, candidate = 2, key
    while candidate in taken:
        candidate, number = f"{key}-{number}", number + 1
    return candidate
