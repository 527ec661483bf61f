"""What tells whether some words carry a statement, as numbers for the judge in app/llm/judge.py.

Words and their order, meaning (the shipped encoder), and what the reader makes of it: asked the user's question, and
asked for each name, number and date of the statement in turn, it has to find in the source what the statement says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.forms.opposites import alike, stem
from app.llm.facts import folded_words, is_denied, is_hedged, only_possible, polarity_differs, turned_word
from app.mentions import FUNCTION_WORDS, find_mentions
from app.reader.passages import PassageReading
from ingest.article import Span
from ingest.split import sentences

__all__ = ["FEATURES", "Instruments", "Pointed", "content", "coverage", "measure", "shared"]

FEATURES = (
    "coverage", "uncovered", "in_order", "similar_sentence", "similar_whole", "softest_word", "soft_words", "polarity",
    "turned", "only_possible", "found_mean", "found_least", "asked_for", "as_question", "answers", "answer_said",
    "wider", "cause", "unattributed", "bound_least", "bound_mean", "denial", "hedge_dropped", "one_sentence",
    "answer_score", "from_question", "new_words_found", "pointed_at", "pointed_most", "found_said",
)  # fmt: skip
_MOST_ASKED = 5  # facts of a statement that the reader is asked for
_NEAR, _AROUND = 4, 6  # words on either side of a fact, in the statement and in the source
_WIDER = re.compile(
    r"\b(?:all|every|everyone|everybody|entire|whole|always|only|most|any|each|both|ever|fully|complete(?:ly)?|first"
    r"|nationwide|across|throughout|worldwide)\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:because|due to|caus\w+|led to|leads? to|result\w*|after|since|therefore|thanks to|so that|in order|following"
    r"|prompt\w*|forc\w+)\b",
    re.IGNORECASE,
)
_ATTRIBUTED = re.compile(
    r"\b(?:said|says?|told|according|claim\w*|alleg\w*|accus\w+|argu\w+|den\w+|report\w*|believ\w+|think\w*|thought"
    r"|warn\w*|insist\w*|call\w*)\b",
    re.IGNORECASE,
)
_ASKED_AS = {"name": "who or what", "number": "how many", "date": "when"}
_WORD = re.compile(r"[A-Za-z0-9][\w’'.-]*\w|[A-Za-z0-9]")


class _Reads(Protocol):
    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> tuple[PassageReading, ...]: ...


class _Encodes(Protocol):
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Instruments:
    """The reader's network and the encoder. Vectors of words are kept for as long as this lives: one answer."""

    reader: _Reads
    encoder: _Encodes
    _vectors: dict[str, NDArray[np.float32]] = field(default_factory=dict, repr=False, compare=False)

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, one a row."""
        new = [t for t in dict.fromkeys(texts) if t not in self._vectors]
        if new:
            self._vectors.update(zip(new, self.encoder.encode(new), strict=True))
        return np.stack([self._vectors[t] for t in texts])


def content(text: str) -> list[str]:
    """The words of `text` that carry content, in order."""
    return [w for w in _WORD.findall(text) if w.lower() not in FUNCTION_WORDS and stem(w.lower())]


def coverage(statement: str, source: str) -> float:
    """The share of the statement's content words, 0..1, that the source has, or a word that means the same."""
    there = {stem(w.lower()) for w in content(source)}
    held = [_is_there(stem(w.lower()), there) for w in content(statement)]
    return sum(held) / len(held) if held else 0.0


@dataclass(frozen=True, slots=True)
class Pointed:
    """What the reader, asked the user's question over everything retrieved, made of the words at hand.

    `score` is its highest for a sentence among them, 0..1, 0 where it points at none; `best` that of all sentences;
    `said` the share of the short answer there that the statement says, 0 where there is none.
    """

    score: float = 0.0
    best: float = 0.0
    said: float = 0.0


