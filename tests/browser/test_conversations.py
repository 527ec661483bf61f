"""Conversations that are kept, and what is done with an answer, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from app.notebook.file import NotebookFile
from app.web.server import build_app, serve
from app.web.site import Site
from evals.gold import load_gold
from tests.browser.conftest import Chat
from tests.browser.invented_archive import EXAMPLES, FERRY_TEXT, REPEATED, SECOND_TIME, FakeArchive, scripted_stream

FERRY, TOWER, VOTED = "Will the ferry sail?", "How tall is the tower?", "Who voted for the second bridge?"


def serve_from(notebook: Path):  # type: ignore[no-untyped-def]
    return serve(build_app(Site(scripted_stream, FakeArchive(), NotebookFile(notebook), examples=EXAMPLES)))


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "own-notebook.sqlite"


@pytest.fixture(scope="module")
def own_address(notebook: Path) -> Iterator[str]:
    served = serve_from(notebook)
    yield served.address
    served.close()


@pytest.fixture
def own(browser: object, own_address: str) -> Iterator[Chat]:
    """A tab of somebody who is new here."""
    context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 844})  # type: ignore[attr-defined]
    yield Chat(context.new_page(), own_address)
    context.close()


def questions(page: Page) -> list[str]:
    return page.locator(".dl-question").all_inner_texts()


def press(chat: Chat, name: str, *, turn: int = 0) -> None:
    chat.page.locator(".dl-turn").nth(turn).get_by_role("button", name=name, exact=True).click()


def listed(page: Page) -> list[str]:
    page.locator(".dl-kept, .dl-kept-note:not(:empty)").first.wait_for()
    return page.locator(".dl-kept-title").all_inner_texts()


def test_after_a_restart_the_turns_are_there_and_their_links_open_the_same(
    contexts: Callable[[str, int], BrowserContext], tmp_path: Path
) -> None:
    served = serve_from(tmp_path / "notebook.sqlite")
    port = int(served.address.rpartition(":")[2])
    with contexts("light", 1280).new_page() as page:
        chat = Chat(page, served.address)
        chat.ask(FERRY)
        chat.ask(TOWER)
        before = page.locator("#conversation").inner_html()
        served.close()
        site = Site(scripted_stream, FakeArchive(), NotebookFile(tmp_path / "notebook.sqlite"), examples=EXAMPLES)
        served = serve(build_app(site), port=port)
        page.reload()
        page.locator(".dl-done").nth(1).wait_for()
        assert questions(page) == [FERRY, TOWER]
        chat.open("c-1-1")
        assert chat.marked() == [REPEATED]
        chat.open("p-2-1")
        assert page.locator("#conversation .dl-answer").count() == before.count('class="dl-answer dl-done"')
    served.close()


def test_the_list_opens_names_deletes_and_brings_back(own: Chat) -> None:
    page = own.page
    page.get_by_role("button", name="Conversations").click()
    page.get_by_text("Nothing is kept yet.").wait_for()
    page.keyboard.press("Escape")
    own.ask(FERRY)
    page.get_by_role("button", name="New conversation").click()
    page.locator(".dl-welcome").wait_for()
    own.ask(TOWER)
    page.get_by_role("button", name="Conversations").click()
    assert listed(page) == [TOWER, FERRY]
    page.get_by_role("button", name=f"Rename: {FERRY}").click()
    page.get_by_label("Name of the conversation").fill("Storms & <b>ferries</b>")
    page.keyboard.press("Enter")
    page.get_by_text("Storms & <b>ferries</b>").wait_for()
    page.get_by_role("button", name=f"Delete: {TOWER}").click()  # the one that is open
    page.get_by_role("button", name="Undo").wait_for()
    page.locator(".dl-welcome").wait_for(state="attached")
    page.get_by_role("button", name="Undo").click()
    page.locator(".dl-kept-title", has_text=TOWER).wait_for()
    page.locator(".dl-kept-open", has_text="Storms").click()
    page.locator(".dl-question", has_text=FERRY).wait_for()
    assert page.locator("dialog[open]").count() == 0
    own.open("c-1-1")
    assert own.marked() == [REPEATED]


def test_searching_opens_the_conversation_at_the_question_that_was_found(own: Chat) -> None:
    page = own.page
    own.ask(VOTED)
    own.ask(FERRY)
    page.get_by_role("button", name="New conversation").click()
    page.locator(".dl-welcome").wait_for()
    page.get_by_role("button", name="Conversations").click()
    page.get_by_label("Search in conversations").fill("harbour")
    page.get_by_text(f"In: {FERRY}").click()
    page.locator(".dl-question", has_text=VOTED).wait_for()
    assert questions(page) == [VOTED, FERRY]


def test_a_shared_page_has_the_answer_and_the_article_around_its_quotes(own: Chat) -> None:
    page = own.page
    own.ask(FERRY)
    press(own, "Share link")
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("The link").input_value()
    with page.context.browser.new_context(java_script_enabled=False) as other:  # type: ignore[union-attr]
        shared = other.new_page()
        shared.goto(link)
        assert shared.locator("h1").inner_text() == FERRY
        shared.locator("summary").first.click()
        mark = shared.locator("mark").first
        assert mark.inner_text() == SECOND_TIME.of(FERRY_TEXT)
        assert mark.is_visible()
        page.get_by_role("button", name="Withdraw").click()
        page.get_by_text("The link leads nowhere now.").wait_for()
        assert shared.goto(link).status == 404  # type: ignore[union-attr]


def test_what_is_exported_is_saved_with_its_footnotes(own: Chat, tmp_path: Path) -> None:
    page = own.page
    own.ask(FERRY)
    own.ask("Where do reports differ?")
    press(own, "Export", turn=1)
    for name, ending, has in (
        ("This answer as Markdown", ".md", "# Where do reports differ?"),
        ("The whole conversation as HTML", ".html", 'id="note-5"'),
        ("The whole conversation as JSON", ".json", '"version"'),
    ):
        with page.expect_download() as started:
            page.get_by_role("link", name=name).click()
        saved = tmp_path / started.value.suggested_filename
        started.value.save_as(saved)
        assert saved.suffix == ending
        assert has in saved.read_text(encoding="utf-8")
    page.goto((tmp_path / "dateline-will-the-ferry-sail.html").as_uri())
    assert page.locator("h2").all_inner_texts() == [FERRY, "Where do reports differ?", "Footnotes"]
    assert own.elsewhere == [page.url]


def test_an_answer_is_copied_with_its_footnotes(own: Chat) -> None:
    own.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    own.ask(FERRY)
    press(own, "Copy")
    own.page.locator("#dl-say", has_text="Copied").wait_for()
    copied = own.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(FERRY)
    assert f"[1] “{REPEATED}”" in copied


def test_a_judged_answer_becomes_a_gold_case_also_after_a_reload(own: Chat, notebook: Path) -> None:
    page = own.page
    own.ask(FERRY)
    press(own, "Not helpful")
    page.get_by_label("It should have said that the articles do not say").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Not helpful: It should have said").wait_for()
    page.reload()
    page.get_by_role("button", name="Make it a gold case").click()
    page.get_by_text("A gold case, in own-notebook-gold.jsonl").wait_for()
    own.ask(TOWER)
    press(own, "Not helpful", turn=1)
    page.get_by_label("The answer is in the articles and was not found").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Make it a gold case").click()
    page.get_by_role("button", name="Make the case").click()
    page.locator(".dl-dialog-told", has_text="Choose the passage").wait_for()
    page.get_by_label("The right answer", exact=True).fill("11 to 4")
    page.get_by_label("Council votes for a second bridge").check()
    page.get_by_role("button", name="Make the case").click()
    page.locator(".dl-judged", has_text="A gold case").nth(1).wait_for()
    cases = load_gold(notebook.with_name("own-notebook-gold.jsonl"), FakeArchive().source_text)
    assert [c.kind for c in cases] == ["unanswerable", "number"]
    assert cases[1].answers == ("11 to 4",)


def test_everything_can_be_done_with_the_keyboard(own: Chat) -> None:
    page = own.page
    own.ask(FERRY)
    page.get_by_role("button", name="Conversations").focus()
    page.keyboard.press("Enter")
    page.locator(".dl-kept").wait_for()
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.className") == "dl-kept-open"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("By hand")
    page.keyboard.press("Escape")  # out of the naming alone
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("By hand")
    page.keyboard.press("Enter")
    page.locator(".dl-kept-title", has_text="By hand").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.do") == "conversations"
    page.get_by_role("button", name="Not helpful").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_text("Not helpful: Wrong answer.").wait_for()
    assert page.evaluate("document.activeElement.dataset.do") == "turn-gold"


def test_nothing_scrolls_sideways_on_a_telephone(any_chat: Chat) -> None:
    page = any_chat.page
    any_chat.ask(FERRY)
    page.get_by_role("button", name="Conversations").click()
    page.locator(".dl-kept").first.wait_for()
    for element in ("html", "#masthead", ".dl-drawer", "#conversation"):
        wide, room = page.locator(element).evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert wide <= room, element
    assert any_chat.elsewhere == []
