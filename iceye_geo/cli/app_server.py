"""`iceye-geo app`: the Workbench in a browser, served by Voilà from a notebook made for the occasion."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Literal

from iceye_geo.errors import ConfigurationError, InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    from rich.console import Console

Theme = Literal["light", "dark"]

INSTALL = "The app needs an extra that is not installed: pip install 'iceye-geo[app]'"
NOTEBOOK = "workbench.ipynb"
# Voilà needs about two seconds to listen, on a slow disk ten.
_START_S = 60.0
_END_S = 10.0


def serve_app(
    *, console: Console, port: int, sandbox: bool, profile: str | None, theme: Theme, browser: bool
) -> None:
    """Serve the Workbench on 127.0.0.1 until Ctrl-C.

    Args:
        console: where to print the address.
        port: port; 0 takes a free one.
        sandbox: start a local sandbox and work on that.
        profile: profile of the config file; default the environment.
        theme: "light" or "dark".
        browser: open the address in the default browser.

    Raises:
        MissingExtraError: Voilà, the widgets or the kernel are not installed.
        ConfigurationError: there are no credentials, or the server did not start.
    """
    check_installed()
    if sandbox and profile:
        raise InvalidInputError("profile", "cannot be combined with --sandbox")
    if not sandbox:
        _check_credentials(profile)
    with running_app(port=port, sandbox=sandbox, profile=profile, theme=theme) as (url, process):
        console.print(f"The workbench is at [bold]{url}[/]. Stop it with Ctrl-C.")
        if browser:
            webbrowser.open(url)
        with contextlib.suppress(KeyboardInterrupt):
            process.wait()
    console.print("\nThe app has stopped.")


def check_installed() -> None:
    """Raise when something that the app needs is missing.

    Raises:
        MissingExtraError: with the one line that installs it.
    """
    for module in ("voila", "ipykernel", "ipywidgets", "ipyleaflet"):
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(INSTALL)


@contextlib.contextmanager
def running_app(
    *, port: int = 0, sandbox: bool = False, profile: str | None = None, theme: Theme = "light"
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the app as long as the context lasts; gives its address and its process.

    Raises:
        ConfigurationError: the server did not start.
    """
    with contextlib.ExitStack() as stack:
        environment = dict(os.environ)
        if sandbox:
            environment |= stack.enter_context(_local_platform())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iceye-geo-app-")))
        write_notebook(folder / NOTEBOOK, profile=profile)
        port = port or _free_port()
        log = stack.enter_context((folder / "voila.log").open("wb"))
        command = voila_command(folder / NOTEBOOK, port=port, theme=theme)
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        stack.callback(_end, process)
        _await_start(process, port, folder / "voila.log")
        yield f"http://127.0.0.1:{port}/", process


def voila_command(notebook: Path, *, port: int, theme: Theme) -> list[str]:
    """Return the command that serves a notebook on loopback, its source hidden.

    Example:
        >>> voila_command(Path("a.ipynb"), port=1, theme="dark")[1:4]
        ['-m', 'voila', 'a.ipynb']
    """
    options = [
        "--no-browser",
        "--Voila.ip=127.0.0.1",
        f"--port={port}",
        f"--theme={theme}",
        "--strip_sources=True",
        # Voilà loads every front-end extension it finds, and Notebook's asks for parts that Voilà does not have.
        '--VoilaConfiguration.extension_denylist=["@jupyter-notebook/lab-extension"]',
    ]
    return [sys.executable, "-m", "voila", str(notebook), *options]


def write_notebook(path: Path, *, profile: str | None) -> None:
    """Write the notebook that shows the Workbench. It names a profile at most, never a credential."""
    client = f"Client.from_profile({profile!r})" if profile else "Client.from_env()"
    code = f"from iceye_geo import Client\nfrom iceye_geo.panels import Workbench\n\nWorkbench({client})"
    cell: dict[str, object] = {
        "cell_type": "code", "id": "workbench", "metadata": {}, "execution_count": None, "outputs": [], "source": code,
    }  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = {
        "cells": [cell], "metadata": {"kernelspec": kernel, "title": "ICEYE workbench"}, "nbformat": 4,
        "nbformat_minor": 5,
    }  # fmt: skip
    path.write_text(json.dumps(book), encoding="utf-8")


@contextlib.contextmanager
def _local_platform() -> Iterator[dict[str, str]]:
    from iceye_geo.client import Client

    with Client.sandbox() as client:
        server = client.sandbox_server
        yield server.environment() if server is not None else {}


def _check_credentials(profile: str | None) -> None:
    from iceye_geo.settings import Settings

    try:
        Settings.load(profile=profile).check_credentials()
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{error} To try the app without an account: iceye-geo app --sandbox"
        ) from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_start(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = monotonic() + _START_S
    while monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1.0)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.1)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
    raise ConfigurationError(
        f"The app did not start on port {port}. Voilà said: {' | '.join(last) or 'nothing'}"
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_END_S)
