"""Two sums of regression trees that weigh the signals of `ingest.body_signals`, kept as plain JSON.

The first judges a paragraph by its signals; the second judges it again by those and by what the first said of the
paragraphs around it. `body_model.json` holds both steps twice, for plain text and for HTML; `ingest.train_body`
writes it.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.body_signals import Hints, Matrix, Unit, content_words, page_signals, shifted

__all__ = [
    "Model",
    "Tree",
    "Trees",
    "load_model",
    "page_digest",
    "score",
    "second_signals",
    "trained_on",
    "tree_of",
]

_HELD = 0.7  # chances, together, of the paragraphs that hold a word of the article
_ROWS_AT_ONCE = 2048  # bounds the memory of a walk
_MODEL_FILE = Path(__file__).with_name("body_model.json")


@dataclass(frozen=True, slots=True)
class Tree:
    """A regression tree as arrays over its nodes; a leaf is its own child."""

    feature: NDArray[np.int64]
    threshold: Matrix
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Matrix
    depth: int


@dataclass(frozen=True, slots=True)
class _Joined:
    """Many trees in the arrays of one, and where each begins: all are walked at once."""

    all: Tree
    roots: NDArray[np.int64]


def _join(trees: tuple[Tree, ...]) -> _Joined:
    """Many trees as one."""
    sizes = [len(tree.feature) for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    left = [tree.left + root for tree, root in zip(trees, roots, strict=True)]
    right = [tree.right + root for tree, root in zip(trees, roots, strict=True)]
    everything = Tree(
        np.concatenate([tree.feature for tree in trees]),
        np.concatenate([tree.threshold for tree in trees]),
        np.concatenate(left),
        np.concatenate(right),
        np.concatenate([tree.value for tree in trees]),
        max(tree.depth for tree in trees),
    )
    return _Joined(everything, roots)


@dataclass(frozen=True, slots=True)
class Trees:
    """A sum of regression trees: log odds, of each row of signals, that the paragraph is article."""

    start: float
    trees: tuple[Tree, ...]
    joined: _Joined = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "joined", _join(self.trees))

    def chances(self, signals: Matrix) -> Matrix:
        """(n,) probabilities for (n, d) signals."""
        joined = self.joined
        total = np.full(len(signals), self.start)
        for first in range(0, len(signals), _ROWS_AT_ONCE):
            part = signals[first : first + _ROWS_AT_ONCE]
            rows = np.arange(len(part))[:, None]
            node = np.broadcast_to(joined.roots, (len(part), len(joined.roots)))
            for _ in range(joined.all.depth):
                goes_left = part[rows, joined.all.feature[node]] <= joined.all.threshold[node]
                node = np.where(goes_left, joined.all.left[node], joined.all.right[node])
            total[first : first + _ROWS_AT_ONCE] += joined.all.value[node].sum(axis=1)
        chances: Matrix = 1 / (1 + np.exp(-total))
        return chances

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Trees:
        """Read what `ingest.train_body` wrote."""
        raw = data["trees"]
        assert isinstance(raw, list)
        return cls(float(str(data["start"])), tuple(tree_of(features, numbers) for features, numbers in raw))


def tree_of(features: Sequence[int], numbers: Sequence[float]) -> Tree:
    """A tree from its nodes in preorder: the feature, or -1 at a leaf, and the threshold or the leaf's value."""
    n = len(features)
    right = np.arange(n)
    depth = [0] * n
    waiting: list[int] = []  # splits whose right child is still to come
    for node in range(n):
        if node and features[node - 1] < 0:
            parent = waiting.pop()
            right[parent] = node
            depth[node] = depth[parent] + 1
        elif node:
            depth[node] = depth[node - 1] + 1
        if features[node] >= 0:
            waiting.append(node)
    kinds, values = np.array(features), np.array(numbers, dtype=float)
    leaf = kinds < 0
    left = np.where(leaf, np.arange(n), np.arange(n) + 1)
    return Tree(np.where(leaf, 0, kinds), values, left, right, np.where(leaf, values, 0.0), max(depth))


@dataclass(frozen=True, slots=True)
class Model:
    """The two steps: a paragraph by its signals, then again among what the first step said around it."""

    first: Trees
    second: Trees


