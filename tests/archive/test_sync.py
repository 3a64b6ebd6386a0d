"""A sync writes what changed, keeps what went, and shows all of it at once."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from iceye_geo.archive import Archive
from iceye_geo.archive.manifest import load_manifest
from iceye_geo.errors import ArchiveError, ArchiveLockedError, ConnectionFailedError, SkippedRecordWarning
from tests.archive.worlds import ListCatalog, records

ALL = ("public",)


def ids(path: Path) -> list[str]:
    return sorted(str(r["id"]) for r in Archive(path).search().records())


def files(path: Path) -> set[str]:
    return {p.name for p in path.rglob("*.parquet")}


@pytest.fixture
def catalog() -> ListCatalog:
    return ListCatalog(records(300))


def test_the_first_sync_holds_every_item_once(catalog: ListCatalog, tmp_path: Path) -> None:
    report = Archive.sync(catalog, tmp_path, progress=False)
    assert (report.new, report.changed, report.vanished, report.unchanged) == (300, 0, 0, 0)
    assert report.months == 3
    assert ids(tmp_path) == sorted(r["id"] for r in catalog.held)
    assert "300 new" in str(report)


def test_a_second_sync_writes_no_file_but_says_when_it_looked(catalog: ListCatalog, tmp_path: Path) -> None:
    Archive.sync(catalog, tmp_path, progress=False)
    before, manifest = files(tmp_path), load_manifest(tmp_path)
    report = Archive.sync(catalog, tmp_path, progress=False)
    assert (report.new, report.changed, report.vanished, report.unchanged) == (0, 0, 0, 300)
    assert files(tmp_path) == before
    after = load_manifest(tmp_path)
    assert after.generation == manifest.generation + 1
    assert after.parts == manifest.parts
    assert min(after.checked["public"].values()) > max(manifest.checked["public"].values())


def test_new_changed_reprocessed_and_vanished_items(catalog: ListCatalog, tmp_path: Path) -> None:
    Archive.sync(catalog, tmp_path, progress=False)
    first, second, third = catalog.held[10], catalog.held[20], catalog.held[30]
    changed = {**first, "properties": {**first["properties"], "updated": "2026-06-01T00:00:00Z"}}
    moved = {**second, "id": "moved"}
    gone = {first["id"], second["id"], third["id"]}
    extra = records(301)[-1]
    extra = next(r for r in records(301) if r["id"].endswith("0000300"))
    catalog.held = [r for r in catalog.held if r["id"] not in gone] + [changed, moved, extra]
    report = Archive.sync(catalog, tmp_path, progress=False)
    assert (report.new, report.changed, report.vanished, report.unchanged) == (2, 1, 2, 297)
    assert ids(tmp_path) == sorted(r["id"] for r in catalog.held)
    archive = Archive(tmp_path)

    def versions(record: dict) -> list[tuple[str, str | None, str | None]]:
        table = archive.history(record["properties"]["frame_id"])
        rows = zip(table["id"], table["archive:reason"], table["archive:replaced_by"], strict=True)
        kept = [(i, r if isinstance(r, str) else None, b if isinstance(b, str) else None) for i, r, b in rows]
        return [row for row in kept if row[0] in (record["id"], "moved")]

    assert versions(first) == [(first["id"], "changed", first["id"]), (first["id"], None, None)]
    assert versions(second) == [(second["id"], "reprocessed", "moved"), ("moved", None, None)]
    assert versions(third) == [(third["id"], "vanished", None)]
    assert archive.info().history == 3


def test_the_history_outlives_further_syncs(catalog: ListCatalog, tmp_path: Path) -> None:
    for _ in range(4):
        Archive.sync(catalog, tmp_path, progress=False)
        catalog.held = catalog.held[5:]
    info = Archive(tmp_path).info()
    assert (info.items, info.history) == ({"public": 285}, 15)
    assert all(part.rows for part in load_manifest(tmp_path).parts)


def test_a_month_that_vanished_altogether_is_empty_afterwards(catalog: ListCatalog, tmp_path: Path) -> None:
    Archive.sync(catalog, tmp_path, progress=False)
    catalog.held = [r for r in catalog.held if not r["properties"]["start_datetime"].startswith("2026-03")]
    Archive.sync(catalog, tmp_path, progress=False)
    assert ids(tmp_path) == sorted(r["id"] for r in catalog.held)
    catalog.held = []
    assert Archive.sync(catalog, tmp_path, progress=False).vanished > 0
    assert ids(tmp_path) == []


def test_an_item_sent_twice_is_held_once(catalog: ListCatalog, tmp_path: Path) -> None:
    catalog.held += catalog.held[:50]
    assert Archive.sync(catalog, tmp_path, progress=False).new == 300
    assert len(ids(tmp_path)) == 300


def test_new_signatures_are_no_change_and_none_is_stored(catalog: ListCatalog, tmp_path: Path) -> None:
    Archive.sync(catalog, tmp_path, progress=False)
    assert Archive.sync(catalog, tmp_path, progress=False).changed == 0
    for record in Archive(tmp_path).search(max_items=50).records():
        assert "Signature" not in json.dumps(record)
    assert not any(b"Signature" in path.read_bytes() for path in tmp_path.rglob("*.json"))


def test_months_can_be_chosen_and_others_stay(catalog: ListCatalog, tmp_path: Path) -> None:
    Archive.sync(catalog, tmp_path, progress=False)
    catalog.held, catalog.asked = [], []
    Archive.sync(catalog, tmp_path, months=("2026-02", "2026-02"), progress=False)
    assert catalog.asked == ["2026-02"]
    kept = {r["properties"]["start_datetime"][:7] for r in Archive(tmp_path).search().records()}
    assert kept == {"2026-01", "2026-03"}


def test_a_hopeless_record_is_left_out_with_a_warning(tmp_path: Path) -> None:
    class Careless(ListCatalog):
        def records(self, scope, month):
            yield {"id": "timeless", "type": "Feature", "properties": {}}
            yield from super().records(scope, month)

    with pytest.warns(SkippedRecordWarning, match="timeless"):
        Archive.sync(Careless(records(20)), tmp_path, progress=False)
    assert len(ids(tmp_path)) == 20


def test_collections_and_contracts_are_kept_apart(tmp_path: Path) -> None:
    public, private = records(30), records(20, seed=8)
    Archive.sync(ListCatalog(public), tmp_path, collections=["public"], progress=False)
    Archive.sync(ListCatalog(private), tmp_path, collections=["private"], contract_id="c-1", progress=False)
    Archive.sync(
        ListCatalog(public[:5]), tmp_path, collections=["private"], contract_id="c-2", progress=False
    )
    archive = Archive(tmp_path)
    assert archive.info().items == {"private@c-1": 20, "private@c-2": 5, "public": 30}
    assert len(archive.search()) == 30
    assert len(archive.search(collections=["private"], contract_id="c-1")) == 20
    item = next(archive.search(collections=["private"], contract_id="c-2").items())
    assert (item.source.collection, item.source.contract_id) == ("private", "c-2")
    with pytest.raises(ArchiveError, match="c-1, c-2"):
        archive.search(collections=["private"])
    with pytest.raises(ArchiveError, match="'curated' was never synced"):
        archive.search(collections=["curated"])


def test_a_sync_that_fails_shows_nothing_and_the_next_goes_on(catalog: ListCatalog, tmp_path: Path) -> None:
    class Failing(ListCatalog):
        def records(self, scope, month):
            if month == "2026-03":
                raise ConnectionFailedError("gone")
            return super().records(scope, month)

    with pytest.raises(ConnectionFailedError):
        Archive.sync(Failing(catalog.held), tmp_path, progress=False)
    assert Archive(tmp_path).info().items == {}
    assert Archive(tmp_path).info().unfinished == 2
    report = Archive.sync(catalog, tmp_path, progress=False)
    assert catalog.asked == ["2026-03"]
    assert (report.resumed, report.months, report.new) == (2, 3, 300)
    assert Archive(tmp_path).info().unfinished == 0


def test_another_sync_does_not_go_on_with_a_foreign_journal(catalog: ListCatalog, tmp_path: Path) -> None:
    def stop(step: str) -> None:
        if step == "journal in place":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Archive.sync(catalog, tmp_path, progress=False, on_step=stop)
    report = Archive.sync(catalog, tmp_path, months=("2026-01", "2026-12"), progress=False)
    assert report.resumed == 0


def test_an_old_journal_is_not_gone_on_with(catalog: ListCatalog, tmp_path: Path) -> None:
    def stop(step: str) -> None:
        if step == "journal in place":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Archive.sync(catalog, tmp_path, progress=False, on_step=stop)
    journal = tmp_path / "journal.json"
    plain = json.loads(journal.read_text())
    journal.write_text(json.dumps({**plain, "started": "2020-01-01T00:00:00Z"}))
    assert Archive.sync(catalog, tmp_path, progress=False).resumed == 0
    assert len(ids(tmp_path)) == 300


@pytest.mark.parametrize("text", ["{", "[]", '{"done": 5}', '{"format": "other"}'])
def test_a_spoilt_journal_costs_work_and_a_spoilt_manifest_is_an_error(
    catalog: ListCatalog, tmp_path: Path, text: str
) -> None:
    (tmp_path / "journal.json").write_text(text)
    assert Archive.sync(catalog, tmp_path, progress=False).new == 300
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ArchiveError, match=r"manifest\.json"):
        Archive(tmp_path).info()
    with pytest.raises(ArchiveError, match=r"manifest\.json"):
        Archive.sync(catalog, tmp_path, progress=False)


def test_files_nobody_lists_go_when_no_reader_can_hold_them(catalog: ListCatalog, tmp_path: Path) -> None:
    Archive.sync(catalog, tmp_path, progress=False)
    before = files(tmp_path)
    catalog.held = catalog.held[3:]
    Archive.sync(catalog, tmp_path, progress=False)
    stale = before - {Path(p.path).name for p in load_manifest(tmp_path).parts}
    assert stale, "a file was rewritten"
    assert stale <= files(tmp_path), "a reader may still hold the manifest before"
    for path in tmp_path.rglob("*.parquet"):
        os.utime(path, (time.time() - 7200,) * 2)
    (tmp_path / "live" / "x.parquet.123.part").write_text("unfinished")
    Archive.sync(catalog, tmp_path, progress=False)
    assert files(tmp_path) == {Path(p.path).name for p in load_manifest(tmp_path).parts}
    assert not list(tmp_path.rglob("*.part"))


def test_a_reader_of_the_state_before_starts_over_when_its_files_are_gone(
    catalog: ListCatalog, tmp_path: Path
) -> None:
    Archive.sync(catalog, tmp_path, progress=False)
    archive = Archive(tmp_path)
    search = archive.search()
    assert len(search) == 300
    old = archive.files()
    catalog.held = catalog.held[100:]
    Archive.sync(catalog, tmp_path, progress=False)
    for path in set(old) - set(archive.files()):
        path.unlink()
    assert len(list(search.records())) == 200


def test_a_search_stays_at_the_state_it_saw(catalog: ListCatalog, tmp_path: Path) -> None:
    Archive.sync(catalog, tmp_path, progress=False)
    archive = Archive(tmp_path)
    search = archive.search()
    assert len(search) == 300
    catalog.held = catalog.held[100:]
    Archive.sync(catalog, tmp_path, progress=False)
    assert len(list(search.records())) == 300
    assert len(archive.search()) == 200


def test_a_locked_archive_fails_at_once_or_waits(catalog: ListCatalog, tmp_path: Path) -> None:
    def inside(step: str) -> None:
        if step == "journal read":
            with pytest.raises(ArchiveLockedError, match=f"process {os.getpid()} on "):
                Archive.sync(catalog, tmp_path, wait_s=0, progress=False)

    assert Archive.sync(catalog, tmp_path, progress=False, on_step=inside).new == 300


def test_the_bar_counts_months(
    catalog: ListCatalog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Archive.sync(catalog, tmp_path)
    assert "3/3" in capsys.readouterr().err
