from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator

from tests.browser.conftest import Chat
from tests.browser.invented_archive import FERRY_TEXT, ROOMS

BATCH = "Will the ferry sail?\nHow tall is the tower?\nWhat did the mayor say? <img src=https://evil.example/q.png>\n"


class Questions:
    """A tab with the Questions view open."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.page = chat.page
        self.page.locator("#tab-questions").click()
        self.page.locator(".dl-q-bar").wait_for()

    def many(self) -> None:
        self.page.get_by_role("button", name="Many at once").click()

    def begin(self, questions: str) -> Locator:
        """Ask these questions and open what comes of them, once they are all asked."""
        self.many()
        self.page.locator("#dl-q-paste").fill(questions)
        self.page.get_by_role("button", name="List the questions").click()
        return self.start()

    def start(self) -> Locator:
        """Ask what is listed."""
        self.page.locator(".dl-q-start").click()
        batch = self.page.locator("[data-batch]:has(.dl-q-table)")  # it is open, and no other one is
        batch.locator("tr[data-row='1']").wait_for()
        batch.locator(".dl-q-far", has_text="done").wait_for()
        batch.locator("tr[data-state='']").first.wait_for(state="detached")
        return batch

    def fits(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture
def questions(chat: Chat) -> Iterator[Questions]:
    yield Questions(chat)


@pytest.fixture
def any_questions(any_chat: Chat) -> Iterator[Questions]:
    yield Questions(any_chat)


def test_a_citation_of_a_batch_opens_its_article_beside_the_table(any_questions: Questions) -> None:
    batch = any_questions.begin(BATCH)
    page = any_questions.page
    batch.get_by_role("button", name="Will the ferry sail?").click()
    link = batch.locator(".dl-q-whole a.dl-marker", has_text="[2]").first
    link.click()
    page.locator("#pane mark.cited").wait_for()
    assert any_questions.chat.marked() == [ROOMS.of(FERRY_TEXT).replace("\r\n", "\n")]
    assert page.locator("#source").is_visible() and any_questions.fits()
    for leave in (
        lambda: page.keyboard.press("Escape"),
        page.get_by_role("button", name="Back to the questions").click,
    ):
        if page.locator("#source").is_hidden():
            link.click()
        leave()
        page.locator("#source").wait_for(state="hidden")
        assert page.evaluate("document.activeElement.textContent") == "[2]"
    assert any_questions.fits() and any_questions.chat.elsewhere == []


def test_a_batch_says_what_came_of_each_question_and_nothing_in_it_is_an_element(questions: Questions) -> None:
    batch = questions.begin(BATCH)
    cells = [row.locator("td").all_inner_texts() for row in batch.locator("tr[data-row]").all()]
    assert [c[2] for c in cells[:2]] == ["not before Monday", "The articles do not say"]
    assert [c[4] for c in cells] == ["1", "", "1"]
    for row in batch.locator("tr[data-row] button").all():
        row.click()
    batch.locator(".dl-q-whole").nth(2).wait_for()
    assert questions.page.evaluate("window.hacked") is None
    assert questions.page.locator("#view-questions img, #view-questions script").count() == 0
    assert batch.locator(".dl-q-whole .dl-tools, .dl-q-whole .dl-filters").count() == 0
    assert questions.chat.elsewhere == []


def test_a_file_is_listed_before_it_is_asked_and_its_answers_are_downloaded(
    questions: Questions, tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text("id;question\nx7;Will the ferry sail?\n", encoding="utf-8")
    questions.many()
    page = questions.page
    assert "2,000 questions and 2 MB" in page.locator("#dl-q-limits").inner_text()
    page.locator("#dl-q-file").set_input_files(tmp_path / "mine.csv")
    page.get_by_role("button", name="List the questions").click()
    assert page.locator(".dl-q-listed li").all_inner_texts() == ["Will the ferry sail? x7"]
    assert page.locator(".dl-q-start").inner_text() == "Ask 1 question"
    batch = questions.start()
    with page.expect_download() as download:
        batch.get_by_role("link", name="JSONL").click()
    told = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert (told["id"], told["answer"]["short"]) == ("x7", "not before Monday")


def test_what_cannot_be_asked_is_said(questions: Questions) -> None:
    questions.many()
    questions.page.get_by_role("button", name="List the questions").click()
    questions.page.locator("#dl-say.dl-said", has_text="Write a question").wait_for()


def test_a_batch_is_there_after_a_reload(questions: Questions) -> None:
    before = questions.begin("Who voted for the bridge?").get_attribute("data-batch")
    questions.page.reload()
    questions.page.locator("#question textarea").wait_for()
    again = Questions(questions.chat)
    again.many()
    batch = again.page.locator(f"[data-batch='{before}']")
    batch.get_by_role("button", name="Open").click()
    batch.locator("tr[data-row='1'] button").wait_for()
    batch.get_by_role("button", name="Remove").click()
    batch.get_by_role("button", name="Really remove?").click()
    batch.wait_for(state="detached")


def test_an_answer_of_the_chat_is_saved_and_kept_in_the_view(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    chat.page.locator("[data-do='save-question']").click()
    chat.page.locator("#dl-say.dl-said", has_text="Saved").wait_for()
    questions = Questions(chat)
    item = questions.page.locator(".dl-q-item", has_text="Will the ferry sail?").first
    item.get_by_role("button", name="Show answer").click()
    item.locator(".dl-q-answer a.dl-marker").first.click()
    chat.page.locator("#pane mark.cited").wait_for()
    chat.page.get_by_role("button", name="Close the article").click()
    chat.page.locator("#source").wait_for(state="hidden")


def test_a_question_that_is_typed_is_saved_asked_and_removed(any_questions: Questions) -> None:
    page = any_questions.page
    page.get_by_label("Question to save").fill("Who <b>voted</b> for the bridge?")
    page.keyboard.press("Enter")
    item = page.locator(".dl-q-item", has_text="Who <b>voted</b> for the bridge?")
    item.get_by_role("button", name="Show answer").wait_for()
    assert any_questions.fits()
    item.get_by_role("button", name="Remove").click()
    item.get_by_role("button", name="Really remove?").click()
    item.wait_for(state="detached")


def test_the_tab_says_how_many_saved_questions_have_changed(
    contexts: Callable[[str, int], BrowserContext], address: str
) -> None:
    with contexts("light", 1280).new_page() as page:
        page.route("**/page/saved/changed", lambda route: route.fulfill(json={"changed": 3}))
        chat = Chat(page, address)
        chat.page.locator("#tab-questions .dl-q-badge", has_text="3").wait_for()
