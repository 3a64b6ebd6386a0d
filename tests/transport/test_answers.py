from __future__ import annotations

import json

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.errors import (
    ApiError,
    BadRequestError,
    InsufficientFundsError,
    InvalidContractError,
    NoPricingPlanError,
    ServerError,
    UnexpectedAnswerError,
)
from iceye_geo.transport.answers import error_of, read_error_body, read_json


def _response(
    status: int, body: object = None, *, raw: bytes | None = None, **headers: str
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = raw if raw is not None else json.dumps(body).encode()
    response.headers.update(headers)
    response.encoding = "utf-8"
    return response


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"code": "E", "message": "m"}, ("E", "m", "")),
        ({"title": "T", "code": "E", "details": "d", "reference": "r"}, ("E", "d", "r")),
        ({"title": "T", "detail": "d", "status": 400}, ("", "d", "")),
        ({"details": "s", "detail": "d", "message": "m"}, ("", "s", "")),
        ({"title": "T"}, ("", "T", "")),
        ({"detail": [{"loc": ["body"]}]}, ("", "[{'loc': ['body']}]", "")),
        ({"code": None, "message": ""}, ("", "no further words", "")),
        ({}, ("", "no further words", "")),
    ],
)
def test_both_error_bodies_are_read(body: object, expected: tuple[str, str, str]) -> None:
    assert read_error_body(_response(400, body)) == expected


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"code": "ERR_INSUFFICIENT_FUNDS", "message": "could not create task"}, InsufficientFundsError),
        (422, {"code": "ERR_INVALID_CONTRACT", "message": "invalid contract"}, InvalidContractError),
        (400, {"code": "x", "message": "contract has no Pricing Plan"}, NoPricingPlanError),
        (400, {"code": "new", "message": "?"}, BadRequestError),
        (599, ["no dict"], ServerError),
        (418, None, ApiError),
    ],
)
def test_the_table_chooses_the_class(status: int, body: object, kind: type[ApiError]) -> None:
    assert type(error_of(_response(status, body), operation="op")) is kind


def test_retry_after_travels_with_the_error() -> None:
    assert error_of(_response(503, {}, **{"Retry-After": "4"}), operation="").retry_after == 4.0


@given(raw=st.binary(max_size=300), status=st.integers(min_value=100, max_value=599))
def test_any_body_gives_json_or_one_of_our_errors(raw: bytes, status: int) -> None:
    told: list[int] = []
    try:
        read_json(_response(status, raw=raw), operation="op")
    except ApiError as error:
        told.append(error.status)
    assert told in ([], [status])
    assert told or status < 300


def test_an_empty_body_is_none() -> None:
    assert read_json(_response(204, raw=b""), operation="") is None


def test_a_success_that_is_no_json_names_the_content_type() -> None:
    with pytest.raises(UnexpectedAnswerError, match="text/html"):
        read_json(_response(200, raw=b"<html>", **{"Content-Type": "text/html"}), operation="")


def test_signed_links_in_error_bodies_are_hidden() -> None:
    body = {"code": "c", "message": "cannot read https://h/x?Signature=planted"}
    assert "planted" not in str(error_of(_response(400, body), operation="op"))
