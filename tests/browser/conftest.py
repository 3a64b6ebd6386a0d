"""One Chromium for all browser tests; whatever is not on loopback is refused and remembered."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.servers import end_kernels, lab, voila  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

CHROMIUM = "/usr/bin/chromium"
LOCAL = (
    "http://127.0.0.1",
    "http://localhost",
    "ws://127.0.0.1",
    "ws://localhost",
    "file:",
    "data:",
    "blob:",
    "about:",
)
#: Generous, so that a busy machine passes: a condition that holds is seen at once.
PATIENCE_MS = 1000 * float(os.environ.get("ICEYE_TEST_PATIENCE_S", "60"))
#: Where screenshots are kept, for a person to look at after the run.
ARTIFACTS = Path(os.environ.get("ICEYE_TEST_ARTIFACTS", "artifacts"))


@dataclass
class Watch:
    """What a page did besides showing: requests that left the machine, errors it threw or logged."""

    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield launched
        launched.close()


@pytest.fixture
def watch() -> Watch:
    """The record of the test's page."""
    return Watch()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a picture of the page on which a test failed."""
    report = yield
    held = getattr(item, "funcargs", {})
    page = held.get("page") or getattr(held.get("searched"), "page", None)
    if report.when == "call" and report.failed and page is not None:
        keep(page, f"failed-{item.name}")
    return report


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A page of 1400 px that cannot leave the machine."""
    with new_page(browser, watch) as opened:
        yield opened


@contextmanager
def new_page(browser: Browser, watch: Watch) -> Iterator[Page]:
    """Open a page that cannot leave the machine; at the end its kernels end too."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})

    def gate(route: Route) -> None:
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            watch.outside.append(route.request.url)
            route.abort()

    context.route("**/*", gate)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    opened.on("pageerror", lambda error: watch.errors.append(str(error)))
    yield opened
    end_kernels(opened)
    context.close()


def keep(page: Page, name: str) -> Path:
    """Keep a screenshot of the whole page among the artefacts."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    path = ARTIFACTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
