"""The files of an archive are GeoParquet that others read, and prune well."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from iceye_geo.archive import Archive
from iceye_geo.archive.manifest import Scope
from iceye_geo.archive.parts import read_part, write_part
from iceye_geo.archive.rows import SCHEMA, clean_record, to_rows
from tests.archive.worlds import ListCatalog, record, records

SEEN = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    path = tmp_path_factory.mktemp("archive")
    Archive.sync(ListCatalog(records(400, days=25)), path, progress=False)
    return Archive(path)


def test_every_file_has_the_one_schema(archive: Archive) -> None:
    for path in archive.files():
        assert pq.read_schema(path).remove_metadata().equals(SCHEMA)


def test_the_metadata_say_geoparquet_with_a_covering(archive: Archive) -> None:
    geo = json.loads(pq.read_schema(archive.files()[0]).metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert (geo["version"], geo["primary_column"], column["encoding"]) == ("1.1.0", "geometry", "WKB")
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]


def test_geopandas_reads_it_and_prunes_by_the_covering(archive: Archive) -> None:
    whole = gpd.read_parquet(archive.files()[0])
    assert whole.crs.to_epsg() == 4326
    assert len(whole) == 400
    area = (0, 0, 60, 60)
    cut = gpd.read_parquet(archive.files()[0], bbox=area)
    inside = whole[whole.intersects(shapely.box(*area))]
    assert set(inside["id"]) <= set(cut["id"])
    assert len(cut) < 100


def test_duckdb_reads_it(archive: Archive) -> None:
    import duckdb

    counted = duckdb.sql(
        f"select \"sar:product_type\" as p, count(*) as n, min(bbox.xmin) as w from '{archive.files()[0]}' "
        "where bbox.ymax > 0 group by p order by p"
    ).fetchall()
    whole = gpd.read_parquet(archive.files()[0])
    north = whole[whole.bounds["maxy"] > 0]
    assert [(p, n) for p, n, _ in counted] == sorted(north.groupby("sar:product_type").size().items())


def test_pyarrow_datasets_see_the_partitions(archive: Archive) -> None:
    import pyarrow.dataset as ds

    data = ds.dataset(archive.path / "live", partitioning="hive")
    assert set(data.to_table(columns=["month", "collection"]).to_pydict()["month"]) == {"2026-01"}


def test_a_footprint_across_the_antimeridian_covers_all_longitudes_for_others_and_few_for_us(
    tmp_path: Path,
) -> None:
    base = record(1)
    ring = [[179.5, 10], [-179.5, 10], [-179.5, 11], [179.5, 11], [179.5, 10]]
    across = {**base, "id": "across", "geometry": {"type": "Polygon", "coordinates": [ring]}}
    clean, sign = clean_record(across)
    table = to_rows([clean], fingerprints=[sign], seen=SEEN)
    made = write_part(tmp_path, table, scope=Scope("public"), month="2026-01", live=True)
    assert made.groups[0].box == (179.5, 10, -179.5, 11)
    box = read_part(tmp_path, made).column("bbox").to_pylist()[0]
    assert (box["xmin"], box["xmax"]) == (-180, 180)


def test_a_footprint_round_a_pole_covers_all_longitudes(tmp_path: Path) -> None:
    clean, sign = clean_record(record(1))
    table = to_rows([clean], fingerprints=[sign], seen=SEEN)
    cap = shapely.box(-180, 85, 180, 90)
    bbox = pa.StructArray.from_arrays([[v] for v in cap.bounds], fields=list(table.schema.field("bbox").type))
    for name, column in (("geometry", pa.array([cap.wkb])), ("bbox", bbox)):
        table = table.set_column(table.schema.get_field_index(name), name, column)
    made = write_part(tmp_path, table, scope=Scope("public"), month="2026-01", live=True)
    assert made.groups[0].box == (-180, 85, 180, 90)


def test_rows_lie_along_a_curve_so_that_groups_are_small_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iceye_geo.archive.parts.GROUP_ROWS", 50)
    clean, signs = zip(*(clean_record(r) for r in records(1000)), strict=True)
    part = write_part(
        tmp_path,
        to_rows(clean, fingerprints=signs, seen=SEEN),
        scope=Scope("public"),
        month="2026-01",
        live=True,
    )
    boxes = np.array(
        [g.box for g in part.groups if g.box and g.box[2] - g.box[0] < 350 and g.box[0] < g.box[2]]
    )
    share = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) / (360 * 180)).mean()
    assert share < 0.12
    assert part.groups[-1].box is None, "rows without a footprint come last"


def test_names_of_collections_cannot_leave_the_folder(tmp_path: Path) -> None:
    clean, sign = clean_record(record(1))
    table = to_rows([clean], fingerprints=[sign], seen=SEEN)
    part = write_part(tmp_path, table, scope=Scope("../../x", "a/b"), month="2026-01", live=True)
    written = (tmp_path / part.path).resolve()
    assert written.is_relative_to(tmp_path.resolve() / "live")
