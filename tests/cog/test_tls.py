"""Links over TLS: an own certificate authority is honoured, a host that cannot prove who it is gets nothing."""

from __future__ import annotations

import datetime as dt
import ipaddress
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from iceye_geo import Client, open_cog
from iceye_geo.cog import download
from iceye_geo.cog.opening import make_recipe
from iceye_geo.cog.plan import Window
from iceye_geo.cog.pool import PatientConnection, make_manager
from iceye_geo.cog.wire import PooledWire, shared_wire
from iceye_geo.errors import ReadFailedError
from iceye_geo.settings import Settings

from .helpers import local, open_with, until
from .server import StrictHost

WINDOW = Window(300, 600, 700, 900)


@dataclass
class Authority:
    """Issues certificates; ``pem`` is what those need who shall trust it."""

    folder: Path

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Authority")])
        self.pem = self.folder / "authority.pem"
        own = self._sign(self.name, self.key.public_key(), x509.BasicConstraints(ca=True, path_length=None))
        self.pem.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def context(self, address: str) -> ssl.SSLContext:
        """A server's side of TLS, with a certificate for an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        path = self.folder / f"{address}.pem"
        path.write_bytes(
            self._sign(name, key.public_key(), alternative).public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _sign(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key)
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(1))
        made = made.not_valid_after(now + dt.timedelta(1)).add_extension(extension, critical=False)
        return made.sign(self.key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def serve(authority: Authority) -> Iterator[Callable[[str], StrictHost]]:
    hosts: list[StrictHost] = []

    def start(address: str) -> StrictHost:
        hosts.append(StrictHost(tls=authority.context(address)))
        return hosts[-1]

    yield start
    for host in hosts:
        host.close()


def client_with(**rules: object) -> Client:
    where = {"client_id": "me", "client_secret": "not-used", "auth_url": "https://api.example.invalid"}
    return Client(Settings(**(where | rules)))


def test_a_client_with_an_own_authority_reads(
    serve: Callable[[str], StrictHost], authority: Authority, grd: Path
) -> None:
    host = serve("127.0.0.1")
    with (
        client_with(ca_bundle=str(authority.pem)) as client,
        open_with(host, grd, wire=shared_wire(client)) as cog,
    ):
        np.testing.assert_array_equal(cog.read(WINDOW).array.filled(0), local(grd, WINDOW).filled(0))
    host.assert_polite()


def test_a_folder_of_authorities_is_handed_over_as_one(authority: Authority) -> None:
    own = make_manager(None, str(authority.folder)).connection_pool_kw
    assert (own["ca_cert_dir"], own.get("ca_certs")) == (str(authority.folder), None)


def test_a_bare_link_uses_the_authority_of_the_environment(
    serve: Callable[[str], StrictHost], authority: Authority, grd: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.pem))
    host = serve("127.0.0.1")
    with open_cog(host.url(grd)) as cog:
        assert cog.preview(128).shape == (80, 128)
    out = download(host.url(grd), tmp_path, name="a.tif", progress=False)
    assert out.read_bytes() == grd.read_bytes()


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_who_does_not_want_to_check_need_not(serve: Callable[[str], StrictHost], grd: Path) -> None:
    host = serve("127.0.0.2")
    with client_with(verify=False) as client, open_with(host, grd, wire=shared_wire(client)) as cog:
        assert cog.info().width == 3700


@pytest.mark.parametrize(("address", "trusted"), [("127.0.0.1", False), ("127.0.0.2", True)])
def test_a_host_that_cannot_prove_who_it_is_gets_no_link(
    serve: Callable[[str], StrictHost], authority: Authority, grd: Path, tmp_path: Path, address: str,
    trusted: bool, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Neither one whose authority is unknown, nor one whose certificate is for another address."""
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.pem))
    host = serve(address)
    with pytest.raises(ReadFailedError, match=r"certificate was not accepted.*ca_bundle") as caught:
        make_recipe(host.url(grd)).open()
    assert "Signature" not in str(caught.value)
    with pytest.raises(ReadFailedError, match="certificate"):
        download(host.url(grd), tmp_path, name="a.tif", progress=False)
    assert host.log == []


def wait_for_bytes(sock: socket.socket) -> None:
    """Wait until a socket has something to read: of a connection that was just opened, TLS's tickets."""
    assert select.select([sock], [], [], 60)[0]


def test_connections_opened_early_serve_although_tickets_wait_on_them(
    serve: Callable[[str], StrictHost], authority: Authority, grd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.pem))
    host, wire, proved = serve("127.0.0.1"), PooledWire(), threading.Event()
    url = host.url(grd)
    proved.set()
    for job in wire.warm(url, 2, until=proved):
        job()
    early = [c.sock for c in wire._manager(url).connection_from_url(url).pool.queue if c and c.sock]  # type: ignore[union-attr]
    assert len(early) == 2
    until(lambda: host.connections == 2)
    for sock in early:
        wait_for_bytes(sock)
    answers = [wire.get(url, start, start + 1000) for start in (0, 5000)]
    assert [b"".join(answer.parts(1000)) for answer in answers] == [
        grd.read_bytes()[start : start + 1000] for start in (0, 5000)
    ]
    assert host.connections == 2
    for answer in answers:
        answer.close()
    wire.close()


@pytest.mark.parametrize("last_words", [b"", b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_a_connection_that_the_host_has_ended_is_known_by_it(authority: Authority, last_words: bytes) -> None:
    context = authority.context("127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        theirs = pool.submit(lambda: context.wrap_socket(listener.accept()[0], server_side=True))
        mine = PatientConnection(*listener.getsockname(), ca_certs=str(authority.pem))
        mine.connect()
        wait_for_bytes(mine.sock)
        assert mine.is_connected
        with theirs.result(60) as host:
            host.sendall(last_words)
        until(lambda: not mine.is_connected)
        mine.close()
        assert not mine.is_connected


class Tunnels(socketserver.ThreadingTCPServer):
    """A proxy that only carries: keeps the first line of each connection."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Tunnel)


class _Tunnel(socketserver.StreamRequestHandler):
    server: Tunnels

    def handle(self) -> None:
        line = self.rfile.readline()
        self.server.asked.append(line.strip())
        if not line.startswith(b"CONNECT "):
            return
        while self.rfile.readline().strip():
            pass
        name, _, port = line.split()[1].decode().rpartition(":")
        with socket.create_connection((name, int(port))) as far:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_carry, args=(far, self.connection), daemon=True)
            back.start()
            _carry(self.connection, far)
            back.join(60)


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_connections_through_a_proxy_are_opened_early_in_tunnels(
    serve: Callable[[str], StrictHost], authority: Authority, grd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, proved = serve("127.0.0.1"), threading.Event()
    url = host.url(grd)
    proved.set()
    with Tunnels() as proxy, closing(PooledWire()) as wire:
        threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.pem))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_address[1]}")
        for job in wire.warm(url, 2, until=proved):
            job()
        until(lambda: host.connections == 2)
        assert {line.rpartition(b" ")[0] for line in proxy.asked} == {
            f"CONNECT 127.0.0.1:{host.server.server_port}".encode()
        }
        answer = wire.get(url, 100, 200)
        assert b"".join(answer.parts(100)) == grd.read_bytes()[100:200]
        answer.close()
        assert host.connections == len(proxy.asked) == 2
        proxy.shutdown()
