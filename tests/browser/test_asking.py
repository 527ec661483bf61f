"""Asking, stopping, asking again, changing the question; reloads in the middle; a server that goes and comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.notebook.file import NotebookFile
from app.web.server import build_app, serve
from app.web.site import Site
from tests.browser.conftest import Chat
from tests.browser.invented_archive import EXAMPLES, FakeArchive, scripted_stream
from tests.browser.real_server import real_server

WAIT_S = 30


class Gate:
    """Answers like the scripted stream, but waits before the last part of each until it is told to go on."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def __call__(self, question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        for part in scripted_stream(question, history=history, options=options):
            if isinstance(part, Answer):
                self.open.wait(WAIT_S)
            yield part


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open.set()


@pytest.fixture
def slow_chat(gate: Gate, browser: Browser, tmp_path: Path) -> Iterator[Chat]:
    """A chat whose answers are not whole before the gate is open."""
    served = serve(build_app(Site(gate, FakeArchive(), NotebookFile(tmp_path / "notebook.sqlite"), examples=EXAMPLES)))
    context = browser.new_context(viewport={"width": 1280, "height": 844})
    yield Chat(context.new_page(), served.address)
    context.close()
    gate.open.set()
    served.close()


def begin(chat: Chat, question: str) -> None:
    chat.page.locator("#question textarea").fill(question)
    chat.page.keyboard.press("Enter")
    chat.page.locator(".dl-question", has_text=question).wait_for()


def test_a_question_can_be_stopped_and_asked_again(slow_chat: Chat, gate: Gate) -> None:
    begin(slow_chat, "Will the ferry sail?")
    stop = slow_chat.page.get_by_role("button", name="Stop")
    stop.click()
    slow_chat.page.get_by_text("You stopped this question.").wait_for()  # at once, whatever its thread still does
    gate.open.set()
    expect(stop).to_be_hidden()
    slow_chat.page.get_by_role("button", name="Ask again").click()
    slow_chat.open("c-1-1")
    assert slow_chat.page.locator(".dl-turn").count() == 1


def test_stop_is_offered_only_while_something_is_being_answered(slow_chat: Chat, gate: Gate) -> None:
    stop = slow_chat.page.get_by_role("button", name="Stop")
    expect(stop).to_be_hidden()
    above = slow_chat.page.locator("#conversation").bounding_box()
    begin(slow_chat, "Will the ferry sail?")
    expect(stop).to_be_visible()
    assert slow_chat.page.locator("#conversation").bounding_box() == above  # nothing gives way to it
    gate.open.set()
    slow_chat.page.locator(".dl-done").wait_for()
    expect(stop).to_be_hidden()


def test_pressing_twice_asks_once_and_nothing_is_asked_of_an_empty_box(slow_chat: Chat, gate: Gate) -> None:
    page = slow_chat.page
    page.locator("#question textarea").fill("   ")
    page.keyboard.press("Enter")
    page.locator("#question textarea").fill("Will the ferry sail?")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.locator(".dl-turn[aria-busy=true]").wait_for()
    gate.open.set()
    page.locator(".dl-done").wait_for()
    page.wait_for_timeout(500)
    assert page.locator(".dl-question").all_inner_texts() == ["Will the ferry sail?"]


def test_what_is_no_question_is_said_and_stays_in_the_box(slow_chat: Chat) -> None:
    page = slow_chat.page
    for words, told in (("?!", "the question holds no words"), ("why " * 1100, "at most 4,000 are read")):
        page.locator("#question textarea").fill(words)
        page.keyboard.press("Enter")
        page.get_by_text(told).wait_for()
        assert page.locator("#question textarea").input_value() == words
    assert page.locator(".dl-turn").count() == 0


def test_what_is_typed_while_an_answer_comes_stays(slow_chat: Chat, gate: Gate) -> None:
    begin(slow_chat, "Will the ferry sail?")
    box = slow_chat.page.locator("#question textarea")
    expect(box).to_have_value("")
    box.fill("Who voted for")
    gate.open.set()
    slow_chat.page.locator(".dl-done").wait_for()
    assert box.input_value() == "Who voted for"


def test_a_reload_in_the_middle_of_an_answer_finds_it_again_and_follows_it_to_its_end(
    slow_chat: Chat, gate: Gate
) -> None:
    begin(slow_chat, "Will the ferry sail?")
    slow_chat.page.reload()
    slow_chat.page.locator(".dl-question", has_text="Will the ferry sail?").wait_for()
    slow_chat.page.locator(".dl-turn[aria-busy=true] .dl-text").first.wait_for()
    gate.open.set()
    slow_chat.open("c-1-1")
    assert slow_chat.page.locator(".dl-turn").count() == 1


