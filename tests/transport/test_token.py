from __future__ import annotations

import base64
import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from iceye_geo.errors import AuthenticationError, ConfigurationError, ServerError, UnexpectedAnswerError
from iceye_geo.settings import Settings
from iceye_geo.transport.http import PlainHttp
from iceye_geo.transport.session import Session
from iceye_geo.transport.token import ClientCredentials, StaticToken

from .loopback import SECRET, Answer, Clock, Loopback, Seen, token_answers

TOKEN = "/oauth/v1/token"


def test_token_is_asked_for_as_the_guide_says(session: Session, server: Loopback) -> None:
    server.on("/api/x", Answer(json={}))
    session.get("/x")
    (asked,) = server.asked(TOKEN)
    assert asked.method == "POST"
    assert asked.body == b"grant_type=client_credentials"
    assert asked.headers["Authorization"] == "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()
    assert asked.headers["Content-Type"].startswith("application/x-www-form-urlencoded")


def test_token_is_fetched_only_when_a_call_needs_it(session: Session, server: Loopback) -> None:
    assert server.seen == []
    server.on("/api/x", Answer(json={}))
    session.get("/x")
    session.get("/x")
    assert len(server.asked(TOKEN)) == 1
    assert {seen.headers["Authorization"] for seen in server.asked("/api/x")} == {"Bearer token-1"}


@pytest.mark.parametrize(
    ("life", "fresh_s", "stale_s"), [(3600, 3299, 3301), (400, 199, 201), (60, 29, 31), (700, 399, 401)]
)
def test_token_is_renewed_five_minutes_early_or_at_half_its_life(
    session: Session, server: Loopback, clock: Clock, life: float, fresh_s: float, stale_s: float
) -> None:
    server.on(TOKEN, token_answers(life))
    server.on("/api/x", Answer(json={}))
    start = clock.now
    for moment in (0, fresh_s, stale_s):
        clock.now = start + moment
        session.get("/x")
    used = [seen.headers["Authorization"] for seen in server.asked("/api/x")]
    assert used == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("life", [None, "soon", 0, -5, float("inf")])
def test_an_unusable_life_counts_as_the_documented_hour(
    session: Session, server: Loopback, clock: Clock, life: object
) -> None:
    server.on(TOKEN, Answer(json={"access_token": "t", "token_type": "Bearer", "expires_in": life}))
    server.on("/api/x", Answer(json={}))
    session.get("/x")
    clock.now += 3299
    session.get("/x")
    assert len(server.asked(TOKEN)) == 1


def test_32_threads_through_an_expiry_make_one_request(
    session: Session, server: Loopback, clock: Clock
) -> None:
    issue = token_answers()

    def slowly(seen: Seen) -> Answer:
        time.sleep(0.05)
        return issue(seen)

    server.on(TOKEN, slowly)
    server.on("/api/x", Answer(json={}))
    for expected in (1, 2):
        together = threading.Barrier(32)
        with ThreadPoolExecutor(32) as pool:
            list(pool.map(lambda _, gate=together: (gate.wait(60), session.get("/x")), range(32)))
        assert len(server.asked(TOKEN)) == expected
        clock.now += 3601


def test_32_threads_refused_together_share_one_renewal(session: Session, server: Loopback) -> None:
    server.on("/api/x", lambda seen: Answer(401 if seen.headers["Authorization"].endswith("-1") else 200, {}))
    together = threading.Barrier(32)
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda _: (together.wait(60), session.get("/x")), range(32)))
    assert len(server.asked(TOKEN)) == 2


def test_waiting_threads_share_a_failure_instead_of_repeating_it(
    make_session: Callable[..., Session], server: Loopback
) -> None:
    session = make_session(retries=0)

    def refuse(seen: Seen) -> Answer:
        time.sleep(0.2)
        return Answer(401, {"error": "invalid_client"})

    server.on(TOKEN, refuse)
    together = threading.Barrier(8)

    def call(_: int) -> type[BaseException] | None:
        together.wait(60)
        try:
            session.get("/x")
        except AuthenticationError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(call, range(8)))
    assert outcomes == [AuthenticationError] * 8
    assert len(server.asked(TOKEN)) < 8


def test_a_failure_does_not_stick(make_session: Callable[..., Session], server: Loopback) -> None:
    session = make_session(retries=0)
    server.on(TOKEN, Answer(401, {"error": "invalid_client"}), token_answers())
    server.on("/api/x", Answer(json={"ok": 1}))
    with pytest.raises(AuthenticationError):
        session.get("/x")
    assert session.get("/x") == {"ok": 1}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "invalid_client", "error_description": "wrong secret"}, "wrong secret"),
        ({"message": "no such client"}, "no such client"),
        ({"error": "unauthorized_client"}, "unauthorized_client"),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_token_request_tells_the_servers_words(
    session: Session, server: Loopback, status: int, body: dict[str, str], words: str
) -> None:
    server.on(TOKEN, Answer(status, body))
    with pytest.raises(AuthenticationError, match=words) as caught:
        session.get("/x")
    assert caught.value.status == status
    assert SECRET not in str(caught.value)
    assert len(server.asked(TOKEN)) == 1


def test_a_server_that_echoes_the_secret_does_not_get_it_into_the_error(
    session: Session, server: Loopback
) -> None:
    server.on(TOKEN, Answer(401, {"error_description": f"client_secret={SECRET} is wrong"}))
    with pytest.raises(AuthenticationError) as caught:
        session.get("/x")
    assert SECRET not in repr(caught.value) + str(caught.value.args)


def test_token_endpoint_is_retried_and_its_failure_not_multiplied(
    make_session: Callable[..., Session], server: Loopback
) -> None:
    session = make_session(retries=2)
    server.on(TOKEN, Answer(503, {}))
    with pytest.raises(ServerError):
        session.get("/x")
    assert len(server.asked(TOKEN)) == 3
    server.on(TOKEN, Answer(500, {}), Answer(cut="before"), token_answers())
    server.on("/api/x", Answer(json={}))
    session.post("/x", json={})
    assert len(server.asked(TOKEN)) == 6


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"<html>login</html>"),
        Answer(json={"token": "x"}),
        Answer(json=["access_token"]),
        Answer(json={"access_token": ""}),
        Answer(json={"access_token": "a\nb"}),
        Answer(json={"access_token": "x", "token_type": "mac"}),
    ],
    ids=["html", "other key", "list", "empty", "line break", "mac"],
)
def test_an_answer_that_is_no_bearer_token_is_said_so(
    session: Session, server: Loopback, answer: Answer
) -> None:
    server.on(TOKEN, answer)
    with pytest.raises(UnexpectedAnswerError, match="token endpoint"):
        session.get("/x")


def test_credentials_do_not_follow_a_redirect_of_the_token_endpoint(
    session: Session, server: Loopback
) -> None:
    server.on(TOKEN, Answer(307, {}, headers={"Location": f"{server.url}/elsewhere"}))
    with pytest.raises(AuthenticationError):
        session.get("/x")
    assert server.asked("/elsewhere") == []


def test_without_a_token_url_nothing_is_sent_and_the_error_says_where_it_comes_from() -> None:
    settings = Settings(client_id="me", client_secret=SECRET)
    with PlainHttp(settings) as http, pytest.raises(ConfigurationError, match="ICEYE hands it out"):
        ClientCredentials(settings, http=http).get()


def test_tokens_hide_and_never_pickle() -> None:
    assert SECRET not in repr(StaticToken(SECRET))
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(StaticToken(SECRET))
