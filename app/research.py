"""What a form of answer may look up for one question: the store and the reader, within the question's filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.question import Question
from app.reader import Reader, Reading
from app.times import Timing
from ingest.article import Passage
from store import Filters, Hit, Store

__all__ = ["ArchiveResearch"]


@dataclass(frozen=True, slots=True)
class ArchiveResearch:
    """`app.draft.Research` over a store. `use` names the parts of the search that take part, as `Store.search` does."""

    archive: Store
    reader: Reader
    hits: tuple[Hit, ...]
    filters: Filters
    timing: Timing
    as_of: dt.date
    threshold: float
    use: frozenset[str]
    # What was looked up for this question: forms ask for the same texts again, and each look asks the catalogue first.
    _texts: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    _stories: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def search(self, query: str, *, k: int = 20) -> Sequence[Hit]:
        """Passages for another query, of articles that the question's filters admit."""
        return self.archive.search(
            query, k=k, filters=self.filters, as_of=self.as_of, use=self.use, order=self.timing.order
        )

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        """What the reader makes of `hits` for another question."""
        return self.reader.read(question, hits)

    def text_of(self, article_id: str) -> str:
        """The exact source text of an article."""
        if article_id not in self._texts:
            self._texts[article_id] = self.archive.text_of(article_id)
        return self._texts[article_id]

    def passages(self, article_id: str) -> Sequence[Passage]:
        """The passages of an article, in reading order."""
        return self.archive.passages(article_id)

    def story(self, article_id: str) -> str:
        """The same for articles that carry one text."""
        if article_id not in self._stories:
            self._stories[article_id] = self.archive.story(article_id)
        return self._stories[article_id]

    def frequency(self, term: str) -> int:
        """How many passages of the archive hold `term`, in any inflection; for several words, all of them."""
        return self.archive.document_frequency(term)
