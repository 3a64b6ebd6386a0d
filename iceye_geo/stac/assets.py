"""Assets: their roles, their clean form, and which one holds the pixels that somebody asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import AssetNotFoundError
from iceye_geo.stac.names import DATA_KEYS, DATA_TITLES, THUMBNAIL_KEYS, role_for_key
from iceye_geo.stac.values import copied

if TYPE_CHECKING:
    import pystac

_NOT_DATA = frozenset({"thumbnail", "overview", "metadata"})
_PIXEL_TYPES = ("image/tiff", "image/vnd.stac.geotiff", "application/x-geotiff", "application/octet-stream")


def normalise_assets(assets: Any) -> dict[str, dict[str, Any]]:
    """Return the assets that have an href, each with its roles; the input is not changed.

    Example:
        >>> normalise_assets({"grd-tif": {"href": "a.tif"}, "grd-xml": {"href": None}})
        {'grd-tif': {'href': 'a.tif', 'roles': ['data']}}
    """
    if not isinstance(assets, Mapping):
        return {}
    clean = ((str(key), normalise_asset(str(key), asset)) for key, asset in assets.items())
    return {key: asset for key, asset in clean if asset is not None}


def normalise_asset(key: str, asset: Any) -> dict[str, Any] | None:
    """Return one asset in STAC form, None when it has no href. Roles are filled, never overwritten.

    Example:
        >>> normalise_asset("thumbnail-png", {"href": "t.png", "title": None, "roles": "overview"})
        {'href': 't.png', 'roles': ['overview']}
    """
    if type(asset) is not dict and not isinstance(asset, Mapping):
        return None
    href = asset.get("href")
    if not isinstance(href, str) or not href.strip():
        return None
    clean = {name: copied(value) for name, value in asset.items() if value is not None}
    for name in ("title", "type", "description"):
        if name in clean and not isinstance(clean[name], str):
            del clean[name]
    roles = _roles(key, clean.pop("roles", None))
    if roles:
        clean["roles"] = roles
    return clean


def _roles(key: str, given: Any) -> list[str]:
    names = [given] if isinstance(given, str) else given
    if isinstance(names, list | tuple):
        words = [name for name in names if isinstance(name, str) and name]
        if words:
            return words
    role = role_for_key(key)
    return [role] if role else []


def assets_of(item: pystac.Item | Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the assets of an Item or a raw record as plain dicts, with roles and with live hrefs.

    Example:
        >>> list(assets_of({"assets": {"grd-cog": {"href": "a.tif"}}}))
        ['grd-cog']
    """
    if isinstance(item, Mapping):
        return normalise_assets(item.get("assets"))
    # The href attribute, not to_dict(): an IceyeItem leaves signatures out of what it writes.
    return normalise_assets({key: {**a.to_dict(), "href": a.href} for key, a in item.assets.items()})


def choose_asset(
    item: pystac.Item | Mapping[str, Any], asset: str | None = None, *, product: str = "GRD"
) -> tuple[str, dict[str, Any]]:
    """Choose the asset that holds the pixels of a product.

    The first TIFF is never taken blindly: ``quickortho-tif`` has the same media type as ``grd-tif``. Known
    keys come first, then titles, then the role ``data``.

    Args:
        item: an Item or a raw record.
        asset: the key of the asset, where you know it.
        product: "GRD", "SLC", "QLK", "CSI", "VID", "SICD" or "SIDD", with or without "-COG".

    Returns:
        The key and the asset as a dict, with its href as the API sent it: treat that as a secret.

    Raises:
        AssetNotFoundError: nothing fits; the message lists what there is.

    Example:
        >>> both = {"quickortho-tif": {"href": "q.tif"}, "grd-tif": {"href": "g.tif"}}
        >>> choose_asset({"id": "a", "assets": both})[0]
        'grd-tif'
    """
    assets = assets_of(item)
    key = asset if asset in assets else None
    if asset is None:
        key = _by_key(assets, product) or _by_title(assets, product) or _by_role(assets, product)
    if key is None:
        raise AssetNotFoundError(_nothing_fits(item, assets, asset, product))
    return key, assets[key]


def choose_thumbnail(item: pystac.Item | Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Choose the small picture of a scene; None when it has none.

    Example:
        >>> choose_thumbnail({"assets": {"thumbnail-png": {"href": "t.png"}}})[0]
        'thumbnail-png'
    """
    assets = assets_of(item)
    for key in THUMBNAIL_KEYS:
        if key in assets:
            return key, assets[key]
    pictures = (k for k, a in assets.items() if "thumbnail" in a.get("roles", ()))
    key = next((k for k in pictures if assets[k].get("type", "image/").startswith("image/")), "")
    return (key, assets[key]) if key else None


def _family(product: str) -> str:
    return product.upper().removesuffix("-COG")


def _by_key(assets: Mapping[str, dict[str, Any]], product: str) -> str | None:
    for key in DATA_KEYS.get(_family(product), ("data",)):
        if key in assets and not (key == "data" and _speaks_of_another(assets[key], product)):
            return key
    return None


def _speaks_of_another(asset: Mapping[str, Any], product: str) -> bool:
    """Say whether the title of a ``data`` asset names another product than the one asked for."""
    title = asset.get("title", "").lower()
    own = DATA_TITLES.get(_family(product), ())
    others = [
        start for family, starts in DATA_TITLES.items() if family != _family(product) for start in starts
    ]
    return title.startswith(tuple(others)) and not title.startswith(own)


def _by_title(assets: Mapping[str, dict[str, Any]], product: str) -> str | None:
    starts = DATA_TITLES.get(_family(product), (product.lower(),))
    pictures = _family(product) == "QLK"
    for key, asset in assets.items():
        data = pictures or not _NOT_DATA.intersection(asset.get("roles", ()))
        if data and asset.get("title", "").lower().startswith(starts):
            return key
    return None


def _by_role(assets: Mapping[str, dict[str, Any]], product: str) -> str | None:
    """Take the only TIFF with the role ``data``, unless its key or title names another product."""
    families = {family.lower() for family in DATA_KEYS} - {_family(product).lower()}
    fitting = [
        key
        for key, asset in assets.items()
        if "data" in asset.get("roles", ())
        and asset.get("type", _PIXEL_TYPES[0]).startswith(_PIXEL_TYPES)
        and key.lower().partition("-")[0] not in families
        and not _speaks_of_another(asset, product)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _nothing_fits(
    item: pystac.Item | Mapping[str, Any], assets: Mapping[str, Any], asset: str | None, product: str
) -> str:
    name = item.get("id") if isinstance(item, Mapping) else item.id
    wanted = f"asset {asset!r}" if asset is not None else f"{_family(product)} asset"
    if not assets:
        return f"Item {name} has no {wanted}: it has no assets with a link at all. Ask for the item again."
    pictures = all(_NOT_DATA.intersection(a.get("roles", ())) for a in assets.values())
    step = "Name another one with asset=...."
    if pictures:
        step = "Public items carry only pictures: search collections=['private'] with contract_id, or buy it."
    return f"Item {name} has no {wanted}; it has {', '.join(assets)}. {step}"
