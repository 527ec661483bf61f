"""Citation, Statement, Answer, Turn: what a reader is told, and the laws between the parts.

An answer that breaks a law cannot be built: a statement without support, a marker without a citation, or an
empty answer without a reason is a ValueError here, so nothing downstream checks again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Literal

from app.times import NO_TIMING, Timing
from store import Filters, Hit

__all__ = [
    "VERSION",
    "Abstention",
    "Answer",
    "Citation",
    "Dropped",
    "Layout",
    "NearPassage",
    "Part",
    "Provenance",
    "Statement",
    "Support",
    "Tally",
    "Turn",
    "Writing",
]

# Of what `to_dict` writes. 1 had no key for it, rounded the confidence and told less of what was retrieved; 2 knew of
# no language model.
VERSION = 3

Support = Literal["verbatim", "supported", "unsupported"]
# How the parts of an answer belong together. "differing": articles give different answers; "readings": the question
# can mean several people or events; "comparison": what is said of two things, or by two sources.
Layout = Literal["statements", "list", "differing", "readings", "comparison", "timeline", "count"]


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
    """What was counted, in which scope, and the number: the support of a statement that no one passage says.

    `spans` are (source, start, end), one for each of what was counted; `stories` is how many independent ones there are
    among them, copies of one text taken as one; None where that says nothing.
    """

    counted: str
    scope: str
    number: int
    spans: tuple[tuple[str, int, int], ...]
    stories: int | None = None

    def __post_init__(self) -> None:
        if self.number < 0 or not self.counted or not self.scope:
            raise ValueError("a tally names what was counted and where, and the number is not negative")


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing the answer says. `text` is a quote with its whitespace normalised, or a model's sentence.

    `attribution` is to whom the article itself attributes it ("a senior administration official"), in its own words;
    None where the article says it on its own account.
    """

    text: str
    markers: tuple[int, ...]
    support: Support
    tally: Tally | None = None
    attribution: str | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a statement says something")
        if bool(self.markers) == (self.tally is not None):
            raise ValueError("a statement rests on markers or on a tally, never on neither or both")


