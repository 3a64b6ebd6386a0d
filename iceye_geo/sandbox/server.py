"""Starting and stopping: uvicorn in a daemon thread on a loopback port, beside whatever else runs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from iceye_geo.sandbox.app import create_app, wrap
from iceye_geo.sandbox.faults import FaultSwitch
from iceye_geo.sandbox.log import RequestLog
from iceye_geo.sandbox.options import CLIENT_ID, CLIENT_SECRET, SandboxOptions
from iceye_geo.sandbox.pixxel import API_KEY
from iceye_geo.sandbox.pixxel.book import PixxelBook
from iceye_geo.sandbox.platform import Platform

HOST = "127.0.0.1"
#: Starting takes milliseconds; a loaded CI machine gets this long.
_START_TIMEOUT_S = 30.0
#: Requests under way get this long to end when the sandbox stops, whole seconds.
_GRACE_S = 1
#: Idle connections stay open this long, seconds: a person at a notebook thinks for longer than uvicorn's five.
_KEEP_ALIVE_S = 75


class _Server(uvicorn.Server):
    """Ends when it is told to: uvicorn looks for that ten times a second, and waits as long for idle connections."""

    _loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Tell the server, from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        """Run until told to end, or until uvicorn ends by itself."""
        self._told = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        both = [asyncio.ensure_future(one) for one in (super().main_loop(), self._told.wait())]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for one in both:
            one.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what listens and every connection, without waiting for what is under way."""
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for _ in range(2):  # an idle connection is gone after a turn of the loop
            await asyncio.sleep(0)
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)


class Sandbox:
    """A local ICEYE platform. Start it, point any ICEYE client at it, stop it; or use it in a ``with``.

    Attributes:
        platform: everything it holds in memory.
        requests: the request log, a sequence of LoggedRequest.
        faults: the fault switch.
        client_id: the OAuth client's public name.
        client_secret: its public password.

    Example:
        >>> with Sandbox(SandboxOptions(scenes=12)) as sandbox:
        ...     sandbox.api_url == f"{sandbox.url}/api"
        True
    """

    client_id = CLIENT_ID
    client_secret = CLIENT_SECRET

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self.options = options or SandboxOptions()
        self.platform = Platform(self.options)
        self.requests: RequestLog = self.platform.requests
        self.faults: FaultSwitch = self.platform.faults
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._port = 0

    def start(self) -> Self:
        """Start serving and return when the sandbox answers. A second call does nothing.

        Raises:
            OSError: if the port is taken.
            ValueError: if there is no S3 server at ``s3_endpoint``.
            RuntimeError: if the server does not come up, or the sandbox was stopped before.
        """
        if self._thread is not None:
            if not self._thread.is_alive():
                raise RuntimeError("this sandbox was stopped; make a new one")
            return self
        if self.platform.storage is not None:
            self.platform.storage.check()
        app = wrap(create_app(self.platform), self.platform)
        sock = socket.create_server((HOST, self.options.port), backlog=256)
        # asyncio does this only for sockets made with an explicit TCP protocol number. Without it each answer, which is
        # sent as head and body, waits 40 ms for the client's delayed acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._port = sock.getsockname()[1]
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            loop="asyncio",
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_GRACE_S,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([sock],), name="iceye-geo-sandbox", daemon=True
        )
        self._thread.start()
        self._await_start(sock)
        self.platform.lifecycle.start()
        return self

    def stop(self) -> None:
        """Stop serving and wait for the thread to end. A second call does nothing."""
        if self._server is None or self._thread is None:
            return
        self._server.end()
        self._thread.join(timeout=10)
        self._server = None
        self.platform.close()

    @property
    def url(self) -> str:
        """Scheme, host and port.

        Raises:
            RuntimeError: before the start.
        """
        if not self._port:
            raise RuntimeError("the sandbox has not been started")
        return f"http://{HOST}:{self._port}"

    @property
    def api_url(self) -> str:
        """Value for ``ICEYE_API_URL``."""
        return f"{self.url}/api"

    @property
    def auth_url(self) -> str:
        """Value for ``ICEYE_AUTH_URL``; the token endpoint is this plus ``/v1/token``."""
        return f"{self.url}/oauth"

    @property
    def pixxel_url(self) -> str:
        """Value for ``PIXXEL_API_URL``."""
        return f"{self.url}/pixxel"

    @property
    def pixxel(self) -> PixxelBook:
        """The Pixxel side: its catalogs, stores and resources, and failures on request."""
        return self.platform.pixxel

    @property
    def contract_id(self) -> str:
        """The contract with a pricing plan."""
        return self.platform.contracts.with_plan.id

    @property
    def bucket_dir(self) -> Path:
        """The folder that stands for the customer's S3: one folder per bucket, deliveries inside."""
        return self.platform.lifecycle.deliveries.folder

    def environment(self) -> dict[str, str]:
        """Return the environment variables that point a client at this sandbox, and at its S3 server if it has one."""
        storage = self.platform.storage
        return {
            "ICEYE_API_URL": self.api_url,
            "ICEYE_AUTH_URL": self.auth_url,
            "ICEYE_CLIENT_ID": self.client_id,
            "ICEYE_CLIENT_SECRET": self.client_secret,
            "ICEYE_CONTRACT_ID": self.contract_id,
            "PIXXEL_API_URL": self.pixxel_url,
            "PIXXEL_API_KEY": API_KEY,
        } | (storage.environment() if storage is not None else {})

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Let simulated time pass at once: tasks, purchases and deliveries live on by as much.

        Windows and contracts are judged by the wall clock, which this does not change.
        """
        self.platform.lifecycle.advance(timedelta(days=days, hours=hours, minutes=minutes))

    def force(self, resource_id: str, status: str) -> None:
        """Bring a task, purchase or delivery into a status now, through the statuses on the way.

        Raises:
            KeyError: if there is no such resource.
            ValueError: if its life has ended.
        """
        self.platform.lifecycle.force(resource_id, status)

    def expire_links(self) -> None:
        """Make every signed link issued so far expire now."""
        self.platform.content.expire_links()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        running = self._thread is not None and self._thread.is_alive()
        return f"<Sandbox {self.url if self._port else 'not started'}{'' if running else ', not running'}>"

    def _await_start(self, sock: socket.socket) -> None:
        assert self._server is not None
        assert self._thread is not None
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                sock.close()
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.005)
