"""The login in a real Chromium: in, each by themselves, out; and the page says when somebody asks too fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from app.notebook.file import NotebookFile
from app.passwords import hash_password, read_accounts
from app.web.pace import Pace, QuestionPace
from app.web.server import build_app, serve
from app.web.site import Site
from tests.browser.conftest import SCREENS, Chat, screen_name
from tests.browser.invented_archive import FakeArchive, scripted_stream
from tests.browser.test_controls import LEAST_CONTRAST


@pytest.fixture(scope="module")
def login_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = Site(scripted_stream, FakeArchive(), NotebookFile(tmp_path_factory.mktemp("login") / "notebook.sqlite"))
    accounts = read_accounts("\n".join(f"{name}:{hash_password(name * 2, cost=16)}" for name in ("ada", "bob")))
    served = serve(build_app(site, accounts=accounts))
    yield served.address
    served.close()


@pytest.fixture
def profiles(browser: Browser) -> Iterator[Callable[[], BrowserContext]]:
    made: list[BrowserContext] = []

    def profile() -> BrowserContext:
        made.append(browser.new_context(viewport={"width": 1280, "height": 844}))
        return made[-1]

    yield profile
    for context in made:
        context.close()


def log_in(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(name * 2)
    page.keyboard.press("Enter")


def test_each_logs_in_asks_and_sees_nothing_of_the_other(
    profiles: Callable[[], BrowserContext], login_address: str
) -> None:
    page = profiles().new_page()
    page.goto(login_address)
    assert page.url == f"{login_address}/login"
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("no")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    log_in(page, "ada")
    page.wait_for_url(f"{login_address}/")
    chat = Chat(page, login_address)
    chat.ask("Will the ferry sail?")
    chat.open("c-1-1")
    assert chat.elsewhere == []
    page.reload()
    page.locator(".dl-done").wait_for()
    page.get_by_role("button", name="Log out ada").click()
    page.wait_for_url("**/login")
    log_in(page, "bob")
    page.wait_for_url(f"{login_address}/")
    page.locator(".dl-welcome").wait_for()
    page.wait_for_timeout(500)
    assert page.locator(".dl-turn").count() == 0  # the same tab asks for the same conversation
    page.go_back()
    assert "ferry" not in page.locator("body").inner_text()


@pytest.mark.parametrize("screen", SCREENS, ids=screen_name)
def test_the_login_page_is_readable_everywhere(
    browser: Browser, login_address: str, tmp_path: Path, screen: tuple[str, int]
) -> None:
    scheme, width = screen
    viewport: ViewportSize = {"width": width, "height": 844}
    context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    with context, context.new_page() as page:
        page.goto(f"{login_address}/login")
        page.get_by_label("Name").fill("x")
        page.get_by_label("Password").fill("y")
        page.keyboard.press("Enter")
        page.get_by_role("alert").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.evaluate("document.activeElement.name") == "password"
        contrast, whose = page.evaluate(LEAST_CONTRAST.replace("#conversation *", "main *"))
        assert contrast >= 4.5, whose
        page.screenshot(path=tmp_path / f"login-{scheme}-{width}.png")


def test_who_asks_too_fast_is_told_to_wait_and_keeps_the_question(
    profiles: Callable[[], BrowserContext], tmp_path: Path
) -> None:
    pace = QuestionPace()
    pace._persons = Pace(6, 1)
    served = serve(
        build_app(Site(scripted_stream, FakeArchive(), NotebookFile(tmp_path / "notebook.sqlite"), pace=pace))
    )
    try:
        chat = Chat(profiles().new_page(), served.address)
        chat.ask("Will the ferry sail?")
        chat.page.locator("#question textarea").fill("Who voted for the bridge?")
        chat.page.keyboard.press("Enter")
        chat.page.get_by_text("Too many questions at once: wait").wait_for()
        assert chat.page.locator("#question textarea").input_value() == "Who voted for the bridge?"
        assert chat.page.locator(".dl-turn").count() == 1
    finally:
        served.close()
