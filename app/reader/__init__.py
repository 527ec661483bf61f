"""The seam between retrieval and answering: a Reader looks at passages and points at what answers.

Composing, citing and abstaining are built on `Reading` alone; what stands behind it is the reader's own affair. The
shipped one is `app.reader.cross`; `PassageReader` is its network, for whoever wants to read single passages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.question import Question
from app.reader.passages import PassageReader, PassageReading
from ingest.article import Span
from store import Hit

__all__ = ["PassageReader", "PassageReading", "Pointer", "Reader", "Reading"]


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place in a hit's article that may answer.

    `sentence` and `short` are spans of the article's source text; `short`, inside `sentence`, holds the few
    words that answer, None when the reader cannot tell. `score` is 0..1, the chance that the sentence answers.
    """

    hit: Hit
    sentence: Span
    score: float
    short: Span | None = None

    def __post_init__(self) -> None:
        inside = self.hit.passage.start <= self.sentence.start and self.sentence.end <= self.hit.passage.end
        if not inside or not 0.0 <= self.score <= 1.0:
            raise ValueError("a pointer lies in its passage and its score within 0..1")
        if self.short and not self.sentence.start <= self.short.start < self.short.end <= self.sentence.end:
            raise ValueError("a short answer lies in its sentence")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of all hits: pointers, best first, and the chance that the first one answers."""

    pointers: tuple[Pointer, ...]
    confidence: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError("confidence lies within 0..1")


class Reader(Protocol):
    """Reads a standalone question over ranked hits."""

    @property
    def digest(self) -> str:
        """Hex digest of the weights: part of an answer's provenance."""
        ...

    @property
    def threshold(self) -> float:
        """The confidence below which this reader's answers are not worth giving, as measured in training."""
        ...

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        """Point at what answers; an empty Reading with confidence 0 for no hits."""
        ...
