"""Copies and versions in the catalogue: found when articles come, worked out anew where they come and go.

All of it happens in the transaction that brings or takes the articles, so no reader sees an article without its
cluster. What a cluster is, `ingest.clusters` says; here only the parts of the graph that changed are given to it.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, TypeVar

import sqlalchemy as sa

from ingest.article import Span
from ingest.batch import PreparedArticle
from ingest.clusters import Edge, Member, clusters, find_edges, touched
from ingest.duplicates import Sketch, bands, sketch
from store.schema import ARTICLES, BANDS, COPIES, EDGES, SKETCHES

__all__ = ["body_of", "forget", "link", "recluster", "relate"]

_CHUNK = 500
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
    _relate(c, sketches, _candidates(c, sketches), lambda i: bodies.get(i) or _body(c, i))
    c.execute(
        sa.insert(SKETCHES),
        [{"article_id": i, "number": numbers[i], "sketch": kept.to_bytes()} for i, kept in sketches.items()],
    )
    rows = [{"band": band, "number": numbers[i]} for i, kept in sketches.items() for band in set(bands(kept))]
    c.execute(sa.insert(BANDS), rows)
    recluster(c, list(sketches))


def relate(c: sa.Connection, article_id: str) -> None:
    """Compare an article with its candidates anew, because its publication day is another one."""
    row = c.execute(sa.select(SKETCHES).where(SKETCHES.c.article_id == article_id)).first()
    if row is None:
        return
    before = [end for edge in _edges(c, [article_id]) for end in (edge.one, edge.other)]
    c.execute(sa.delete(EDGES).where(sa.or_(EDGES.c.one == article_id, EDGES.c.other == article_id)))
    own = {article_id: Sketch.from_bytes(row.sketch)}
    held = {i: kept for i, kept in _candidates(c, own).items() if i != article_id}
    _relate(c, own, held, lambda i: _body(c, i))
    recluster(c, {*before, article_id})


def forget(c: sa.Connection, article_ids: Sequence[str]) -> None:
    """Let go of articles that are about to leave; the clusters they were in are worked out without them."""
    for start in range(0, len(article_ids), _CHUNK):
        some = article_ids[start : start + _CHUNK]
        left = {end for edge in _edges(c, some) if edge.relation == "copy" for end in (edge.one, edge.other)}
        numbers = list(c.execute(sa.select(SKETCHES.c.number).where(SKETCHES.c.article_id.in_(some))).scalars())
        held = list(c.execute(sa.select(SKETCHES).where(SKETCHES.c.article_id.in_(some))))
        gone = [(band, row.number) for row in held for band in set(bands(Sketch.from_bytes(row.sketch)))]
        if gone:
            place = sa.and_(BANDS.c.band == sa.bindparam("b"), BANDS.c.number == sa.bindparam("n"))
            c.execute(sa.delete(BANDS).where(place), [{"b": band, "n": number} for band, number in gone])
        c.execute(sa.delete(SKETCHES).where(SKETCHES.c.number.in_(numbers)))
        c.execute(sa.delete(EDGES).where(sa.or_(EDGES.c.one.in_(some), EDGES.c.other.in_(some))))
        c.execute(sa.delete(COPIES).where(sa.or_(COPIES.c.article_id.in_(some), COPIES.c.canonical_id.in_(some))))
        recluster(c, left - set(some))


def recluster(c: sa.Connection, changed: Collection[str]) -> None:
    """Work out the clusters that the changed articles lie in."""
    if not changed:
        return
    part = touched(changed, lambda some: _edges(c, list(some)))
    members = _members(c, part)
    made = clusters(members.values(), _edges(c, list(part)))
    for some in _chunks(list(part)):
        c.execute(sa.delete(COPIES).where(COPIES.c.article_id.in_(some)))
    rows = [{"article_id": copy, "canonical_id": one.canonical} for one in made for copy in one.copies]
    if rows:
        c.execute(sa.insert(COPIES), rows)


def _relate(c: sa.Connection, new: Mapping[str, Sketch], held: Mapping[str, Sketch], text_of: Text) -> None:
    days = _days(c, [*new, *held])
    edges = find_edges(new, held, text_of=text_of, day_of=days.get)
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
