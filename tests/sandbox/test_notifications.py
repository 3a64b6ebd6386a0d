from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from .life import PURCHASES, WEBHOOKS, create, error, public_frame, until

UNKNOWN = "00000000-0000-4000-8000-000000000000"
SECRETS = {"password": "basic-s3cret", "clientSecret": "oauth-s3cret"}


@dataclass
class Receiver:
    """A customer's callback server: it keeps what it gets and answers what it is told to."""

    url: str = ""
    callbacks: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    token_requests: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    tokens: int = 0
    expires_in: int = 3600

    def ids(self) -> list[str]:
        return [one["id"] for one in self.callbacks]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/token":
                kept.tokens += 1
                kept.token_requests.append((self.headers["Authorization"], parse_qs(body.decode())))
                self.answer(200, {"access_token": f"t{kept.tokens}", "expires_in": kept.expires_in})
                return
            kept.headers.append(self.headers.get("Authorization", ""))
            kept.callbacks.append(json.loads(body))
            self.answer(kept.answers.pop(0) if kept.answers else 204)

        def answer(self, status: int, body: Any = None) -> None:
            self.send_response(status)
            if status == 302:
                self.send_header("Location", kept.url + "/elsewhere")
            data = json.dumps(body).encode() if body is not None else b""
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}"
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def api(start: Any) -> Any:
    return start(scenes=6, rejection_rate=0, failure_rate=0, callback_pause_s=0.02, callback_attempts=3)


@pytest.fixture
def register(api: Any, receiver: Receiver) -> Callable[..., dict[str, Any]]:
    def registered(**body: Any) -> dict[str, Any]:
        answer = api.call("POST", WEBHOOKS, json={"url": receiver.url + "/hook", **body})
        assert answer.status_code == 201, answer.text
        return answer.json()

    return registered


