"""Copies form clusters around one canonical article; versions of a story are linked, and the newest is known.

Two laws. Every member of a cluster is a copy of its canonical article, so A~B~C never puts C with A when they are no
copies. And the clusters are a function of the articles alone: any order of arrival, any split into batches and any
article that comes and goes leaves the same ones.

They are defined on the graph whose edges are copies. In each connected part of it, articles are taken by rank; the
first that no cluster has becomes canonical, and all its copies that no cluster has become members. What happens to an
article can only change the parts that it touches: those are recomputed (`touched`, then `clusters`), all others stand.

A press release in thousands of files must not make millions of edges. So of the articles that share a band, each is
compared with the first by rank alone, among which is the canonical one; where no band has more than those, that is
everybody. Which pairs are compared (`compared`) is again a function of the articles alone; one that comes, leaves or
changes its rank moves others in or out of the first of its bands (`moved`), and their edges are found or dropped.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ingest.duplicates import Relation, Sketch, bands, relation_of_texts, resemblance

__all__ = [
    "Cluster",
    "Edge",
    "Member",
    "Pair",
    "VersionLink",
    "canonical",
    "clusters",
    "compared",
    "days_between",
    "find_edges",
    "link_versions",
    "moved",
    "touched",
]

Pair: TypeAlias = tuple[str, str]
"""The ids of two articles, in order."""
Days: TypeAlias = Callable[[str], dt.date | None]
"""The publication day of an article, by its id."""

FIRST = 16  # by rank, of the articles that share a band: all of those are compared with these; of most, that is all
_LEAST_ALIKE = 0.12  # estimated Jaccard similarity; a copy that is cut after a fifth of the text has more


@dataclass(frozen=True, slots=True)
class Member:
    """What an article's rank in its cluster rests on; `day` is None when its publication day is not known."""

    article_id: str
    day: dt.date | None
    n_words: int


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """Two articles that are copies or versions of each other; `one < other`."""

    one: str
    other: str
    relation: Relation

    def __post_init__(self) -> None:
        if self.one >= self.other:
            raise ValueError(f"an edge has two ends in order, not {self.one!r}, {self.other!r}")


@dataclass(frozen=True, slots=True)
class Cluster:
    """One text: the article that stands for it, and the others that carry it, by rank; often there are none."""

    canonical: str
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class VersionLink:
    """Two clusters, by their canonical articles, that are versions of one story.

    With `is_ordered`, `newer` appeared on a later day; without, the days are equal or not known, and the order is that
    of the ids.
    """

    older: str
    newer: str
    is_ordered: bool


def canonical(members: Iterable[Member]) -> Member:
    """The article that stands for the others: the earliest, then the most complete, then the first by id.

    The earliest, because later copies are taken from it and a reader wants to know when the news broke; an unknown day
    counts as late. On one day the longest, because copies are cut. The id decides what is left, alike everywhere.

    Raises:
        ValueError: there are no members.
    """
    return min(members, key=_rank)


def _rank(member: Member) -> tuple[bool, dt.date, int, str]:
    return member.day is None, member.day or dt.date.max, -member.n_words, member.article_id


def days_between(one: dt.date | None, other: dt.date | None) -> int | None:
    """How many days lie between two publication days; None when one is not known."""
    return None if one is None or other is None else abs((one - other).days)


def find_edges(
    new: Mapping[str, Sketch],
    held: Mapping[str, Sketch],
    *,
    text_of: Callable[[str], str],
    day_of: Days,
    known: Collection[Pair] = frozenset(),
) -> tuple[Edge, ...]:
    """The edges that come with the articles in `new`: among them, and to those `held` that they are compared with.

    `held` holds all articles that share a band with them, and may hold more. `text_of` and `day_of` give the body and
    the publication day of an article by its id. Pairs that are `known` are not compared again.
    """
    kept_of = {**held, **new}
    pairs = compared(new, kept_of, day_of).difference(known)
    found = []
    for one, other in sorted(pairs, key=lambda pair: pair if pair[0] in new else pair[::-1]):
        if resemblance(kept_of[one], kept_of[other]) < _LEAST_ALIKE:
            continue  # chance gave them a band
        apart = days_between(day_of(one), day_of(other))
        if relation := relation_of_texts(text_of(one), text_of(other), days_apart=apart):
            found.append(Edge(one, other, relation))
    return tuple(sorted(found))


