"""A fresh link to a download: ask for the same one again, and for a new one where that brings the dead link."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from iceye_geo.cog.ref import AssetRef, Link
from iceye_geo.errors import NotFoundError
from iceye_geo.providers.pixxel.entries import Wanted
from iceye_geo.providers.pixxel.models import PixxelDownload

if TYPE_CHECKING:
    from iceye_geo.providers.pixxel.client import PixxelClient


class PixxelResolver:
    """Knows the links of one download. Pickles as its client does: without key and without link.

    Args:
        client: whom to ask.
        wanted: what the file holds.
        download: the download, with its first link if that is there.
        timeout: seconds that a new download may take to get ready.
    """

    def __init__(
        self, client: PixxelClient, wanted: Wanted, download: PixxelDownload, *, timeout: float
    ) -> None:
        self.client, self._wanted, self._download, self._timeout = client, wanted, download, timeout
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
            if self._handed_out is not None or not self._download.is_ready:
                self._renew()
            self._handed_out = self._download.url()
            return Link.of(self._handed_out)

    def __repr__(self) -> str:
        return f"PixxelResolver({self._download.id!r})"

    def __reduce__(self) -> tuple[object, ...]:
        # The download leaves its link behind when it is pickled; whoever unpickles asks for it again by its id.
        return _again, (self.client, self._wanted, self._download, self._timeout)

    def _renew(self) -> None:
        downloads = self.client.downloads
        again = self._asked_again()
        if again is None or not again.is_ready or again.url() == self._handed_out:
            again = downloads.wait(downloads.ask(self._wanted), timeout=self._timeout, progress=None)
        self._download = again

    def _asked_again(self) -> PixxelDownload | None:
        try:
            return self.client.downloads.get(self._download)
        except NotFoundError:
            return None


def _again(client: PixxelClient, wanted: Wanted, download: PixxelDownload, timeout: float) -> PixxelResolver:
    return PixxelResolver(client, wanted, download, timeout=timeout)
