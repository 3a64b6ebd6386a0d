from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from iceye_geo.cog import download, download_assets, partial
from iceye_geo.cog.ref import AssetRef
from iceye_geo.errors import DownloadError, InvalidInputError, LinkExpiredError, UnverifiedWarning

from .helpers import Renewer
from .server import StrictHost


@pytest.fixture
def big(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of 21 parts."""
    monkeypatch.setattr(partial, "PART_BYTES", 100_000)
    path = tmp_path / "big.bin"
    path.write_bytes(hashlib.shake_128(b"x").digest(2_050_000))
    return path


REF = AssetRef("item-1", "grd-cog")


def test_a_file_arrives_whole_and_only_once(host: StrictHost, big: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    out = download(
        host.url(big), tmp_path / "out", name="a.tif", progress=lambda done, all_: seen.append((done, all_))
    )
    assert out.read_bytes() == big.read_bytes()
    assert [p.name for p in out.parent.iterdir()] == ["a.tif"]
    assert seen[-1] == (2_050_000, 2_050_000)
    before = host.count()
    assert download(host.url(big), tmp_path / "out", name="a.tif") == out
    assert host.count() == before + 1
    host.assert_polite()


def test_an_interrupted_download_goes_on_where_it_stopped(
    host: StrictHost, big: Path, tmp_path: Path
) -> None:
    host.faults.skip = 12
    host.faults.script = ["status:503:0"] * 60
    with pytest.raises(DownloadError, match="kept"):
        download(host.url(big), tmp_path / "out", name="a.tif")
    notes = json.loads((tmp_path / "out" / ".a.tif.part.json").read_text())
    assert 5 < len(notes["done"]) < 21
    assert not (tmp_path / "out" / "a.tif").exists()
    host.faults.script = []
    before = host.count()
    out = download(host.url(big), tmp_path / "out", name="a.tif")
    assert out.read_bytes() == big.read_bytes()
    assert host.count() - before == 1 + 21 - len(notes["done"])


def test_another_version_on_the_server_starts_anew(host: StrictHost, big: Path, tmp_path: Path) -> None:
    host.faults.skip = 12
    host.faults.script = ["status:503:0"] * 60
    with pytest.raises(DownloadError):
        download(host.url(big), tmp_path / "out", name="a.tif")
    host.faults.script = []
    big.write_bytes(bytes(reversed(big.read_bytes())))
    out = download(host.url(big), tmp_path / "out", name="a.tif")
    assert out.read_bytes() == big.read_bytes()


def test_links_renew_in_the_middle(host: StrictHost, big: Path, tmp_path: Path) -> None:
    renewer = Renewer(host, big)
    fired: list[int] = []

    def expire(done: int, _all: int) -> None:
        if done > 900_000 and not fired:
            fired.append(done)
            host.expire_links()

    out = download(REF, tmp_path / "out", resolver=renewer, name="a.tif", progress=expire)
    assert out.read_bytes() == big.read_bytes()
    assert fired
    assert renewer.calls == 2


def test_a_bare_link_that_expires_says_so(host: StrictHost, big: Path, tmp_path: Path) -> None:
    url = host.url(big)
    host.expire_links()
    with pytest.raises(LinkExpiredError):
        download(url, tmp_path)


def test_room_is_checked_first(
    host: StrictHost, big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial, "SPARE_BYTES", 1 << 60)
    with pytest.raises(DownloadError, match="free"):
        download(host.url(big), tmp_path / "out", name="a.tif")
    assert list((tmp_path / "out").iterdir()) == []


def item_for(host: StrictHost, path: Path, **fields: object) -> dict[str, Any]:
    return {"id": "i", "properties": {}, "assets": {"grd-cog": {"href": host.url(path), **fields}}}


def test_checksums_are_checked(host: StrictHost, big: Path, tmp_path: Path) -> None:
    good = "1220" + hashlib.sha256(big.read_bytes()).hexdigest()
    told = item_for(host, big, **{"file:checksum": good, "file:size": big.stat().st_size})
    assert download(told, tmp_path / "a").read_bytes() == big.read_bytes()
    with pytest.raises(DownloadError, match="sha256 checksum"):
        download(item_for(host, big, **{"file:checksum": "1220" + "0" * 64}), tmp_path / "b")
    assert list((tmp_path / "b").iterdir()) == []
    with pytest.raises(DownloadError, match="md5"):
        download(told, tmp_path / "c", checksum="md5:" + "0" * 32)
    with pytest.raises(InvalidInputError, match="checksum"):
        download(told, tmp_path / "d", checksum="crc:12")
    with pytest.warns(UnverifiedWarning, match="file:checksum"):
        download(item_for(host, big, **{"file:checksum": "9999aa"}), tmp_path / "e")


def test_a_size_that_differs_from_the_items_is_refused(host: StrictHost, big: Path, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="says 5 bytes"):
        download(item_for(host, big, **{"file:size": 5}), tmp_path)


def test_a_damaged_file_is_noticed_and_another_file_is_not_lost(
    host: StrictHost, big: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "a.tif"
    mine.write_text("my notes")
    with pytest.raises(DownloadError, match="overwrite=True"):
        download(host.url(big), tmp_path, name="a.tif")
    assert mine.read_text() == "my notes"
    download(host.url(big), tmp_path, name="a.tif", overwrite=True)
    assert mine.read_bytes() == big.read_bytes()
    damaged = bytearray(big.read_bytes())
    damaged[1_900_000] ^= 255
    mine.write_bytes(damaged)
    with pytest.raises(DownloadError, match="another file"):
        download(host.url(big), tmp_path, name="a.tif",
                 checksum="sha256:" + hashlib.sha256(big.read_bytes()).hexdigest())  # fmt: skip


def test_a_file_replaced_on_the_way_is_fetched_anew_never_spliced(
    host: StrictHost, big: Path, tmp_path: Path
) -> None:
    other = bytes(reversed(big.read_bytes()))

    def replace(done: int, _all: int) -> None:
        if done > 900_000 and big.read_bytes() != other:
            big.write_bytes(other)
            host.add(big)

    out = download(host.url(big), tmp_path / "out", name="a.tif", progress=replace)
    assert out.read_bytes() == other


def test_without_a_strong_etag_nothing_is_resumed(host: StrictHost, big: Path, tmp_path: Path) -> None:
    url = host.url(big)
    for name in host.etags:
        host.etags[name] = 'W/"weak"'
    host.faults.skip = 12
    host.faults.script = ["status:503:0"] * 60
    with pytest.raises(DownloadError):
        download(url, tmp_path, name="a.tif")
    host.faults.script = []
    before = host.count()
    assert download(url, tmp_path, name="a.tif").read_bytes() == big.read_bytes()
    assert host.count() - before == 1 + 20


def test_two_at_once_download_once(host: StrictHost, big: Path, tmp_path: Path) -> None:
    host.delay_s = 0.02
    url = host.url(big)
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(download, url, tmp_path / "out", name="a.tif", progress=False) for _ in range(2)]
        assert {job.result(30).read_bytes() for job in jobs} == {big.read_bytes()}
    assert host.count() == 2 + 20
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["a.tif"]


def test_a_host_without_ranges_is_refused_before_anything_is_written(
    host: StrictHost, big: Path, tmp_path: Path
) -> None:
    host.faults.script = ["whole"]
    with pytest.raises(DownloadError, match="byte ranges"):
        download(host.url(big), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_is_said_and_a_later_call_goes_on(
    host: StrictHost, big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    real = os.fsync

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) > 5:
            raise OSError(28, "No space left on device")
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DownloadError, match="No space left"):
            download(host.url(big), tmp_path, name="a.tif")
    before = host.count()
    assert download(host.url(big), tmp_path, name="a.tif").read_bytes() == big.read_bytes()
    assert host.count() - before <= 1 + 16


KILLED = """
import sys
from iceye_geo.cog import download, partial
partial.PART_BYTES = 100_000
download(sys.argv[1], sys.argv[2], name="a.tif", connections=2, progress=False)
"""


def test_a_killed_process_is_resumed_byte_exact(host: StrictHost, big: Path, tmp_path: Path) -> None:
    host.delay_s = 0.05
    url, notes = host.url(big), tmp_path / ".a.tif.part.json"
    others = set(threading.enumerate())
    with subprocess.Popen([sys.executable, "-c", KILLED, url, str(tmp_path)], cwd=Path.cwd()) as process:
        deadline = time.monotonic() + 60
        while not (notes.exists() and len(json.loads(notes.read_text())["done"]) >= 4):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    for thread in set(threading.enumerate()) - others:
        thread.join(60)  # the host finishes what the dead process had asked for
    assert not (tmp_path / "a.tif").exists()
    done = len(json.loads(notes.read_text())["done"])
    host.delay_s, before = 0.0, host.count()
    assert download(url, tmp_path, name="a.tif").read_bytes() == big.read_bytes()
    assert host.count() - before == 1 + 21 - done
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_bar_shows_what_is_done(host: StrictHost, big: Path, tmp_path: Path, capfd: Any) -> None:
    download(host.url(big), tmp_path, name="a.tif")
    shown = capfd.readouterr().err
    assert "a.tif: 100%" in shown
    assert "Signature" not in shown
    download(host.url(big), tmp_path / "quiet", name="a.tif", progress=False)
    assert capfd.readouterr().err == ""


def test_a_file_on_disk_is_copied_with_the_same_care(big: Path, tmp_path: Path) -> None:
    out = download(big, tmp_path / "out")
    assert out.read_bytes() == big.read_bytes()
    assert download(out, tmp_path / "out") == out
    out.write_text("other")
    with pytest.raises(DownloadError, match="another file"):
        download(big, tmp_path / "out")
    assert download(big, tmp_path / "out", overwrite=True).read_bytes() == big.read_bytes()
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["big.bin"]


def test_only_items_have_several_assets(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="item"):
        download_assets(REF, tmp_path)
    with pytest.raises(InvalidInputError, match="connections"):
        download("https://h/x", tmp_path, connections=0)
