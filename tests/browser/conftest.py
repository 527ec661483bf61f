"""A real Chromium against a page that is served here, from invented articles and scripted answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, FloatRect, Locator, Page, ViewportSize, sync_playwright

from app.notebook.file import NotebookFile
from app.web.server import build_app, serve
from app.web.site import Site
from tests.browser.chromium import NONE_FOUND, find_browser
from tests.browser.invented_archive import EXAMPLES, FakeArchive, scripted_stream

SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

# Scheme and width. Each value of either is in every run, all pairs of them in `make test-all`.
SCREENS = (
    ("light", 1280),
    ("dark", 390),
    pytest.param(("dark", 1280), marks=pytest.mark.slow),
    pytest.param(("light", 390), marks=pytest.mark.slow),
)


def screen_name(screen: tuple[str, int]) -> str:
    """What a test on that screen is called."""
    return f"{screen[0]}-{screen[1]}"


def until(page: Page, expression: str, *, arg: object = None, timeout: float = 30_000) -> None:
    """Wait until `expression` is true on `page`.

    Playwright's own `wait_for_function` asks again by evaluating a text in the page, which its policy refuses.
    """
    last = time.monotonic() + timeout / 1000
    while not _is_true(page, expression, arg):
        if time.monotonic() > last:
            raise TimeoutError(f"not true within {timeout:.0f} ms: {expression}")
        page.wait_for_timeout(30)


def _is_true(page: Page, expression: str, arg: object) -> bool:
    try:
        return bool(page.evaluate(expression, arg))
    except Error:  # the page is being loaded anew
        return False


Page.wait_for_function = until  # type: ignore[method-assign,assignment]


def resting_place(element: Locator) -> FloatRect:
    """Where `element` is once nothing moves it any more: panes scroll smoothly, and rows come in above it."""
    element.wait_for()
    before = None
    for _ in range(100):
        place = element.bounding_box()
        if place is not None and place == before:
            return place
        before = place
        element.page.wait_for_timeout(100)
    raise TimeoutError(f"{element} moves on and on")


@pytest.fixture(scope="module")  # until it is closed its event loop runs in this thread, and no other can be begun
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        pytest.fail(NONE_FOUND, pytrace=False)
    with sync_playwright() as playwright:
        if reporter := request.config.pluginmanager.get_plugin("terminalreporter"):
            reporter.write_line(f"browser: {path}")
        browser = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    notebook = NotebookFile(tmp_path_factory.mktemp("served") / "notebook.sqlite")
    served = serve(build_app(Site(scripted_stream, FakeArchive(), notebook, examples=EXAMPLES)))
    yield served.address
    served.close()


class Chat:
    """A tab with the chat in it, and the addresses elsewhere that it asked for something."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.elsewhere: list[str] = []
        page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else self.note(r.url))
        page.goto(address)
        page.locator(".dl-log").wait_for()
        page.locator("#question textarea").wait_for()

    def note(self, url: str) -> None:
        self.elsewhere.append(url)

    def ask(self, question: str) -> None:
        """Ask, and wait until the answer is whole."""
        before = self.page.locator(".dl-done").count()
        self.page.locator("#question textarea").fill(question)
        self.page.keyboard.press("Enter")
        self.page.locator(".dl-done").nth(before).wait_for()

    def open(self, key: str) -> None:
        """Click the first link that leads to `key`, and wait for its article."""
        self.page.locator(f"#conversation a[href='#{key}']").first.click()
        self.opened(key)

    def opened(self, key: str) -> None:
        self.page.locator(f".dl-source[data-key='{key}']").wait_for()
        self.page.wait_for_function("document.activeElement.closest('.dl-source') !== null")

    def scrolled_to_the_mark(self) -> None:
        """Wait until the first cited character is in sight: the pane scrolls there smoothly."""
        self.page.wait_for_function(
            """() => {
                const top = document.querySelector('#pane mark.cited').getBoundingClientRect().top;
                return 0 <= top && top < window.innerHeight;
            }"""
        )

    def marked(self, kind: str = "cited") -> list[str]:
        marks = self.page.locator(f"#pane mark.{kind}")
        return [str(text) for text in marks.evaluate_all("marks => marks.map(m => m.textContent)")]


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[Callable[[str, int], BrowserContext]]:
    """A browser profile for each scheme and width, kept for the module: the page's scripts are loaded once."""
    made: dict[tuple[str, int], BrowserContext] = {}

    def context(scheme: str, width: int) -> BrowserContext:
        if (scheme, width) not in made:
            viewport: ViewportSize = {"width": width, "height": 844}
            made[scheme, width] = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
        return made[scheme, width]

    yield context
    for opened in made.values():
        opened.close()


@pytest.fixture(params=SCREENS, ids=screen_name)
def any_chat(
    request: pytest.FixtureRequest, contexts: Callable[[str, int], BrowserContext], address: str
) -> Iterator[Chat]:
    """The chat in light and dark, on a desk and on a telephone."""
    with contexts(*request.param).new_page() as page:
        yield Chat(page, address)


@pytest.fixture
def chat(contexts: Callable[[str, int], BrowserContext], address: str) -> Iterator[Chat]:
    """The chat in light, on a desk; a tab of its own."""
    with contexts("light", 1280).new_page() as page:
        yield Chat(page, address)
