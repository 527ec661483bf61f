"""The extractive composer: what the reader pointed at, as sentences of the articles word for word.

The form of the answer is that of the question: app/forms has one way to answer for each. What no form takes is answered
by the sentences that the reader is surest of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.attribution import attributed
from app.draft import Composition, Draft, Quote, Research
from app.forms import compose_form
from app.question import Question
from app.reader import Pointer, Reading
from ingest.article import Span, normalise_space
from ingest.split import sentences

__all__ = ["ExtractiveComposer"]


_MOST_FACTS = 3  # a question of fact is answered in a sentence; two more where the reader is nearly as sure of them
_MOST_OTHERS = 5
_NEARLY = 0.20  # share of the best pointer's score that a further sentence of a fact needs
_ENOUGH = 0.15  # the same for lists, reasons, manners and quotes, where several sentences make the answer
_FARTHEST_BACK = 3  # sentences; a name that stands farther back is no longer what "he" brings to mind
_OPENS_UNNAMED = re.compile(
    r"^[\"“'‘(]*(?:(?:in addition|moreover|meanwhile|however|but|and|so|also),?\s+)?"
    r"(?:he|she|it|they|his|her|its|their|this|these|those|both|such"
    r"|the (?:group|man|woman|official|report|source|two))\b",
    re.IGNORECASE,
)


class ExtractiveComposer:
    """Quotes the sentences that answer, verbatim, from the one that names it where one opens with a pronoun."""

    name = "extractive"

    def __init__(self, *, forms: bool = True) -> None:
        self._forms = forms

    def compose(self, question: Question, reading: Reading, research: Research) -> Composition:
        """As the form of the question has it, else the sentences that answer; each with whom it is attributed to."""
        formed = compose_form(question, reading, research) if self._forms else None
        return attributed(formed or self.sentences(question, reading), research.text_of)

    def sentences(self, question: Question, reading: Reading) -> Composition:
        """The best sentence first for a fact; for other kinds the chosen sentences follow the article's order."""
        chosen = _choose(question, reading.pointers)
        if not question.factual and chosen:
            first = chosen[0].hit.article.article_id
            chosen = sorted(
                chosen, key=lambda p: (p.hit.article.article_id != first, p.hit.article.source, p.sentence.start)
            )
        drafts = _without_overlaps([_draft(p) for p in chosen])
        return Composition(drafts, reading.confidence, short=next((d.short for d in drafts if d.short), None))


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
        if any(_same(words, other) for other in said):
            continue  # a wire copy, or a lead that the page prints twice
        answer = "" if pointer.short is None else " ".join(_text(pointer, pointer.short).lower().split())
        if question.factual and answer and answer in answers:
            continue  # the same fact in other words adds nothing
        answers.add(answer)
        chosen.append(pointer)
        said.append(words)
    return chosen


def _without_overlaps(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Drafts less those whose words another one, widened to the sentence that names it, already quotes."""
    kept: list[Draft] = []
    for draft in drafts:
        quote = draft.quotes[0]
        said = [k.quotes[0] for k in kept if k.quotes[0].article.article_id == quote.article.article_id]
        if not any(quote.span.overlaps(s.span) for s in said):
            kept.append(draft)
    return tuple(kept)


def _same(words: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sentences say the same in nearly the same words: nine tenths of the shorter one."""
    return len(words & other) >= 0.9 * min(len(words), len(other))


def _draft(pointer: Pointer) -> Draft:
    span = _named(pointer)
    text = _text(pointer, span)
    short = None if pointer.short is None else normalise_space(_text(pointer, pointer.short))
    return Draft(normalise_space(text), (Quote(pointer.hit.article, span, text),), "verbatim", short)


def _named(pointer: Pointer) -> Span:
    """The sentence; where it opens by pointing back, from the nearest sentence before that does not."""
    passage = pointer.hit.passage
    if not _OPENS_UNNAMED.match(_text(pointer, pointer.sentence)):
        return pointer.sentence
    before = [
        Span(s.start + passage.start, s.end + passage.start)
        for s in sentences(passage.text, Span(0, len(passage.text)))
        if s.end + passage.start <= pointer.sentence.start
    ][-_FARTHEST_BACK:]
    if not before:
        return pointer.sentence
    naming = [s for s in before if not _OPENS_UNNAMED.match(_text(pointer, s))]
    return Span((naming or before)[-1].start, pointer.sentence.end)


def _text(pointer: Pointer, span: Span) -> str:
    passage = pointer.hit.passage
    return passage.text[span.start - passage.start : span.end - passage.start]
