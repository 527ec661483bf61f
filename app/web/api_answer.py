"""The shapes of an answer for programs: those of `Answer.to_dict()`, key by key. A test holds them together."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, Field

from app.answer import Layout as Laid
from app.answer import Support
from app.times import Order, Side

__all__ = [
    "Abstention",
    "Answer",
    "Citation",
    "Dropped",
    "Filters",
    "Hit",
    "NearPassage",
    "Part",
    "Provenance",
    "Statement",
    "Tally",
    "Timing",
    "Writing",
]


class Tally(BaseModel):
    """What was counted, where, and the number: the support of a statement that no one passage says."""

    counted: str
    scope: str = Field(description="Among which articles it was counted, in words.")
    number: int
    spans: list[tuple[str, int, int]] = Field(description="Source, start, end: one for each of what was counted.")
    stories: int | None = Field(description="How many independent ones there are, copies of one text taken as one.")


class Statement(BaseModel):
    """One thing the answer says. It rests on markers, or on a tally."""

    text: str
    markers: list[int] = Field(description="The numbers of the citations that it rests on.")
    support: Support
    tally: Tally | None
    attribution: str | None = Field(description="To whom the article itself attributes it, in its own words.")


class Citation(BaseModel):
    """Verbatim words and where they stand: `text[start:end] == quote`, where `text` is the article's source text."""

    marker: int
    source: str = Field(description="Where the article lies, as the archive names it.")
    start: int = Field(description="Counts the code points of the source text, from 0.")
    end: int = Field(description="The first code point that is no longer part of the quote.")
    quote: str
    headline: str | None
    outlet: str | None
    published: dt.date | None
    published_basis: str = Field(description="From what the day of publication is known, or why it is not.")
    article_id: str
    copies: list[str] = Field(description="Where else the same text lies, near enough: not another source of it.")


class Part(BaseModel):
    """An item of a list, a side of a disagreement or comparison, a reading of the question, an event of a timeline."""

    text: str
    markers: list[int]
    label: str | None
    day: dt.date | None
    basis: str | None = Field(description="From what the day is known.")
    outlets: list[str]
    n_sources: int = Field(description="How many independent texts say so.")
    newest: bool = Field(description="Among sides that differ: the one told last.")


class Hit(BaseModel):
    """A passage that was retrieved, used in the answer or not."""

    rank: int
    score: float
    source: str
    headline: str | None
    start: int
    end: int
    text: str
    passage_id: int
    article_id: str
    outlet: str | None
    published: dt.date | None
    published_basis: str = Field(description="From what that day is known.")
    copies: list[str] = Field(description="Where else the same text lies.")


class NearPassage(BaseModel):
    """A passage that came near and does not answer."""

    source: str
    start: int
    end: int
    text: str
    headline: str | None


class Abstention(BaseModel):
    """Why the articles do not answer, what was searched, and what came nearest."""

    reason: str
    searched: str
    nearest: list[NearPassage]


class Filters(BaseModel):
    """Which articles could be evidence."""

    published_from: dt.date | None
    published_to: dt.date | None
    undated: bool
    sources: list[str]


class Timing(BaseModel):
    """What was read of time in the question, and the phrases it was read from."""

    text: str
    words: list[str]
    first: dt.date | None
    last: dt.date | None
    order: Order | None
    event: str | None
    side: Side | None
    basis: str | None
    unread: list[str]
    rest: str


class Provenance(BaseModel):
    """What produced the answer: enough to get it again."""

    generation: int = Field(description="How often the archive had changed.")
    encoder: str
    reader: str
    settings: str
    composer: str = Field(description='"extractive", or "llm:" and the name of the model whose words they are.')
    as_of: dt.date
    prompts: str | None = Field(description="Digest of what a language model was told; null where none was asked.")


class Dropped(BaseModel):
    """A statement of a language model that is not part of the answer, and why."""

    text: str
    reason: str


class Writing(BaseModel):
    """What a language model had to do with an answer, and what that cost."""

    model: str
    place: str = Field(description="Where it ran, in words.")
    is_local: bool = Field(description="Whether nothing left this machine.")
    prompts: str = Field(description="Digest of what it was told.")
    tokens_in: int | None
    tokens_out: int | None
    first_statement_s: float | None = Field(description="Seconds to the first statement that passed the check.")
    seconds: float
    n_said: int = Field(description="Statements that it wrote.")
    n_dropped: int = Field(description="How many of them are not in the answer.")
    dropped: list[Dropped] = Field(description="Their words, where the server is set to show them.")
    fell_back: str | None = Field(description="Why the answer is extractive all the same; null where it is not.")


class Answer(BaseModel):
    """An answer whose every statement is cited, or an abstention that says why."""

    version: int = Field(description="Of this form: one that cannot be read any more has another number.")
    question: str
    query: str = Field(description="What was searched for: the question made to stand alone.")
    text: str = Field(description="What a person reads: a statement a line with its [markers], or why it abstained.")
    short: str | None = Field(description="The few words that answer, where there are such.")
    abstained: bool
    reason: str | None
    confidence: float = Field(description="0 to 1, calibrated.")
    confidence_exact: float = Field(description="The same, not rounded.")
    statements: list[Statement]
    citations: list[Citation]
    hits: list[Hit] = Field(description="Everything that was retrieved, best first.")
    layout: Laid = Field(description="How the parts belong together.")
    parts: list[Part]
    notes: list[str] = Field(description="What a reader has to know besides.")
    as_of_newest: dt.date | None = Field(description="The newest day of publication among what is cited.")
    filters: Filters
    timing: Timing
    searched: str = Field(description="What was looked through, in words.")
    abstention: Abstention | None
    writing: Writing | None = Field(description="What a language model had to do with it; null where none was asked.")
    provenance: Provenance
