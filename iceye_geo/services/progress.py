"""How a wait shows itself: a callback, or a tqdm bar in a terminal and a notebook."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

#: "auto": a bar where a person looks, nothing elsewhere. A callable gets each state. None: nothing.
ProgressLike = Callable[["WaitState"], None] | Literal["auto"] | None


@dataclass(frozen=True, slots=True)
class WaitState:
    """What a wait knows after a look.

    Attributes:
        subject: the object as it is now; None as long as no look succeeded.
        status: its status word, or what went wrong with this look.
        elapsed_s: seconds since the wait began.
        timeout_s: seconds after which it gives up.
        looks: how many times it has looked.
        next_look_s: seconds until the next look; 0 when the wait is over.
    """

    subject: Any
    status: str
    elapsed_s: float
    timeout_s: float
    looks: int
    next_look_s: float = 0.0


class Progress(Protocol):
    """Shows the states of one wait."""

    def show(self, state: WaitState) -> None:
        """Show one state."""

    def close(self) -> None:
        """The wait is over, however it ended."""


class Callback:
    """Hands every state to a function."""

    def __init__(self, function: Callable[[WaitState], None] | None) -> None:
        self._function = function

    def show(self, state: WaitState) -> None:
        """Call the function."""
        if self._function is not None:
            self._function(state)

    def close(self) -> None:
        """Nothing to tidy up."""


class Bar:
    """A tqdm bar: how far the status has come, what it is, how long it took.

    Args:
        title: what is waited for.
        order: the statuses on the way.
    """

    def __init__(self, title: str, order: tuple[str, ...]) -> None:
        with warnings.catch_warnings():
            # tqdm.auto warns where a notebook has no widgets; a plain bar is then what we want.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm

            self._bar = tqdm(
                total=len(order) - 1, desc=title, leave=True, bar_format="{desc} {bar} {postfix}"
            )
        self._order = tuple(word.upper() for word in order)

    def show(self, state: WaitState) -> None:
        """Draw one state."""
        word = state.status.upper()
        if word in self._order:
            self._bar.n = self._order.index(word)
        self._bar.set_postfix_str(f"{state.status}, {state.elapsed_s:.0f} s of {state.timeout_s:.0f} s")

    def close(self) -> None:
        """Leave the last state standing."""
        self._bar.close()


def progress_for(progress: ProgressLike, *, title: str, order: tuple[str, ...]) -> Progress:
    """Return what shows a wait.

    Example:
        >>> type(progress_for(None, title="task", order=("A", "B"))).__name__
        'Callback'
    """
    if progress == "auto":
        return Bar(title, order) if somebody_looks() else Callback(None)
    return Callback(progress if callable(progress) else None)


def somebody_looks() -> bool:
    """Return whether this runs in a terminal or a notebook."""
    if sys.stderr is not None and sys.stderr.isatty():
        return True
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and "IPKernelApp" in getattr(shell, "config", {})