def watched(api: Any, hook: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return create(api, notifications={"webhook": {"id": hook["id"]}}, **changes)


def test_each_change_of_a_task_is_reported_without_its_status(
    api: Any, receiver: Receiver, register: Any
) -> None:
    made = watched(api, register())
    assert made["notifications"]["webhook"]["id"]
    api.sandbox.advance(minutes=20)
    until(lambda: len(receiver.callbacks) == 1)
    api.sandbox.advance(days=6)
    until(lambda: len(receiver.callbacks) == 3)
    assert receiver.callbacks == [{"id": made["id"], "type": "task"}] * 3
    assert set(receiver.headers) == {""}


def test_callbacks_come_while_nobody_asks(start: Any, receiver: Receiver) -> None:
    api = start(scenes=6, speed=200_000, rejection_rate=0, failure_rate=0)
    hook = api.call("POST", WEBHOOKS, json={"url": receiver.url}).json()
    made = watched(api, hook)
    until(lambda: receiver.ids() == [made["id"]] * 3)


def test_a_cancellation_is_reported(api: Any, receiver: Receiver, register: Any) -> None:
    made = watched(api, register())
    api.call("PATCH", f"/tasking/v2/tasks/{made['id']}", json={"status": "CANCELED"})
    until(lambda: receiver.ids() == [made["id"]])


def test_basic_credentials_come_with_the_callback(api: Any, receiver: Receiver, register: Any) -> None:
    hook = register(auth={"type": "basic", "username": "iceye", "password": SECRETS["password"]})
    made = watched(api, hook)
    api.sandbox.force(made["id"], "ACTIVE")
    until(lambda: receiver.callbacks)
    kind, _, value = receiver.headers[0].partition(" ")
    assert kind == "Basic"
    assert base64.b64decode(value).decode() == f"iceye:{SECRETS['password']}"


def oauth(receiver: Receiver, **changes: Any) -> dict[str, Any]:
    auth = {"type": "oauth2", "tokenURL": receiver.url + "/token", "clientID": "me"}
    return auth | {"clientSecret": SECRETS["clientSecret"]} | changes


def test_an_oauth_token_is_fetched_once_and_sent(api: Any, receiver: Receiver, register: Any) -> None:
    made = watched(api, register(auth=oauth(receiver, scope="callbacks")))
    api.sandbox.force(made["id"], "DONE")
    until(lambda: len(receiver.callbacks) == 3)
    assert receiver.headers == ["Bearer t1"] * 3
    ((header, form),) = receiver.token_requests
    assert base64.b64decode(header.partition(" ")[2]).decode() == f"me:{SECRETS['clientSecret']}"
    assert form == {"grant_type": ["client_credentials"], "scope": ["callbacks"]}


def test_a_refused_token_is_renewed(api: Any, receiver: Receiver, register: Any) -> None:
    made = watched(api, register(auth=oauth(receiver)))
    receiver.answers = [401]
    api.sandbox.force(made["id"], "ACTIVE")
    until(lambda: len(receiver.callbacks) == 2)
    assert receiver.headers == ["Bearer t1", "Bearer t2"]


def test_a_short_token_is_fetched_again(api: Any, receiver: Receiver, register: Any) -> None:
    receiver.expires_in = 0
    made = watched(api, register(auth=oauth(receiver)))
    api.sandbox.force(made["id"], "FULFILLED")
    until(lambda: len(receiver.callbacks) == 2)
    assert receiver.tokens == 2


def attempts(api: Any) -> list[tuple[int, int | None]]:
    return [(one.number, one.status) for one in api.sandbox.platform.lifecycle.caller.sent]


def test_a_failed_callback_is_tried_again(api: Any, receiver: Receiver, register: Any) -> None:
    receiver.answers = [500, 503]
    made = watched(api, register())
    api.sandbox.force(made["id"], "ACTIVE")
    until(lambda: len(attempts(api)) == 3)
    assert attempts(api) == [(1, 500), (2, 503), (3, 204)]
    assert receiver.ids() == [made["id"]] * 3


def test_trying_ends(api: Any, receiver: Receiver, register: Any) -> None:
    receiver.answers = [500] * 10
    made, other = watched(api, register()), watched(api, register())
    api.sandbox.force(made["id"], "ACTIVE")
    until(lambda: len(attempts(api)) == 3)
    receiver.answers = []
    api.sandbox.force(other["id"], "ACTIVE")
    until(lambda: len(attempts(api)) == 4)
    assert receiver.ids() == [made["id"]] * 3 + [other["id"]]


def test_a_receiver_that_is_down_does_not_stop_the_others(
    api: Any, receiver: Receiver, register: Any
) -> None:
    down = watched(api, register(url="http://127.0.0.1:9/"))
    up = watched(api, register())
    for made in (down, up):
        api.sandbox.force(made["id"], "ACTIVE")
    until(lambda: receiver.ids() == [up["id"]])
    until(lambda: (3, None) in attempts(api))


def test_redirects_are_not_followed(api: Any, receiver: Receiver, register: Any) -> None:
    receiver.answers = [302] * 3
    made = watched(api, register())
    api.sandbox.force(made["id"], "ACTIVE")
    until(lambda: len(attempts(api)) == 3)
    assert [status for _, status in attempts(api)] == [302] * 3
    assert len(receiver.callbacks) == 3


def test_the_keys_of_a_callback_are_settings(start: Any, receiver: Receiver) -> None:
    api = start(scenes=6, callback_id_key="taskID", callback_type_key="")
    hook = api.call("POST", WEBHOOKS, json={"url": receiver.url}).json()
    made = watched(api, hook)
    api.sandbox.force(made["id"], "ACTIVE")
    until(lambda: receiver.callbacks)
    assert receiver.callbacks == [{"taskID": made["id"]}]


def test_a_deleted_webhook_is_not_called(api: Any, receiver: Receiver, register: Any) -> None:
    hook, other = register(), register()
    gone, kept = watched(api, hook), watched(api, other)
    assert api.call("DELETE", f"{WEBHOOKS}/{hook['id']}").status_code == 204
    for made in (gone, kept):
        api.sandbox.force(made["id"], "ACTIVE")
    until(lambda: receiver.callbacks)
    assert receiver.ids() == [kept["id"]]


def test_a_changed_webhook_is_called_at_its_new_address(api: Any, receiver: Receiver, register: Any) -> None:
    hook = register(url="http://127.0.0.1:9/")
    made = watched(api, hook)
    changed = api.call("PATCH", f"{WEBHOOKS}/{hook['id']}", json={"url": receiver.url}).json()
    assert changed["url"] == receiver.url
    assert changed["createdAt"] == hook["createdAt"]
    api.sandbox.force(made["id"], "ACTIVE")
    until(lambda: receiver.ids() == [made["id"]])


def test_secrets_go_in_and_never_come_out(api: Any, receiver: Receiver, register: Any) -> None:
    basic = register(auth={"type": "basic", "username": "iceye", "password": SECRETS["password"]})
    token = register(auth=oauth(receiver))
    texts = [api.get(WEBHOOKS).text, repr(api.sandbox.platform.lifecycle.webhooks.records)]
    for hook in (basic, token):
        texts += [json.dumps(hook), api.get(f"{WEBHOOKS}/{hook['id']}").text]
        texts.append(api.call("PATCH", f"{WEBHOOKS}/{hook['id']}", json={"url": receiver.url}).text)
    assert not [text for text in texts for secret in SECRETS.values() if secret in text]
    assert set(api.get(f"{WEBHOOKS}/{basic['id']}").json()) == {"id", "url", "createdAt", "updatedAt"}


def test_webhooks_are_listed_newest_first_page_by_page(api: Any, register: Any) -> None:
    made = [register()["id"] for _ in range(3)]
    first = api.get(WEBHOOKS, params={"limit": 2}).json()
    rest = api.get(WEBHOOKS, params={"limit": 2, "cursor": first["cursor"]}).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": 3},
        {"url": "ftp://hooks.example.org/"},
        {"url": "http://hooks.example.org/"},
        {"url": "hooks.example.org"},
        {"url": "https://"},
        {"url": "https://hooks.example.org:99999/"},
        {"url": "https://hooks.example.org/a b"},
        {"url": "https://h.example.org/", "auth": {"type": "magic"}},
        {"url": "https://h.example.org/", "auth": {"type": "basic", "username": "u"}},
        {"url": "https://h.example.org/", "auth": {"username": "u", "password": "p"}},
        {"url": "https://h.example.org/", "auth": None},
        {"url": "https://h.example.org/", "auth": {"type": "oauth2", "tokenURL": "x", "clientID": "c"}},
    ],
)
def test_a_malformed_registration_is_refused(api: Any, body: dict[str, Any]) -> None:
    assert error(api.call("POST", WEBHOOKS, json=body)) == (400, "ERR_BAD_REQUEST")
    assert api.get(WEBHOOKS).json() == {"data": []}


