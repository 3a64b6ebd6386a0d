"""urllib3's pools, and connections of theirs that are opened before there is something to ask. For the wire alone."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path
from typing import Any

import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

CONNECT_TIMEOUT_S = 10.0
CONNECTIONS = 8


class PatientConnection(HTTPSConnection):
    """A connection that may wait for its first request.

    After a handshake of TLS 1.3 a server sends session tickets. urllib3 takes bytes on an idle connection for the
    sign of one that the server has closed, and would open another; here they are read before that is decided.
    """

    @property
    def is_connected(self) -> bool:
        """Whether the connection can be used."""
        return super().is_connected or (
            isinstance(self.sock, ssl.SSLSocket) and _holds_only_tickets(self.sock)
        )


class _PatientPool(HTTPSConnectionPool):
    ConnectionCls = PatientConnection


def _holds_only_tickets(sock: ssl.SSLSocket) -> bool:
    """Read what TLS has to say; whether there is neither an end nor a byte that nobody asked for behind it."""
    patience = sock.gettimeout()
    sock.setblocking(False)
    try:
        sock.recv(1)
    except ssl.SSLWantReadError:
        return True
    except OSError:
        return False
    finally:
        sock.settimeout(patience)
    return False


def open_early(pool: Any, connection: Any, until: threading.Event) -> None:
    """Open a connection that was taken from a pool, and give it back; a broken one is opened anew when it is used."""
    try:
        if not connection.is_connected:
            connection.timeout = CONNECT_TIMEOUT_S
            if pool.proxy is not None and pool.scheme == "https":
                pool._prepare_proxy(connection)  # connects through a tunnel
            else:
                connection.connect()
        until.wait(CONNECT_TIMEOUT_S)
    except (HTTPError, OSError, ValueError):
        connection.close()
    pool._put_conn(connection)


def make_manager(proxy: str | None, verify: bool | str | None) -> urllib3.PoolManager:
    """Return pools for a proxy ("" or None for none) and a certificate bundle: a file, a folder, or False for none."""
    tls: dict[str, Any] = {"cert_reqs": "CERT_NONE"}
    if verify is not False:
        bundle = verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
        tls = {"cert_reqs": "CERT_REQUIRED", "ca_cert_dir" if Path(bundle).is_dir() else "ca_certs": bundle}
    manager = urllib3.PoolManager(maxsize=CONNECTIONS, **tls)
    if proxy:
        manager = urllib3.ProxyManager(proxy, maxsize=CONNECTIONS, **tls)
    manager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _PatientPool}
    return manager
