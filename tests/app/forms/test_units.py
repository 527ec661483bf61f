from __future__ import annotations

import pytest

from app.forms.sentence import Sentence
from app.forms.units import with_unit
from ingest.article import Span
from tests.gathering import asked, told_by


@pytest.mark.parametrize(
    ("question", "text", "number", "expected"),
    [
        ("How many jobs will go?", "It will cut 900 jobs in May.", "900", "900 jobs"),
        ("How many jobs will go?", "It will cut 900 factory jobs.", "900", "900 factory jobs"),
        ("How many bus drivers struck?", "About 1,800 bus drivers struck.", "1,800", "1,800 bus drivers"),
        ("How many people came?", "90,000 people came on Monday.", "90,000", "90,000 people"),
        ("How many troops died?", "killing 11 \ntroops and a guard", "11", "11 \ntroops"),
        ("How much does it cost?", "It costs $21 million a year.", "$21 million", "$21 million a year"),
        ("How old is he?", "a 19-year-old striker", "19-year", "19-year-old"),
        ("How many jobs will go?", "It will cut 900 in May.", "900", "900"),
        ("How many people died?", "The toll rose to 17.", "17", "17"),
    ],
)
def test_a_number_takes_along_what_it_counts(question: str, text: str, number: str, expected: str) -> None:
    hit = told_by(text)
    at = text.index(number)
    sentence = Sentence(hit, Span(0, len(text)))
    assert with_unit(asked(question), sentence, Span(at, at + len(number))).of(text) == expected
