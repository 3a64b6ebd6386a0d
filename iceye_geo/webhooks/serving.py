"""Running the receiver with uvicorn: until Ctrl-C, or beside a notebook."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pydantic import SecretStr

from iceye_geo.errors import ConfigurationError, InvalidInputError, MissingExtraError
from iceye_geo.webhooks.app import TOKEN_PATH, Receiver
from iceye_geo.webhooks.gates import BasicGate, Gate, OAuth2Gate, OpenGate
from iceye_geo.webhooks.store import CallbackStore

if TYPE_CHECKING:
    import uvicorn

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_START_S = 10.0
# ICEYE calls one address a few times an hour; more callers at once are not ICEYE.
_MAX_CALLERS = 64


class RunningReceiver:
    """A receiver that runs in a thread of this process; ``url`` is where it listens.

    Leaving a ``with`` block stops it; in a notebook, keep it over several cells and call ``stop``.
    """

    def __init__(
        self, server: uvicorn.Server, thread: threading.Thread, store: CallbackStore, url: str,
        held: contextlib.ExitStack,
    ) -> None:  # fmt: skip
        self._server, self._thread, self._held = server, thread, held
        self.store, self.url = store, url

    @property
    def token_url(self) -> str:
        """Where it issues bearer tokens, if its gate does."""
        return f"{self.url.rstrip('/')}{TOKEN_PATH}"

    def stop(self) -> None:
        """Stop listening; a store that was handed in stays open, one that was opened by its path is closed."""
        self._server.should_exit = True
        self._thread.join(timeout=_START_S)
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"RunningReceiver({self.url!r}, {self.store!r})"


def serve(
    *,
    store: CallbackStore | str | Path,
    host: str = "127.0.0.1",
    port: int = 8080,
    username: str | None = None,
    password: SecretStr | str | None = None,
    client_id: str | None = None,
    client_secret: SecretStr | str | None = None,
    path: str | None = None,
) -> None:
    """Receive callbacks until Ctrl-C.

    ICEYE calls https addresses: put a proxy with a certificate in front, which passes on to this port.

    Args:
        store: SQLite file that keeps the callbacks.
        host: address to listen on; anything but this machine needs authentication.
        port: port to listen on.
        username: with ``password``: ask callbacks for Basic authentication.
        password: see ``username``.
        client_id: with ``client_secret``: issue bearer tokens at ``/oauth2/token`` and ask callbacks for one.
        client_secret: see ``client_id``.
        path: the only path that takes callbacks; None takes them at any.

    Raises:
        ConfigurationError: both kinds of authentication, half of one, or none on an open address.
        MissingExtraError: uvicorn is not installed.
    """
    gate = gate_for(username, password, client_id, client_secret, host=host)
    with _opened(store) as kept:
        server = _uvicorn(Receiver(kept, gate, path=path), host=host, port=port)
        with contextlib.suppress(KeyboardInterrupt):
            server.run()


def start(
    store: CallbackStore | str | Path,
    gate: Gate | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    path: str | None = None,
) -> RunningReceiver:
    """Receive callbacks in a thread, as long as the ``with`` block lasts or until ``stop()``.

    Args:
        store: a store, or the SQLite file of one.
        gate: who may call; default everybody, on this machine only.
        host: address to listen on.
        port: port; 0 takes a free one.
        path: the only path that takes callbacks; None takes them at any.

    Raises:
        ConfigurationError: no gate on an open address, or the port is taken.
        MissingExtraError: uvicorn is not installed.

    Example:
        >>> with start(":memory:", BasicGate("iceye", "change-me")) as receiver:
        ...     receiver.url.startswith("http://127.0.0.1:"), len(receiver.store)
        (True, 0)
    """
    _refuse_open(gate, host)
    with contextlib.ExitStack() as held:
        kept = held.enter_context(_opened(store))
        listener = held.enter_context(_listening(host, port))
        bound = listener.getsockname()[1]
        server = _uvicorn(Receiver(kept, gate or OpenGate(), path=path), host=host, port=bound)
        thread = threading.Thread(target=server.run, args=([listener],), name="webhooks", daemon=True)
        thread.start()
        _await_start(server, thread)
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{bound}{path or '/'}"
        return RunningReceiver(server, thread, kept, url, held.pop_all())


def gate_for(
    username: str | None,
    password: SecretStr | str | None,
    client_id: str | None,
    client_secret: SecretStr | str | None,
    *,
    host: str,
) -> Gate:
    """Return the gate that the given credentials ask for.

    Raises:
        ConfigurationError: both kinds, half of one, or none on an open address.

    Example:
        >>> gate_for("iceye", "change-me", None, None, host="0.0.0.0")
        BasicGate(user='iceye')
    """
    if client_secret and password:
        raise ConfigurationError(
            "give either a password (Basic) or a client secret (bearer tokens), not both"
        )
    if client_secret:
        if not client_id:
            raise ConfigurationError("client_secret needs client_id")
        return OAuth2Gate(client_id, client_secret)
    if password:
        if not username:
            raise ConfigurationError("password needs username")
        return BasicGate(username, password)
    if client_id or username:
        raise ConfigurationError("a name without a secret protects nothing; give password or client_secret")
    gate = OpenGate()
    _refuse_open(gate, host)
    return gate


def _refuse_open(gate: Gate | None, host: str) -> None:
    if host not in _LOOPBACK and (gate is None or isinstance(gate, OpenGate)):
        raise ConfigurationError(
            f"a receiver on {host} can be called by others; give it a password or a client secret"
        )


@contextlib.contextmanager
def _opened(store: CallbackStore | str | Path) -> Iterator[CallbackStore]:
    if isinstance(store, CallbackStore):
        yield store
        return
    with CallbackStore(store) as opened:
        yield opened


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    if not 0 <= port <= 65535:
        raise InvalidInputError("port", f"must lie within 0 and 65535, this is {port}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror}") from error
        yield listener


def _uvicorn(app: Any, *, host: str, port: int) -> uvicorn.Server:
    try:
        import uvicorn
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "the webhook receiver needs an extra that is not installed: pip install 'iceye-geo[sandbox]'"
        ) from error
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, server_header=False, lifespan="off",
        limit_concurrency=_MAX_CALLERS, timeout_keep_alive=5, ws="none",
    )  # fmt: skip
    return uvicorn.Server(config)


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + _START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise ConfigurationError("the webhook receiver did not start; the log says why")
        time.sleep(0.005)
