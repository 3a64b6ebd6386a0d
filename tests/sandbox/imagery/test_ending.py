import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from iceye_geo.sandbox.imagery import Imagery, ending, products
from iceye_geo.sandbox.imagery.ending import Drawings

# A daemon thread, as the sandbox's are, draws until the process ends, and then a little more.
PROGRAM = """
import sys, threading, time
from pathlib import Path
from iceye_geo.sandbox.imagery.ending import DRAWINGS

def draw():
    with DRAWINGS.one():
        begun.set()
        while True:
            try:
                DRAWINGS.check()
            except RuntimeError:
                time.sleep(0.2)
                Path(sys.argv[1]).write_text("ended by itself")
                raise SystemExit from None
            time.sleep(0.01)

begun = threading.Event()
threading.Thread(target=draw, daemon=True).start()
begun.wait()
"""


def test_the_interpreter_waits_for_drawings(tmp_path: Path) -> None:
    told = tmp_path / "told"
    subprocess.run([sys.executable, "-c", PROGRAM, str(told)], check=True, timeout=60)
    assert told.read_text() == "ended by itself"


def test_the_end_waits_for_what_is_under_way_and_begins_nothing_new() -> None:
    drawings, begun, go = Drawings(), threading.Event(), threading.Event()

    def draw() -> None:
        with drawings.one():
            begun.set()
            go.wait()

    drawer, ender = threading.Thread(target=draw), threading.Thread(target=drawings.end)
    drawer.start()
    begun.wait()
    ender.start()
    while not _is_ending(drawings):
        time.sleep(0.001)
    assert ender.is_alive()
    with pytest.raises(RuntimeError, match="process ends"), drawings.one():
        pass
    go.set()
    drawer.join()
    ender.join()


def _is_ending(drawings: Drawings) -> bool:
    try:
        drawings.check()
    except RuntimeError:
        return True
    return False


@pytest.mark.parametrize("kind", ["GRD-COG", "QLK", "thumbnail"])
def test_pictures_stop_at_the_end_and_leave_no_file(
    kind: str, make_spec: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = Drawings()
    monkeypatch.setattr(products, "DRAWINGS", over)
    imagery = Imagery(tmp_path)
    if kind == "thumbnail":
        monkeypatch.setattr("iceye_geo.sandbox.imagery.DRAWINGS", over)
    over.end()
    with pytest.raises(RuntimeError, match="process ends"):
        imagery.thumbnail(make_spec()) if kind == "thumbnail" else imagery.cog(
            make_spec(kind=kind, longer=200)
        )
    assert list(tmp_path.iterdir()) == []
    ending.DRAWINGS.check()
