from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.article import Span
from ingest.split import sentences, split

SENTENCE = "The council met on Monday and voted for the new harbour wall in Oslo. "  # 14 words


def words(text: str) -> int:
    return len(text.split())


def sentences_of(text: str) -> list[str]:
    return [s.of(text) for s in sentences(text, Span(0, len(text)))]


def passages_of(text: str, *, max_tokens: int = 220) -> list[str]:
    return [p.of(text) for p in split(text, [Span(0, len(text))], words, max_tokens=max_tokens)]


@pytest.mark.parametrize(
    "text",
    [
        "Gen. Mark A. Reyes met Mr. J. K. Lund and Sen. Ada Brook at No. 5 Main St. Thursday.",
        "The U.S. Central Command said it.",
        "Troops left on Jan. 3 and returned on Feb. 14.",
        "The train left at 9 a.m. Monday and at 5 p.m. ET it came.",
        "It cost $3.5 million, or 2.1 per cent more.",
        "WASHINGTON, D.C. (AP) -- The wall is open.",
        "Paris, Oct 26 (IANS): The wall is open.",
        "“Is it open?” Ada Brook asked.",
        '"Why?" he asked.',
        "He waited … and waited.",
        "Firms such as Lund Inc. and Brook Ltd. Holdings gained.",
        "1. The first item stands with its number.",
        "See harbour.example.com for more.",
        "The wall, hard\nwrapped over lines, is\nopen in Oslo\ntoday.",
    ],
)
def test_what_looks_like_an_end_is_not_one(text: str) -> None:
    assert sentences_of(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“We won.” He left.", ["“We won.”", "He left."]),
        ("\"We won.\" 'He left.' Then rain.", ['"We won."', "'He left.'", "Then rain."]),
        ("He lives in the U.S. The law is clear.", ["He lives in the U.S.", "The law is clear."]),
        ("He left at 5 p.m. Police came.", ["He left at 5 p.m.", "Police came."]),
        ("He said no. The vote failed.", ["He said no.", "The vote failed."]),
        ("It was over... Then it rained.", ["It was over...", "Then it rained."]),
        ("Is it open? Yes! It is.", ["Is it open?", "Yes!", "It is."]),
        ("It fell in 2014. In 2015 it rose.", ["It fell in 2014.", "In 2015 it rose."]),
        ("A note.[2] Another one.", ["A note.[2]", "Another one."]),
        ("They fled the troops.The group left.", ["They fled the troops.", "The group left."]),
        ("No stop here\n\nA new block", ["No stop here", "A new block"]),
        ("No stop here\r\n \t\r\nA new block", ["No stop here", "A new block"]),
        ("これは文です。次の文です。", ["これは文です。", "次の文です。"]),
        ("He came. al-Amin left.", ["He came.", "al-Amin left."]),
    ],
)
def test_a_sentence_ends_where_a_reader_ends_it(text: str, expected: list[str]) -> None:
    assert sentences_of(text) == expected


def test_a_heading_on_its_own_line_is_its_own_sentence() -> None:
    text = "What happens next\nThe council will meet again on Friday to vote on the money for the wall."
    assert sentences_of(text) == text.split("\n")


def test_an_indented_line_starts_a_paragraph() -> None:
    assert sentences_of("   The wall stands in\nOslo\n   Ada Brook leads the council") == [
        "The wall stands in\nOslo",
        "Ada Brook leads the council",
    ]


def test_list_items_are_sentences() -> None:
    assert sentences_of("- the long wall\n- the old port\n- the money") == [
        "- the long wall",
        "- the old port",
        "- the money",
    ]


def test_sentences_count_from_the_source_text_not_from_the_span() -> None:
    text = "Left out. Kept one. Kept two."
    assert sentences(text, Span(10, 29)) == (Span(10, 19), Span(20, 29))


def test_a_short_article_is_one_passage() -> None:
    assert passages_of(SENTENCE * 3) == [(SENTENCE * 3).strip()]


def test_passages_are_80_to_160_words_and_even() -> None:
    lengths = [words(p) for p in passages_of(SENTENCE * 24)]  # 336 words
    assert lengths == [112, 112, 112]


def test_a_short_rest_joins_its_neighbour() -> None:
    assert [words(p) for p in passages_of(SENTENCE * 11)] in ([84, 70], [70, 84], [154])


def test_a_passage_prefers_to_end_with_its_paragraph() -> None:
    text = (SENTENCE * 9 + "\n\n") + (SENTENCE * 10)
    assert [words(p) for p in passages_of(text)] == [126, 140]


def test_a_passage_crosses_white_space_but_never_left_out_text() -> None:
    text = "One is here.\n\nTwo is here.\n\nRead also: More.\n\nThree is here."
    body = [Span(0, 12), Span(14, 26), Span(46, 60)]
    assert [p.of(text) for p in split(text, body, words, max_tokens=99)] == [
        "One is here.\n\nTwo is here.",
        "Three is here.",
    ]


