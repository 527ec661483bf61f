"""From what the indexes find to ranked hits: only what the catalogue holds and the filters admit, each text once.

The catalogue is the judge of every id: an index may run ahead of it or behind, and what it adds is dropped, what it
lacks for that is asked for.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.article import Article, Passage
from store.catalog import Catalog, PassageRow, Scope
from store.codes import Codes
from store.hits import Filters, Hit, places_of

if TYPE_CHECKING:
    from store.lexical import LexicalIndex
    from store.vector_server import AnyVectors

__all__ = ["EVERYTHING", "Coverage", "DenseLeg", "Leg", "LexicalLeg", "Order", "Texts", "View", "fuse", "rank"]

EVERYTHING = Filters()
K_EACH = 100  # hits asked of each index
# Tried on quiz questions over news of 2022 and 2024, where neighbouring weights do nearly as well; checked on 2023.
_WORDS_WEIGHT = 0.4
_RECENCY_WEIGHT, _RECENCY_DAYS = 0.15, 30.0
_MARGIN = 1.5  # how much deeper an index looks than would do if what is admitted were spread evenly
_DEEPEST = 20_000
_MOST_ARTICLES, _MOST_ROWS, _MOST_TEXTS = 20_000, 100_000, 512  # kept in memory at a time

Order = Literal["newest", "oldest"]
Scored = tuple[int, float]
"""The id of a passage, and its score on the scale of who found it."""


class Leg(Protocol):
    """One index, asked one query; what it finds comes best first."""

    @property
    def most_within(self) -> int:
        """Up to so many admitted passages, looking within them is faster than looking deep among all."""
        ...

    def among_all(self, depth: int) -> list[Scored]:
        """The best `depth`; fewer only when there are no more."""
        ...

    def within(self, depth: int, view: View, filters: Filters) -> list[Scored]:
        """The best `depth` of what `filters` admits; fewer only when there are no more."""
        ...


@dataclass(frozen=True, slots=True)
class DenseLeg:
    """Passages by the cosine of their vector to that of the query."""

    vectors: AnyVectors
    vector: NDArray[np.float32]
    fresh: Codes  # vectors that the index may not have loaded yet
    most_within: int = 60_000

    def among_all(self, depth: int) -> list[Scored]:
        """The best `depth` by Chroma's graph, and of what came since."""
        found = self.vectors.search(self.vector, depth)
        if not len(self.fresh.ids):
            return found
        cosines = dict(self.fresh.nearest(self.vector, depth)) | dict(found)
        return sorted(cosines.items(), key=lambda item: (-item[1], item[0]))[:depth]

    def within(self, depth: int, view: View, filters: Filters) -> list[Scored]:
        """The best `depth`: all that are admitted are compared, rounded."""
        return view.codes(filters).nearest(self.vector, depth)


@dataclass(frozen=True, slots=True)
class LexicalLeg:
    """Passages by the words that they share with the query."""

    lexical: LexicalIndex
    query: str
    most_within: int = 10_000

    def among_all(self, depth: int) -> list[Scored]:
        """The best `depth` by BM25."""
        return self.lexical.search(self.query, depth)

    def within(self, depth: int, view: View, filters: Filters) -> list[Scored]:
        """The best `depth` of the admitted."""
        return self.lexical.search(self.query, depth, within=view.admission(filters).ids())


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
        return self.load([article_id], catalog).get(article_id)

    def load(self, article_ids: Iterable[str], catalog: Catalog) -> dict[str, str]:
        """Read from `catalog` those texts that are not kept, in one go, and keep them; returns what was read."""
        with self._lock:
            missing = [i for i in dict.fromkeys(article_ids) if i not in self._kept]
        read = catalog.source_texts(missing) if missing else {}
        with self._lock:
            self._kept.update(read)
            while len(self._kept) > _MOST_TEXTS:
                self._kept.popitem(last=False)
        return read


