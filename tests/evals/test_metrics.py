from __future__ import annotations

from collections.abc import Callable

import pytest

from evals import metrics
from evals.gold import Evidence, Need
from evals.metrics import Part
from ingest.article import Span

NONE: frozenset[int] = frozenset()
FIRST = frozenset({0})
SECOND = frozenset({1})


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The U.S. troops", "us troops"),
        ("  An\u00a0offer,\nat last ", "offer at last"),
        ("\u201ccaliph of all Muslims\u201d", "caliph of all muslims"),
        ("5,100 airstrikes", "5100 airstrikes"),
        ("al-Muhajir", "almuhajir"),
        ("Syria \u2014 now", "syria now"),
        ("each other\u2026it", "each other it"),
        ("the", ""),
    ],
)
def test_answers_are_normalised_as_squad_does(text: str, normalised: str) -> None:
    assert metrics.normalise_answer(text) == normalised


@pytest.mark.parametrize(
    ("text", "answers", "need", "is_found"),
    [
        ("It lost 5,200 men. [1]", ["5200"], "any", True),
        ("It lost 15,200 men.", ["5,200"], "any", False),
        ("He was shot. [2]", ["2"], "any", False),
        ("The London-based group", ["London"], "any", True),
        ("Abu Bakr al Baghdadi", ["al-Baghdadi"], "any", True),
        ("across Iraq and \nSyria", ["Iraq and Syria"], "any", True),
        ("Germany [1]\nSpain [2]", ["Germany", "Spain"], "all", True),
        ("Germany only", ["Germany", "Spain"], "all", False),
        ("Germany only", ["Germany", "Spain"], "any", True),
        ("anything", [], "all", False),
        ("anything", ["the"], "any", False),
    ],
)
def test_an_answer_contains_whole_words(text: str, answers: list[str], need: Need, is_found: bool) -> None:
    assert metrics.contains(text, answers, need=need) is is_found


def test_token_f1_weighs_shared_words_against_both_sides() -> None:
    # shared: us, troops; 2 * 2 / (3 + 2)
    assert metrics.token_f1("5,200 U.S. troops", ["the US troops"]) == pytest.approx(0.8)


def test_token_f1_counts_a_repeated_word_once_for_each_time_both_have_it() -> None:
    # shared: one "red"; 2 * 1 / (2 + 1)
    assert metrics.token_f1("red red", ["red"]) == pytest.approx(2 / 3)


def test_token_f1_is_that_of_the_best_wording() -> None:
    assert metrics.token_f1("July 7", ["7 July 2023", "July 7"]) == 1.0


def test_token_f1_for_all_is_against_every_wording_together() -> None:
    # shared: germany; 2 * 1 / (1 + 2)
    assert metrics.token_f1("Germany", ["Germany", "Spain"], need="all") == pytest.approx(2 / 3)


@pytest.mark.parametrize("short", [None, "", "the", "Madrid"])
def test_token_f1_of_nothing_shared_is_zero(short: str | None) -> None:
    assert metrics.token_f1(short, ["Porto"]) == 0.0


def test_evidence_is_covered_where_one_character_is_shared() -> None:
    evidence = [
        Evidence("a.txt", "0123456789", (Span(10, 20),)),
        Evidence("a.txt", "01234", (Span(0, 5), Span(30, 35))),
        Evidence("b.txt", "0123456789", (Span(10, 20),)),
    ]
    assert metrics.evidence_covered(("a.txt",), Span(19, 31), evidence) == {0, 1}
    assert metrics.evidence_covered(("a.txt",), Span(20, 30), evidence) == set()
    assert metrics.evidence_covered(("copy.txt", "b.txt"), Span(0, 11), evidence) == {2}


def test_recall_at_k_counts_each_evidence_once() -> None:
    ranked = [NONE, FIRST, FIRST, SECOND]
    assert [metrics.recall_at_k(ranked, 2, k=k) for k in (1, 2, 3, 4, 9)] == [0.0, 0.5, 0.5, 1.0, 1.0]


