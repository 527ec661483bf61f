"""Boosted regression trees, evaluated: a few arrays and a loop, so that reading needs no learning library.

Weights are kept as JSON written by `app.reader.train`; a file that is damaged or of another version is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.errors import ReaderError

__all__ = ["Trees"]


@dataclass(frozen=True, slots=True)
class Trees:
    """A sum of trees over rows of features, squashed to 0..1 by the logistic function.

    All trees lie behind one another in flat arrays; a leaf has `feature` -1 and its value in `value`.
    """

    baseline: float
    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    depth: int

    def probability(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, features) to (n,) in 0..1; a value at most the threshold goes left, as in scikit-learn."""
        n = len(rows)
        if n == 0:
            return np.zeros(0, dtype=np.float32)
        at = np.repeat(self.roots[None, :], n, axis=0)
        row = np.arange(n)[:, None]
        for _ in range(self.depth):
            feature = self.feature[at]
            inner = feature >= 0
            goes_left = rows[row, np.maximum(feature, 0)] <= self.threshold[at]
            at = np.where(inner, np.where(goes_left, self.left[at], self.right[at]), at)
        total = self.baseline + self.value[at].sum(axis=1)
        return np.asarray(1.0 / (1.0 + np.exp(-total)), dtype=np.float32)

    def to_json(self) -> dict[str, object]:
        """Plain lists, floats rounded to six digits."""
        return {
            "baseline": round(self.baseline, 6),
            "roots": self.roots.tolist(),
            "feature": self.feature.tolist(),
            "threshold": [float(f"{x:.6g}") for x in self.threshold],
            "left": self.left.tolist(),
            "right": self.right.tolist(),
            "value": [float(f"{x:.5g}") for x in self.value],
            "depth": self.depth,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object], *, features: int) -> Trees:
        """The trees of `to_json`; ReaderError when arrays disagree or name a feature that does not exist."""
        try:
            trees = cls(
                float(_number(data["baseline"])),
                np.asarray(data["roots"], dtype=np.int32),
                np.asarray(data["feature"], dtype=np.int32),
                np.asarray(data["threshold"], dtype=np.float32),
                np.asarray(data["left"], dtype=np.int32),
                np.asarray(data["right"], dtype=np.int32),
                np.asarray(data["value"], dtype=np.float32),
                int(_number(data["depth"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ReaderError(f"the reader's trees are damaged ({error}): reinstall Dateline") from error
        size = len(trees.feature)
        arrays: Sequence[NDArray[np.int32]] = (trees.left, trees.right, trees.roots)
        sound = all(len(a) == size for a in (trees.threshold, trees.left, trees.right, trees.value))
        if (
            not sound
            or any(a.size and (a.min() < 0 or a.max() >= size) for a in arrays)
            or trees.feature.max() >= features
        ):
            raise ReaderError("the reader's trees are damaged (arrays disagree): reinstall Dateline")
        return trees


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)
