"""The one function that hides tokens and signatures; logs, reprs and errors all use it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_HIDDEN = "***"

_QUERY = re.compile(r"(https?://[^\s\"'<>?]+)\?[^\s\"'<>)\]}]*")
_USERINFO = re.compile(r"(https?://)[^/\s@\"']+@")
_BEARER = re.compile(r"\b(Bearer|Basic|ApiKey|Token)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
_PAIR = re.compile(
    r"(?P<key>\b(?:client_secret|clientSecret|password|access_token|refresh_token|api_key|apikey|secret"
    r"|authorization|signature|x-amz-signature|x-amz-credential|x-amz-security-token|policy)\b[\"']?\s*[=:]\s*[\"']?)"
    r"(?P<value>(?!\*\*\*)[^\s\"'&,;}]+)",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """Return ``text`` without anything that grants access.

    The query of every URL goes (that is where signatures live), and so do user names in URLs, bearer and
    basic credentials, and the values of keys that name a secret.

    Example:
        >>> redact("GET https://host/a/b?Signature=abc failed")
        'GET https://host/a/b?*** failed'
        >>> redact("Authorization: Bearer abcdefgh")
        'Authorization: ***'
    """
    text = _QUERY.sub(rf"\1?{_HIDDEN}", text)
    text = _USERINFO.sub(rf"\1{_HIDDEN}@", text)
    text = _BEARER.sub(_HIDDEN, text)
    return _PAIR.sub(lambda m: m.group("key") + _HIDDEN, text)


def strip_query(url: str) -> str:
    """Return ``url`` without query, fragment and user name: safe to store, no longer a key.

    Example:
        >>> strip_query("https://user:pw@host/a?Signature=abc#x")
        'https://host/a'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def mask(secret: str | None) -> str:
    """Return a stand-in for a secret: says whether there is one, never what it is.

    Example:
        >>> mask("s3cr3t"), mask(None)
        ('***', 'None')
    """
    return "None" if secret is None else _HIDDEN
