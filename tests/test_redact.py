from __future__ import annotations

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo.redact import mask, redact, redact_headers, strip_query

# Secrets as they occur: base64, base64url, hex, percent-encoded.
SECRETS = st.text(string.ascii_letters + string.digits + "-_~+/=%.", min_size=12, max_size=60).map(
    lambda tail: f"pLanted9{tail}"
)
KEYS = st.sampled_from(
    ["client_secret", "clientSecret", "password", "access_token", "refresh_token", "api_key", "secret", "Signature",
     "X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential", "Policy"]
)  # fmt: skip
TEMPLATES = [
    "https://cdn.example.com/a/b?Expires=1&Signature={s}&Key-Pair-Id=K",
    "GET https://cdn.example.com/a?{k}={s} failed",
    "see <a href='https://cdn.example.com/a?x={s}'>here</a>",
    "/vsicurl/https://cdn.example.com/a?x={s}",
    '{{"url": "https://cdn.example.com/a?x={s}"}}',
    "https://user:{s}@host/x",
    "https://user:{s}/@host/x",
    "socks5://user:p@{s}@host:1080",
    "Authorization: Bearer {s}",
    "{{'Authorization': 'Basic {s}'}}",
    "proxy-authorization: {s}",
    "sent Bearer {s} to host",
    "{k}={s}",
    "{k}='{s}'",
    '{{"{k}": "{s}", "next": 1}}',
    "{{'{k}': '{s}'}}",
    "{k}: {s}",
    "grant_type=x&{k}={s}&y=1",
    "{k}=SecretStr('{s}')",
]


@given(st.sampled_from(TEMPLATES), KEYS, SECRETS, st.text(max_size=10), st.text(max_size=10))
def test_a_planted_secret_never_stays(template: str, key: str, secret: str, before: str, after: str) -> None:
    text = f"{before} {template.format(k=key, s=secret)} {after}"
    assert secret not in redact(text)
    assert "pLanted9" not in redact(text)


@given(st.text())
def test_redacting_twice_equals_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.sampled_from(TEMPLATES), KEYS, SECRETS)
def test_redacting_a_secret_twice_equals_once(template: str, key: str, secret: str) -> None:
    once = redact(template.format(k=key, s=secret))
    assert redact(once) == once


@given(st.from_regex(r"eyJ[A-Za-z0-9_-]{10,40}\.[A-Za-z0-9_-]{10,40}\.[A-Za-z0-9_-]{10,40}", fullmatch=True))
def test_a_bare_jwt_goes(token: str) -> None:
    assert token.split(".")[1] not in redact(f"answer {token} ended")


@pytest.mark.parametrize(
    "text",
    [
        "token expired",
        "Basic authentication is required",
        "contract 8590541b-2317-5126-b743-831100acc251 has no pricing plan",
        "https://docs.iceye.com/constellation/api/specification/company/v1/#operation/GetContract",
        "the client secret is missing",
        "could not create task: insufficient funds",
        "2026-11-20T12:00:00Z",
    ],
)
def test_plain_words_stay(text: str) -> None:
    assert redact(text) == text


def test_what_surrounds_a_secret_stays() -> None:
    assert (
        redact('{"client_secret": "abc", "client_id": "me"}') == '{"client_secret": "***", "client_id": "me"}'
    )
    assert redact("grant_type=x&access_token=abc&y=1") == "grant_type=x&access_token=***&y=1"
    assert redact("see https://h/a?Signature=abc then") == "see https://h/a?*** then"


@pytest.mark.parametrize("piece", ["a-", "https://", "http://a:b", "eyJa.", "secret='", "authorization: "])
def test_long_odd_text_is_read_in_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    start = time.process_time()
    redact(text)
    assert time.process_time() - start < 5  # a quadratic pattern needed half a minute and more


def test_headers_keep_their_names() -> None:
    sent = {
        "authorization": "Bearer x",
        "Cookie": "id=1",
        "X-Api-Key": "k",
        "Referer": "https://h/a?sig=1",
        "A": "b",
    }
    assert redact_headers(sent) == {
        "authorization": "***", "Cookie": "***", "X-Api-Key": "***", "Referer": "https://h/a?***", "A": "b",
    }  # fmt: skip


@given(st.from_regex(r"https://([a-z]{1,5}:[a-z]{1,5}@)?[a-z]{1,10}\.com/[a-z/]{0,20}(\?[A-Za-z=&]{0,20})?(#[a-z]{0,5})?",
                     fullmatch=True))  # fmt: skip
def test_a_stripped_url_keeps_host_and_path_only(url: str) -> None:
    bare = strip_query(url)
    assert not set("?#@") & set(bare)
    assert bare.startswith("https://")
    assert strip_query(bare) == bare


def test_mask_says_whether_there_is_a_secret() -> None:
    assert (mask("x"), mask(None)) == ("***", "None")
