from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings

from app.answer import VERSION, Answer, Turn
from app.answer_json import answer_from_dict
from app.ask import AskOptions, _past, _talk
from app.conversation import Asked, Failure
from app.notebook.entries import entry_from_json, entry_to_json
from app.references import find_reference
from app.render import render_answer_html, render_answer_markdown, render_answer_terminal
from app.times import Timing
from ingest.errors import NotebookError
from tests.app.invented_answers import answers, options, text
from tests.app.test_render import an_answer
from tests.browser.invented_archive import scripted_answer

SCRIPTED = (
    "Will the ferry sail?", "Who voted for the bridge?", "What did the mayor say?", "How tall is the tower?",
    "Where do reports differ?", "which vote?", "compare the two", "timeline of the bridge", "list who pays",
    "count the council", "What was said in March 2021?",
)  # fmt: skip


def again(answer: Answer) -> Answer:
    """What a later process reads."""
    return answer_from_dict(json.loads(json.dumps(answer.to_dict())))


def assert_same(old: Answer, new: Answer) -> None:
    assert render_answer_html(new, 3) == render_answer_html(old, 3)
    assert render_answer_markdown(new) == render_answer_markdown(old)
    assert render_answer_terminal(new) == render_answer_terminal(old)
    for letter in "chpt":
        for number in range(12):
            assert find_reference(new, letter, number) == find_reference(old, letter, number)
    assert _past(Turn("q", new)) == _past(Turn("q", old))
    assert json.dumps(new.to_dict()) == json.dumps(old.to_dict())


@given(answers())
@settings(max_examples=120, deadline=None)
def test_an_answer_that_was_read_back_is_shown_and_followed_up_the_same(answer: Answer) -> None:
    assert_same(answer, again(answer))


@given(text, answers(), options())
@settings(max_examples=50, deadline=None)
def test_an_entry_is_kept_with_all_that_can_be_changed_about_its_question(
    question: str, answer: Answer, asked_with: AskOptions
) -> None:
    entry = Asked(Turn(question, answer), asked_with, {"a.txt": "An article"}, 2)
    kept = entry_from_json(entry_to_json(entry))
    assert isinstance(kept, Asked)
    assert (kept.turn.question, kept.options, kept.names, kept.edition) == (question, asked_with, entry.names, 2)
    assert kept.render(4) == entry.render(4)
    failure = Failure(question, "no", asked_with, stopped=True)
    assert entry_from_json(entry_to_json(failure)) == failure


@pytest.mark.parametrize("question", SCRIPTED)
def test_the_scripted_answers_are_read_back_whole(question: str) -> None:
    answer = scripted_answer(question, (), AskOptions())
    back = again(answer)
    assert_same(answer, back)
    assert replace(back, hits=answer.hits) == answer
    talks = [_talk(Turn(question, a), "And then?", "And then?", Timing("And then?")) for a in (answer, back)]
    assert talks[0] == talks[1]


def test_nothing_of_an_answer_is_left_out() -> None:
    told = an_answer().to_dict()
    assert [f.name for f in fields(Answer) if f.name not in told] == []


def test_how_sure_it_is_is_not_rounded_into_another_word() -> None:
    unsure = replace(an_answer(), confidence=0.29999)
    assert "Unsure (30%)" in render_answer_html(again(unsure), 1)


def test_an_answer_of_a_later_version_is_refused_with_what_to_do() -> None:
    with pytest.raises(NotebookError, match=f"later version of Dateline.*up to {VERSION}.*update"):
        answer_from_dict({**an_answer().to_dict(), "version": VERSION + 1})


def test_an_answer_of_the_first_version_is_read() -> None:
    answer = scripted_answer("Will the ferry sail?", (), AskOptions())
    old = answer.to_dict()
    del old["version"], old["confidence_exact"]
    newer = ("article_id", "outlet", "published", "published_basis", "copies")
    old["hits"] = [{k: v for k, v in h.items() if k not in newer} for h in old["hits"]]  # type: ignore[attr-defined]
    back = answer_from_dict(old)
    assert render_answer_html(back, 1) == render_answer_html(answer, 1)
    assert find_reference(back, "h", 1) == find_reference(answer, "h", 1)


@pytest.mark.parametrize(
    "change",
    [{"citations": []}, {"confidence_exact": 2.0}, {"statements": "no"}, {"layout": "none"}, {"provenance": None},
     {"question": 1}, {"hits": [{}]}, {"version": "2"}],
)  # fmt: skip
def test_what_is_no_answer_is_refused_in_words(change: dict[str, object]) -> None:
    with pytest.raises(NotebookError, match="no answer that Dateline wrote"):
        answer_from_dict({**an_answer().to_dict(), **change})


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"question": "Why?", "answer": {"version": 99}}'])
def test_an_entry_that_cannot_be_read_says_so_and_the_others_are_still_there(kept: str) -> None:
    entry = entry_from_json(kept)
    assert isinstance(entry, Failure)
    assert "cannot be read" in entry.message
