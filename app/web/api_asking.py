"""A program's question is answered step by step; earlier turns come with it, since nothing of it is kept here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing, suppress
from dataclasses import replace

from app.answer import Abstention, Answer, Citation, Dropped, Part, Provenance, Statement, Tally, Turn, Writing
from app.ask import AskOptions
from app.times import Timing
from app.web import api_types as told
from app.web.line import Line
from app.web.site import Archive, Site
from ingest.article import Passage
from ingest.errors import UnknownSourceError, UsageError
from store import Filters, Hit

__all__ = ["answer_steps", "answered"]


def answer_steps(site: Site, asked: told.AskRequest) -> Iterator[Statement | Answer | None]:
    """Statements as they are found, then the Answer; None for each step on the way there.

    Raises `UsageError` for an earlier answer that cannot be one, and whatever asking raises.
    """
    options = _options(asked)
    turns: list[Turn] = []
    for item in asked.history:
        if isinstance(item, str):
            for part in site.ask(item, history=tuple(turns), options=replace(options, query=None)):
                turns += [Turn(item, part)] if isinstance(part, Answer) else []
                yield None
        else:
            turns.append(_turn(item, site.archive))
    yield from site.ask(asked.question, history=tuple(turns), options=options)


async def answered(site: Site, line: Line, asked: told.AskRequest) -> Answer:
    """The answer, when its turn has come; being cancelled ends it after the step at hand. Raises as the steps do."""
    answer: Answer | None = None
    async with aclosing(line.follow(answer_steps(site, asked))) as found:
        async for part in found:
            answer = part if isinstance(part, Answer) else answer
    assert answer is not None
    return answer


def _options(asked: told.AskRequest) -> AskOptions:
    bounded = asked.published_from is not None or asked.published_to is not None
    filters = Filters(asked.published_from, asked.published_to, undated=asked.undated) if bounded else None
    return AskOptions(
        query=asked.query,
        filters=filters,
        sources=tuple(asked.sources),
        threshold=asked.threshold,
        times=asked.times,
        undated=asked.undated,
        as_of=asked.as_of,
    )


def _turn(earlier: told.Answer, archive: Archive) -> Turn:
    """The turn that an answer of this API was. It says what a follow-up is about, and is evidence for nothing."""
    try:
        return Turn(earlier.question, _answer(earlier, archive))
    except (TypeError, ValueError) as error:
        raise UsageError(f"an answer in history is none that this API gave: {error}") from error


def _answer(earlier: told.Answer, archive: Archive) -> Answer:
    statements = tuple(
        Statement(s.text, tuple(s.markers), s.support, _tally(s.tally), s.attribution) for s in earlier.statements
    )
    citations = tuple(Citation(**{**dict(c), "copies": tuple(c.copies)}) for c in earlier.citations)
    parts = tuple(
        Part(p.text, tuple(p.markers), p.label, p.day, p.basis, tuple(p.outlets), p.n_sources, p.newest)
        for p in earlier.parts
    )
    why = earlier.abstention
    abstention = Abstention(why.reason, why.searched) if why else None
    timing = Timing(**{**dict(earlier.timing), "words": tuple(earlier.timing.words), "unread": ()})
    return Answer(
        earlier.question, earlier.query, earlier.short, statements, citations, _hits(earlier, archive),
        Filters(**{**dict(earlier.filters), "sources": tuple(earlier.filters.sources)}), earlier.confidence,
        abstention, Provenance(**dict(earlier.provenance)), earlier.layout, parts, tuple(earlier.notes), timing,
        earlier.searched, _writing(earlier.writing),
    )  # fmt: skip


def _writing(writing: told.Writing | None) -> Writing | None:
    if writing is None:
        return None
    return Writing(**{**dict(writing), "dropped": tuple(Dropped(d.text, d.reason) for d in writing.dropped)})


def _tally(tally: told.Tally | None) -> Tally | None:
    if tally is None:
        return None
    return Tally(tally.counted, tally.scope, tally.number, tuple(tally.spans), tally.stories)


def _hits(earlier: told.Answer, archive: Archive) -> tuple[Hit, ...]:
    """The passages that are of articles still there."""
    hits: list[Hit] = []
    for hit in earlier.hits:
        with suppress(UnknownSourceError):
            article = archive.article(hit.source)
            passage = Passage(hit.passage_id, article.article_id, hit.start, hit.end, hit.text)
            hits.append(Hit(passage, article, hit.score, hit.rank))
    return tuple(hits)
