"""A real browser before a real server: sizes, tablets, and what every page of a journey keeps."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from devices import SIZES, SOAK

if TYPE_CHECKING:
    from cast import Cast

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Return one browser for all journeys; skips where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    # The browser's loop and Django's tests share a thread, and never a moment.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


class Tablet:
    """One device: its page, and what went wrong on it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address
        self.wrong: list[str] = []
        self.outside: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.wrong.append(message.text)

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.outside.append(request.url)

    def open(self, path: str) -> Any:
        """Open an address of the clinic."""
        self.page.goto(self.address + path)
        return self.page

    def check(self) -> None:
        """The page fits, harms no law of accessibility, asked nothing of the outside."""
        width = self.page.viewport_size["width"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width
        assert self.wrong == []
        assert self.outside == []
        assert violations(self.page) == []


def violations(page: Any) -> list[Any]:
    """Return what axe finds against WCAG 2.2 AA, with the places."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    found = axe.Axe().run(page).response["violations"]
    return [(x["id"], [node["target"] for node in x["nodes"]]) for x in found]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """In a soak, a journey that names no size runs on every one."""
    if SOAK and "usual_size" in metafunc.fixturenames and "size" not in metafunc.fixturenames:
        metafunc.parametrize("usual_size", list(SIZES))


@pytest.fixture
def usual_size() -> str:
    """Return the size of a device of which nothing else is said."""
    return "tablet"


@pytest.fixture
def tablets(
    chromium: Any, live_server: Any, transactional_db: None, usual_size: str
) -> Iterator[Callable[..., Tablet]]:
    """Return a maker of devices: ``tablets(cast, "alice", "phone")`` is hers, signed in."""
    contexts = []

    def make(cast: "Cast | None" = None, who: str = "", size: str = "", **more: Any) -> Tablet:
        width, height = SIZES[size or usual_size]
        context = chromium.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        if cast is not None and who:
            cookie = cast.client(who).cookies["sessionid"]
            url = live_server.url
            context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": url}])
        return Tablet(context.new_page(), live_server.url)

    yield make
    for context in contexts:
        context.close()
