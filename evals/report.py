"""Scores of the gold questions become a record, and a record a table for people.

What each question adds to each measure is worked out here, once; everything after goes by the record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from evals.form_scores import FORM_MEASURES, unmet
from evals.gold import KINDS
from evals.lookup import KIND, LOOKUPS
from evals.metrics import Interval, Part, abstention_f1, abstention_precision, abstention_recall, mean_part
from evals.record import ALL, STAGES, Case, Record, build_record
from evals.run import Score

__all__ = [
    "KS",
    "MEASURES",
    "aligned",
    "build_report",
    "figure_rows",
    "format_misses",
    "format_report",
    "format_stages",
]

KS = (1, 5, 10)


NOTHING = Part(0, 0)


def _recall_at(k: int) -> Callable[[Score], Part]:
    return lambda s: mean_part(dict(s.recall).get(k))


# Of questions that expect words and evidence alone: over the same ones from the first run on, whatever is added.
_OF_WORDS: Mapping[str, Callable[[Score], Part]] = {
    "as_expected": lambda s: mean_part(float(s.as_expected)),
    "right": lambda s: mean_part(s.right),
    "contains": lambda s: mean_part(s.found),
    "token_f1": lambda s: mean_part(s.token_f1),
    **{f"recall_at_{k}": _recall_at(k) for k in KS},
    "reciprocal_rank": lambda s: mean_part(s.reciprocal_rank),
    "citation_precision": lambda s: s.cited,
    "citation_recall": lambda s: s.evidenced,
    "abstention_precision": lambda s: abstention_precision(declined=s.declined, answerable=s.case.answerable),
    "abstention_recall": lambda s: abstention_recall(declined=s.declined, answerable=s.case.answerable),
    "abstention_f1": lambda s: abstention_f1(declined=s.declined, answerable=s.case.answerable),
}
# Of questions that expect more: filters, sides, counts, an order.
_OF_FORM: Mapping[str, Callable[[Score], Part]] = {
    "form_as_expected": lambda s: mean_part(float(s.as_expected)),
    "form_right": lambda s: mean_part(s.right),
    "form_declined": lambda s: abstention_recall(declined=s.declined, answerable=s.case.answerable),
    "form_recall_at_5": _recall_at(5),
}
_OF_ALL: Mapping[str, Callable[[Score], Part]] = {
    "follow_up_right": lambda s: mean_part(s.right) if s.case.kind == "follow-up" else NOTHING,
    "citation_exact": lambda s: s.exact,
    "completed": lambda s: mean_part(float(s.error is None)),
}


def _concerning(measure: Callable[[Score], Part], *, with_expectation: bool) -> Callable[[Score], Part]:
    return lambda s: measure(s) if (s.case.expect is not None) is with_expectation else NOTHING


def _met(name: str) -> Callable[[Score], Part]:
    return lambda s: s.met.get(name, NOTHING)


MEASURES: Mapping[str, Callable[[Score], Part]] = {
    **{name: _concerning(measure, with_expectation=False) for name, measure in _OF_WORDS.items()},
    **_OF_ALL,
    **{name: _concerning(measure, with_expectation=True) for name, measure in _OF_FORM.items()},
    **{name: _met(name) for name in FORM_MEASURES},
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


def build_report(
    scores: Sequence[Score],
    *,
    title: str,
    pins: Mapping[str, str],
    notes: Mapping[str, str] | None = None,
    lookups: Sequence[Case] = (),
) -> Record:
    """The record of `scores`: figures over all of them and by kind; `lookups` are cases of the invented archive."""
    cases = [*(_case(score) for score in scores), *lookups]
    measures = [*MEASURES, *(LOOKUPS if lookups else ())]
    return build_record(title, cases, measures=measures, kinds=(*KINDS, KIND), pins=pins, notes=notes)


def _case(s: Score) -> Case:
    parts = {name: part for name, measure in MEASURES.items() if (part := measure(s)).denominator}
    return Case(
        id=s.case.id,
        kind=s.case.kind,
        question=s.case.question,
        history=s.case.history,
        expected=s.case.answers,
        said=s.said,
        short=s.short,
        declined=s.declined,
        right=s.right,
        as_expected=s.as_expected,
        confidence=s.confidence,
        seconds=s.seconds,
        error=s.error,
        lost_at=s.lost_at,
        evidence=s.evidence_places,
        evidence_rank=s.evidence_rank,
        cited=s.cited_places,
        parts=parts,
    )


# --- for people and machines --------------------------------------------------------------------------------


def format_report(record: Record) -> str:
    """The figures as text: a row a kind, then every measure over all questions with its 95% interval.

    A row tells first how the questions went that expect words and evidence alone, then those that expect more.
    """
    head = ["kind", "n", "as expected", "n", "form as expected", *COLUMNS.values(), "p50 ms", "p95 ms"]
    rows = [head, *(_row(kind, record) for kind in [*record.figures][1:]), _row(ALL, record)]
    lines = aligned(rows)
    lines.insert(-1, "-" * max(map(len, lines)))
    errors = _errors(record.cases)
    return "\n".join([*lines, "", *aligned(figure_rows(record)), *([""] if errors else []), *errors])


def figure_rows(record: Record) -> list[list[str]]:
    """Every measure over all questions with its interval, under a head, for `aligned`."""
    rows = [["measure", "value", "95% interval", "n"]]
    for name, figure in record.figures[ALL].items():
        rows.append([name, _number(figure.value), _interval(figure.interval), str(figure.n)])
    return rows


def _errors(cases: Sequence[Case]) -> list[str]:
    """A line for each distinct error, with every question that met it."""
    met: dict[str, list[str]] = {}
    for case in cases:
        if case.error:
            met.setdefault(case.error, []).append(case.id)
    return [f"error in {len(ids)} of {len(cases)} questions: {error} ({', '.join(ids)})" for error, ids in met.items()]


def _row(kind: str, record: Record) -> list[str]:
    figures, latency = record.figures[kind], record.latency[kind]
    expected = [figures[name] for name in ("as_expected", "form_as_expected")]
    return [
        kind,
        *(cell for f in expected for cell in (str(f.n), f"{_number(f.value)} {_interval(f.interval)}")),
        *(_number(figures[name].value) for name in COLUMNS),
        *("-" if t is None else f"{t:.0f}" for t in latency),
    ]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines of text: the first column left, the others right, each as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(interval: Interval | None) -> str:
    return "" if interval is None else f"[{interval.low:.2f}, {interval.high:.2f}]"


def format_misses(record: Record) -> str:
    """Every case that did not go as expected: what was asked, expected and said, and where it was lost."""
    lines: list[str] = []
    for c in (c for c in record.cases if not c.as_expected):
        expected = " | ".join(c.expected) or ("decline" if c.right is None else "what is not met")
        asked = " → ".join([*c.history, c.question])
        why = c.error or (STAGES[c.lost_at] if c.lost_at else "")
        said = [f"    got: {c.said}"] + ([f"    withheld: {c.withheld}"] if c.withheld else [])
        said += [f"    not met: {', '.join(names)}"] if (names := unmet(c.parts)) else []
        lines += [f"{c.id} {c.kind}: {asked}", f"    expected: {expected}", f"    {why}", *said]
    return "\n".join(lines)


def format_stages(record: Record) -> str:
    """How many questions were lost at each stage, in the order of the stages; empty when none was."""
    lost = Counter(c.lost_at for c in record.cases if c.lost_at)
    rows = [[f"{stage}", f"{lost[stage]}", f"{lost[stage] / len(record.cases):.3f}"] for stage in STAGES if lost[stage]]
    return "\n".join(aligned([["lost at", "n", "share"], *rows])) if rows else ""
