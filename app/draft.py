"""What an answer is made of before it is cited: quotes, drafts that rest on them, and how they belong together.

A Composer decides what to say and which spans carry it; it does not number, check or display: that is app/cite.py's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.answer import Layout, Statement, Support
from app.question import Question
from app.reader import Reading
from app.times import Timing
from ingest.article import Article, Passage, Span
from store import Filters, Hit

__all__ = ["Composer", "Composition", "Draft", "DraftPart", "Quote", "Research"]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of an article, as the composer read them at a span of its source text."""

    article: Article
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement before it is cited: its text and the quotes it rests on, at least one."""

    text: str
    quotes: tuple[Quote, ...]
    support: Support
    short: str | None = None
    attribution: str | None = None

    def __post_init__(self) -> None:
        if not self.quotes or not self.text.strip():
            raise ValueError("a draft says something and rests on a quote")


@dataclass(frozen=True, slots=True)
class DraftPart:
    """A `Part` before it is cited: `drafts` are the numbers, from 0, of the drafts it rests on."""

    text: str
    drafts: tuple[int, ...]
    label: str | None = None
    day: dt.date | None = None
    basis: str | None = None
    outlets: tuple[str, ...] = ()
    n_sources: int = 1
    newest: bool = False


@dataclass(frozen=True, slots=True)
class Composition:
    """What is to be said: drafts in reading order, or counted statements, and how they belong together.

    `confidence` is the chance that this answers, 0..1; the answer is given when it reaches the threshold.
    """

    drafts: tuple[Draft, ...]
    confidence: float
    short: str | None = None
    layout: Layout = "statements"
    parts: tuple[DraftPart, ...] = ()
    notes: tuple[str, ...] = ()
    counted: tuple[Statement, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence is within 0..1, not {self.confidence}")
        if any(not 0 <= n < len(self.drafts) for p in self.parts for n in p.drafts):
            raise ValueError("a part rests on drafts that there are")


class Research(Protocol):
    """What a form of answer may look up besides what was read: all within the filters of the question."""

    @property
    def hits(self) -> Sequence[Hit]:
        """What was retrieved for the question, best first."""
        ...

    @property
    def timing(self) -> Timing:
        """What the question says of time."""
        ...

    @property
    def as_of(self) -> dt.date:
        """The day of asking."""
        ...

    @property
    def filters(self) -> Filters:
        """Which articles may be evidence."""
        ...

    @property
    def threshold(self) -> float:
        """The confidence below which nothing is answered."""
        ...

    def search(self, query: str, *, k: int = 20) -> Sequence[Hit]:
        """Passages for another query."""
        ...

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        """What the reader makes of `hits` for another question."""
        ...

    def text_of(self, article_id: str) -> str:
        """The exact source text of an article."""
        ...

    def passages(self, article_id: str) -> Sequence[Passage]:
        """The passages of an article, in reading order."""
        ...

    def story(self, article_id: str) -> str:
        """The same for articles that carry one text: what they say has one source."""
        ...

    def frequency(self, term: str) -> int:
        """How many passages of the archive hold `term`, in any inflection; for several words, all of them."""
        ...


class Composer(Protocol):
    """Turns what the reader pointed at into a composition."""

    @property
    def name(self) -> str:
        """How the composer is called in settings and provenance."""
        ...

    def compose(self, question: Question, reading: Reading, research: Research) -> Composition:
        """What is to be said to `question`; no drafts when nothing is."""
        ...