def test_recall_of_no_hits_is_zero() -> None:
    assert metrics.recall_at_k([], 2, k=5) == 0.0


@pytest.mark.parametrize(
    ("ranked", "expected"), [([FIRST], 1.0), ([NONE, NONE, SECOND, FIRST], 1 / 3), ([NONE], 0.0), ([], 0.0)]
)
def test_reciprocal_rank_is_of_the_first_relevant_hit(ranked: list[frozenset[int]], expected: float) -> None:
    assert metrics.reciprocal_rank(ranked) == pytest.approx(expected)


def test_a_citation_is_exact_only_character_for_character() -> None:
    assert metrics.is_exact("one\r\ntwo", 0, 8, "one\r\ntwo")
    assert not metrics.is_exact("one\r\ntwo", 0, 8, "one\ntwo")


def test_citation_precision_and_recall_are_over_citations_and_over_evidence() -> None:
    cited = [FIRST, NONE, FIRST]
    assert metrics.citation_precision(cited) == Part(2, 3)
    assert metrics.citation_recall(cited, 2) == Part(1, 2)


@pytest.mark.parametrize(
    ("answered", "found", "cited", "expected"),
    [
        (True, True, [NONE, SECOND], True),
        (True, True, [NONE], False),
        (True, True, [], False),
        (True, False, [FIRST], False),
        (False, True, [FIRST], False),
    ],
)
def test_right_takes_an_answer_its_words_and_its_evidence(
    answered: bool, found: bool, cited: list[frozenset[int]], expected: bool
) -> None:
    assert metrics.is_right(answered=answered, found=found, cited=cited) is expected


def test_abstention_measures_take_declining_as_the_positive_class() -> None:
    # (declined, answerable): 3 rightly declined, 1 wrongly declined, 2 wrongly answered, 4 rightly answered
    cases = [(True, False)] * 3 + [(True, True)] + [(False, False)] * 2 + [(False, True)] * 4

    def rate(measure: Callable[..., Part]) -> float | None:
        return metrics.pooled([measure(declined=declined, answerable=answerable) for declined, answerable in cases])

    assert rate(metrics.abstention_precision) == pytest.approx(3 / 4)
    assert rate(metrics.abstention_recall) == pytest.approx(3 / 5)
    assert rate(metrics.abstention_f1) == pytest.approx(6 / 9)  # 2 · 3/4 · 3/5 / (3/4 + 3/5)


def test_pooled_is_a_ratio_of_sums() -> None:
    assert metrics.pooled([Part(1, 1), Part(1, 3)]) == 0.5
    assert metrics.pooled([Part(0, 0)]) is None
    assert metrics.pooled([]) is None


def test_a_measure_that_does_not_concern_a_case_leaves_it_out_of_the_mean() -> None:
    assert metrics.pooled([metrics.mean_part(v) for v in (1.0, None, 0.5)]) == 0.75


def test_the_bootstrap_interval_is_the_same_each_time_and_holds_the_value() -> None:
    parts = [Part(1, 1)] * 30 + [Part(0, 1)] * 10
    interval = metrics.bootstrap_interval(parts)
    assert interval is not None
    assert interval == metrics.bootstrap_interval(parts)
    # normal approximation: 0.75 ± 1.96 · √(0.75 · 0.25 / 40) = 0.616 .. 0.884
    assert interval.low == pytest.approx(0.616, abs=0.03)
    assert interval.high == pytest.approx(0.884, abs=0.03)


def test_the_bootstrap_interval_of_equal_cases_is_a_point() -> None:
    assert metrics.bootstrap_interval([Part(1, 1), Part(0, 0), Part(2, 2)]) == (1.0, 1.0)


def test_the_bootstrap_interval_of_no_case_is_none() -> None:
    assert metrics.bootstrap_interval([Part(0, 0)]) is None


def test_percentiles_are_interpolated() -> None:
    assert metrics.percentile([4.0, 1.0, 2.0, 3.0], 50) == 2.5
    assert metrics.percentile([10.0, 20.0], 95) == pytest.approx(19.5)
    assert metrics.percentile([], 50) is None
