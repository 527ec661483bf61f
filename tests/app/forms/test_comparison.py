from __future__ import annotations

import pytest

from app.draft import Composition
from app.forms.comparison import compose_comparison, sides_of
from app.reader import Reading
from store import Hit
from tests.gathering import InventedResearch, asked, pointing, told_by

UNSURE = Reading((), 0.05)
PRAISE = told_by("The airport cost 900 million crowns, the minister said.", headline="Praise", outlet="State Voice")
BLAME = told_by("The airport cost 1.4 billion crowns, auditors said.", headline="Blame", outlet="The Tribune", rank=2)
FIRMS = told_by("Volta cut 900 jobs. Its rival Marlin hired 200 people.", rank=3)


def compared(question: str, *hits: Hit) -> Composition | None:
    return compose_comparison(asked(question), UNSURE, InventedResearch(hits))


def test_two_sources_are_set_side_by_side_each_with_its_own_words() -> None:
    said = compared("What do State Voice and the Tribune say about the airport?", PRAISE, BLAME, FIRMS)
    assert said is not None
    assert said.layout == "comparison"
    assert [(p.label, p.outlets) for p in said.parts] == [
        ("State Voice", ("State Voice",)),
        ("Tribune", ("The Tribune",)),
    ]
    assert [said.drafts[p.drafts[0]].text for p in said.parts] == [PRAISE.passage.text, BLAME.passage.text]


def test_two_things_are_told_by_the_sentences_that_name_them() -> None:
    said = compared("Compare Volta and Marlin.", FIRMS)
    assert said is not None
    assert [p.text for p in said.parts] == ["Volta cut 900 jobs.", "Its rival Marlin hired 200 people."]


def test_a_side_of_which_nothing_is_found_is_named_in_a_note() -> None:
    said = compared("Compare Volta and Zorblax.", FIRMS)
    assert said is not None
    assert ([p.label for p in said.parts], said.notes) == (["Volta"], ("Nothing was found on Zorblax.",))


def test_where_nothing_is_found_of_either_nothing_is_compared() -> None:
    assert compared("Compare Quuxley and Zorblax.", FIRMS) is None


def test_a_number_that_is_compared_is_the_few_words() -> None:
    hits = (PRAISE, BLAME)
    reading = pointing((PRAISE, PRAISE.passage.text, "900 million crowns", 0.9))
    said = compose_comparison(
        asked("How do State Voice and the Tribune differ on the cost of the airport?"),
        UNSURE,
        InventedResearch(hits, reading),
    )
    assert said is not None
    assert [p.text for p in said.parts] == ["900 million crowns", BLAME.passage.text]


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Compare Volta and Marlin", ("Volta", "Marlin", "")),
        ("Compare the missions of Skylark and Heron", ("Skylark", "Heron", "missions")),
        ("What is the difference between Volta and Marlin?", ("Volta", "Marlin", "")),
        ("How do Berg and Lunde differ on the strike?", ("Berg", "Lunde", "the strike")),
        ("Volta versus Marlin", ("Volta", "Marlin", "")),
        ("Volta vs Marlin on pay", ("Volta", "Marlin", "pay")),
        ("Do Berg and Lunde agree on the strike?", ("Berg", "Lunde", "the strike")),
        ("Compare what Anna Berg and Jon Lunde said about the flood", ("Anna Berg", "Jon Lunde", "the flood")),
        ("Do Berg and Lunde live in Vik?", None),
        ("How did Berg and Lunde meet?", None),
        ("Who won?", None),
    ],
)
def test_the_sides_are_read_from_the_question(question: str, sides: tuple[str, str, str] | None) -> None:
    found = sides_of(question)
    assert (found and (found.first, found.second, found.about)) == sides


def test_a_long_question_is_read_in_no_time() -> None:
    assert sides_of("compare " + "a and " * 600) is None
