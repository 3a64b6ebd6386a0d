"""Imports go down the layers of docs/architecture.md, never up."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "iceye_geo"
LAYERS = [
    {"errors", "redact", "closing", "_version"},
    {"transport", "settings"},
    {"stac", "models"},
    {"services", "cog", "analysis"},
    {"client", "webhooks", "providers", "migration", "archive", "opendata"},
    {"cli", "panels", "maps", "health"},
]
RANK = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
# Methods of lower rooms that hand over to a higher one when called, and say so in their docstring.
HANDOVERS = {
    ("services", "maps"),  # search.to_map()
    ("cog", "maps"),  # cog.to_map()
    ("archive", "maps"),  # search.to_map()
    ("opendata", "maps"),  # search.to_map()
    ("client", "sandbox"),  # Client.sandbox()
    ("cli", "sandbox"),
}
WIDGETS = {"ipywidgets", "ipyleaflet"}


def _imports(path: Path) -> list[tuple[str, bool]]:
    """Modules imported by a file, and whether the import runs when the file is imported."""
    found: list[tuple[str, bool]] = []

    def visit(node: ast.AST, at_import: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend((a.name, at_import) for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.extend((f"{node.module}.{a.name}", at_import) for a in node.names)
        lazy = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for child in ast.iter_child_nodes(node):
            visit(child, at_import and not lazy and not typing_only)

    visit(ast.parse(path.read_text()), True)
    return found


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    room = _room(path)
    for module, _ in _imports(path):
        parts = module.split(".")
        if parts[0] in WIDGETS:
            assert room == "panels", f"{module}: widgets stay in panels/"
        if parts[0] != "iceye_geo" or len(parts) < 2 or parts[1] == room or room == "__init__":
            continue
        other = parts[1]
        if room == "sandbox":
            assert other == "models", f"sandbox imports {module}"
        elif other == "sandbox" or RANK.get(other, -1) > RANK[room]:
            assert (room, other) in HANDOVERS, f"{room} imports {module}, which lies above it"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_stay_short_and_say_what_they_hold(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 500
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "the first line says what may be in here"
