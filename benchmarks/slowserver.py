"""A strict and slow content host: signed ranged GETs only, with latency, handshakes and one shared bandwidth.

Run as ``python benchmarks/slowserver.py FILE...``; prints its port, then answers until killed. ``GET /_log``
returns what was asked since the last ``GET /_reset``.
"""

from __future__ import annotations

import argparse
import json
import mmap
import re
import socket
import threading
import time
from pathlib import Path

CHUNK = 16 * 1024
SLACK_S = 0.010


class Pipe:
    """One bandwidth for all connections: each chunk takes its turn."""

    def __init__(self, bytes_per_s: float) -> None:
        self.rate, self.free_at, self.lock = bytes_per_s, 0.0, threading.Lock()

    def wait(self, n: int) -> None:
        if not self.rate:
            return
        with self.lock:
            # A sleep that overshoots is made up for, as the buffers of a real link do; a pause is not.
            now = time.perf_counter()
            self.free_at = (self.free_at if now - self.free_at < SLACK_S else now) + n / self.rate
            at = self.free_at
        delay = at - time.perf_counter()
        if delay > 0:
            time.sleep(delay)


class Host:
    def __init__(self, files: list[Path], *, request_s: float, connect_s: float, bytes_per_s: float) -> None:
        self.files = {f"/content/{i}": _map(f) for i, f in enumerate(files)}
        self.request_s, self.connect_s, self.pipe = request_s, connect_s, Pipe(bytes_per_s)
        self.log: list[dict[str, object]] = []
        self.connections = 0

    def serve(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        time.sleep(self.connect_s)
        pending = b""
        try:
            while True:
                while b"\r\n\r\n" not in pending:
                    part = connection.recv(65536)
                    if not part:
                        return
                    pending += part
                head, _, pending = pending.partition(b"\r\n\r\n")
                if not self.answer(connection, head.decode("latin-1")):
                    return
        except OSError:
            return
        finally:
            connection.close()

    def answer(self, connection: socket.socket, head: str) -> bool:
        method, target, _ = head.split("\r\n", 1)[0].split(" ", 2)
        path, _, query = target.partition("?")
        if path in ("/_log", "/_reset"):
            body = json.dumps({"log": self.log, "connections": self.connections}).encode()
            if path == "/_reset":
                self.log, self.connections = [], 0
            return _send(connection, "200 OK", body)
        time.sleep(self.request_s)
        data = self.files.get(path.partition("-")[0])  # /content/0-17 is another name of /content/0
        asked = re.search(r"(?im)^range: *bytes=(\d+)-(\d+)\s*$", head)
        entry: dict[str, object] = {
            "method": method,
            "range": asked[0] if asked else "",
            "sent": 0,
            "status": 403,
        }
        self.log.append(entry)
        if method != "GET" or data is None or "Signature=good" not in query:
            return _send(
                connection,
                "403 Forbidden",
                b"" if method == "HEAD" else b"<Error><Code>AccessDenied</Code></Error>",
            )
        start, stop = (int(asked[1]), min(int(asked[2]) + 1, len(data))) if asked else (0, len(data))
        status = "206 Partial Content" if asked else "200 OK"
        extra = f"Content-Range: bytes {start}-{stop - 1}/{len(data)}\r\n" if asked else ""
        header = (
            f'HTTP/1.1 {status}\r\nContent-Length: {stop - start}\r\nETag: "v1"\r\n'
            f"Accept-Ranges: bytes\r\n{extra}\r\n"
        )
        entry["status"] = 206 if asked else 200
        connection.sendall(header.encode())
        for at in range(start, stop, CHUNK):
            part = data[at : min(at + CHUNK, stop)]
            self.pipe.wait(len(part))
            connection.sendall(part)
            entry["sent"] = int(entry["sent"]) + len(part)  # type: ignore[call-overload]
        return True


def _map(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _send(connection: socket.socket, status: str, body: bytes) -> bool:
    connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--request-ms", type=float, default=50)
    parser.add_argument("--connect-ms", type=float, default=100)
    parser.add_argument("--mbit", type=float, default=100)
    args = parser.parse_args()
    host = Host(
        args.files,
        request_s=args.request_ms / 1e3,
        connect_s=args.connect_ms / 1e3,
        bytes_per_s=args.mbit * 1e6 / 8,
    )
    host.serve()


if __name__ == "__main__":
    main()
