"""The page for everybody: no serious finding of axe-core, in every state that a person can bring it into."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Chat

SERIOUS = ("serious", "critical")


def help_open(chat: Chat) -> None:
    chat.page.get_by_role("button", name="Help").click()
    chat.page.get_by_role("dialog", name="Help").wait_for()


def source_open(chat: Chat) -> None:
    chat.ask("Will the ferry sail?")
    chat.open("c-1-1")


def asked(question: str) -> Callable[[Chat], None]:
    return lambda chat: chat.ask(question)


def view(name: str) -> Callable[[Chat], None]:
    def show(chat: Chat) -> None:
        chat.page.get_by_role("tab", name=name).click()
        chat.page.wait_for_timeout(500)

    return show


STATES: dict[str, Callable[[Chat], None]] = {
    "welcome": lambda chat: None,
    "help": help_open,
    "source": source_open,
    "abstention": asked("How tall is the tower?"),
    **{kind: asked(f"{kind} of the vote") for kind in ("differ", "compare", "timeline", "list", "count")},
    "archive": view("Archive"),
    "questions": view("Questions"),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_serious(any_chat: Chat, state: str) -> None:
    STATES[state](any_chat)
    found = Axe().run(any_chat.page).response["violations"]
    assert [(v["id"], n["html"], n["any"][:1]) for v in found if v["impact"] in SERIOUS for n in v["nodes"]] == []
