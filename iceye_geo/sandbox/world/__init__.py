"""The sandbox's invented archive: which frames exist, who owns them, and how they look as raw items."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from iceye_geo.sandbox.contracts import Contracts
from iceye_geo.sandbox.options import SandboxOptions
from iceye_geo.sandbox.world.build import build_owned, build_public
from iceye_geo.sandbox.world.frames import Frame, make_frame
from iceye_geo.sandbox.world.shelf import Record, Shelf, make_records

__all__ = ["Frame", "Record", "Shelf", "World", "make_frame"]

#: How many of the owned frames also belong to the contract without a pricing plan, and to the expired one.
_SMALL_SHARES = (2, 1)


class World:
    """All frames: the public archive, and what each contract owns. Safe between threads.

    Args:
        options: seed, number of scenes and so on.
        contracts: who can own frames.
    """

    def __init__(self, options: SandboxOptions, contracts: Contracts) -> None:
        self.options = options
        self._lock = threading.Lock()
        self._frames: dict[str, Frame] = {}
        self.public = Shelf()
        self._private = {contract_id: Shelf() for contract_id in contracts}
        self.publish(build_public(options))
        owned = build_owned(options)
        self.own(contracts.with_plan.id, owned)
        for contract, share in zip((contracts.without_plan, contracts.expired), _SMALL_SHARES, strict=True):
            self.own(contract.id, owned[-share:])

    def frame(self, frame_id: str) -> Frame | None:
        """Return the frame of an id, public or not."""
        with self._lock:
            return self._frames.get(frame_id)

    def frames(self) -> list[Frame]:
        """Return all frames."""
        with self._lock:
            return list(self._frames.values())

    def private(self, contract_id: str) -> Shelf:
        """Return what a contract owns; an empty shelf for an unknown contract."""
        return self._private.get(contract_id, Shelf())

    def publish(self, frames: Iterable[Frame]) -> None:
        """Put frames into the public archive."""
        for frame in self._remember(frames):
            self.public.add(self._records(frame, "public"))

    def own(self, contract_id: str, frames: Iterable[Frame]) -> None:
        """Give frames to a contract: they appear in its private collection with all their assets.

        Raises:
            KeyError: for an unknown contract.
        """
        shelf = self._private[contract_id]
        for frame in self._remember(frames):
            shelf.add(self._records(frame, "private"))

    def find_item(self, item_id: str, *, contract_id: str) -> Record | None:
        """Return an item that a contract owns, by its id."""
        return next((record for record in self.private(contract_id) if record.id == item_id), None)

    def _remember(self, frames: Iterable[Frame]) -> list[Frame]:
        frames = list(frames)
        with self._lock:
            for frame in frames:
                # A purchase brings the frame again, perhaps with fewer products: the first one stays.
                self._frames.setdefault(frame.frame_id, frame)
        return frames

    def _records(self, frame: Frame, collection: str) -> list[Record]:
        return list(make_records(frame, collection=collection, stac_version=self.options.stac_version))
