"""JupyterLab and Voilà for browser tests: started once, each in a home folder of its own, on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ROOT = Path(__file__).resolve().parents[2]
_START_S = 90.0
_LAB = (
    "--no-browser", "--allow-root", "--ip=127.0.0.1", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
    "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True", "--LabApp.expose_app_in_browser=True",
    "--LabApp.extension_manager=readonly", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--JupyterNotebookApp.expose_app_in_browser=True",
)  # fmt: skip
# Voilà loads every front-end extension it finds, and Notebook's asks for parts that Voilà does not have.
_VOILA = (
    "--no-browser", "--Voila.ip=127.0.0.1",
    '--VoilaConfiguration.extension_denylist=["@jupyter-notebook/lab-extension"]',
)  # fmt: skip
# The kernel tells of an error that a callback raised only by a message of this type.
_ERROR_FRAME = re.compile(r'"msg_type": ?"error"')
# Not ours: tiles, news, the leaflet version note, and what Notebook 7 throws on every page, also on an empty one;
# whatever else the console says as an error is a failure.
_HARMLESS = re.compile(
    r"net::ERR_|Failed to load resource|favicon|news|Unsatisfied version|leaflet"
    r"|reading 'schema'|filebrowser:open-path",
    re.I,
)

_KERNEL_IDLE = (
    "() => window.jupyterapp.shell.currentWidget?.context?.sessionContext?.session?.kernel?.status === 'idle'"
)
_END_KERNELS = """async () => {
    for (const kernel of await (await fetch('/api/kernels')).json())
        await fetch('/api/kernels/' + kernel.id, { method: 'DELETE' });
}"""
# Voilà gives no way to run code, so its notebooks get a box that nobody sees: what is put there runs and is answered.
_PROBE = """
import contextlib, html, io, traceback
import ipywidgets
probe, said = (kind(layout=dict(display="none")) for kind in (ipywidgets.Textarea, ipywidgets.HTML))
probe.continuous_update = False
def run(change):
    number, code = change["new"].split("\\n", 1)
    out, failed = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(out):
            exec(code, globals())
    except Exception:
        failed = traceback.format_exc()
    text = html.escape(out.getvalue() or " ")
    said.value = f"<pre data-number='{number}' data-failed='{html.escape(failed)}'>{text}</pre>"
probe.observe(run, "value")
ipywidgets.VBox([probe.add_class("t-probe"), said.add_class("t-said")])
"""


@dataclass
class Server:
    """A running server.

    Attributes:
        url: without a slash at the end.
        folder: what it serves notebooks from.
    """

    url: str
    folder: Path


def environment(home: Path) -> dict[str, str]:
    """Return an environment whose Jupyter, IPython and browser files all go below ``home``."""
    made = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ICEYE_", "JUPYTER", "IPYTHON"))
    }
    folders = {name: home / name.lower() for name in (
        "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR",
        "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
    )}  # fmt: skip
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    # Without an answer to its question about news, JupyterLab lays that over the lower right corner.
    news = folders["JUPYTER_CONFIG_DIR"] / "lab/user-settings/@jupyterlab/apputils-extension"
    news.mkdir(parents=True, exist_ok=True)
    (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    own = {"HOME": home, **folders, "PYTHONPATH": ROOT, "PYTHONWARNINGS": "default"}
    return made | {name: str(value) for name, value in own.items()}


def free_port() -> int:
    """Return a port on loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running JupyterLab; the same server has Notebook 7 at /notebooks."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", *_LAB, f"--port={port}", f"--ServerApp.root_dir={folder}"]
    yield from _served(command, port, home, Server(f"http://127.0.0.1:{port}", folder))


