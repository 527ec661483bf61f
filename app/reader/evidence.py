"""From readings of single passages to answers: what speaks for each candidate, and which say the same.

The network reads each passage alone. Here its candidates are put side by side with what it cannot see: how the search
liked their passages, how much of the question passage and sentence tell, whether other articles hold the same words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.mentions import Mention, content_words, find_mentions
from app.question import Question
from app.reader.passages import PassageReading, ShortAnswer
from app.reader.spans import normalise_answer
from ingest.article import Span, normalise_space
from ingest.split import sentences
from store.lexical import terms

__all__ = [
    "CANDIDATE_FEATURES",
    "CONFIDENCE_FEATURES",
    "Candidate",
    "Told",
    "candidates_of",
    "confidence_row",
    "pooled",
]

Floats = NDArray[np.float64]

CANDIDATE_FEATURES = (
    "span", "relevance", "relevance_to_best", "found", "found_to_best", "rank", "best_of_passage", "agreeing",
    "same_elsewhere", "in_question", "passage_tells", "sentence_tells", "mentions_told", "fits", "misfits", "words",
)  # fmt: skip
CONFIDENCE_FEATURES = (
    *CANDIDATE_FEATURES, "best_share", "margin", "most_relevant", "passages_relevant", "score", "sentence_mentions",
    "sentence_share", "asks_for_more",
)  # fmt: skip
_FORMS: Mapping[str, frozenset[str]] = {
    "number": frozenset({"number"}),
    "date": frozenset({"date", "number"}),
    "person": frozenset({"name"}),
    "place": frozenset({"name"}),
}
_EVIDENT = -4.0  # a relevance below it makes no agreement


@dataclass(frozen=True, slots=True)
class Told:
    """A passage as it was found: `article` tells independent ones apart, `score` is the search's."""

    article: object
    headline: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer at a place: `sentence` and `answer` are spans of the text of passage number `passage`.

    `key` is the same for answers that say the same, `row` holds its `CANDIDATE_FEATURES`.
    """

    passage: int
    sentence: Span
    answer: Span
    key: str
    row: Floats
    sentence_mentions: float


def candidates_of(
    question: Question,
    told: Sequence[Told],
    readings: Sequence[PassageReading],
    rarity: Callable[[str], float],
) -> tuple[Candidate, ...]:
    """Every answer that the network points at, once a sentence and answer; `rarity` weighs a stem, 0..1."""
    if not told:
        return ()
    asked = _weights(question.text, rarity)
    question_stems = frozenset(terms(question.text))
    best_relevance = max(r.relevance for r in readings)
    best_found = max(t.score for t in told)
    tokens = [f" {normalise_answer(t.text)} " for t in told]
    witness = _witnesses(told, tokens)
    evident = [_sigmoid(r.relevance) if r.relevance > _EVIDENT else 0.0 for r in readings]
    surest: dict[str, dict[int, float]] = {}
    for n, reading in enumerate(readings):
        for answer in reading.answers:
            key = normalise_answer(answer.span.of(told[n].text))
            by = surest.setdefault(key, {})
            by[witness[n]] = max(by.get(witness[n], 0.0), _sigmoid(answer.score))
    found: list[Candidate] = []
    for n, (passage, reading) in enumerate(zip(told, readings, strict=True)):
        inner = sentences(passage.text, Span(0, len(passage.text))) if passage.text.strip() else ()
        stems = frozenset(terms(f"{passage.headline} {passage.text}"))
        names = _mentions_told(question, f"{passage.headline} {passage.text}")
        for place, answer in enumerate(reading.answers):
            sentence = _sentence_of(answer, inner)
            if sentence is None:
                continue
            span = Span(max(answer.span.start, sentence.start), min(answer.span.end, sentence.end))
            text = normalise_space(span.of(passage.text))
            key = normalise_answer(text)
            if not key:
                continue
            agreeing: dict[int, float] = {}
            for i, words_there in enumerate(tokens):
                if witness[i] != witness[n] and f" {key} " in words_there:
                    agreeing[witness[i]] = max(agreeing.get(witness[i], 0.0), evident[i])
            same = [p for by, p in surest.get(key, {}).items() if by != witness[n]]
            said = normalise_space(sentence.of(passage.text))
            words = [frozenset(terms(w)) for w in content_words(text)]
            fits, misfits = _form(question, text)
            row = [
                max(-2.0, min(2.0, answer.score / 8)), reading.relevance / 5, (reading.relevance - best_relevance) / 5,
                passage.score, passage.score - best_found, math.log1p(n), float(place == 0),
                math.log1p(sum(agreeing.values())), max(same, default=0.0),
                sum(bool(w) and w <= question_stems for w in words) / max(1, len(words)),
                _share(asked, stems), _share(asked, frozenset(terms(said))), names, fits, misfits,
                math.log1p(len(text.split())),
            ]  # fmt: skip
            near = _mentions_told(question, f"{passage.headline} {said}")
            found.append(Candidate(n, sentence, span, key, np.array(row), near))
    return tuple(found)


def pooled(candidates: Sequence[Candidate], told: Sequence[Told], scores: Floats) -> list[tuple[float, list[int]]]:
    """Answers by their share of the softmax over `scores` (n,), best first, each with its candidates' numbers.

    Candidates that say the same add up, one of an article and one of equal sentences: copies are one witness.
    """
    if not len(scores):
        return []
    share = np.exp(scores - scores.max())
    share /= share.sum()
    groups: dict[str, list[int]] = {}
    for i in np.argsort(-scores, kind="stable"):
        groups.setdefault(candidates[i].key, []).append(int(i))
    found = []
    for members in groups.values():
        total = 0.0
        seen: set[object] = set()
        for i in members:
            at = told[candidates[i].passage]
            witness = {at.article, normalise_answer(candidates[i].sentence.of(at.text))}
            if not witness & seen:
                total += float(share[i])
            seen |= witness
        found.append((total, members))
    return sorted(found, key=lambda f: (-f[0], f[1][0]))


def confidence_row(
    question: Question,
    candidates: Sequence[Candidate],
    readings: Sequence[PassageReading],
    scores: Floats,
    answers: Sequence[tuple[float, Sequence[int]]],
) -> Floats:
    """(len(CONFIDENCE_FEATURES),): what speaks for the best answer being right."""
    share, members = answers[0]
    best = candidates[members[0]]
    second = answers[1][0] if len(answers) > 1 else 0.0
    relevance = [r.relevance for r in readings]
    weight = np.exp(scores - scores.max())
    beside = [c.passage == best.passage and c.sentence == best.sentence for c in candidates]
    more = [
        share, share - second, max(relevance) / 5, math.log1p(sum(r > 0 for r in relevance)),
        float(scores[members[0]]), best.sentence_mentions,
        float(weight[beside].sum() / weight.sum()), float(not question.factual),
    ]  # fmt: skip
    return np.concatenate([best.row, np.array(more)])


# --- what speaks for an answer ----------------------------------------------------------------------------------------


def _witnesses(told: Sequence[Told], words: Sequence[str]) -> list[int]:
    """For each passage who says it: a number that its article's passages share, and those of copies of the article.

    Articles of which two passages open alike are copies: a wire story under several addresses is one witness.
    """
    number: dict[object, int] = {}
    opened: dict[str, int] = {}
    same: list[int] = []  # a number of an article to a smaller one that is the same witness
    for passage, line in zip(told, words, strict=True):
        mine = number.setdefault(passage.article, len(number))
        if mine == len(same):
            same.append(mine)
        other = opened.setdefault(line[:120], mine)
        a, b = sorted((_root(same, mine), _root(same, other)))
        same[b] = a
    return [_root(same, number[t.article]) for t in told]


def _root(same: Sequence[int], at: int) -> int:
    while same[at] != at:
        at = same[at]
    return at


def _sentence_of(answer: ShortAnswer, inner: Sequence[Span]) -> Span | None:
    """The sentence that holds most of the answer."""
    overlap = [min(s.end, answer.span.end) - max(s.start, answer.span.start) for s in inner]
    best = max(range(len(inner)), key=lambda i: overlap[i], default=None)
    return None if best is None or overlap[best] <= 0 else inner[best]


def _weights(text: str, rarity: Callable[[str], float]) -> dict[frozenset[str], float]:
    found = {}
    for word in content_words(text):
        stems = frozenset(terms(word))
        if stems:
            found[stems] = max(rarity(s) for s in stems)
    return found


def _share(asked: dict[frozenset[str], float], there: frozenset[str]) -> float:
    whole = sum(asked.values())
    return sum(v for stems, v in asked.items() if stems <= there) / whole if whole else 0.0


@lru_cache(maxsize=4096)
def _mentions(text: str) -> tuple[Mention, ...]:
    return find_mentions(text)


def _mentions_told(question: Question, text: str) -> float:
    """Share of the names, numbers and dates of the question that `text` holds; 1.0 where it has none."""
    if not question.mentions:
        return 1.0
    there = frozenset(terms(text))
    held = [frozenset(terms(m.text)) for m in question.mentions]
    return sum(len(h & there) / len(h) for h in held if h) / max(1, sum(bool(h) for h in held))


def _form(question: Question, answer: str) -> tuple[float, float]:
    """(1, 0) where the answer has the form that is asked for, (0, 1) where it lacks it, (0, 0) where none is."""
    kinds = {m.kind for m in _mentions(answer)}
    wanted = _FORMS.get(question.kind)
    if wanted is None:
        return 0.0, 0.0
    return (1.0, 0.0) if kinds & wanted else (0.0, 1.0)


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, x))))
