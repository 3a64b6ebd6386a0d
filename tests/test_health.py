"""The doctor names what does not fit and what to do, and never a secret."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import iceye_geo
from iceye_geo import health
from iceye_geo.health import Finding, Report, doctor


def found(report: Report, topic: str) -> Finding:
    return next(f for f in report.findings if f.topic == topic)


@pytest.fixture(autouse=True)
def no_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ICEYE_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setattr("iceye_geo.settings.merge.from_keyring", lambda *_: {}, raising=False)


def versions(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> None:
    real = health.version_of
    names = {name.replace("_", "-"): version for name, version in changes.items()}
    monkeypatch.setattr(health, "version_of", lambda name: names[name] if name in names else real(name))


def test_it_is_part_of_the_public_face_however_often_it_is_asked() -> None:
    assert iceye_geo.doctor().healthy in (True, False)
    assert iceye_geo.doctor().healthy in (True, False), "no module has taken its place"


def test_a_healthy_environment_is_called_so_and_every_version_is_named() -> None:
    report = doctor()
    assert report.healthy
    for topic in (
        "iceye-geo",
        "Python",
        "numpy",
        "rasterio",
        "GDAL",
        "ipywidgets",
        "ipyleaflet",
        "map front end",
        "host",
    ):
        assert found(report, topic).text
    assert found(report, "map front end").text.count("0.20") >= 2
    assert str(report) in repr(report)
    assert "<table>" in report._repr_html_()


@pytest.mark.parametrize(("kernel", "front"), [("0.20.0", "0.19.2"), ("0.19.1", "0.20.0")])
def test_a_map_whose_halves_do_not_fit_is_a_fault_with_its_cure(monkeypatch, kernel: str, front: str) -> None:
    versions(monkeypatch, ipyleaflet=kernel, jupyter_leaflet=front)
    monkeypatch.setattr(health, "_labextension_version", lambda _: front)
    report = doctor()
    finding = found(report, "map front end")
    assert finding.level == "fault"
    assert f"jupyter-leaflet=={kernel[:4]}.*" in finding.advice
    assert not report.healthy


def test_a_map_without_javascript_here_is_a_note(monkeypatch) -> None:
    versions(monkeypatch, jupyter_leaflet=None)
    monkeypatch.setattr(health, "_labextension_version", lambda _: None)
    assert found(doctor(), "map front end").level == "note"


def test_what_is_missing_or_old_is_named_with_the_line_that_installs_it(monkeypatch) -> None:
    versions(monkeypatch, ipywidgets="7.7.1", ipyleaflet=None, numpy="1.20.3")
    report = doctor()
    assert found(report, "ipywidgets").level == "fault"
    assert "needs 8.1" in found(report, "ipywidgets").text
    assert found(report, "ipyleaflet") == Finding(
        "ipyleaflet", "not installed", "note", "pip install 'iceye-geo[panels]'"
    )
    assert found(report, "numpy").level == "fault"
    assert not [f for f in report.findings if f.topic == "map front end"]


def test_the_front_end_extension_is_read_from_the_environment(monkeypatch, tmp_path: Path) -> None:
    folder = tmp_path / "share/jupyter/labextensions/jupyter-leaflet"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"version": "0.11.5"}))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert health._labextension_version("jupyter-leaflet") == "0.11.5"
    (folder / "package.json").write_text("no json")
    monkeypatch.delenv("JUPYTER_DATA_DIR", raising=False)
    assert health._labextension_version("jupyter-leaflet") is None


def test_settings_are_told_without_their_secrets(monkeypatch) -> None:
    for name, value in {
        "CLIENT_ID": "planted-id", "CLIENT_SECRET": "planted-secret", "AUTH_URL": "https://auth.example.com",
        "PROXY": "http://user:planted-password@proxy.example.com:3128", "CONTRACT_ID": "C-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"ICEYE_{name}", value)
    report = doctor()
    assert found(report, "credentials").text == "client_id set, client_secret set (from environment)"
    assert "contract_id C-1" in found(report, "settings").text
    assert "planted" not in str(report) + report._repr_html_()


def test_missing_credentials_are_a_note_and_a_malformed_setting_is_a_fault(monkeypatch) -> None:
    report = doctor()
    assert found(report, "credentials").level == "note"
    assert "sandbox" in found(report, "credentials").advice
    monkeypatch.setenv("ICEYE_API_URL", "not a url")
    report = doctor()
    assert found(report, "settings").level == "fault"
    assert "api_url" in found(report, "settings").text


def shell(kind: str, **names: object) -> object:
    return type(kind, (), {"user_ns": names})()


@pytest.mark.parametrize(("kind", "names", "command", "expected"), [
    ("TerminalInteractiveShell", {}, "", "IPython"),
    ("ZMQInteractiveShell", {"__vsc_ipynb_file__": "a"}, "", "VS Code"),
    ("ZMQInteractiveShell", {}, "/usr/bin/python /bin/jupyter-lab --port=1", "JupyterLab"),
    ("ZMQInteractiveShell", {}, "python -m jupyterlab", "JupyterLab"),
    ("ZMQInteractiveShell", {}, "python -m voila a.ipynb", "Voilà"),
    ("ZMQInteractiveShell", {}, "jupyter-notebook", "Notebook"),
    ("ZMQInteractiveShell", {}, "", "Jupyter"),
])  # fmt: skip
def test_the_host_is_recognised(monkeypatch, kind: str, names: dict, command: str, expected: str) -> None:
    for name in ("VSCODE_PID", "SERVER_SOFTWARE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(health, "_shell", lambda: shell(kind, **names))
    monkeypatch.setattr(health, "_parent_command", lambda: command)
    assert health.host() == expected


def test_colab_is_told_how_to_show_widgets(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace())
    assert "enable_custom_widget_manager" in found(doctor(), "host").advice


def test_outside_a_notebook_it_points_to_the_app(monkeypatch) -> None:
    monkeypatch.setattr(health, "_shell", lambda: None)
    assert found(doctor(), "host") == Finding(
        "host", "plain", "note", "Panels need a notebook; without one: iceye-geo app"
    )


def test_a_rasterio_that_does_not_load_is_a_fault(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    assert found(doctor(), "GDAL").level == "fault"
