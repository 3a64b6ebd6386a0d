"""Each fault of the wire: retried within a bound, or refused; never a wrong byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from iceye_geo.cog.opening import make_recipe
from iceye_geo.cog.plan import Window
from iceye_geo.cog.reader import HEADER_BYTES
from iceye_geo.cog.wire import Answer, PooledWire
from iceye_geo.errors import (
    AssetNotFoundError,
    ChangedOnServerError,
    LinkRefusedError,
    NotACogError,
    RangeNotSupportedError,
    ReadFailedError,
)

from .factory import make_cog
from .helpers import Renewer, local, open_with
from .server import StrictHost

WINDOW = Window(300, 600, 700, 900)


@pytest.mark.parametrize(
    "script",
    [
        ["status:503"],
        ["status:429:0"],
        ["status:500", "status:502", "status:504"],
        ["drop"],
        ["hangup"],
        ["short"],
        ["hangup", "drop", "status:503"],
    ],
    ids=lambda s: "+".join(s),
)
def test_a_read_survives(host: StrictHost, grd: Path, script: list[str]) -> None:
    with open_with(host, grd) as cog:
        host.faults.script = list(script)
        raster = cog.read(WINDOW)
        np.testing.assert_array_equal(raster.array.filled(0), local(grd, WINDOW).filled(0))
        assert cog.transfer.retries == len(script)
    host.assert_polite()


def test_opening_survives_a_fault_in_the_header(host: StrictHost, grd: Path) -> None:
    host.faults.script = ["drop"]
    with open_with(host, grd) as cog:
        assert cog.info().width == 3700


def test_a_stalled_connection_is_given_up(host: StrictHost, grd: Path) -> None:
    wire = PooledWire(stall_timeout_s=0.3)
    with open_with(host, grd, wire=wire) as cog:
        host.faults.script = ["stall"]
        raster = cog.read(WINDOW)
        np.testing.assert_array_equal(raster.array.filled(0), local(grd, WINDOW).filled(0))
        assert cog.transfer.retries == 1
    wire.close()


def test_retries_end(host: StrictHost, grd: Path) -> None:
    with open_with(host, grd) as cog:
        before = host.count()
        host.faults.script = ["status:503:0"] * 50
        with pytest.raises(ReadFailedError, match="HTTP 503 Trouble"):
            cog.read(Window(0, 0, 10, 10))
        assert host.count() - before <= 5


def test_a_host_without_ranges_is_refused_and_its_body_not_read(host: StrictHost, grd: Path) -> None:
    host.faults.script = ["whole"]
    with pytest.raises(RangeNotSupportedError, match="whole file"):
        open_with(host, grd)
    assert host.log[0].sent < 50_000_000


@pytest.mark.parametrize("fault", ["shifted", "noheader"])
def test_wrong_ranges_are_refused(host: StrictHost, grd: Path, fault: str) -> None:
    host.faults.script = [fault]
    with pytest.raises(RangeNotSupportedError):
        open_with(host, grd)


def test_an_unknown_file_is_said_to_be_unknown(host: StrictHost, grd: Path) -> None:
    url = host.url(grd)
    host.files.clear()
    with pytest.raises(AssetNotFoundError, match="NoSuchKey") as caught:
        make_recipe(url).open()
    assert "Signature" not in str(caught.value)


def test_what_is_no_tiff_is_named(host: StrictHost, tmp_path: Path) -> None:
    for name, data, words in (
        ("a.png", b"\x89PNG\r\n" + b"\0" * 500, r"a PNG picture.*download.*IPython\.display\.Image"),
        ("a.mp4", b"\0\0\0\x20ftypisom" + b"\0" * 500, r"an MP4 film.*display\.Video"),
        ("b.h5", b"\x89HDF" + b"\0" * 500, "HDF5"), ("a.json", b'{"type": "Feature"}', "JSON"),
        ("c", b"x", "no TIFF"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        with pytest.raises(NotACogError, match=words):
            make_recipe(host.url(tmp_path / name)).open()


def test_an_empty_file_is_no_cog(host: StrictHost, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(NotACogError, match="empty"):
        make_recipe(host.url(tmp_path / "empty")).open()


@pytest.fixture
def long_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the host said of a link is long ago whenever it is asked again."""
    monkeypatch.setattr("iceye_geo.cog.links.WORD_COUNTS_S", 0.0)


