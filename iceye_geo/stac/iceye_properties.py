"""An Item from a file alone: a COG of ICEYE's carries its metadata in the GDAL item ICEYE_PROPERTIES."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iceye_geo.errors import NormalisationError
from iceye_geo.stac.items import IceyeItem, to_item
from iceye_geo.stac.opendata import with_api_names
from iceye_geo.stac.source import Source

TAG = "ICEYE_PROPERTIES"
_COG = "image/tiff; application=geotiff; profile=cloud-optimized"


def record_from_properties(
    properties: Mapping[str, Any] | str,
    *,
    name: str,
    geometry: Mapping[str, Any] | None = None,
    href: str = "",
) -> dict[str, Any]:
    """Return a record for ``to_item`` from the ICEYE_PROPERTIES of a file.

    Args:
        properties: the metadata, as a dict or as the JSON text in the file.
        name: id of the item; the file's name without its ending is a good one.
        geometry: GeoJSON footprint, if it is known.
        href: where the file is.

    Raises:
        NormalisationError: the text is no JSON object.

    Example:
        >>> text = '{"datetime": "2024-01-01T00:00:00Z", "sar:product_type": "GRD-COG"}'
        >>> record = record_from_properties(text, name="a", href="a.tif")
        >>> record["assets"]["grd-cog"]["href"]
        'a.tif'
    """
    told = _parsed(properties, name) if isinstance(properties, str) else properties
    product = str(told.get("sar:product_type") or told.get("product:type") or "GRD-COG")
    asset = {"href": href, "title": f"{product} data file", "type": _COG, "roles": ["data"]}
    return {
        "type": "Feature",
        "id": name,
        "geometry": geometry,
        "properties": with_api_names(told, name=name),
        "assets": {product.lower(): asset} if href else {},
    }


def item_from_file(path: str | Path) -> IceyeItem:
    """Read the Item of a COG on disk: its own metadata, and the footprint its control points give.

    Args:
        path: the file.

    Raises:
        NormalisationError: the file has no ICEYE_PROPERTIES.

    Example:
        ``item_from_file("ICEYE_..._GRD.tif").properties["sar:product_type"]``
    """
    import rasterio

    file = Path(path)
    with rasterio.open(file) as opened:
        text = opened.tags().get(TAG)
        points, _ = opened.gcps
        corners = _corners(points, opened.height, opened.width)
    if text is None:
        raise NormalisationError(
            f"{file.name} has no {TAG}: it is no COG of ICEYE's, or its metadata were lost"
        )
    record = record_from_properties(text, name=file.stem, geometry=corners, href=str(file))
    return to_item(record, source=Source("file", id=str(file)))


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise NormalisationError(f"the {TAG} of {name} are no JSON object", text)
    return told


def _corners(points: Any, height: int, width: int) -> dict[str, Any] | None:
    """The footprint: the control points nearest to the four corners of the picture."""
    if len(points) < 4:
        return None
    corners = ((0, 0), (height, 0), (height, width), (0, width))
    nearest = (_nearest(points, row, column) for row, column in corners)
    ring = [[float(point.x), float(point.y)] for point in nearest]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _nearest(points: Any, row: int, column: int) -> Any:
    return min(points, key=lambda point: (point.row - row) ** 2 + (point.col - column) ** 2)
