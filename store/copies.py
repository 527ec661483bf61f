"""Copies and versions in the catalogue: found when articles come, worked out anew where they come and go.

All of it happens in the transaction that brings or takes the articles, so no reader sees an article without its
cluster. What a cluster is, `ingest.clusters` says; here only the parts of the graph that changed are given to it.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias, TypeVar

import sqlalchemy as sa

from ingest.article import Span
from ingest.batch import PreparedArticle
from ingest.clusters import Edge, Member, Pair, clusters, compared, find_edges, moved, touched
from ingest.duplicates import Sketch, bands, sketch
from store.schema import ARTICLES, BANDS, COPIES, EDGES, SKETCHES

__all__ = ["body_of", "forget", "link", "recluster", "relate"]

_CHUNK = 500
_TEXTS = 256  # bodies that are kept while articles are compared
_T = TypeVar("_T")
Text: TypeAlias = Callable[[str], str]
"""The body of an article, by its id."""


def body_of(source_text: str, spans: Iterable[Span]) -> str:
    """The words of a body as they are compared."""
    return "\n".join(span.of(source_text) for span in spans)


def link(c: sa.Connection, new: Sequence[tuple[PreparedArticle, int]]) -> None:
    """Take up articles that were just written, each with the id of its first passage."""
    bodies = {a.article.article_id: body_of(a.source_text, a.article.body) for a, _ in new}
    sketches = {article_id: sketch(body) for article_id, body in bodies.items()}
    numbers = {a.article.article_id: number for a, number in new}
    held = _candidates(c, sketches)
    _relate(c, sketches, held, lambda i: bodies.get(i) or _body(c, i))
    c.execute(
        sa.insert(SKETCHES),
        [{"article_id": i, "number": numbers[i], "sketch": kept.to_bytes()} for i, kept in sketches.items()],
    )
    rows = [{"band": band, "number": numbers[i]} for i, kept in sketches.items() for band in set(bands(kept))]
    c.execute(sa.insert(BANDS), rows)
    together = {**held, **sketches}
    parted = _part(c, moved(sketches, together, _days(c, list(together)).get))
    recluster(c, {*sketches, *parted})


def relate(c: sa.Connection, article_id: str) -> None:
    """Compare an article with its candidates anew, because its publication day is another one."""
    row = c.execute(sa.select(SKETCHES).where(SKETCHES.c.article_id == article_id)).first()
    if row is None:
        return
    before = [end for edge in _edges(c, [article_id]) for end in (edge.one, edge.other)]
    c.execute(sa.delete(EDGES).where(sa.or_(EDGES.c.one == article_id, EDGES.c.other == article_id)))
    own = {article_id: Sketch.from_bytes(row.sketch)}
    held = _candidates(c, own)
    _relate(c, own, held, lambda i: _body(c, i))
    others = moved(own, held, _days(c, list(held)).get, reranked=True)
    parted = _part(c, others)
    _join(c, others)
    recluster(c, {*before, *parted, *others, article_id})


def forget(c: sa.Connection, article_ids: Sequence[str]) -> None:
    """Let go of articles that are about to leave; the clusters they were in are worked out without them."""
    left: set[str] = set()
    others: set[str] = set()
    for some in _chunks(article_ids):
        left.update(end for edge in _edges(c, some) if edge.relation == "copy" for end in (edge.one, edge.other))
        held = list(c.execute(sa.select(SKETCHES).where(SKETCHES.c.article_id.in_(some))))
        own = {row.article_id: Sketch.from_bytes(row.sketch) for row in held}
        near = _candidates(c, own)
        others |= moved(own, near, _days(c, list(near)).get)
        gone = [{"b": band, "n": row.number} for row in held for band in set(bands(own[row.article_id]))]
        if gone:
            place = sa.and_(BANDS.c.band == sa.bindparam("b"), BANDS.c.number == sa.bindparam("n"))
            c.execute(sa.delete(BANDS).where(place), gone)
        c.execute(sa.delete(SKETCHES).where(SKETCHES.c.number.in_([row.number for row in held])))
        c.execute(sa.delete(EDGES).where(sa.or_(EDGES.c.one.in_(some), EDGES.c.other.in_(some))))
        c.execute(sa.delete(COPIES).where(sa.or_(COPIES.c.article_id.in_(some), COPIES.c.canonical_id.in_(some))))
    others -= set(article_ids)
    _join(c, others)
    recluster(c, (left | others) - set(article_ids))


def recluster(c: sa.Connection, changed: Collection[str]) -> None:
    """Work out the clusters that the changed articles lie in."""
    if not changed:
        return
    edges: set[Edge] = set()

    def edges_of(some: Collection[str]) -> list[Edge]:
        found = _edges(c, list(some))
        edges.update(found)
        return found

    part = touched(changed, edges_of)  # whatever ends in it was asked for
    members = _members(c, part)
    made = clusters(members.values(), edges)
    for some in _chunks(list(part)):
        c.execute(sa.delete(COPIES).where(COPIES.c.article_id.in_(some)))
    rows = [{"article_id": copy, "canonical_id": one.canonical} for one in made for copy in one.copies]
    if rows:
        c.execute(sa.insert(COPIES), rows)


def _join(c: sa.Connection, article_ids: Collection[str]) -> None:
    """Compare articles with those that they were not compared with and now are to be."""
    own = _sketches(c, article_ids)
    if own:
        known = {(edge.one, edge.other) for edge in _edges(c, list(own))}
        _relate(c, own, _candidates(c, own), lambda i: _body(c, i), known)


def _part(c: sa.Connection, article_ids: Collection[str]) -> set[str]:
    """Drop the edges between articles and those that they are no longer to be compared with; the ends of them."""
    own = _sketches(c, article_ids)
    if not own:
        return set()
    held = _candidates(c, own)
    stay = compared(own, held, _days(c, list(held)).get)
    gone = [edge for edge in _edges(c, list(own)) if (edge.one, edge.other) not in stay]
    if gone:
        place = sa.and_(EDGES.c.one == sa.bindparam("a"), EDGES.c.other == sa.bindparam("b"))
        c.execute(sa.delete(EDGES).where(place), [{"a": edge.one, "b": edge.other} for edge in gone])
    return {end for edge in gone for end in (edge.one, edge.other)}


def _relate(
    c: sa.Connection,
    new: Mapping[str, Sketch],
    held: Mapping[str, Sketch],
    text_of: Text,
    known: Collection[Pair] = frozenset(),
) -> None:
    days = _days(c, list({**held, **new}))
    read = lru_cache(maxsize=_TEXTS)(text_of)
    edges = find_edges(new, held, text_of=read, day_of=days.get, known=known)
    if edges:
        c.execute(sa.insert(EDGES), [{"one": e.one, "other": e.other, "relation": e.relation} for e in edges])


def _candidates(c: sa.Connection, new: Mapping[str, Sketch]) -> dict[str, Sketch]:
    """The articles that share a band with one of `new`."""
    wanted = {band: None for kept in new.values() for band in bands(kept)}
    numbers: set[int] = set()
    for some in _chunks(list(wanted)):
        numbers.update(c.execute(sa.select(BANDS.c.number).where(BANDS.c.band.in_(some)).distinct()).scalars())
    found: dict[str, Sketch] = {}
    for some in _chunks(sorted(numbers)):
        for row in c.execute(sa.select(SKETCHES).where(SKETCHES.c.number.in_(some))):
            found[row.article_id] = Sketch.from_bytes(row.sketch)
    return found


def _sketches(c: sa.Connection, article_ids: Iterable[str]) -> dict[str, Sketch]:
    found: dict[str, Sketch] = {}
    for some in _chunks(sorted(article_ids)):
        rows = c.execute(sa.select(SKETCHES).where(SKETCHES.c.article_id.in_(some)))
        found.update((row.article_id, Sketch.from_bytes(row.sketch)) for row in rows)
    return found


def _edges(c: sa.Connection, article_ids: Sequence[str]) -> list[Edge]:
    found: dict[tuple[str, str], Edge] = {}
    for some in _chunks(article_ids):
        rows = c.execute(sa.select(EDGES).where(sa.or_(EDGES.c.one.in_(some), EDGES.c.other.in_(some))))
        found.update(((row.one, row.other), Edge(row.one, row.other, row.relation)) for row in rows)
    return list(found.values())


def _members(c: sa.Connection, article_ids: Iterable[str]) -> dict[str, Member]:
    members: dict[str, Member] = {}
    joined = sa.select(ARTICLES.c.article_id, ARTICLES.c.published_day, SKETCHES.c.sketch).join(
        SKETCHES, SKETCHES.c.article_id == ARTICLES.c.article_id
    )
    for some in _chunks(list(article_ids)):
        for row in c.execute(joined.where(ARTICLES.c.article_id.in_(some))):
            n_words = Sketch.from_bytes(row.sketch).n_words
            members[row.article_id] = Member(row.article_id, row.published_day, n_words)
    return members


def _days(c: sa.Connection, article_ids: Sequence[str]) -> dict[str, dt.date | None]:
    found: dict[str, dt.date | None] = {}
    for some in _chunks(article_ids):
        query = sa.select(ARTICLES.c.article_id, ARTICLES.c.published_day).where(ARTICLES.c.article_id.in_(some))
        found.update((row.article_id, row.published_day) for row in c.execute(query))
    return found


def _body(c: sa.Connection, article_id: str) -> str:
    query = sa.select(ARTICLES.c.source_text, ARTICLES.c.body).where(ARTICLES.c.article_id == article_id)
    row = c.execute(query).one()
    text = zlib.decompress(row.source_text).decode("utf-8", "surrogatepass")
    return body_of(text, (Span(start, end) for start, end in row.body))


def _chunks(values: Sequence[_T]) -> Iterator[list[_T]]:
    for start in range(0, len(values), _CHUNK):
        yield list(values[start : start + _CHUNK])
