"""``iceye_geo.doctor()``: versions, host and settings, what does not fit together and what to do. Shows no secret.

The module is not called ``doctor``, since a module of that name would take the function's place in the package.
"""

from __future__ import annotations

import html
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Literal

from iceye_geo._version import __version__
from iceye_geo.errors import IceyeGeoError
from iceye_geo.redact import redact

Level = Literal["ok", "note", "fault"]

_SIGNS = {"ok": "✓", "note": "·", "fault": "✗"}
#: What the package asks of others, by what it is for: distribution, least version, and the line that installs it.
_CORE = (("numpy", "1.26"), ("geopandas", "1.0"), ("rasterio", "1.4"), ("pystac", "1.12"))
_PANELS = (("ipywidgets", "8.1"), ("ipyleaflet", "0.19"))
_MORE = ("jupyterlab", "notebook", "jupyterlab-widgets", "voila", "xarray", "dask", "pyarrow", "fastapi")
# A setting that is known to hold an address or a path; whatever is not listed is shown only as set or not set.
_OPEN_SETTINGS = ("api_url", "contract_id", "verify", "ca_bundle", "timeout_s", "retries")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: what was looked at.
        text: what was found.
        level: "ok", "note" or "fault".
        advice: what to do; empty where nothing is to be done.
    """

    topic: str
    text: str
    level: Level = "ok"
    advice: str = ""


@dataclass(frozen=True)
class Report:
    """What the doctor found. Prints as a list, shows as a table in a notebook.

    Attributes:
        findings: in the order they were looked at.
    """

    findings: tuple[Finding, ...] = field(default_factory=tuple)

    @property
    def healthy(self) -> bool:
        """Whether nothing is at fault."""
        return all(finding.level != "fault" for finding in self.findings)

    def __str__(self) -> str:
        width = max((len(f.topic) for f in self.findings), default=0)
        lines = []
        for f in self.findings:
            lines.append(f"{_SIGNS[f.level]} {f.topic.ljust(width)}  {f.text}")
            if f.advice:
                lines.append(f"  {' ' * width}  → {f.advice}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{_SIGNS[f.level]}</td><th style='text-align:left'>{html.escape(f.topic)}</th>"
            f"<td style='text-align:left'>{html.escape(f.text)}"
            f"{'<br>→ ' + html.escape(f.advice) if f.advice else ''}</td></tr>"
            for f in self.findings
        )
        return f"<table><caption>iceye-geo doctor</caption><tbody>{rows}</tbody></table>"


def doctor(*, profile: str | None = None) -> Report:
    """Look at versions, the host and the settings; sends nothing.

    Args:
        profile: a profile of the config file; default what the environment and ``[profiles.default]`` say.

    Example:
        >>> report = doctor()
        >>> {"iceye-geo", "host", "settings"} <= {finding.topic for finding in report.findings}
        True
    """
    looks: Sequence[Callable[[], list[Finding]]] = (
        _ourselves, _core, _gdal, _widgets, _map_front_end, _others, _host, lambda: _settings(profile),
    )  # fmt: skip
    return Report(tuple(finding for look in looks for finding in look()))


def version_of(distribution: str) -> str | None:
    """Return the installed version of a distribution, None if it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def host() -> str:
    """Return where the code runs: "Colab", "VS Code", "Voilà", "JupyterLab", "Notebook", "Jupyter", "IPython", "plain".

    Example:
        >>> host() in ("plain", "IPython", "Jupyter", "JupyterLab", "Notebook", "VS Code", "Voilà", "Colab")
        True
    """
    if "google.colab" in sys.modules:
        return "Colab"
    shell = _shell()
    if shell is None:
        return "plain"
    if type(shell).__name__ != "ZMQInteractiveShell":
        return "IPython"
    if os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return "Voilà"
    names = getattr(shell, "user_ns", {})
    if "__vsc_ipynb_file__" in names or "VSCODE_PID" in os.environ:
        return "VS Code"
    command = _parent_command()
    for word, name in (("voila", "Voilà"), ("jupyter-lab", "JupyterLab"), ("jupyterlab", "JupyterLab")):
        if word in command:
            return name
    return "Notebook" if "notebook" in command else "Jupyter"


def _ourselves() -> list[Finding]:
    where = f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}"
    return [Finding("iceye-geo", __version__), Finding("Python", where)]


def _core() -> list[Finding]:
    return [_wanted(name, least, "pip install -U iceye-geo", "fault") for name, least in _CORE]


