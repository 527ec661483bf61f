"""What the tests of gathering forms share: invented articles as hits, and a Research that searches them by words."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.draft import Composition
from app.question import Question, read_question
from app.reader import Pointer, Reading
from app.times import NO_TIMING, Timing
from ingest.article import Article, Passage, PublicationDate, Span
from store import Filters, Hit
from store.lexical import terms


def told_by(
    text: str, *, day: dt.date | None = None, headline: str | None = None, outlet: str | None = None, rank: int = 1
) -> Hit:
    """An article of one passage, found at `rank`."""
    article_id = hashlib.sha256(text.encode()).hexdigest()
    published = PublicationDate(day, "printed" if day else "not stated", 0.93 if day else 0.0)
    whole = Span(0, len(text))
    article = Article(article_id, (f"{rank}.txt",), headline, outlet, (), published, (whole,), article_id)
    return Hit(Passage(rank, article_id, 0, len(text), text), article, 1.0, rank)


def pointing(*found: tuple[Hit, str, str | None, float], confidence: float = 0.8) -> Reading:
    """A reading that points at sentences: the hit, the sentence, the few words in it, the score."""
    pointers = []
    for hit, sentence, short, score in found:
        start = hit.passage.text.index(sentence)
        inside = None
        if short is not None:
            at = start + sentence.index(short)
            inside = Span(at, at + len(short))
        pointers.append(Pointer(hit, Span(start, start + len(sentence)), score, inside))
    return Reading(tuple(pointers), confidence)


@dataclass(frozen=True)
class InventedResearch:
    """`app.draft.Research` over a few hits: a search gives those that share a word, most words first."""

    hits: tuple[Hit, ...]
    reading: Reading = field(default_factory=lambda: Reading((), 0.0))
    timing: Timing = NO_TIMING
    as_of: dt.date = dt.date(2024, 1, 1)
    filters: Filters = field(default_factory=Filters)
    threshold: float = 0.24

    def search(self, query: str, *, k: int = 20) -> Sequence[Hit]:
        """The hits that share a word with `query`."""
        asked = set(terms(query))
        shared = [(len(asked & set(terms(f"{h.article.headline or ''} {h.passage.text}"))), h) for h in self.hits]
        return [h for n, h in sorted(shared, key=lambda s: -s[0]) if n][:k]

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        """What was made up beforehand."""
        return self.reading

    def text_of(self, article_id: str) -> str:
        """The text of an article."""
        return next(h.passage.text for h in self.hits if h.article.article_id == article_id)

    def passages(self, article_id: str) -> Sequence[Passage]:
        """The one passage of an article."""
        return [h.passage for h in self.hits if h.article.article_id == article_id]

    def story(self, article_id: str) -> str:
        """Every article is a story of its own."""
        return article_id

    def frequency(self, term: str) -> int:
        """How many hits hold `term`."""
        return sum(set(terms(term)) <= set(terms(h.passage.text)) for h in self.hits)


def asked(text: str) -> Question:
    """The question, read."""
    return read_question(text)


def quoted(said: Composition | None) -> list[str]:
    """The sentences of a composition; a failure where there is none."""
    assert said is not None
    for draft in said.drafts:
        for quote in draft.quotes:
            assert quote.text and len(quote.text) == len(quote.span)
    return [re.sub(r"\s+", " ", d.text) for d in said.drafts]
