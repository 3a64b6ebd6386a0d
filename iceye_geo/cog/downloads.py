"""Whole files to disk: parallel ranges, resumed after an interruption, complete or not there."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from iceye_geo.cog.fetch import Fetcher, Version
from iceye_geo.cog.naming import choose_name, safe_name
from iceye_geo.cog.opening import make_recipe
from iceye_geo.cog.transfer import Transfer
from iceye_geo.errors import CogError, DownloadError

if TYPE_CHECKING:
    from iceye_geo.cog.links import HasSession
    from iceye_geo.cog.opening import CogLike
    from iceye_geo.cog.ref import LinkResolver

# A part is the unit of resuming: small enough to lose little, large enough that a request's round trip is nothing.
PART_BYTES = 8 * 1024 * 1024
CONNECTIONS = 4
# Room left on the disk beyond the file itself.
_SPARE_BYTES = 64 * 1024 * 1024

Progress = Callable[[int, int], None]


def download(
    source: CogLike, folder: str | Path, *, asset: str | None = None, client: HasSession | None = None,
    resolver: LinkResolver | None = None, name: str | None = None, progress: bool | Progress = False,
) -> Path:  # fmt: skip
    """Download an asset into a folder.

    Parts are fetched in parallel into a hidden ``.part`` file; a second call goes on where an interrupted one
    stopped, unless the file on the server changed. The file takes its name only when it is complete and its size and
    checksum are right. A file that is there already is not fetched again.

    Args:
        source: an item, an ``AssetRef`` or a URL.
        folder: made if it is not there.
        asset: key of the item's asset; None picks the GRD-COG.
        client: who renews the link, also in the middle.
        resolver: who renews it instead.
        name: file name; by default the server's, or one by ICEYE's convention.
        progress: True for a progress bar, or a function of (bytes done, bytes in all).

    Returns:
        Path of the file.

    Raises:
        DownloadError: not enough room, or the bytes did not arrive; what arrived is kept for the next try.
        ChangedOnServerError: the file was replaced while it was being fetched; the next call starts anew.
        LinkExpiredError: a bare link has expired.
    """
    recipe = make_recipe(source, asset=asset, client=client, resolver=resolver)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    if not recipe.is_remote:
        return Path(shutil.copy2(recipe.ref.location, target / safe_name(Path(recipe.ref.location).name)))
    transfer = Transfer()
    keeper = recipe.keeper(transfer)
    fetcher = Fetcher(keeper, wire=recipe.transport(), transfer=transfer, conditional=True)
    first = fetcher.fetch(0, 1)
    assert fetcher.version is not None
    chosen = safe_name(name) if name else choose_name(
        disposition=fetcher.disposition, url=keeper.current().url, properties=recipe.properties,
        item_id=recipe.ref.item_id or "iceye", asset_key=recipe.ref.asset_key or "asset",
    )  # fmt: skip
    job = _Job(target / chosen, fetcher.version, str(recipe.properties.get("file:checksum") or ""), first)
    if job.is_there():
        return job.path
    return job.run(fetcher, progress)


@dataclass(slots=True, eq=False)
class _Job:
    """One file on its way: what is done is on disk, so that another process can go on."""

    path: Path
    version: Version
    checksum: str
    first: bytes
    done: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def part(self) -> Path:
        return self.path.with_name(f".{self.path.name}.part")

    @property
    def notes(self) -> Path:
        return self.path.with_name(f".{self.path.name}.part.json")

    @property
    def parts(self) -> int:
        return -(-self.version.size // PART_BYTES)

    def is_there(self) -> bool:
        if not self.path.is_file() or self.path.stat().st_size != self.version.size:
            return False
        with self.path.open("rb") as file:
            return file.read(1) == self.first and _fits(self.path, self.checksum)

    def run(self, fetcher: Fetcher, progress: bool | Progress) -> Path:
        self._resume()
        self._check_room()
        report, finish = _reporter(progress, self.path.name, self.version.size)
        try:
            with self.part.open("r+b") as file:
                self._fetch_all(fetcher, file, report)
        finally:
            finish()
        if not _fits(self.part, self.checksum):
            self._forget()
            raise DownloadError(f"{self.path.name}: the checksum differs from the item's; nothing was kept.")
        self.part.replace(self.path)
        self.notes.unlink(missing_ok=True)
        return self.path

    def _fetch_all(self, fetcher: Fetcher, file: BinaryIO, report: Progress) -> None:
        stop = threading.Event()
        report(self._bytes_done(), self.version.size)
        with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="iceye-geo-download") as pool:
            left = [n for n in range(self.parts) if n not in self.done]
            jobs = [pool.submit(self._fetch_part, fetcher, file, n, report, stop) for n in left]
            try:
                finished, _ = wait(jobs, return_when=FIRST_EXCEPTION)
            finally:
                stop.set()
                for job in jobs:
                    job.cancel()
            errors = [e for j in finished if not j.cancelled() and (e := j.exception())]
        if errors:
            raise self._explain(errors[0]) from errors[0]

    def _fetch_part(
        self, fetcher: Fetcher, file: BinaryIO, n: int, report: Progress, stop: threading.Event
    ) -> None:
        if stop.is_set():
            return
        start = n * PART_BYTES
        data = fetcher.fetch(start, min(start + PART_BYTES, self.version.size))
        with self.lock:
            file.seek(start)
            file.write(data)
            file.flush()
            self.done.add(n)
            self._note()
            report(self._bytes_done(), self.version.size)

    def _explain(self, error: BaseException) -> BaseException:
        if isinstance(error, CogError) and type(error).__name__ == "ReadFailedError":
            return DownloadError(
                f"{self.path.name}: {error} What arrived is kept; call download again to go on."
            )
        return error

    def _resume(self) -> None:
        try:
            told = json.loads(self.notes.read_text())
            same = (
                Version(told["size"], told["etag"]).same_as(self.version) and told["part_bytes"] == PART_BYTES
            )
            self.done = (
                {int(n) for n in told["done"]}
                if same and self.part.stat().st_size == self.version.size
                else set()
            )
        except (OSError, ValueError, KeyError, TypeError):
            self.done = set()
        if not self.done:
            with self.part.open("wb") as file:
                file.truncate(self.version.size)
            self._note()

    def _note(self) -> None:
        text = json.dumps({"size": self.version.size, "etag": self.version.etag, "part_bytes": PART_BYTES,
                           "done": sorted(self.done)})  # fmt: skip
        fresh = self.notes.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.notes)

    def _check_room(self) -> None:
        wanted = self.version.size - self._bytes_done()
        free = shutil.disk_usage(self.path.parent).free
        if free < wanted + _SPARE_BYTES:
            self._forget()
            raise DownloadError(
                f"{self.path.name} needs {wanted / 1e9:.2f} GB more, {self.path.parent} has {free / 1e9:.2f} GB free."
            )

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)

    def _bytes_done(self) -> int:
        last = self.parts - 1
        tail = self.version.size - last * PART_BYTES
        return sum(tail if n == last else PART_BYTES for n in self.done)


def _fits(path: Path, checksum: str) -> bool:
    """Check a STAC ``file:checksum`` (multihash); those of a kind not known here count as right."""
    kinds: Mapping[str, str] = {"1220": "sha256", "1114": "sha1", "1340": "sha512"}
    kind = kinds.get(checksum[:4].lower())
    if kind is None:
        return True
    digest = hashlib.new(kind)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest() == checksum[4:].lower()


def _reporter(progress: bool | Progress, name: str, total: int) -> tuple[Progress, Callable[[], None]]:
    if callable(progress):
        return progress, lambda: None
    if not progress:
        return (lambda _done, _all: None), lambda: None
    from tqdm.auto import tqdm

    bar: Any = tqdm(total=total, unit="B", unit_scale=True, desc=name)

    def show(done: int, _all: int) -> None:
        bar.update(done - bar.n)

    return show, bar.close
