"""Article and Passage: the values everything else is about.

Every span counts code points of a source text, half open: `source_text[start:end]`. Source text is what
`ingest.read` made of a file, once and for good; nothing here or downstream ever edits a character of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass

__all__ = [
    "Article",
    "Basis",
    "Passage",
    "PublicationDate",
    "Span",
    "container_of",
    "digest_bytes",
    "holds_records",
    "is_container",
    "is_numbered",
    "normalise_space",
    "source_order",
]

_RECORDS = r"\.(?:jsonl|ndjson|json|csv|tsv)(?:\.gz)?"  # files whose articles have fields, and a number
_CRAWLS = r"\.warc(?:\.gz)?"
_ANY_CASE = re.IGNORECASE | re.DOTALL
_HOLDS_RECORDS = re.compile(rf".*{_RECORDS}", _ANY_CASE)
_CONTAINER = re.compile(rf".*(?:{_RECORDS}|{_CRAWLS}|\.zip)", _ANY_CASE)
_NUMBERED = re.compile(rf"(.*(?:{_RECORDS}|{_CRAWLS}))#([1-9][0-9]*)", _ANY_CASE)
_PACKED = re.compile(r"(.*?\.zip)!.+", _ANY_CASE)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points of a source text; never empty."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, not {self.start}:{self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, source_text: str) -> str:
        """The characters of `source_text` at this span."""
        return source_text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Basis:
    """From what something about an article is known, in words, and how likely it is right (0..1)."""

    words: str
    confidence: float

    def __post_init__(self) -> None:
        if not self.words.strip() or not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"a basis has words and a confidence within 0..1, not {self.words!r}, {self.confidence}")


@dataclass(frozen=True, slots=True)
class PublicationDate:
    """When an article appeared, as far as it is known, and from what.

    `day` is None when the article does not state its day; `basis` then still says what is known, for
    example `dateline "Paris, Oct 26" names no year`. A fetch or scrape date is never a publication date.
    `confidence` is how likely the day is right (0..1); 0 without one.
    """

    day: dt.date | None
    basis: str
    confidence: float = 0.0

    def __post_init__(self) -> None:
        if not self.basis.strip() or not 0.0 <= self.confidence <= 1.0:
            raise ValueError("a publication date, known or not, states its basis, and a confidence within 0..1")


@dataclass(frozen=True, slots=True)
class Article:
    """One published article, as selected from one source text.

    `article_id` is the SHA-256 hex digest of the file's bytes, or of its content in a container (of a line without the
    white space around it): the same on every machine. `sources` are the places it lies, relative to the ingested
    folder, with `/` between parts, and `#NUMBER` or `!NAME` after a container's name. `body` holds the spans of the
    source text that are the article, in reading order and disjoint; everything between them was left out.
    `fingerprint` is the digest of the body's words, so copies of one text share it.

    `label` is what the page calls the piece where it is no plain news ("opinion", "analysis", …), `language` an ISO
    639-1 code, None when it cannot be told. `notes` are what a reader should know of how the file was read: a guessed
    encoding, damaged characters, pages without text.
    """

    article_id: str
    sources: tuple[str, ...]
    headline: str | None
    outlet: str | None
    authors: tuple[str, ...]
    published: PublicationDate
    body: tuple[Span, ...]
    fingerprint: str
    headline_basis: Basis | None = None
    outlet_basis: Basis | None = None
    authors_basis: Basis | None = None
    label: str | None = None
    language: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.article_id or not self.sources:
            raise ValueError("an article has an id and lies somewhere")
        if not self.body:
            raise ValueError("an article has a body: a file without one is set aside, not stored")
        for left, right in zip(self.body, self.body[1:], strict=False):
            if right.start < left.end:
                raise ValueError("body spans are disjoint and in reading order")

    @property
    def source(self) -> str:
        """The first place the article lies: the one citations name."""
        return self.sources[0]


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article: what is indexed and retrieved.

    Law: `text == source_text[start:end]`. `passage_id` is never reused within a store.
    """

    passage_id: int
    article_id: str
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        if self.passage_id < 1:
            raise ValueError("passage ids start at 1")
        if not 0 <= self.start < self.end or len(self.text) != self.end - self.start:
            raise ValueError(f"passage {self.passage_id}: its text is not {self.start}:{self.end} long")

    @property
    def span(self) -> Span:
        """Where the passage lies in its source text."""
        return Span(self.start, self.end)


def is_container(name: str) -> bool:
    """Whether the file of that name or path holds many articles.

    The name decides, because the bytes cannot: a text that quotes JSON may be nothing but objects too, half a
    download starts like a whole one, and an office document is a zip archive. A file that is not what its name says
    is set aside, not read as something else.
    """
    return _CONTAINER.fullmatch(name) is not None


def holds_records(name: str) -> bool:
    """Whether the articles of the container of that name are records, whose fields have names."""
    return _HOLDS_RECORDS.fullmatch(name) is not None


def is_numbered(source: str) -> bool:
    """Whether that is the source of a line, record or element of a container: `CONTAINER#NUMBER`."""
    return _NUMBERED.fullmatch(source) is not None


def container_of(source: str) -> str | None:
    """The container of the source or path `CONTAINER#NUMBER` or `ARCHIVE!NAME`; None for what is in none."""
    found = _PACKED.fullmatch(source) or _NUMBERED.fullmatch(source)
    return found[1] if found else None


def source_order(source: str) -> tuple[str, int]:
    """The order in which people expect sources: by name, and the records of a container by their number."""
    found = _NUMBERED.fullmatch(source)
    return (found[1], int(found[2])) if found else (source, 0)


def digest_bytes(data: bytes) -> str:
    """SHA-256 of `data` in lower-case hex: the id of what a file or a line holds."""
    return hashlib.sha256(data).hexdigest()


def normalise_space(text: str) -> str:
    """`text` with every run of whitespace made one space: for models and pages, never for what is cited."""
    return re.sub(r"\s+", " ", text).strip()
