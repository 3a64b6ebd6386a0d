"""Pixxel's catalog entries as pystac Items: its STAC-like records put right, then the common adapter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from iceye_geo.errors import NormalisationError
from iceye_geo.models.base import as_utc
from iceye_geo.providers.pixxel.models import CatalogEntry

if TYPE_CHECKING:
    import geopandas as gpd

    from iceye_geo.stac import IceyeItem
    from iceye_geo.stac.items import IceyeItemCollection

#: Marks an Item as Pixxel's, and is what is delivered and downloaded.
CATALOG_ID = "pixxel:catalog_id"
_EXTENSIONS = {
    "eo": "https://stac-extensions.github.io/eo/v1.1.0/schema.json",
    "proj": "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
}
# Pixxel's versions are its own, its links lead into its API, and a collection needs a link to stand at the top.
_NOT_KEPT = ("stac_version", "links", "collection")
_TIMES = {"startdatetime": "start_datetime", "enddatetime": "end_datetime"}


def to_record(entry: CatalogEntry | Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry as a plain record in STAC's terms; the entry is not changed.

    Pixxel writes ``startdatetime``, ``proj:epsg`` or a code under another name, and numbers as text in ``bbox``;
    it has a catalog id beside the Item's own id, and the two are not mixed.

    Example:
        >>> record = to_record({"catalog_id": "c-1", "details": {"id": "TD1_7", "properties": {
        ...     "startdatetime": "2024-05-27T06:50:20Z", "proj:epsg": 32643}}})
        >>> record["id"], record["properties"]["pixxel:catalog_id"], record["properties"]["proj:code"]
        ('TD1_7', 'c-1', 'EPSG:32643')
    """
    found = entry if isinstance(entry, CatalogEntry) else CatalogEntry.from_wire(entry)
    details = {key: value for key, value in found.details.items() if key not in _NOT_KEPT}
    given = details.get("properties")
    properties = _properties(given if isinstance(given, Mapping) else {}) | _own(found)
    if not any(properties.get(name) for name in ("datetime", "start_datetime")) and found.created_at:
        properties["datetime"] = as_utc(found.created_at).isoformat().replace("+00:00", "Z")
    own = {"id": found.item_id or found.id, "type": "Feature", "properties": properties}
    return {**details, **own, "stac_extensions": _extensions(details.get("stac_extensions"), properties)}


def to_item(entry: CatalogEntry | Mapping[str, Any]) -> IceyeItem:
    """Turn a catalog entry into a valid STAC Item.

    Raises:
        NormalisationError: it has no id or no time.

    Example:
        >>> item = to_item({"catalog_id": "c-1", "details": {"id": "TD1_7", "properties": {
        ...     "datetime": "2024-05-27T06:50:20Z"}}})
        >>> item.id, item.properties["constellation"], item.properties["pixxel:catalog_id"]
        ('TD1_7', 'pixxel', 'c-1')
    """
    from iceye_geo.stac import to_item as adapt

    return adapt(to_record(entry))


def to_item_collection(entries: Iterable[CatalogEntry | Mapping[str, Any]]) -> IceyeItemCollection:
    """Turn entries into an ItemCollection; hopeless ones are skipped with a warning."""
    from iceye_geo.stac.items import IceyeItemCollection

    return IceyeItemCollection(list(iter_items(entries)), clone_items=False)


def iter_items(entries: Iterable[CatalogEntry | Mapping[str, Any]]) -> Iterator[IceyeItem]:
    """Turn entries into Items one by one; hopeless ones are skipped with a warning.

    Warns:
        SkippedRecordWarning: an entry has no id or no time.
    """
    from iceye_geo.stac.items import warn_skipped

    for entry in entries:
        try:
            yield to_item(entry)
        except NormalisationError as error:
            warn_skipped(error)


def to_geodataframe(entries: Iterable[CatalogEntry | Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """Turn entries into the table that all providers share, with Pixxel's own columns at the end."""
    from iceye_geo.stac import to_geodataframe as adapt

    return adapt(to_record(entry) for entry in entries)


def _properties(given: Mapping[str, Any]) -> dict[str, Any]:
    put_right = {_TIMES.get(name, name): value for name, value in given.items()}
    code = put_right.pop("proj:epsg", None)
    if code is not None and "proj:code" not in put_right:
        put_right["proj:code"] = f"EPSG:{code}"
    return put_right


def _extensions(declared: Any, properties: Mapping[str, Any]) -> list[str]:
    """Return what Pixxel declares, with the two extensions whose fields it sends undeclared, or of an old version."""
    given = [uri for uri in declared if isinstance(uri, str)] if isinstance(declared, list) else []
    for prefix, uri in _EXTENSIONS.items():
        given = [one for one in given if uri.rsplit("/", 2)[0] not in one]
        given += [uri] if any(name.startswith(f"{prefix}:") for name in properties) else []
    return given


def _own(entry: CatalogEntry) -> dict[str, Any]:
    own = {
        "constellation": "pixxel", CATALOG_ID: entry.id or None, "pixxel:delivery_status": entry.delivery_status,
        "pixxel:area_km2": entry.area, "pixxel:bandset_id": entry.bandset_id,
        "pixxel:order_item_id": entry.order_item_id, "pixxel:collection": entry.details.get("collection") or None,
    }  # fmt: skip
    return {name: value for name, value in own.items() if value is not None}
