from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iceye_geo.sandbox import Sandbox

from .api import Api

#: What `link` opens.
BODY = bytes(range(256)) * 4000


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the generated requests alone where slow tests are not asked for: only making them takes seconds."""
    generated = collection_path.name == "test_openapi.py"
    return True if generated and "not slow" in config.getoption("markexpr") else None


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    made = Api(sandbox)
    sandbox.requests.clear()
    yield made
    made.http.close()


@pytest.fixture
def link(sandbox: Sandbox, tmp_path: Path) -> str:
    """A fresh link to a file of known bytes."""
    file = tmp_path / "file.bin"
    file.write_bytes(BODY)
    content = sandbox.platform.content
    return str(content.link(content.register(str(file), lambda: file, "image/tiff"), base_url=sandbox.url))


@pytest.fixture
def start(start_sandbox: Callable[..., Sandbox]) -> Iterator[Any]:
    """Start further sandboxes with other options."""
    running: list[Api] = []

    def starter(**options: Any) -> Api:
        running.append(Api(start_sandbox(**({"scenes": 30} | options))))
        return running[-1]

    yield starter
    for made in running:
        made.http.close()
