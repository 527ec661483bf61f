"""Answers of every layout, drawn by hypothesis: whatever the laws between their parts allow."""

from __future__ import annotations

import datetime as dt
from typing import get_args

from hypothesis import strategies as st

from app.answer import Abstention, Answer, Citation, Layout, NearPassage, Part, Provenance, Statement, Tally
from app.ask import AskOptions
from app.times import Timing
from ingest.article import Article, Passage, PublicationDate, Span
from store import Filters, Hit

HOSTILE = (
    "<img src=x onerror=alert(1)> [a](javascript:b) ![c](http://evil.example) **b** `d` # - 1. \u202e\x1b[31m\r\n\"'"
)
text = st.one_of(st.text(max_size=30), st.just(HOSTILE))
words = text.map(lambda t: t if t.strip() else f"word{t}")
maybe = st.none() | text
sources = st.text(st.characters(exclude_categories=()), min_size=1, max_size=20)  # a file name may be no text
days = st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))
starts = st.integers(0, 100_000)
counts = st.integers(0, 10**9)
surely = st.floats(0, 1)


@st.composite
def citations(draw: st.DrawFn, marker: int) -> Citation:
    quote, start = draw(st.text(min_size=1, max_size=40)), draw(starts)
    return Citation(
        marker, draw(sources), start, start + len(quote), quote, draw(maybe), draw(maybe), draw(days), draw(text),
        draw(st.sampled_from(["id", "other id"])), tuple(draw(st.lists(sources, max_size=2))),
    )  # fmt: skip


@st.composite
def hits(draw: st.DrawFn, rank: int) -> Hit:
    told, start = draw(st.text(min_size=1, max_size=40)), draw(starts)
    span = Span(start, start + len(told))
    article_id = draw(st.sampled_from(["id", "other id", "a third id"]))
    article = Article(
        article_id, (draw(sources), "elsewhere.txt"), draw(maybe), draw(maybe), ("Ada",),
        PublicationDate(draw(days), draw(words), 0.5), (Span(0, span.end),), "f",
    )  # fmt: skip
    passage = Passage(draw(st.integers(1, 10**9)), article_id, span.start, span.end, told)
    return Hit(passage, article, draw(st.floats(-1e6, 1e6)), rank, tuple(draw(st.lists(sources, max_size=2))))


places = st.builds(lambda source, start, length: (source, start, start + length), sources, starts, st.integers(1, 99))
tallies = st.builds(
    Tally,
    st.text(min_size=1, max_size=20),
    st.text(min_size=1, max_size=20),
    counts,
    st.lists(places, max_size=3).map(tuple),
    st.none() | counts,
)
provenances = st.builds(Provenance, counts, text, text, text, text, st.dates())
nearest = st.builds(lambda place, told, headline: NearPassage(*place, told, headline), places, text, maybe)
abstentions = st.builds(Abstention, words, text, st.lists(nearest, max_size=3).map(tuple))


def ordered(first: dt.date | None, last: dt.date | None) -> tuple[dt.date | None, dt.date | None]:
    return (last, first) if first and last and first > last else (first, last)


spans_of_days = st.builds(ordered, days, days)
filters = st.builds(
    lambda span, undated, within: Filters(*span, undated, within),
    spans_of_days,
    st.booleans(),
    st.lists(st.text(min_size=1, max_size=9), max_size=2).map(tuple),
)


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    first, last = draw(spans_of_days)
    return Timing(
        draw(text), tuple(draw(st.lists(text, max_size=2))), first, last,
        draw(st.sampled_from([None, "newest", "oldest"])), draw(maybe),
        draw(st.sampled_from([None, "before", "after", "during"])), draw(maybe),
        tuple(draw(st.lists(text, max_size=2))), draw(text),
    )  # fmt: skip


@st.composite
def statements(draw: st.DrawFn) -> tuple[tuple[Statement, ...], int]:
    """Statements whose markers are in reading order, and how many markers there are."""
    made: list[Statement] = []
    seen = 0
    for _ in range(draw(st.integers(1, 4))):
        support = draw(st.sampled_from(["verbatim", "supported", "unsupported"]))
        if draw(st.integers(0, 3)) == 0:
            made.append(Statement(draw(words), (), support, draw(tallies), draw(maybe)))
            continue
        new = draw(st.integers(0 if seen else 1, 2))
        old = [draw(st.integers(1, seen))] if seen and (not new or draw(st.booleans())) else []
        made.append(Statement(draw(words), (*old, *range(seen + 1, seen + new + 1)), support, None, draw(maybe)))
        seen += new
    return tuple(made), seen


@st.composite
def parts(draw: st.DrawFn, markers: int) -> Part:
    own = tuple(draw(st.lists(st.integers(1, markers), min_size=1, max_size=2)))
    return Part(
        draw(words), own, draw(maybe), draw(days), draw(maybe), tuple(draw(st.lists(text, max_size=6))),
        draw(st.integers(1, 2000)), draw(st.booleans()),
    )  # fmt: skip


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """An answer of any layout, or an abstention."""
    shared = {
        "question": draw(text), "query": draw(text), "filters": draw(filters), "confidence": draw(surely),
        "provenance": draw(provenances), "notes": tuple(draw(st.lists(text, max_size=2))), "timing": draw(timings()),
        "searched": draw(text), "hits": tuple(draw(hits(n)) for n in range(1, draw(st.integers(1, 4)))),
    }  # fmt: skip
    if draw(st.booleans()):
        return Answer(short=None, statements=(), citations=(), abstention=draw(abstentions), **shared)
    said, n = draw(statements())
    return Answer(
        short=draw(maybe), statements=said, citations=tuple(draw(citations(m)) for m in range(1, n + 1)),
        abstention=None, layout=draw(st.sampled_from(get_args(Layout))),
        parts=tuple(draw(parts(n)) for _ in range(draw(st.integers(0, 3)))) if n else (), **shared,
    )  # fmt: skip


@st.composite
def options(draw: st.DrawFn) -> AskOptions:
    """Whatever can be changed about a question."""
    within = draw(filters)
    return AskOptions(
        draw(maybe), draw(st.none() | st.just(within)),
        () if within.sources else tuple(draw(st.lists(sources, max_size=2))), draw(st.none() | surely),
        draw(st.sampled_from([None, "extractive"])), draw(st.sampled_from([frozenset(), frozenset({"times"})])),
        draw(st.booleans()), draw(st.booleans()), draw(st.none() | st.dates()),
    )  # fmt: skip
