from __future__ import annotations

from dataclasses import replace

import pytest

from app.answer import Answer
from app.ask import AskOptions
from app.changes import compare_answers
from tests.browser.invented_archive import BRIDGE, FERRY, VOTE, WAVES, answer, cite, scripted_answer


def told(question: str) -> Answer:
    return scripted_answer(question, (), AskOptions())


def kinds(before: Answer, after: Answer) -> list[str]:
    return [change.kind for change in compare_answers(before, after)]


@pytest.mark.parametrize("question", ["ferry", "count", "list", "differ", "timeline", "tower"])
def test_an_answer_that_says_the_same_has_not_changed(question: str) -> None:
    assert kinds(told(question), replace(told(question), confidence=0.3 if question == "tower" else 0.9)) == []


def test_an_answer_where_there_was_none_appeared() -> None:
    assert kinds(told("tower"), told("ferry")) == ["appeared", "source"]


def test_an_answer_that_is_there_no_longer_is_gone() -> None:
    assert kinds(told("ferry"), told("tower")) == ["gone"]


def test_another_short_answer_is_told_with_the_one_before() -> None:
    (change,) = compare_answers(told("ferry"), replace(told("ferry"), short="on Monday"))
    assert change.kind == "answer"
    assert "“on Monday”" in change.words and "“not before Monday”" in change.words


def test_capitals_space_and_a_full_stop_are_no_other_answer() -> None:
    assert kinds(told("ferry"), replace(told("ferry"), short="Not  before monday.")) == []


def test_another_article_that_is_cited_is_a_new_source_and_one_that_is_not_any_more_is_gone() -> None:
    one, both = (
        answer("q", cite(1, BRIDGE, VOTE), short="x"),
        answer("q", cite(1, BRIDGE, VOTE), cite(2, FERRY, WAVES), short="x"),
    )
    assert kinds(one, both) == ["source"] and kinds(both, one) == ["source gone"]
    assert "Storm keeps the Lerwick ferry in port" in compare_answers(one, both)[0].words


def test_the_same_words_from_a_copy_are_no_new_source() -> None:
    one = cite(1, BRIDGE, VOTE)
    before = answer("q", replace(one, copies=("copy.txt",)), short="x")
    after = answer("q", replace(one, source="copy.txt", copies=(BRIDGE,)), short="x")
    assert kinds(before, after) == []


def test_a_cited_file_whose_text_is_another_is_told() -> None:
    one = cite(1, BRIDGE, VOTE)
    assert kinds(answer("q", one, short="x"), answer("q", replace(one, article_id="other"), short="x")) == ["rewritten"]


def test_a_number_that_differs_is_told_with_the_one_before() -> None:
    before = told("count")
    tally = before.statements[0].tally
    assert tally is not None
    more = replace(before.statements[0], tally=replace(tally, number=1_204))
    (change,) = compare_answers(before, replace(before, statements=(more,), short="1,204"))
    assert change.kind == "count" and "1,204, before 1,203" in change.words


def test_what_a_list_holds_more_or_no_longer_is_told() -> None:
    before = told("list")
    after = replace(before, parts=before.parts[:-1])
    assert kinds(before, after)[-1] == kinds(after, before)[-1] == "items"