def test_an_expired_link_is_renewed_once_for_all_readers(
    host: StrictHost, grd: Path, long_after: None
) -> None:
    renewer = Renewer(host, grd)
    with open_with(host, grd, renewer=renewer) as cog:
        host.expire_links()
        raster = cog.read(WINDOW)
        np.testing.assert_array_equal(raster.array.filled(0), local(grd, WINDOW).filled(0))
        assert (cog.transfer.denied, cog.transfer.renewals, renewer.calls) == (1, 1, 1)
    assert host.count(status=403) == 1


def test_a_read_survives_three_expiries(host: StrictHost, grd: Path, long_after: None) -> None:
    renewer = Renewer(host, grd)
    with open_with(host, grd, renewer=renewer) as cog:
        for part in (Window(0, 0, 500, 500), Window(600, 600, 500, 1200), Window(1500, 2500, 700, 1100)):
            host.expire_links()
            np.testing.assert_array_equal(cog.read(part).array.filled(0), local(grd, part).filled(0))
    assert host.count(status=403) == renewer.calls == 3


def test_one_range_survives_links_that_end_again_and_again(host: StrictHost, grd: Path) -> None:
    class Ending(PooledWire):
        """Ends all links before each of the first requests; every answer in between is cut off."""

        left = 0

        def get(self, url: str, start: int, stop: int, *, unless_changed: str = "") -> Answer:
            if self.left and self.left % 2 == 0:
                host.expire_links()
            self.left = max(0, self.left - 1)
            return super().get(url, start, stop, unless_changed=unless_changed)

    wire = Ending()
    with open_with(host, grd, renewer=Renewer(host, grd), wire=wire) as cog:
        host.faults.script = ["drop"] * 3
        wire.left = 6
        window = Window(0, 0, 500, 500)
        np.testing.assert_array_equal(cog.read(window).array.filled(0), local(grd, window).filled(0))
        assert (cog.transfer.denied, cog.transfer.renewals) == (3, 3)
    wire.close()


def test_a_link_about_to_end_is_renewed_before_it_does(host: StrictHost, grd: Path) -> None:
    renewer = Renewer(host, grd, ttl_s=200)
    with open_with(host, grd, renewer=renewer, ttl_s=200, life_s=3600) as cog:
        cog.preview()
    assert renewer.calls >= 1
    assert host.count(status=403) == 0


def test_a_fresh_link_that_is_refused_is_an_error(host: StrictHost, grd: Path) -> None:
    renewer = Renewer(host, grd)
    with open_with(host, grd, renewer=renewer) as cog:
        renewer.generation = -1
        host.expire_links()
        with pytest.raises(LinkRefusedError) as caught:
            cog.read(WINDOW)
    assert "Signature" not in str(caught.value)


def test_another_file_behind_the_renewed_link_restarts_the_read(host: StrictHost, tmp_path: Path) -> None:
    old = make_cog(tmp_path / "old.tif", seed=1)
    new = make_cog(tmp_path / "new.tif", seed=2, height=1300)
    renewer = Renewer(host, old)
    with open_with(host, old, renewer=renewer) as cog:
        assert cog.info().height == 1200
        renewer.path = new
        host.expire_links()
        raster = cog.read(Window(500, 500, 600, 600))
        np.testing.assert_array_equal(
            raster.array.filled(0), local(new, Window(500, 500, 600, 600)).filled(0)
        )
        assert cog.info().height == 1300


def test_a_file_that_never_stays_the_same_is_an_error(host: StrictHost, tmp_path: Path) -> None:
    path = make_cog(tmp_path / "a.tif", height=1600, width=2600)

    with open_with(host, path) as cog:
        name = host.add(path)

        class Changing(dict):  # type: ignore[type-arg]
            n = 0

            def __getitem__(self, key: str) -> str:
                self.n += 1
                return f'"{self.n}"'

        host.etags = Changing({name: ""})
        with pytest.raises(ChangedOnServerError):
            cog.read(Window(0, 0, 1600, 2600))


def test_the_first_request_is_the_header(host: StrictHost, grd: Path) -> None:
    with open_with(host, grd):
        assert [r.range for r in host.log] == [f"bytes=0-{HEADER_BYTES - 1}"]
