"""Whether words carry a statement, 0..1, out of the features of app/llm/features.py: boosted trees, fitted beforehand.

`dateline eval llm --fit` fits them again (app/llm/fit.py); docs/language-models.md says on what, and how they do.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.llm.features import FEATURES
from ingest.errors import ReaderError

__all__ = ["JUDGE_PATH", "SupportJudge", "load_support_judge"]

JUDGE_PATH = Path(__file__).with_name("judge.json")


@dataclass(frozen=True, slots=True)
class SupportJudge:
    """Trees as flat tables: of each node the feature it splits on (-1 in a leaf), where, its children, its value."""

    base: float
    trees: tuple[tuple[tuple[int, float, int, int, float], ...], ...]
    threshold: float
    digest: str

    def sure(self, row: NDArray[np.float64]) -> float:
        """The chance that the statement of these features is carried."""
        total = self.base + sum(_leaf(tree, row) for tree in self.trees)
        return 1.0 / (1.0 + math.exp(-total))


def _leaf(tree: tuple[tuple[int, float, int, int, float], ...], row: NDArray[np.float64]) -> float:
    node = 0
    while True:
        feature, split, left, right, value = tree[node]
        if feature < 0:
            return value
        node = left if np.float32(row[feature]) <= split else right


@lru_cache(maxsize=2)
def load_support_judge(path: Path = JUDGE_PATH) -> SupportJudge:
    """The fitted judge.

    Raises:
        ReaderError: the file is missing, damaged, or was fitted on other features.
    """
    try:
        data = path.read_bytes()
        told = json.loads(data)
        if tuple(told["features"]) != FEATURES:
            raise ReaderError(f"{path.name} was fitted on other features: fit it again, or reinstall Dateline")
        trees = tuple(tuple((int(f), float(s), int(a), int(b), float(v)) for f, s, a, b, v in t) for t in told["trees"])
        digest = hashlib.sha256(data).hexdigest()[:16]
        return SupportJudge(float(told["base"]), trees, float(told["threshold"]), digest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderError(f"the weights at {path} cannot be read: reinstall Dateline") from error
