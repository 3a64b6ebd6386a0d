"""`iceye-geo app` and `iceye-geo doctor`: what they need, what they say, and that the page comes."""

from __future__ import annotations

import urllib.request
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from iceye_geo.cli import app_server
from iceye_geo.cli.app import app
from iceye_geo.errors import ConfigurationError, InvalidInputError, MissingExtraError


@pytest.fixture(autouse=True)
def no_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ICEYE_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setattr("iceye_geo.settings.merge.from_keyring", lambda *_: {}, raising=False)


def serve(**changes) -> str:
    out = StringIO()
    options = {"port": 0, "sandbox": False, "profile": None, "theme": "light", "browser": False} | changes
    app_server.serve_app(console=Console(file=out, width=200), **options)
    return out.getvalue()


def test_without_voila_the_one_line_that_installs_it_is_named(monkeypatch) -> None:
    real = app_server.importlib.util.find_spec
    monkeypatch.setattr(app_server.importlib.util, "find_spec", lambda n: None if n == "voila" else real(n))
    with pytest.raises(MissingExtraError, match=r"pip install 'iceye-geo\[app\]'"):
        serve(sandbox=True)


def test_without_credentials_nothing_starts_and_the_sandbox_is_offered(monkeypatch) -> None:
    monkeypatch.setattr(app_server, "running_app", lambda **_: pytest.fail("started"))
    with pytest.raises(ConfigurationError, match="iceye-geo app --sandbox"):
        serve()
    with pytest.raises(InvalidInputError, match="--sandbox"):
        serve(sandbox=True, profile="team")


@pytest.mark.parametrize("profile", [None, "team", "o'brien"])
def test_the_notebook_holds_no_credential(monkeypatch, tmp_path: Path, profile: str | None) -> None:
    monkeypatch.setenv("ICEYE_CLIENT_SECRET", "planted")
    path = tmp_path / "a.ipynb"
    app_server.write_notebook(path, profile=profile)
    import nbformat

    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    compile(book.cells[0].source, "cell", "exec")
    assert "planted" not in path.read_text()
    assert ("from_profile" in book.cells[0].source) == (profile is not None)


def test_a_server_that_does_not_start_is_told_with_its_last_words(monkeypatch) -> None:
    command = [app_server.sys.executable, "-c", "raise SystemExit('port is taken')"]
    monkeypatch.setattr(app_server, "voila_command", lambda *_, **__: command)
    with pytest.raises(ConfigurationError, match="port is taken"), app_server.running_app():
        pytest.fail("it ran")


@pytest.mark.slow
def test_the_page_comes_with_widgets_and_ends_with_the_context(sandbox, monkeypatch) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    with app_server.running_app() as (url, process):
        with urllib.request.urlopen(url, timeout=90) as answer:
            page = answer.read().decode()
        assert "application/vnd.jupyter.widget-view+json" in page
        assert sandbox.client_secret not in page
    assert process.poll() is not None


def test_the_doctor_prints_a_report_and_fails_when_something_is_wrong(monkeypatch) -> None:
    ran = CliRunner().invoke(app, ["doctor"])
    assert ran.exit_code == 0
    assert "ipyleaflet" in ran.stdout
    monkeypatch.setenv("ICEYE_API_URL", "nonsense")
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 1


def test_help_names_the_commands() -> None:
    text = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).stdout
    for command in ("app", "doctor"):
        assert command in text
