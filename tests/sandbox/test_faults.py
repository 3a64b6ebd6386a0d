from __future__ import annotations

import re
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from iceye_geo.sandbox import Fault

from .conftest import BODY


def get(link: str, **headers: str) -> requests.Response:
    return requests.get(link, headers=headers, timeout=60)


def test_429_comes_once_with_retry_after(sandbox: Any, api: Any) -> None:
    fault = sandbox.faults.add(Fault("429", "/company/", retry_after=2))
    answer = api.get("/company/v1/contracts")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert answer.json()["code"] == "ERR_TOO_MANY_REQUESTS"
    assert api.get("/company/v1/contracts").status_code == 200
    assert fault.hits == 1


def test_a_status_comes_as_often_as_asked_and_in_the_asked_form(sandbox: Any, api: Any) -> None:
    sandbox.faults.add(Fault("503", times=2))
    problem = {"Accept": "application/problem+json"}
    answers = [api.get("/company/v1/contracts", headers=problem) for _ in range(3)]
    assert [a.status_code for a in answers] == [503, 503, 200]
    assert answers[0].headers["Content-Type"] == "application/problem+json"
    assert "Retry-After" not in answers[0].headers


def test_a_fault_strikes_only_its_method_and_path(sandbox: Any, api: Any) -> None:
    sandbox.faults.add(Fault("500", "/search$", "POST"))
    assert api.get("/company/v1/contracts").status_code == 200
    assert api.get("/catalog/v2/search").status_code == 405
    assert api.search().status_code == 500


def test_a_fault_can_let_some_requests_pass_first(sandbox: Any, api: Any) -> None:
    sandbox.faults.add(Fault("500", skip=2))
    assert [api.get("/company/v1/contracts").status_code for _ in range(4)] == [200, 200, 500, 200]


def test_cleared_faults_do_not_strike(sandbox: Any, api: Any) -> None:
    sandbox.faults.add(Fault("500", times=9))
    sandbox.faults.clear()
    assert api.get("/company/v1/contracts").status_code == 200


def test_a_fault_is_read_from_text() -> None:
    text = "429,path=/catalog/v\\d,method=post,times=3,skip=1,retry_after=0.5,seconds=2,after_bytes=9"
    assert Fault.parse(text) == Fault(
        "429", r"/catalog/v\d", "POST", times=3, skip=1, retry_after=0.5, seconds=2, after_bytes=9
    )
    assert Fault.parse("drop") == Fault("drop")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "unknown fault kind ''"), ("200", "unknown fault kind '200'"), ("503,times", "'times' is not name=value"),
        ("503,hits=2", "'hits=2' is not name=value with one of path, method"),
        ("503,times=two", "times must be a number, not 'two'"),
        ("503,path=(", "'(' is no regular expression"),
    ],
)  # fmt: skip
def test_what_is_no_fault_is_refused_with_a_reason(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Fault.parse(text)


def test_slow_answers_are_right_but_late(sandbox: Any, link: str) -> None:
    sandbox.faults.add(Fault("slow", "/content/", seconds=0.3))
    began = time.monotonic()
    assert get(link).content == BODY
    assert time.monotonic() - began >= 0.3


def test_a_drop_before_the_headers_leaves_no_answer(sandbox: Any, api: Any) -> None:
    sandbox.faults.add(Fault("drop", "/company/"))
    with pytest.raises(requests.ConnectionError):
        api.get("/company/v1/contracts")
    assert sandbox.requests[-1].status == 0
    assert api.get("/company/v1/contracts").status_code == 200


def test_a_drop_in_mid_body_cuts_the_connection(sandbox: Any, link: str) -> None:
    sandbox.faults.add(Fault("drop", "/content/", after_bytes=1234))
    with requests.get(link, stream=True, timeout=60) as answer:
        assert answer.headers["Content-Length"] == str(len(BODY))
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            _ = answer.content
    assert sandbox.requests[-1].bytes == 1234
    assert get(link).content == BODY


def test_a_short_body_claims_to_be_whole(sandbox: Any, link: str) -> None:
    sandbox.faults.add(Fault("short", "/content/", times=2))
    answer = get(link, Range="bytes=0-999")
    assert (answer.status_code, len(answer.content)) == (206, 500)
    assert answer.headers["Content-Range"] == f"bytes 0-999/{len(BODY)}"
    assert len(get(link).content) == len(BODY) // 2


def test_a_stall_sends_a_part_and_then_nothing(sandbox: Any, link: str) -> None:
    sandbox.faults.add(Fault("stall", "/content/", seconds=60, after_bytes=100))
    parts = urlsplit(link)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as line:
        line.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        came = b""
        while len(came.partition(b"\r\n\r\n")[2]) < 100:
            came += line.recv(4096)
        line.settimeout(0.2)
        with pytest.raises(TimeoutError):
            line.recv(4096)
    assert came.endswith(BODY[:100])


def test_ignore_range_sends_the_whole_file(sandbox: Any, link: str) -> None:
    sandbox.faults.add(Fault("ignore-range", "/content/"))
    answer = get(link, Range="bytes=0-9")
    assert (answer.status_code, len(answer.content)) == (200, len(BODY))
    assert get(link, Range="bytes=0-9").status_code == 206


def test_a_wrong_content_range_names_other_bytes(sandbox: Any, link: str) -> None:
    sandbox.faults.add(Fault("wrong-content-range", "/content/"))
    assert get(link, Range="bytes=0-9").headers["Content-Range"] == f"bytes 1-10/{len(BODY)}"


def test_a_new_etag_makes_the_file_look_replaced(sandbox: Any, link: str) -> None:
    before = get(link, Range="bytes=0-9").headers["ETag"]
    sandbox.faults.add(Fault("new-etag", "/content/"))
    assert get(link, Range="bytes=0-9").headers["ETag"] != before
    assert get(link, Range="bytes=0-9").headers["ETag"] == before


def test_garbage_is_a_page_of_html(sandbox: Any, api: Any) -> None:
    sandbox.faults.add(Fault("garbage"))
    answer = api.get("/company/v1/contracts")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")


def test_the_switch_expires_links_too(sandbox: Any, link: str) -> None:
    sandbox.faults.expire_links()
    assert get(link).status_code == 403


@pytest.mark.parametrize("kind", ["", "rain", "200", "600"])
def test_unknown_kinds_are_refused(kind: str) -> None:
    with pytest.raises(ValueError, match="unknown fault kind"):
        Fault(kind)
