"""`iceye-geo migrate`: v1 JSON in, v2 JSON and the reasons out."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table


def migrate_files(files: list[Path], *, console: Console, write: bool) -> bool:
    """Show the report and the rewritten JSON of each file.

    Returns:
        True if all of every file could be carried over.
    """
    from iceye_geo.migration import migrate_file

    complete = True
    for path in files:
        migration = migrate_file(path)
        table = Table(title=str(path), title_justify="left", show_lines=True)
        for column in ("where", "v1", "v2", "why", "severity"):
            table.add_column(column)
        for f in migration.findings:
            table.add_row(f.path, _words(f.before), _words(f.after), f.reason, f.severity)
        console.print(table if migration.findings else f"{path}: nothing to change")
        text = json.dumps(migration.result, indent=2)
        console.print_json(text)
        if write:
            path.with_suffix(".v2.json").write_text(text)
        complete = complete and migration.complete
    return complete


def _words(value: object) -> str:
    return "" if value is None else str(value)
