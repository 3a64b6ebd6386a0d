"""An archive of the sandbox's catalog answers as the sandbox does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from inspect import signature
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from iceye_geo import Client
from iceye_geo.archive import Archive
from iceye_geo.archive.sources import CatalogSource, source_of
from iceye_geo.errors import InvalidInputError
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.services.catalog import CatalogService
from iceye_geo.settings import Settings
from iceye_geo.stac import item_collection_dict


@pytest.fixture(scope="module")
def archive(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    path = tmp_path_factory.mktemp("archive")
    contract = client.company.contracts()[0].id
    Archive.sync(client, path, collections=["public", "private"], contract_id=contract, progress=False)
    return Archive(path)


SEARCHES: list[dict[str, Any]] = [
    {},
    {"bbox": (-10, 35, 30, 62)},
    {"bbox": (170, -30, -170, 10)},
    {"intersects": {"type": "Polygon", "coordinates": [[[0, 40], [30, 40], [15, 65], [0, 40]]]}},
    {"datetime": "2026-03/2026-07", "sortby": "iceye:incidence_center"},
    {"query": {"sar:product_type": {"in": ["GRD", "GRD-COG"]}, "sat:orbit_state": {"eq": "ascending"}}},
    {"query": {"iceye:incidence_center": {"gt": 25, "lte": 31.5}, "sar:polarizations": {"eq": "VV"}}},
    {"query": {"start_datetime": {"gte": "2026-06-01T00:00:00Z"}}, "sortby": "-end_datetime,+id"},
    {
        "query": {"iceye:processing_mode": {"startsWith": "SL"}},
        "max_items": 17,
        "sortby": "+sar:instrument_mode",
    },
    {"sortby": "iceye:satellite_look_angle", "max_items": 40},
    {"datetime": "2030"},
    {"intersects": shapely.Point(10.5, 54), "limit": 3},
    {"intersects": "POLYGON ((170 -60, 190 -60, 190 60, 170 60, 170 -60))"},
    {
        "intersects": gpd.GeoDataFrame(geometry=[shapely.box(0, 40, 30, 60)], crs=4326).to_crs(3857),
        "max_items": 50,
    },
    {"datetime": (datetime(2026, 3, 1, tzinfo=UTC), None), "max_items": 30},
    {"datetime": "../2025-12-31T23:59:59Z", "sortby": ["+start_datetime", "-id"]},
    {"datetime": "2026-03-05T10:00:00+02:00/2026-06", "bbox": "-10,35,30,62"},
    {"collections": "public", "query": {"frame_id": {"contains": "1"}, "id": {"neq": "none"}}},
    {"query": {"sar:observation_direction": "left"}, "sortby": [{"field": "id", "direction": "desc"}]},
]


@pytest.mark.parametrize("arguments", SEARCHES, ids=lambda a: ",".join(a) or "all")
def test_the_same_search_gives_the_same_items_in_the_same_order(
    client: Client, archive: Archive, arguments: dict[str, Any]
) -> None:
    online, offline = client.catalog.search(**arguments), archive.search(**arguments)
    assert item_collection_dict(offline.items()) == item_collection_dict(online.items())


def test_several_collections_a_contract_and_ids_give_the_same(client: Client, archive: Archive) -> None:
    contract = client.company.contracts()[0]
    asked: dict[str, Any] = {"collections": ["public", "private"], "contract_id": contract, "max_items": 60}
    online = [item.id for item in client.catalog.search(**asked).items()]
    assert [item.id for item in archive.search(**asked).items()] == online
    asked = {"ids": [*online[5:9], "unknown"], "collections": {"public"}, "sortby": "id"}
    assert item_collection_dict(archive.search(**asked).items()) == item_collection_dict(
        client.catalog.search(**asked).items()
    )


def test_pages_are_as_long_as_those_of_the_catalog(client: Client, archive: Archive) -> None:
    asked: dict[str, Any] = {"bbox": (-10, 35, 30, 62), "limit": 50, "max_items": 120}
    pages = [[item.id for item in page] for page in archive.search(**asked).pages()]
    assert pages == [[item.id for item in page] for page in client.catalog.search(**asked).pages()]
    assert [len(page) for page in pages] == [50, 50, 20]


def test_every_argument_of_the_catalog_is_one_of_the_archive() -> None:
    theirs, ours = (signature(call).parameters for call in (CatalogService.search, Archive.search))
    assert list(ours) == list(theirs)


def test_a_frame_without_a_footprint_is_found_by_all_but_its_place(tmp_path: Path) -> None:
    with Sandbox(SandboxOptions(scenes=6)) as running:
        shelf = running.platform.world.public
        placed = next(iter(shelf))
        body = {**placed.body, "id": "nowhere", "geometry": None}
        values = {**placed.values, "id": "nowhere"}
        shelf.add([replace(placed, body=body, values=values, shape=shapely.Point())])
        settings = Settings.for_sandbox(running.url, explicit={"contract_id": running.contract_id})
        with Client(settings) as client:
            Archive.sync(client, tmp_path, progress=False)
            archive = Archive(tmp_path)
            for asked in (
                {},
                {"bbox": (-180, -90, 180, 90)},
                {"ids": "nowhere"},
                {"intersects": placed.shape},
            ):
                online, offline = client.catalog.search(**asked), archive.search(**asked)
                assert item_collection_dict(offline.items()) == item_collection_dict(online.items())
                known = "nowhere" in [item.id for item in offline.items()]
                assert known is not bool(asked.keys() & {"bbox", "intersects"})
    table = archive.search(ids="nowhere").to_geodataframe()
    assert table.geometry.isna().all()
    whole = archive.to_dask_geopandas().compute()
    assert whole.loc[whole.geometry.isna(), "id"].tolist() == ["nowhere"]


def test_private_items_keep_where_a_fresh_link_is_asked_for(client: Client, archive: Archive) -> None:
    contract = client.company.contracts()[0].id
    online = client.catalog.search(collections=["private"], contract_id=contract)
    offline = archive.search(collections=["private"], contract_id=contract)
    assert item_collection_dict(offline.items()) == item_collection_dict(online.items())
    grd = next(item for item in offline.items() if "grd-cog" in item.assets)
    assert "?" not in grd.assets["grd-cog"].href
    assert (grd.source.kind, grd.source.contract_id) == ("catalog", contract)
    with client.open_cog(grd) as cog:
        assert cog.info().width > 0


def test_ids_and_frames(client: Client, archive: Archive) -> None:
    item = next(client.catalog.search(max_items=1).items())
    assert [found.id for found in archive.search(ids=item.id).items()] == [item.id]


def test_nothing_is_sent_when_an_archive_is_searched(sandbox: Sandbox, archive: Archive) -> None:
    sandbox.requests.clear()
    assert len(Archive(archive.path).search(bbox=(-10, 35, 30, 62)).item_collection()) > 0
    assert len(sandbox.requests) == 0


def test_a_second_sync_of_the_catalog_finds_no_change(client: Client, archive: Archive) -> None:
    report = Archive.sync(client, archive.path, collections=["public"], progress=False)
    assert (report.new, report.changed, report.vanished) == (0, 0, 0)
    assert report.unchanged > 300


def test_the_map_of_an_archive(archive: Archive) -> None:
    assert "leaflet" in archive.search(bbox=(-10, 35, 30, 62)).to_map().get_root().render()


def test_info_tells_what_is_there(archive: Archive) -> None:
    info = archive.info()
    assert set(info.items) == {"public", *(key for key in info.items if key.startswith("private@"))}
    assert "synced 2" in str(info)
    assert "in public" in archive._repr_html_()


def test_only_a_client_or_open_data_can_be_synced(client: Client, tmp_path: Path) -> None:
    assert isinstance(source_of(client), CatalogSource)
    with pytest.raises(InvalidInputError, match="client"):
        Archive.sync("https://host", tmp_path)  # type: ignore[arg-type]
