"""The same questions to a dask-geopandas frame of an archive, computed where its parts are."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from iceye_geo.analysis import coverage, next_to, repeats, summary
from iceye_geo.archive import Archive
from iceye_geo.errors import ArchiveError
from tests.archive.worlds import ListCatalog, records

AREA = (-30, -30, 60, 60)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    path = tmp_path_factory.mktemp("archive")
    held = records(900, days=120)
    for number, record in enumerate(held):
        record["properties"]["frame_id"] = f"{number}_1"
    Archive.sync(ListCatalog(held), path, progress=False)
    return Archive(path)


def check(archive: Archive) -> None:
    lazy, whole = archive.to_dask_geopandas(), archive.search().to_geodataframe()
    assert lazy.npartitions == len(archive.files()) >= 4
    one, other = coverage(lazy, AREA, cells=400), coverage(whole, AREA, cells=400)
    assert one.fraction == pytest.approx(other.fraction)
    assert one.grid["looks"].tolist() == other.grid["looks"].tolist()
    assert str(summary(lazy)) == str(summary(whole))
    assert next_to(lazy, (10, 50))["id"].tolist() == next_to(whole, (10, 50))["id"].tolist()
    pairs, expected = repeats(lazy, min_overlap=0.1), repeats(whole, min_overlap=0.1)
    assert set(zip(pairs["reference"], pairs["secondary"], strict=True)) == set(
        zip(expected["reference"], expected["secondary"], strict=True)
    )


def test_a_lazy_frame_answers_as_the_whole_one(archive: Archive) -> None:
    check(archive)


def test_an_archive_without_items_has_no_frame(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"run Archive\.sync"):
        Archive(tmp_path).to_dask_geopandas()


@pytest.fixture
def cluster() -> Iterator[None]:
    from distributed import Client, LocalCluster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with (
            LocalCluster(
                n_workers=1,
                threads_per_worker=2,
                processes=False,
                dashboard_address=None,
                host="127.0.0.1",
                protocol="tcp",
            ) as made,
            Client(made),
        ):
            yield


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_a_cluster_answers_as_the_whole_frame(archive: Archive) -> None:
    check(archive)
