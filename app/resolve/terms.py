"""Which words of a talk the next question carries on: two sums of trees, and the phrases that the words make.

One judges whether the question leaves anything out, the other how likely each candidate is a part of it. The weights
are `model.json`, written by `python -m app.resolve.train`; they run on numpy alone.
Source of the task: Voskarides et al. 2020, Query Resolution for Conversational Search with Limited Supervision.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.resolve.past import Past
from app.resolve.signals import Place, read_signals
from ingest.body_model import Trees

__all__ = ["Carried", "TermModel", "load_terms", "turn_digest", "trained_on"]

_MODEL_FILE = Path(__file__).with_name("model.json")
_MOST_PHRASES = 5


@dataclass(frozen=True, slots=True)
class Carried:
    """What the model would carry over: `needed` is the chance that anything is left out, `phrases` best first."""

    needed: float
    phrases: tuple[tuple[str, float], ...]
    chances: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TermModel:
    """The two judges, and from which chance on a word, and a question, is believed."""

    needs: Trees
    words: Trees
    least_need: float
    least_word: float

    def carry(self, history: Sequence[Past], question: str) -> Carried:
        """What `question` carries on from `history`, which is not empty; no phrase where nothing is left out."""
        signals = read_signals(history, question)
        needed = float(self.needs.chances(signals.question[None, :])[0])
        if not signals.words:
            return Carried(needed, (), {})
        chances = dict(zip(signals.words, self.words.chances(signals.rows).tolist(), strict=True))
        places = dict(zip(signals.words, signals.places, strict=True))
        phrases = () if needed < self.least_need else self._phrases(chances, places)
        return Carried(needed, phrases, chances)

    def _phrases(
        self, chances: Mapping[str, float], places: Mapping[str, tuple[Place, ...]]
    ) -> tuple[tuple[str, float], ...]:
        """The believed words as they stand together in the talk, with whole names; the likeliest first."""
        left = sorted((w for w, p in chances.items() if p >= self.least_word), key=lambda w: (-chances[w], w))
        found: list[tuple[str, float]] = []
        while left and len(found) < _MOST_PHRASES:
            phrase, words = _phrase(left[0], left, places[left[0]])
            found.append((phrase, chances[left[0]]))
            left = [w for w in left if w not in words]
        return tuple(found)


def _phrase(word: str, believed: Sequence[str], places: Sequence[Place]) -> tuple[str, set[str]]:
    """The longest run of believed words around `word` in any of its places, and the words in it."""
    best, words = places[0].raw, {word}
    for place in places:
        tokens, text = place.text.tokens, place.text.text
        first = last = place.token
        for start, end in place.text.names:
            if start <= tokens[place.token].start < end:
                first = min(i for i, t in enumerate(tokens) if t.start >= start)
                last = max(i for i, t in enumerate(tokens) if t.end <= end) if tokens[first].end <= end else first
                last = max(last, place.token)
        while first and tokens[first - 1].word in believed and _adjoin(text, tokens[first - 1].end, tokens[first].start):
            first -= 1
        while last + 1 < len(tokens) and tokens[last + 1].word in believed:
            if not _adjoin(text, tokens[last].end, tokens[last + 1].start):
                break
            last += 1
        inside = {t.word for t in tokens[first : last + 1]}
        if len(inside & set(believed)) > len(words & set(believed)) or (
            len(inside) > len(words) and inside & set(believed) == words & set(believed)
        ):
            best, words = text[tokens[first].start : tokens[last].end], inside | {word}
    return " ".join(best.split()), words


def _adjoin(text: str, end: int, start: int) -> bool:
    return start - end <= 1 and (text[end:start] in ("", " ", "-"))


@functools.cache
def load_terms() -> TermModel:
    """The shipped model, read once per process."""
    return from_json(json.loads(_MODEL_FILE.read_text(encoding="utf-8")))


def from_json(data: Mapping[str, object]) -> TermModel:
    """The model that `app.resolve.train` wrote."""
    needs, words, least = data["needs"], data["words"], data["least"]
    assert isinstance(needs, dict) and isinstance(words, dict) and isinstance(least, list)
    return TermModel(Trees.from_json(needs), Trees.from_json(words), float(least[0]), float(least[1]))


def turn_digest(question: str, rewrite: str) -> str:
    """By what a turn of the training data is known."""
    return hashlib.sha256(f"{question}\n{rewrite}".encode("utf-8", "replace")).hexdigest()[:10]


@functools.cache
def trained_on() -> frozenset[str]:
    """The digests of the turns that the model was trained on: a figure measured on them is none of quality."""
    turns = json.loads(_MODEL_FILE.read_text(encoding="utf-8"))["turns"]
    assert isinstance(turns, str)
    return frozenset(turns[i : i + 10] for i in range(0, len(turns), 10))
