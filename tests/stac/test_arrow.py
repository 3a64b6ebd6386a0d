"""One fixed schema in the STAC GeoParquet layout, that others read and that loses nothing but signatures."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import duckdb_extension_spatial
import geopandas as gpd
import pyarrow.parquet as pq
import pytest
import rustac
import shapely
import stac_geoparquet.arrow as sgp
from geopandas.testing import assert_geodataframe_equal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iceye_geo.errors import SkippedRecordWarning
from iceye_geo.stac import read_geoparquet, to_geodataframe, to_geoparquet
from iceye_geo.stac.archive import read_geoparquet_items
from iceye_geo.stac.arrow import SCHEMA, to_arrow
from iceye_geo.stac.export import item_dicts
from tests.archive.worlds import record, records

if TYPE_CHECKING:
    from iceye_geo import Client


#: Sixty records, one of them without a footprint.
HELD = records(60)
NOWHERE = [r["id"] for r in HELD if r["geometry"] is None]


def test_the_schema_is_the_same_for_none_some_and_mixed_input() -> None:
    mixed = [
        record(1),
        {"id": "b", "properties": {"datetime": "2024-01-01T00:00:00Z", "iceye:azimuth_resolution": "3"}},
    ]
    assert to_arrow([]).schema == to_arrow(mixed).schema == to_arrow([record(1)]).schema == SCHEMA


def test_no_signature_is_in_the_table() -> None:
    assert "Signature" not in str(to_arrow(records(20)).to_pylist())


def test_a_hopeless_record_is_left_out() -> None:
    with pytest.warns(SkippedRecordWarning, match="no time"):
        assert to_arrow([{"id": "a", "properties": {}}, record(1)]).num_rows == 1


def test_others_open_the_file_and_we_lose_nothing(tmp_path: Path) -> None:
    path = to_geoparquet(HELD, tmp_path / "items.parquet")
    assert read_geoparquet_items(path) == item_dicts(HELD)
    rows = pq.read_table(path)
    placed = [r for r in HELD if r["geometry"] is not None]
    theirs = list(sgp.stac_table_to_items(rows.filter(rows["geometry"].is_valid())))
    assert [item["id"] for item in theirs] == [r["id"] for r in placed]
    assert theirs[0]["assets"]["thumbnail-png"]["roles"] == ["thumbnail"]
    assert theirs[0]["properties"]["sar:product_type"] == placed[0]["properties"]["sar:product_type"]
    frame = gpd.read_parquet(path)
    assert str(frame["start_datetime"].dtype) == "datetime64[us, UTC]"


def test_an_item_without_a_footprint_comes_back_and_is_null_for_others(tmp_path: Path) -> None:
    path = to_geoparquet(HELD, tmp_path / "items.parquet")
    back = [item for item in read_geoparquet_items(path) if item["id"] in NOWHERE]
    assert [item["geometry"] for item in back] == [None]
    assert "bbox" not in back[0]
    assert_geodataframe_equal(read_geoparquet(path), to_geodataframe(HELD))
    frame = gpd.read_parquet(path)
    assert frame.loc[frame.geometry.isna(), "id"].tolist() == NOWHERE
    assert set(NOWHERE).isdisjoint(gpd.read_parquet(path, bbox=(-180, -90, 180, 90))["id"])
    theirs = spatial_duckdb().sql(f"select id from '{path}' where geometry is null and bbox is null")
    assert [name for (name,) in theirs.fetchall()] == NOWHERE
    rows = pq.read_table(path)
    assert rows.filter(rows["geometry"].is_null())["bbox"].null_count == len(NOWHERE)


def test_a_file_of_items_without_footprints_and_one_that_rustac_wrote_are_read(tmp_path: Path) -> None:
    nowhere = [r for r in HELD if r["geometry"] is None]
    path = to_geoparquet(nowhere, tmp_path / "nowhere.parquet")
    assert read_geoparquet_items(path) == item_dicts(nowhere)
    assert gpd.read_parquet(path).geometry.isna().all()
    again = tmp_path / "rustac.parquet"
    asyncio.run(rustac_copy(to_geoparquet(HELD, path), again))
    assert [item["id"] for item in read_geoparquet_items(again) if item["geometry"] is None] == NOWHERE


def spatial_duckdb() -> duckdb.DuckDBPyConnection:
    """DuckDB with its spatial extension, out of the wheel that carries it: nothing is downloaded."""
    extension = next(Path(duckdb_extension_spatial.__file__).parent.rglob("*.duckdb_extension"))
    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    connection.execute(f"load '{extension}'")
    return connection


def test_duckdb_opens_the_file(tmp_path: Path) -> None:
    path = to_geoparquet(HELD, tmp_path / "items.parquet")
    wanted = "count(*), min(start_datetime)::varchar, count(assets['thumbnail-png'].href)"
    sql = f"select {wanted} from '{path}' where bbox.xmin < 0"
    count, first, pictures = duckdb.sql(sql).fetchall()[0]
    assert count == pictures > 0
    assert first.startswith("2026-01")


def test_duckdb_spatial_finds_what_geopandas_finds(tmp_path: Path) -> None:
    path = to_geoparquet(HELD, tmp_path / "items.parquet")
    frame = gpd.read_parquet(path).dropna(subset="geometry")
    west, south, east, north = frame.geometry.iloc[7].bounds
    inside = f"ST_Intersects(geometry, ST_MakeEnvelope({west}, {south}, {east}, {north}))"
    found = spatial_duckdb().sql(f"select id, ST_Area(geometry) from '{path}' where {inside}").fetchall()
    expected = frame[frame.intersects(frame.geometry.iloc[7].envelope)]
    assert sorted(identity for identity, _ in found) == sorted(expected["id"])
    assert sum(area for _, area in found) == pytest.approx(shapely.area(expected.geometry.to_numpy()).sum())


def test_rustac_reads_the_file(tmp_path: Path) -> None:
    theirs = asyncio.run(rustac_items(to_geoparquet(HELD, tmp_path / "items.parquet")))
    assert [item["id"] for item in theirs] == [r["id"] for r in HELD]
    ours = item_dicts(HELD)
    # rustac says null by a polygon without positions, as RFC 7946 allows.
    empty = {"type": "Polygon", "coordinates": []}
    assert [item["geometry"] for item in theirs] == [item["geometry"] or empty for item in ours]
    assert theirs[0]["assets"]["thumbnail-png"]["href"] == ours[0]["assets"]["thumbnail-png"]["href"]
    assert theirs[0]["properties"]["sar:product_type"] == HELD[0]["properties"]["sar:product_type"]


async def rustac_items(path: Path) -> list[dict[str, Any]]:
    found: Any = await rustac.read(str(path))
    return list(found["features"])


async def rustac_copy(path: Path, target: Path) -> None:
    found: Any = await rustac.read(str(path))
    await rustac.write(str(target), found)


def test_a_file_of_no_items_has_the_schema_and_opens_everywhere(tmp_path: Path) -> None:
    path = to_geoparquet([], tmp_path / "none.parquet")
    assert pq.read_schema(path).names == SCHEMA.names
    assert pq.read_schema(path).types == SCHEMA.types
    frame = read_geoparquet(path)
    assert len(frame) == 0
    assert_geodataframe_equal(frame, to_geodataframe([]))
    assert len(gpd.read_parquet(path)) == 0
    assert list(sgp.stac_table_to_items(pq.read_table(path))) == []
    assert duckdb.sql(f"select count(*) from '{path}'").fetchall() == [(0,)]
    assert spatial_duckdb().sql(f"select ST_Area(geometry) from '{path}'").fetchall() == []
    assert asyncio.run(rustac_items(path)) == []


def test_items_and_records_give_the_same_table(client: Client) -> None:
    search = client.catalog.search(max_items=30)
    items = to_arrow(search.items())
    raws = to_arrow(search.records())
    for name in SCHEMA.names:
        if name != "iceye:json":
            assert items.column(name).to_pylist() == raws.column(name).to_pylist(), name


_JSON = st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.floats(-1e9, 1e9) | st.text(max_size=8)


@st.composite
def footprints(draw: st.DrawFn) -> dict[str, Any] | None:
    """A footprint as it may come: anywhere, either way round, open, with heights, doubled positions, or none."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([None, *ROUND_A_POLE]))
    lon, lat, size = draw(st.floats(-180, 180)), draw(st.floats(-85, 84)), draw(st.floats(0.01, 1))
    ring = [[(lon + dx * size + 180) % 360 - 180, lat + dy * size] for dx, dy in CORNERS]
    ring = ring[::-1] if draw(st.booleans()) else ring
    ring = ring[:-1] if draw(st.booleans()) else ring
    ring = [point for point in ring for _ in range(draw(st.integers(1, 2)))]
    height = draw(st.sampled_from([[], [12.5]]))
    return {"type": "Polygon", "coordinates": [[point + height for point in ring]]}


CORNERS = ((0, 0), (1, 0.1), (0.9, 1), (-0.1, 0.9), (0, 0))
ROUND_A_POLE = [
    {"type": "Polygon", "coordinates": [[[0, lat], [120, lat], [-120, lat], [0, lat]]]} for lat in (85, -85)
]


@given(
    number=st.integers(0, 10_000),
    geometry=footprints(),
    extra=st.dictionaries(
        st.sampled_from(["iceye:new", "platform", "title", "gsd"]), _JSON | st.lists(_JSON, max_size=2)
    ),
    asset=st.dictionaries(st.sampled_from(["title", "type", "odd"]), _JSON),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.filterwarnings("ignore::iceye_geo.errors.DroppedValueWarning")
def test_round_trips_keep_every_value(
    number: int,
    geometry: dict[str, Any] | None,
    extra: dict[str, Any],
    asset: dict[str, Any],
    tmp_path: Path,
) -> None:
    one = {**record(number), "geometry": geometry}
    one["properties"] |= extra
    one["assets"]["unusual"] = {"href": "https://host/a?Signature=b", **asset}
    path = to_geoparquet([one, record(number)], tmp_path / "items.parquet")
    assert read_geoparquet_items(path) == item_dicts([one, record(number)])
