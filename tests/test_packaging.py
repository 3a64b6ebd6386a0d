"""The project's own files agree with each other."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# conda-forge splits or renames two packages.
CONDA_NAMES = {"matplotlib": "matplotlib-base", "dask[array,dataframe]": "dask"}


def _canonical(requirement: str) -> str:
    name, bound = re.fullmatch(r"([A-Za-z0-9_.,\[\]-]+?)(>=.+)?", requirement.replace(" ", "")).groups()
    return CONDA_NAMES.get(name.lower(), name.lower()) + (bound or "")


def test_environment_yml_is_in_step_with_pyproject() -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = {
        *PROJECT["dependencies"],
        *extras["sandbox"],
        *extras["panels"],
        *extras["lazy"],
        *extras["archive"],
        *extras["s3"],
    }
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = {d for d in listed if isinstance(d, str) and d != "pip" and not d.startswith("python>")}
    assert {_canonical(d) for d in conda} == {_canonical(d) for d in wanted}
    assert f"python{PROJECT['requires-python']}" in listed


def test_all_extra_names_every_user_extra() -> None:
    extras = PROJECT["optional-dependencies"]
    users = set(extras) - {"all", "app", "browser", "dev", "docs"}
    assert extras["all"] == [f"iceye-geo[{','.join(e for e in extras if e in users)}]"]


def test_version_is_in_the_changelog() -> None:
    from iceye_geo import __version__

    assert f"[{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("module", ["geopandas", "rasterio", "folium", "ipywidgets", "xarray", "fastapi"])
def test_importing_the_package_does_not_load(module: str) -> None:
    code = f"import sys, iceye_geo; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
