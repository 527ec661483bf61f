"""What a page's markup, and the article extractors of others, say of each of its paragraphs, as numbers.

The elements a paragraph lies in are read by the words of their ids and classes, and by how much prose they hold.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.article import Span
from ingest.extractor import EXTRACTORS, UNKNOWN
from ingest.read import Block

__all__ = ["Matrix", "Unit", "extractor_signals", "markup_signals", "shifted"]

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unit:
    """One paragraph: its span, its words, what the markup says of it, and how much of it each extractor takes."""

    span: Span
    text: str
    block: Block | None = None
    taken: tuple[float, ...] = (UNKNOWN,) * len(EXTRACTORS)


_PATH_VOCABULARY = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"article|story|entry|post|\bmain\b",
        r"body|content|text|paragraph",
        r"articlebody|article-body|article__body|story-body|entry-content|post-content|article-text|articletext",
        r"nav|menu|breadcrumb|header|masthead|topbar",
        r"foot|copyright|legal|cookie|consent|privacy",
        r"side|rail|aside|widget|module",
        r"related|recommend|promo|more|popular|trending|teaser|also|link",
        r"comment|discuss|reply|disqus",
        r"share|social|follow|newsletter|subscri|signup|login|modal|popup",
        r"caption|figure|image|photo|credit|media|gallery|video",
        r"byline|author|date|time|meta|tag|categor",
        r"\bad|advert|sponsor|banner|dfp|promo",
        r"title|headline|hed\b|\bh1|dek|subtitle|summary|lead|intro|standfirst",
        r"quote|embed|table|list",
        r"tweet|instagram|facebook-post|social-embed",
    )
)


_TAGS = ("p", "div", "li", "td", "h1", "h2", "h3", "h4", "figcaption", "blockquote", "pre")


@functools.lru_cache(maxsize=4096)
def _path_words(label: str) -> NDArray[np.bool_]:
    """Which of the vocabularies an element's label speaks of."""
    return np.array([pattern.search(label) is not None for pattern in _PATH_VOCABULARY])


def markup_signals(units: Sequence[Unit], prose: Matrix) -> Matrix:
    """What the markup says: links, element, the words of its path, and how much prose its parents hold."""
    paths = [unit.block.path.split(">") if unit.block else [] for unit in units]
    tags = [unit.block.tag if unit.block else "" for unit in units]
    linked = [unit.block.link_chars / (unit.block.end - unit.block.start) if unit.block else 0.0 for unit in units]
    total = prose.sum() or 1.0
    columns: list[Sequence[float] | Matrix] = [linked, [float(len(path)) for path in paths]]
    columns.extend([float(tag == name) for tag in tags] for name in _TAGS)
    columns.extend(shifted(np.array(linked)[:, None], step)[:, 0] for step in (-1, 1))
    columns.extend(np.array([_path_signals(tuple(path)) for path in paths]).T)
    for cut in (0, 1, 2, 3, 4):
        keys = [(">".join(path[: len(path) - cut])) for path in paths]
        held: dict[str, float] = {}
        for key, size in zip(keys, prose, strict=True):
            held[key] = held.get(key, 0.0) + size
        columns.append([held[key] / total for key in keys])
        shared = Counter(keys)
        columns.append([float(np.log1p(shared[key])) for key in keys])
    return np.column_stack(columns)


@functools.lru_cache(maxsize=1024)
def _path_signals(path: tuple[str, ...]) -> Matrix:
    """(2 v,) for each vocabulary whether the three innermost elements speak of it, and how many of the others do."""
    words = np.array([_path_words(label) for label in path] or np.zeros((1, len(_PATH_VOCABULARY))))
    return np.column_stack([words[-3:].any(axis=0), words[:-3].sum(axis=0)]).ravel().astype(float)


def extractor_signals(units: Sequence[Unit], prose: Matrix) -> Matrix:
    """How much of a paragraph, of those around it and of the page the extractors take, and where in what they take."""
    taken = np.array([unit.taken for unit in units])
    known = taken >= 0
    n = len(units)
    index = np.arange(n)
    share = np.where(known, taken, 0.0)
    sizes = np.array([len(unit.text) for unit in units], dtype=float)
    total = prose.sum() or 1.0
    columns = [taken, np.where(known, taken, np.nan).mean(axis=1, keepdims=True)]
    columns[1] = np.where(np.isnan(columns[1]), UNKNOWN, columns[1])
    columns.extend(shifted(taken, step) for step in (-2, -1, 1, 2))
    sums = np.vstack([np.zeros(taken.shape[1]), np.cumsum(share * sizes[:, None], axis=0)])
    weights = np.concatenate([[0.0], np.cumsum(sizes)])
    for reach in (3, 8):
        low, high = np.maximum(index - reach, 0), np.minimum(index + reach + 1, n)
        near = (sums[high] - sums[low]) / (weights[high] - weights[low])[:, None]
        columns.append(np.where(known, near, UNKNOWN))
    everything = np.where(sums[-1] > 0, sums[-1], 1.0)
    columns.append(np.where(known, sums[:-1] / everything, UNKNOWN))
    columns.append(np.where(known, 1 - sums[1:] / everything, UNKNOWN))
    columns.append(np.where(known, (share * prose[:, None]).sum(axis=0) / total, UNKNOWN))
    return np.hstack(columns)


def shifted(columns: Matrix, step: int) -> Matrix:
    """The same columns of the paragraph `step` places on; -1 beyond the page."""
    shifted = np.full_like(columns, -1.0)
    if abs(step) < len(columns):
        if step > 0:
            shifted[:-step] = columns[step:]
        else:
            shifted[-step:] = columns[:step]
    return shifted
