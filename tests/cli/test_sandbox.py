"""`iceye-geo sandbox` fails as it is told to."""

from __future__ import annotations

import io
import re
import sys

import pytest

from iceye_geo import Client
from iceye_geo.errors import ApiError, DownloadFailedError
from iceye_geo.providers.pixxel import PixxelClient
from iceye_geo.settings import Settings

from .shell import run


def test_faults_strike_as_often_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def meanwhile() -> None:
        assert isinstance(sys.stdout, io.StringIO)
        found = re.search(r"export ICEYE_API_URL=(\S+)/api\n", sys.stdout.getvalue())
        assert found is not None
        with Client(Settings.for_sandbox(found[1])) as client:
            for _ in range(2):
                with pytest.raises(ApiError) as refused:
                    client.company.contracts()
                seen.append(refused.value.status)
            assert client.company.contracts()
        with PixxelClient.for_sandbox(found[1]) as pixxel:
            catalog = pixxel.catalog.search(max_items=1)[0].id
            failing = pixxel.downloads.create(catalog_ids=catalog)
            with pytest.raises(DownloadFailedError):
                pixxel.downloads.wait(failing, timeout=60, progress=None, first_pause=0.05)
            fine = pixxel.downloads.create(catalog_ids=catalog)
            assert pixxel.downloads.wait(fine, timeout=60, progress=None, first_pause=0.05).is_ready

    monkeypatch.setattr("iceye_geo.cli.serve._until_interrupted", meanwhile)
    options = ["--port=0", "--scenes=3", "--scene-size=512", "--speed=100000", "--pixxel-failures=1"]
    done = run("sandbox", *options, "--fault=418,path=/company/", "--fault", "451,path=/company/")
    assert done.returncode == 0, done.stderr
    assert seen == [418, 451]
    assert "fail on purpose: 418,path=/company/; 451,path=/company/" in done.stdout


def test_what_is_no_fault_is_refused_before_anything_starts() -> None:
    done = run("sandbox", "--port=0", "--fault=often")
    assert done.returncode == 1
    assert "--fault: unknown fault kind 'often'" in done.stderr
    assert "export" not in done.stdout
