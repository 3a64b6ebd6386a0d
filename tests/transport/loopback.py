"""A real HTTP server on a loopback port that answers by script and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from iceye_geo.settings import Settings

SECRET = "planted-s3cr3t"


@dataclass(frozen=True)
class Answer:
    """What to send: a status with JSON or bytes, or a connection cut before or within the body."""

    status: int = 200
    json: Any = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: str = ""  # "", "before" or "within"

    def payload(self) -> bytes:
        if self.body is not None:
            return self.body
        return b"" if self.json is None else json.dumps(self.json).encode()


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


Script = Answer | Callable[[Seen], Answer]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of many tests."""


class Loopback:
    """The server: ``on(path, *answers)`` queues answers, the last of which repeats."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._scripts: dict[str, list[Script]] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.scheme = "http"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def on(self, path: str, *answers: Script) -> None:
        self._scripts[path] = list(answers)

    def asked(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    def use_tls(self, context: Any) -> None:
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.scheme = "https"

    def start(self) -> Loopback:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(60)

    def __enter__(self) -> Loopback:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(self, seen: Seen) -> Answer:
        with self._lock:
            self.seen.append(seen)
            script = self._scripts.get(seen.path) or [
                Answer(404, {"code": "not_found", "message": seen.path})
            ]
            chosen = script.pop(0) if len(script) > 1 else script[0]
        return chosen if isinstance(chosen, Answer) else chosen(seen)


def _handler(loopback: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            seen = Seen(
                self.command, parts.path or self.path, parse_qs(parts.query), dict(self.headers.items()),
                self.rfile.read(length),
            )  # fmt: skip
            self._send(loopback.answer(seen))

        def _send(self, answer: Answer) -> None:
            payload = answer.payload()
            if answer.cut == "before":
                self._hang_up()
                return
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload) + (100 if answer.cut else 0)))
            self.end_headers()
            self.wfile.write(payload)
            if answer.cut:
                self._hang_up()

        def _hang_up(self) -> None:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

        do_GET = do_POST = do_PATCH = do_DELETE = do_CONNECT = _serve

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def token_answers(life_s: float = 3600) -> Callable[[Seen], Answer]:
    """Issue token-1, token-2, ... to whoever asks."""
    count = iter(range(1, 10_000))

    def issue(seen: Seen) -> Answer:
        return Answer(
            json={"access_token": f"token-{next(count)}", "token_type": "Bearer", "expires_in": life_s}
        )

    return issue


def platform() -> Loopback:
    """A server that gives out tokens where ICEYE's does."""
    made = Loopback()
    made.on("/oauth/v1/token", token_answers())
    return made


def account(server: Loopback, **options: Any) -> Settings:
    """The settings of an account on that server."""
    base: dict[str, Any] = {"api_url": server.url, "auth_url": f"{server.url}/oauth", "timeout_s": 30}
    return Settings(**({"client_id": "me", "client_secret": SECRET} | base | options))


class Clock:
    """Seconds that pass only when somebody sleeps or the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
