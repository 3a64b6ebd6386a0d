from __future__ import annotations

import pytest

from iceye_geo.errors import (
    ConnectionFailedError,
    InvalidInputError,
    LinkExpiredError,
    NotFoundError,
    UnexpectedAnswerError,
)
from iceye_geo.transport.session import Session

from .loopback import Answer, Clock, Loopback

LINK = "/content/abc"
QUERY = "?Expires=1&Signature=planted&Key-Pair-Id=K"


def test_a_link_is_read_without_the_token(session: Session, server: Loopback) -> None:
    server.on(LINK, Answer(body=b"\x89PNG", headers={"Content-Type": "image/png"}))
    assert session.fetch(f"{server.url}{LINK}{QUERY}") == b"\x89PNG"
    (seen,) = server.seen
    assert "Authorization" not in seen.headers
    assert seen.query["Signature"] == ["planted"]
    assert seen.headers["User-Agent"].startswith("iceye-geo/")


def test_an_expired_link_is_said_so_without_the_signature(session: Session, server: Loopback) -> None:
    server.on(LINK, Answer(403, body=b"<Error/>"))
    with pytest.raises(LinkExpiredError) as caught:
        session.fetch(f"{server.url}{LINK}{QUERY}")
    assert "planted" not in str(caught.value)
    assert len(server.seen) == 1


def test_a_missing_file_is_not_found(session: Session, server: Loopback) -> None:
    with pytest.raises(NotFoundError) as caught:
        session.fetch(f"{server.url}/content/none{QUERY}")
    assert "planted" not in repr(caught.value)


@pytest.mark.parametrize("fault", [Answer(500, {}), Answer(cut="before"), Answer(body=b"half", cut="within")])
def test_a_link_survives_a_fault(session: Session, server: Loopback, clock: Clock, fault: Answer) -> None:
    server.on(LINK, fault, Answer(body=b"whole"))
    assert session.fetch(f"{server.url}{LINK}") == b"whole"
    assert len(clock.slept) == 1


def test_a_body_that_stays_incomplete_is_an_error(session: Session, server: Loopback) -> None:
    server.on(LINK, Answer(body=b"half", cut="within"))
    with pytest.raises(ConnectionFailedError) as caught:
        session.fetch(f"{server.url}{LINK}{QUERY}")
    assert "planted" not in str(caught.value)


def test_a_longer_body_than_expected_is_refused(session: Session, server: Loopback) -> None:
    server.on(LINK, Answer(body=b"12345"))
    assert session.fetch(f"{server.url}{LINK}", max_bytes=5) == b"12345"
    with pytest.raises(UnexpectedAnswerError, match="longer than 4 bytes"):
        session.fetch(f"{server.url}{LINK}", max_bytes=4)


@pytest.mark.parametrize("url", ["http://host.example/x", "file:///etc/passwd", "ftp://h/x", "x", ""])
def test_only_protected_links_are_read(session: Session, url: str) -> None:
    with pytest.raises(InvalidInputError, match="https"):
        session.fetch(url)
