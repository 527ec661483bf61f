"""What speaks for a sentence as the answer to a question: one row of numbers a sentence.

Each number is a general signal of reading: how much of the question the sentence and its surroundings cover,
exactly and in meaning; whether it holds something new of the kind asked for; where it stands. Rows are computed
for all candidates of one question together, since several signals are relative to the best of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from app.mentions import Mention, content_words, find_mentions
from app.question import Question, QuestionKind

__all__ = ["FEATURE_NAMES", "Candidate", "Evidence", "answer_mentions", "sentence_features"]

Floats = NDArray[np.float32]
_KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, with what stands around it; texts have their whitespace normalised.

    `passage` numbers the passage it is in (0 is the best ranked), `position` the sentence within the passage.
    """

    text: str
    before: str
    after: str
    headline: str
    passage: int
    position: int
    retrieval: float


class WordVectors(Protocol):
    """Unit vectors of lower-case words; a dict of arrays is one."""

    def get(self, word: str, default: Floats, /) -> Floats:
        """The (d,) vector of `word`, or `default`."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """What `sentence_features` needs beside the texts.

    `question` is (d,), `sentences` (n, d), unit rows of one encoder; `word_vectors` gives a lower-case word's (d,)
    unit vector; `stems` a text's stems; `idf` a stem's weight in 0..1, rarest in the archive highest.
    """

    question: Floats
    sentences: Floats
    word_vectors: WordVectors
    stems: Callable[[str], Sequence[str]]
    idf: Callable[[str], float]


_BASE = (
    "cosine", "cosine_to_best", "cosine_rank", "cosine_before", "cosine_passage_mean", "cosine_passage_max",
    "exact", "exact_near", "exact_passage", "exact_headline", "exact_to_best", "soft", "soft_near", "soft_passage",
    "soft_to_best", "soft_worst", "soft_worst_near", "soft_worst_passage", "uncovered_weight", "bigrams",
    "names_covered", "names_near", "names_passage", "names_anywhere", "names_asked", "figures_covered", "figures_near",
    "figures_asked", "new_names", "new_numbers", "new_dates", "kind_present", "asked_noun", "asked_noun_beside",
    "head_distance", "novel_words", "words", "question_words", "position", "passage_rank", "retrieval_to_best",
    "opens_with_pronoun", "quotes", "speech_verb", "reason_cue", "place_cue", "question_mark",
)  # fmt: skip
FEATURE_NAMES: tuple[str, ...] = (*_BASE, *(f"kind_{k}" for k in _KINDS))

_PRONOUN = re.compile(
    r"^[\"“'‘]?(?:he|she|it|they|his|her|its|their|this|that|these|those|the group|both)\b", re.IGNORECASE
)
_SPEECH = re.compile(
    r"\b(?:sa(?:id|ys?)|told|warn\w*|claim\w*|add(?:ed|s)|note[ds]?|noting|argue[ds]?|describ\w+|call(?:ed|s)"
    r"|according to|announced|stated|accus\w+|den(?:y|ied|ies)|insist\w*|explained)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|due to|since|so that|in order to|to \w+|as a result|led to|caused?|reason|after|following|fear\w*"
    r"|owing to|thanks to|therefore|amid|over|aim\w*)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|near|from|to|outside|inside|around|across|north|south|east|west|of) (?:the )?(?:\w+ )?[A-Z]"
)


@lru_cache(maxsize=20_000)
def _mentions(text: str) -> tuple[Mention, ...]:
    return find_mentions(text)


@lru_cache(maxsize=20_000)
def _words(text: str) -> tuple[str, ...]:
    return tuple(w.lower() for w in content_words(text))


def words_needed(question: Question, candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Every lower-case word whose vector `sentence_features` will ask for."""
    words = {w.lower() for w in (*question.words, *question.asked)}
    for candidate in candidates:
        words.update(_words(candidate.text))
    return tuple(sorted(words))


def answer_mentions(question: Question, text: str, stems: Callable[[str], Sequence[str]]) -> tuple[Mention, ...]:
    """Mentions in `text` that could be the answer: of the kind asked for, and not already in the question."""
    asked_stems = frozenset(stems(question.text))
    wanted: tuple[str, ...] = {
        "person": ("name",),
        "place": ("name",),
        "number": ("number",),
        "date": ("date",),
        "list": ("name", "number"),
        "definition": ("name",),
    }.get(question.kind, ("name", "number", "date"))
    return tuple(m for m in _mentions(text) if m.kind in wanted and not asked_stems.issuperset(stems(m.text)))


