from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iceye_geo.sandbox import Sandbox, SandboxOptions

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
def start(pictures: Path, tmp_path: Path) -> Iterator[Any]:
    """Start further sandboxes with other options."""
    running: list[Api] = []

    def starter(**options: Any) -> Api:
        own = {"scenes": 30, "cache_dir": pictures, "bucket_dir": tmp_path / "buckets", **options}
        sandbox = Sandbox(SandboxOptions(**own)).start()
        running.append(Api(sandbox))
        return running[-1]

    yield starter
    for made in running:
        made.http.close()
        made.sandbox.stop()
