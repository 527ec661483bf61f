"""The recipe on tiny made-up data: it finishes, keeps its promises about held-out archives, and its trees read back."""

from __future__ import annotations

import random

import numpy as np
import pytest

from app.reader.train import _fit, export, is_held_out, make_cases

PARAGRAPHS = [
    {
        "context": f"The harbour of Town{i} was built in 18{i:02d}. Its keeper is Keeper{i} Berg. Boats leave at dawn.",
        "qas": [
            {
                "question": f"Who keeps the harbour of Town{i}?",
                "answers": [{"text": f"Keeper{i} Berg", "answer_start": 53}],
            },
            {
                "question": f"When was the harbour of Town{i} built?",
                "answers": [{"text": f"18{i:02d}", "answer_start": 33}],
            },
        ],
    }
    for i in range(10, 40)
]


def cases() -> list[object]:
    return list(make_cases("made up", PARAGRAPHS, random.Random(1), 1.0, ["engine", "ballot"]))  # type: ignore[arg-type]


def test_every_way_of_asking_occurs() -> None:
    assert {c.variant for c in cases()} == {  # type: ignore[attr-defined]
        "as asked",
        "sentence removed",
        "paragraph removed",
        "swapped",
        "reworded",
    }


def test_an_unanswerable_case_has_no_gold_and_its_answer_is_gone() -> None:
    for case in cases():
        if case.variant in ("sentence removed", "paragraph removed"):  # type: ignore[attr-defined]
            assert not case.gold  # type: ignore[attr-defined]
            town = case.question.split("Town")[1][:2]  # type: ignore[attr-defined]
            rest = " ".join(s for p in case.archive for s in p.sentences)  # type: ignore[attr-defined]
            assert f"Keeper{town}" not in rest or "When" in case.question  # type: ignore[attr-defined]


def test_an_answerable_case_points_at_the_sentence_that_holds_the_answer() -> None:
    for case in cases():
        if case.variant == "as asked":  # type: ignore[attr-defined]
            said = [case.archive[p].sentences[s] for p, s in case.gold]  # type: ignore[attr-defined]
            word = "Keeper" if case.question.startswith("Who") else "18"  # type: ignore[attr-defined]
            assert all(word in s for s in said)


def test_about_a_third_of_the_archives_is_held_out() -> None:
    held = sum(is_held_out(f"archive {i}") for i in range(900))
    assert 240 < held < 360


def test_exported_trees_agree_with_the_fitted_ones() -> None:
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(600, 5)).astype(np.float32)
    labels = rows[:, 1] + 0.3 * rows[:, 3] > 0
    model = _fit(rows, labels, 1, leaves=8, rounds=20)
    np.testing.assert_allclose(export(model).probability(rows), model.predict_proba(rows)[:, 1], atol=1e-5)
