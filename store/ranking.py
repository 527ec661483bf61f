"""From what the indexes find to ranked hits: only what the catalogue holds and the filters admit, each text once.

The catalogue is the judge of every id: an index may run ahead of it or behind, and what it adds is dropped, what it
lacks for that is asked for.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.article import Article, Passage
from store.catalog import Catalog, PassageRow
from store.hits import Filters, Hit
from store.lexical import LexicalIndex

__all__ = ["EVERYTHING", "Coverage", "Leg", "Texts", "View", "fuse", "rank"]

EVERYTHING = Filters()
K_EACH = 50  # hits asked of each index: at 17,000 passages of news the answer is in the first 20 of 98%
RANK_CONSTANT = 60
_SCANNED = 200  # hits looked through before the admitted passages are named to the index instead
_MOST_NAMED = 10_000  # when more are admitted, going deeper finds them soon enough
_MOST_ARTICLES, _MOST_ROWS, _MOST_TEXTS = 20_000, 100_000, 512  # kept in memory at a time

Leg = Callable[[int, "Sequence[int] | None"], list[int]]
"""One index asked one query: (depth, within) to ids, best first; fewer than depth only when there are no more."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a search could find: how many articles, how many of known day, and the first and last such day."""

    n_articles: int
    n_dated: int
    first_day: dt.date | None
    last_day: dt.date | None


class Texts:
    """Source texts by article id, those asked for last. Thread-safe.

    They outlive their articles: an id is the digest of the content, so a text that is kept can never be wrong, and what
    a search found can still be quoted when the article is replaced a moment later.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, str] = OrderedDict()

    def get(self, article_id: str, catalog: Catalog) -> str | None:
        """The text of that article: kept, or read from `catalog`; None when neither has it."""
        with self._lock:
            text = self._kept.get(article_id)
            if text is not None:
                self._kept.move_to_end(article_id)
                return text
        text = catalog.source_text(article_id)
        if text is not None:
            with self._lock:
                self._kept[article_id] = text
                while len(self._kept) > _MOST_TEXTS:
                    self._kept.popitem(last=False)
        return text


class View:
    """The catalogue at one generation, with what was read of it kept. Thread-safe: what is kept only grows.

    `texts` is shared by the views of one store, one after the other.
    """

    def __init__(self, catalog: Catalog, generation: int, texts: Texts) -> None:
        self.catalog = catalog
        self.generation = generation
        self._texts = texts
        self.coverage = lru_cache(maxsize=16)(self._coverage)
        self.admitted_ids = lru_cache(maxsize=4)(self._admitted_ids)
        self.n_passages = lru_cache(maxsize=1)(catalog.n_passages)
        self.document_frequency = lru_cache(maxsize=20_000)(_document_frequency)
        self._articles: dict[str, Article] = {}
        self._rows: dict[int, PassageRow] = {}

    def text(self, article_id: str) -> str | None:
        """The source text of an article; of one that is gone, too, if it was read a while ago. None if unknown."""
        return self._texts.get(article_id, self.catalog)

    def articles(self, article_ids: Iterable[str]) -> dict[str, Article]:
        """Those articles, and maybe others; ids that the catalogue does not hold are left out."""
        if len(self._articles) > _MOST_ARTICLES:
            self._articles = {}
        kept = self._articles
        if missing := {i for i in article_ids if i not in kept}:
            kept.update((a.article_id, a) for a in self.catalog.articles(missing))
        return kept

    def rows(self, passage_ids: Sequence[int]) -> dict[int, PassageRow]:
        """Where those passages lie, in the order asked; ids that the catalogue does not hold are left out."""
        if len(self._rows) > _MOST_ROWS:
            self._rows = {}
        kept = self._rows
        if missing := [i for i in passage_ids if i not in kept]:
            kept.update(self.catalog.passage_rows(missing))
        return {i: kept[i] for i in passage_ids if i in kept}

    def _admitted_ids(self, filters: Filters) -> list[int]:
        return self.catalog.passage_ids(a.article_id for a in self.catalog.articles() if filters.admits(a))

    def _coverage(self, filters: Filters) -> Coverage:
        articles = [a for a in self.catalog.articles() if filters.admits(a)]
        days = [a.published.day for a in articles if a.published.day is not None]
        return Coverage(len(articles), len(days), min(days, default=None), max(days, default=None))


def _document_frequency(term: str, lexical: LexicalIndex) -> int:
    return lexical.document_frequency(term)


def fuse(rankings: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """Join rankings of ids, best first, into one: (id, sum over rankings of 1 / (60 + rank)); ties by lower id.

    Source: Cormack, Clarke, Buettcher 2009, Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning
    Methods, SIGIR, section 2; the constant 60 is theirs.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, found in enumerate(ranking, start=1):
            scores[found] = scores.get(found, 0.0) + 1.0 / (RANK_CONSTANT + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def rank(view: View, legs: Sequence[Leg], *, k: int, filters: Filters) -> tuple[Hit, ...]:
    """Fuse what the legs find; go deeper as long as fewer than `k` distinct texts remain and there is more."""
    wanted = max(K_EACH, k)
    while True:
        rankings = [_admitted(view, leg, wanted, filters=filters) for leg in legs]
        hits = _distinct(view, fuse(rankings), k=k)
        if len(hits) >= k or all(len(ranking) < wanted for ranking in rankings):
            return hits
        wanted *= 4


def _admitted(view: View, leg: Leg, wanted: int, *, filters: Filters) -> list[int]:
    """The first `wanted` ids of a leg that the catalogue holds and `filters` admits: as if no others were indexed."""
    depth = wanted
    while True:
        found = leg(depth, None)
        kept = _keep(view, found, filters)
        if len(kept) >= wanted or len(found) < depth:
            return kept[:wanted]
        if depth >= _SCANNED and filters != EVERYTHING:
            within = view.admitted_ids(filters)
            if len(within) <= _MOST_NAMED:
                return _keep(view, leg(wanted, within), filters)
        depth *= 4


def _keep(view: View, passage_ids: Sequence[int], filters: Filters) -> list[int]:
    rows = view.rows(passage_ids)
    if filters == EVERYTHING:
        return list(rows)
    articles = view.articles({row.article_id for row in rows.values()})
    return [i for i, row in rows.items() if row.article_id in articles and filters.admits(articles[row.article_id])]


def _distinct(view: View, ranked: Sequence[tuple[int, float]], *, k: int) -> tuple[Hit, ...]:
    """The best `k` as hits; of passages with equal words only the best ranked."""
    rows = view.rows([i for i, _ in ranked])
    articles = view.articles({row.article_id for row in rows.values()})
    seen: set[str] = set()
    hits: list[Hit] = []
    for passage_id, score in ranked:
        row = rows.get(passage_id)
        source_text = None if row is None else view.text(row.article_id)
        if row is None or source_text is None or row.article_id not in articles:
            continue  # a new generation took the article away: the search is done again
        text = source_text[row.start : row.end]
        words = " ".join(text.split()).casefold()
        if words in seen:
            continue
        seen.add(words)
        passage = Passage(passage_id, row.article_id, row.start, row.end, text)
        hits.append(Hit(passage, articles[row.article_id], score=score, rank=len(hits) + 1))
        if len(hits) == k:
            break
    return tuple(hits)