def sentence_features(question: Question, candidates: Sequence[Candidate], evidence: Evidence) -> Floats:
    """One row of `FEATURE_NAMES` a candidate: (n, len(FEATURE_NAMES)) float32; (0, …) for none."""
    if not candidates:
        return np.zeros((0, len(FEATURE_NAMES)), dtype=np.float32)
    table = _Coverage(question, candidates, evidence)
    cosine = evidence.sentences @ evidence.question
    order = np.argsort(np.argsort(-cosine))
    passages = np.array([c.passage for c in candidates])
    best_retrieval = max(c.retrieval for c in candidates) or 1.0
    kinds = [float(question.kind == k) for k in _KINDS]
    by_passage = {int(p): np.flatnonzero(passages == p) for p in np.unique(passages)}
    rows: list[list[float]] = []
    for i, candidate in enumerate(candidates):
        members = by_passage[candidate.passage]
        place = int(np.flatnonzero(members == i)[0])
        before = float(cosine[members[place - 1]]) if place else 0.0
        rows.append(
            [
                float(cosine[i]),
                float(cosine[i] - cosine.max()),
                math.log1p(float(order[i])),
                before,
                float(cosine[members].mean()),
                float(cosine[members].max()),
                *table.row(i, members),
                *_form(question, candidate, evidence.stems),
                float(len(question.words)),
                float(min(candidate.position, 10)),
                math.log1p(candidate.passage),
                candidate.retrieval / best_retrieval,
                float(bool(_PRONOUN.match(candidate.text))),
                float(sum(candidate.text.count(q) for q in '"“”')),
                float(bool(_SPEECH.search(candidate.text))),
                float(bool(_REASON.search(candidate.text))),
                float(len(_PLACE.findall(candidate.text))),
                float(candidate.text.rstrip("\"”’' ").endswith("?")),
                *kinds,
            ]
        )
    return np.asarray(rows, dtype=np.float32)


