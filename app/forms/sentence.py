"""A sentence of an article as evidence: where it stands, which words it tells, how it becomes a draft.

What every form does with sentences lies here, so that all of them quote alike: from the sentence that names what a
pronoun points back to, and never the same words twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.draft import Draft, Quote, Research
from app.mentions import content_words
from app.reader import Pointer
from ingest.article import Span, normalise_space
from ingest.split import sentences
from store import Hit
from store.lexical import terms

__all__ = [
    "Sentence",
    "Subject",
    "distinct",
    "draft_of",
    "near_equal",
    "plain_draft",
    "pointed_at",
    "sentences_of",
    "stems",
    "without_overlaps",
]

_FARTHEST_BACK = 3  # sentences; a name that stands farther back is no longer what "he" brings to mind
# "It is estimated that prices rose": an "it" that stands for nothing. In "it was told that" it stands for somebody, and
# in "it is not clear whether he left" somebody comes after it.
_EMPTY_IT = (
    r"it(?:(?:['’]s| is| was| has| had| remains)(?: (?:\w+ly|been|not|also|still|now|yet)){0,3}"
    r" (?!(?:told|informed|warned|assured|advised|reminded|notified)\b)\w+| appears| seems| emerged| turned out)"
    r" (?:that|whether|how|why|who|what|when|where|if)\b(?! (?:he|she|it|they|his|her|its|their|this|these|those)\b)"
)
_OPENS_UNNAMED = re.compile(
    r"^[\"“'‘(]*(?:(?:in addition|moreover|meanwhile|however|but|and|so|also),?\s+)?"
    rf"(?!{_EMPTY_IT})(?:he|she|it|they|his|her|its|their|this|these|those|both|such"
    r"|the (?:group|man|woman|official|report|source|two))\b",
    re.IGNORECASE,
)
_LONGEST = 1_200  # characters; what is longer is a table or a list of links, and no sentence


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a hit's passage. `span` is one of the source text, `place` its number in the passage from 0."""

    hit: Hit
    span: Span
    place: int = 0

    @property
    def quoted(self) -> str:
        """Its words as the source text has them."""
        passage = self.hit.passage
        return passage.text[self.span.start - passage.start : self.span.end - passage.start]

    @property
    def text(self) -> str:
        """Its words on one line."""
        return normalise_space(self.quoted)

    def within(self, start: int, end: int) -> Span:
        """The span of the source text at characters `start` to `end` of `quoted`."""
        return Span(self.span.start + start, self.span.start + end)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question is about: the stems of its words, each with a weight, rare ones more. Weights add up to 1."""

    weights: tuple[tuple[str, float], ...]

    def told(self, said: frozenset[str]) -> float:
        """The share of it, 0..1, that `said` tells."""
        return sum(weight for stem, weight in self.weights if stem in said)

    @classmethod
    def of(cls, text: str, research: Research) -> Subject:
        """The subject of `text`, weighed by how few passages hold each word."""
        words = {w.lower(): w for w in content_words(text)}
        rare: dict[str, float] = {}
        for word in words.values():
            for stem in stems(word):
                rare[stem] = 1.0 / (1.0 + research.frequency(word)) ** 0.25
        whole = sum(rare.values())
        return cls(tuple((stem, weight / whole) for stem, weight in rare.items()) if whole else ())


def stems(text: str) -> frozenset[str]:
    """The stems of the content words of `text`."""
    return frozenset(terms(" ".join(content_words(text))))


def sentences_of(hits: Iterable[Hit]) -> tuple[Sentence, ...]:
    """Every sentence of `hits`, in their order."""
    found = []
    for hit in hits:
        passage = hit.passage
        for place, s in enumerate(_inner(passage.text)):
            found.append(Sentence(hit, Span(s.start + passage.start, s.end + passage.start), place))
    return tuple(found)


@lru_cache(maxsize=256)  # what one question finds, several times over: every form goes through the same passages
def _inner(text: str) -> tuple[Span, ...]:
    """The sentences of a passage, less what is too long to be one."""
    if not text.strip():
        return ()
    return tuple(s for s in sentences(text, Span(0, len(text))) if len(s) <= _LONGEST)


def pointed_at(pointer: Pointer) -> Sentence:
    """The sentence of a pointer."""
    return Sentence(pointer.hit, pointer.sentence)


def draft_of(sentence: Sentence, short: Span | None = None) -> Draft:
    """The sentence as a draft; where it opens by pointing back, from the nearest before that does not."""
    return plain_draft(_named(sentence), short)


def plain_draft(sentence: Sentence, short: Span | None = None) -> Draft:
    """The sentence and nothing else as a draft; `short` is a span of the source text inside it."""
    words = None if short is None else normalise_space(Sentence(sentence.hit, short).quoted)
    quote = Quote(sentence.hit.article, sentence.span, sentence.quoted)
    return Draft(sentence.text, (quote,), "verbatim", words)


def near_equal(words: frozenset[str], other: frozenset[str], share: float = 0.9) -> bool:
    """Whether two sentences say the same in nearly the same words: nine tenths of the shorter one."""
    return len(words & other) >= share * min(len(words), len(other))


def distinct(found: Sequence[Sentence], share: float = 0.9) -> list[Sentence]:
    """`found` less wire copies and what a page prints twice, the first of each kept."""
    kept: list[Sentence] = []
    said: list[frozenset[str]] = []
    for sentence in found:
        words = frozenset(re.findall(r"\w+", sentence.text.lower()))
        if not any(near_equal(words, other, share) for other in said):
            kept.append(sentence)
            said.append(words)
    return kept


def without_overlaps(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Drafts less those whose words another one, widened to the sentence that names it, already quotes."""
    kept: list[Draft] = []
    for draft in drafts:
        quote = draft.quotes[0]
        said = [k.quotes[0] for k in kept if k.quotes[0].article.article_id == quote.article.article_id]
        if not any(quote.span.overlaps(s.span) for s in said):
            kept.append(draft)
    return tuple(kept)


def _named(sentence: Sentence) -> Sentence:
    """The sentence; where it opens by pointing back, from the nearest sentence before that does not."""
    if not _OPENS_UNNAMED.match(sentence.quoted):
        return sentence
    before = [s for s in sentences_of((sentence.hit,)) if s.span.end <= sentence.span.start][-_FARTHEST_BACK:]
    if not before:
        return sentence
    naming = [s for s in before if not _OPENS_UNNAMED.match(s.quoted)]
    return Sentence(sentence.hit, Span((naming or before)[-1].span.start, sentence.span.end), sentence.place)
