"""Citation, Statement, Answer, Turn: what a reader is told, and the laws between the parts.

An answer that breaks a law cannot be built: a statement without support, a marker without a citation, or an
empty answer without a reason is a ValueError here, so nothing downstream checks again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Literal

from store import Filters, Hit

__all__ = ["Abstention", "Answer", "Citation", "NearPassage", "Provenance", "Statement", "Support", "Tally", "Turn"]

Support = Literal["verbatim", "supported", "unsupported"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Verbatim words and where they stand: `source_text[start:end] == quote`. Made by app/cite.py only."""

    marker: int
    source: str
    start: int
    end: int
    quote: str
    headline: str | None
    outlet: str | None
    published: dt.date | None
    published_basis: str
    article_id: str
    copies: tuple[str, ...] = ()  # where else the same text lies, near enough: not another source of it

    def __post_init__(self) -> None:
        if self.marker < 1:
            raise ValueError("markers count from 1")
        if not 0 <= self.start < self.end or len(self.quote) != self.end - self.start:
            raise ValueError(f"citation [{self.marker}]: its quote is not {self.start}:{self.end} long")


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted, in which scope, and the number: the support of a statement that no one passage says."""

    counted: str
    scope: str
    number: int
    spans: tuple[tuple[str, int, int], ...]

    def __post_init__(self) -> None:
        if self.number < 0 or not self.counted or not self.scope:
            raise ValueError("a tally names what was counted and where, and the number is not negative")


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing the answer says. `text` is a quote with its whitespace normalised, or a model's sentence."""

    text: str
    markers: tuple[int, ...]
    support: Support
    tally: Tally | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a statement says something")
        if bool(self.markers) == (self.tally is not None):
            raise ValueError("a statement rests on markers or on a tally, never on neither or both")


@dataclass(frozen=True, slots=True)
class NearPassage:
    """A passage that was retrieved and does not answer: shown beside an abstention, never as evidence."""

    source: str
    start: int
    end: int
    text: str
    headline: str | None


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why the articles do not answer, in words for the reader, what was searched, and what came nearest."""

    reason: str
    searched: str
    nearest: tuple[NearPassage, ...] = ()

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("an abstention says why")


@dataclass(frozen=True, slots=True)
class Provenance:
    """What produced the answer: enough to get it again. Digests are hex; `generation` is the index's."""

    generation: int
    encoder: str
    reader: str
    settings: str
    composer: str
    as_of: dt.date


@dataclass(frozen=True, slots=True)
class Answer:
    """What Dateline says to one question.

    `query` is what was searched for: the question made to stand alone. `short` is the few words that answer,
    or None. `confidence` is 0..1, calibrated by the reader. `hits` is everything retrieved, best first.
    """

    question: str
    query: str
    short: str | None
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    filters: Filters
    confidence: float
    abstention: Abstention | None
    provenance: Provenance

    def __post_init__(self) -> None:
        if bool(self.statements) == (self.abstention is not None):
            raise ValueError("an answer has statements or says why it abstained, never both or neither")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence is within 0..1, not {self.confidence}")
        if self.abstention is not None and self.short is not None:
            raise ValueError("an abstention has no short answer")
        if tuple(c.marker for c in self.citations) != tuple(range(1, len(self.citations) + 1)):
            raise ValueError("citations are numbered 1..n in order")
        seen: list[int] = []
        for statement in self.statements:
            seen.extend(m for m in statement.markers if m not in seen)
        if seen != [c.marker for c in self.citations]:
            raise ValueError("markers are 1..n in reading order and each has its citation")

    @property
    def abstained(self) -> bool:
        """Whether the answer declines because the articles do not say."""
        return self.abstention is not None

    @property
    def reason(self) -> str | None:
        """Why it abstained, or None."""
        return self.abstention.reason if self.abstention else None

    @property
    def text(self) -> str:
        """What a person reads, with markers: one statement a line, or the reason for abstaining."""
        if self.abstention is not None:
            return self.abstention.reason
        return "\n".join(
            s.text + ("" if not s.markers else " " + "".join(f"[{m}]" for m in s.markers)) for s in self.statements
        )

    def to_dict(self) -> dict[str, object]:
        """The answer as plain JSON types, for `--json`, logs and stored conversations. Keys are stable."""
        return _as_json(self)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer; a conversation is a tuple of them, passed in and never kept."""

    question: str
    answer: Answer


def _as_json(answer: Answer) -> dict[str, object]:
    return {
        "question": answer.question,
        "query": answer.query,
        "text": answer.text,
        "short": answer.short,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "confidence": round(answer.confidence, 4),
        "statements": [_statement(s) for s in answer.statements],
        "citations": [_citation(c) for c in answer.citations],
        "hits": [_hit(h) for h in answer.hits],
        "filters": answer.filters.to_dict(),
        "abstention": None if answer.abstention is None else _abstention(answer.abstention),
        "provenance": {**asdict(answer.provenance), "as_of": answer.provenance.as_of.isoformat()},
    }


def _statement(statement: Statement) -> dict[str, object]:
    tally = None if statement.tally is None else asdict(statement.tally)
    return {"text": statement.text, "markers": list(statement.markers), "support": statement.support, "tally": tally}


def _citation(citation: Citation) -> dict[str, object]:
    published = None if citation.published is None else citation.published.isoformat()
    return {**asdict(citation), "published": published, "copies": list(citation.copies)}


def _hit(hit: Hit) -> dict[str, object]:
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "source": hit.article.source,
        "headline": hit.article.headline,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "text": hit.passage.text,
        "passage_id": hit.passage.passage_id,
    }


def _abstention(abstention: Abstention) -> dict[str, object]:
    nearest = [asdict(p) for p in abstention.nearest]
    return {"reason": abstention.reason, "searched": abstention.searched, "nearest": nearest}
