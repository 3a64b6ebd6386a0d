"""`iceye-geo` as a shell calls it, without the second that a new process takes to load its libraries."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

from iceye_geo.cli import main

#: The same as a process of its own.
COMMAND = [sys.executable, "-c", "from iceye_geo.cli import main; main()"]


def run(
    *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None, said: str = "",
    columns: int = 160,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run the entry point in this process, as a shell would: arguments, environment, folder and input are its own."""
    plain = _outside(env, columns)
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, plain, clear=True),
        mock.patch.object(sys, "argv", ["iceye-geo", *arguments]),
        mock.patch.object(sys, "stdin", io.StringIO(said)),
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = _exit_code()
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def run_process(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run it as a process of its own."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=_outside(env, 160),
        check=False,
    )


def _outside(env: dict[str, str] | None, columns: int) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ICEYE_")}
    return plain | {"COLUMNS": str(columns)} | (env or {})


def _exit_code() -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
