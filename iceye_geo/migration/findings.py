"""What a migration says: one finding per change, and the rewritten value with all of them."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from iceye_geo.redact import redact

if TYPE_CHECKING:
    import pandas as pd

#: "changed": carried over in another form. "check": carried over, but somebody should look at it.
#: "lost": could not be carried over; the result lacks it.
Severity = Literal["changed", "check", "lost"]
_MAX_TEXT = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """One change.

    Attributes:
        path: where in the input, for example ``query.orbit_state`` or ``line 12``.
        before: what stood there.
        after: what stands in the result; None where nothing does.
        reason: why, in words.
        severity: "changed", "check" or "lost".
    """

    path: str
    before: Any
    after: Any
    reason: str
    severity: Severity = "changed"

    def __str__(self) -> str:
        return f"[{self.severity}] {self.path}: {_short(self.before)} -> {_short(self.after)}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Migration:
    """A rewritten value and everything that was done to it.

    Attributes:
        result: the v2 form; the input is never changed.
        kind: what the input was taken for, for example "task request" or "search".
        findings: every change, in the order of the input.

    Example:
        >>> from iceye_geo.migration import migrate
        >>> migration = migrate({"query": {"orbit_state": {"eq": "descending"}}})
        >>> migration.result, migration.complete
        ({'query': {'sat:orbit_state': {'eq': 'descending'}}}, True)
    """

    result: Any
    kind: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether nothing was lost."""
        return not self.lost

    @property
    def lost(self) -> list[Finding]:
        """What could not be carried over."""
        return [f for f in self.findings if f.severity == "lost"]

    @property
    def summary(self) -> str:
        """One line: what it was, and how many findings of each severity."""
        counts = Counter(f.severity for f in self.findings)
        parts = [f"{counts[s]} {s}" for s in ("changed", "check", "lost") if counts[s]]
        return f"{self.kind}: {', '.join(parts) or 'nothing to change'}"

    def report(self) -> str:
        """Return the report as plain text, one finding per line.

        Example:
            >>> from iceye_geo.migration import migrate
            >>> print(migrate({"sortby": [{"field": "start_time"}]}).report())
            search: 1 changed
            [changed] sortby[0].field: start_time -> start_datetime: property renamed in v2: STAC name
        """
        return "\n".join([self.summary, *(str(f) for f in self.findings)])

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per finding: path, before, after, reason, severity."""
        import pandas as pd

        columns = ["path", "before", "after", "reason", "severity"]
        return pd.DataFrame([[getattr(f, c) for c in columns] for f in self.findings], columns=columns)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in ("where", "v1", "v2", "why", ""))
        body = "".join(_row(f) for f in self.findings)
        caption = html.escape(self.summary)
        return (
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def _row(finding: Finding) -> str:
    texts = (finding.path, _short(finding.before), _short(finding.after), finding.reason, finding.severity)
    return "<tr>" + "".join(f"<td>{html.escape(redact(t))}</td>" for t in texts) + "</tr>"


def _short(value: Any) -> str:
    text = redact("nothing" if value is None else str(value))
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
