from __future__ import annotations

import logging
import pickle
import socket
from collections.abc import Callable
from typing import Any

import pytest

from iceye_geo import __version__
from iceye_geo.errors import (
    AuthenticationError,
    BadRequestError,
    ConnectionFailedError,
    InvalidInputError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    UnexpectedAnswerError,
)
from iceye_geo.settings import Settings
from iceye_geo.transport.session import Session
from iceye_geo.transport.token import StaticToken

from .loopback import SECRET, Answer, Clock, Loopback, token_answers

OK = Answer(json={"ok": True})
REFUSED = Answer(401, {"code": "unauthorized", "message": "token expired"})


def test_get_sends_what_iceye_wants_and_returns_json(session: Session, server: Loopback) -> None:
    server.on("/api/catalog/v2/items", OK)
    params = {"limit": 10, "ids": ["a", "b"], "cursor": None, "flag": True}
    assert session.get("/catalog/v2/items", params=params) == {"ok": True}
    (seen,) = server.asked("/api/catalog/v2/items")
    assert seen.query == {"limit": ["10"], "ids": ["a", "b"], "flag": ["true"]}
    assert seen.headers["Accept"] == "application/json, application/problem+json"
    assert seen.headers["User-Agent"].startswith(f"iceye-geo/{__version__} python-requests/")


def test_post_and_patch_send_json_and_delete_returns_nothing(session: Session, server: Loopback) -> None:
    server.on("/api/x", OK)
    session.post("/x", json={"contractID": "c"})
    session.patch("/x", json=[1])
    server.on("/api/x", Answer(204))
    session.delete("/x")
    assert [(s.method, s.body) for s in server.asked("/api/x")] == [
        ("POST", b'{"contractID": "c"}'), ("PATCH", b"[1]"), ("DELETE", b""),
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
def test_a_401_leads_to_one_renewal_and_one_more_try(session: Session, server: Loopback, method: str) -> None:
    server.on("/api/x", REFUSED, OK)
    body = {"json": {}} if method in {"post", "patch"} else {}
    getattr(session, method)("/x", **body)
    used = [seen.headers["Authorization"] for seen in server.asked("/api/x")]
    assert used == ["Bearer token-1", "Bearer token-2"]


def test_a_second_401_is_the_answer(session: Session, server: Loopback) -> None:
    server.on("/api/x", REFUSED)
    with pytest.raises(AuthenticationError, match="token expired"):
        session.get("/x")
    assert len(server.asked("/api/x")) == 2
    assert len(server.asked("/oauth/v1/token")) == 2


def test_a_token_that_cannot_be_renewed_is_not_tried_twice(server: Loopback) -> None:
    server.on("/api/x", REFUSED)
    settings = Settings(api_url=server.url)
    with Session(settings, token=StaticToken("fixed")) as session, pytest.raises(AuthenticationError):
        session.get("/x")
    assert len(server.asked("/api/x")) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_get_survives_two_server_faults(
    session: Session, server: Loopback, clock: Clock, status: int
) -> None:
    server.on("/api/x", Answer(status, {}), Answer(status, {}), OK)
    assert session.get("/x") == {"ok": True}
    assert len(clock.slept) == 2
    assert 0 < clock.slept[0] <= 0.5 < clock.slept[1] + 0.01 <= 1.01


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 501])
def test_what_a_repeat_cannot_heal_is_not_repeated(session: Session, server: Loopback, status: int) -> None:
    server.on("/api/x", Answer(status, {"code": "c", "message": "m"}))
    with pytest.raises(Exception, match=str(status)):
        session.get("/x")
    assert len(server.asked("/api/x")) == 1


@pytest.mark.parametrize("cut", ["before", "within"])
def test_a_get_survives_a_dropped_connection(session: Session, server: Loopback, cut: str) -> None:
    server.on("/api/x", Answer(json={"half": 1}, cut=cut), OK)
    assert session.get("/x") == {"ok": True}


