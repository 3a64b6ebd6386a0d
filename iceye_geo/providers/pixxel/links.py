"""A fresh link to a download: ask for the same one again, and for a new one where that brings the dead link."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from iceye_geo.cog.ref import AssetRef, Link
from iceye_geo.errors import NotFoundError
from iceye_geo.providers.pixxel.entries import Wanted
from iceye_geo.providers.pixxel.models import PixxelDownload

if TYPE_CHECKING:
    from iceye_geo.providers.pixxel.downloads import PixxelDownloads


class PixxelResolver:
    """Knows the links of one download. Not pickled: it belongs to the process that fetches.

    Args:
        downloads: whom to ask.
        wanted: what the file holds.
        ready: the download with its first link.
        timeout: seconds that a new download may take to get ready.
    """

    def __init__(
        self, downloads: PixxelDownloads, wanted: Wanted, ready: PixxelDownload, *, timeout: float
    ) -> None:
        self._downloads, self._wanted, self._ready, self._timeout = downloads, wanted, ready, timeout
        self._handed_out: str | None = None
        self._lock = threading.Lock()

    def resolve(self, ref: AssetRef) -> Link:
        """Return a link that was not handed out before.

        Raises:
            DownloadFailedError: Pixxel could not make the file ready again.
            WaitTimeoutError: not in time.
        """
        del ref  # there is one file
        with self._lock:
            url = self._ready.url() if self._handed_out is None else self._renewed()
            self._handed_out = url
            return Link.of(url)

    def __repr__(self) -> str:
        return f"PixxelResolver({self._ready.id!r})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Pixxel link is renewed by the process that asked for it; pickle the ids instead")

    def _renewed(self) -> str:
        again = self._asked_again()
        if again is None or not again.is_ready or again.url() == self._handed_out:
            again = self._downloads.wait(
                self._downloads.ask(self._wanted), timeout=self._timeout, progress=None
            )
        self._ready = again
        return again.url()

    def _asked_again(self) -> PixxelDownload | None:
        try:
            return self._downloads.get(self._ready)
        except NotFoundError:
            return None
