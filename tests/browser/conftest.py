"""A browser, a real `easel demo` that all its tests share, and what people do at the page."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.bots.test_demo_process import Demo, demo, free_port
from tests.browser.people import CHROMIUM, DESKTOP, PATIENCE_MS, PHONE, uncomplaining
from tests.support import settings_in

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip


@pytest.fixture(scope="package")
def running() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_in(Path(folder), port=free_port(), demo_seconds=1)
        with demo(settings, Path(folder)) as running:
            yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, running: Demo) -> Iterator[Page]:
    with uncomplaining(chromium, running.url) as page:
        yield page


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def anywhere(request: pytest.FixtureRequest, chromium: Browser, running: Demo) -> Iterator[Page]:
    with uncomplaining(chromium, running.url, **request.param) as page:
        yield page
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
