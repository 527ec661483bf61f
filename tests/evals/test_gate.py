from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from evals.gate import (
    Baseline,
    broken_floors,
    changes,
    drifts,
    load_baseline,
    objections,
    pin,
    write_baseline,
)
from evals.metrics import Part
from evals.record import Case, Record, build_record
from ingest.errors import UsageError

MEASURES = ("right", "citation_exact")


def case(name: str, right: float, exact: tuple[float, float] = (1, 1)) -> Case:
    parts = {"right": Part(right, 1), "citation_exact": Part(*exact)}
    return Case(
        name, "fact", "Who?", (), ("Ana",), "Ana", None, False, right == 1, right == 1, 0.9, 0.1, None, None, (), 1,
        (), parts,
    )  # fmt: skip


def record(rights: Mapping[str, float], **pins: str) -> Record:
    cases = [case(name, right) for name, right in rights.items()]
    return build_record("some", cases, measures=MEASURES, kinds=("fact",), pins=pins)


def of(n_right: int, n: int) -> Record:
    return record({f"q{i}": float(i < n_right) for i in range(n)})


def baseline(**floors: float) -> Baseline:
    return Baseline({}, {}, floors, {})


def test_a_floor_is_broken_below_it_and_not_at_it() -> None:
    broken = broken_floors(of(1, 2), baseline(right=0.5, citation_exact=1.1))
    assert broken == (("citation_exact", 1.1, 1.0),)


def test_a_floor_without_a_figure_is_broken() -> None:
    assert broken_floors(of(1, 2), baseline(recall=0.5)) == (("recall", 0.5, None),)


def test_a_changed_pin_is_a_drift() -> None:
    known = replace(baseline(), pins={"gold": "aaa", "models": "bbb"})
    assert drifts(record({"q": 1}, gold="aaa", models="bbb"), known) == ()
    (sentence,) = drifts(record({"q": 1}, gold="aaa", models="ccc"), known)
    assert "models changed since the baseline was pinned (bbb is now ccc)" in sentence


def test_a_pin_that_went_away_or_came_is_a_drift() -> None:
    assert len(drifts(record({"q": 1}, gold="a"), replace(baseline(), pins={"models": "b"}))) == 2


def test_new_floors_stand_a_little_below_the_figures_and_laws_at_one() -> None:
    floors = pin(of(2, 3), None).floors
    assert floors["right"] == 0.64  # 0.667 - 0.02, cut to two places
    assert floors["citation_exact"] == 1.0


def test_pinning_moves_no_floor_that_is_there() -> None:
    assert pin(of(1, 2), baseline(right=0.9)).floors["right"] == 0.9


def test_a_baseline_survives_being_written(tmp_path: Path) -> None:
    known = pin(of(2, 4), None)
    write_baseline(tmp_path / "baseline.json", known)
    assert load_baseline(tmp_path / "baseline.json", measures=MEASURES) == known


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"pins": {}, "figures": 1, "floors": 2, "parts": {}}'])
def test_a_malformed_baseline_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"baseline\.json is malformed"):
        load_baseline(path, measures=MEASURES)


def test_a_floor_for_an_unknown_measure_is_named(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, baseline(rihgt=0.5))
    with pytest.raises(UsageError, match="'rihgt'"):
        load_baseline(path, measures=MEASURES)


# --- question by question ---


def test_the_same_run_is_no_change_and_opens_the_gate() -> None:
    run = of(60, 90)
    (moved,) = changes(run, pin(run, None))
    assert (moved.difference, moved.interval.low, moved.interval.high) == (0, 0, 0)
    assert objections(run, pin(run, None)) == ()


def test_a_run_of_thirds_is_no_change_from_what_was_written_of_it(tmp_path: Path) -> None:
    run = record({f"q{i}": 2 / 3 for i in range(40)})
    write_baseline(tmp_path / "baseline.json", pin(run, None))
    (moved,) = changes(run, load_baseline(tmp_path / "baseline.json", measures=MEASURES))
    assert not moved.is_loss
    assert moved.difference == 0


def test_losing_one_question_is_within_chance_and_losing_eight_is_not() -> None:
    known = pin(of(60, 90), None)
    assert objections(of(59, 90), known) == ()
    (change,) = changes(of(52, 90), known)
    assert change.is_loss
    assert change.difference == pytest.approx(-8 / 90)
    assert any("worse than the baseline by more than chance: right" in o for o in objections(of(52, 90), known))


def test_as_many_won_as_lost_is_no_loss() -> None:
    before = record({f"q{i}": float(i < 45) for i in range(90)})
    after = record({f"q{i}": float(10 <= i < 55) for i in range(90)})
    (change,) = changes(after, pin(before, None))
    assert change.difference == 0
    assert not change.is_loss


def test_a_gain_is_never_objected_to() -> None:
    assert objections(of(90, 90), pin(of(60, 90), None)) == ()


def test_questions_that_one_side_lacks_are_not_compared() -> None:
    (change,) = changes(of(90, 120), pin(of(90, 100), None))
    assert change.n == 100


def test_a_law_is_not_compared_but_kept_by_its_floor() -> None:
    known = pin(of(1, 2), None)
    assert "citation_exact" not in known.parts
    shifted = build_record("some", [case("q0", 1, (0, 1)), case("q1", 0)], measures=MEASURES, kinds=(), pins={})
    assert any("citation_exact" in sentence for sentence in objections(shifted, known))
