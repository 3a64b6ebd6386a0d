from __future__ import annotations

from typing import Any

import pytest
import requests

PROBLEM = {"Accept": "application/json, application/problem+json"}
UNKNOWN = "/company/v1/contracts/7d1f7a3c-8c0f-4a53-9d0a-5f2c6d1a0001"


def test_errors_are_code_and_message_by_default(api: Any) -> None:
    answer = api.get(UNKNOWN)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"code": "not_found", "message": "no rows in result set"}


def test_errors_are_problems_when_asked_for(api: Any) -> None:
    answer = api.get(UNKNOWN, headers=PROBLEM)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "title": "Contract Not Found",
        "code": "not_found",
        "details": "no rows in result set",
    }


@pytest.mark.parametrize("path", ["/nope", "/company/v1/contracts/", "/company/v1", ""])
def test_unknown_paths_are_not_found_in_json(api: Any, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/company/v1/contracts", {"GET"}),
        ("GET", "/catalog/v2/search", {"POST"}),
        ("PUT", "/catalog/v2/items", {"GET"}),
    ],
)
def test_a_wrong_method_is_405_and_says_which_are_right(
    api: Any, method: str, path: str, allowed: set[str]
) -> None:
    answer = api.call(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == allowed
    assert answer.json()["code"] == "ERR_METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"limit": NaN}',
        b'{"limit": 1e999}',
        b'{"datetime": "\xff"}',
        b'{"datetime": "\\ud800"}',
        b"[" * 100_000,
        b'{"limit": ' + b"9" * 6000 + b"}",
    ],
    ids=lambda body: repr(body[:16]),
)
def test_a_body_that_is_no_json_object_is_refused(api: Any, body: bytes) -> None:
    answer = api.call("POST", "/catalog/v2/search", data=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "ERR_BAD_REQUEST")


def test_an_oversized_body_is_refused(api: Any) -> None:
    answer = api.call("POST", "/catalog/v2/search", data=b'{"ids": ["' + b"a" * 4_100_000 + b'"]}')
    assert answer.status_code == 400


def test_an_inner_failure_is_a_500_without_details(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    api = start()
    monkeypatch.setattr(api.sandbox.platform, "contracts", None)
    answer: requests.Response = api.get("/company/v1/contracts")
    assert (answer.status_code, answer.json()) == (
        500,
        {"code": "ERR_INTERNAL", "message": "internal server error"},
    )
