"""What is read, apart from how to reach it today: asset references, links and the resolver protocol."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from iceye_geo.redact import strip_query

if TYPE_CHECKING:
    from iceye_geo.stac.source import Source

# Query names that only sign a link; what is left of the query tells one file from another.
_SIGNING = re.compile(
    r"^(expires|signature|key-pair-id|policy|hash-algorithm|x-amz-.*|x-goog-.*|googleaccessid|awsaccesskeyid"
    r"|s[veiprt]|sr|sig|skoid|sktid|skt|ske|sks|skv|spr|token|hdnts)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """A URL that works for a while. The URL never shows in its repr.

    Attributes:
        url: the signed URL.
        expires_at: when it stops working, aware UTC; None if the URL does not say.
        life_s: seconds it had left when it was received; None if unknown.
    """

    url: str = field(repr=False)
    expires_at: datetime | None = None
    life_s: float | None = None

    @classmethod
    def of(cls, url: str, *, now: datetime | None = None) -> Link:
        """Make a link and read its expiry out of the URL.

        Example:
            >>> Link.of("https://host/x?Expires=1767225600&Signature=abc").expires_at.isoformat()
            '2026-01-01T00:00:00+00:00'
        """
        expires = link_expiry(url)
        life = (expires - (now or datetime.now(UTC))).total_seconds() if expires else None
        return cls(url, expires, life)

    def __reduce__(self) -> tuple[object, ...]:
        """Refuse to leave the process: a link is a key."""
        raise TypeError("A signed link is never pickled; pickle the AssetRef, it fetches a fresh link.")


@dataclass(frozen=True, slots=True)
class AssetRef:
    """An asset, by what it is: item, asset key and where a fresh link is got. Safe to store and to pickle.

    Attributes:
        item_id: id of the STAC item.
        asset_key: key in ``item.assets``.
        source: where the item came from, hence who is asked for a fresh link; None for a bare file or URL.
        frame_id: ICEYE's frame, stable where item ids are not.
        location: URL without its signature, or path; only for bare files and URLs.
    """

    item_id: str
    asset_key: str
    source: Source | None = None
    frame_id: str = ""
    location: str = ""

    @property
    def identity(self) -> str:
        """Key of the byte cache: the same for every link to this asset."""
        if self.location:
            return self.location
        source = self.source
        origin = f"{source.kind}:{source.id}" if source else ""
        return f"{origin}/{self.item_id}/{self.asset_key}"

    @property
    def label(self) -> str:
        """Short name for messages."""
        return self.item_id or self.location or self.asset_key


@runtime_checkable
class LinkResolver(Protocol):
    """Whoever can say where an asset lies right now."""

    def resolve(self, ref: AssetRef) -> Link:
        """Return a fresh link, or raise."""
        ...


def link_expiry(url: str) -> datetime | None:
    """Read when a signed URL expires; None when it does not say.

    Knows CloudFront (``Expires``, ``Policy``), S3 v4 (``X-Amz-Date``, ``X-Amz-Expires``) and Google's like.

    Example:
        >>> link_expiry("https://h/x?X-Amz-Date=20260101T000000Z&X-Amz-Expires=3600").isoformat()
        '2026-01-01T01:00:00+00:00'
    """
    query = {k.lower(): v for k, v in parse_qsl(urlsplit(url).query)}
    try:
        if "expires" in query:
            return datetime.fromtimestamp(int(query["expires"]), UTC)
        for brand in ("x-amz", "x-goog"):
            if f"{brand}-date" in query and f"{brand}-expires" in query:
                start = datetime.strptime(query[f"{brand}-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
                return start + timedelta(seconds=int(query[f"{brand}-expires"]))
        return _policy_expiry(query["policy"]) if "policy" in query else None
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, OSError):
        return None


def _policy_expiry(policy: str) -> datetime:
    text = policy.translate(str.maketrans("-_~", "+=/"))
    statement = json.loads(base64.b64decode(text + "=" * (-len(text) % 4)))["Statement"][0]
    return datetime.fromtimestamp(int(statement["Condition"]["DateLessThan"]["AWS:EpochTime"]), UTC)


def is_signed(url: str) -> bool:
    """Whether a URL carries a signature in its query."""
    return any(_SIGNING.match(k) for k, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True))


def unsigned(url: str) -> str:
    """Return the URL without its signature; other query parameters stay, since they may name the file.

    Example:
        >>> unsigned("https://h/x?id=7&Expires=1&Signature=abc")
        'https://h/x?id=7'
    """
    parts = urlsplit(url)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _SIGNING.match(k)]
    base = urlsplit(strip_query(url))
    return urlunsplit((base.scheme, base.netloc, base.path, urlencode(kept), ""))
