"""What each part buys: everything is measured once whole, and once more without each stage in turn.

The stages are those that register themselves in `app.stages`, and the selection of the article, a stage of ingest. A
stage whose absence costs nothing on any set does not pay for its keep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.stages import STAGES
from evals.at_size import News, ask_quiz
from evals.metrics import Part, paired_difference
from evals.newsquiz import QuizQuestion
from evals.realtimeqa import GROUPS, MEASURES
from evals.record import ALL, Record, build_record
from evals.report import KS, aligned, build_report
from evals.run import INVENTED, open_corpus, score_gold

__all__ = ["ablate_gold", "ablate_news", "format_ablations"]

SELECTION = "selection"
_GOLD_COLUMNS = (
    *("as_expected", "right", "recall_at_1", "recall_at_5", "reciprocal_rank", "abstention_recall"),
    *("form_as_expected", "follow_up_right", "filters_read"),
)
_NEWS_COLUMNS = ("answer_at_1", "answer_at_5", "answer_at_10", "right", "answered_right", "abstained")
_OF_CONVERSATION = frozenset({"follow-ups"})  # the quiz has none


def ablate_gold(gold: Path, articles: Path, *, told: Callable[[str], None]) -> str:
    """The table for a gold file on a folder of articles."""

    def measure(without: frozenset[str]) -> Record:
        corpus = open_corpus(articles, without=without)
        try:
            scores, _ = score_gold(gold, corpus, lambda: open_corpus(INVENTED, without=without), ks=KS)
        finally:
            corpus.close()
        return build_report(scores, title="", pins={})

    names = [*(stage.name for stage in STAGES), SELECTION]
    return _ablate(names, measure, _GOLD_COLUMNS, told)


def ablate_news(
    news: News, questions: Sequence[QuizQuestion], *, reopened: Callable[[], News], told: Callable[[str], None]
) -> str:
    """The table for quiz questions over indexed news; `reopened` gives the same articles indexed without selection."""

    def measure(without: frozenset[str]) -> Record:
        if SELECTION not in without:
            return _asked(news, questions, without, told)
        whole = reopened()
        try:
            return _asked(whole, questions, frozenset(), told)
        finally:
            whole.store.close()

    names = [stage.name for stage in STAGES if stage.name not in _OF_CONVERSATION]
    return _ablate([*names, SELECTION], measure, _NEWS_COLUMNS, told)


def _asked(
    news: News, questions: Sequence[QuizQuestion], without: frozenset[str], told: Callable[[str], None]
) -> Record:
    cases = ask_quiz(news, questions, told=told, without=without)
    return build_record("", cases, measures=tuple(MEASURES), kinds=GROUPS, pins={})


def _ablate(
    names: Sequence[str],
    measure: Callable[[frozenset[str]], Record],
    columns: Sequence[str],
    told: Callable[[str], None],
) -> str:
    told("everything in place")
    whole = measure(frozenset())
    ablated: dict[str, Record] = {}
    for name in names:
        told(f"without {name}")
        ablated[name] = measure(frozenset({name}))
    return format_ablations(whole, ablated, columns)


def format_ablations(whole: Record, ablated: Mapping[str, Record], columns: Sequence[str]) -> str:
    """A row a stage: how each figure moves when it is left out, a star where that is more than chance explains."""
    otherwise = {stage.name: stage.otherwise for stage in STAGES}
    rows = [["without", *columns, "p50 ms", "instead"]]
    figures = whole.figures[ALL]
    rows.append(["(nothing)", *(_value(figures[name].value) for name in columns), _ms(whole), ""])
    for name, record in ablated.items():
        moved = [_moved(whole, record, column) for column in columns]
        rows.append([name, *moved, _ms(record), otherwise.get(name, "all of the page is indexed")])
    last = max(len(row[-1]) for row in rows)
    rows = [[*row[:-1], row[-1].ljust(last)] for row in rows]
    legend = "Differences; * where the 95% interval of the paired bootstrap leaves out zero."
    return "\n".join([*(line.rstrip() for line in aligned(rows)), legend])


def _moved(whole: Record, without: Record, measure: str) -> str:
    before = {case.id: case.parts.get(measure, Part(0, 0)) for case in whole.cases}
    after = {case.id: case.parts.get(measure, Part(0, 0)) for case in without.cases}
    shared = [name for name in before if name in after]
    moved = paired_difference([after[name] for name in shared], [before[name] for name in shared])
    if moved is None:
        return "-"
    difference, interval = moved
    return f"{difference:+.3f}{'*' if interval.low > 0 or interval.high < 0 else ' '}"


def _value(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f} "


def _ms(record: Record) -> str:
    p50 = record.latency[ALL].p50_ms
    return "-" if p50 is None else f"{p50:.0f}"
