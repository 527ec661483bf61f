"""Clusters are a function of the articles alone, and every member is a copy of its canonical article."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clusters import (
    FIRST,
    Cluster,
    Edge,
    Member,
    VersionLink,
    canonical,
    clusters,
    compared,
    find_edges,
    link_versions,
    moved,
    touched,
)
from ingest.duplicates import Relation, sketch
from tests.ingest.test_duplicates import ARTICLE, OTHER

MONDAY, TUESDAY = dt.date(2021, 3, 1), dt.date(2021, 3, 2)
IDS = "abcdefgh"


def copies(*pairs: str) -> list[Edge]:
    return [Edge(pair[0], pair[1], "copy") for pair in pairs]


class Archive:
    """What a store does: keeps members, edges and clusters, and recomputes only what a change touches."""

    def __init__(self, world: dict[tuple[str, str], Relation], known: dict[str, Member]) -> None:
        self.world, self.known = world, known
        self.edges: set[Edge] = set()
        self.home: dict[str, str] = {}
        self.recomputed = 0

    def edges_of(self, ids: Collection[str]) -> list[Edge]:
        return [edge for edge in self.edges if edge.one in ids or edge.other in ids]

    def add(self, ids: Collection[str]) -> None:
        held = {*self.home, *ids}
        self.edges |= {Edge(*pair, relation) for pair, relation in self.world.items() if held.issuperset(pair)}
        self._recompute(touched(ids, self.edges_of))

    def remove(self, ids: Collection[str]) -> None:
        lost = self.edges_of(ids)
        self.edges -= set(lost)
        for article_id in ids:
            del self.home[article_id]
        left = {end for edge in lost for end in (edge.one, edge.other)} - set(ids)
        self._recompute(touched(left, self.edges_of))

    def _recompute(self, ids: Collection[str]) -> None:
        self.recomputed = len(ids)
        for cluster in clusters([self.known[i] for i in ids], self.edges_of(ids)):
            self.home.update(dict.fromkeys((cluster.canonical, *cluster.copies), cluster.canonical))

    def made(self) -> list[Cluster]:
        ranked = sorted(self.home, key=lambda i: (self.known[i].day is None, self.known[i].day or dt.date.max,
                                                  -self.known[i].n_words, i))  # fmt: skip
        return [
            Cluster(first, tuple(i for i in ranked if self.home[i] == first and i != first))
            for first in ranked
            if self.home[first] == first
        ]

    def links(self) -> tuple[VersionLink, ...]:
        return link_versions(self.made(), self.edges, {i: m.day for i, m in self.known.items()})


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[tuple[str, str], Relation], dict[str, Member]]:
    pairs = [(one, other) for one in IDS for other in IDS if one < other]
    kinds = draw(st.lists(st.sampled_from(["copy", "version", None, None]), min_size=len(pairs), max_size=len(pairs)))
    world: dict[tuple[str, str], Relation] = {p: k for p, k in zip(pairs, kinds, strict=True) if k}
    days = st.sampled_from([None, MONDAY, TUESDAY])
    return world, {i: Member(i, draw(days), draw(st.integers(1, 3))) for i in IDS}


def at_once(world: dict[tuple[str, str], Relation], known: dict[str, Member], ids: Iterable[str]) -> Archive:
    archive = Archive(world, known)
    archive.add(set(ids))
    return archive


@settings(max_examples=200, deadline=None)
@given(worlds(), st.permutations(IDS), st.lists(st.integers(1, 8), max_size=4))
def test_any_order_of_arrival_and_any_batches_make_the_same_clusters_and_links(
    world: tuple[dict[tuple[str, str], Relation], dict[str, Member]], order: list[str], cuts: list[int]
) -> None:
    archive = Archive(*world)
    bounds = sorted({0, 8, *cuts})
    for start, end in pairwise(bounds):
        archive.add(order[start:end])
    expected = at_once(*world, IDS)
    assert (archive.made(), archive.links()) == (expected.made(), expected.links())


@settings(max_examples=200, deadline=None)
@given(worlds(), st.permutations(IDS), st.integers(1, 7))
def test_articles_that_leave_leave_no_trace(
    world: tuple[dict[tuple[str, str], Relation], dict[str, Member]], order: list[str], gone: int
) -> None:
    archive = at_once(*world, IDS)
    archive.remove(order[:gone])
    expected = at_once(*world, order[gone:])
    assert (archive.made(), archive.links()) == (expected.made(), expected.links())


@given(worlds())
def test_every_article_is_in_one_cluster_and_a_copy_of_its_canonical_one(
    world: tuple[dict[tuple[str, str], Relation], dict[str, Member]],
) -> None:
    made = at_once(*world, IDS).made()
    assert sorted(i for cluster in made for i in (cluster.canonical, *cluster.copies)) == list(IDS)
    for cluster in made:
        for copy in cluster.copies:
            one, other = sorted((cluster.canonical, copy))
            assert world[0][one, other] == "copy"


def test_a_chain_of_copies_is_no_cluster_of_strangers() -> None:
    members = [Member(i, MONDAY, 10) for i in "abc"]
    assert clusters(members, copies("ab", "bc")) == (Cluster("a", ("b",)), Cluster("c"))


def test_the_earliest_then_the_longest_then_the_first_by_id_is_canonical() -> None:
    early, late, undated = Member("z", MONDAY, 5), Member("b", TUESDAY, 99), Member("a", None, 999)
    assert canonical([undated, late, early]) == early
    assert canonical([Member("a", MONDAY, 5), Member("b", MONDAY, 9)]).article_id == "b"
    assert canonical([Member("b", None, 5), Member("a", None, 5)]).article_id == "a"


def test_when_the_canonical_article_leaves_the_next_by_rank_takes_its_place() -> None:
    known = {i: Member(i, MONDAY, 10) for i in "abc"}
    archive = at_once({("a", "b"): "copy", ("a", "c"): "copy", ("b", "c"): "copy"}, known, "abc")
    assert archive.made() == [Cluster("a", ("b", "c"))]
    archive.remove("a")
    assert archive.made() == [Cluster("b", ("c",))]


def test_only_the_part_that_an_article_touches_is_recomputed() -> None:
    known = {i: Member(i, MONDAY, 10) for i in "abcdef"}
    archive = at_once({("a", "b"): "copy", ("c", "d"): "copy", ("d", "e"): "copy"}, known, "abcd")
    archive.add("e")
    assert archive.recomputed == 3


def test_a_version_of_a_copy_links_the_clusters_and_the_later_day_is_newer() -> None:
    made = (Cluster("a", ("b",)), Cluster("c", ("d",)))
    edges = [Edge("b", "d", "version"), Edge("a", "d", "version"), *copies("ab", "cd")]
    assert link_versions(made, edges, {"a": TUESDAY, "c": MONDAY}) == (VersionLink("c", "a", is_ordered=True),)


def test_versions_of_one_day_or_of_an_unknown_one_are_linked_without_an_order() -> None:
    made = (Cluster("a"), Cluster("c"))
    edges = [Edge("a", "c", "version")]
    for days in ({"a": MONDAY, "c": MONDAY}, {"a": MONDAY, "c": None}):
        assert link_versions(made, edges, days) == (VersionLink("a", "c", is_ordered=False),)


def test_edges_are_found_among_new_articles_and_to_held_ones() -> None:
    texts = {"a": ARTICLE, "b": "By Tom Ashby\n" + ARTICLE, "c": OTHER, "d": ARTICLE.replace("212", "214")}
    kept = {i: sketch(text) for i, text in texts.items()}
    new, held = {i: kept[i] for i in "bcd"}, {"a": kept["a"]}
    assert find_edges(new, held, text_of=texts.__getitem__, day_of=lambda i: None) == (
        Edge("a", "b", "copy"),
        Edge("a", "d", "version"),
        Edge("b", "d", "version"),
    )
    assert find_edges({}, kept, text_of=texts.__getitem__, day_of=lambda i: None) == ()


def test_of_many_articles_with_one_text_each_is_compared_with_the_first_by_rank_alone() -> None:
    kept = {f"{at:02}": sketch(ARTICLE) for at in range(FIRST + 4)}
    days = {i: MONDAY if i < "10" else None for i in kept}
    first = sorted(kept)[:FIRST]
    assert compared(kept, kept, days.get) == {(one, other) for one in first for other in kept if one < other}
    assert compared(["19"], kept, days.get) == {(one, "19") for one in first}
    days["19"] = MONDAY - dt.timedelta(1)
    assert ("18", "19") in compared(["18"], kept, days.get)
    assert (f"{FIRST - 1}", "18") not in compared(["18"], kept, days.get)


def test_who_comes_among_the_first_takes_the_place_of_the_last_of_them() -> None:
    kept = {f"{at:02}": sketch(ARTICLE) for at in range(FIRST + 4)}
    assert moved(["03"], kept, lambda i: None) == {f"{FIRST}"}
    assert moved(["19"], kept, lambda i: None) == frozenset()
    assert moved(["19"], kept, lambda i: None, reranked=True) == {f"{FIRST - 1}"}
