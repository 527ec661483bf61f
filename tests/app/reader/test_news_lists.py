"""Lists made of weekly questions: what is called answering holds the answer, and a near-miss answers nothing."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from app.reader.examples import NewsArticle, NewsQuestion, occurrences
from app.reader.news_lists import PassageSearch, news_examples

DAY = dt.date(2023, 3, 3)
TOWNS = ("Venndal", "Skarholm", "Ostervik", "Kirkwick", "Lofallen", "Port Hallow")
BUILDERS = ("Norrland Marine", "Apal Brothers", "Vindkraft Union", "Granitt Partners", "Halvard Steel", "Brygge Works")


def article(number: int) -> NewsArticle:
    town, builder = TOWNS[number], BUILDERS[number]
    text = (
        f"The ferry terminal of {town} was opened on Monday by its mayor while a choir of children sang on the quay. "
        f"It was built by {builder} in only two years, although the storms of the winter tore the scaffolding down. "
        f"The council had voted for it against the advice of the harbour master, who thought the bay too shallow. "
        f"Boats are to leave every twenty minutes and to stop when the ice comes, as they always did in {town}. "
        "Fishermen complained that their berths were gone, and were promised new ones behind the breakwater. "
    )
    return NewsArticle(f"https://news.example/{number}", "A ferry terminal opens", text, DAY)


def question(number: int) -> NewsQuestion:
    asked = f"Which company built the ferry terminal of {TOWNS[number]}?"
    return NewsQuestion(f"q{number}", DAY, asked, (BUILDERS[number],), (), (f"https://news.example/{number}",))


SEARCH = PassageSearch([article(n) for n in range(len(TOWNS))])
QUESTIONS = [question(n) for n in range(len(TOWNS))]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000))
def test_what_answers_holds_the_answer_and_a_near_miss_answers_nothing(seed: int) -> None:
    answers = {q.question: q.answers for q in QUESTIONS}
    lists: dict[int, list[tuple[str, str, tuple[tuple[int, int], ...]]]] = {}
    for e in news_examples(SEARCH, QUESTIONS, seed=seed):
        lists.setdefault(e.group, []).append((e.question, e.passage, e.answers))
    for group, members in lists.items():
        (asked,) = {q for q, _, _ in members}
        if group < 1_000_000 + len(QUESTIONS):
            assert any(spans for _, _, spans in members)
            for _, passage, spans in members:
                assert spans == occurrences(passage, answers[asked])
        else:
            assert not any(spans for _, _, spans in members)
            assert asked not in answers or not any(occurrences(p, answers[asked]) for _, p, _ in members)


def test_near_misses_of_both_kinds_are_among_them() -> None:
    missed = [
        e
        for seed in range(20)
        for e in news_examples(SEARCH, QUESTIONS, seed=seed)
        if e.group >= 1_000_000 + len(QUESTIONS)
    ]
    named = [next(t for t in TOWNS if t in e.question) in e.passage for e in missed]
    assert any(named), "a passage about the town that no longer says who built it"
    assert not all(named), "a question about another town"
