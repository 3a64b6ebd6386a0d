"""Downloads: have Pixxel get a file ready, wait for it, fetch it with the common engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from iceye_geo.errors import DownloadFailedError
from iceye_geo.models.checks import read_id
from iceye_geo.providers.pixxel.entries import Ids, Wanted
from iceye_geo.providers.pixxel.models import PixxelDownload
from iceye_geo.services.progress import ProgressLike
from iceye_geo.services.reading import read_one
from iceye_geo.services.waiting import LONGEST_PAUSE_S, Goal, wait_for

if TYPE_CHECKING:
    from iceye_geo.providers.base import DownloadSource
    from iceye_geo.providers.pixxel.client import PixxelClient

_PATH = "/v0/catalogs/download"
_ORDER = ("created", "in_progress", "success")
#: The only sample of Pixxel's shows a zip; a link whose path names another ending wins.
_ENDING = ".zip"
_KNOWN_ENDINGS = frozenset({".zip", ".tar", ".gz", ".tgz", ".tif", ".tiff", ".json"})

DownloadRef = PixxelDownload | str


class PixxelDownloads:
    """Files that Pixxel gets ready, behind links that live for a while.

    Args:
        client: whose session is used, and who renews links, here or where a `DownloadSource` was pickled to.
    """

    def __init__(self, client: PixxelClient) -> None:
        self._client, self._session = client, client.session

    def create(self, *, catalog_ids: Ids = None, order_item_ids: Ids = None) -> PixxelDownload:
        """Ask for a file with catalogs, or with all catalogs of order items.

        Raises:
            InvalidInputError: both kinds of ids, neither, or an empty one; nothing was sent.
        """
        return self.ask(Wanted.of(catalog_ids=catalog_ids, order_item_ids=order_item_ids))

    def ask(self, wanted: Wanted) -> PixxelDownload:
        """Ask for a file with what is wanted, already checked."""
        operation = "createDownload"
        return PixxelDownload.from_wire(
            self._session.post(_PATH, json=wanted.to_wire(), operation=operation), operation=operation
        )

    def get(self, download: DownloadRef, *, timeout: float | None = None) -> PixxelDownload:
        """Return a download as it is now, with its link if there is one.

        Args:
            download: a download or its id.
            timeout: seconds that the request may take.

        Raises:
            NotFoundError: there is no such download.
        """
        path = f"{_PATH}/{read_id(download, field='download')}"
        return read_one(self._session, path, PixxelDownload, operation="getDownload", timeout=timeout)

    def wait(
        self,
        download: DownloadRef,
        *,
        timeout: float,
        progress: ProgressLike = "auto",
        first_pause: float | None = None,
        longest_pause: float = LONGEST_PAUSE_S,
    ) -> PixxelDownload:
        """Wait until there is a link. A success without one is waited on, until the deadline.

        Args:
            download: a download or its id.
            timeout: seconds after which to give up.
            progress: "auto" shows a bar; a callable gets each state; None is silent.
            first_pause: seconds between the first two looks; the pauses grow.
            longest_pause: seconds between looks at most.

        Raises:
            WaitTimeoutError: the time is up; ``last`` is the download as last seen.
            DownloadFailedError: it failed, with the reason if Pixxel gives one; ``last`` is the download.
        """
        if isinstance(download, PixxelDownload) and download.is_ready:
            return download
        identity = read_id(download, field="download")
        goal = Goal(
            title=f"Pixxel download {identity[:8]}", look=lambda left: self.get(identity, timeout=left),
            status=_status, is_reached=lambda d: d.is_ready, has_failed=lambda d: d.has_failed,
            error=DownloadFailedError, order=_ORDER,
        )  # fmt: skip
        return wait_for(
            goal, timeout=timeout, progress=progress, first_pause=first_pause, longest_pause=longest_pause
        )

    def download(
        self,
        folder: str | Path,
        *,
        timeout: float,
        catalog_ids: Ids = None,
        order_item_ids: Ids = None,
        name: str | None = None,
        progress: bool | Callable[[int, int], None] = False,
    ) -> Path:
        """Have a file made ready and fetch it: in parallel, resumed where it stopped, renewed when its link dies.

        Args:
            folder: made if it is not there.
            timeout: seconds that Pixxel may take to get the file ready; fetching it takes as long as it takes.
            catalog_ids: either these,
            order_item_ids: or these.
            name: of the file; by default the first id and the ending that the link shows, else ``.zip``.
            progress: True for a bar, or a function of (bytes done, bytes in all).

        Returns:
            Path of the file.

        Raises:
            InvalidInputError: both kinds of ids, neither, or an empty one; nothing was sent.
            DownloadFailedError: Pixxel could not make it ready.
            WaitTimeoutError: not in time.
            DownloadError: the bytes did not arrive; what did is kept for the next call.
        """
        wanted = Wanted.of(catalog_ids=catalog_ids, order_item_ids=order_item_ids)
        return self.source(wanted, timeout=timeout).fetch(folder, name=name, progress=progress)

    def source(self, wanted: Wanted, *, timeout: float) -> DownloadSource:
        """Return a file that is ready, for the engine: reference, who renews its link, name. It may be pickled."""
        from iceye_geo.cog.ref import AssetRef
        from iceye_geo.providers.base import DownloadSource
        from iceye_geo.providers.pixxel.links import PixxelResolver

        ready = self.wait(self.ask(wanted), timeout=timeout, progress=None)
        resolver = PixxelResolver(self._client, wanted, ready, timeout=timeout)
        ref = AssetRef(f"pixxel-{wanted.ids[0]}", "download")
        return DownloadSource(ref, resolver, file_name(wanted, ready.url()))


def file_name(wanted: Wanted, url: str) -> str:
    """Return a name that depends on what was asked for and not on the link, so that a second call goes on.

    Example:
        >>> file_name(Wanted.of(catalog_ids=["c-1", "c-2"]), "https://host/x.tar.gz?Signature=s")
        'pixxel_c-1_and_1_more.tar.gz'
    """
    path = PurePosixPath(unquote(urlsplit(url).path))
    ending = "".join(part for part in path.suffixes[-2:] if part.lower() in _KNOWN_ENDINGS) or _ENDING
    more = f"_and_{len(wanted.ids) - 1}_more" if len(wanted.ids) > 1 else ""
    return f"pixxel_{wanted.ids[0]}{more}{ending}"


def _status(download: PixxelDownload) -> str:
    if download.has_failed:
        return f"{download.status} ({download.reason or 'Pixxel gives no reason'})"
    return f"{download.status}, no link yet" if not download.is_ready else download.status
