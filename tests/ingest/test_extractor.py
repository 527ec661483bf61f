"""An article extractor's opinion is taken as evidence: it may fail, be silent or be wrong, and nothing else does."""

from __future__ import annotations

import logging

import pytest

from ingest.body import page_units, select_body
from ingest.extractor import EXTRACTORS, UNKNOWN, extractions, shares_taken
from ingest.read import read_bytes

PARAGRAPHS = (
    "The mayor of Harrow opened the new bridge on Monday in front of some four hundred people.",
    "It cost 4 million pounds, the council said, about a third more than had been planned in 2015.",
    "“We waited long enough for it,” said Ada Byrne, who has run the bakery by the river since 1998.",
    "The old bridge fell in the storm of March 2012, and since then lorries have gone round by Easton.",
)
PAGE = (
    "<html><head><title>Bridge opens in Harrow</title></head><body>"
    "<nav><ul><li><a href=/>Home</a></li><li><a href=/news>News</a></li><li><a href=/sport>Sport</a></li></ul></nav>"
    f"<article><h1>Bridge opens in Harrow</h1>{''.join(f'<p>{words}</p>' for words in PARAGRAPHS)}</article>"
    "<footer><p>© 2021 Harrow Gazette. All rights reserved.</p></footer></body></html>"
)
NOTHING = (UNKNOWN,) * len(EXTRACTORS)


def words_of(text: str) -> list[str]:
    return text.split()


def test_each_extractor_takes_the_article_of_a_plain_page() -> None:
    for text in extractions(PAGE):
        assert all(words in text for words in PARAGRAPHS)
        assert "Sport" not in text


def test_the_share_of_a_paragraph_is_that_of_its_runs_of_four_words() -> None:
    first = PARAGRAPHS[0]
    paragraphs = [words_of(first), words_of(first + " Harrow has not seen such a crowd before"), words_of("Sport")]
    for whole, half, none in zip(*shares_taken(paragraphs, PAGE, words_of), strict=True):
        assert whole == 1.0
        assert half == pytest.approx(14 / 22)  # 17 and 25 words: 14 of 22 runs
        assert none == 0.0


def test_a_short_line_counts_in_full_only_as_a_line_of_its_own() -> None:
    shares = shares_taken([["on", "Monday"]], PAGE, words_of)
    assert set(shares[0]) == {0.5}


@pytest.mark.parametrize("markup", ["", " ", "<p>", "<html></html>", "\x00", "<?xml version='1.0' encoding='x'?><a>"])
def test_a_page_that_extractors_make_nothing_of_is_unknown_to_them(markup: str) -> None:
    assert shares_taken([["some", "words"]], markup, words_of) == [NOTHING]


def test_a_page_that_is_nested_deeply_is_not_given_to_them() -> None:
    markup = "<html><body>" + "<div>" * 400 + f"<p>{PARAGRAPHS[0]}</p>" + "</div>" * 400
    assert extractions(markup) == ("",) * len(EXTRACTORS)


def test_a_page_of_very_many_elements_is_not_given_to_them() -> None:
    assert extractions("<html><body>" + "<p>a</p>" * 40_000) == ("",) * len(EXTRACTORS)


def test_what_an_extractor_complains_of_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        extractions("<html><body><p></p></body></html>")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_the_paragraphs_of_a_page_carry_what_the_extractors_take() -> None:
    units = {unit.text: unit.taken for unit in page_units(read_bytes(PAGE.encode()))}
    assert units[PARAGRAPHS[1]] == (1.0,) * len(EXTRACTORS)
    assert units["Sport"] == (0.0,) * len(EXTRACTORS)


def test_the_selection_is_spans_of_the_source_text_whatever_they_say() -> None:
    source = read_bytes(PAGE.encode())
    assert [span.of(source.text) for span in select_body(source)] == list(PARAGRAPHS)
