"""When a call is repeated and after how long: Retry-After, jittered backoff, what is safe. Sends nothing."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from iceye_geo.errors import ApiError, CertificateError, ConnectionFailedError

logger = logging.getLogger(__name__)

# First pause, seconds: long enough for a gateway to drop a hiccup, short enough not to be noticed.
BASE_S = 0.5
# No pause of our own is longer than this.
MAX_BACKOFF_S = 20.0
# A server may ask for more, but a notebook cell that sleeps longer than a minute looks hung.
MAX_RETRY_AFTER_S = 60.0
# Server statuses that a repeat can heal. 501 and 505 cannot change within seconds.
TRANSIENT = frozenset({408, 500, 502, 503, 504})


def parse_retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Return the seconds a ``Retry-After`` header asks for; None when absent or unreadable.

    Args:
        value: the header: seconds or an HTTP date.
        now: the current time, aware; default the clock.

    Example:
        >>> parse_retry_after("3"), parse_retry_after("soon")
        (3.0, None)
        >>> parse_retry_after("Fri, 20 Nov 2026 12:00:10 GMT", now=datetime(2026, 11, 20, 12, tzinfo=UTC))
        10.0
    """
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return float(min(int(text[:12]), 10**9))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def should_repeat(error: BaseException, *, repeatable: bool) -> bool:
    """Return whether the same request may be sent again.

    A 429 was refused before it was processed, so it may be repeated whatever the call does; so may a request
    that never left. A 5xx or a dropped connection leaves open whether the call took effect, hence only calls
    that are safe to repeat are.
    """
    if isinstance(error, CertificateError) or not isinstance(error, ApiError):
        return False
    if isinstance(error, ConnectionFailedError):
        return repeatable or error.never_sent
    return error.status == 429 or (repeatable and error.status in TRANSIENT)


def pause(state: RetryCallState) -> float:
    """Return the seconds before the next attempt: Retry-After when sent (capped), else jittered backoff."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, ApiError) else None
    if asked is not None:
        return min(asked, MAX_RETRY_AFTER_S)
    ceiling = min(MAX_BACKOFF_S, BASE_S * 2.0 ** (state.attempt_number - 1))
    return random.uniform(ceiling / 2, ceiling)


def retrying(*, retries: int, repeatable: bool, sleep: Callable[[float], None]) -> Retrying:
    """Return the tenacity controller of one call; the last error is raised as it is."""
    return Retrying(
        stop=stop_after_attempt(retries + 1),
        retry=retry_if_exception(lambda error: should_repeat(error, repeatable=repeatable)),
        wait=pause,
        sleep=sleep,
        before_sleep=_log,
        reraise=True,
    )


def _log(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    pause_s = state.next_action.sleep if state.next_action else 0.0
    logger.debug("attempt %d failed (%s), next in %.1f s", state.attempt_number, error, pause_s)
