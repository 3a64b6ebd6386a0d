"""Assets as Arrow structs: one field for each usual key, built key by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from iceye_geo.stac.bulk_assets import describe_assets
from iceye_geo.stac.names import DATA_KEYS, THUMBNAIL_KEYS
from iceye_geo.stac.values import read_word

#: Asset keys with a place in the schema; assets under other keys are in the JSON text.
ASSET_KEYS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(key for keys in DATA_KEYS.values() for key in keys),
            *THUMBNAIL_KEYS,
            *("grd-xml", "slc-xml", "quicklook-kml", "quickortho-kmz", "quickortho-tif", "thumbnail-json"),
            *("thumbnail-kml", "cphd"),
        ]
    )
)
ASSET = pa.struct(
    [("href", pa.string()), ("title", pa.string()), ("type", pa.string()), ("roles", pa.list_(pa.string()))]
)
_NOTHING: Mapping[str, Any] = {}


def asset_structs(many: Sequence[Any]) -> pa.Array:
    """Build the column ``assets`` from the assets of many records, their hrefs as they are given.

    Example:
        >>> column = asset_structs([{"grd-cog": {"href": "a.tif", "title": "GRD"}}])
        >>> column[0]["grd-cog"].as_py()
        {'href': 'a.tif', 'title': 'GRD', 'type': None, 'roles': ['data']}
    """
    described = describe_assets(many)
    used = set().union(*{id(found): found for found in described}.values())
    fields = [
        _column(key, many, described) if key in used else pa.nulls(len(many), ASSET) for key in ASSET_KEYS
    ]
    return pa.StructArray.from_arrays(fields, names=list(ASSET_KEYS))


def _column(key: str, many: Sequence[Any], described: Sequence[Mapping[str, Any]]) -> pa.Array:
    found = [record.get(key, _NOTHING) for record in described]
    # Rows share their descriptions, so there are few to read.
    kinds = {id(asset): asset for asset in found}
    present = [asset is not _NOTHING for asset in found]
    hrefs = [given[key]["href"] if there else None for given, there in zip(many, present, strict=True)]
    columns = [pa.array(hrefs, pa.string())]
    for name in ("title", "type"):
        words = {number: read_word(asset.get(name)) for number, asset in kinds.items()}
        columns.append(pa.array([words[id(asset)] for asset in found], pa.string()))
    columns.append(pa.array([asset.get("roles") for asset in found], ASSET.field("roles").type))
    return pa.StructArray.from_arrays(
        columns, fields=list(ASSET), mask=pa.array([not there for there in present])
    )
