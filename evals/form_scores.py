"""What an answer meets of what its gold case expects, by measure: a Part for each, nothing for what is not expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from app.answer import Answer, Statement
from evals import form_metrics as forms
from evals.expected import Expectation
from evals.gold import GoldCase
from evals.metrics import Part, contains

__all__ = ["FORM_MEASURES", "is_met", "measure_expected", "unmet"]

# Not needed for an answer to be as expected: the same facts in another layout are no error, and a list that is complete
# may hold more than its case knows of.
_BESIDE = frozenset({"items_f1", "in_layout"})


def measure_expected(case: GoldCase, answer: Answer | None) -> Mapping[str, Part]:
    """What `answer` adds to each measure that concerns `case`; None, an error, meets nothing."""
    if case.expect is None:
        return {}
    concerning = {name: m for name, m in FORM_MEASURES.items() if m.concerns(case, case.expect)}
    if answer is None:
        return dict.fromkeys(concerning, Part(0, 1))
    met = {name: m.met(case, case.expect, answer) for name, m in concerning.items()}
    return {name: Part(was, 1) if isinstance(was, bool) else was for name, was in met.items()}


def is_met(parts: Mapping[str, Part]) -> bool:
    """Whether all of it is met, layout and surplus items aside."""
    return all(part.numerator >= part.denominator for name, part in parts.items() if name not in _BESIDE)


def unmet(parts: Mapping[str, Part]) -> tuple[str, ...]:
    """The measures of form in which something is missing, in their order."""
    return tuple(name for name in FORM_MEASURES if name in parts and parts[name].numerator < parts[name].denominator)


class _Measure(NamedTuple):
    """Whether a case expects something of the kind, and whether, or how far, an answer meets it."""

    concerns: Callable[[GoldCase, Expectation], bool]
    met: Callable[[GoldCase, Expectation, Answer], bool | Part]


def _statements(answer: Answer) -> tuple[Statement, ...]:
    return () if answer.abstained else answer.statements


def _filters_read(case: GoldCase, expect: Expectation, answer: Answer) -> bool:
    return forms.filters_read(
        answer.filters,
        answer.timing.order,
        windows=expect.windows,
        expected=expect.order,
        as_of=answer.provenance.as_of,
    )


def _counts(expect: Expectation) -> bool:
    return any(number is not None for number in (expect.count, expect.files, expect.stories))


def _count_exact(case: GoldCase, expect: Expectation, answer: Answer) -> bool:
    """All that is counted is right: numbers, outlets, and the day where it is asked when something was mentioned."""
    words = forms.shown(answer)
    dated = f"{words}\n{forms.shown_days(answer)}"
    tallies = [s.tally for s in _statements(answer) if s.tally is not None]
    return (
        not answer.abstained
        and (not case.answers or contains(dated, case.answers, need=case.need))
        and (
            not expect.outlets
            or forms.outlets_exact(words, expect.outlets, n_excluded=forms.n_excluded(answer, expect.excluded))
        )
        and (
            not _counts(expect)
            or forms.count_exact(tallies, count=expect.count, files=expect.files, stories=expect.stories)
        )
    )


# By the name of the measure, in the order of the report.
FORM_MEASURES: Mapping[str, _Measure] = {
    "filters_read": _Measure(lambda c, e: bool(e.windows) or e.order is not None, _filters_read),
    "undated_told": _Measure(
        lambda c, e: e.undated_left_out is not None,
        lambda c, e, a: forms.undated_told(a.notes, e.undated_left_out or 0),
    ),
    "sides_shown": _Measure(
        lambda c, e: bool(e.sides) and c.kind != "comparison", lambda c, e, a: forms.all_shown(forms.shown(a), e.sides)
    ),
    "newest_labelled": _Measure(
        lambda c, e: e.newest is not None, lambda c, e, a: forms.newest_labelled(a.parts, e.newest or "")
    ),
    "comparison_shown": _Measure(
        lambda c, e: bool(e.sides) and c.kind == "comparison", lambda c, e, a: forms.all_shown(forms.shown(a), e.sides)
    ),
    "readings_shown": _Measure(
        lambda c, e: bool(e.readings), lambda c, e, a: forms.all_shown(forms.shown(a), e.readings)
    ),
    "count_exact": _Measure(lambda c, e: c.kind == "count" or _counts(e) or bool(e.outlets), _count_exact),
    "items_complete": _Measure(
        lambda c, e: bool(e.items),
        lambda c, e, a: forms.all_shown(forms.shown(a), e.items) and not forms.n_excluded(a, e.excluded),
    ),
    "items_f1": _Measure(
        lambda c, e: bool(e.items),
        lambda c, e, a: forms.items_f1(
            forms.shown(a), a.parts, items=e.items, n_excluded=forms.n_excluded(a, e.excluded)
        ),
    ),
    "events_ordered": _Measure(
        lambda c, e: bool(e.events), lambda c, e, a: forms.events_ordered([p.day for p in a.parts], e.events)
    ),
    "attribution_kept": _Measure(
        lambda c, e: e.attribution is not None,
        lambda c, e, a: forms.attribution_kept(_statements(a), e.attribution or ""),
    ),
    "speaker_named": _Measure(
        lambda c, e: e.speaker is not None,
        lambda c, e, a: forms.speaker_named(forms.shown(a), _statements(a), e.speaker or ""),
    ),
    "yes_no_right": _Measure(
        lambda c, e: e.yes_no is not None,
        lambda c, e, a: e.yes_no is not None and forms.yes_no_right(a.short, e.yes_no),
    ),
    "definition_given": _Measure(
        lambda c, e: e.definition is not None, lambda c, e, a: contains(forms.shown(a), [e.definition or ""])
    ),
    "short_right": _Measure(lambda c, e: bool(e.short), lambda c, e, a: contains(a.short or "", e.short)),
    "length_right": _Measure(
        lambda c, e: e.statements is not None,
        lambda c, e, a: e.statements is not None and forms.length_right(_statements(a), e.statements),
    ),
    "note_given": _Measure(
        lambda c, e: e.note is not None, lambda c, e, a: contains("\n".join(a.notes), [e.note or ""])
    ),
    "in_layout": _Measure(lambda c, e: e.layout is not None, lambda c, e, a: a.layout == e.layout and not a.abstained),
}
