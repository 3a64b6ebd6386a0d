"""`iceye-geo search` and `iceye-geo preview`: the catalog and a look, from the shell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from iceye_geo.cli.tables import items_table
from iceye_geo.errors import InvalidInputError

if TYPE_CHECKING:
    from iceye_geo.client import Client
    from iceye_geo.services.search import ItemSearch


def find(
    *,
    console: Console,
    bbox: str | None,
    datetime: str | None,
    products: list[str] | None,
    collections: list[str] | None,
    contract_id: str | None,
    sortby: str | None,
    max_items: int,
    out: Path | None,
    profile: str | None,
) -> None:
    """Search; print a table, and save when ``out`` is given.

    Raises:
        InvalidInputError: an argument breaks a rule, or the ending of ``out`` is unknown.
    """
    writer = _writer(out) if out else None
    with _client(profile) as client:
        search = client.catalog.search(
            bbox=_numbers(bbox), datetime=datetime, collections=collections, contract_id=contract_id,
            query={"sar:product_type": {"in": products}} if products else None, sortby=sortby, max_items=max_items,
        )  # fmt: skip
        gdf = search.to_geodataframe()
        console.print(
            items_table(gdf, most=max_items) if len(gdf) else "Nothing found. Widen the box or the dates."
        )
        if writer and out:
            writer(search, out)
            console.print(f"{len(gdf)} items in {out}")


def look(item: str, *, console: Console, out: Path, max_size: int, profile: str | None) -> None:
    """Write a preview of a local file, a signed link or an item.

    Raises:
        NotFoundError: no such item.
        AssetNotFoundError: the item is not owned, so that there are pictures only.
    """
    from iceye_geo.cog import open_cog

    if item.startswith(("http://", "https://")) or _names_a_file(item):
        with open_cog(item) as cog:
            cog.preview(max_size=max_size).to_png(out)
    else:
        with _client(profile) as client, client.open_cog(client.catalog.item(item)) as cog:
            cog.preview(max_size=max_size).to_png(out)
    console.print(f"{out} is written: rows are range, columns are azimuth.")


def _names_a_file(text: str) -> bool:
    """Say whether a text means a file, also one that is not there: ids of items have no ending and no folder."""
    path = Path(text)
    return path.exists() or len(path.parts) > 1 or path.suffix.lower() in (".tif", ".tiff")


def _client(profile: str | None) -> Client:
    from iceye_geo.client import Client

    return Client.from_profile(profile) if profile else Client.from_env()


def _numbers(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InvalidInputError(
            "bbox", f"{text!r} is not four numbers", hint="Give west,south,east,north."
        ) from None


def _writer(out: Path) -> Callable[[ItemSearch, Path], object]:
    from iceye_geo import stac

    writers: dict[str, Callable[[ItemSearch, Path], object]] = {
        ".json": lambda search, path: stac.write_item_collection(search.items(), path),
        ".geojson": lambda search, path: stac.write_geojson(search.items(), path),
        ".parquet": lambda search, path: stac.to_geoparquet(search.items(), path),
        ".csv": lambda search, path: search.to_geodataframe().to_csv(path, index=False),
        ".html": lambda search, path: search.to_map().save(str(path)),
    }
    if out.suffix not in writers:
        raise InvalidInputError(
            "out", f"{out.name!r} has no known ending", hint=f"Use one of {', '.join(writers)}."
        )
    return writers[out.suffix]
