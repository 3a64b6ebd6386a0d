"""A strict content host: one ranged GET with a valid signature, or a refusal. Logs, misbehaves."""

from __future__ import annotations

import contextlib
import hashlib
import re
import ssl
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Logged:
    method: str
    path: str
    status: int
    range: str
    sent: int


@dataclass
class Faults:
    """Each queue is used up one request at a time, from the front."""

    script: list[str] = field(default_factory=list)
    skip: int = 0

    def next(self) -> str:
        if self.skip:
            self.skip -= 1
            return ""
        return self.script.pop(0) if self.script else ""


class StrictHost:
    """Serves files under opaque signed paths."""

    def __init__(
        self,
        *,
        delay_s: float = 0.0,
        connect_s: float = 0.0,
        bytes_per_s: float = 0.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.files: dict[str, Path] = {}
        self.etags: dict[str, str] = {}
        self.log: list[Logged] = []
        self.faults = Faults()
        self.generation = 0
        self.delay_s, self.connect_s = delay_s, connect_s
        # Whether a GET without a range is answered, as a host may that only signs.
        self.sends_all = False
        self.lock = threading.Lock()
        host = self

        class Handler(_Handler):
            owner = host

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.scheme = "https" if tls else "http"
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def add(self, path: Path) -> str:
        name = hashlib.sha256(str(path).encode()).hexdigest()[:32]
        self.files[name] = path
        self.etags[name] = '"' + hashlib.sha256(path.read_bytes()).hexdigest()[:16] + '"'
        return name

    def url(self, path: Path, *, ttl_s: float = 3600) -> str:
        """Sign a link. It stops working when it expires or when ``expire_links`` is called."""
        name = self.add(path)
        expires = int(time.time() + ttl_s)
        return (
            f"{self.scheme}://127.0.0.1:{self.server.server_port}/content/{name}"
            f"?Expires={expires}&Signature={self.sign(name, expires)}&Key-Pair-Id=TEST"
        )

    def sign(self, name: str, expires: int) -> str:
        return hashlib.sha256(f"{name}|{expires}|{self.generation}|secret".encode()).hexdigest()[:40]

    def expire_links(self) -> None:
        self.generation += 1

    @property
    def connections(self) -> int:
        """Connections taken so far, over TLS once their handshake was over."""
        return self.server.accepted

    def count(self, method: str = "GET", status: int | None = None) -> int:
        return sum(r.method == method and status in (None, r.status) for r in self.log)

    def assert_polite(self) -> None:
        """Nothing but ranged GETs."""
        assert all(r.method == "GET" and r.range for r in self.log), self.log

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(60)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    accepted = 0

    def get_request(self) -> tuple[Any, Any]:
        found = super().get_request()
        self.accepted += 1
        return found

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of callers who hang up: readers do, when they have what they need."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    owner: StrictHost
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._note("HEAD", 403, 0)
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        host = self.owner
        if host.delay_s:
            time.sleep(host.delay_s)
        parts = urlsplit(self.path)
        name = parts.path.rpartition("/")[2]
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        if name not in host.files:
            return self._refuse(404, "NoSuchKey")
        expires = int(query.get("Expires", "0"))
        if query.get("Signature") != host.sign(name, expires) or expires < time.time():
            return self._refuse(403, "AccessDenied")
        return self._serve(name)

    def _serve(self, name: str) -> None:
        host = self.owner
        with host.lock:
            fault = host.faults.next()
        action: Callable[[], None] | None = (
            getattr(self, f"_fault_{fault.partition(':')[0]}", None) if fault else None
        )
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if match is None:
            return self._send_all(name) if host.sends_all else self._refuse(403, "RangeRequired")
        if action is not None:
            self.fault = fault
            return action()
        data = host.files[name].read_bytes()
        start, stop = int(match[1]), min(int(match[2]) + 1, len(data))
        if start >= len(data):
            return self._refuse(416, "InvalidRange")
        if fault == "short":
            stop = start + -(-(stop - start) // 2)
        body = data[start:stop]
        announced = f"bytes {start}-{stop - 1}/{len(data)}"
        if fault == "shifted":
            announced = f"bytes {start + 1}-{stop}/{len(data)}"
        if fault == "noheader":
            announced = ""
        self._note("GET", 206, len(body))
        self.send_response(206)
        if announced:
            self.send_header("Content-Range", announced)
        self.send_header("ETag", host.etags[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault in ("drop", "stall"):
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            if fault == "stall":
                time.sleep(1.5)
            self.close_connection = True
            return None
        self.wfile.write(body)
        return None

    def _send_all(self, name: str) -> None:
        body = self.owner.files[name].read_bytes()
        self._note("GET", 200, len(body))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        self.close_connection = True
        with contextlib.suppress(OSError):  # the client hangs up when it knows the size
            self.wfile.write(body)

    def _fault_status(self) -> None:
        _, status, *rest = self.fault.split(":")
        self._refuse(int(status), "Trouble", retry_after=rest[0] if rest else "")

    def _fault_whole(self) -> None:
        size = 50_000_000
        self._note("GET", 200, 0)
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(200):
                self.wfile.write(bytes(250_000))
                self.owner.log[-1].sent += 250_000
        except OSError:
            pass

    def _fault_hangup(self) -> None:
        self._note("GET", 0, 0)
        self.close_connection = True
        self.connection.close()

    def _refuse(self, status: int, code: str, *, retry_after: str = "") -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Signature>leak</Signature></Error>".encode()
        self._note("GET", status, 0)
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _note(self, method: str, status: int, sent: int) -> None:
        self.owner.log.append(
            Logged(method, self.path.partition("?")[0], status, self.headers.get("Range", ""), sent)
        )
