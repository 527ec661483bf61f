"""Fits the judge of app/llm/judge.py: boosted trees over the features of statements that people judged.

scikit-learn does the fitting (`pip install ".[train]"`); what is written is plain tables, read without it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.llm.features import FEATURES
from app.llm.judge import JUDGE_PATH

__all__ = ["fit_trees", "held_out_scores", "write_judge"]

_TREES, _DEPTH, _RATE, _SHARE, _LEAST = 200, 3, 0.05, 0.7, 8
_FOLDS = 8


def fit_trees(rows: NDArray[np.float64], carried: NDArray[np.bool_], weights: NDArray[np.float64]) -> object:
    """The fitted model; the same for the same rows."""
    from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(
        n_estimators=_TREES, max_depth=_DEPTH, learning_rate=_RATE, subsample=_SHARE, min_samples_leaf=_LEAST,
        random_state=0,
    )  # fmt: skip
    return model.fit(rows.astype(np.float32), carried, sample_weight=weights)


def held_out_scores(
    rows: NDArray[np.float64], carried: NDArray[np.bool_], weights: NDArray[np.float64], groups: Sequence[str]
) -> NDArray[np.float64]:
    """Of each row the chance that a model gives it that was fitted without the row's group."""
    from sklearn.model_selection import GroupKFold

    scores = np.zeros(len(rows))
    for fitted, left in GroupKFold(_FOLDS).split(rows, carried, list(groups)):
        model = fit_trees(rows[fitted], carried[fitted], weights[fitted])
        scores[left] = model.predict_proba(rows[left].astype(np.float32))[:, 1]  # type: ignore[attr-defined]
    return scores


def write_judge(model: object, threshold: float, path: Path = JUDGE_PATH) -> None:
    """Write the trees of `model` and the threshold, as app/llm/judge.py reads them."""
    trees = []
    for (stage,) in model.estimators_:  # type: ignore[attr-defined]
        t = stage.tree_
        trees.append([
            [int(f) if left >= 0 else -1, float(np.float32(s)) if left >= 0 else 0.0, int(left), int(right),
             round(float(v) * model.learning_rate, 6)]  # type: ignore[attr-defined]
            for f, s, left, right, v in zip(
                t.feature, t.threshold, t.children_left, t.children_right, t.value[:, 0, 0], strict=True)
        ])  # fmt: skip
    odds = model.init_.class_prior_[1]  # type: ignore[attr-defined]
    base = float(np.log(odds / (1 - odds)))
    told = {"features": FEATURES, "base": base, "threshold": threshold, "trees": trees}
    path.write_text(json.dumps(told, separators=(",", ":")) + "\n", encoding="utf-8")
