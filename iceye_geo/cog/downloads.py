"""Whole files to disk: parallel ranges, resumed after an interruption, complete or not there."""

from __future__ import annotations

import filecmp
import shutil
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iceye_geo.cog.checksum import Checksum
from iceye_geo.cog.fetch import Fetcher, Version
from iceye_geo.cog.fill import fill
from iceye_geo.cog.meter import Progress, metered
from iceye_geo.cog.naming import choose_name, safe_name
from iceye_geo.cog.opening import Recipe, make_recipe
from iceye_geo.cog.partial import PartialFile, only_one
from iceye_geo.cog.ref import AssetRef
from iceye_geo.cog.transfer import Transfer
from iceye_geo.errors import (
    ChangedOnServerError,
    DownloadError,
    InvalidInputError,
    RangeNotSupportedError,
    UnverifiedWarning,
)

if TYPE_CHECKING:
    from iceye_geo.cog.links import HasSession
    from iceye_geo.cog.opening import CogLike
    from iceye_geo.cog.ref import LinkResolver
    from iceye_geo.cog.wire import Wire

# Four ranges at a time fill a fast line; content hosts slow down those who ask for many more.
CONNECTIONS = 4
# The first request: the whole of a thumbnail, and of a COG the directory, whose tile sizes tell one file from
# another of the same length.
PROBE_BYTES = 128 * 1024


def download(
    source: CogLike, folder: str | Path, *, asset: str | None = None, client: HasSession | None = None,
    resolver: LinkResolver | None = None, name: str | None = None, checksum: str | None = None,
    progress: bool | Progress = True, connections: int = CONNECTIONS, overwrite: bool = False,
    wire: Wire | None = None,
) -> Path:  # fmt: skip
    """Download an asset into a folder.

    Parts are fetched in parallel into a hidden ``.part`` file. A second call, also of another process, goes on where
    an interrupted one stopped, unless the file on the server changed. The file takes its name only when it is
    complete and its size and checksum are right. A file that is there already is not fetched again: that costs
    one request.

    Args:
        source: an item, an ``AssetRef``, a URL or a path.
        folder: made if it is not there.
        asset: key of the item's asset; None picks the GRD-COG.
        client: who renews the link, also in the middle.
        resolver: who renews it instead.
        name: file name; by default the server's, the one the file carries, or one by ICEYE's convention.
        checksum: multihash or ``sha256:…``; by default the asset's ``file:checksum``, if it has one.
        progress: True for a progress bar, or a function of (bytes done, bytes in all).
        connections: ranges fetched at a time.
        overwrite: replace a file of this name that is another one.
        wire: how ranges are fetched; None for the client's pool.

    Returns:
        Path of the file.

    Raises:
        AssetNotFoundError: the item has no such asset.
        DownloadError: no room, another file of this name, a wrong size or checksum, or bytes that did not arrive;
            what arrived is kept for the next call.
        ChangedOnServerError: the file was replaced while it was fetched, and again while it was fetched anew.
        LinkExpiredError: a bare link has expired.

    Example:
        >>> download(item, "scenes", client=client, progress=False).suffix
        '.tif'
    """
    if connections < 1:
        raise InvalidInputError("connections", "must be at least 1")
    wanted = _wanted(source, asset, client, resolver, checksum)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    if not wanted.recipe.is_remote:
        return _copy(wanted, target, name=name, overwrite=overwrite)
    recipe = replace(wanted.recipe, wire=wire or wanted.recipe.wire)
    transfer = Transfer()
    keeper = recipe.keeper()
    again = False
    while True:
        fetcher = Fetcher(keeper, wire=recipe.transport(), transfer=transfer, conditional=True, alone=True)
        try:
            job = _probe(fetcher, wanted, target, name, keeper.current(transfer).url)
            return job.run(progress, connections=connections, overwrite=overwrite)
        except ChangedOnServerError:
            if again:
                raise
            again = True