def test_retries_end(make_session: Callable[..., Session], server: Loopback) -> None:
    server.on("/api/x", Answer(503, {"code": "busy", "message": "later"}))
    with pytest.raises(ServerError, match="503 busy: later"):
        make_session(retries=2).get("/x")
    assert len(server.asked("/api/x")) == 3


@pytest.mark.parametrize(
    "answer", [Answer(500, {}), Answer(503, {}), Answer(cut="before"), Answer(cut="within")]
)
@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_a_call_that_may_buy_is_never_repeated_blindly(
    session: Session, server: Loopback, clock: Clock, answer: Answer, method: str
) -> None:
    server.on("/api/x", answer, OK)
    body = {} if method == "delete" else {"json": {}}
    with pytest.raises((ServerError, ConnectionFailedError)):
        getattr(session, method)("/x", **body)
    assert len(server.asked("/api/x")) == 1
    assert clock.slept == []


@pytest.mark.parametrize("answer", [Answer(500, {}), Answer(cut="before"), Answer(cut="within")])
def test_a_post_marked_repeatable_is_repeated(session: Session, server: Loopback, answer: Answer) -> None:
    server.on("/api/x", answer, OK)
    assert session.post("/x", json={}, repeatable=True) == {"ok": True}


@pytest.mark.parametrize("method", ["get", "post"])
def test_retry_after_is_honoured_also_for_a_post_since_429_refuses_before_processing(
    session: Session, server: Loopback, clock: Clock, method: str
) -> None:
    server.on("/api/x", Answer(429, {}, headers={"Retry-After": "7"}), OK)
    body = {"json": {}} if method == "post" else {}
    assert getattr(session, method)("/x", **body) == {"ok": True}
    assert clock.slept == [7.0]


def test_retry_after_is_capped(session: Session, server: Loopback, clock: Clock) -> None:
    server.on("/api/x", Answer(503, {}, headers={"Retry-After": "86400"}), OK)
    session.get("/x")
    assert clock.slept == [60.0]


def test_a_rate_limit_that_lasts_tells_how_long(
    make_session: Callable[..., Session], server: Loopback
) -> None:
    server.on("/api/x", Answer(429, {"code": "slow", "message": "down"}, headers={"Retry-After": "9"}))
    with pytest.raises(RateLimitedError) as caught:
        make_session(retries=1).get("/x")
    assert caught.value.retry_after == 9.0


def test_a_post_that_never_left_is_repeated(make_session: Callable[..., Session], clock: Clock) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(api_url=f"http://127.0.0.1:{port}", retries=2)
    session = Session(settings, token=StaticToken("t"), sleep=clock.sleep)
    with session, pytest.raises(ConnectionFailedError) as caught:
        session.post("/x", json={})
    assert caught.value.never_sent
    assert len(clock.slept) == 2