class View:
    """The catalogue at one generation, with what was read of it kept. Thread-safe: what is kept only grows.

    `texts` is shared by the views of one store, one after the other.
    """

    def __init__(self, catalog: Catalog, generation: int, texts: Texts) -> None:
        self.catalog = catalog
        self.generation = generation
        self._texts = texts
        self.coverage = lru_cache(maxsize=16)(self._coverage)
        self.admission = lru_cache(maxsize=16)(self._admission)
        self.codes = lru_cache(maxsize=4)(self._codes)
        self.added_after = lru_cache(maxsize=1)(self._added_after)
        self.n_passages = lru_cache(maxsize=1)(catalog.n_passages)
        self.admitted = lru_cache(maxsize=16)(self._admitted_scopes)
        self._scopes = lru_cache(maxsize=1)(catalog.scopes)
        self._day_numbers = lru_cache(maxsize=1)(self._days_of_scopes)
        self._scope_of = lru_cache(maxsize=1)(self._scopes_by_article)
        self._places = lru_cache(maxsize=1)(self._all_places)
        self._passage_ranges = lru_cache(maxsize=1)(self._ranges_of_passages)
        self._stands_for = lru_cache(maxsize=1)(catalog.stands_for)
        self._clusters = lru_cache(maxsize=1)(self._clusters_by_canonical)
        self.document_frequency = lru_cache(maxsize=20_000)(_document_frequency)
        self._articles: dict[str, Article] = {}
        self._days: dict[str, dt.date | None] = {}
        self._rows: dict[int, PassageRow] = {}

    def text(self, article_id: str) -> str | None:
        """The source text of an article; of one that is gone, too, if it was read a while ago. None if unknown."""
        return self._texts.get(article_id, self.catalog)

    def prepare(self, article_ids: Iterable[str]) -> None:
        """Read those articles and their texts now, in one go each."""
        wanted = list(dict.fromkeys(article_ids))
        self.articles(wanted)
        self._texts.load(wanted, self.catalog)

    def articles(self, article_ids: Iterable[str]) -> dict[str, Article]:
        """Those articles, and maybe others; ids that the catalogue does not hold are left out."""
        if len(self._articles) > _MOST_ARTICLES:
            self._articles = {}
        kept = self._articles
        if missing := {i for i in article_ids if i not in kept}:
            kept.update((a.article_id, a) for a in self.catalog.articles(missing))
        return kept

    def spoken_for(self, article_id: str, filters: Filters) -> bool:
        """Whether an article that `filters` admits, too, carries the same text and comes before this one."""
        canonical = self.canonical(article_id)
        members = self._clusters().get(canonical)
        if members is None or article_id == canonical:
            return False
        if filters == EVERYTHING:
            return True
        scopes = self._scope_of()
        before = members[: members.index(article_id)]
        return any(filters.admits_from(scopes[i].sources, scopes[i].day) for i in before if i in scopes)

    def canonical(self, article_id: str) -> str:
        """The article that stands for the text of this one; itself where it is no copy."""
        return self._stands_for().get(article_id, article_id)

    def copies(self, article_id: str) -> tuple[str, ...]:
        """Where else the text of an article lies, near enough: the sources of the others of its cluster."""
        canonical = self.canonical(article_id)
        others = [i for i in self._clusters().get(canonical, ()) if i != article_id]
        found = self.articles(others)
        return tuple(source for i in others if i in found for source in found[i].sources)

    def _clusters_by_canonical(self) -> dict[str, list[str]]:
        """Each article that stands for others, followed by them, in an order that no search changes."""
        found: dict[str, list[str]] = {}
        for copy, canonical in sorted(self._stands_for().items()):
            found.setdefault(canonical, [canonical]).append(copy)
        return found

    def _scopes_by_article(self) -> dict[str, Scope]:
        return {scope.article_id: scope for scope in self._scopes()}

    def articles_of(self, passage_ids: Sequence[int]) -> frozenset[str]:
        """The ids of the articles that those passages are of."""
        starts, ends, article_ids = self._passage_ranges()
        if not len(starts) or not passage_ids:
            return frozenset()
        ids = np.array(passage_ids, np.int64)
        at = np.searchsorted(starts, ids, side="right") - 1
        inside = (at >= 0) & (ids < ends[at])
        return frozenset(article_ids[i] for i in np.unique(at[inside]))

    def lies_at(self, source: str) -> bool:
        """Whether an article lies at `source`: a file, a folder, or a container."""
        return source in self._places() or source.rstrip("/") in self._places()

    def _all_places(self) -> frozenset[str]:
        return frozenset(place for scope in self._scopes() for s in scope.sources for place in places_of(s))

    def _ranges_of_passages(self) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
        """The first passage id of each article, ascending, the one behind its last, and its id."""
        scopes = sorted(self._scopes(), key=lambda scope: scope.first_id)
        starts = np.array([scope.first_id for scope in scopes], np.int64)
        lengths = np.array([scope.n_passages for scope in scopes], np.int64)
        return starts, starts + lengths, [scope.article_id for scope in scopes]

    def days(self, article_ids: Iterable[str]) -> dict[str, dt.date | None]:
        """The publication days of those articles, and maybe others."""
        if len(self._days) > _MOST_ROWS:
            self._days = {}
        if missing := {i for i in article_ids if i not in self._days}:
            self._days.update(self.catalog.days(missing))
        return self._days

    def rows(self, passage_ids: Sequence[int]) -> dict[int, PassageRow]:
        """Where those passages lie, in the order asked; ids that the catalogue does not hold are left out."""
        if len(self._rows) > _MOST_ROWS:
            self._rows = {}
        kept = self._rows
        if missing := [i for i in passage_ids if i not in kept]:
            kept.update(self.catalog.passage_rows(missing))
        return {i: kept[i] for i in passage_ids if i in kept}

    def _admission(self, filters: Filters) -> Admission:
        return Admission.of(self.admitted(filters))

    def _codes(self, filters: Filters) -> Codes:
        return self.catalog.codes(scope.article_id for scope in self.admitted(filters))

    def _added_after(self, passage_id: int) -> Codes:
        return self.catalog.codes_after(passage_id)

    def _coverage(self, filters: Filters) -> Coverage:
        scopes = self.admitted(filters)
        days = [scope.day for scope in scopes if scope.day is not None]
        return Coverage(len(scopes), len(days), min(days, default=None), max(days, default=None))

    def _admitted_scopes(self, filters: Filters) -> list[Scope]:
        scopes = self._scopes()
        if filters.sources:
            return [scope for scope in scopes if filters.admits_from(scope.sources, scope.day)]
        days = self._day_numbers()  # days alone are compared at once: a filter by days must not cost a look at each
        first = 1 if filters.published_from is None else filters.published_from.toordinal()
        last = np.iinfo(np.int64).max if filters.published_to is None else filters.published_to.toordinal()
        admitted = (days >= first) & (days <= last)
        if filters.undated:
            admitted |= days == 0
        return [scopes[i] for i in np.flatnonzero(admitted)]

    def _days_of_scopes(self) -> NDArray[np.int64]:
        """The publication day of each article as an ordinal, 0 where it is not known."""
        return np.array([0 if s.day is None else s.day.toordinal() for s in self._scopes()], np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Admission:
    """Which passages a filter admits: `starts` and `ends` (n,) int64 of the ids of each article, ascending."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, scopes: Sequence[Scope]) -> Admission:
        """The passages of those articles."""
        starts = np.array([scope.first_id for scope in scopes], np.int64)
        order = np.argsort(starts)
        lengths = np.array([scope.n_passages for scope in scopes], np.int64)
        return cls(starts[order], (starts + lengths)[order])

    @property
    def n_passages(self) -> int:
        """How many passages are admitted."""
        return int((self.ends - self.starts).sum())

    def keep(self, found: Sequence[Scored]) -> list[Scored]:
        """Those of `found` that are admitted, in their order."""
        if not len(self.starts) or not found:
            return []
        ids = np.fromiter((i for i, _ in found), np.int64, len(found))
        at = np.searchsorted(self.starts, ids, side="right") - 1
        inside = (at >= 0) & (ids < self.ends[at])
        return [scored for scored, kept in zip(found, inside, strict=True) if kept]

    def ids(self) -> list[int]:
        """Every admitted passage id."""
        return [i for start, end in zip(self.starts, self.ends, strict=True) for i in range(start, end)]


def _document_frequency(term: str, lexical: LexicalIndex) -> int:
    return lexical.document_frequency(term)


def fuse(
    dense: Sequence[Scored], lexical: Sequence[Scored], bonus: Callable[[int], float] = lambda _: 0.0
) -> list[Scored]:
    """Join what meaning and words found, best first, into one ranking: cosine + 0.4 · BM25 / the best BM25 + bonus.

    What one of the two did not find gets the lowest score that it gave, or nothing if it gave none. Ties go to the
    lower id.

    Source: Bruch, Gai, Ingber 2023, An Analysis of Fusion Functions for Hybrid Retrieval, ACM TOIS 42(1), section 3:
    a convex combination of scores beats reciprocal ranks, which forget how much better the best one was.
    """
    cosines, words = dict(dense), dict(lexical)
    best = max(words.values(), default=0.0) or 1.0
    lowest_cosine, lowest_words = min(cosines.values(), default=0.0), min(words.values(), default=0.0)
    scores = {
        i: cosines.get(i, lowest_cosine) + _WORDS_WEIGHT * words.get(i, lowest_words) / best + bonus(i)
        for i in cosines.keys() | words.keys()
    }
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def _in_turn(dense: Sequence[Scored], lexical: Sequence[Scored]) -> list[Scored]:
    """One from each ranking in turn: what there would be without a fusion."""
    order: dict[int, None] = {}
    for pair in itertools.zip_longest(dense, lexical):
        order.update(dict.fromkeys(found[0] for found in pair if found is not None))
    return [(i, 1.0 / rank) for rank, i in enumerate(order, start=1)]


def rank(
    view: View,
    legs: Mapping[str, Leg],
    *,
    k: int,
    filters: Filters,
    as_of: dt.date | None = None,
    order: Order | None = None,
    in_turn: bool = False,
) -> tuple[Hit, ...]:
    """Fuse what the legs "dense" and "lexical" find; go deeper while there are fewer than `k` distinct texts, and more.

    With `as_of`, an article of the weeks before that day gets a bonus: 0.15 on the day itself, a third of that after a
    month. With `order`, the newest or oldest of what is found gets it, and the others less by their place in that
    order; those of no known day get none. `in_turn` leaves the fusion out.
    """
    wanted = max(K_EACH, k)
    while True:
        found = {name: _admitted(view, leg, wanted, filters=filters) for name, leg in legs.items()}
        dense, lexical = found.get("dense", []), found.get("lexical", [])
        if in_turn:
            ranked = _in_turn(dense, lexical)
        else:
            ids = [i for i, _ in (*dense, *lexical)]
            bonus = _bonus(view, ids, as_of) if order is None else _bonus_by_place(view, ids, order)
            ranked = fuse(dense, lexical, bonus)
        hits = _distinct(view, ranked, k=k, filters=filters)
        if len(hits) >= k or all(len(ranking) < wanted for ranking in found.values()):
            return hits
        wanted *= 4


def _bonus(view: View, passage_ids: Sequence[int], as_of: dt.date | None) -> Callable[[int], float]:
    """For each of those passages, how much the day of its article speaks for it: news is asked about when it is new."""
    if as_of is None:
        return lambda _: 0.0
    rows = view.rows(passage_ids)
    days = view.days({row.article_id for row in rows.values()})
    bonus: dict[int, float] = {}
    for i, row in rows.items():
        day = days.get(row.article_id)
        if day is not None and day <= as_of:
            bonus[i] = _RECENCY_WEIGHT * math.exp(-(as_of - day).days / _RECENCY_DAYS)
    return lambda i: bonus.get(i, 0.0)


def _bonus_by_place(view: View, passage_ids: Sequence[int], order: Order) -> Callable[[int], float]:
    """For each of those passages, how near the day of its article is to the end of them that is asked for."""
    rows = view.rows(passage_ids)
    days = view.days({row.article_id for row in rows.values()})
    found = sorted({day for row in rows.values() if (day := days.get(row.article_id)) is not None})
    share = {day: place / max(1, len(found) - 1) for place, day in enumerate(found)}
    if order == "oldest":
        share = {day: 1.0 - place for day, place in share.items()}
    bonus = {
        i: _RECENCY_WEIGHT * share[day] for i, row in rows.items() if (day := days.get(row.article_id)) is not None
    }
    return lambda i: bonus.get(i, 0.0)


def _admitted(view: View, leg: Leg, wanted: int, *, filters: Filters) -> list[Scored]:
    """The first `wanted` of a leg that the catalogue holds and `filters` admits: as if no others were indexed.

    An index looks as deep as finds that many, if what is admitted were spread evenly over what it finds, and four times
    deeper if it is not. Where little is admitted, all of that is looked at instead.
    """
    if filters == EVERYTHING:
        return _held(view, leg, wanted)
    admission = view.admission(filters)
    if not admission.n_passages:
        return []
    if admission.n_passages > leg.most_within:
        depth = math.ceil(_MARGIN * wanted * view.n_passages() / admission.n_passages)
        while depth <= _DEEPEST:
            found = leg.among_all(depth)
            kept = admission.keep(found)
            if len(kept) >= wanted or len(found) < depth:
                return kept[:wanted]
            depth *= 4
    return admission.keep(leg.within(wanted, view, filters))


def _held(view: View, leg: Leg, wanted: int) -> list[Scored]:
    """The first `wanted` of a leg that the catalogue holds."""
    depth = wanted
    while True:
        found = leg.among_all(depth)
        rows = view.rows([i for i, _ in found])
        kept = [(i, score) for i, score in found if i in rows]
        if len(kept) >= wanted or len(found) < depth:
            return kept[:wanted]
        depth *= 4


def _distinct(view: View, ranked: Sequence[tuple[int, float]], *, k: int, filters: Filters) -> tuple[Hit, ...]:
    """The best `k` as hits; of passages with equal words, and of articles with the same text, one is told."""
    rows = view.rows([i for i, _ in ranked])
    seen: set[str] = set()
    hits: list[Hit] = []
    for at, (passage_id, score) in enumerate(ranked):
        if at % (2 * k) == 0:  # in one go: a look at the catalogue takes a millisecond
            view.prepare(rows[i].article_id for i, _ in ranked[at : at + 2 * k] if i in rows)
        row = rows.get(passage_id)
        if row is None or view.spoken_for(row.article_id, filters):
            continue
        source_text = view.text(row.article_id)
        article = view.articles([row.article_id]).get(row.article_id)
        if source_text is None or article is None:
            continue  # a new generation took the article away: the search is done again
        text = source_text[row.start : row.end]
        words = " ".join(text.split()).casefold()
        if words in seen:
            continue
        seen.add(words)
        passage = Passage(passage_id, row.article_id, row.start, row.end, text)
        hits.append(Hit(passage, article, score=score, rank=len(hits) + 1, copies=view.copies(row.article_id)))
        if len(hits) == k:
            break
    return tuple(hits)