def download_assets(
    item: CogLike, folder: str | Path, *, assets: Iterable[str] | None = None,
    client: HasSession | None = None, resolver: LinkResolver | None = None,
    progress: bool | Progress = True, connections: int = CONNECTIONS, overwrite: bool = False,
) -> dict[str, Path]:  # fmt: skip
    """Download several assets of an item, one after the other: image, quicklook, thumbnail, metadata.

    Args:
        item: a STAC item, pystac or dict.
        folder: made if it is not there.
        assets: their keys; None for all.
        client: who renews links.
        resolver: who renews them instead.
        progress: as for ``download``, for each file.
        connections: ranges fetched at a time.
        overwrite: replace files of the same names that are others.

    Returns:
        The files by asset key.

    Raises:
        AssetNotFoundError: the item lacks one of them; nothing was fetched.
        DownloadError: as for ``download``; files that were complete stay.

    Example:
        >>> found = download_assets(item, "scenes", assets=["thumbnail-png"], client=client, progress=False)
        >>> found["thumbnail-png"].name.endswith("_THUMBNAIL.png")
        True
    """
    from iceye_geo.stac.assets import assets_of, choose_asset

    if isinstance(item, str | Path | AssetRef):
        raise InvalidInputError("item", "must be an item, since only an item has several assets")
    keys = list(assets_of(item)) if assets is None else list(dict.fromkeys(assets))
    for key in keys:
        choose_asset(item, key)
    return {
        key: download(
            item, folder, asset=key, client=client, resolver=resolver, progress=progress,
            connections=connections, overwrite=overwrite,
        )
        for key in keys
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be downloaded, and what is known of it before anything was sent."""

    recipe: Recipe
    record: Mapping[str, Any]
    media_type: str = ""
    size: int | None = None
    checksum: Checksum | None = None


def _wanted(
    source: CogLike, asset: str | None, client: HasSession | None, resolver: LinkResolver | None,
    checksum: str | None,
) -> _Wanted:  # fmt: skip
    recipe = make_recipe(source, asset=asset, client=client, resolver=resolver)
    given = Checksum.parse(checksum) if checksum else None
    if isinstance(source, str | Path | AssetRef):
        record: dict[str, Any] = {"id": recipe.ref.item_id} if recipe.ref.item_id else {}
        return _Wanted(recipe, record, checksum=given)
    from iceye_geo.stac.assets import assets_of

    fields = assets_of(source)[recipe.ref.asset_key]
    size = fields.get("file:size")
    record = dict(source) if isinstance(source, Mapping) else {
        "id": source.id, "properties": source.properties, "bbox": source.bbox,
    }  # fmt: skip
    return _Wanted(
        recipe, record, str(fields.get("type") or ""), size if isinstance(size, int) else None,
        given or _told_checksum(fields.get("file:checksum")),
    )  # fmt: skip


def _told_checksum(text: object) -> Checksum | None:
    if not isinstance(text, str) or not text:
        return None
    try:
        return Checksum.parse(text, field="file:checksum")
    except InvalidInputError as err:
        warnings.warn(f"{err} The file is not held against it.", UnverifiedWarning, stacklevel=4)
        return None


def _probe(fetcher: Fetcher, wanted: _Wanted, target: Path, name: str | None, url: str) -> _Job:
    """Fetch the first bytes: they tell size, version and name."""
    try:
        head = fetcher.fetch(0, PROBE_BYTES)
    except RangeNotSupportedError as err:
        raise DownloadError(
            f"{fetcher.label}: the host does not answer byte ranges as it should, so that a download could be "
            "neither verified nor resumed; nothing was kept."
        ) from err
    version = fetcher.version
    assert version is not None, "a fetch that returns has seen a version"
    if wanted.size not in (None, version.size):
        raise DownloadError(
            f"{fetcher.label}: the item says {wanted.size} bytes, the server has {version.size}. Ask for the item "
            "again; ICEYE may have processed it anew."
        )
    chosen = safe_name(name) if name else choose_name(
        disposition=fetcher.disposition, url=url, head=head, record=wanted.record,
        asset_key=wanted.recipe.ref.asset_key, media_type=wanted.media_type or fetcher.media_type,
    )  # fmt: skip
    return _Job(fetcher, target / chosen, version, head, wanted.checksum)


@dataclass(frozen=True, slots=True)
class _Job:
    """One file on its way, from the first bytes to its name."""

    fetcher: Fetcher
    path: Path
    version: Version
    head: bytes
    checksum: Checksum | None

    def run(self, progress: bool | Progress, *, connections: int, overwrite: bool) -> Path:
        """Fetch what is missing and give the file its name, unless it is there already."""
        with only_one(self.path):
            if self._is_there():
                return self.path
            if self.path.exists() and not overwrite:
                raise DownloadError(
                    f"{self.path} is there already and is another file ({self.version.size} bytes on the server). "
                    "Pass overwrite=True, another name or another folder."
                )
            partial = PartialFile(self.path, self.version, verified_later=self.checksum is not None)
            partial.resume()
            partial.check_room()
            try:
                self._fill(partial, progress, connections)
            except OSError as err:
                raise DownloadError(f"{self.path.name}: could not be written ({err.strerror}).") from err
            return self._finish(partial)

    def _fill(self, partial: PartialFile, progress: bool | Progress, connections: int) -> None:
        with partial.begin() as file:
            for number, start, stop in partial.missing()[:1]:
                if start == 0 and stop <= len(self.head):
                    partial.write(file, number, self.head[:stop])
            with metered(progress, self.path.name, total=self.version.size, done=partial.bytes_done) as meter:
                fill(partial, file, fetcher=self.fetcher, meter=meter, connections=connections)

    def _is_there(self) -> bool:
        if not self.path.is_file() or self.path.stat().st_size != self.version.size:
            return False
        with self.path.open("rb") as file:
            same = file.read(len(self.head)) == self.head
        return same and (self.checksum is None or self.checksum.matches(self.path))

    def _finish(self, partial: PartialFile) -> Path:
        if self.checksum is not None and not self.checksum.matches(partial.part):
            partial.discard()
            raise DownloadError(
                f"{self.path.name}: the {self.checksum.algorithm} checksum differs; nothing was kept."
            )
        return partial.finish()


def _copy(wanted: _Wanted, target: Path, *, name: str | None, overwrite: bool) -> Path:
    """Copy a file that is on disk already, as carefully as one that is not."""
    source = Path(wanted.recipe.ref.location)
    path = target / safe_name(name or source.name)
    if path.exists() and (path.samefile(source) or filecmp.cmp(source, path, shallow=False)):
        return path
    if path.exists() and not overwrite:
        raise DownloadError(f"{path} is there already and is another file. Pass overwrite=True.")
    part = path.with_name(f".{path.name}.part")
    with only_one(path):
        shutil.copyfile(source, part)
        if wanted.checksum is not None and not wanted.checksum.matches(part):
            part.unlink()
            raise DownloadError(f"{path.name}: the {wanted.checksum.algorithm} checksum differs.")
        return part.replace(path)
