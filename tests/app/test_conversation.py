from __future__ import annotations

import pytest

from app.answer import Turn
from app.ask import AskOptions
from app.conversation import Asked, Conversation, Failure, changed_options
from tests.app.test_render import an_answer

PLAIN = AskOptions()


def asked(question: str, options: AskOptions = PLAIN) -> Asked:
    return Asked(Turn(question, an_answer()), options)


def test_what_is_asked_again_takes_the_place_of_the_old_and_counts_its_editions() -> None:
    conversation = Conversation((asked("first"), Failure("second", "no"), asked("third")))
    once = conversation.with_entry(1, asked("first", AskOptions(times=False)))
    assert [t.question for t in once.turns] == ["first", "third"]
    assert once.asked(1) == Asked(once.turns[0], AskOptions(times=False), {}, 1)
    assert once.with_entry(1, asked("first")).asked(1) == Asked(once.turns[0], PLAIN, {}, 2)
    assert once.before(3).turns == once.turns[:1]


def test_what_failed_can_be_asked_again_too() -> None:
    conversation = Conversation((asked("first"), Failure("second", "no"), asked("third")))
    assert conversation.asked(2) is None
    assert conversation.with_entry(2, asked("second")).asked(2) == asked("second")


@pytest.mark.parametrize("number", [-1, 0, 4, 99])
def test_only_what_is_there_can_be_asked_again(number: int) -> None:
    conversation = Conversation((asked("first"), Failure("second", "no"), asked("third")))
    assert conversation.asked(number) is None
    assert conversation.with_entry(number, asked("new")) == conversation


@pytest.mark.parametrize(
    ("change", "words", "options"),
    [
        ("no-times", "", AskOptions(times=False, undated=True)),
        ("times", "", AskOptions(undated=True)),
        ("undated", "", AskOptions(undated=True)),
        ("dated", "", PLAIN),
        ("query", "a bridge", AskOptions(query="a bridge", undated=True)),
        ("query", "  ", AskOptions(undated=True)),
        ("threshold", "0", None),
        ("", "", None),
    ],
)
def test_a_control_changes_one_thing_and_leaves_the_others(change: str, words: str, options: AskOptions | None) -> None:
    assert changed_options(AskOptions(undated=True), change, words) == options


def test_while_it_is_asked_again_the_old_answer_stays_and_so_it_does_when_that_fails() -> None:
    conversation = Conversation((asked("first"), asked("second")))
    busy = conversation.render(busy=1)
    assert busy.count("dl-busy") == busy.count('aria-busy="true"') == 1
    assert busy.count("The vote was 11 to 4.") == conversation.render().count("The vote was 11 to 4.")
    failed = conversation.render(busy=1, trouble="no <words>")
    assert "dl-busy" not in failed
    assert failed.index("no &#60;words&#62;") < failed.index("second")
