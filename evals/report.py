"""Scores become figures with intervals, by kind: printed as a table, written as JSON, compared with the baseline.

The baseline pins the digests of the gold file and of the articles beside its floors. Figures measured on other
questions or other articles are never compared with it: that is a drift, to be reviewed, not a pass.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from evals.gold import KINDS
from evals.metrics import (
    Interval,
    Part,
    abstention_f1,
    abstention_precision,
    abstention_recall,
    bootstrap_interval,
    mean_part,
    percentile,
    pooled,
)
from evals.run import Score
from ingest.errors import UsageError

__all__ = [
    "ALL",
    "KS",
    "Baseline",
    "BrokenFloor",
    "Figure",
    "Report",
    "broken_floors",
    "build_report",
    "drifts",
    "format_misses",
    "format_report",
    "load_baseline",
    "pin",
    "report_to_dict",
    "write_baseline",
]

ALL = "all"
KS = (1, 5, 10)
# A new floor stands this far below its figure: two questions of a hundred may turn before the gate closes.
FLOOR_MARGIN = 0.02
# These are laws, so their floor is 1 whatever was measured.
LAWS = frozenset({"citation_exact", "completed"})


def _recall_at(k: int) -> Callable[[Score], Part]:
    return lambda s: mean_part(dict(s.recall).get(k))


MEASURES: Mapping[str, Callable[[Score], Part]] = {
    "as_expected": lambda s: mean_part(float(s.as_expected)),
    "right": lambda s: mean_part(s.right),
    "contains": lambda s: mean_part(s.found),
    "token_f1": lambda s: mean_part(s.token_f1),
    **{f"recall_at_{k}": _recall_at(k) for k in KS},
    "reciprocal_rank": lambda s: mean_part(s.reciprocal_rank),
    "citation_exact": lambda s: s.exact,
    "citation_precision": lambda s: s.cited,
    "citation_recall": lambda s: s.evidenced,
    "abstention_precision": lambda s: abstention_precision(declined=s.declined, answerable=s.case.answerable),
    "abstention_recall": lambda s: abstention_recall(declined=s.declined, answerable=s.case.answerable),
    "abstention_f1": lambda s: abstention_f1(declined=s.declined, answerable=s.case.answerable),
    "completed": lambda s: mean_part(float(s.error is None)),
}
COLUMNS = {
    "right": "right",
    "abstention_recall": "declined",
    "contains": "words",
    "token_f1": "F1",
    "recall_at_5": "R@5",
    "reciprocal_rank": "MRR",
    "citation_precision": "cit.P",
    "citation_recall": "cit.R",
}


class Figure(NamedTuple):
    """A measure over cases: None when it concerns none of them. `n` counts the cases that it concerns."""

    value: float | None
    interval: Interval | None
    n: int


class Latency(NamedTuple):
    """Percentiles of one ask, in milliseconds; None of no cases."""

    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured. `figures` and `latency` are by kind (`ALL` first, then the kinds that occur), then measure."""

    scores: tuple[Score, ...]
    figures: Mapping[str, Mapping[str, Figure]]
    latency: Mapping[str, Latency]
    gold_digest: str
    articles_digest: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The figures last reviewed, what they were measured on, and the floors below which the evals fail."""

    gold_digest: str
    articles_digest: str
    figures: Mapping[str, float]
    floors: Mapping[str, float]


class BrokenFloor(NamedTuple):
    """A measure below its floor, or one that could not be measured (None)."""

    measure: str
    floor: float
    value: float | None


def build_report(scores: Sequence[Score], *, gold_digest: str, articles_digest: str) -> Report:
    """The figures of `scores`, over all of them and by kind."""
    groups = {ALL: tuple(scores)}
    groups |= {kind: found for kind in KINDS if (found := tuple(s for s in scores if s.case.kind == kind))}
    return Report(
        scores=tuple(scores),
        figures={name: {m: _figure(group, part) for m, part in MEASURES.items()} for name, group in groups.items()},
        latency={name: _latency(group) for name, group in groups.items()},
        gold_digest=gold_digest,
        articles_digest=articles_digest,
    )


def _figure(scores: Sequence[Score], part: Callable[[Score], Part]) -> Figure:
    parts = [part(score) for score in scores]
    return Figure(pooled(parts), bootstrap_interval(parts), sum(bool(p.denominator) for p in parts))


def _latency(scores: Sequence[Score]) -> Latency:
    times = [1000 * score.seconds for score in scores]
    return Latency(percentile(times, 50), percentile(times, 95))


# --- the baseline -------------------------------------------------------------------------------------------


def load_baseline(path: Path) -> Baseline:
    """The baseline at `path`.

    Raises:
        UsageError: it cannot be read, or is not what `write_baseline` writes.
    """
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        baseline = Baseline(
            gold_digest=str(row["gold_digest"]),
            articles_digest=str(row["articles_digest"]),
            figures={str(name): float(value) for name, value in row["figures"].items()},
            floors={str(name): float(value) for name, value in row["floors"].items()},
        )
    except OSError as error:
        raise UsageError(f"reading the baseline {path}: {error}; --update-baseline writes one") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"the baseline {path} is malformed: {error!r}; --update-baseline writes one") from error
    if unknown := sorted(baseline.floors.keys() - MEASURES.keys()):
        raise UsageError(f"the baseline {path} has a floor for {unknown[0]!r}; measures: {', '.join(MEASURES)}")
    return baseline


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write `baseline` as JSON with a stable order, so that a change reads as a diff."""
    row = {
        "gold_digest": baseline.gold_digest,
        "articles_digest": baseline.articles_digest,
        "figures": {name: round(value, 4) for name, value in baseline.figures.items()},
        "floors": dict(baseline.floors),
    }
    path.write_text(json.dumps(row, indent=2) + "\n", encoding="utf-8")


