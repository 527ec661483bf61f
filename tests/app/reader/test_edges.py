"""A short answer keeps what makes it an answer and loses what only clings to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reader.edges import tidy_edges
from ingest.article import Span


@pytest.mark.parametrize(
    ("sentence", "pointed", "kept"),
    [
        ("He said “Anna Berg, the mayor,” opened it.", "“Anna Berg,", "Anna Berg"),
        ("The bill rose to $3.5 million last year.", "3.5", "$3.5 million"),
        ("Prices rose 12 percent.", "12", "12 percent"),
        ("Prices rose 12%.", "12", "12%"),
        ("It weighs 40 kg.", "40", "40 kg"),
        ("It opened on 3 March 2019 in Oslo.", "March", "3 March 2019"),
        ("It opened on January 28, 2020.", "28", "January 28, 2020"),
        ("She moved to the U.S. in May.", "the U.S.", "the U.S."),
        ("She moved to the “U.S.”.", "U.S.”.", "U.S."),
        ("The doors close at 11 p.m.", "11 p.m", "11 p.m."),
        ("The doors close at 11 p.m. each day.", "11 p.m.", "11 p.m."),
        ("He thanked Sammy Davis Jr. for it.", "Sammy Davis Jr", "Sammy Davis Jr."),
        ("The loan is US$3.2 billion.", "$3.2 billion", "US$3.2 billion"),
        ("The loan is US$3.2 billion.", "3.2", "US$3.2 billion"),
        ("It cost A$ 40.", "40", "A$ 40"),
        ("It fell to -3 degrees.", "-3", "-3 degrees"),
        ("The group (Amnesty) objected.", "(Amnesty", "Amnesty"),
        ("About 1,200 people came.", "1,200 people", "1,200 people"),
    ],
)
def test_edges_are_tidied(sentence: str, pointed: str, kept: str) -> None:
    start = sentence.index(pointed)
    tidy = tidy_edges(sentence, Span(start, start + len(pointed)), Span(0, len(sentence)))
    assert tidy.of(sentence) == kept


@given(st.text(min_size=1, max_size=60), st.data())
def test_a_tidied_answer_is_never_empty_and_stays_in_its_sentence(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    tidy = tidy_edges(text, Span(start, end), Span(0, len(text)))
    assert 0 <= tidy.start < tidy.end <= len(text)
