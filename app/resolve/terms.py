"""Which words of a talk the next question carries on: two sums of trees, and the phrases that the words make.

One judges whether the question leaves anything out, the other how likely each candidate is a part of it, both from
what the tagger reads and from signals of place and form. The weights are `model.json`, written by
`python -m app.resolve.train`; they run on numpy.
Source of the task: Voskarides et al. 2020, Query Resolution for Conversational Search with Limited Supervision.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.resolve.past import Past
from app.resolve.signals import UNTAGGED, Matrix, Place, Signals, Text, read_signals
from app.resolve.tagger import Tags, load_tagger
from ingest.body_model import Trees

__all__ = ["NOTHING", "Carried", "TermModel", "blended", "load_terms", "trained_on", "turn_digest"]

_MODEL_FILE = Path(__file__).with_name("model.json")
_MOST_PHRASES = 5
_LINKS, _MOST_LINKS = frozenset("a an at by for from in of on s the to with".split()), 2
# A day that is carried on would bound when what is asked next was published.
_OF_TIME = re.compile(
    r"(?:19|20)\d\d|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
)
_NEED_SCALE = 0.5  # the tagger is twice as sure of its need as the trees are of theirs
_NAME_SHARE = 0.8  # of the chance of the likeliest word of a name, what its words must have on average


@dataclass(frozen=True, slots=True)
class Carried:
    """What the model would carry over, best first: `phrases` with their chances; none where nothing is left out.

    `needed` is the chance that anything is. `guesses` are the likely phrases whatever is needed, for a pronoun
    that has to stand for something. `chances` is of each word.
    """

    needed: float
    phrases: tuple[tuple[str, float], ...]
    guesses: tuple[tuple[str, float], ...]
    chances: Mapping[str, float]

    def chance(self, phrase: str) -> float:
        """That of the likeliest word of `phrase`."""
        return max((self.chances.get(w, 0.0) for w in re.findall(r"\w+", phrase.lower())), default=0.0)


NOTHING = Carried(0.0, (), (), {})


@dataclass(frozen=True, slots=True)
class TermModel:
    """The two judges, and from which chance on a word, and a question, is believed."""

    needs: Trees
    words: Trees
    least_need: float
    least_word: float

    def carry(self, history: Sequence[Past], question: str) -> Carried:
        """What `question` carries on from `history`, which is not empty; no phrase where nothing is left out."""
        tags = load_tagger().read(history, question)
        signals = read_signals(history, question, tags)
        needed, chances = blended(signals, tags, self.needs, self.words)
        return self.carried(signals, needed, dict(zip(signals.words, chances.tolist(), strict=True)))

    def carried(self, signals: Signals, needed: float, chances: Mapping[str, float]) -> Carried:
        """The phrases that words of these chances make."""
        places = dict(zip(signals.words, signals.places, strict=True))
        found = self._phrases(chances, places)
        return Carried(needed, found if needed >= self.least_need else (), found, chances)

    def _phrases(
        self, chances: Mapping[str, float], places: Mapping[str, tuple[Place, ...]]
    ) -> tuple[tuple[str, float], ...]:
        """The believed words as they stand together in the talk, with whole names; the likeliest first."""
        likely = (w for w, p in chances.items() if p >= self.least_word and not _OF_TIME.fullmatch(w))
        left = sorted(likely, key=lambda w: (-chances[w], w))
        found: list[tuple[str, float]] = []
        while left and len(found) < _MOST_PHRASES:
            phrase, words = _phrase(left[0], left, places[left[0]], chances)
            found.append((phrase, chances[left[0]]))
            left = [w for w in left if w not in words]
        return tuple(found)


def blended(signals: Signals, tags: Tags, needs: Trees, words: Trees) -> tuple[float, Matrix]:
    """The chance that anything is left out, and of each candidate (n,): trees and tagger, halfway between their logits.

    The tagger saw many more conversations than the trees; those were rewritten by more people.
    """
    needed = _logit(needs.chances(signals.question[None, :]))[0] + _NEED_SCALE * tags.need
    if not signals.words:
        return float(_chance(needed / 2)), np.zeros(0)
    tagged = np.array([tags.words.get(word, UNTAGGED) for word in signals.words])
    return float(_chance(needed / 2)), _chance((_logit(words.chances(signals.rows)) + tagged) / 2)


def _logit(chances: Matrix) -> Matrix:
    kept = np.clip(chances, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(kept / (1 - kept)), dtype=float)


def _chance(logits: Matrix) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=float)


def _phrase(
    word: str, believed: Sequence[str], places: Sequence[Place], chances: Mapping[str, float]
) -> tuple[str, set[str]]:
    """The longest run of believed words around `word` in any of its places, and the words in it."""
    best, words = places[0].raw, {word}
    for place in places:
        tokens, text = place.text.tokens, place.text.text
        first, last = _whole_name(place, chances)
        while (before := _next(place.text, first, -1, believed)) is not None:
            first = before
        while (behind := _next(place.text, last, 1, believed)) is not None:
            last = behind
        inside = {t.word for t in tokens[first : last + 1]}
        if len(inside) > len(words):
            best, words = text[tokens[first].start : tokens[last].end], inside | {word}
    return " ".join(best.split()), words


def _whole_name(place: Place, chances: Mapping[str, float]) -> tuple[int, int]:
    """The first and last token of the name that a candidate stands in, where the rest of it is likely enough."""
    tokens, at = place.text.tokens, place.token
    for start, end in place.text.names:
        if start <= tokens[at].start < end:
            inside = [i for i, t in enumerate(tokens) if start <= t.start < end and t.end <= end]
            known = [chances[tokens[i].word] for i in inside if tokens[i].word in chances]
            if inside and sum(known) >= _NAME_SHARE * chances[tokens[at].word] * len(known):
                return min(inside[0], at), max(inside[-1], at)
    return at, at


def _next(text: Text, at: int, step: int, believed: Collection[str]) -> int | None:
    """The believed token next to that number `at`, or across words that only link: "leader of the party"."""
    tokens = text.tokens
    for _ in range(_MOST_LINKS + 1):
        beside = at + step
        if not 0 <= beside < len(tokens):
            return None
        left, right = (tokens[at], tokens[beside]) if step > 0 else (tokens[beside], tokens[at])
        if text.text[left.end : right.start] not in ("", " ", "-", "'", "’"):
            return None
        at = beside
        if tokens[at].word in believed:
            return at
        if tokens[at].word not in _LINKS:
            return None
    return None


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