def test_a_refusal_does_not_repeat_a_secret(api: Any) -> None:
    auth = {"type": "basic", "username": 7, "password": SECRETS["password"]}
    answer = api.call("POST", WEBHOOKS, json={"url": "https://h.example.org/", "auth": auth})
    assert answer.status_code == 400
    assert SECRETS["password"] not in answer.text


@pytest.mark.parametrize("body", [{}, {"url": "nowhere"}, {"auth": {}}, []])
def test_a_malformed_change_is_refused(api: Any, register: Any, body: Any) -> None:
    hook = register()
    assert error(api.call("PATCH", f"{WEBHOOKS}/{hook['id']}", json=body)) == (400, "ERR_BAD_REQUEST")
    assert api.get(f"{WEBHOOKS}/{hook['id']}").json() == hook


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("hook_id", [UNKNOWN, "mine"])
def test_an_unknown_webhook_is_not_found(api: Any, method: str, hook_id: str) -> None:
    answer = api.call(method, f"{WEBHOOKS}/{hook_id}", json={"url": "https://h.example.org/"})
    assert error(answer) == (404, "not_found")


def test_the_guessed_paths_can_be_switched_off(start: Any) -> None:
    api = start(scenes=6, webhook_changes=False, webhook_status=200)
    answer = api.call("POST", WEBHOOKS, json={"url": "https://hooks.example.org/"})
    assert answer.status_code == 200
    assert api.get(WEBHOOKS).status_code == 404
    assert api.call("DELETE", f"{WEBHOOKS}/{answer.json()['id']}").status_code == 404


def test_the_threads_end_with_the_sandbox(start: Any, receiver: Receiver) -> None:
    others = set(threading.enumerate())
    api = start(scenes=6, callback_pause_s=60)
    hook = api.call("POST", WEBHOOKS, json={"url": "http://127.0.0.1:9/"}).json()
    api.sandbox.force(watched(api, hook)["id"], "ACTIVE")
    until(lambda: attempts(api))
    api.call("POST", PURCHASES, json={"frameID": public_frame(api), "contractID": api.sandbox.contract_id})
    api.sandbox.stop()
    left = {thread.name for thread in set(threading.enumerate()) - others}
    assert not {name for name in left if name.startswith("sandbox-")}
