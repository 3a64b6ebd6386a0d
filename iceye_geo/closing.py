"""What closes itself at the end of a ``with`` block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closing(ABC):
    """Gives a class that has ``close`` its ``with`` block.

    Example:
        >>> class Lamp(Closing):
        ...     def close(self) -> None:
        ...         print("off")
        >>> with Lamp():
        ...     print("on")
        on
        off
    """

    @abstractmethod
    def close(self) -> None:
        """Let go of what is held."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
