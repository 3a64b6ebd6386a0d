"""JSON documents of a static catalog, kept on disk and asked for again only as "has it changed since?"."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from iceye_geo.errors import OpenDataError
from iceye_geo.redact import strip_query
from iceye_geo.transport.answers import error_of
from iceye_geo.transport.no_answer import no_answer
from iceye_geo.transport.retry import retrying

# A catalog page is kilobytes; the largest known collection document is under a megabyte.
MAX_BYTES = 64 * 1024 * 1024
_RETRIES = 3
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document as it was last seen.

    Attributes:
        url: where it lies.
        body: its content.
        etag: the host's name for this version, or "".
        checked: when the host was last asked, seconds since 1970.
    """

    url: str
    body: dict[str, Any]
    etag: str
    checked: float


class Documents:
    """Documents by URL, from disk where they are fresh, else from the host. Safe between threads.

    Args:
        http: the plain session.
        folder: where they are kept.
        max_age_s: how old a document may be before the host is asked whether it changed, seconds.
        pause_s: least time between two requests, of all threads together, seconds.
        offline: never ask the host; documents of any age will do. It stays readable as an attribute.
        clock: returns seconds since 1970.
        sleep: waits.
    """

    def __init__(
        self,
        http: requests.Session,
        folder: Path,
        *,
        max_age_s: float,
        pause_s: float,
        offline: bool = False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http, self._folder, self._max_age_s, self.offline = http, folder, max_age_s, offline
        self._pause_s, self._clock, self._sleep = pause_s, clock, sleep
        self._turn = threading.Lock()
        self._next_s = 0.0

    def get(self, url: str) -> dict[str, Any]:
        """Return a document.

        Raises:
            OpenDataError: it is no JSON object, or is not kept and ``offline`` is set.
            ApiError: the host refused it or did not answer, and there is no copy.
        """
        kept = self._kept(url)
        if kept is not None and (self.offline or self._clock() - kept.checked < self._max_age_s):
            return kept.body
        if self.offline:
            raise OpenDataError(f"{url} was never read, and offline=True; read it once with a connection")
        ask = retrying(retries=_RETRIES, repeatable=True, sleep=self._sleep)
        try:
            found = ask(self._ask, url, kept)
        except OpenDataError:
            # Half a body looks like none; what is no JSON the second time is none.
            found = ask(self._ask, url, kept)
        self._keep(found)
        return found.body

    def keep_missing(self, url: str) -> None:
        """Remember that a URL leads nowhere: it is an empty document until the host is asked again."""
        self._keep(Document(url, {}, "", self._clock()))

    def _ask(self, url: str, kept: Document | None) -> Document:
        self._wait_for_turn()
        headers = {"Accept": "application/json, application/geo+json"}
        if kept is not None and kept.etag:
            headers["If-None-Match"] = kept.etag
        try:
            with self._http.get(url, headers=headers, stream=True) as response:
                if response.status_code == 304 and kept is not None:
                    return Document(url, kept.body, kept.etag, self._clock())
                if response.status_code != 200:
                    raise error_of(response, operation=f"GET {strip_query(url)}")
                return Document(
                    url, _parsed(_content(response), url), response.headers.get("ETag", ""), self._clock()
                )
        except requests.RequestException as error:
            raise no_answer(error, operation=f"GET {strip_query(url)}") from None

    def _wait_for_turn(self) -> None:
        """Let requests go out one after another, ``pause_s`` apart: a static bucket is a guest's table."""
        with self._turn:
            now = time.monotonic()
            wait = self._next_s - now
            self._next_s = max(now, self._next_s) + self._pause_s
        if wait > 0:
            self._sleep(wait)

    def _path(self, url: str) -> Path:
        name = hashlib.blake2b(url.encode(), digest_size=16).hexdigest()
        return self._folder / name[:2] / f"{name}.json"

    def _kept(self, url: str) -> Document | None:
        try:
            plain = json.loads(self._path(url).read_text(encoding="utf-8"))
            found = Document(plain["url"], plain["body"], plain["etag"], float(plain["checked"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if found.url == url and isinstance(found.body, dict) else None

    def _keep(self, document: Document) -> None:
        path = self._path(document.url)
        path.parent.mkdir(parents=True, exist_ok=True)
        plain = {
            "url": document.url,
            "etag": document.etag,
            "checked": document.checked,
            "body": document.body,
        }
        aside = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        aside.write_text(json.dumps(plain), encoding="utf-8")
        aside.replace(path)


def _content(response: requests.Response) -> bytes:
    """Read a body, no further than what would be too large."""
    parts = bytearray()
    for part in response.iter_content(_CHUNK):
        parts += part
        if len(parts) > MAX_BYTES:
            break
    return bytes(parts)


def _parsed(text: bytes, url: str) -> dict[str, Any]:
    if len(text) > MAX_BYTES:
        raise OpenDataError(f"{url} is larger than {MAX_BYTES} bytes; that is no catalog page")
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise OpenDataError(f"{url} is no JSON object; is it the root of a STAC catalog?")
    return body