@pytest.fixture(scope="session")
def voila(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running Voilà that serves every notebook of its folder, at /voila/render/NAME.ipynb."""
    home = tmp_path_factory.mktemp("voila")
    folder = home / "notebooks"
    folder.mkdir()
    port = free_port()
    command = [sys.executable, "-m", "voila", str(folder), *_VOILA, f"--port={port}"]
    yield from _served(command, port, home, Server(f"http://127.0.0.1:{port}", folder))


def _served(command: Sequence[str], port: int, home: Path, server: Server) -> Iterator[Server]:
    log = home / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=home,
            env=environment(home),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _await_port(port, process, log)
            yield server
        finally:
            _end(process)


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and its kernels, which are its process group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(10)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait(10)


def end_kernels(page: Page) -> None:
    """End the kernels behind a page, so that what one test started does not slow down the next."""
    if "/voila/" in page.url:
        page.goto("about:blank")  # Voilà ends the kernel of a page that is left
    elif page.url.startswith("http"):
        page.evaluate(_END_KERNELS)


def _timeout_error() -> type[Exception]:
    from playwright.sync_api import TimeoutError as PlaywrightTimeout

    return PlaywrightTimeout


def write_notebook(folder: Path, name: str, cells: Sequence[str]) -> Path:
    """Write a notebook of code cells; returns its path."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / name
    nbformat.write(book, path)
    return path


@dataclass
class Session:
    """A notebook open in a page.

    Attributes:
        page: the page.
        in_voila: whether Voilà shows it; it then has a hidden box for code.
        errors: error messages of the kernel, of the page and of its console that are ours.
    """

    page: Page
    in_voila: bool = False
    errors: list[str] = field(default_factory=list)
    _asked: int = 0

    def listen(self) -> None:
        """Record what goes wrong from now on."""
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._frame))
        self.page.on("console", self._console)
        self.page.on("pageerror", self._page_error)

    def _frame(self, payload: bytes | str) -> None:
        head = payload[:4000].decode("utf-8", "replace") if isinstance(payload, bytes) else payload[:4000]
        if _ERROR_FRAME.search(head):
            self.errors.append(head)

    def _page_error(self, error: object) -> None:
        if not _HARMLESS.search(str(error)):
            self.errors.append(str(error))

    def _console(self, message: object) -> None:
        text = str(getattr(message, "text", ""))
        if getattr(message, "type", "") == "error" and not _HARMLESS.search(text):
            self.errors.append(text)

    def run(self, code: str, *, timeout_s: float = 60) -> str:
        """Run code in the kernel, and return what it printed.

        Raises:
            RuntimeError: it raised an error; the message holds it.
        """
        if not self.in_voila:
            return run_in_kernel(self.page, code, timeout_s=timeout_s)
        self._asked += 1
        self.page.locator(".t-probe textarea").evaluate(
            """(box, text) => { box.value = text;
                for (const kind of ['input', 'change']) box.dispatchEvent(new Event(kind, { bubbles: true })); }""",
            f"{self._asked}\n{code}",
        )
        answer = self.page.locator(f".t-said pre[data-number='{self._asked}']")
        answer.wait_for(state="attached", timeout=timeout_s * 1000)
        if failed := answer.get_attribute("data-failed"):
            raise RuntimeError(failed)
        return str(answer.text_content() or "").strip()

    def value(self, expression: str) -> Any:
        """Return the value of an expression in the kernel."""
        return json.loads(self.run(f"import json; print(json.dumps({expression}))"))

    def until(self, condition: str, *, timeout_s: float = 60) -> None:
        """Wait until an expression is true in the kernel; a busy machine takes its time."""
        deadline = time.monotonic() + timeout_s
        while not self.value(f"bool({condition})"):
            assert time.monotonic() < deadline, f"never became true: {condition}"
            self.page.wait_for_timeout(100)

    def set_theme(self, theme: str) -> None:
        """Make JupyterLab "light" or "dark"."""
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
            f"JupyterLab {theme.capitalize()}",
        )
        self.page.wait_for_selector(
            f"body[data-jp-theme-light='{'false' if theme == 'dark' else 'true'}']", state="attached"
        )

    def check(self) -> None:
        """Fail if anything of ours went wrong so far, in the kernel, the page or a panel."""
        assert self.errors == []
        assert self.page.locator(".t-error:visible").count() == 0, self.page.locator(
            ".t-error"
        ).all_inner_texts()


def open_in_lab(
    page: Page, server: Server, name: str, cells: Sequence[str], *, theme: str = "light"
) -> Session:
    """Write a notebook, open it in JupyterLab and run all its cells.

    Args:
        page: an empty page.
        server: the running JupyterLab.
        name: file name of the notebook.
        cells: code of its cells.
        theme: "light" or "dark".
    """
    write_notebook(server.folder, name, cells)
    session = Session(page)
    session.listen()
    page.goto(f"{server.url}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_selector("#jupyterlab-splash", state="detached")
    session.set_theme(theme)
    if page.locator(".jp-SideBar.jp-mod-left .lm-mod-current").count():
        page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    idle = ".jp-NotebookPanel-toolbar .jp-Notebook-ExecutionIndicator[data-status='idle']"
    page.wait_for_selector(idle)
    # The indicator is idle before there is a kernel, and running then asks a person to select one.
    _run_all(page)
    return session


def _run_all(page: Page) -> None:
    """Run all cells; asked once more where the page was not ready to hear it."""
    page.wait_for_function(_KERNEL_IDLE)
    begun = "document.querySelector('.jp-CodeCell .jp-InputPrompt')?.innerText.match(/[*0-9]/)"
    for _ in range(6):
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        with contextlib.suppress(_timeout_error()):
            page.wait_for_function(begun, timeout=10_000)
            return
    raise AssertionError("the notebook does not run")


def open_in_notebook(page: Page, server: Server, name: str, cells: Sequence[str]) -> Session:
    """Write a notebook, open it in Notebook 7 and run all its cells."""
    write_notebook(server.folder, name, cells)
    session = Session(page)
    session.listen()
    page.goto(f"{server.url}/notebooks/{name}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    _run_all(page)
    return session


def open_in_voila(
    page: Page, server: Server, name: str, cells: Sequence[str], *, theme: str = "light"
) -> Session:
    """Write a notebook and open it in Voilà, which runs it."""
    write_notebook(server.folder, name, [*cells, _PROBE])
    session = Session(page, in_voila=True)
    session.listen()
    page.goto(f"{server.url}/voila/render/{name}?theme={theme}", timeout=60_000)
    return session


def run_in_kernel(page: Page, code: str, *, timeout_s: float = 60) -> str:
    """Run code in the kernel of the notebook that JupyterLab shows, and return what it printed.

    Raises:
        RuntimeError: it raised an error; the message holds it.
    """
    answer = page.evaluate(
        """async ([code, ms]) => {
            const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
            const future = kernel.requestExecute({ code, store_history: false, silent: false });
            let text = '', error = '';
            future.onIOPub = m => {
                if (m.header.msg_type === 'stream') text += m.content.text;
                if (m.header.msg_type === 'error') error = m.content.ename + ': ' + m.content.evalue;
            };
            await Promise.race([future.done, new Promise((_, no) => setTimeout(() => no(new Error('no answer')), ms))]);
            return [text, error];
        }""",
        [code, timeout_s * 1000],
    )
    text, error = answer
    if error:
        raise RuntimeError(error)
    return str(text).strip()


def drag(page: Page, target: Locator, *, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag the mouse over an element, from one place to another, both as shares of its size."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    places = [(box["x"] + fx * box["width"], box["y"] + fy * box["height"]) for fx, fy in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    middle = tuple((a + b) / 2 for a, b in zip(*places, strict=True))
    page.mouse.move(*middle, steps=6)
    page.mouse.move(*places[1], steps=6)
    page.mouse.up()
