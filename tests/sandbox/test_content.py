from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit
from xml.etree import ElementTree

import pytest
import requests

from iceye_geo.sandbox.content import Content

from .conftest import BODY


def get(link: str, **headers: str) -> requests.Response:
    return requests.get(link, headers={k.replace("_", "-"): v for k, v in headers.items()}, timeout=60)


def changed(link: str, **query: str | None) -> str:
    parts = urlsplit(link)
    pairs = {k: v[0] for k, v in parse_qs(parts.query).items()}
    pairs = {
        k: v
        for k, v in {**pairs, **{k.replace("_", "-"): v for k, v in query.items()}}.items()
        if v is not None
    }
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def denied(answer: requests.Response) -> str:
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("application/xml")
    return str(ElementTree.fromstring(answer.content).findtext("Message"))


def test_a_link_is_opaque_and_names_no_file(link: str) -> None:
    parts = urlsplit(link)
    assert re.fullmatch(r"/content/[0-9a-f]{32}", parts.path)
    assert set(parse_qs(parts.query)) == {"Expires", "Signature", "Key-Pair-Id"}


def test_a_link_opens_the_whole_file(link: str) -> None:
    answer = get(link)
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Type"] == "image/tiff"
    assert re.fullmatch(r'"[0-9a-f]+"', answer.headers["ETag"])


@pytest.mark.parametrize(
    ("wanted", "first", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=500-500", 500, 501),
        ("bytes=1023000-", 1_023_000, len(BODY)),
        ("bytes=-24", len(BODY) - 24, len(BODY)),
        ("bytes=1000-99999999", 1000, len(BODY)),
        ("bytes=-99999999", 0, len(BODY)),
        ("bytes=0-999999", 0, 1_000_000),
    ],
)
def test_one_range_is_served(link: str, wanted: str, first: int, stop: int) -> None:
    answer = get(link, Range=wanted)
    assert answer.status_code == 206
    assert answer.content == BODY[first:stop]
    assert answer.headers["Content-Range"] == f"bytes {first}-{stop - 1}/{len(BODY)}"
    assert answer.headers["Content-Length"] == str(stop - first)


@pytest.mark.parametrize(
    "wanted", ["bytes=0-9,20-29", f"bytes={len(BODY)}-", "bytes=-0", "bytes=99999999-99999999"]
)
def test_several_or_impossible_ranges_are_refused(link: str, wanted: str) -> None:
    answer = get(link, Range=wanted)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(BODY)}"


@pytest.mark.parametrize("wanted", ["lines=1-2", "bytes=9-5", "bytes=x-y", "bytes=-", "bytes"])
def test_a_range_header_that_means_nothing_is_ignored(link: str, wanted: str) -> None:
    assert get(link, Range=wanted).status_code == 200


def test_if_range_gives_the_part_only_while_the_file_is_the_same(link: str) -> None:
    etag = get(link, Range="bytes=0-0").headers["ETag"]
    assert get(link, Range="bytes=0-9", If_Range=etag).status_code == 206
    assert get(link, Range="bytes=0-9", If_Range='"other"').status_code == 200


def test_head_and_every_other_method_are_refused(link: str) -> None:
    for method in ("HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = requests.request(method, link, timeout=60)
        assert answer.status_code == 403, method


def test_a_link_without_its_query_is_refused(link: str) -> None:
    assert "Key-Pair-Id" in denied(get(link.partition("?")[0]))
    for name in ("Expires", "Signature", "Key-Pair-Id"):
        assert "Key-Pair-Id" in denied(get(changed(link, **{name: None})))


def test_a_tampered_link_is_refused(link: str) -> None:
    later = str(int(parse_qs(urlsplit(link).query)["Expires"][0]) + 3600)
    for query in (
        {"Expires": later},
        {"Signature": "0" * 64},
        {"Signature": "é"},
        {"Key_Pair_Id": "OTHER"},
        {"Expires": "x"},
    ):
        assert denied(get(changed(link, **query))) == "Access denied"
    assert denied(get(re.sub(r"/content/\w{4}", "/content/0000", link))) == "Access denied"


def test_a_signed_link_to_nothing_is_refused(sandbox: Any) -> None:
    link = sandbox.platform.content.link("00" * 16, base_url=sandbox.url)
    assert denied(get(link)) == "Access Denied"


def test_links_can_be_made_to_expire_and_new_ones_work(sandbox: Any, link: str) -> None:
    assert get(link).ok
    sandbox.expire_links()
    assert denied(get(link)) == "Request has expired"
    content_id = urlsplit(link).path.rpartition("/")[2]
    assert get(sandbox.platform.content.link(content_id, base_url=sandbox.url)).ok


def test_a_link_expires_when_its_time_is_over() -> None:
    now = [1000.0]
    content = Content(ttl_s=60, wall=lambda: now[0])
    query = {k: v[0] for k, v in parse_qs(urlsplit(content.link("ab", base_url="http://x")).query).items()}
    assert query["Expires"] == "1060"
    assert content.judge("/content/ab", query) == "ok"
    now[0] = 1060.0
    assert content.judge("/content/ab", query) == "expired"


def test_the_first_maker_of_a_name_stays() -> None:
    content = Content(ttl_s=60)
    one = content.register("a", lambda: Path("one"), "text/plain")
    assert content.register("a", lambda: Path("two"), "text/plain") == one
    file = content.get(one)
    assert file is not None
    assert file.make() == Path("one")


def test_the_log_holds_no_signature(sandbox: Any, link: str) -> None:
    get(link, Range="bytes=10-19")
    entry = sandbox.requests[-1]
    assert (entry.method, entry.status, entry.range, entry.bytes) == ("GET", 206, "bytes=10-19", 10)
    assert entry.query == "***"
    assert "Signature" not in repr(list(sandbox.requests))


def test_one_connection_carries_many_ranges_and_threads_do_not_mix_them(link: str) -> None:
    failures: list[int] = []

    def read(offset: int) -> None:
        with requests.Session() as http:
            for start in range(offset, offset + 20_000, 1000):
                part = http.get(link, headers={"Range": f"bytes={start}-{start + 499}"}, timeout=60).content
                if part != BODY[start : start + 500]:
                    failures.append(start)

    threads = [threading.Thread(target=read, args=(n * 7919,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not failures
