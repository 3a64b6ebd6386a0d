"""Takes findings down while a value is rewritten, and keeps what a caller knows beyond the v1 body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iceye_geo.migration.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Known:
    """What v1 bodies lack and v2 needs.

    Attributes:
        frames: frame id by v1 item id.
        configs: ``configID`` of the Delivery API by v1 delivery path.
        product_types: the contract's own product types.
    """

    frames: Mapping[str, str] = field(default_factory=dict)
    configs: Mapping[str, str] = field(default_factory=dict)
    product_types: Sequence[str] = ()


@dataclass(slots=True)
class Scribe:
    """Collects findings under a path."""

    known: Known = field(default_factory=Known)
    findings: list[Finding] = field(default_factory=list)
    prefix: str = ""

    def at(self, step: str | int) -> Scribe:
        """Return a scribe for a place further in, which writes into the same list."""
        return Scribe(self.known, self.findings, self.path(step))

    def path(self, step: str | int = "") -> str:
        """Return the path of a place, for example ``data[0].properties``."""
        if isinstance(step, int):
            return f"{self.prefix}[{step}]"
        return f"{self.prefix}.{step}" if self.prefix and step else self.prefix or step

    def write(
        self, step: str, before: Any, after: Any, *, reason: str, severity: Severity = "changed"
    ) -> None:
        """Take one finding down."""
        self.findings.append(Finding(self.path(step), before, after, reason, severity))
