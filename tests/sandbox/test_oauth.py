from __future__ import annotations

from typing import Any

import pytest
import requests

from iceye_geo.sandbox import Sandbox

GOOD = ("sandbox", "sandbox-secret")


def ask(
    sandbox: Sandbox, *, path: str = "/v1/token", auth: Any = GOOD, data: Any = None
) -> requests.Response:
    return requests.post(
        sandbox.auth_url + path,
        auth=auth,
        data={"grant_type": "client_credentials"} if data is None else data,
        timeout=60,
    )


@pytest.mark.parametrize("path", ["/v1/token", "/oauth2/token"])
def test_client_credentials_get_a_bearer_token(sandbox: Sandbox, path: str) -> None:
    body = ask(sandbox, path=path).json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3600
    assert "catalog.read" in body["scope"].split()
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert requests.get(f"{sandbox.api_url}/company/v1/contracts", headers=headers, timeout=60).ok


@pytest.mark.parametrize("auth", [("sandbox", "wrong"), ("other", "sandbox-secret"), None])
def test_wrong_credentials_are_refused(sandbox: Sandbox, auth: Any) -> None:
    answer = ask(sandbox, auth=auth)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize("header", ["Basic !!!", "Basic", "Bearer abc", "Basic c2FuZGJveA=="])
def test_malformed_credentials_are_refused(sandbox: Sandbox, header: str) -> None:
    answer = requests.post(
        f"{sandbox.auth_url}/v1/token",
        headers={"Authorization": header},
        data={"grant_type": "client_credentials"},
        timeout=60,
    )
    assert answer.status_code == 401


def test_the_password_grant_is_refused(sandbox: Sandbox) -> None:
    answer = ask(sandbox, data={"grant_type": "password", "username": "a", "password": "b"})
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("data", [{}, {"scope": "x"}, b"\xff\xfe", "grant_type"])
def test_a_request_without_a_grant_is_refused(sandbox: Sandbox, data: Any) -> None:
    answer = ask(sandbox, data=data)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_an_expired_token_is_refused(start: Any) -> None:
    api = start(token_ttl_s=0)
    assert api.get("/company/v1/contracts").status_code == 401


@pytest.mark.parametrize(
    "header", [None, "Bearer nonsense", "Basic c2FuZGJveDpzYW5kYm94LXNlY3JldA==", "Bearer"]
)
def test_the_api_needs_a_token(sandbox: Sandbox, header: str | None) -> None:
    answer = requests.get(
        f"{sandbox.api_url}/company/v1/contracts",
        headers={"Authorization": header} if header else {},
        timeout=60,
    )
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json() == {"code": "ERR_UNAUTHORIZED", "message": "token is missing or expired"}


def test_revoked_tokens_are_refused_and_new_ones_work(sandbox: Sandbox, api: Any) -> None:
    assert api.get("/company/v1/contracts").status_code == 200
    sandbox.faults.revoke_tokens()
    assert api.get("/company/v1/contracts").status_code == 401
    api.renew()
    assert api.get("/company/v1/contracts").status_code == 200
