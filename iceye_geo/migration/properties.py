"""Property names of v1 in queries, sort orders and items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iceye_geo.migration.findings import Severity
from iceye_geo.migration.scribe import Scribe
from iceye_geo.migration.table import PROPERTIES, NameLine


def rename_properties(properties: Mapping[str, Any], scribe: Scribe) -> dict[str, Any]:
    """Return ``properties`` under their v2 names, in the same order.

    Where both names are there, the value under the v2 name wins and the other is reported.

    Example:
        >>> rename_properties({"orbit_state": "ascending", "cloud": 0}, Scribe())
        {'sat:orbit_state': 'ascending', 'cloud': 0}
    """
    result: dict[str, Any] = {}
    for name, value in properties.items():
        line = PROPERTIES.get(name)
        if line is None:
            result[name] = value
        elif _is_taken(line, properties):
            _report_duplicate(line, value, properties, scribe)
        else:
            result[line.v2] = value
            _report(line, name, scribe)
    return result


def rename_field(text: str, step: str, scribe: Scribe) -> str:
    """Return one property name, with or without the ``+`` or ``-`` of a sort order, in its v2 form.

    Example:
        >>> rename_field("-start_time", "sortby", Scribe())
        '-start_datetime'
    """
    sign, name = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    line = PROPERTIES.get(name)
    if line is None:
        return text
    _report(line, step, scribe, before=text, after=sign + line.v2)
    return sign + line.v2


def _is_taken(line: NameLine, properties: Mapping[str, Any]) -> bool:
    # image_mode and instrument_mode end under one name; the one that was only renamed has the better claim.
    rival = line.fate == "removed" and any(
        other.v2 == line.v2 and other.v1 in properties for other in PROPERTIES.values() if other is not line
    )
    return line.v2 in properties or rival


def _report_duplicate(line: NameLine, value: Any, properties: Mapping[str, Any], scribe: Scribe) -> None:
    rivals = [
        n for n, other in PROPERTIES.items() if other.v2 == line.v2 and n != line.v1 and n in properties
    ]
    kept = properties[line.v2] if line.v2 in properties else properties[rivals[0]]
    same = kept == value
    scribe.write(
        line.v1, value, None if not same else line.v2,
        reason=f"{line.v2} is there already with {'the same' if same else 'another'} value; that one is kept",
        severity="changed" if same else "lost",
    )  # fmt: skip


def _report(line: NameLine, step: str, scribe: Scribe, *, before: str = "", after: str = "") -> None:
    severity: Severity = "check" if line.fate == "removed" else "changed"
    reason = f"property {line.fate} in v2: {line.reason}"
    scribe.write(step, before or line.v1, after or line.v2, reason=reason, severity=severity)
