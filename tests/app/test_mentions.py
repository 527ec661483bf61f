from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.mentions import content_words, find_mentions


def found(text: str, kind: str) -> list[str]:
    return [m.text for m in find_mentions(text) if m.kind == kind]


def test_names_keep_their_particles_and_lose_a_possessive() -> None:
    assert found("They met Abu Omar al-Shishani and the Bank of England's governor.", "name") == [
        "Abu Omar al-Shishani",
        "Bank of England",
    ]


def test_a_sentence_opener_is_no_part_of_a_name() -> None:
    assert found("Meanwhile Anna Berg spoke. However, nobody came.", "name") == ["Anna Berg"]


def test_a_name_broken_by_a_hard_wrap_is_one_name() -> None:
    assert found("a meeting with Anna\nBerg in May", "name") == ["Anna\nBerg"]


def test_a_blank_line_ends_a_name() -> None:
    assert found("the mayor of Oslo\n\nBerlin is far", "name") == ["Oslo", "Berlin"]


def test_dates_are_not_numbers() -> None:
    text = "On July 7, 2019 some 2,500 people and two dogs came; in 2021 nobody did."
    assert found(text, "date") == ["July 7, 2019", "2021"]
    assert found(text, "number") == ["2,500", "two"]


def test_an_acronym_that_spells_a_function_word_carries_content() -> None:
    assert content_words("Did the US tell IS what it is?") == ("US", "IS")


@given(st.text())
def test_mentions_slice_back(text: str) -> None:
    for mention in find_mentions(text):
        assert text[mention.start : mention.end] == mention.text
