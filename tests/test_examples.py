"""Every example that a reader can see runs: docstrings, README and docs, against the sandbox."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import iceye_geo

if TYPE_CHECKING:
    from iceye_geo import Client
    from iceye_geo.stac import IceyeItem

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    m.name for m in pkgutil.walk_packages(iceye_geo.__path__, "iceye_geo.") if not m.name.endswith("__main__")
)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Blocks that need credentials or a notebook front end say so in their first line.
NOT_RUN = re.compile(r"#\s*needs (credentials|a notebook)")


def _unbound(source: str) -> set[str]:
    """Names that an example uses and does not make itself."""
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)]
    used, made = (
        {n.id for n in nodes if isinstance(n.ctx, kind)} for kind in (ast.Load, ast.Store | ast.Del)
    )
    return used - made


@pytest.fixture(scope="module")
def item(client: Client) -> IceyeItem:
    """An owned scene whose links work."""
    return next(
        client.catalog.search(
            collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=1
        ).items()
    )


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_run(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any
) -> None:
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder(exclude_empty=True)
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(
        optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    )
    for test in finder.find(module):
        for fixture in _unbound("".join(e.source for e in test.examples)) & {"client", "item"}:
            test.globs[fixture] = request.getfixturevalue(fixture)
        report: list[str] = []
        runner.run(test, out=report.append)
        assert not report, "".join(report)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_page_examples_run(
    page: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any
) -> None:
    blocks = [b for b in BLOCK.findall(page.read_text()) if not NOT_RUN.search(b.split("\n")[0])]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    if blocks and "client = Client.sandbox()" not in blocks[0]:
        names["client"] = request.getfixturevalue("client")
    for block in blocks:
        exec(compile(block, str(page), "exec"), names)
    if page.name == "README.md":
        assert blocks, "the README shows an example"
        assert (tmp_path / "look.png").stat().st_size > 10_000
        assert "<script" in (tmp_path / "map.html").read_text()
