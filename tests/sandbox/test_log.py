from __future__ import annotations

import time
from typing import Any

import requests


def test_each_request_is_logged_with_what_was_asked_and_sent(sandbox: Any, api: Any) -> None:
    before = time.time()
    answer = api.get("/company/v1/contracts", params={"limit": 2})
    (entry,) = sandbox.requests.matching(r"/contracts$", method="GET")
    assert (entry.method, entry.path, entry.query) == ("GET", "/api/company/v1/contracts", "limit=2")
    assert (entry.status, entry.bytes, entry.range) == (200, len(answer.content), "")
    assert before <= entry.t <= time.time()
    assert 0 < entry.seconds < 10


def test_tokens_are_named_by_generation(sandbox: Any, api: Any) -> None:
    api.get("/company/v1/contracts")
    api.renew()
    api.get("/company/v1/contracts")
    requests.get(f"{sandbox.api_url}/company/v1/contracts", timeout=60)
    first, second, none = [e.token for e in sandbox.requests.matching("/company/")]
    assert (second, none) == (first + 1, 0)
    assert second == sandbox.platform.tokens.issued


def test_no_token_and_no_secret_gets_into_the_log(sandbox: Any, api: Any) -> None:
    api.renew()
    api.get("/company/v1/contracts")
    token = api.http.headers["Authorization"].split()[1]
    text = repr(list(sandbox.requests))
    assert token not in text
    assert sandbox.client_secret not in text


def test_the_log_is_a_sequence_that_can_be_cleared(sandbox: Any, api: Any) -> None:
    api.get("/company/v1/contracts")
    api.search()
    assert [e.path for e in sandbox.requests] == [sandbox.requests[0].path, sandbox.requests[1].path]
    assert len(sandbox.requests[:1]) == 1
    sandbox.requests.clear()
    assert len(sandbox.requests) == 0