@dataclass(frozen=True, slots=True)
class Part:
    """One item of a list, one side of a disagreement or comparison, one reading of a question, one event of a timeline.

    `text` are the few words that make it, as an article has them; `markers` lead to where it says so. `label` names a
    side or reading. `day` is that of the event, in a timeline, and otherwise the newest day of publication among what
    says so; `basis` says from what it is known. `outlets` are who published it, `n_sources` how many independent texts
    say so. `newest` marks, of sides that differ, the one told last.
    """

    text: str
    markers: tuple[int, ...]
    label: str | None = None
    day: dt.date | None = None
    basis: str | None = None
    outlets: tuple[str, ...] = ()
    n_sources: int = 1
    newest: bool = False

    def __post_init__(self) -> None:
        if not self.text.strip() or not self.markers:
            raise ValueError("a part of an answer says something and rests on markers")


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
    """What produced the answer: enough to get it again. Digests are hex; `generation` is the index's.

    `composer` is "extractive", or "llm:" and the name of the model whose words they are; `prompts` is the digest of
    what a model was told, None where none was asked.
    """

    generation: int
    encoder: str
    reader: str
    settings: str
    composer: str
    as_of: dt.date
    prompts: str | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A statement of a language model that is not part of the answer, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Writing:
    """What a language model had to do with an answer, and what that cost.

    `model` ran at `place`, in words; `is_local` says that nothing left this machine. Tokens are counted by its server,
    None where it does not tell. `first_statement_s` and `seconds` count from the request, to the first statement that
    passed and to the end. Of `n_said` statements `n_dropped` did not pass; `dropped` has their words where they are to
    be shown. `fell_back` says why the answer is extractive all the same, None where it is the model's.
    """

    model: str
    place: str
    is_local: bool
    prompts: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    first_statement_s: float | None = None
    seconds: float = 0.0
    n_said: int = 0
    n_dropped: int = 0
    dropped: tuple[Dropped, ...] = ()
    fell_back: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What Dateline says to one question.

    `query` is what was searched for: the question made to stand alone. `short` is the few words that answer,
    or None. `confidence` is 0..1, calibrated by the reader. `hits` is everything retrieved, best first.

    `parts`, laid out as `layout` says, are what the statements add up to, where they are more than one after the other.
    `timing` is what the question says of time, `searched` what was looked through, in words. `notes` are what a reader
    has to know besides: that the articles are old, that undated ones were left out. `writing` says what a language
    model had to do with it, None where none was asked.
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
    layout: Layout = "statements"
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    timing: Timing = NO_TIMING
    searched: str = ""
    writing: Writing | None = None

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
        if any(m > len(self.citations) for p in self.parts for m in p.markers):
            raise ValueError("a part rests on markers that the answer has")

    @property
    def newest(self) -> dt.date | None:
        """The newest day of publication among what is cited: as of when the answer holds. None when none is known."""
        return max((c.published for c in self.citations if c.published is not None), default=None)

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
        """The answer as plain JSON types, for `--json`, logs and stored conversations. Keys are stable.

        `app.answer_json.answer_from_dict` reads it back.
        """
        return _as_json(self)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer; a conversation is a tuple of them, passed in and never kept."""

    question: str
    answer: Answer


def _as_json(answer: Answer) -> dict[str, object]:
    return {
        "version": VERSION,
        "question": answer.question,
        "query": answer.query,
        "text": answer.text,
        "short": answer.short,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "confidence": round(answer.confidence, 4),
        "confidence_exact": float(answer.confidence),
        "statements": [_statement(s) for s in answer.statements],
        "citations": [_citation(c) for c in answer.citations],
        "hits": [_hit(h) for h in answer.hits],
        "layout": answer.layout,
        "parts": [_part(p) for p in answer.parts],
        "notes": list(answer.notes),
        "as_of_newest": None if answer.newest is None else answer.newest.isoformat(),
        "filters": answer.filters.to_dict(),
        "timing": _timing(answer.timing),
        "searched": answer.searched,
        "abstention": None if answer.abstention is None else _abstention(answer.abstention),
        "writing": None if answer.writing is None else _writing(answer.writing),
        "provenance": {**asdict(answer.provenance), "as_of": answer.provenance.as_of.isoformat()},
    }


def _writing(writing: Writing) -> dict[str, object]:
    return {**asdict(writing), "dropped": [asdict(d) for d in writing.dropped]}


def _statement(statement: Statement) -> dict[str, object]:
    tally = None if statement.tally is None else asdict(statement.tally)
    return {
        "text": statement.text,
        "markers": list(statement.markers),
        "support": statement.support,
        "tally": tally,
        "attribution": statement.attribution,
    }


def _part(part: Part) -> dict[str, object]:
    day = None if part.day is None else part.day.isoformat()
    return {**asdict(part), "markers": list(part.markers), "outlets": list(part.outlets), "day": day}


def _timing(timing: Timing) -> dict[str, object]:
    days = {k: None if d is None else d.isoformat() for k, d in (("first", timing.first), ("last", timing.last))}
    return {**asdict(timing), "words": list(timing.words), "unread": list(timing.unread), **days}


def _citation(citation: Citation) -> dict[str, object]:
    published = None if citation.published is None else citation.published.isoformat()
    return {**asdict(citation), "published": published, "copies": list(citation.copies)}


def _hit(hit: Hit) -> dict[str, object]:
    published = hit.article.published
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "source": hit.article.source,
        "headline": hit.article.headline,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "text": hit.passage.text,
        "passage_id": hit.passage.passage_id,
        "article_id": hit.article.article_id,
        "outlet": hit.article.outlet,
        "published": None if published.day is None else published.day.isoformat(),
        "published_basis": published.basis,
        "copies": list(hit.copies),
    }


def _abstention(abstention: Abstention) -> dict[str, object]:
    nearest = [asdict(p) for p in abstention.nearest]
    return {"reason": abstention.reason, "searched": abstention.searched, "nearest": nearest}