def test_an_answer_that_came_while_the_page_was_away_is_there_when_it_comes_back(slow_chat: Chat, gate: Gate) -> None:
    address = slow_chat.page.url
    begin(slow_chat, "Will the ferry sail?")
    slow_chat.page.goto("about:blank")
    gate.open.set()
    slow_chat.page.goto(address)
    slow_chat.open("c-1-1")


def test_a_second_question_may_be_asked_while_the_first_is_being_answered(slow_chat: Chat, gate: Gate) -> None:
    begin(slow_chat, "Will the ferry sail?")
    begin(slow_chat, "Who voted for the bridge?")
    gate.open.set()
    slow_chat.page.locator(".dl-done").nth(1).wait_for()
    assert sorted(slow_chat.page.locator(".dl-question").all_text_contents()) == [
        "Who voted for the bridge?", "Will the ferry sail?"
    ]  # fmt: skip


def test_a_question_can_be_edited_in_its_place(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    chat.ask("How tall is the tower?")
    chat.page.locator(".dl-turn").first.get_by_role("button", name="Edit question").click()
    form = chat.page.locator(".dl-question form textarea")
    assert form.input_value() == "Will the ferry sail?"
    form.fill("Who voted for the bridge?")
    form.press("Enter")
    chat.page.locator(".dl-turn").first.get_by_text("voted 11 to 4").first.wait_for()
    assert chat.page.locator(".dl-question").all_text_contents() == [
        "Who voted for the bridge?", "How tall is the tower?"
    ]  # fmt: skip


def test_an_edit_can_be_given_up(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    chat.page.get_by_role("button", name="Edit question").click()
    chat.page.keyboard.type("nothing")
    chat.page.keyboard.press("Escape")
    assert chat.page.locator(".dl-question").all_text_contents() == ["Will the ferry sail?"]
    assert chat.page.evaluate("document.activeElement.dataset.do") == "edit"


def test_what_is_being_written_survives_a_reload_and_what_was_asked_does_not_come_back(chat: Chat) -> None:
    box = chat.page.locator("#question textarea")
    chat.ask("Will the ferry sail?")
    chat.page.reload()
    chat.page.locator(".dl-done").wait_for()
    expect(box).to_have_value("")
    box.fill("Who voted for")
    chat.page.reload()
    expect(box).to_have_value("Who voted for")
    box.fill("")


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_light_or_dark_can_be_chosen_and_is_kept(chat: Chat, choice: str) -> None:
    chat.page.emulate_media(color_scheme="dark" if choice == "light" else "light")
    chat.page.get_by_role("button", name="Help").click()
    look = chat.page.locator("[data-do=look]")
    while look.inner_text().lower() != choice:
        look.click()
    chat.page.reload()
    chat.page.locator(f"body{'.dark' if choice == 'dark' else ':not(.dark)'} .dl-log").wait_for()
    chat.page.evaluate("localStorage.clear()")


def test_the_keyboard_reaches_the_question_the_help_and_the_views(chat: Chat) -> None:
    page = chat.page
    page.locator(".dl-log").click(position={"x": 5, "y": 300})
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Help").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.get_by_role("tab", name="Ask").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.body.dataset.view") == "archive"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.body.dataset.view") == "chat"


def test_a_page_lives_on_over_a_restart_of_the_server(browser: Browser, tmp_path: Path) -> None:
    with real_server(tmp_path) as server, browser.new_context() as context:
        page = context.new_page()
        chat = Chat(page, server.address)
        chat.ask("Who leads the United Nations?")
        before = page.locator(".dl-turn").inner_text()
        page.evaluate("window.old = true")
        server.kill()
        box = page.locator("#question textarea")
        box.fill("What is the Islamic State?")
        page.keyboard.press("Enter")
        page.get_by_text("Connection to the server was lost").wait_for()
        server.start()
        page.wait_for_function("!window.old", timeout=60_000)  # the page finds by itself that the server is back
        page.locator(".dl-done").wait_for()
        expect(box).to_have_value("What is the Islamic State?")
        box.press("Enter")
        page.locator(".dl-done").nth(1).wait_for(timeout=60_000)
        assert page.locator(".dl-turn").first.inner_text() == before
        page.reload()
        page.locator(".dl-done").nth(1).wait_for()
        page.locator("#conversation a[href^='#c-1-'], #conversation a[href^='#p-1-']").first.click()
        page.locator("#pane mark").first.wait_for()
