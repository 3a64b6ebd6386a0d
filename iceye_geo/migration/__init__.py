"""From API v1 to v2: request bodies, queries, cached answers and source text, each change with its reason."""

from __future__ import annotations

from iceye_geo.migration.findings import Finding, Migration
from iceye_geo.migration.rewrite import migrate, migrate_file
from iceye_geo.migration.table import NAMES, PATHS

__all__ = ["NAMES", "PATHS", "Finding", "Migration", "migrate", "migrate_file"]
