from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from iceye_geo.cog import download, downloads
from iceye_geo.cog.naming import choose_name
from iceye_geo.cog.ref import AssetRef, Link
from iceye_geo.errors import DownloadError, LinkExpiredError

from .helpers import Renewer
from .server import StrictHost


@pytest.fixture
def big(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of 21 parts."""
    monkeypatch.setattr(downloads, "PART_BYTES", 100_000)
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
    monkeypatch.setattr(downloads, "_SPARE_BYTES", 1 << 60)
    with pytest.raises(DownloadError, match="free"):
        download(host.url(big), tmp_path / "out", name="a.tif")
    assert list((tmp_path / "out").iterdir()) == []


def test_checksums_are_checked(host: StrictHost, big: Path, tmp_path: Path) -> None:
    good = "1220" + hashlib.sha256(big.read_bytes()).hexdigest()
    for checksum, fine in ((good, True), ("1220" + "0" * 64, False)):
        item = {
            "id": "i",
            "properties": {"file:checksum": checksum},
            "assets": {"grd-cog": {"href": host.url(big)}},
        }
        if fine:
            assert download(item, tmp_path / "a").read_bytes() == big.read_bytes()
        else:
            with pytest.raises(DownloadError, match="checksum"):
                download(item, tmp_path / "b")


@pytest.mark.parametrize(
    ("disposition", "url", "expected"),
    [
        ('attachment; filename="ICEYE_X.tif"', "https://h/opaque", "ICEYE_X.tif"),
        ('attachment; filename="../../../etc/cron.d/x"', "https://h/opaque", "x"),
        ('attachment; filename="C:\\\\temp\\\\evil.tif"', "https://h/opaque", "evil.tif"),
        ("", "https://h/a/ICEYE_Y_GRD.tif?Signature=secret", "ICEYE_Y_GRD.tif"),
        ("", "https://h/content/0af3", "ICEYE_20250501T100000Z_4407788_X21_SM_GRD.tif"),
    ],
)
def test_names_are_safe_and_follow_the_convention(disposition: str, url: str, expected: str) -> None:
    told = {"frame_id": "4407788_1", "iceye:processing_mode": "SM", "sar:product_type": "GRD-COG",
            "start_datetime": "2025-05-01T10:00:00.5Z", "platform": "ICEYE-X21"}  # fmt: skip
    name = choose_name(disposition=disposition, url=url, properties=told, item_id="i", asset_key="k")
    assert name == expected


def test_a_link_without_facts_still_gets_a_name() -> None:
    assert (
        choose_name(disposition="", url="https://h/x", properties={}, item_id="a/b", asset_key="k")
        == "b_k.tif"
    )
    assert Link.of("https://h/x?Signature=s").expires_at is None