def test_a_silent_server_is_given_up(make_session: Callable[..., Session]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings = Settings(api_url=url, timeout_s=0.05, retries=0)
        with Session(settings, token=StaticToken("t")) as session:
            with pytest.raises(ConnectionFailedError, match="ReadTimeout"):
                session.get("/x")
            with pytest.raises(ConnectionFailedError, match="ReadTimeout"):
                session.post("/x", json={}, timeout=0.01)


def test_every_request_has_both_timeouts(
    session: Session, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    http = session.http()
    send = http.send
    monkeypatch.setattr(
        http, "send", lambda request, **kw: (seen.append(kw["timeout"]), send(request, **kw))[1]
    )
    server.on("/api/x", OK)
    session.get("/x")
    session.get("/x", timeout=2)
    session.fetch(f"{server.url}/api/x")
    http.get(f"{server.url}/api/x")
    assert seen == [(10.0, 30.0), (10.0, 30.0), (10.0, 2), (10.0, 30.0), (10.0, 30.0)]


def test_errors_carry_operation_status_code_and_next_step(session: Session, server: Loopback) -> None:
    body = {
        "title": "Contract Not Found",
        "code": "not_found",
        "details": "no rows",
        "reference": "http://d/#op",
    }
    server.on("/api/x", Answer(404, body, headers={"Content-Type": "application/problem+json"}))
    with pytest.raises(NotFoundError) as caught:
        session.get("/x", operation="GetContract")
    error = caught.value
    assert (error.status, error.code, error.detail, error.reference) == (
        404,
        "not_found",
        "no rows",
        "http://d/#op",
    )
    assert str(error).startswith("GetContract 404 not_found: no rows. Check the id;")


def test_a_page_that_is_no_json_is_an_unexpected_answer(session: Session, server: Loopback) -> None:
    page = Answer(body=b"<html>portal " + b"x" * 500, headers={"Content-Type": "text/html"})
    server.on("/api/x", page)
    with pytest.raises(UnexpectedAnswerError, match=r"text/html.*portal") as caught:
        session.get("/x")
    assert len(str(caught.value)) < 500


def test_a_gateways_html_error_is_told_briefly(session: Session, server: Loopback) -> None:
    server.on("/api/x", Answer(400, body=b"<html>\n<b>Bad</b> " + b"y" * 900))
    with pytest.raises(BadRequestError, match="<b>Bad</b>") as caught:
        session.get("/x")
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirected_post_is_not_followed(session: Session, server: Loopback, status: int) -> None:
    server.on("/api/x", Answer(status, {}, headers={"Location": f"{server.url}/api/y"}))
    with pytest.raises(UnexpectedAnswerError, match="redirects"):
        session.post("/x", json={"buy": 1})
    assert server.asked("/api/y") == []


def test_a_redirect_to_another_host_does_not_carry_the_token(session: Session, server: Loopback) -> None:
    with Loopback() as other:
        other.on("/y", OK)
        server.on("/api/x", Answer(302, {}, headers={"Location": f"{other.url}/y"}))
        assert session.get("/x") == {"ok": True}
        assert "Authorization" not in other.asked("/y")[0].headers


def test_a_redirect_on_the_same_host_keeps_the_token(session: Session, server: Loopback) -> None:
    server.on("/api/x", Answer(302, {}, headers={"Location": "/api/y"}))
    server.on("/api/y", OK)
    session.get("/x")
    assert server.asked("/api/y")[0].headers["Authorization"] == "Bearer token-1"


def test_a_redirect_loop_is_not_retried(session: Session, server: Loopback, clock: Clock) -> None:
    server.on("/api/x", Answer(302, {}, headers={"Location": "/api/x"}))
    with pytest.raises(UnexpectedAnswerError, match="TooManyRedirects"):
        session.get("/x")
    assert clock.slept == []


@pytest.mark.parametrize("path", ["x", "//evil.example/x", "https://evil.example/x", "/a/../../x", ""])
def test_paths_stay_below_the_api_url(session: Session, server: Loopback, path: str) -> None:
    with pytest.raises(InvalidInputError, match="path"):
        session.get(path)
    assert server.seen == []


def test_a_body_that_is_no_json_is_refused_before_sending(session: Session, server: Loopback) -> None:
    with pytest.raises(InvalidInputError, match="NaN"):
        session.post("/x", json={"a": float("nan")})
    assert server.asked("/api/x") == []


def test_no_secret_in_logs_reprs_and_pickles(
    session: Session, server: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    server.on("/oauth/v1/token", token_answers())
    server.on("/api/x", Answer(500, {}), OK)
    server.on("/content/abc", Answer(body=b"png"))
    with caplog.at_level(logging.DEBUG):
        session.get("/x", params={"token": SECRET})
        session.fetch(f"{server.url}/content/abc?Expires=1&Signature={SECRET}&Key-Pair-Id=K")
    assert "GET" in caplog.text
    assert "/content/abc" in caplog.text
    for text in (caplog.text, repr(session), str(session.settings), repr(session.http())):
        assert SECRET not in text
        assert "token-1" not in text
    for thing in (session, session.settings):
        with pytest.raises(TypeError, match="never pickled"):
            pickle.dumps(thing)


def test_no_log_handler_is_added(session: Session) -> None:
    assert logging.getLogger("iceye_geo").handlers == []
    assert logging.getLogger("iceye_geo.transport.session").handlers == []
