"""What a case expects is measured, nothing else is; and what goes wrong in any of it closes the gate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from app.answer import Abstention, Answer, Citation, Layout, Part, Provenance, Statement, Tally
from app.times import Timing
from evals.expected import Expectation, Window
from evals.form_metrics import shown, shown_days
from evals.form_scores import FORM_MEASURES, is_met, measure_expected
from evals.gate import objections, pin
from evals.gold import Evidence, GoldCase, Kind
from evals.metrics import Part as Share
from evals.page import render_page
from evals.record import ALL, Record
from evals.report import KS, MEASURES, build_report, format_misses, format_report
from evals.run import ask_all, score
from ingest.article import Span
from store import Filters

TEXT = "At least 12 people died. The toll rose to 47, the governor said."
FIRST, LATER = TEXT[:24], TEXT[25:]
AS_OF = dt.date(2023, 3, 31)
PROVENANCE = Provenance(1, "encoder", "reader", "settings", "extractive", AS_OF)
FEBRUARY = Window((dt.date(2023, 2, 1),), (dt.date(2023, 2, 28),))
N_OF_A_KIND = 10


def citation(marker: int, start: int, end: int) -> Citation:
    return Citation(marker, "quake.txt", start, end, TEXT[start:end], None, None, None, "none", "d1")


def differing(*, layout: Layout = "differing", parts: int = 2) -> Answer:
    """Both tolls, the later one marked, within February."""
    statements = (Statement(FIRST, (1,), "verbatim"), Statement(LATER, (2,), "verbatim", attribution="the governor"))
    sides = (Part("12 people", (1,), day=dt.date(2023, 2, 11)), Part("47", (2,), day=dt.date(2023, 2, 12), newest=True))
    filters = Filters(dt.date(2023, 2, 1), dt.date(2023, 2, 28), undated=False)
    return Answer(
        "q", "q", "47", statements, (citation(1, 0, 24), citation(2, 25, 64)), (), filters, 0.9, None, PROVENANCE,
        layout, sides[:parts], ("2 undated articles were left out.",), Timing("q"),
    )  # fmt: skip


def counted(number: int) -> Answer:
    tally = Tally("articles that mention the toll", "all articles", number, (("quake.txt", 0, 24),))
    said = Statement(f"{number} articles mention the toll.", (), "supported", tally)
    return Answer("q", "q", None, (said,), (), (), Filters(), 0.9, None, PROVENANCE, "count")


def declined() -> Answer:
    return Answer("q", "q", None, (), (), (), Filters(), 0.1, Abstention("They do not say.", "q"), PROVENANCE)


def case(kind: Kind, expect: Expectation | None, *, answers: Sequence[str] = (), name: str = "f1") -> GoldCase:
    evidence = () if kind == "count" else (Evidence("quake.txt", "47", (Span(42, 44),)),)
    return GoldCase(name, kind, f"{kind} {name}?", (), tuple(answers), evidence, "any", expect=expect)


TOLL = Expectation(windows=(FEBRUARY,), undated_left_out=2, sides=(("12",), ("47",)), newest="47", layout="differing")
COUNT = Expectation(count=1, files=1)


def test_a_case_that_expects_nothing_has_no_measures_of_form() -> None:
    assert measure_expected(case("fact", None, answers=["47"]), differing()) == {}


def test_what_is_expected_is_measured_and_nothing_else() -> None:
    met = measure_expected(case("disagreement", TOLL), differing())
    names = ("filters_read", "undated_told", "sides_shown", "newest_labelled", "in_layout")
    assert met == dict.fromkeys(names, Share(1, 1))


def test_an_error_meets_nothing() -> None:
    met = measure_expected(case("disagreement", TOLL), None)
    assert len(met) == 5
    assert not any(part.numerator for part in met.values())


def test_declining_shows_no_side_but_may_have_read_the_time() -> None:
    answer = replace(declined(), filters=differing().filters, notes=differing().notes)
    met = measure_expected(case("disagreement", TOLL), answer)
    assert {name for name, part in met.items() if part.numerator} == {"filters_read", "undated_told"}


def test_another_layout_is_measured_and_no_error() -> None:
    met = measure_expected(case("disagreement", TOLL), differing(layout="statements"))
    assert met["in_layout"] == Share(0, 1)
    assert is_met(met)


def test_a_side_that_is_not_shown_is_an_error() -> None:
    expect = replace(TOLL, sides=(("12",), ("47",), ("118",)))
    assert not is_met(measure_expected(case("disagreement", expect), differing()))


def test_what_is_excluded_counts_in_the_parts_where_there_are_parts() -> None:
    of = case("list", Expectation(items=(("12",), ("47",)), excluded=("governor",)))
    assert measure_expected(of, differing())["items_complete"] == Share(1, 1)
    assert measure_expected(of, differing(parts=0))["items_complete"] == Share(0, 1)


def test_sides_of_a_comparison_have_a_measure_of_their_own() -> None:
    met = measure_expected(case("comparison", Expectation(sides=(("12",), ("47",)))), differing())
    assert set(met) == {"comparison_shown"}


@pytest.mark.parametrize(
    ("expect", "measure"),
    [
        (Expectation(attribution="governor"), "attribution_kept"),
        (Expectation(speaker="the governor"), "speaker_named"),
        (Expectation(readings=(("12 people",), ("the toll",))), "readings_shown"),
        (Expectation(events=((dt.date(2023, 2, 11),), (dt.date(2023, 2, 12),))), "events_ordered"),
        (Expectation(items=(("12 people",), ("47",))), "items_complete"),
        (Expectation(definition="people died"), "definition_given"),
        (Expectation(short=("47",)), "short_right"),
        (Expectation(statements=(2, 5)), "length_right"),
        (Expectation(note="left out"), "note_given"),
        (Expectation(outlets=("the governor",)), "count_exact"),
    ],
)
def test_each_key_has_its_measure_and_declining_fails_it(expect: Expectation, measure: str) -> None:
    of = case("fact", expect)
    assert is_met({measure: measure_expected(of, differing())[measure]})
    if measure != "note_given":
        assert not is_met({measure: measure_expected(of, declined())[measure]})


def test_a_day_that_is_asked_for_may_stand_in_a_part() -> None:
    of = case("count", Expectation(), answers=["12 February 2023"])
    assert measure_expected(of, differing()) == {"count_exact": Share(1, 1)}
    assert "2023-02-11" in shown_days(differing())
    assert "12 February 2023" not in shown(differing())


def test_every_key_of_an_expectation_has_a_measure() -> None:
    full = Expectation(
        (FEBRUARY,), "newest", 1, (("a",),), "a", (("a",),), ("b",), 1, 1, 1, ("a",), "list", "a", "yes", "a",
        ((AS_OF,),), (("a",),), "a", "a", (1, 2), ("a",),
    )  # fmt: skip
    concerned = {*measure_expected(case("fact", full), None), *measure_expected(case("comparison", full), None)}
    assert concerned == set(FORM_MEASURES)


# --- planted faults ---

Plant = Callable[[Answer], Answer]


def measured(plant: Plant = lambda answer: answer) -> Record:
    """Ten disagreements, ten counts and ten follow-ups, all answered as they should be but for what is planted."""
    cases = [
        *(case("disagreement", TOLL, name=f"d{i}") for i in range(N_OF_A_KIND)),
        *(case("count", COUNT, name=f"c{i}") for i in range(N_OF_A_KIND)),
        *(replace(case("follow-up", Expectation(), answers=["47"], name=f"u{i}"), history=("How many died?",))
          for i in range(N_OF_A_KIND)),
    ]  # fmt: skip

    def ask(question: str, *, history: Sequence[str], as_of: dt.date | None = None) -> Answer:
        return plant(counted(1) if question.startswith("count") else differing())

    scores = [score(outcome, lambda source: TEXT, ks=KS) for outcome in ask_all(cases, ask)]
    return build_report(scores, title="", pins={})


def off_by_one(answer: Answer) -> Answer:
    return counted(2) if answer.layout == "count" else answer


def one_side(answer: Answer) -> Answer:
    if answer.layout == "count":
        return answer
    return replace(answer, statements=answer.statements[:1], citations=answer.citations[:1], parts=(), short=None)


def no_filters(answer: Answer) -> Answer:
    return replace(answer, filters=Filters())


def nothing_newest(answer: Answer) -> Answer:
    return replace(answer, parts=tuple(replace(p, newest=False) for p in answer.parts))


@pytest.mark.parametrize(
    ("plant", "measures"),
    [
        (off_by_one, {"count_exact", "form_as_expected"}),
        (one_side, {"sides_shown", "newest_labelled", "form_right", "follow_up_right"}),
        (no_filters, {"filters_read", "form_as_expected"}),
        (nothing_newest, {"newest_labelled"}),
    ],
)
def test_a_planted_fault_closes_the_gate(plant: Plant, measures: set[str]) -> None:
    baseline = pin(measured(), None)
    assert objections(measured(), baseline) == ()
    objected = objections(measured(plant), baseline)
    for measure in measures:
        assert any(f"floor broken: {measure} " in o for o in objected)
        assert any(f"by more than chance: {measure} " in o for o in objected)


def test_a_new_measure_gets_a_floor_a_little_below_its_figure() -> None:
    assert pin(measured(), None).floors["count_exact"] == 0.98


# --- the report ---


def test_figures_of_questions_of_words_are_not_touched_by_questions_that_expect_more() -> None:
    record = measured()
    assert record.figures[ALL]["as_expected"].n == 0
    assert record.figures[ALL]["form_as_expected"] == (1.0, (1.0, 1.0), 3 * N_OF_A_KIND)
    assert record.figures[ALL]["follow_up_right"].n == N_OF_A_KIND
    assert record.figures[ALL]["citation_exact"].n == 2 * N_OF_A_KIND


def test_what_is_right_and_not_in_the_form_asked_for_is_lost_there() -> None:
    lost = {case.kind: case.lost_at for case in measured(no_filters).cases}
    assert lost == {"disagreement": "form", "count": None, "follow-up": None}


def test_the_table_tells_both_kinds_of_questions_apart() -> None:
    row = next(line for line in format_report(measured()).splitlines() if line.startswith("count "))
    assert row.split()[:4] == ["count", "0", "-", "10"]


def test_misses_name_what_is_not_met() -> None:
    record = measured(no_filters)
    assert "not met: filters_read" in format_misses(record)
    assert "<dt>Not met</dt><dd>Filters read</dd>" in render_page(record)


def test_a_question_that_expects_a_form_alone_is_not_shown_as_one_to_be_declined() -> None:
    assert "to be declined" not in render_page(measured(off_by_one))


def test_latency_leaves_out_what_asks_its_history_again() -> None:
    record = measured()
    assert record.latency["count"].p50_ms is not None
    assert record.latency["follow-up"].p50_ms is None


def test_every_measure_has_one_function() -> None:
    assert set(FORM_MEASURES) <= set(MEASURES)


def test_the_day_of_asking_is_handed_on() -> None:
    asked: list[dt.date | None] = []

    def ask(question: str, *, history: Sequence[str], as_of: dt.date | None = None) -> Answer:
        asked.append(as_of)
        return declined()

    ask_all([case("fact", None, answers=["47"]), replace(case("time", None, answers=["47"]), as_of=AS_OF)], ask)
    assert asked == [None, AS_OF]
