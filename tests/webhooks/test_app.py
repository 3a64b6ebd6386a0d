"""The receiver over real HTTP: what is kept, what is refused, what is answered."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from iceye_geo.errors import ConfigurationError, MissingExtraError
from iceye_geo.webhooks import BasicGate, CallbackStore, OAuth2Gate, OpenGate, start
from iceye_geo.webhooks import app as app_module
from iceye_geo.webhooks.app import MAX_BODY_BYTES
from iceye_geo.webhooks.serving import gate_for, serve

from .conftest import Start, post

ID = "5b9f6a0e-1a53-4a0a-bb1c-1c6f7c6f0002"


def raw(url: str, request: bytes, *, then: bytes = b"", pause: float = 0.0) -> bytes:
    """Speak HTTP by hand and return the answer."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as line:
        line.sendall(request)
        if then:
            time.sleep(pause)
            line.sendall(then)
        line.shutdown(socket.SHUT_WR) if not pause else None
        answer = b""
        while chunk := line.recv(4096):
            answer += chunk
        return answer


def test_a_callback_is_kept_before_it_is_answered(receive: Start, store: CallbackStore) -> None:
    answer = post(receive().url, {"taskID": ID, "extra": [1]})
    assert (answer.status_code, answer.content) == (204, b"")
    (kept,) = store.since()
    assert kept.ids == (ID,)


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\xfe", b"[]", b'{"no": "id"}'])
def test_a_body_without_an_id_is_kept_too(receive: Start, store: CallbackStore, body: bytes) -> None:
    assert post(receive().url, body).status_code == 204
    assert store.since()[0].ids == ()


def test_duplicates_are_all_kept(receive: Start, store: CallbackStore) -> None:
    url = receive().url
    for _ in range(3):
        post(url, {"id": ID})
    assert [c.ids for c in store.since()] == [(ID,)] * 3


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer x"}, {"Authorization": "nonsense"}],
)
def test_strangers_are_refused_and_nothing_is_kept(
    receive: Start, store: CallbackStore, headers: dict[str, str]
) -> None:
    answer = post(receive(BasicGate("iceye", "planted-secret")).url, {"id": ID}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert len(store) == 0


def test_basic_credentials_are_let_in(receive: Start, store: CallbackStore) -> None:
    assert post(receive(BasicGate("iceye", "s")).url, {"id": ID}, auth=("iceye", "s")).status_code == 204
    assert len(store) == 1


def test_bearer_tokens_are_issued_and_let_in(receive: Start, store: CallbackStore) -> None:
    running = receive(OAuth2Gate("iceye", "s"))
    refused = post(running.url, {"id": ID})
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="callbacks"')
    answer = post(running.token_url, "grant_type=client_credentials", auth=("iceye", "s"))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert post(running.url, {"id": ID}, headers=bearer).status_code == 204
    assert (
        post(running.token_url, "grant_type=client_credentials", auth=("iceye", "wrong")).status_code == 401
    )
    assert len(store) == 1


def test_without_a_token_gate_there_is_no_token_endpoint(receive: Start) -> None:
    assert post(receive(BasicGate("iceye", "s")).token_url, "x=1", auth=("iceye", "s")).status_code == 404


def test_bodies_too_large_are_refused_announced_or_not(receive: Start, store: CallbackStore) -> None:
    url = receive().url
    assert post(url, b"x" * MAX_BODY_BYTES).status_code == 204
    assert post(url, b"x" * (MAX_BODY_BYTES + 1)).status_code == 413
    chunks = (b"x" * 8192 for _ in range(12))
    with requests.Session() as http:
        http.trust_env = False
        assert http.post(url, data=chunks, timeout=60).status_code == 413
    assert len(store) == 1


def test_an_announced_giant_is_refused_before_it_is_sent(receive: Start) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
    assert b" 413 " in raw(receive().url, head)


def test_a_body_that_never_comes_does_not_hold_the_receiver(
    receive: Start, store: CallbackStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "BODY_TIMEOUT_S", 0.1)
    url = receive().url
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab"
    assert b" 408 " in raw(url, head, then=b"c", pause=0.5)
    assert post(url, {"id": ID}).status_code == 204
    assert len(store) == 1


def test_a_caller_who_hangs_up_leaves_nothing_behind(receive: Start, store: CallbackStore) -> None:
    url = receive().url
    raw(url, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab")
    assert post(url, {"id": ID}).status_code == 204
    assert len(store) == 1


@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("PUT", 405), ("DELETE", 405), ("POST", 204)])
def test_callbacks_are_posted(receive: Start, method: str, status: int) -> None:
    with requests.Session() as http:
        http.trust_env = False
        assert http.request(method, receive().url, timeout=60).status_code == status


def test_a_chosen_path_is_the_only_one(receive: Start, store: CallbackStore) -> None:
    running = receive(path="/iceye")
    assert running.url.endswith("/iceye")
    assert post(running.url, {"id": ID}).status_code == 204
    assert post(running.url + "/other", {"id": ID}).status_code == 404
    assert len(store) == 1


def test_a_store_that_cannot_write_asks_for_another_try(receive: Start, store: CallbackStore) -> None:
    url = receive().url
    store.close()
    answer = post(url, {"id": ID})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("u", "p", None, None), BasicGate),
        ((None, None, "c", "s"), OAuth2Gate),
        ((None, None, None, None), OpenGate),
    ],
)
def test_the_gate_follows_from_the_credentials(arguments: Any, kind: type) -> None:
    assert isinstance(gate_for(*arguments, host="127.0.0.1"), kind)


@pytest.mark.parametrize(
    ("arguments", "host"),
    [
        ((None, None, None, None), "0.0.0.0"),
        (("u", "p", "c", "s"), "127.0.0.1"),
        (("u", None, None, None), "127.0.0.1"),
        ((None, "p", None, None), "127.0.0.1"),
        ((None, None, None, "s"), "127.0.0.1"),
        ((None, None, "c", None), "127.0.0.1"),
    ],
)
def test_half_a_protection_is_refused(arguments: Any, host: str) -> None:
    with pytest.raises(ConfigurationError):
        gate_for(*arguments, host=host)


def test_an_open_address_needs_a_gate(store: CallbackStore) -> None:
    with pytest.raises(ConfigurationError, match="can be called by others"), start(store, host="0.0.0.0"):
        pass


def test_a_taken_port_is_said(receive: Start, store: CallbackStore) -> None:
    port = urlsplit(receive().url).port
    assert port is not None
    with (
        pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{port}"),
        start(store, port=port),
    ):
        pass


def test_without_uvicorn_the_line_that_installs_it_is_said(
    store: CallbackStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "uvicorn", None)
    with pytest.raises(MissingExtraError, match="pip install"):
        serve(store=store, port=0)


def test_a_receiver_runs_until_it_is_stopped(tmp_path: Path) -> None:
    receiver = start(tmp_path / "callbacks.sqlite")
    assert post(receiver.url).ok
    assert len(receiver.store) == 1
    receiver.stop()
    with pytest.raises(requests.ConnectionError):
        post(receiver.url)
    receiver.stop()
    with CallbackStore(tmp_path / "callbacks.sqlite") as kept:
        assert len(kept) == 1
