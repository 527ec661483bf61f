"""What is fitted beside the network: how candidates are weighed, how sure to be, and below what to decline.

Kept as JSON written by `app.reader.train`; a file that is damaged, of another version or for other network weights is
refused.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.reader.evidence import CANDIDATE_FEATURES, CONFIDENCE_FEATURES
from ingest.errors import ReaderError

__all__ = ["JUDGE_PATH", "JUDGE_VERSION", "Judge", "Linear", "load_judge"]

Floats = NDArray[np.float64]
JUDGE_PATH = Path(__file__).with_name("judge.json")
JUDGE_VERSION = 1


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of features: `weights` by name, and a bias."""

    names: tuple[str, ...]
    weights: Floats
    bias: float

    def __call__(self, rows: Floats) -> Floats:
        """(n, features) to (n,)."""
        return np.asarray(rows @ self.weights + self.bias, dtype=np.float64)

    def to_json(self) -> dict[str, object]:
        """Plain JSON types."""
        weights = {n: round(float(w), 5) for n, w in zip(self.names, self.weights, strict=True)}
        return {"bias": round(self.bias, 5), "weights": weights}

    @classmethod
    def from_json(cls, value: object, names: Sequence[str]) -> Linear:
        """The inverse of `to_json`.

        Raises:
            ValueError: it is not one, has other features, or holds a number that is none.
        """
        if not isinstance(value, Mapping) or not isinstance(value.get("weights"), Mapping):
            raise ValueError("weights are missing")
        given = value["weights"]
        if tuple(given) != tuple(names):
            raise ValueError("the features are others")
        numbers = [float(given[n]) for n in names]
        bias = float(value.get("bias", math.nan))
        if not all(map(math.isfinite, [*numbers, bias])):
            raise ValueError("a weight is not a number")
        return cls(tuple(names), np.array(numbers), bias)


@dataclass(frozen=True, slots=True)
class Judge:
    """`choose` scores candidates, `confidence` gives the log-odds that the chosen answer is right."""

    choose: Linear
    confidence: Linear
    threshold: float
    digest: str

    def sure(self, row: Floats) -> float:
        """The chance, 0..1, that the answer of a `confidence_row` is right."""
        return float(1.0 / (1.0 + np.exp(-np.clip(self.confidence(row[None, :])[0], -40.0, 40.0))))


def load_judge(path: Path = JUDGE_PATH, *, network: str) -> Judge:
    """The judge at `path`, fitted to the network weights of digest `network`.

    Raises:
        ReaderError: it is missing, damaged, of another version, or belongs to other weights.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReaderError(f"the reader's weights at {path} cannot be read: reinstall Dateline") from error
    try:
        model = json.loads(data)
        if model["version"] != JUDGE_VERSION:
            raise ReaderError(f"the reader's weights at {path} are of another version: reinstall Dateline")
        choose = Linear.from_json(model["choose"], CANDIDATE_FEATURES)
        confidence = Linear.from_json(model["confidence"], CONFIDENCE_FEATURES)
        threshold = float(model["threshold"])
        if not 0.0 <= threshold <= 1.0:
            raise ValueError("the threshold is no confidence")
    except (ValueError, KeyError, TypeError) as error:
        raise ReaderError(f"the reader's weights at {path} are damaged ({error}): reinstall Dateline") from error
    if model.get("network") != network:
        raise ReaderError("the reader's two weight files do not belong together: reinstall Dateline")
    return Judge(choose, confidence, threshold, hashlib.sha256(data).hexdigest())
