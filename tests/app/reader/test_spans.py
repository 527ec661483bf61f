"""The arithmetic of spans: the best ones, none of them overlapping, and how right an answer is."""

from __future__ import annotations

import re
import string
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.reader.spans import LONGEST_ANSWER, Found, best_spans, exact_match, f1, normalise_answer

Logits = NDArray[np.float32]

# Quarters are exact in 32 bits: sums do not depend on their order.
LOGITS = st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=48)
WORDS = st.lists(
    st.sampled_from(["the", "a", "An", "harbour", "Harbour,", "berg", "Berg's", "1,240", "-", "(old)", "old", "U.S."]),
    max_size=6,
).map(" ".join)


def as_logits(pairs: list[tuple[int, int]]) -> tuple[Logits, Logits]:
    both: Logits = np.array(pairs, dtype=np.float32) / np.float32(4)
    return both[:, 0], both[:, 1]


def by_hand(starts: Logits, ends: Logits, first: int, n: int) -> list[Found]:
    """Every span, best and then earliest first; each is kept that touches none of the kept ones."""
    spans = [
        (float(starts[a] + ends[b]), a, b)
        for a in range(first, len(starts))
        for b in range(a, min(len(starts), a + LONGEST_ANSWER))
    ]
    spans.sort(key=lambda s: (-s[0], s[1], s[2]))
    kept: list[Found] = []
    for score, a, b in spans:
        if len(kept) < n and all(b < k.first or k.last < a for k in kept):
            kept.append(Found(a, b, score - float(starts[0] + ends[0])))
    return kept


@given(LOGITS, st.integers(0, 6), st.integers(0, 5))
def test_the_best_spans_are_those_that_trying_every_span_finds(
    pairs: list[tuple[int, int]], first: int, n: int
) -> None:
    starts, ends = as_logits(pairs)
    assert list(best_spans(starts, ends, first=first, n=n)) == by_hand(starts, ends, first, n)


@given(LOGITS, st.integers(0, 6))
def test_spans_do_not_overlap_and_lie_in_the_passage(pairs: list[tuple[int, int]], first: int) -> None:
    starts, ends = as_logits(pairs)
    found = best_spans(starts, ends, first=first, n=4)
    tokens = [t for f in found for t in range(f.first, f.last + 1)]
    assert len(tokens) == len(set(tokens))
    assert all(first <= t < len(starts) for t in tokens)
    assert all(f.last - f.first < LONGEST_ANSWER for f in found)
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)


@given(LOGITS, st.integers(1, 6), st.integers(-40, 40))
def test_a_score_is_what_lies_above_holding_no_answer(pairs: list[tuple[int, int]], first: int, shift: int) -> None:
    starts, ends = as_logits(pairs)
    surer = starts.copy()
    surer[0] += shift / 4
    before, after = best_spans(starts, ends, first=first, n=3), best_spans(surer, ends, first=first, n=3)
    assert [(f.first, f.last, f.score - shift / 4) for f in before] == [(f.first, f.last, f.score) for f in after]


def test_a_long_answer_is_found_up_to_its_last_allowed_token() -> None:
    starts, ends = np.zeros(60, dtype=np.float32), np.zeros(60, dtype=np.float32)
    starts[5], ends[5 + LONGEST_ANSWER - 1], ends[5 + LONGEST_ANSWER] = 9.0, 7.0, 8.0
    assert best_spans(starts, ends, first=2, n=1) == (Found(5, 5 + LONGEST_ANSWER - 1, 16.0),)


def test_an_end_before_its_start_is_no_span() -> None:
    starts, ends = np.zeros(6, dtype=np.float32), np.zeros(6, dtype=np.float32)
    starts[4], ends[2] = 5.0, 5.0
    assert all(f.first <= f.last for f in best_spans(starts, ends, first=1, n=4))
    assert best_spans(starts, ends, first=1, n=1)[0].score == 5.0


def test_an_empty_passage_has_no_spans() -> None:
    logits = np.zeros(4, dtype=np.float32)
    assert best_spans(logits, logits, first=4, n=3) == ()
    assert best_spans(logits, logits, first=9, n=3) == ()


def test_a_short_passage_gives_fewer_spans_than_wished() -> None:
    logits = np.zeros(5, dtype=np.float32)
    assert [(f.first, f.last) for f in best_spans(logits, logits, first=3, n=9)] == [(3, 3), (4, 4)]


# --- how right an answer is -------------------------------------------------------------------------------------------


def squad_words(text: str) -> list[str]:
    """As the published evaluation of SQuAD 1.1 normalises: lower case, punctuation, articles, white space."""
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def squad_f1(said: str, right: str) -> float:
    """As the published evaluation of SQuAD 1.1 counts one pair: without a shared word, nothing."""
    a, b = squad_words(said), squad_words(right)
    same = sum((Counter(a) & Counter(b)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(a), same / len(b)
    return 2 * precision * recall / (precision + recall)


@given(WORDS, st.lists(WORDS.filter(lambda t: bool(squad_words(t))), min_size=1, max_size=4))
@settings(max_examples=200)
def test_f1_and_exact_match_are_those_of_squad(said: str, right: list[str]) -> None:
    assert f1(said, right) == pytest.approx(max(squad_f1(said, r) for r in right))
    assert exact_match(said, right) == float(any(squad_words(said) == squad_words(r) for r in right))


def test_answers_without_a_word_share_none() -> None:
    assert f1("the", ["a"]) == squad_f1("the", "a") == 0.0
    assert f1("", [""]) == 0.0


@given(WORDS, st.lists(WORDS.filter(lambda t: bool(squad_words(t))), max_size=4))
def test_an_exact_match_has_full_f1_and_both_lie_within_0_and_1(said: str, right: list[str]) -> None:
    assert 0.0 <= exact_match(said, right) <= f1(said, right) <= 1.0


def test_case_punctuation_articles_and_spaces_do_not_count() -> None:
    assert normalise_answer(" The  Fish-Market, of a Port\nHallow. ") == "fishmarket of port hallow"
    assert exact_match("the fish market!", ["Harbour", "Fish Market"]) == 1.0
    assert exact_match("theatre", ["atre"]) == 0.0


def test_f1_counts_shared_words_by_how_often_they_stand_there() -> None:
    assert f1("Anna Berg", ["mayor Anna Berg"]) == pytest.approx(0.8)
    assert f1("berg berg", ["berg"]) == pytest.approx(2 / 3)
    assert f1("Anna Berg", ["Jon Lunde", "Berg"]) == pytest.approx(2 / 3)


def test_curly_marks_count_as_little_as_straight_ones() -> None:
    assert exact_match("“Berg’s” market", ["Berg's market"]) == 1.0
    assert f1("Hallow–Kirkwick", ["Hallow"]) == pytest.approx(2 / 3)


def test_nothing_is_right_where_no_answer_is_given() -> None:
    assert f1("Anna", []) == exact_match("Anna", []) == 0.0
    assert f1("", ["Anna"]) == exact_match("", ["Anna"]) == 0.0
