"""Synthetic ICEYE imagery, made when first asked for: GRD-COGs, thumbnails, quicklooks and the other products.

The face of the room: what to draw (`SceneSpec`) and who draws it (`Imagery`).
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path

from iceye_geo.sandbox.imagery.ending import DRAWINGS
from iceye_geo.sandbox.imagery.spec import GENERATOR_VERSION, SceneSpec
from iceye_geo.sandbox.imagery.store import FileStore

__all__ = ["GENERATOR_VERSION", "Imagery", "SceneSpec"]

#: COGs drawn at the same time in one process: each needs about a gigabyte.
_DRAWN_AT_ONCE = threading.BoundedSemaphore(2)


class Imagery:
    """Makes the files of scenes and keeps them in a folder; safe between threads and processes.

    Args:
        cache_dir: where files are kept; by default the user's cache folder.

    Example:
        >>> import tempfile
        >>> from datetime import UTC, datetime
        >>> from iceye_geo.sandbox.geometry import SceneGeometry
        >>> geometry = SceneGeometry.build(4.0, 52.0, orbit_state="ascending", look_side="right",
        ...                                incidence_center=30, range_m=5000, azimuth_m=6000, longer_side=300)
        >>> moment = datetime(2026, 6, 1, tzinfo=UTC)
        >>> spec = SceneSpec(frame_id="1_1", seed=1, mode="SLH", geometry=geometry, start=moment, end=moment)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Imagery(folder).thumbnail(spec).suffix
        '.png'
    """

    def __init__(self, cache_dir: Path | str | None = None) -> None:
        self._store = FileStore(Path(cache_dir) if cache_dir is not None else _default_folder())

    @property
    def cache_dir(self) -> Path:
        """The folder of the files."""
        return self._store.folder

    def cog(self, spec: SceneSpec) -> Path:
        """Return the COG of the product ``spec.kind``.

        Raises:
            ValueError: for a product type that is not made here.
        """
        from iceye_geo.sandbox.imagery.products import write_product

        def make(path: Path) -> None:
            """Draw the picture and write it."""
            with _DRAWN_AT_ONCE, DRAWINGS.one():
                write_product(path, spec)

        return self._made(spec, "cog.tif", make)

    def quicklook_cog(self, spec: SceneSpec) -> Path:
        """Return the scene's quicklook as an 8-bit COG of at most 1024 pixels."""
        return self.cog(dataclasses.replace(spec, kind="QLK"))

    def thumbnail(self, spec: SceneSpec) -> Path:
        """Return a PNG of at most 256 pixels; drawn small, without making the COG."""
        return self._picture(spec, "thumbnail.png", 256)

    def quicklook(self, spec: SceneSpec) -> Path:
        """Return a PNG of at most 1024 pixels."""
        return self._picture(spec, "quicklook.png", 1024)

    def _picture(self, spec: SceneSpec, name: str, size: int) -> Path:
        from iceye_geo.sandbox.imagery.pictures import write_picture

        def make(path: Path) -> None:
            """Draw the picture small and write it."""
            with DRAWINGS.one():
                write_picture(path, spec, size=size)

        return self._made(spec, name, make)

    def _made(self, spec: SceneSpec, name: str, make: Callable[[Path], None]) -> Path:
        return self._store.get(f"{spec.key}-{name}", make)


def _default_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("iceye-geo") / "sandbox"
