from __future__ import annotations

import pytest

from app.forms.quotes import REPORTED, compose_quotes
from tests.app.forms.invented_evidence import Evidence, formed

DAM = Evidence(
    "The dam at Orsk held, the water board said. “The wall did not move,” said Petra Holm, the chief engineer. "
    "“People can sleep.” Councillor Ivo Brandt said that the dam was old. Mayor Lia Aas called the repair “a scandal”. "
    "The union leader, Dora Melk, told reporters she would not strike.",
    headline="Dam at Orsk holds",
)


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("What did Petra Holm say about the wall?", "The wall did not move"),
        ("What did the chief engineer say about the wall?", "The wall did not move"),
        ("What did Ivo Brandt say about the dam?", "the dam was old"),
        ("What did Lia Aas say about the repair?", "a scandal"),
        ("What did the union leader say about a strike?", "she would not strike"),
        ("Quote Petra Holm on the wall.", "The wall did not move"),
    ],
)
def test_what_somebody_said_is_in_the_words_of_the_article(question: str, short: str) -> None:
    found = formed(compose_quotes, question, DAM)
    assert found is not None and found.short == short
    assert all(short not in d.text or d.quotes[0].text for d in found.drafts)


@pytest.mark.parametrize(
    ("question", "speaker"),
    [
        ("Who said that people can sleep?", "Petra Holm, the chief engineer"),
        ("Who said the dam was old?", "Councillor Ivo Brandt"),
        ("Who said that the dam at Orsk held?", "the water board"),
    ],
)
def test_who_said_it_is_the_speaker_and_the_quote_names_that_one(question: str, speaker: str) -> None:
    found = formed(compose_quotes, question, DAM)
    assert found is not None and found.short == speaker
    assert speaker.lower() in found.drafts[0].text.lower()


def test_what_others_said_of_it_is_not_given_as_somebodys_words() -> None:
    found = formed(
        compose_quotes,
        "What did Dora Melk say about the wall?",
        DAM,
        at="“The wall did not move,” said Petra Holm, the chief engineer.",
    )
    assert found is not None and not found.drafts and found.confidence < 0.1


def test_somebody_who_is_nowhere_named_said_nothing() -> None:
    found = formed(compose_quotes, "What did Karl Weiss say about the dam?", DAM)
    assert found is not None and not found.drafts


def test_what_is_reported_and_not_quoted_says_so() -> None:
    found = formed(compose_quotes, "What did Ivo Brandt say about the dam?", DAM)
    assert found is not None and found.notes == (REPORTED,)


def test_a_namesake_with_another_given_name_is_another() -> None:
    evidence = Evidence("Jon Lunde left in May. “The vote is lost,” Lunde said. He is a cousin of Mira Lunde.")
    found = formed(compose_quotes, "What did Mira Lunde say about the vote?", evidence)
    assert found is None or not found.drafts


@pytest.mark.parametrize(
    "question", ["Who runs the ferry?", "How many people said yes?", "What did it cost?", "Say it."]
)
def test_other_questions_are_left_to_other_forms(question: str) -> None:
    assert formed(compose_quotes, question, DAM) is None


TWO_BERGS = Evidence(
    "The writer Helga Berg won a prize. “I write at night,” Berg said.",
    "The coach Tomas Berg lost again. “I have learned to lose,” Berg said.",
)
DIRECTORS = Evidence(
    "Museum director Greta Fall said the alarm was off.", "Museum director Ulf Krag said that a visitor had it."
)


def test_of_two_who_bear_a_surname_each_is_quoted_under_the_full_name() -> None:
    found = formed(compose_quotes, "What did Berg say?", TWO_BERGS)
    assert found is not None and found.layout == "readings"
    assert {(p.label, p.text) for p in found.parts} == {
        ("Helga Berg", "I write at night"), ("Tomas Berg", "I have learned to lose"),
    }  # fmt: skip


def test_a_full_name_is_that_of_one_speaker() -> None:
    found = formed(compose_quotes, "What did Helga Berg say?", TWO_BERGS)
    assert found is not None and found.layout == "statements" and found.short == "I write at night"


def test_a_post_that_two_hold_in_two_stories_is_quoted_for_each() -> None:
    found = formed(compose_quotes, "What did the museum director say?", DIRECTORS)
    assert found is not None and found.layout == "readings" and len(found.parts) == 2
    about = formed(compose_quotes, "What did the museum director say about the alarm?", DIRECTORS)
    assert about is not None and about.layout == "statements" and about.short == "the alarm was off"


def test_what_is_said_in_a_debate_need_not_name_it() -> None:
    debate = Evidence(
        "It was their only debate. The hall was full. It was warm. It was late. People sat on the floor. "
        "“You cannot run a city from a ship,” said Clara Venn."
    )
    found = formed(compose_quotes, "What did Clara Venn say in the debate?", debate)
    assert found is not None and found.short == "You cannot run a city from a ship"
