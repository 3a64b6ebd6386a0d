"""The one function that hides tokens and signatures; logs, reprs and errors all use it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

_HIDDEN = "***"

_KEYS = (
    r"client_secret|clientsecret|password|passwd|access_token|refresh_token|id_token|api_?key|x-api-key|secret"
    r"|signature|x-amz-signature|x-amz-credential|x-amz-security-token|policy"
)
# Lengths are bounded, so that a megabyte of odd text is read in linear time.
_QUERY = re.compile(r"(https?://[^\s\"'<>?]{1,2000})\?[^\s\"'<>)\]}]*", re.IGNORECASE)
# A slash does not belong into a password, yet people put it there; only a port is spared.
_USERINFO = re.compile(
    r"\b([a-z][a-z0-9+.-]{0,15}://)(?:[^/\s@:\"'<>]{0,200}:(?!\d+/)[^\s\"'<>]{0,200}|[^/\s\"'<>]{0,400})@",
    re.IGNORECASE,
)
_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?")
# The value of an Authorization header has two words; both go.
_AUTHORIZATION = re.compile(
    r"(?P<key>\b(?:proxy-)?authorization\b[\"']?\s*[=:]\s*[\"']?)(?!\*\*\*)[^\s\"',;]+(?:[ \t]+[^\s\"',;]+)?",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\bBearer\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
# "Token expired" and "Basic authentication" are prose: only what looks like a credential goes.
_CREDENTIAL = re.compile(
    r"\b(?:Basic|ApiKey|Token)\s+(?:(?=[\w.~+/-]*[0-9=])[\w.~+/=-]{6,}|[\w.~+/=-]{20,})", re.IGNORECASE
)
_QUOTED = re.compile(
    rf"(?P<key>\b(?:{_KEYS})\b[\"']?\s*[=:]\s*(?:SecretStr\()?)(?P<quote>[\"'])(?!\*\*\*)[^\n]+?(?P=quote)",
    re.IGNORECASE,
)
_PAIR = re.compile(
    rf"(?P<key>\b(?:{_KEYS})\b\s*[=:]\s*)(?!\*\*\*|[\"'])[^\s\"'&]*[^\s\"'&,;)}}]", re.IGNORECASE
)

_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-amz-security-token"}
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
    text = _JWT.sub(_HIDDEN, text)
    text = _AUTHORIZATION.sub(rf"\g<key>{_HIDDEN}", text)
    text = _CREDENTIAL.sub(_HIDDEN, _BEARER.sub(_HIDDEN, text))
    text = _QUOTED.sub(rf"\g<key>\g<quote>{_HIDDEN}\g<quote>", text)
    return _PAIR.sub(rf"\g<key>{_HIDDEN}", text)


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return HTTP headers that may be logged: those that grant access keep their name only.

    Example:
        >>> redact_headers({"Authorization": "Bearer abc", "Accept": "application/json"})
        {'Authorization': '***', 'Accept': 'application/json'}
    """
    return {k: _HIDDEN if k.lower() in _SECRET_HEADERS else redact(v) for k, v in headers.items()}


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