def measure(
    statement: str, source: str, question: str, instruments: Instruments, pointed: Pointed = Pointed()
) -> NDArray[np.float64]:
    """The features of a statement against the words that are to carry it, in the order of `FEATURES`."""
    said, told = content(statement), content(source)
    s, t = [stem(w.lower()) for w in said], [stem(w.lower()) for w in told]
    there = set(t)
    held = [_is_there(word, there) for word in s]
    missing = [w.lower() for w, is_held in zip(said, held, strict=True) if not is_held]
    soft = [1.0] * sum(held)
    if missing and told:
        likeness = instruments.vectors(missing) @ instruments.vectors([w.lower() for w in told]).T
        soft += [float(v) for v in likeness.max(axis=1)]
    parts = [x.of(source) for x in sentences(source, Span(0, len(source)))] or [source]
    cosines = instruments.vectors([*parts, source]) @ instruments.vectors([statement])[0]
    found, asked_for = _asked(statement, source, instruments)
    bound = _bound(statement, s, t)
    whole, answering = instruments.reader.read(statement, [("", source)])[0], instruments.reader.read(
        question, [("", source)]
    )[0]  # fmt: skip
    short = answering.answers[0].span.of(source) if answering.answers else ""
    spoken = {w.lower() for w in _WORD.findall(source)}
    new = set(s) - {stem(w.lower()) for w in content(question)}  # what the statement adds to the question
    best = max(float(np.mean([w in {stem(x.lower()) for x in content(p)} for w in s])) if s else 0.0 for p in parts)
    row = (
        sum(held) / len(held) if held else 0.0,
        len(missing),
        _longest_common(s, t) / max(1, len(s)),
        float(cosines[:-1].max()),
        float(cosines[-1]),
        min(soft, default=0.0),
        float(np.mean(soft)) if soft else 0.0,
        polarity_differs(statement, source),
        turned_word(statement, source) is not None,
        only_possible(statement, source),
        float(np.mean(found)) if found else 1.0,
        min(found, default=1.0),
        asked_for,
        whole.relevance,
        answering.relevance,
        shared(short, statement) if short else 0.0,
        sum(m.group().lower() not in spoken for m in _WIDER.finditer(statement)),
        sum(m.group().lower() not in spoken for m in _CAUSE.finditer(statement)),
        bool(_ATTRIBUTED.search(source)) and not _ATTRIBUTED.search(statement),
        min(bound, default=0.5),
        float(np.mean(bound)) if bound else 0.5,
        int(is_denied(statement)) - int(is_denied(source)),
        is_hedged(source) and not is_hedged(statement),
        best,
        answering.answers[0].score if answering.answers else -10.0,
        1.0 - len(new) / max(1, len(s)),
        len(new & {stem(w.lower()) for w in content(short)}) / max(1, len(new)),
        pointed.score,
        pointed.best,
        pointed.said,
    )
    return np.array(row, dtype=np.float64)


def _is_there(word: str, there: set[str]) -> bool:
    return word in there or not alike(word).isdisjoint(there)


def _asked(statement: str, source: str, instruments: Instruments) -> tuple[list[float], float]:
    """How well the reader finds each fact of the statement in the source, 0..1, and how sure it is that it is there."""
    found, sure = [], []
    for mention in find_mentions(statement)[:_MOST_ASKED]:
        rest = statement[mention.end :].rstrip(" .!")
        reading = instruments.reader.read(
            f"{statement[: mention.start]}{_ASKED_AS[mention.kind]}{rest}?", [("", source)]
        )[0]
        best = reading.answers[0].span.of(source) if reading.answers else ""
        found.append(max(shared(mention.text, best), shared(best, mention.text)) if best else 0.0)
        sure.append(reading.relevance)
    return found, float(np.mean(sure)) if sure else 0.0


def shared(text: str, other: str) -> float:
    """The share of the words of `text` that `other` has."""
    words, others = ({stem(w.lower()) or w.lower() for w in _WORD.findall(x)} for x in (text, other))
    return len(words & others) / max(1, len(words))


def _bound(statement: str, s: Sequence[str], t: Sequence[str]) -> list[float]:
    """Of each fact, the share of the words near it that are near it in the source as well: 20 dead, 30 hurt."""
    bound = []
    for mention in find_mentions(statement):
        words = {stem(w) for w in folded_words(mention.text).split()}
        at = [n for n, word in enumerate(s) if word in words]
        if not at:
            continue
        its = set(s[at[0] : at[-1] + 1])
        near = set(s[max(0, at[0] - _NEAR) : at[-1] + 1 + _NEAR]) - its
        around = [set(t[max(0, n - _AROUND) : n + 1 + _AROUND]) for n, word in enumerate(t) if word in its]
        bound.append(max((len(near & a) / max(1, len(near)) for a in around), default=0.0))
    return bound


def _longest_common(a: Sequence[str], b: Sequence[str]) -> int:
    """The length of the longest sequence that both have, with gaps."""
    row = [0] * (len(b) + 1)
    for x in a:
        before = 0
        for j, y in enumerate(b):
            above = row[j + 1]
            row[j + 1] = before + 1 if x == y else max(above, row[j])
            before = above
    return row[-1]