def _gdal() -> list[Finding]:
    try:
        import rasterio
    except Exception as error:  # noqa: BLE001 - a wheel that does not fit the machine fails in its own ways
        return [
            Finding(
                "GDAL", f"rasterio does not load: {error}", "fault", "pip install --force-reinstall rasterio"
            )
        ]
    return [Finding("GDAL", str(rasterio.__gdal_version__))]


def _widgets() -> list[Finding]:
    return [_wanted(name, least, "pip install 'iceye-geo[panels]'", "note") for name, least in _PANELS]


def _map_front_end() -> list[Finding]:
    """Compare the map's Python with its JavaScript: their mismatch is what most empty maps come from."""
    kernel, package = version_of("ipyleaflet"), version_of("jupyter-leaflet")
    if kernel is None:
        return []
    built = _labextension_version("jupyter-leaflet")
    shown = f"JavaScript {built or 'not found here'}, jupyter-leaflet {package or 'not installed'}"
    least = _minor(kernel)
    seen = [v for v in (built, package) if v]
    if not seen:
        advice = "pip install jupyter-leaflet where the Jupyter server runs, then reload the page"
        return [Finding("map front end", shown, "note", advice)]
    if any(_minor(v) != least for v in seen):
        advice = (
            f"pip install 'jupyter-leaflet=={least}.*' where the Jupyter server runs, restart it, reload the page; "
            "until then panels work by their forms"
        )
        return [Finding("map front end", f"{shown}; ipyleaflet is {kernel}", "fault", advice)]
    return [Finding("map front end", f"{shown}, fits ipyleaflet {kernel}")]


def _others() -> list[Finding]:
    found = {name: version_of(name) for name in _MORE}
    present = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    absent = ", ".join(name for name, version in found.items() if not version)
    findings = [Finding("also here", present or "nothing of what is optional")]
    if absent:
        findings.append(Finding("not here", absent, "note", "optional: pip install 'iceye-geo[all]'"))
    return findings


def _host() -> list[Finding]:
    name = host()
    advice = {
        "Colab": "Maps need: from google.colab import output; output.enable_custom_widget_manager()",
        "VS Code": 'Maps need, in the settings: "jupyter.widgetScriptSources": ["jsdelivr.com", "unpkg.com"]; '
        "then restart the kernel.",
        "plain": "Panels need a notebook; without one: iceye-geo app",
        "IPython": "Panels need a notebook; without one: iceye-geo app",
    }.get(name, "")
    return [Finding("host", name, "note" if advice else "ok", advice)]


def _settings(profile: str | None) -> list[Finding]:
    from iceye_geo.settings import Settings

    try:
        settings = Settings.load(profile=profile)
    except IceyeGeoError as error:
        return [Finding("settings", redact(str(error)), "fault", "Mend this setting; nothing works before.")]
    values = {name: getattr(settings, name) for name in _OPEN_SETTINGS}
    text = ", ".join(
        f"{name} {redact(str(value))}" for name, value in values.items() if value not in (None, "")
    )
    known = {name: "set" if getattr(settings, name) else "not set" for name in ("client_id", "client_secret")}
    findings = [
        Finding("settings", text),
        Finding(
            "credentials", ", ".join(f"{k} {v}" for k, v in known.items()) + f" (from {settings.source})"
        ),
    ]
    try:
        settings.check_credentials()
    except IceyeGeoError as error:
        advice = "Client.sandbox() works without any; iceye-geo app --sandbox too."
        findings[-1] = Finding("credentials", redact(str(error)), "note", advice)
    return findings


def _wanted(name: str, least: str, install: str, missing: Level) -> Finding:
    version = version_of(name)
    if version is None:
        return Finding(name, "not installed", missing, install)
    if _numbers(version) < _numbers(least):
        return Finding(name, f"{version}, needs {least} or newer", "fault", install)
    return Finding(name, version)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version.

    Example:
        >>> _numbers("1.10.2rc1") > _numbers("1.9")
        True
    """
    parts = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)


def _minor(version: str) -> str:
    return ".".join(str(n) for n in _numbers(version)[:2])


def _labextension_version(name: str) -> str | None:
    """Return the version of a front-end extension built into this environment."""
    for root in (sys.prefix, os.environ.get("JUPYTER_DATA_DIR", "")):
        for base in (Path(root) / "share/jupyter", Path(root)):
            try:
                text = (base / "labextensions" / name / "package.json").read_text(encoding="utf-8")
                return str(json.loads(text)["version"])
            except (OSError, ValueError, KeyError):
                continue
    return None


def _shell() -> object | None:
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    found: object | None = get_ipython()
    return found


def _parent_command() -> str:
    """Return the command line of the process that started this kernel, where the system tells; "" elsewhere."""
    try:
        return (
            Path(f"/proc/{os.getppid()}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        )
    except OSError:
        return ""
