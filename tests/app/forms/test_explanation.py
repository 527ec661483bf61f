from __future__ import annotations

from app.forms.explanation import compose_explanation, gives_cause
from tests.gathering import InventedResearch, asked, pointing, quoted, told_by

HIT = told_by(
    "The firm ignored warnings because repairs cost too much. As a result, nobody in Vik was warned. "
    "The market opens at nine."
)
FIRST = "The firm ignored warnings because repairs cost too much."


def test_a_neighbour_that_the_language_ties_to_it_is_told_and_no_other() -> None:
    reading = pointing((HIT, FIRST, None, 0.8))
    said = compose_explanation(asked("Why did the firm ignore warnings?"), reading, InventedResearch((HIT,)))
    assert quoted(said) == [FIRST, "As a result, nobody in Vik was warned."]


def test_the_result_alone_brings_its_cause_in_reading_order() -> None:
    reading = pointing((HIT, "As a result, nobody in Vik was warned.", None, 0.8))
    said = compose_explanation(asked("Why was nobody in Vik warned?"), reading, InventedResearch((HIT,)))
    assert quoted(said) == [FIRST, "As a result, nobody in Vik was warned."]


def test_a_cause_told_by_form_answers_where_the_reader_is_unsure() -> None:
    hit = told_by("Anna Berg resigned on Monday because her party had left the council.")
    reading = pointing((hit, hit.passage.text, None, 0.1), confidence=0.1)
    said = compose_explanation(asked("Why did Anna Berg resign?"), reading, InventedResearch((hit,)))
    assert said is not None
    assert said.confidence > 0.24


def test_what_is_asked_about_as_the_cause_of_something_else_explains_nothing() -> None:
    hit = told_by("The council was dissolved because Anna Berg resigned.")
    reading = pointing((hit, hit.passage.text, None, 0.1), confidence=0.1)
    said = compose_explanation(asked("Why did Anna Berg resign?"), reading, InventedResearch((hit,)))
    assert said is not None
    assert said.confidence == 0.1


def test_a_question_of_fact_is_not_explained() -> None:
    reading = pointing((HIT, FIRST, None, 0.8))
    assert compose_explanation(asked("Who ignored warnings?"), reading, InventedResearch((HIT,))) is None


def test_causes_are_told_by_the_words_that_tie() -> None:
    assert gives_cause("It closed due to fog.")
    assert not gives_cause("It closed at nine.")


def test_what_fails_beside_the_news_explains_it_in_reading_order() -> None:
    hit = told_by(
        "The ferry stopped off Vik on Monday. Its engine had failed twice since May. Tickets cost nine crowns."
    )
    reading = pointing((hit, "The ferry stopped off Vik on Monday.", None, 0.8))
    said = compose_explanation(asked("Why did the ferry stop off Vik?"), reading, InventedResearch((hit,)))
    assert quoted(said)[:2] == ["The ferry stopped off Vik on Monday.", "Its engine had failed twice since May."]
