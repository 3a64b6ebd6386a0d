"""Sending callbacks: a worker thread that POSTs, authenticates, and tries again with growing pauses.

A callback goes to the registered address and nowhere else: redirects are not followed, proxies of the environment are
not used. It carries an id and a kind, never a status.
"""

from __future__ import annotations

import base64
import heapq
import itertools
import logging
import math
import threading
import time
from dataclasses import dataclass, field

import requests

log = logging.getLogger(__name__)

#: A receiver should answer at once; one that does not holds up the callbacks behind it no longer than this.
TIMEOUT_S = 5.0
#: When the sandbox stops, callbacks that are due are sent for so long: a receiver on this machine takes milliseconds.
DRAIN_S = 1.0
#: Tokens are renewed this long before they end.
TOKEN_MARGIN_S = 5.0
_MAX_PAUSE_S = 30.0


@dataclass(frozen=True)
class Target:
    """Where callbacks go and how they prove who sends them; `auth` is the registration's, secrets and all."""

    url: str
    auth: dict[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Attempt:
    """One POST that was tried: for tests and for a reader of the sandbox's log.

    Attributes:
        id: the resource the callback was about.
        type: task, purchase or delivery.
        url: where it went.
        number: 1 for the first try.
        status: the answer's HTTP status; None if there was no answer, or no token to be had.
    """

    id: str
    type: str
    url: str
    number: int
    status: int | None


@dataclass(order=True)
class _Job:
    due: float
    order: int
    target: Target = field(compare=False)
    id: str = field(compare=False)
    type: str = field(compare=False)
    number: int = field(default=1, compare=False)


class Caller:
    """Sends callbacks in the background.

    Args:
        attempts: how often one callback is tried in all.
        pause_s: real seconds before the second try; doubles with each further one.
        id_key: key of the resource's id in the body.
        type_key: key of the kind of resource in it; "" leaves it out.
    """

    def __init__(
        self, *, attempts: int = 5, pause_s: float = 0.5, id_key: str = "id", type_key: str = "type"
    ) -> None:
        self._attempts, self._pause_s = attempts, pause_s
        self._id_key, self._type_key = id_key, type_key
        self._jobs: list[_Job] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._stopping, self._stop_by = False, math.inf
        self._thread: threading.Thread | None = None
        self._tokens: dict[tuple[str, str], tuple[str, float]] = {}
        self.sent: list[Attempt] = []

    def send(self, target: Target, *, id: str, type: str) -> None:
        """Queue one callback; returns at once."""
        with self._wake:
            if self._stopping:
                return
            heapq.heappush(self._jobs, _Job(time.monotonic(), next(self._order), target, id, type))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sandbox-callbacks", daemon=True)
                self._thread.start()
            self._wake.notify()

    def stop(self) -> None:
        """Send what is due, each once and for `DRAIN_S` at most, drop the rest and end the thread."""
        with self._wake:
            now = time.monotonic()
            self._stopping, self._stop_by = True, now + DRAIN_S
            self._jobs = sorted(job for job in self._jobs if job.due <= now)
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(timeout=2 * TIMEOUT_S)

    def _run(self) -> None:
        with requests.Session() as http:
            http.trust_env = False
            while (job := self._next()) is not None:
                self._try(http, job)

    def _next(self) -> _Job | None:
        with self._wake:
            while not self._stopping:
                if not self._jobs:
                    self._wake.wait()
                elif (wait := self._jobs[0].due - time.monotonic()) > 0:
                    self._wake.wait(wait)
                else:
                    return heapq.heappop(self._jobs)
            return heapq.heappop(self._jobs) if self._jobs and time.monotonic() < self._stop_by else None

    def _timeout(self) -> float:
        return max(0.1, min(TIMEOUT_S, self._stop_by - time.monotonic()))

    def _try(self, http: requests.Session, job: _Job) -> None:
        status = self._post(http, job)
        self.sent.append(Attempt(job.id, job.type, job.target.url, job.number, status))
        if status is not None and 200 <= status < 300:
            return
        log.info("callback %s for %s was answered %s", job.number, job.id, status)
        if job.number < self._attempts:
            self._again(job)

    def _again(self, job: _Job) -> None:
        pause = min(self._pause_s * 2 ** (job.number - 1), _MAX_PAUSE_S)
        again = _Job(
            time.monotonic() + pause, next(self._order), job.target, job.id, job.type, job.number + 1
        )
        with self._wake:
            if not self._stopping:
                heapq.heappush(self._jobs, again)

    def _post(self, http: requests.Session, job: _Job) -> int | None:
        try:
            status = self._post_once(http, job)
            if status == 401 and self._forget(job.target):
                status = self._post_once(http, job)
        except (requests.RequestException, ValueError, KeyError, TypeError, UnicodeError) as error:
            log.info("callback for %s failed: %s", job.id, type(error).__name__)
            return None
        return status

    def _post_once(self, http: requests.Session, job: _Job) -> int:
        with http.post(
            job.target.url, json=self._body(job), headers=self._headers(http, job.target.auth or {}),
            timeout=self._timeout(), allow_redirects=False, stream=True,
        ) as answer:  # fmt: skip
            return answer.status_code

    def _body(self, job: _Job) -> dict[str, str]:
        return {self._id_key: job.id} | ({self._type_key: job.type} if self._type_key else {})

    def _headers(self, http: requests.Session, auth: dict[str, str]) -> dict[str, str]:
        if auth.get("type") == "basic":
            return {"Authorization": _basic(auth["username"], auth["password"])}
        return {"Authorization": f"Bearer {self._token(http, auth)}"} if auth.get("type") == "oauth2" else {}

    def _token(self, http: requests.Session, auth: dict[str, str]) -> str:
        key = (auth["tokenURL"], auth["clientID"])
        held = self._tokens.get(key)
        if held and held[1] > time.monotonic():
            return held[0]
        form = {"grant_type": "client_credentials"} | ({"scope": auth["scope"]} if auth.get("scope") else {})
        answer = http.post(
            auth["tokenURL"], data=form,
            headers={"Authorization": _basic(auth["clientID"], auth["clientSecret"])},
            timeout=self._timeout(), allow_redirects=False,
        )  # fmt: skip
        answer.raise_for_status()
        token = answer.json()
        ends = time.monotonic() + float(token.get("expires_in", 0)) - TOKEN_MARGIN_S
        self._tokens[key] = (str(token["access_token"]), ends)
        return self._tokens[key][0]

    def _forget(self, target: Target) -> bool:
        """Drop the token of a target whose receiver answered 401; whether there was one."""
        auth = target.auth or {}
        return self._tokens.pop((auth.get("tokenURL", ""), auth.get("clientID", "")), None) is not None


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
