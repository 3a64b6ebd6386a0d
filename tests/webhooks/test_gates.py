"""Who is let in, and that names and secrets do not show."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.errors import InvalidInputError
from iceye_geo.webhooks.gates import BasicGate, OAuth2Gate, OpenGate

SECRET = "pl:änted secret+%"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def form(**changes: str) -> dict[str, str]:
    return {"grant_type": "client_credentials", "client_id": "iceye", "client_secret": SECRET} | changes


def token_of(gate: OAuth2Gate) -> str:
    answer = gate.issue("", form())
    return str(answer.body["access_token"])


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        basic("iceye", ""),
        basic("", SECRET),
        basic("iceye", SECRET + "x"),
        f"Bearer {SECRET}",
    ],
)
def test_basic_lets_nobody_else_in(header: str) -> None:
    gate = BasicGate("iceye", SECRET)
    assert gate.allows(basic("iceye", SECRET))
    assert not gate.allows(header)
    assert gate.issue(header, form()) is None


def test_a_token_is_good_until_it_ends() -> None:
    now = [1000.0]
    gate = OAuth2Gate("iceye", SECRET, ttl_s=60, now=lambda: now[0])
    token = token_of(gate)
    assert gate.allows(f"Bearer {token}")
    assert gate.allows(f"bearer {token}")
    now[0] += 60
    assert not gate.allows(f"Bearer {token}")


def test_a_token_outlives_a_restart_and_another_secret_ends_it() -> None:
    token = token_of(OAuth2Gate("iceye", SECRET))
    assert OAuth2Gate("iceye", SECRET).allows(f"Bearer {token}")
    assert not OAuth2Gate("iceye", "another").allows(f"Bearer {token}")


def test_a_longer_life_cannot_be_written_into_a_token() -> None:
    gate = OAuth2Gate("iceye", SECRET, ttl_s=-10)
    _, _, rest = token_of(gate).partition(".")
    assert not gate.allows(f"Bearer 99999999999.{rest}")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Bearer 1.2.3", "Bearer ².x.y", basic("iceye", SECRET)]
)
def test_anything_else_is_no_token(header: str) -> None:
    assert not OAuth2Gate("iceye", SECRET).allows(header)


@pytest.mark.parametrize(
    ("header", "fields", "status"),
    [
        ("", form(), 200),
        (basic("iceye", SECRET), form(client_id="", client_secret=""), 200),
        (basic("iceye", "pl%3A%C3%A4nted+secret%2B%25"), form(), 200),
        (basic("iceye", "wrong"), form(), 401),
        ("", form(client_secret="wrong"), 401),
        ("", {"grant_type": "client_credentials"}, 401),
        ("", form(grant_type="password"), 400),
        ("", {}, 400),
    ],
)
def test_tokens_are_issued_for_the_right_credentials_only(
    header: str, fields: dict[str, str], status: int
) -> None:
    answer = OAuth2Gate("iceye", SECRET).issue(header, fields)
    assert answer.status == status
    assert ("access_token" in answer.body) == (status == 200)


@pytest.mark.parametrize("gate", [BasicGate("iceye", SECRET), OAuth2Gate("iceye", SECRET), OpenGate()])
def test_no_gate_shows_its_secret(gate: Any) -> None:
    assert SECRET not in repr(gate) + str(gate)


def test_an_empty_secret_protects_nothing_and_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        BasicGate("iceye", "")
    with pytest.raises(InvalidInputError):
        OAuth2Gate("iceye", "")


@given(st.text())
def test_no_header_breaks_a_gate(header: str) -> None:
    for gate in (BasicGate("iceye", SECRET), OAuth2Gate("iceye", SECRET)):
        assert not gate.allows(header)
        assert not gate.allows(f"Bearer {header}")