def score(units: Sequence[Unit], model: Model, hints: Hints = ()) -> Matrix:
    """(n,) how surely each paragraph is article, 0 to 1."""
    signals = page_signals(units, hints)
    first = model.first.chances(signals)
    return model.second.chances(second_signals(signals, first, units))


def second_signals(signals: Matrix, first: Matrix, units: Sequence[Unit]) -> Matrix:
    """(n, d) signals of the second step: the first's chances around a paragraph, and its own signals again."""
    n = len(first)
    index = np.arange(n)
    weight = np.array([len(unit.text) for unit in units], dtype=float)
    summed = np.concatenate([[0.0], np.cumsum(first * weight)])
    weights = np.concatenate([[0.0], np.cumsum(weight)])
    columns = [first]
    columns.extend(shifted(first[:, None], step)[:, 0] for step in (-3, -2, -1, 1, 2, 3))
    for reach in (2, 5, 10):
        low, high = np.maximum(index - reach, 0), np.minimum(index + reach + 1, n)
        columns.append((summed[high] - summed[low]) / (weights[high] - weights[low]))
    for reach in (4, 10, 30):
        columns.append(_highest(first, reach))
        columns.append(_highest(first[::-1], reach)[::-1])
    total = summed[-1] or 1.0
    columns.extend([summed[:-1] / total, 1 - summed[1:] / total, np.full(n, total / (weights[-1] or 1.0))])
    columns.append(np.maximum.accumulate(first))
    columns.append(np.maximum.accumulate(first[::-1])[::-1])
    start, end = _best_stretch((first - 0.4) * weight)
    columns.append(((index >= start) & (index < end)).astype(float))
    columns.append(np.where(index < start, index - start, np.where(index >= end, index - end + 1, 0)).clip(-20, 20))
    return np.hstack([np.column_stack(columns), _topical(units, first), signals])


def _topical(units: Sequence[Unit], first: Matrix) -> Matrix:
    """(n, 2) how far the content words of a paragraph are those of the others that the first step holds for article."""
    content = [content_words(unit.text) for unit in units]
    held: dict[str, float] = {}
    chances = first.tolist()
    for words, chance in zip(content, chances, strict=True):
        for word in words:
            held[word] = held.get(word, 0.0) + chance
    many = max(1.0, sum(chances))
    rows = []
    for words, chance in zip(content, chances, strict=True):
        elsewhere = [held[word] - chance for word in words]
        size = len(words) or 1
        rows.append((sum(each >= _HELD for each in elsewhere) / size, sum(elsewhere) / size / many))
    return np.array(rows)


def _highest(values: Matrix, reach: int) -> Matrix:
    """(n,) the greatest of the `reach` values before each."""
    padded = np.concatenate([np.zeros(reach), values])
    windows: Matrix = np.lib.stride_tricks.sliding_window_view(padded, reach)[: len(values)].max(axis=1)
    return windows


def _best_stretch(gains: Matrix) -> tuple[int, int]:
    """The contiguous stretch of the greatest sum. Source: Bentley 1984, Programming Pearls (Kadane)."""
    best, best_at, running, start = 0.0, (0, 0), 0.0, 0
    for index, gain in enumerate(gains):
        if running <= 0:
            running, start = 0.0, index
        running += float(gain)
        if running > best:
            best, best_at = running, (start, index + 1)
    return best_at


@functools.cache
def load_model(kind: str) -> Model:
    """The model for "text" or "html", read once per process."""
    data = json.loads(_MODEL_FILE.read_text(encoding="utf-8"))[kind]
    return Model(Trees.from_json(data["first"]), Trees.from_json(data["second"]))


def page_digest(article: str) -> str:
    """By what a page of the training data is known: a short digest of what was marked as its article."""
    return hashlib.sha256(article.encode("utf-8", "replace")).hexdigest()[:12]


@functools.cache
def trained_on() -> frozenset[str]:
    """The digests of the pages that the models were trained on: a figure measured on them is none of quality."""
    return frozenset(json.loads(_MODEL_FILE.read_text(encoding="utf-8"))["pages"])
