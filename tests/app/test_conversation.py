from __future__ import annotations

import pytest

from app.answer import Turn
from app.ask import AskOptions
from app.conversation import Asked, Conversation, Failure, KeptConversations, changed_options
from tests.app.test_render import an_answer

KEY = "a" * 32
PLAIN = AskOptions()


def asked(question: str, options: AskOptions = PLAIN) -> Asked:
    return Asked(Turn(question, an_answer()), options)


def test_what_is_asked_again_takes_the_place_of_the_old_and_counts_its_editions() -> None:
    kept = KeptConversations()
    kept.add(KEY, asked("first"))
    kept.add(KEY, Failure("second", "no"))
    kept.add(KEY, asked("third"))
    conversation = kept.put(KEY, 1, asked("first", AskOptions(times=False)))
    assert [t.question for t in conversation.turns] == ["first", "third"]
    assert conversation.asked(1) == Asked(conversation.turns[0], AskOptions(times=False), {}, 1)
    assert kept.put(KEY, 1, asked("first")).asked(1) == Asked(conversation.turns[0], PLAIN, {}, 2)
    assert conversation.before(3).turns == conversation.turns[:1]


@pytest.mark.parametrize("number", [-1, 0, 2, 4, 99])
def test_only_what_was_answered_can_be_asked_again(number: int) -> None:
    conversation = Conversation((asked("first"), Failure("second", "no"), asked("third")))
    assert conversation.asked(number) is None
    assert conversation.with_entry(number, asked("new")) == conversation


def test_a_conversation_without_a_key_of_a_tab_is_not_kept() -> None:
    kept = KeptConversations()
    assert kept.add("guessed", asked("first")).turns
    assert not kept.get("guessed").entries


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