def test_repeated_sentences_keep_their_own_places() -> None:
    spans = split(SENTENCE * 24, [Span(0, len(SENTENCE * 24))], words, max_tokens=220)
    assert [s.start for s in spans] == [0, 8 * len(SENTENCE), 16 * len(SENTENCE)]


def test_a_sentence_beyond_the_limit_is_cut_at_a_clause() -> None:
    text = "The wall that the council built stands, and the port that the city sold closes."
    assert passages_of(text, max_tokens=8) == [
        "The wall that the council built stands,",
        "and the port that the city sold closes.",
    ]


def test_an_endless_word_is_cut_between_characters() -> None:
    spans = split("x" * 100, [Span(0, 100)], len, max_tokens=30)
    assert [len(s) for s in spans] == [25, 25, 25, 25]


def test_an_accent_stays_with_its_letter() -> None:
    assert all(
        not p.startswith("\u0301")
        for p in (s.of("e\u0301" * 50) for s in split("e\u0301" * 50, [Span(0, 100)], len, max_tokens=7))
    )


def test_nothing_to_split_gives_nothing() -> None:
    assert split("  \n ", [], words, max_tokens=9) == ()


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="max_tokens=0"):
        split("A.", [Span(0, 2)], words, max_tokens=0)


def test_each_sentence_is_counted_a_bounded_number_of_times() -> None:
    asked: list[int] = []

    def count(text: str) -> int:
        asked.append(len(text))
        return words(text)

    text = SENTENCE * 400
    split(text, [Span(0, len(text))], count, max_tokens=220)
    assert sum(asked) < 3 * len(text)


def test_degenerate_text_takes_linear_time() -> None:
    for text in ("." * 200_000, "a. " * 60_000, "\n" * 200_000 + "x", "“" * 100_000, "Mr. " * 50_000, ".” " * 50_000):
        sentences(text, Span(0, len(text)))


PROSE = ["The wall is open.", "The wall is open.", "Mr. Lund said “no.”", "U.S.", "troops.The group", "  New line"]
SIGNS = ["e\u0301te\u0301", "👩\u200d👧 🇳🇴", "…", "?!", "x" * 90, "שלום.", "文。", "3.5", "(a)", "\ufeff"]
SPACE = ["\r\n", "\n\n", "\n", "\t", " ", "\u00a0", "\u2028", "\x0c"]
PIECES = st.sampled_from([*PROSE, *SIGNS, *SPACE])
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), min_size=1, max_size=60).map("".join).filter(bool)


@st.composite
def articles(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(TEXTS)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=8)))
    return text, [Span(a, b) for i, (a, b) in enumerate(pairwise(cuts)) if i % 2 == 0 or draw(st.booleans())]


def non_space(text: str, spans: list[Span] | tuple[Span, ...]) -> list[int]:
    return [i for span in spans for i in range(span.start, span.end) if not text[i].isspace()]


@given(TEXTS)
@example("\r\n \r\n")
@example("A.\r\rB.")
def test_sentences_are_disjoint_in_order_and_cover_every_character(text: str) -> None:
    found = sentences(text, Span(0, len(text)))
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(s.of(text) == s.of(text).strip() != "" for s in found)
    assert non_space(text, found) == non_space(text, [Span(0, len(text))])


@given(articles(), st.integers(1, 40), st.sampled_from([words, len, lambda text: len(re.findall(r"\w|[^\w\s]", text))]))
def test_passages_are_exact_within_the_limit_and_never_cross_left_out_text(article, max_tokens, count) -> None:  # type: ignore[no-untyped-def]
    text, body = article
    found = split(text, body, count, max_tokens=max_tokens)
    assert non_space(text, found) == non_space(text, body)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(count(" ".join(p.of(text).split())) <= max_tokens for p in found)


@given(articles())
def test_splitting_twice_gives_the_same(article: tuple[str, list[Span]]) -> None:
    text, body = article
    assert split(text, body, words, max_tokens=30) == split(text, body, words, max_tokens=30)


def test_of_a_sentence_as_long_as_a_book_the_words_are_not_counted_anew_for_each_cut() -> None:
    text = "alpha " * 100_000
    asked = 0

    def count(part: str) -> int:
        nonlocal asked
        asked += len(part)
        return len(part.split())

    passages = split(text, [Span(0, len(text))], count, max_tokens=256)
    assert len(passages) == 512
    assert asked < 5 * len(text)


def test_a_long_sentence_is_cut_at_the_clause_end_nearest_to_its_middle_however_far_that_is() -> None:
    text = "alpha " * 3000 + "beta " * 7000 + "beta, " + "gamma " * 2999 + "gamma"
    passages = split(text, [Span(0, len(text))], lambda part: len(part.split()), max_tokens=12_000)
    assert [passage.of(text)[-5:] for passage in passages] == ["beta,", "gamma"]
