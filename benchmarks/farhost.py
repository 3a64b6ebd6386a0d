"""A content host that speaks HTTP/1.1 and HTTP/2 over TLS, behind a relay that puts it far away.

Run as ``python benchmarks/farhost.py FILE FOLDER`` (``pip install hypercorn``, and the program ``openssl``); writes its
certificate to ``FOLDER/cert.pem``, prints its port, then answers until killed. The relay knows nothing of HTTP: it
holds back all bytes by half a round trip each way and all connections share one bandwidth, so that handshakes, windows
and queues take the time that they take on a real line. TCP's own handshake is a round trip before the first byte;
with TLS's that makes two for a new connection. Loss and TCP's slow start are left out.
"""

from __future__ import annotations

import asyncio
import mmap
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

ROUND_TRIP_S, BYTES_PER_S = 0.050, 100e6 / 8
CHUNK = 16 * 1024
# A sleep that overshoots is made up for, as the buffers of a real line do; a pause is not.
SLACK_S = 0.010


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 that lives two days; returns it and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    names = ["-days", "2", "-subj", "/CN=far", "-addext", "subjectAltName=IP:127.0.0.1"]
    names += ["-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    return cert, key


class Content:
    """Answers signed GETs of a range, and nothing else."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                kind = (await receive())["type"]
                await send({"type": f"{kind}.complete"})
        asked = re.fullmatch(rb"bytes=(\d+)-(\d+)", dict(scope["headers"]).get(b"range", b""))
        if scope["method"] != "GET" or asked is None or b"Signature=good" not in scope["query_string"]:
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})
            return
        start, stop = int(asked[1]), min(int(asked[2]) + 1, len(self.data))
        told = {
            "content-range": f"bytes {start}-{stop - 1}/{len(self.data)}",
            "content-length": f"{stop - start}",
        }
        headers = [
            (k.encode(), v.encode()) for k, v in {**told, "etag": '"v1"', "accept-ranges": "bytes"}.items()
        ]
        await send({"type": "http.response.start", "status": 206, "headers": headers})
        for at in range(start, stop, CHUNK):
            body = self.data[at : min(at + CHUNK, stop)]
            await send({"type": "http.response.body", "body": body, "more_body": at + CHUNK < stop})


def serve(path: Path, listener: socket.socket, cert: Path, key: Path) -> None:
    """Answer on a socket until killed."""
    from hypercorn.asyncio import serve as run
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.certfile, config.keyfile, config.alpn_protocols = str(cert), str(key), ["h2", "http/1.1"]
    asyncio.run(run(Content(path), config))


class Line:
    """One bandwidth for all connections: each part takes its turn."""

    def __init__(self) -> None:
        self.free_at = 0.0

    async def wait(self, size: int) -> None:
        """Wait until the line has carried that many bytes more."""
        now = asyncio.get_running_loop().time()
        self.free_at = (self.free_at if now - self.free_at < SLACK_S else now) + size / BYTES_PER_S
        await asyncio.sleep(max(0.0, self.free_at - now))


async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, line: Line | None) -> None:
    """Pass bytes on, half a round trip later."""
    clock = asyncio.get_running_loop().time
    underway: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while True:
            due, part = await underway.get()
            await asyncio.sleep(max(0.0, due - clock()))
            if not part:
                sink.close()
                return
            sink.write(part)
            await sink.drain()

    arriving = asyncio.create_task(arrive())
    try:
        while part := await source.read(CHUNK):
            if line is not None:
                await line.wait(len(part))
            underway.put_nowait((clock() + ROUND_TRIP_S / 2, part))
    except OSError:
        pass
    underway.put_nowait((clock() + ROUND_TRIP_S / 2, b""))
    await asyncio.gather(arriving, return_exceptions=True)


async def relay(port: int) -> None:
    """Take connections and carry them to a port of this machine."""
    line = Line()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(ROUND_TRIP_S)  # TCP's handshake, which loopback does at once
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, far_writer, None), carry(far_reader, writer, line))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Start the host, then the relay before it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    if os.environ.get("BENCH_REALTIME"):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(5))
    cert, key = make_certificate(Path(sys.argv[2]))
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        args = (Path(sys.argv[1]), listener, cert, key)
        host = multiprocessing.get_context("fork").Process(target=serve, args=args, daemon=True)
        host.start()
        try:
            asyncio.run(relay(listener.getsockname()[1]))
        finally:
            host.kill()


if __name__ == "__main__":
    main()