def compared(article_ids: Collection[str], sketches: Mapping[str, Sketch], day_of: Days) -> set[Pair]:
    """The pairs with an end among `article_ids` that may be copies: they share a band, and one is of its first.

    `sketches` are those of all articles that share a band with them, themselves included.
    """
    own = set(article_ids)
    pairs: set[Pair] = set()
    ranks = _ranks(sketches, day_of)
    for sharing in _by_band(own, sketches):
        here, first = own.intersection(sharing), set(_first(sharing, ranks))
        for one in here:
            others = sharing if one in first else first
            pairs.update((one, other) if one < other else (other, one) for other in others if other != one)
    return pairs


def moved(
    changed: Collection[str], sketches: Mapping[str, Sketch], day_of: Days, *, reranked: bool = False
) -> frozenset[str]:
    """The articles that are of the first of a band with those that `changed`, and not without them, or the reverse.

    For articles that come or go alike. With `reranked`, all that may be: what rank they had is not known. `sketches` as
    for `compared`.
    """
    gone = set(changed)
    found: set[str] = set()
    ranks = _ranks(sketches, day_of)
    for sharing in _by_band(gone, sketches):
        if len(sharing) <= FIRST:
            continue
        without = _first([i for i in sharing if i not in gone], ranks)
        if reranked:
            found.update(without[max(0, FIRST - len(gone)) :])
        else:
            found.update(set(without).symmetric_difference(_first(sharing, ranks)))
    return frozenset(found - gone)


def _by_band(article_ids: Collection[str], sketches: Mapping[str, Sketch]) -> Iterable[list[str]]:
    """The articles that share each of the bands of some."""
    by_band: dict[int, list[str]] = {band: [] for i in article_ids for band in bands(sketches[i])}
    for article_id, kept in sketches.items():
        for band in set(bands(kept)):
            if (sharing := by_band.get(band)) is not None:
                sharing.append(article_id)
    return by_band.values()


def _ranks(sketches: Mapping[str, Sketch], day_of: Days) -> dict[str, tuple[bool, dt.date, int, str]]:
    return {i: _rank(Member(i, day_of(i), kept.n_words)) for i, kept in sketches.items()}


def _first(sharing: Sequence[str], ranks: Mapping[str, tuple[bool, dt.date, int, str]]) -> list[str]:
    if len(sharing) <= FIRST:
        return sorted(sharing, key=ranks.__getitem__)
    return heapq.nsmallest(FIRST, sharing, key=ranks.__getitem__)


def touched(changed: Collection[str], edges_of: Callable[[Collection[str]], Iterable[Edge]]) -> frozenset[str]:
    """Every article in the connected parts of the copy graph that the `changed` articles lie in, themselves included.

    `edges_of` gives the edges with an end among some articles. For articles that leave, `changed` are those that were
    their copies, asked for once their edges are gone.
    """
    found, latest = set(changed), set(changed)
    while latest:
        ends = {end for edge in edges_of(latest) if edge.relation == "copy" for end in (edge.one, edge.other)}
        latest = ends - found
        found |= latest
    return frozenset(found)


def clusters(members: Iterable[Member], edges: Iterable[Edge]) -> tuple[Cluster, ...]:
    """The clusters of whole connected parts of the copy graph, by rank of their canonical articles.

    Every member is in exactly one. Edges to articles that are not among the members, and versions, do not count.
    """
    waiting = {member.article_id: member for member in members}
    copies: defaultdict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.relation == "copy":
            copies[edge.one].add(edge.other)
            copies[edge.other].add(edge.one)
    made = []
    for member in sorted(waiting.values(), key=_rank):
        if waiting.pop(member.article_id, None) is None:
            continue
        gathered = sorted((waiting.pop(i) for i in copies[member.article_id] & waiting.keys()), key=_rank)
        made.append(Cluster(member.article_id, tuple(copy.article_id for copy in gathered)))
    return tuple(made)


def link_versions(
    made: Iterable[Cluster], edges: Iterable[Edge], days: Mapping[str, dt.date | None]
) -> tuple[VersionLink, ...]:
    """Which clusters are versions of one story: those of which any two articles are; in order, each pair once.

    `days` are the publication days of the canonical articles. A cluster with links that is `older` in no ordered one is
    the newest version, as far as is known.
    """
    home = {i: cluster.canonical for cluster in made for i in (cluster.canonical, *cluster.copies)}
    links = set()
    for edge in edges:
        one, other = home.get(edge.one), home.get(edge.other)
        if edge.relation == "version" and one and other and one != other:
            links.add(_link(one, other, days))
    return tuple(sorted(links))


def _link(one: str, other: str, days: Mapping[str, dt.date | None]) -> VersionLink:
    first, second = days.get(one), days.get(other)
    if first is None or second is None or first == second:
        return VersionLink(min(one, other), max(one, other), is_ordered=False)
    return VersionLink(one, other, is_ordered=True) if first < second else VersionLink(other, one, is_ordered=True)
