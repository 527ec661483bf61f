"""One invented article as evidence: what a form gets to see, with a reader that points where the test says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from app.draft import Composition
from app.forms import Form
from app.question import Question, read_question
from app.reader import Pointer, Reading
from app.times import NO_TIMING, Timing
from ingest.article import Article, Passage, PublicationDate, Span
from store import Filters, Hit


class Evidence:
    """`app.draft.Research` over texts, each an article of one passage, in the order of `texts`."""

    def __init__(self, *texts: str, headline: str | None = None, days: Sequence[dt.date] = ()) -> None:
        self.texts = texts
        self.threshold = 0.24
        self.as_of = dt.date(2024, 1, 1)
        self.filters = Filters()
        self.timing: Timing = NO_TIMING
        self.hits = tuple(self._hit(n, text, headline, days[n] if days else None) for n, text in enumerate(texts))

    def _hit(self, n: int, text: str, headline: str | None, day: dt.date | None) -> Hit:
        whole = (Span(0, len(text)),)
        name = f"{n:064d}"
        article = Article(name, (f"{n}.txt",), headline, None, (), PublicationDate(day, "made up"), whole, name)
        return Hit(Passage(n + 1, name, 0, len(text), text), article, 1.0, n + 1)

    def search(self, query: str, *, k: int = 20) -> Sequence[Hit]:
        return self.hits

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        return Reading((), 0.0)

    def text_of(self, article_id: str) -> str:
        return self.texts[int(article_id)]

    def passages(self, article_id: str) -> Sequence[Passage]:
        return (self.hits[int(article_id)].passage,)

    def story(self, article_id: str) -> str:
        return article_id

    def frequency(self, term: str) -> int:
        return sum(term.lower() in text.lower() for text in self.texts)

    def pointing_at(self, words: str | None, *, confidence: float = 0.1) -> Reading:
        """A reading whose only pointer is at the sentence `words`."""
        if words is None:
            return Reading((), confidence)
        n = next(n for n, text in enumerate(self.texts) if words in text)
        start = self.texts[n].index(words)
        return Reading((Pointer(self.hits[n], Span(start, start + len(words)), confidence),), confidence)


def formed(
    form: Form, question: str, evidence: Evidence, *, at: str | None = None, confidence: float = 0.1
) -> Composition | None:
    """What `form` makes of the question."""
    return form(read_question(question), evidence.pointing_at(at, confidence=confidence), evidence)