class _Coverage:
    """How much of the question each sentence, its neighbours and its passage cover, word by word."""

    def __init__(self, question: Question, candidates: Sequence[Candidate], evidence: Evidence) -> None:
        self.question = question
        self.candidates = candidates
        self.stems_of = evidence.stems
        words = [w.lower() for w in question.words] or ["?"]
        self.stems = ["".join(evidence.stems(w)) for w in words]
        self.weights = np.array([0.05 + evidence.idf(s) for s in self.stems], dtype=np.float32)
        self.weights /= self.weights.sum()
        vocabulary = sorted({w for c in candidates for w in _words(c.text)} | {"?"})
        index = {w: j for j, w in enumerate(vocabulary)}
        zero = np.zeros_like(evidence.question)
        columns = np.stack([evidence.word_vectors.get(w, zero) for w in vocabulary])
        rows = np.stack([evidence.word_vectors.get(w, zero) for w in words])
        self.similarity = rows @ columns.T
        stems = ["".join(evidence.stems(w)) for w in vocabulary]
        for i, stem in enumerate(self.stems):
            for j, other in enumerate(stems):
                if stem == other:
                    self.similarity[i, j] = 1.0
        self.columns = [np.array([index[w] for w in _words(c.text)] or [index["?"]]) for c in candidates]
        self.soft = np.stack([self.similarity[:, c].max(axis=1) for c in self.columns])  # (n, words)
        self.exact = (self.soft > 0.999).astype(np.float32)
        self.texts = [frozenset(evidence.stems(c.text)) for c in candidates]
        self.headlines = [frozenset(evidence.stems(c.headline)) for c in candidates]
        self.best_exact = float((self.exact @ self.weights).max())
        self.best_soft = float((self.soft @ self.weights).max())
        self.anywhere: frozenset[str] = frozenset().union(*self.texts, *self.headlines)
        self.asked_rows = [words.index(w) for w in (a.lower() for a in question.asked) if w in words]
        self.names = [frozenset(evidence.stems(m.text)) for m in question.mentions if m.kind == "name"]
        self.figures = [frozenset(evidence.stems(m.text)) for m in question.mentions if m.kind != "name"]

    def row(self, i: int, members: NDArray[np.intp]) -> list[float]:
        """The features from `exact` to `head_distance`; `members` are the candidates of the same passage, in order."""
        candidate = self.candidates[i]
        near = [j for j in members if abs(self.candidates[j].position - candidate.position) <= 1]
        exact_near = self.exact[near].max(axis=0)
        soft_near = self.soft[near].max(axis=0)
        soft_passage = self.soft[members].max(axis=0)
        headline = np.array([float(s in self.headlines[i]) for s in self.stems], dtype=np.float32)
        exact = float(self.exact[i] @ self.weights)
        soft = float(self.soft[i] @ self.weights)
        worst = int(np.argmin(np.maximum(soft_passage, headline)))
        text = self.texts[i] | self.headlines[i]
        near_text = frozenset().union(*(self.texts[j] for j in near)) | self.headlines[i]
        passage_text = frozenset().union(*(self.texts[j] for j in members)) | self.headlines[i]
        return [
            exact,
            float(np.maximum(exact_near, headline) @ self.weights),
            float(np.maximum(self.exact[members].max(axis=0), headline) @ self.weights),
            float(headline @ self.weights),
            exact - self.best_exact,
            soft,
            float(np.maximum(soft_near, headline) @ self.weights),
            float(np.maximum(soft_passage, headline) @ self.weights),
            soft - self.best_soft,
            float(self.soft[i].min()),
            float(np.maximum(soft_near, headline).min()),
            float(np.maximum(soft_passage, headline).min()),
            float(self.weights[worst] * len(self.weights)),
            self._bigrams(i),
            _share(self.names, self.texts[i]),
            _share(self.names, near_text),
            _share(self.names, passage_text),
            _share(self.names, self.anywhere),
            float(len(self.names)),
            _share(self.figures, text),
            _share(self.figures, near_text | passage_text),
            float(len(self.figures)),
            *self._answer(i),
        ]

    def _bigrams(self, i: int) -> float:
        """Share of the question's neighbouring content words that also stand together in the sentence."""
        pairs = list(zip(self.stems, self.stems[1:], strict=False))
        if not pairs:
            return 0.0
        words = ["".join(self.stems_of(w)) for w in _words(self.candidates[i].text)]
        places: dict[str, list[int]] = {}
        for j, word in enumerate(words):
            places.setdefault(word, []).append(j)
        close = sum(any(abs(a - b) <= 2 for a in places.get(x, ()) for b in places.get(y, ())) for x, y in pairs)
        return close / len(pairs)

    def _answer(self, i: int) -> list[float]:
        """Is there something new of the kind asked for, and how near to what the question names?"""
        text = self.candidates[i].text
        asked_stems = frozenset(self.stems_of(self.question.text))
        new = [m for m in _mentions(text) if not asked_stems.issuperset(self.stems_of(m.text))]
        counts = [float(sum(m.kind == k for m in new)) for k in ("name", "number", "date")]
        fitting = answer_mentions(self.question, text, self.stems_of)
        noun = max((float(self.soft[i, r]) for r in self.asked_rows), default=0.0)
        beside = max((self._beside(i, m) for m in fitting), default=0.0) if self.asked_rows else 0.0
        return [*counts, float(bool(fitting)), noun, beside, self._distance(text, fitting)]

    def _beside(self, i: int, mention: Mention) -> float:
        """How like the asked noun the words right before or after a fitting mention are."""
        text = self.candidates[i].text
        columns = dict(zip(_words(text), self.columns[i], strict=False))
        around = _words(text[max(0, mention.start - 25) : mention.end + 30])
        beside = [columns[w] for w in around if w in columns]
        return max((float(self.similarity[r, c]) for r in self.asked_rows for c in beside), default=0.0)

    def _distance(self, text: str, fitting: Sequence[Mention]) -> float:
        """Characters, on a log scale, from a fitting mention to the nearest of the question's words; 8 for none."""
        if not fitting:
            return 8.0
        stems = set(self.stems)
        spots = [m.start() for m in re.finditer(r"\w+", text) if "".join(self.stems_of(m.group())) in stems]
        if not spots:
            return 7.0
        return min(math.log1p(min(abs(s - f.start), abs(s - f.end))) for f in fitting for s in spots)


def _share(wanted: Sequence[frozenset[str]], present: frozenset[str]) -> float:
    """Share of `wanted` whose every stem is `present`; 1 when nothing is wanted."""
    if not wanted:
        return 1.0
    return sum(1.0 for w in wanted if w <= present) / len(wanted)


def _form(question: Question, candidate: Candidate, stems: Callable[[str], Sequence[str]]) -> list[float]:
    asked = frozenset(stems(question.text))
    words = _words(candidate.text)
    novel = sum("".join(stems(w)) not in asked for w in words)
    return [float(min(novel, 40)), float(min(len(words), 60))]
