"""The pooled requests session under everything: timeouts, TLS, proxies, safe redirects. No tokens here."""

from __future__ import annotations

import logging
import os
import platform
import re
from collections import OrderedDict
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.utils import get_environ_proxies, should_bypass_proxies

from iceye_geo._version import __version__
from iceye_geo.errors import UnexpectedAnswerError
from iceye_geo.settings import TransportRules, is_loopback

# More than the threads of any sensible notebook, so that none waits for a connection.
POOL_SIZE = 32
MAX_REDIRECTS = 5

_SIGNED = re.compile(r"\?[^\s\"]*")


class PlainHttp(requests.Session):
    """A requests session that keeps the ``TransportRules`` on every request, redirects included.

    It differs from requests where requests surprises: explicit proxies and TLS settings beat environment
    variables, ``.netrc`` never adds credentials, cookies are not kept, loopback never goes through a proxy,
    and a redirect to plain http on another machine is refused.
    """

    def __init__(self, settings: TransportRules) -> None:
        super().__init__()
        self.settings = settings
        self.verify = _verify(settings)
        self.proxies = dict(settings.proxies or {})
        self.max_redirects = MAX_REDIRECTS
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["User-Agent"] = user_agent(settings)
        self.auth = _no_netrc
        self._mount_pools()
        _hide_signatures_in_urllib3_logs()

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request; a call without a timeout gets the settings' one."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (self.settings.connect_timeout_s, self.settings.timeout_s)
        return super().request(method, url, *args, **kwargs)

    def get_adapter(self, url: str) -> BaseAdapter:
        """Return the pool for a URL; a forked process gets its own, or it would read its parent's answers."""
        if self._owner != os.getpid():
            # Kept, not closed: a thread of the parent may have held the pool's lock at the fork.
            self._inherited = self.adapters
            self._mount_pools()
        return super().get_adapter(url)

    def _mount_pools(self) -> None:
        pools: OrderedDict[str, BaseAdapter] = OrderedDict(
            (prefix, HTTPAdapter(pool_connections=POOL_SIZE, pool_maxsize=POOL_SIZE))
            for prefix in ("https://", "http://")
        )
        self.adapters, self._owner = pools, os.getpid()

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """Combine settings and environment so that what was set explicitly wins."""
        merged = super().merge_environment_settings(url, dict(proxies or {}), stream, verify, cert)
        if verify is None and self.verify is not True:
            merged["verify"] = self.verify
        merged["proxies"] = self._proxies_for(str(url), proxies)
        return merged

    def rebuild_proxies(self, prepared_request: Any, proxies: Any) -> Any:
        """Choose the proxies of a redirect's target by the same rules."""
        super().rebuild_proxies(prepared_request, proxies)  # type: ignore[no-untyped-call]
        return self._proxies_for(str(prepared_request.url), None)

    def rebuild_auth(self, prepared_request: Any, response: Any) -> None:
        """Take the token off a redirect to another host, and put nothing from ``.netrc`` in its place."""
        if self.should_strip_auth(response.request.url, prepared_request.url):  # type: ignore[no-untyped-call]
            prepared_request.headers.pop("Authorization", None)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where a redirect leads; refuse plain http to another machine."""
        target = super().get_redirect_target(resp)
        parts = urlsplit(target or "")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            resp.close()
            raise UnexpectedAnswerError(
                f"the server redirects to plain http on {parts.hostname}; not followed",
                status=resp.status_code,
            )
        return target

    def _proxies_for(self, url: str, per_request: Mapping[str, str] | None) -> dict[str, str]:
        if is_loopback(urlsplit(url).hostname):
            return {}
        own = {**self.proxies, **(per_request or {})}
        if not own:
            return dict(get_environ_proxies(url))
        return {} if should_bypass_proxies(url, no_proxy=own.get("no_proxy")) else own


def user_agent(settings: TransportRules) -> str:
    """Return the User-Agent: the caller's prefix, this package, requests and Python."""
    own = f"iceye-geo/{__version__} python-requests/{requests.__version__} Python/{platform.python_version()}"
    return f"{settings.user_agent} {own}".strip()


def _verify(settings: TransportRules) -> bool | str:
    return str(settings.ca_bundle) if settings.ca_bundle is not None else settings.verify


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # requests fills an empty ``auth`` from ~/.netrc, which would overwrite a token or spoil a signed link.
    return request


class _HideSignatures(logging.Filter):
    """Takes the query out of urllib3's debug lines: that is where signed links keep their signature."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Pass every line, without its queries."""
        if isinstance(record.args, tuple):
            record.args = tuple(_SIGNED.sub("?***", a) if isinstance(a, str) else a for a in record.args)
        return True


_FILTER = _HideSignatures()


def _hide_signatures_in_urllib3_logs() -> None:
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(_FILTER)
