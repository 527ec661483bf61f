"""From start and end logits to answers, and how right an answer is: the arithmetic of spans, without any model."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONGEST_ANSWER", "Found", "best_spans", "exact_match", "f1", "interval", "normalise_answer"]

LONGEST_ANSWER = 30  # tokens
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PARTING = "\u2013\u2014\u2015\u2026"  # dashes and the ellipsis
_DELETED = string.punctuation + "\u2018\u2019\u201c\u201d\u201e«»"
_TABLE = str.maketrans(dict.fromkeys(_DELETED) | dict.fromkeys(_PARTING, " "))


@dataclass(frozen=True, slots=True)
class Found:
    """Tokens `first..last` as an answer; `score` is their logits' sum less that of holding no answer."""

    first: int
    last: int
    score: float


def best_spans(starts: NDArray[np.float32], ends: NDArray[np.float32], *, first: int, n: int) -> tuple[Found, ...]:
    """The `n` best spans that do not overlap, of logits (tokens,) whose token 0 stands for none.

    Spans lie in the tokens from `first` on and hold at most `LONGEST_ANSWER` of them.
    """
    width = len(starts) - first
    if width <= 0:
        return ()
    sums = starts[first:, None] + ends[None, first:]
    ones = np.ones_like(sums, dtype=bool)
    allowed = np.triu(ones) & ~np.triu(ones, LONGEST_ANSWER)
    sums = np.where(allowed, sums, -np.inf)
    none = float(starts[0] + ends[0])
    found: list[Found] = []
    for _ in range(n):
        best = int(sums.argmax())
        a, b = divmod(best, width)
        if not np.isfinite(sums[a, b]):
            break
        found.append(Found(first + a, first + b, float(sums[a, b]) - none))
        sums[: b + 1, a:] = -np.inf  # whatever starts before its end and ends after its start overlaps it
    return tuple(found)


def normalise_answer(text: str) -> str:
    """`text` in lower case, without punctuation and English articles, its whitespace collapsed.

    Dashes other than the hyphen, and an ellipsis, part words. Curly quotation marks go the way of straight ones.
    Source: Rajpurkar et al. 2016, SQuAD, the official evaluation script (`normalize_answer`).
    """
    lowered = unicodedata.normalize("NFC", text).lower()
    return " ".join(_ARTICLES.sub(" ", lowered.translate(_TABLE)).split())


def exact_match(answer: str, right: Sequence[str]) -> float:
    """1.0 if `answer` is one of `right` after normalising, else 0.0."""
    return float(any(normalise_answer(answer) == normalise_answer(r) for r in right))


def f1(answer: str, right: Sequence[str]) -> float:
    """F1 = 2PR / (P + R) over the bags of normalised words, best over `right`; 0 where either has no words."""
    return max((_f1(Counter(normalise_answer(answer).split()), r) for r in right), default=0.0)


def interval(values: Sequence[float]) -> str:
    """The mean and its 95% bootstrap interval (1,000 resamples) as text; a dash where there are no values."""
    if not len(values):
        return "    -               "
    drawn = np.random.default_rng(7).choice(np.array(values, dtype=float), (1000, len(values))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{np.mean(values):.3f} [{low:.3f}, {high:.3f}]"


def _f1(said: Counter[str], right: str) -> float:
    wanted = Counter(normalise_answer(right).split())
    shared = (said & wanted).total()
    return 2 * shared / (said.total() + wanted.total()) if shared else 0.0