def pin(report: Report, known: Baseline | None) -> Baseline:
    """The baseline of `report`. Floors of `known` are kept as they are: moving one is an edit, never a side effect.

    A measure without a floor gets one a little below its figure; a law gets 1.
    """
    figures = {name: figure.value for name, figure in report.figures[ALL].items() if figure.value is not None}
    floors = dict(known.floors) if known else {}
    for name, value in figures.items():
        below = max(0.0, math.floor(round(100 * (value - FLOOR_MARGIN), 6)) / 100)
        floors.setdefault(name, 1.0 if name in LAWS else below)
    return Baseline(report.gold_digest, report.articles_digest, figures, floors)


def drifts(report: Report, baseline: Baseline) -> tuple[str, ...]:
    """What differs from what the baseline was measured on, a sentence each; empty when nothing does."""
    pairs = [
        ("the gold file", report.gold_digest, baseline.gold_digest),
        ("the articles", report.articles_digest, baseline.articles_digest),
    ]
    return tuple(
        f"{what} changed since the baseline was pinned ({pinned[:12]} is now {now[:12]}); "
        "review the figures and run dateline eval --update-baseline"
        for what, now, pinned in pairs
        if now != pinned
    )


def broken_floors(report: Report, baseline: Baseline) -> tuple[BrokenFloor, ...]:
    """The floors that `report` falls below. A measure with a floor and no value is broken too."""
    values = {name: report.figures[ALL][name].value for name in baseline.floors}
    return tuple(
        BrokenFloor(name, floor, values[name])
        for name, floor in baseline.floors.items()
        if (value := values[name]) is None or value < floor - 1e-9
    )


# --- for people and machines --------------------------------------------------------------------------------


def format_report(report: Report) -> str:
    """The figures as text: a row a kind, then every measure over all questions with its 95% interval."""
    head = ["kind", "n", "as expected", *COLUMNS.values(), "p50 ms", "p95 ms"]
    rows = [head, *(_row(kind, report) for kind in [*report.figures][1:]), _row(ALL, report)]
    lines = _aligned(rows)
    lines.insert(-1, "-" * max(map(len, lines)))
    measures = [["measure", "value", "95% interval", "n"]]
    for name, figure in report.figures[ALL].items():
        measures.append([name, _number(figure.value), _interval(figure.interval), str(figure.n)])
    errors = _errors(report.scores)
    return "\n".join([*lines, "", *_aligned(measures), *([""] if errors else []), *errors])


def _errors(scores: Sequence[Score]) -> list[str]:
    """A line for each distinct error, with every question that met it."""
    met: dict[str, list[str]] = {}
    for s in scores:
        if s.error:
            met.setdefault(s.error, []).append(s.case.id)
    return [f"error in {len(ids)} of {len(scores)} questions: {error} ({', '.join(ids)})" for error, ids in met.items()]


def _row(kind: str, report: Report) -> list[str]:
    figures, latency = report.figures[kind], report.latency[kind]
    expected = figures["as_expected"]
    return [
        kind,
        str(expected.n),
        f"{_number(expected.value)} {_interval(expected.interval)}",
        *(_number(figures[name].value) for name in COLUMNS),
        *("-" if t is None else f"{t:.0f}" for t in latency),
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(interval: Interval | None) -> str:
    return "" if interval is None else f"[{interval.low:.2f}, {interval.high:.2f}]"


def format_misses(report: Report) -> str:
    """Every case that did not go as expected: what was asked, expected and said."""
    lines: list[str] = []
    for s in (s for s in report.scores if not s.as_expected):
        expected = f"{s.case.need} of {' | '.join(s.case.answers)}" if s.case.answerable else "decline"
        why = s.error or ("declined" if s.declined else f"words {_yes(s.found)}, evidence {_yes(s.evidenced[0])}")
        asked = " → ".join([*s.case.history, s.case.question])
        lines += [f"{s.case.id} {s.case.kind}: {asked}", f"    expected: {expected}", f"    got ({why}): {s.said}"]
    return "\n".join(lines)


def _yes(value: object) -> str:
    return "yes" if value else "no"


def report_to_dict(report: Report) -> dict[str, object]:
    """The report as plain JSON types: digests, figures and latency by kind, and a row a case."""
    return {
        "gold_digest": report.gold_digest,
        "articles_digest": report.articles_digest,
        "figures": {
            kind: {
                name: {"value": f.value, "interval": None if f.interval is None else list(f.interval), "n": f.n}
                for name, f in figures.items()
            }
            for kind, figures in report.figures.items()
        },
        "latency": {kind: latency._asdict() for kind, latency in report.latency.items()},
        "cases": [_case(score) for score in report.scores],
    }


def _case(s: Score) -> dict[str, object]:
    return {
        "id": s.case.id,
        "kind": s.case.kind,
        "question": s.case.question,
        "history": list(s.case.history),
        "answers": list(s.case.answers),
        "as_expected": s.as_expected,
        "declined": s.declined,
        "error": s.error,
        "text": s.said,
        "short": s.short,
        "seconds": round(s.seconds, 4),
    }
