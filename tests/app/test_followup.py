from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.followup import Past, question_parts, standalone_query
from app.question import read_question


def test_a_question_without_history_stands_alone() -> None:
    assert standalone_query([], " Who opened it? ") == "Who opened it?"


def test_he_is_who_the_last_answer_named() -> None:
    past = Past("Who opened the bridge in Bergen?", "Anna Berg")
    assert standalone_query([past], "When was she born?") == "When was Anna Berg born?"


def test_his_keeps_its_possessive() -> None:
    assert standalone_query([Past("When was Jon Dahl elected?")], "Who is his deputy?") == "Who is Jon Dahl's deputy?"


def test_and_in_another_place_repeats_the_question_there() -> None:
    past = Past("How many ferries run in Norway?")
    assert standalone_query([past], "And in Sweden?") == "How many ferries run in Sweden?"


def test_a_bare_why_asks_for_the_reason_of_what_was_asked() -> None:
    assert standalone_query([Past("When did the bridge close?")], "Why?") == "Why did the bridge close?"


def test_a_question_that_names_its_own_subject_is_left_alone() -> None:
    past = Past("Who opened the bridge in Bergen?", "Anna Berg")
    assert standalone_query([past], "When was the Oslo tunnel dug?") == "When was the Oslo tunnel dug?"


def test_tell_me_more_searches_the_last_query_again() -> None:
    assert standalone_query([Past("Who is Anna Berg?")], "Tell me more") == "Who is Anna Berg?"


@given(st.lists(st.builds(Past, st.text(), st.none() | st.text()), max_size=3), st.text())
def test_any_history_and_question_give_a_query(history: list[Past], question: str) -> None:
    assert isinstance(standalone_query(history, question), str)
    read_question(question)


def test_two_clauses_are_two_questions_and_the_second_keeps_the_subject() -> None:
    assert question_parts("When did the Aurora run aground, and who was its captain?") == (
        "When did the Aurora run aground?",
        "Who was Aurora's captain?",
    )


def test_one_thing_asked_of_two_names_is_two_questions() -> None:
    assert question_parts("Where were Anna Berg and Jon Dahl born?") == (
        "Where were Anna Berg born?",
        "Where were Jon Dahl born?",
    )


@pytest.mark.parametrize("question", ["Who opened the bridge?", "What was said of bread and butter?", "And who else?"])
def test_a_question_that_asks_one_thing_has_no_parts(question: str) -> None:
    assert question_parts(question) == ()


def test_a_question_on_something_else_is_not_given_plain_words_of_the_last_one() -> None:
    assert standalone_query([Past("How was the rescue carried out?")], "What is the price of oil?") == (
        "What is the price of oil?"
    )
