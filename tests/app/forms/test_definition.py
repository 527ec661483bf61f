from __future__ import annotations

import datetime as dt

import pytest

from app.draft import Composition
from app.forms.definition import compose_definition, defined
from app.reader import Reading
from tests.gathering import InventedResearch, asked, pointing, quoted, told_by

NOTHING = Reading((), 0.05)


def define(question: str, *texts: str) -> Composition | None:
    hits = tuple(told_by(t, rank=n) for n, t in enumerate(texts, 1))
    return compose_definition(asked(question), NOTHING, InventedResearch(hits))


@pytest.mark.parametrize(
    ("question", "text", "short"),
    [
        ("Who is Anna Berg?", "Anna Berg, the head of the rescue service, spoke.", "the head of the rescue service"),
        ("Who is Anna Berg?", '"Go home," said Anna Berg, mayor of Port Hallow.', "mayor of Port Hallow"),
        ("Who is Anna Berg?", "The law was signed by Prime Minister Anna Berg on Monday.", "Prime Minister"),
        ("Who is Anna Berg?", "Anna Berg, who leads the union, said no.", "leads the union"),
        ("Who is Anna Berg?", "Anna Berg was elected chair of the council on Monday.", "chair of the council"),
        ("Who is Anna Berg?", "Its new leader, Anna Berg, waved.", "new leader"),
        ("Who was Anna Berg?", "Anna Berg, 61, a retired pilot, died.", "a retired pilot"),
        ("Who is Anna Berg?", "Anna Berg, a spokeswoman for the U.S.-backed force, left.",
         "a spokeswoman for the U.S.-backed force"),
        ("What is Marsh fever?", "Marsh fever is a disease that mice carry.", "a disease that mice carry"),
        ("What is the DTU?", "The drivers' union, known as the DTU, is on strike.", "The drivers' union"),
        ("What is the harbour pact?", "Four towns joined the harbour pact. The pact is a promise to dredge.",
         "a promise to dredge"),
    ],
)  # fmt: skip
def test_a_phrase_right_beside_the_name_defines_it(question: str, text: str, short: str) -> None:
    said = define(question, text)
    assert said is not None
    assert (said.short, said.confidence > 0.5) == (short, True)


@pytest.mark.parametrize(
    "text",
    [
        "Anna Berg and Jon Lunde, the mayor's son, were there.",
        "Anna Berg met Jon Lunde, a baker.",
        "Anna Berg, Jon Lunde and a third man were there.",
        "According to Anna Berg, the ferry was late.",
        "Anna Berg, speaking on Monday, said no.",
    ],
)
def test_a_phrase_of_somebody_else_defines_nobody(text: str) -> None:
    said = define("Who is Anna Berg?", text)
    assert said is None or said.short is None


def test_the_surname_will_do_unless_somebody_else_has_it() -> None:
    alone = define("Who is Anna Berg?", "Anna Berg came. Berg, a baker from Vik, stayed.")
    assert alone is not None
    assert alone.short == "a baker from Vik"
    assert define("Who is Anna Berg?", "Anna Berg came with Jon Berg. Berg, a baker from Vik, stayed.") is None


def test_roles_of_other_times_are_parts_the_newest_first() -> None:
    hits = (
        told_by("Anna Berg, the mayor of Vik, resigned.", day=dt.date(2020, 1, 1)),
        told_by("The former mayor, now trade minister Anna Berg, spoke.", day=dt.date(2022, 1, 1), rank=2),
    )
    said = compose_definition(asked("Who is Anna Berg?"), NOTHING, InventedResearch(hits))
    assert said is not None
    assert [(p.day, p.text) for p in said.parts] == [
        (dt.date(2022, 1, 1), "trade minister"),
        (dt.date(2020, 1, 1), "the mayor of Vik"),
    ]


def test_a_name_that_no_article_holds_is_left_to_the_reader() -> None:
    assert define("Who is Zorblax?", "Anna Berg, the mayor, resigned.") is None


def test_a_sentence_of_the_reader_that_lacks_the_name_is_not_said() -> None:
    hit = told_by("Anna Berg came. The mayor left.")
    reading = pointing((hit, "The mayor left.", None, 0.6), (hit, "Anna Berg came.", None, 0.3))
    said = compose_definition(asked("Who is Anna Berg?"), reading, InventedResearch((hit,)))
    assert quoted(said) == ["Anna Berg came."]
    assert said is not None
    assert said.confidence == 0.3


@pytest.mark.parametrize(
    "question",
    [
        "Who is the mayor of Vik?",
        "What is the death toll of the flood?",
        "Who is Anna Berg's father?",
        "Why?",
        "What is it?",
    ],
)
def test_what_asks_for_no_definition_is_none(question: str) -> None:
    assert defined(question) is None


def test_long_odd_text_is_read_in_no_time() -> None:
    for text in ("Berg, " * 150, "the " * 280 + "known as Berg.", "A" * 1000 + " Berg", "Berg (" * 200):
        define("Who is Berg?", text)
