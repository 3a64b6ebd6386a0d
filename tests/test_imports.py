"""``import iceye_geo`` stays light; a fresh process tells."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "geopandas", "rasterio", "folium", "ipywidgets", "ipyleaflet", "xarray", "fastapi", "uvicorn", "pandas",
    "matplotlib", "pystac", "shapely", "keyring",
}  # fmt: skip


def _loaded_after(code: str) -> set[str]:
    script = (
        f"{code}\nimport json, sys; print(json.dumps(sorted({{n.partition('.')[0] for n in sys.modules}})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_package_loads_nothing_heavy() -> None:
    assert _loaded_after("import iceye_geo; iceye_geo.__version__; dir(iceye_geo)") & HEAVY == set()


def test_the_client_loads_nothing_heavy() -> None:
    make = "from iceye_geo import Client; Client(client_id='a', client_secret='b', auth_url='https://a.example.com')"
    assert _loaded_after(make) & (HEAVY - {"keyring"}) == set()


def test_an_unknown_name_is_an_attribute_error() -> None:
    import iceye_geo

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = iceye_geo.nothing
