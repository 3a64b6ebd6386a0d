"""The neutral status word and each provider's own table of words. Never one table for two providers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

State = Literal["pending", "running", "partial", "succeeded", "failed", "cancelled", "unknown"]
STATES: tuple[State, ...] = get_args(State)
TERMINAL: frozenset[State] = frozenset({"succeeded", "failed", "cancelled"})


class HasState(Protocol):
    """What has a neutral word."""

    @property
    def state(self) -> State:
        """Neutral word."""


class Outcome:
    """What the neutral word says of whatever has one."""

    __slots__ = ()

    @property
    def is_terminal(self: HasState) -> bool:
        """Whether nothing more will happen."""
        return self.state in TERMINAL

    @property
    def succeeded(self: HasState) -> bool:
        """Whether the files are there."""
        return self.state == "succeeded"

    @property
    def has_failed(self: HasState) -> bool:
        """Whether it was refused or ended without the files being there."""
        return self.state in ("failed", "cancelled")


@dataclass(frozen=True, slots=True)
class StatusTable:
    """One provider's words for one kind of resource.

    The same word means different things: FULFILLED is the end at Pixxel and half-way at ICEYE. So each
    provider brings its tables, compared without regard to case; a word that came later is "unknown", which is
    not the end: it is bounded by the deadline of whoever waits.

    Args:
        words: the provider's word to the neutral one.

    Example:
        >>> table = StatusTable({"SUCCESS": "succeeded", "CREATED": "pending"})
        >>> table.read("success"), table.read("HALF_DONE"), table.is_terminal("SUCCESS")
        ('succeeded', 'unknown', True)
    """

    words: Mapping[str, State]
    _lowered: dict[str, State] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lowered", {word.lower(): state for word, state in self.words.items()})

    def read(self, word: str | None) -> State:
        """Return the neutral word."""
        return self._lowered.get((word or "").strip().lower(), "unknown")

    def is_terminal(self, word: str | None) -> bool:
        """Whether nothing more will happen."""
        return self.read(word) in TERMINAL

    def succeeded(self, word: str | None) -> bool:
        """Whether it ended well."""
        return self.read(word) == "succeeded"


def combined(states: Iterable[State]) -> State:
    """Return one word for several parts: ended when all have, failed when one has.

    Example:
        >>> combined(["succeeded", "running"]), combined(["succeeded", "failed"]), combined([])
        ('running', 'failed', 'pending')
    """
    found = set(states)
    if not found:
        return "pending"
    for open_state in ("running", "partial", "pending", "unknown"):
        if open_state in found:
            return "running" if len(found) > 1 else open_state
    for ended in ("failed", "cancelled"):
        if ended in found:
            return ended
    return "succeeded"
