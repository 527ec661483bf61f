"""What each stage buys: a row a stage, a star only where the figure moved by more than chance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from app.stages import STAGES
from evals import ablate
from evals.ablate import ablate_news, format_ablations
from evals.at_size import News
from evals.metrics import Part
from evals.newsquiz import QuizQuestion
from evals.record import Case, Record, build_record

N = 20


def case(number: int, right: bool | None, *, seconds: float = 0.1) -> Case:
    return Case(
        id=f"q{number}",
        kind="answerable",
        question="Where?",
        history=(),
        expected=("Venn",),
        said="Venn",
        short="Venn",
        declined=False,
        right=right,
        as_expected=bool(right),
        confidence=0.9,
        seconds=seconds,
        error=None,
        lost_at=None if right else "reading",
        evidence=(),
        evidence_rank=None,
        cited=(),
        parts={} if right is None else {"right": Part(right, 1)},
    )


def record(*right: bool | None, seconds: float = 0.1) -> Record:
    cases = [case(i, was, seconds=seconds) for i, was in enumerate(right)]
    return build_record("", cases, measures=("right", "abstained"), kinds=(), pins={})


def row(without: Record, *, name: str = "bm25", whole: Record | None = None) -> list[str]:
    """The figures of the row of one stage: name, right, abstained, p50."""
    text = format_ablations(whole or record(*[True] * N), {name: without}, ("right", "abstained"))
    return next(line for line in text.splitlines() if line.startswith(name)).split()[:4]


def test_a_figure_that_falls_by_more_than_chance_has_a_star() -> None:
    assert row(record(*[False] * N)) == ["bm25", "-1.000*", "-", "100"]
    assert row(record(*[False] * 6, *[True] * 14)) == ["bm25", "-0.300*", "-", "100"]


def test_a_figure_that_rises_by_more_than_chance_has_a_star() -> None:
    assert row(record(*[True] * N), whole=record(*[False] * N))[1] == "+1.000*"


def test_one_question_lost_of_twenty_is_chance() -> None:
    assert row(record(False, *[True] * 19))[1] == "-0.050"


def test_as_many_won_as_lost_is_chance() -> None:
    whole = record(*[True] * 10, *[False] * 10)
    assert row(record(*[False] * 10, *[True] * 10), whole=whole)[1] == "+0.000"


def test_a_measure_that_concerns_no_question_has_no_difference() -> None:
    assert row(record(*[None] * N))[1] == "-"


def test_only_questions_that_both_were_asked_are_compared() -> None:
    fewer = record(*[True] * 10)  # q0 to q9
    assert row(fewer, whole=record(*[True] * 10, *[False] * 10))[1] == "+0.000"


def test_the_first_row_holds_the_figures_themselves_and_each_row_its_own_time() -> None:
    whole = record(True, False, True, True)
    slow = record(True, False, True, True, seconds=0.25)
    head, first, second, legend = format_ablations(whole, {"dense": slow}, ("right", "abstained")).splitlines()
    assert head.split() == ["without", "right", "abstained", "p50", "ms", "instead"]
    assert first.split() == ["(nothing)", "0.750", "-", "100"]
    assert second.split()[:4] == ["dense", "+0.000", "-", "250"]
    assert "95%" in legend


def test_each_row_says_what_happens_instead() -> None:
    one = record(True)
    text = format_ablations(one, {"bm25": one, "selection": one}, ("right",))
    rows = {line.split()[0]: line for line in text.splitlines()}
    assert rows["bm25"].endswith("passages are found by meaning alone")
    assert rows["selection"].rstrip().endswith("all of the page is indexed")


# --- over news ----------------------------------------------------------------------------------------------


def news(name: str, closed: list[str]) -> News:
    store = SimpleNamespace(close=lambda: closed.append(name))
    return cast(News, SimpleNamespace(store=store, folder=Path(name)))


def test_every_stage_of_the_quiz_is_left_out_once_and_selection_is_another_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []
    closed: list[str] = []

    def ask_quiz(over: News, questions: Sequence[QuizQuestion], *, told: object, without: frozenset[str]) -> list[Case]:
        asked.append((over.folder.name, tuple(without)))
        return [case(i, not without) for i, _ in enumerate(questions)]

    monkeypatch.setattr(ablate, "ask_quiz", ask_quiz)
    questions = [QuizQuestion("q", dt.date(2021, 6, 1), "Where?", (), ("Venn",), ())]
    text = ablate_news(
        news("selected", closed), questions, reopened=lambda: news("whole", closed), told=lambda sentence: None
    )
    stages = [stage.name for stage in STAGES if stage.name != "follow-ups"]  # the quiz has no conversation
    assert asked == [("selected", ()), *(("selected", (name,)) for name in stages), ("whole", ())]
    assert closed == ["whole"]
    assert [line.split()[0] for line in text.splitlines()] == [
        "without",
        "(nothing)",
        *stages,
        "selection",
        "Differences;",
    ]
