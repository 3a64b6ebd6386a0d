"""v1 paths and names in source text: paths are rewritten, names are pointed out."""

from __future__ import annotations

import re

from iceye_geo.migration.properties import rename_field
from iceye_geo.migration.scribe import Scribe
from iceye_geo.migration.table import NAMES, PROPERTIES, NameLine

_PATH = re.compile(r"/api/(tasking|catalog)/v1(?![\w.])")
_SORTBY = re.compile(r"(?<=sortby=)[A-Za-z_,+\-]+")
_PASSWORD = re.compile(r"grant_type[\"']?\s*[=:,]\s*[\"']?password\b")
_QUOTED = re.compile(r"([\"'])([A-Za-z_]+)\1")
# These stand in v2 bodies as well, or are everyday words; a quoted hit would mostly be a false alarm.
_COMMON = frozenset({"id", "title", "status", "reference", "createdAt", "eula", "password"})


def _names_to_point_out() -> dict[str, NameLine]:
    lines = {line.v1: line for line in NAMES if line.v1 and line.fate != "kept" and line.v1 not in _COMMON}
    return lines | PROPERTIES


_NAMES = _names_to_point_out()


def looks_like_v1(text: str) -> bool:
    """Return whether a text holds anything that this module would report."""
    scribe = Scribe()
    migrate_text(text, scribe)
    return bool(scribe.findings)


def migrate_text(text: str, scribe: Scribe) -> str:
    """Rewrite v1 paths in source text, and point out v1 names, line by line.

    Names in quotes are reported, not rewritten: only a reader can tell whether they go to ICEYE.

    Example:
        >>> migrate_text('get(f"{BASE}/api/catalog/v1/items")', Scribe())
        'get(f"{BASE}/api/catalog/v2/items")'
    """
    lines = text.split("\n")
    return "\n".join(_line(line, f"line {number}", scribe) for number, line in enumerate(lines, 1))


def _line(line: str, place: str, scribe: Scribe) -> str:
    for found in dict.fromkeys(m[0] for m in _PATH.finditer(line)):
        scribe.write(
            place,
            found,
            found[:-1] + "2",
            reason="base path of v2; see the table for what changes in the bodies",
        )
    new = _PATH.sub(lambda m: m[0][:-1] + "2", line)
    new = _SORTBY.sub(lambda m: ",".join(rename_field(part, place, scribe) for part in m[0].split(",")), new)
    if _PASSWORD.search(line):
        why = "v2 takes client credentials only; ask ICEYE for CLIENT_ID and CLIENT_SECRET"
        scribe.write(place, "grant_type password", None, reason=why, severity="lost")
    for name in dict.fromkeys(m[2] for m in _QUOTED.finditer(line)):
        if name in _NAMES:
            held = _NAMES[name]
            why = f"v1 name of a {held.where} field, left as it is: {held.reason}"
            scribe.write(place, name, held.v2 or None, reason=why, severity="check")
    return new
