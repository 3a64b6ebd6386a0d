"""What the sandbox remembers, in one object, and the file that keeps it between runs."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from iceye_geo.sandbox.lifecycle.records import DeliveryRecord, PurchaseRecord, TaskRecord, WebhookRecord


@dataclass
class Money:
    """The figures of one budget, minor units."""

    consolidated_spent: int
    on_hold: int


@dataclass
class State:
    """Everything that changes while the sandbox runs.

    Attributes:
        tasks, purchases, deliveries, webhooks: the resources by id, in the order of creation.
        money: budget figures by contract id, as they were when last saved.
        sequence: number of changes so far.
        clock_offset_s: how far the sandbox's clock was ahead of the wall clock when last saved.
    """

    tasks: dict[str, TaskRecord] = field(default_factory=dict)
    purchases: dict[str, PurchaseRecord] = field(default_factory=dict)
    deliveries: dict[str, DeliveryRecord] = field(default_factory=dict)
    webhooks: dict[str, WebhookRecord] = field(default_factory=dict)
    money: dict[str, Money] = field(default_factory=dict)
    sequence: int = 0
    clock_offset_s: float = 0.0


def _adapter() -> TypeAdapter[State]:
    return TypeAdapter(State)


class StateFile:
    """Keeps a State as JSON. The file holds webhook passwords, so that only its owner may read it.

    Args:
        path: the file; it need not exist.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._adapter: TypeAdapter[Any] = _adapter()

    def load(self) -> State:
        """Return the saved state, or an empty one if there is no file.

        Raises:
            ValueError: if the file is none of ours; it is left as it is.
        """
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return State()
        try:
            state: State = self._adapter.validate_json(text)
        except ValidationError as error:
            raise ValueError(
                f"{self.path} is no state of the sandbox; move it away or name another"
            ) from error
        return state

    def save(self, state: State) -> None:
        """Write the state in one step: a reader finds the old file or the new one, never half of one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp opens with mode 0600, which the rename keeps.
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self._adapter.dump_json(state, indent=1))
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
