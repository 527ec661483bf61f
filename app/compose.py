"""The extractive composer: what the reader pointed at, as sentences of the articles word for word.

The form of the answer is that of the question: app/forms has one way to answer for each. What no form takes is answered
by the sentences that the reader is surest of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.draft import Composition, Draft, Research
from app.forms import compose_form
from app.forms.days import relative_day
from app.forms.sentence import Sentence, draft_of, near_equal, pointed_at, without_overlaps
from app.forms.units import with_unit
from app.question import Question
from app.reader import Pointer, Reading
from ingest.article import Span

__all__ = ["ExtractiveComposer"]


_MOST_FACTS = 3  # a question of fact is answered in a sentence; two more where the reader is nearly as sure of them
_MOST_OTHERS = 5
_NEARLY = 0.20  # share of the best pointer's score that a further sentence of a fact needs
_ENOUGH = 0.15  # the same for lists, reasons, manners and quotes, where several sentences make the answer


class ExtractiveComposer:
    """Quotes the sentences that answer, verbatim, from the one that names it where one opens with a pronoun."""

    name = "extractive"

    def __init__(self, *, forms: bool = True) -> None:
        self._forms = forms

    def compose(self, question: Question, reading: Reading, research: Research) -> Composition:
        """As the form of the question has it, else the sentences that answer."""
        formed = compose_form(question, reading, research) if self._forms else None
        return formed or self.sentences(question, reading)

    def sentences(self, question: Question, reading: Reading) -> Composition:
        """The best sentence first for a fact; for other kinds the chosen sentences follow the article's order."""
        chosen = _choose(question, reading.pointers)
        if not question.factual and chosen:
            first = chosen[0].hit.article.article_id
            chosen = sorted(
                chosen, key=lambda p: (p.hit.article.article_id != first, p.hit.article.source, p.sentence.start)
            )
        drafts = without_overlaps([_draft(question, p) for p in chosen])
        short = next((d.short for d in drafts if d.short), None)
        return Composition(drafts, reading.confidence, short=short, notes=_days_meant(question, chosen))


def _choose(question: Question, pointers: Sequence[Pointer]) -> list[Pointer]:
    most = _MOST_FACTS if question.factual else _MOST_OTHERS
    floor = _NEARLY if question.factual else _ENOUGH
    chosen: list[Pointer] = []
    said: list[frozenset[str]] = []
    answers: set[str] = set()
    for pointer in pointers:
        if chosen and (len(chosen) == most or pointer.score < floor * chosen[0].score):
            break
        words = frozenset(re.findall(r"\w+", _text(pointer, pointer.sentence).lower()))
        if any(near_equal(words, other) for other in said):
            continue  # a wire copy, or a lead that the page prints twice
        answer = "" if pointer.short is None else " ".join(_text(pointer, pointer.short).lower().split())
        if question.factual and answer and answer in answers:
            continue  # the same fact in other words adds nothing
        answers.add(answer)
        chosen.append(pointer)
        said.append(words)
    return chosen


def _draft(question: Question, pointer: Pointer) -> Draft:
    short = pointer.short
    if short is not None and question.kind == "number":
        short = with_unit(question, pointed_at(pointer), short)
    return draft_of(pointed_at(pointer), short)


def _days_meant(question: Question, pointers: Sequence[Pointer]) -> tuple[str, ...]:
    """Which day "on Monday" is, for a question of when: by the day that the article appeared."""
    first = next((p for p in pointers if p.short is not None), None)
    if question.kind != "date" or first is None or first.short is None:
        return ()
    words = Sentence(first.hit, first.short).text
    day = relative_day(words, pointed_at(first).text, first.hit.article)
    return () if day is None else (f"{words}: {day.isoformat()} by the article's date",)


def _text(pointer: Pointer, span: Span) -> str:
    passage = pointer.hit.passage
    return passage.text[span.start - passage.start : span.end - passage.start]
