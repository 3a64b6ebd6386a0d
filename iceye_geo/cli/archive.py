"""`iceye-geo archive sync|search|info` and `iceye-geo coverage`: the local archive, from the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from iceye_geo.errors import InvalidInputError

if TYPE_CHECKING:
    import geopandas as gpd

    from iceye_geo.analysis import Coverage

archive = typer.Typer(help="Keep a local copy of the catalog and search it offline.", no_args_is_help=True)
stdout = Console()

Folder = Annotated[Path, typer.Argument(help="Folder of the archive.")]
BBox = Annotated[str | None, typer.Option(help="west,south,east,north in degrees.")]
When = Annotated[str | None, typer.Option(help="Instant or interval, for example 2026-01/2026-06.")]
Products = Annotated[list[str] | None, typer.Option(help="Product type; may be given again.")]
Contract = Annotated[str | None, typer.Option(help="Contract id, for the private collection.")]
Profile = Annotated[str | None, typer.Option(help="Profile of the settings file.")]


@archive.command()
def sync(
    path: Folder,
    collection: Annotated[
        list[str] | None, typer.Option(help="public, private; may be given again. Default: public.")
    ] = None,
    contract: Contract = None,
    months: Annotated[
        str | None, typer.Option(help="First and last month, for example 2026-01/2026-03.")
    ] = None,
    wait: Annotated[float, typer.Option(min=0, help="Wait so long for another sync, seconds.")] = 600.0,
    open_data: Annotated[
        bool, typer.Option("--open-data", help="ICEYE's open data; no credentials needed.")
    ] = False,
    profile: Profile = None,
) -> None:
    """Make the folder mirror what the account can see; only what changed is written. Safe to interrupt."""
    from iceye_geo.archive import Archive
    from iceye_geo.cli.find import _client
    from iceye_geo.opendata import OpenData

    source: Any = OpenData() if open_data else _client(profile)
    try:
        report = Archive.sync(
            source, path, collections=collection, contract_id=contract, months=_months(months), wait_s=wait
        )
    except KeyboardInterrupt:
        stdout.print(
            "Stopped. The same command goes on from here within a day; readers see the state before."
        )
        raise
    finally:
        source.close()
    stdout.print(str(report), highlight=False)


@archive.command()
def search(
    path: Folder,
    bbox: BBox = None,
    datetime: When = None,
    product: Products = None,
    collection: Annotated[list[str] | None, typer.Option(help="Collection; may be given again.")] = None,
    contract: Contract = None,
    sortby: Annotated[str | None, typer.Option(help="For example -start_datetime.")] = None,
    max_items: Annotated[int, typer.Option(min=1, help="Stop after so many.")] = 100,
    out: Annotated[Path | None, typer.Option(help="Write .geojson, .json, .parquet, .csv or .html.")] = None,
) -> None:
    """Search the archive offline; print or save what is found."""
    from iceye_geo.archive import Archive
    from iceye_geo.cli.find import _numbers, _writer
    from iceye_geo.cli.tables import items_table

    writer: Any = _writer(out) if out else None
    found = Archive(path).search(
        bbox=_numbers(bbox), datetime=datetime, collections=collection, contract_id=contract,
        query=_products(product), sortby=sortby, max_items=max_items,
    )  # fmt: skip
    gdf = found.to_geodataframe()
    stdout.print(
        items_table(gdf, most=max_items) if len(gdf) else "Nothing found. Widen the box or the dates."
    )
    if found.attribution:
        stdout.print(found.attribution, highlight=False)
    if writer and out:
        writer(found, out)
        stdout.print(f"{len(gdf)} items in {out}", highlight=False)


@archive.command()
def info(path: Folder) -> None:
    """Say what the archive holds."""
    from iceye_geo.archive import Archive

    stdout.print(str(Archive(path).info()), highlight=False, soft_wrap=True)


def coverage(
    bbox: BBox = None,
    area: Annotated[Path | None, typer.Option(help="GeoJSON file, instead of a bbox.")] = None,
    path: Annotated[
        Path | None, typer.Option("--archive", help="Folder of an archive; default: online.")
    ] = None,
    datetime: When = None,
    product: Products = None,
    collection: Annotated[list[str] | None, typer.Option(help="Collection; may be given again.")] = None,
    contract: Contract = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a picture (.png), a map (.html) or the cells (.geojson).")
    ] = None,
    profile: Profile = None,
) -> None:
    """Say how much of an area was seen, how often, and how long it was not."""
    from iceye_geo.analysis import coverage as measure

    if out is not None and out.suffix not in _WRITERS:
        raise InvalidInputError(
            "out", f"{out.name!r} has no known ending", hint=f"Use one of {', '.join(_WRITERS)}."
        )
    place = _area(bbox, area)
    found = measure(_frames(path, place, datetime, product, collection, contract, profile), place)
    stdout.print(str(found), highlight=False, soft_wrap=True)
    if out is not None:
        _WRITERS[out.suffix](found, out)
        stdout.print(f"{out} is written", highlight=False)


def _frames(
    path: Path | None, place: Any, datetime: str | None, product: list[str] | None, collection: list[str] | None,
    contract: str | None, profile: str | None,
) -> gpd.GeoDataFrame:  # fmt: skip
    from iceye_geo.archive import Archive
    from iceye_geo.cli.find import _client

    asked: dict[str, Any] = {
        **_where(place), "datetime": datetime, "collections": collection, "contract_id": contract,
        "query": _products(product),
    }  # fmt: skip
    if path is not None:
        return Archive(path).search(**asked).to_geodataframe()
    with _client(profile) as client:
        return client.catalog.search(**asked).to_geodataframe()


def _where(place: Any) -> dict[str, Any]:
    """Ask by the area itself; where it is too wide for a search, by its bounds, since frames beside it do no harm."""
    if all(part.bounds[2] - part.bounds[0] <= 180 for part in getattr(place, "geoms", [place])):
        return {"intersects": place}
    return {"bbox": place.bounds}


def _area(bbox: str | None, file: Path | None) -> Any:
    """Read numbers or a file as an area, split at the antimeridian."""
    from iceye_geo.analysis.places import read_area
    from iceye_geo.cli.find import _numbers

    if (bbox is None) == (file is None):
        raise InvalidInputError(
            "area", "is needed once", hint="Give --bbox west,south,east,north or --area FILE."
        )
    if file is None:
        return read_area(_numbers(bbox), field="bbox")
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInputError("area", f"{file} cannot be read as GeoJSON") from error
    return read_area(plain, field="area")


def _products(products: list[str] | None) -> dict[str, Any] | None:
    return {"sar:product_type": {"in": products}} if products else None


def _months(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    first, _, last = text.partition("/")
    return first, last or first


def _picture(found: Coverage, out: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    figure: Any = found.plot().figure
    figure.savefig(out, dpi=150)


def _page(found: Coverage, out: Path) -> None:
    from iceye_geo.maps.revisits import revisits

    revisits(found).save(str(out))


def _cells(found: Coverage, out: Path) -> None:
    from iceye_geo.stac import write_geojson

    write_geojson(found.grid, out)


_WRITERS = {".png": _picture, ".html": _page, ".geojson": _cells}
