"""What programs send and get: the shapes of the API, in words that stand in its schema."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from app.ask import LONGEST_QUESTION
from app.web.api_answer import (
    Abstention,
    Answer,
    Citation,
    Dropped,
    Filters,
    Hit,
    NearPassage,
    Part,
    Provenance,
    Statement,
    Tally,
    Timing,
    Writing,
)

__all__ = [
    "Abstention",
    "Answer",
    "Article",
    "ArticlePage",
    "ArticleText",
    "AskRequest",
    "Citation",
    "Dropped",
    "Event",
    "Filters",
    "Found",
    "Hit",
    "NearPassage",
    "Part",
    "PassageText",
    "Problem",
    "Provenance",
    "SearchResult",
    "Statement",
    "Status",
    "Tally",
    "Timing",
    "Writing",
]

MOST_TURNS = 50
MOST_SOURCES = 500
LONGEST_SOURCE = 4_000
EXAMPLE_QUESTION = "Who voted for the second bridge?"

SourceName = Annotated[str, Field(min_length=1, max_length=LONGEST_SOURCE)]


Earlier = Annotated[
    Annotated[str, Field(max_length=LONGEST_QUESTION), Tag("question")] | Annotated[Answer, Tag("answer")],
    Discriminator(lambda sent: "question" if isinstance(sent, str) else "answer"),
]


class AskRequest(BaseModel):
    """A question, and what is to be different about answering it. Everything but the question may be left out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"question": EXAMPLE_QUESTION}]})

    question: str = Field(min_length=1, max_length=LONGEST_QUESTION, description="In your own words.")
    history: list[Earlier] = Field(
        default_factory=list,
        max_length=MOST_TURNS,
        description="What was asked before, oldest first: questions, which are then asked again in turn, or answers as "
        "this API gave them, which are taken as they are.",
    )
    as_of: dt.date | None = Field(
        default=None,
        description="The day from which relative times count; today if left out. What was published later is no "
        "evidence.",
    )
    sources: list[SourceName] = Field(
        default_factory=list, max_length=MOST_SOURCES, description="Only these files, folders or containers."
    )
    published_from: dt.date | None = Field(default=None, description="Published on that day or later.")
    published_to: dt.date | None = Field(default=None, description="Published on that day or earlier.")
    undated: bool = Field(
        default=False,
        description="Where days bound the search, here or in the question: search articles without a known day too.",
    )
    query: str | None = Field(
        default=None, max_length=LONGEST_QUESTION, description="Search for these words instead of the question."
    )
    times: bool = Field(default=True, description="Whether days and an order are read from the question.")
    threshold: float | None = Field(default=None, ge=0, le=1, description="Decline below this confidence.")

    @model_validator(mode="after")
    def _days_in_order(self) -> AskRequest:
        if self.published_from and self.published_to and self.published_from > self.published_to:
            raise ValueError(f"no day lies from {self.published_from} to {self.published_to}")
        return self


class Event(BaseModel):
    """A line of a streamed answer: a statement as soon as it is certain, the whole answer last; or what went wrong."""

    kind: Literal["statement", "answer", "problem"]
    statement: Statement | None = None
    answer: Answer | None = None
    problem: Problem | None = None


class Article(BaseModel):
    """What is known of an article."""

    source: str = Field(description="The first place it lies: the one that citations name.")
    sources: list[str] = Field(description="Every place it lies.")
    article_id: str = Field(description="The digest of its bytes, the same on every machine.")
    headline: str | None
    outlet: str | None
    authors: list[str]
    published: dt.date | None
    published_basis: str
    published_confidence: float
    label: str | None = Field(description="What the page calls it where it is no plain news: opinion, analysis, …")
    language: str | None
    notes: list[str] = Field(description="How the file was read: a guessed encoding, damaged characters.")


class ArticlePage(BaseModel):
    """Some of the articles, ordered by source."""

    total: int = Field(description="How many there are in all.")
    offset: int
    limit: int
    next_offset: int | None = Field(description="Where the next page begins; null on the last.")
    articles: list[Article]


class ArticleText(BaseModel):
    """An article with its exact source text, of which spans of citations count the code points."""

    article: Article
    body: list[tuple[int, int]] = Field(description="The spans that are the article; the rest is page furniture.")
    copies: list[str] = Field(description="Where nearly the same text lies.")
    versions: list[str] = Field(description="Articles that tell the same story with other facts.")
    text: str


class PassageText(BaseModel):
    """What stands at a span of a source text."""

    source: str
    start: int
    end: int
    text: str
    before: str = Field(description="As much of what stands before it as was asked for.")
    after: str


class Found(BaseModel):
    """A place in an article."""

    rank: int
    score: float
    source: str
    start: int
    end: int
    quote: str
    passage: str = Field(description="The passage around it.")
    headline: str | None
    outlet: str | None
    published: dt.date | None


class SearchResult(BaseModel):
    """Where words stand, or the nearest passages."""

    words: str
    exact: bool = Field(description="Whether the words stand there in a row; otherwise these are the nearest passages.")
    found: list[Found]


class Status(BaseModel):
    """What is being served."""

    title: str
    version: str
    generation: int = Field(description="How often the archive has changed: the same number, the same answers.")
    articles: int
    passages: int
    dated: int = Field(description="Of how many articles the day of publication is known.")
    first_day: dt.date | None
    last_day: dt.date | None
    coverage: str = Field(description="The same in words.")
    set_aside: int = Field(description="Files that could not be read as an article.")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="What to do about it, in words.")
