import os
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from iceye_geo.sandbox.imagery.store import FileStore


def test_file_is_made_once_for_many_threads(tmp_path):
    store, made = FileStore(tmp_path / "cache"), []

    def make(path):
        made.append(path)
        time.sleep(0.2)
        path.write_text("done")

    threads = [threading.Thread(target=store.get, args=("a.txt", make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == 1
    assert (tmp_path / "cache" / "a.txt").read_text() == "done"


def test_file_is_made_once_for_two_processes(tmp_path):
    program = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from iceye_geo.sandbox.imagery.store import FileStore

        def make(path):
            with open({str(tmp_path / "log")!r}, "a") as log:
                log.write("made\\n")
            time.sleep(0.5)
            path.write_text("done")

        assert FileStore(Path({str(tmp_path / "cache")!r})).get("a.txt", make).read_text() == "done"
    """)
    running = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert (tmp_path / "log").read_text() == "made\n"


def test_failure_leaves_nothing_behind_and_the_next_try_makes_it(tmp_path):
    store = FileStore(tmp_path)

    def fail(path):
        path.write_text("half")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        store.get("a.txt", fail)
    assert list(tmp_path.iterdir()) == []
    assert store.get("a.txt", lambda path: path.write_text("whole")).read_text() == "whole"


def test_lock_of_a_dead_process_is_taken_over(tmp_path):
    lock = tmp_path / ".a.txt.lock"
    lock.touch()
    old = time.time() - 3600
    os.utime(lock, (old, old))
    assert FileStore(tmp_path).get("a.txt", lambda path: path.write_text("x")).exists()
    assert not lock.exists()


def test_unfinished_files_never_have_the_final_name(tmp_path):
    seen = []

    def make(path):
        path.write_text("part")
        seen.append((tmp_path / "a.txt").exists())

    FileStore(tmp_path).get("a.txt", make)
    assert seen == [False]
