"""Writing what was found to a file, in the formats that other tools read. No widgets here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from iceye_geo.errors import InvalidInputError

if TYPE_CHECKING:
    from iceye_geo.stac.items import IceyeItem

Format = Literal["GeoParquet", "GeoJSON", "ItemCollection"]
#: Format -> the ending of its files.
ENDINGS: dict[Format, str] = {"GeoParquet": ".parquet", "GeoJSON": ".geojson", "ItemCollection": ".json"}


def save_items(
    items: Sequence[IceyeItem], path: str | Path, *, format: Format, overwrite: bool = False
) -> Path:
    """Write items to a file, without signed links; returns the path.

    Args:
        items: what to write.
        path: the file; the format's ending is added where it has none.
        format: "GeoParquet", "GeoJSON" or "ItemCollection".
        overwrite: replace a file that is there.

    Raises:
        InvalidInputError: no file name, no such folder, or such a file already.
    """
    target = Path(str(path).strip()).expanduser()
    if not target.name:
        raise InvalidInputError("file", "has no name")
    target = target if target.suffix else target.with_suffix(ENDINGS[format])
    if target.exists() and not overwrite:
        raise InvalidInputError(
            "file", f"{target} is there already", hint="Tick Replace, or take another name."
        )
    if not target.parent.is_dir():
        raise InvalidInputError("file", f"the folder {target.parent} does not exist")
    return Path(_writer(format)(items, target))


def _writer(format: Format) -> Callable[[Any, Path], Path]:
    from iceye_geo.stac import to_geoparquet, write_geojson, write_item_collection

    writers: dict[Format, Callable[[Any, Path], Path]] = {
        "GeoParquet": to_geoparquet,
        "GeoJSON": write_geojson,
        "ItemCollection": write_item_collection,
    }
    return writers[format]
