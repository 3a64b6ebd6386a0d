"""Where GDAL calls back: one file system for all images, and nothing raised into it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from iceye_geo.cog.decode import Decoder, _close_all
from iceye_geo.cog.reader import LocalReader

from .factory import make_cog
from .helpers import local, open_with
from .server import StrictHost


def test_all_images_lie_in_one_file_system_of_gdals(host: StrictHost, tmp_path: Path) -> None:
    # To register another one while some thread opens any file crashes GDAL 3.10 now and then.
    path = make_cog(tmp_path / "a.tif", height=1400, width=1100)
    other = make_cog(tmp_path / "b.tif", height=300, width=400)
    with open_with(host, path) as first, open_with(host, other) as second:
        with first._decoder.dataset(0) as a, second._decoder.dataset(0) as b, first._decoder.dataset(1) as c:
            places = [dataset.name.rsplit("/", 2) for dataset in (a, b, c)]
            assert len({root for root, _, _ in places}) == 1
            assert len({folder for _, folder, _ in places}) == 3
            assert (a.width, b.width) == (1100, 400)
        first.close()
        read = second.read(second.window).array
        np.testing.assert_array_equal(read.filled(0), local(other, second.window).filled(0))
    with open_with(host, other) as again, again._decoder.dataset(0) as dataset:
        assert dataset.name.rsplit("/", 2)[0] == places[0][0]


class _Failing(LocalReader):
    """A file of which nothing can be read any more from some moment on."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.fault: BaseException | None = None

    def read(self, start: int, n: int) -> bytes:
        if self.fault is not None:
            raise self.fault
        return super().read(start, n)


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), ValueError("seek of closed file")], ids=repr)
@pytest.mark.parametrize("opened", [False, True])
def test_what_a_read_raises_goes_round_gdal_and_comes_out_as_it_is(
    tmp_path: Path, fault: BaseException, opened: bool
) -> None:
    # Raised through GDAL it would leave Python between two errors: "returned a result with an exception set".
    reader = _Failing(make_cog(tmp_path / "a.tif", height=600, width=600))
    decoder = Decoder(reader)
    if opened:
        with decoder.dataset(0):
            pass
    reader.fault = fault
    with pytest.raises(type(fault)) as raised, decoder.dataset(0) as dataset:
        dataset.read(1)
    assert raised.value is fault
    reader.fault = None
    with decoder.dataset(0) as dataset:
        assert dataset.read(1).any()
    decoder.close()
    reader.close()


def test_the_interpreter_waits_for_datasets_in_use(tmp_path: Path) -> None:
    told, path = tmp_path / "told", make_cog(tmp_path / "a.tif", height=300, width=300)
    subprocess.run([sys.executable, "-c", _PROGRAM, str(path), str(told)], check=True, timeout=60)
    assert told.read_text() == "read (300, 300)"


def test_a_dataset_taken_while_all_are_closed_is_not_closed(tmp_path: Path) -> None:
    reader = LocalReader(make_cog(tmp_path / "a.tif", height=300, width=300))
    decoder = Decoder(reader)
    with decoder.dataset(0) as first, decoder.dataset(0) as second:
        pass
    taken = []

    class _Closing:
        """The first that is closed: meanwhile another thread takes one."""

        def close(self) -> None:
            taken.append(decoder._idle[0].pop()[0])

    decoder._idle[0].append((_Closing(), None))  # type: ignore[arg-type]
    _close_all(decoder._idle)
    assert {first.closed, second.closed} == {True, False}
    assert taken[0].read(1).shape == (300, 300)
    taken[0].close()
    reader.close()


# A daemon thread holds a dataset when the program ends, and reads from it a little later.
_PROGRAM = """
import sys, threading, time
from pathlib import Path
from iceye_geo.cog import decode
from iceye_geo.cog.reader import LocalReader

def read():
    decoder = decode.Decoder(LocalReader(Path(sys.argv[1])))
    with decoder.dataset(0) as dataset:
        begun.set()
        while not decode._lending._ending:
            time.sleep(0.01)
        time.sleep(0.2)
        Path(sys.argv[2]).write_text(f"read {dataset.read(1).shape}")

begun = threading.Event()
threading.Thread(target=read, daemon=True).start()
begun.wait()
"""
