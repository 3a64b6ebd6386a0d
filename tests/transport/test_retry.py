from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.errors import (
    ApiError,
    CertificateError,
    ConnectionFailedError,
    InvalidInputError,
    LinkExpiredError,
    RateLimitedError,
    ServerError,
)
from iceye_geo.transport.retry import parse_retry_after, should_repeat

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@given(st.integers(min_value=0, max_value=10**9))
def test_seconds_are_read(seconds: int) -> None:
    assert parse_retry_after(f" {seconds} ") == seconds


@given(st.integers(min_value=-(10**6), max_value=10**6))
def test_dates_are_read_and_a_past_one_means_now(seconds: int) -> None:
    header = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(header, now=NOW) == max(0, seconds)


@given(st.one_of(st.none(), st.text(), st.from_regex(r"[A-Za-z0-9 ,:+-]{0,40}", fullmatch=True)))
def test_any_header_gives_seconds_or_none(header: str | None) -> None:
    seconds = parse_retry_after(header, now=NOW)
    assert seconds is None or 0 <= seconds < float("inf")


@pytest.mark.parametrize("header", ["-1", "1.5", "soon", "", "²", "Fri, 99 Foo 2026 12:00:00 GMT"])
def test_what_is_neither_seconds_nor_a_date_is_no_wish(header: str) -> None:
    assert parse_retry_after(header) is None


@pytest.mark.parametrize(
    ("error", "repeatable", "expected"),
    [
        (RateLimitedError("x", status=429), False, True),
        (ServerError("x", status=503), True, True),
        (ServerError("x", status=503), False, False),
        (ServerError("x", status=501), True, False),
        (ConnectionFailedError("x"), True, True),
        (ConnectionFailedError("x"), False, False),
        (ConnectionFailedError("x", never_sent=True), False, True),
        (CertificateError("x", never_sent=True), True, False),
        (ApiError("x", status=418), True, False),
        (LinkExpiredError("x"), True, False),
        (InvalidInputError("a", "b"), True, False),
        (KeyboardInterrupt(), True, False),
    ],
)
def test_what_is_repeated(error: BaseException, repeatable: bool, expected: bool) -> None:
    assert should_repeat(error, repeatable=repeatable) is expected
