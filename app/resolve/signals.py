"""What is known of each word of a talk that the next question might carry on: the candidates and their signals.

A candidate is a content word of an earlier question or answer that the question itself does not hold. Its row
says where in the talk it stands and how it looks; the question's own row, what the question seems to leave out.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from app.mentions import FUNCTION_WORDS, find_mentions
from app.resolve.past import Past
from app.resolve.words import UNKNOWN, stem, usage

if TYPE_CHECKING:
    from app.resolve.tagger import Tags

__all__ = ["UNTAGGED", "Matrix", "Signals", "Text", "read_signals", "read_text"]

Matrix = NDArray[np.float64]

_TOKEN = re.compile(r"\w+")
_LONGEST_SAID = 1_500  # characters of an answer that are looked at
_ANSWERS = 3  # the latest answers are looked at
_TURNS = 16  # the latest turns, and the first one
UNTAGGED = -9.0  # logit of a word for which the tagger had no room
_FRAGMENTS = frozenset("s t d ll m o re ve don didn doesn isn aren wasn weren won wouldn couldn shouldn".split())
_DULL = FUNCTION_WORDS | _FRAGMENTS
_PERSONAL = frozenset("he him his she her hers himself herself".split())
_NEUTRAL = frozenset("it its itself".split())
_PLURAL = frozenset("they them their theirs themselves".split())
_POINTING = frozenset("this that these those".split())
_LEANING = _PERSONAL | _NEUTRAL | _PLURAL | _POINTING
_OTHER = frozenset("one ones another other others else same both former latter two first second".split())
_COMPARING = frozenset(
    """more better less best worse compare compared difference differences different differ similar versus vs than
    between instead""".split()
)
_BEFORE_NOUN = frozenset("of about for in on with to from by".split())
_SUBJECTS = frozenset("i you to we they it he she".split())


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text as `\\w+` finds it: in lower case, and where it stands."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text as its tokens, which of them carry content, and where its names are."""

    text: str
    tokens: tuple[Token, ...]
    content: tuple[str, ...]
    names: tuple[tuple[int, int], ...]

    @property
    def words(self) -> frozenset[str]:
        """The words that carry content."""
        return frozenset(self.content)


@functools.lru_cache(maxsize=256)
def read_text(text: str) -> Text:
    """The tokens and names of `text`."""
    tokens = tuple(Token(m.group().lower(), m.start(), m.end()) for m in _TOKEN.finditer(text))
    content = tuple(t.word for t in tokens if t.word not in _DULL)
    found = ((m.start, text[m.start : m.end].partition("\n")[0]) for m in find_mentions(text) if m.kind == "name")
    names = tuple((start, start + len(line)) for start, line in found)  # an answer ends with its line
    return Text(text, tokens, content, names)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a candidate stands: in which text of which turn, and which token of it."""

    kind: Literal["question", "answer"]
    turn: int
    token: int
    text: Text

    @property
    def raw(self) -> str:
        """The word as it stands."""
        token = self.text.tokens[self.token]
        return self.text.text[token.start : token.end]


@dataclass(frozen=True, slots=True)
class Signals:
    """`words` are the candidates, `rows` (n, d) their signals, `question` (q,) those of the question."""

    words: tuple[str, ...]
    rows: Matrix
    question: Matrix
    places: tuple[tuple[Place, ...], ...]


def read_signals(history: Sequence[Past], question: str, tags: Tags) -> Signals:
    """The candidates of a talk for `question`, with all that is known of them; `history` is not empty.

    `tags` is what the tagger makes of the same turn.
    """
    if len(history) > _TURNS:
        history = (history[0], *history[-_TURNS + 1 :])
    asked = read_text(question)
    places = _candidates(history, asked)
    told = {word: tags.words.get(word, UNTAGGED) for word in places}
    order = sorted(told.values(), reverse=True)
    of_question = [*_question_signals(history, asked), tags.need, *(*order[:3], *[UNTAGGED] * 3)[:3]]
    rows = [
        [*_word_signals(word, found, len(history), asked), told[word], order[0] - told[word], *of_question]
        for word, found in places.items()
    ]
    width = _N_WORD + len(of_question)
    matrix = np.array(rows, dtype=float) if rows else np.empty((0, width))
    return Signals(tuple(places), matrix, np.array(of_question), tuple(tuple(found) for found in places.values()))


def _candidates(history: Sequence[Past], asked: Text) -> dict[str, list[Place]]:
    own = {t.word for t in asked.tokens}
    found: dict[str, list[Place]] = {}
    for turn, past in enumerate(history):
        texts: list[tuple[Literal["question", "answer"], str]] = [("question", past.typed)]
        if turn >= len(history) - _ANSWERS:
            texts.append(("answer", f"{past.short or ''}\n{past.said}".strip()[:_LONGEST_SAID]))
        for kind, text in texts:
            read = read_text(text)
            for number, token in enumerate(read.tokens):
                if token.word not in _DULL and token.word not in own:
                    found.setdefault(token.word, []).append(Place(kind, turn, number, read))
    return found


def _question_signals(history: Sequence[Past], asked: Text) -> list[float]:
    words = [t.word for t in asked.tokens]
    own, text = set(words), asked.text.lower().strip()
    content = asked.words
    talked: frozenset[str] = frozenset().union(*(read_text(past.typed).words for past in history))
    last = read_text(history[-1].typed)
    known = [usage(w) for w in content]
    ranks = [math.log(u.rank + 1) for u in known]
    leaning = next((i for i, w in enumerate(words) if w in _LEANING), len(words))
    values: list[float] = [
        len(words), len(content), len(history),
        bool(own & _PERSONAL), bool(own & _NEUTRAL), bool(own & _PLURAL), bool(own & _POINTING),
        sum(a in _POINTING and b not in _DULL for a, b in itertools.pairwise(words)),
        "there" in own, "here" in own, bool(own & _OTHER), bool(own & _COMPARING),
        bool(re.match(r"(?:and|but|so|what about|how about|ok|also)\b", text)),
        bool(re.match(r"(?:what|how) about\b", text)),
        bool(re.match(r"(?:what|who|when|where|why|how|which)\b", text)),
        bool(re.match(r"(?:is|are|was|were|do|does|did|can|could|will|should|has|have)\b", text)),
        bool(re.match(r"(?:tell|give|describe|explain|show|i|please)\b", text)),
        text.endswith("?"),
        sum(a == "the" and b not in _DULL for a, b in itertools.pairwise(words)),
        len(re.findall(r"\bthe (?:\w+ ){1,2}(?:of|in|for|between|to)\b", text)),
        len(asked.names), len(content & talked), len(content & last.words),
        len(content - talked), len(content - talked) / max(1, len(content)),
        sum(u is UNKNOWN for u in known), max(ranks, default=0.0), sum(ranks) / max(1, len(ranks)),
        max((u.noun for u in known), default=0.0), leaning,
        bool(words) and words[-1] in _LEANING, bool(words) and words[-1] in _DULL,
        len(last.words),
        bool(own & {"i", "my"}), "you" in own, bool(own & {"of", "in", "for", "about", "between", "to", "with"}),
        any(past.said for past in history), words[:1] == ["why"], len(words) <= 3,
        sum(asked.text[t.start].isupper() for t in asked.tokens if t.start), bool(history[-1].short),
    ]  # fmt: skip
    return [float(v) for v in values]


def _word_signals(word: str, places: Sequence[Place], n: int, asked: Text) -> list[float]:
    asked_in = sorted({p.turn for p in places if p.kind == "question"})
    said_in = sorted({p.turn for p in places if p.kind == "answer"})
    first, latest = (asked_in[0], asked_in[-1]) if asked_in else (n + 1, n - 30)
    values: list[float] = [
        len(asked_in), len(asked_in) / n, first, n - first if asked_in else 30, n - latest,
        0 in asked_in, n - 1 in asked_in,
        len(said_in), n - said_in[-1] if said_in else 30,
        sum(p.kind == "answer" and p.turn == n - 1 for p in places), sum(p.kind == "answer" for p in places),
        min((p.token for p in places if p.kind == "answer" and p.turn == n - 1), default=999),
        any(p.raw[0].isupper() and p.token for p in places), all(p.raw[0].isupper() for p in places),
        any(p.raw.isupper() and len(p.raw) > 1 for p in places), any(c.isdigit() for c in word), len(word),
        any(s <= p.text.tokens[p.token].start < e for p in places for s, e in p.text.names), len(places),
    ]  # fmt: skip
    used = usage(word)
    values += [math.log(used.rank + 1), used.noun, used.verb, used.name, used is UNKNOWN]
    values += [word.endswith(ending) for ending in ("ing", "ed", "s", "ly")]
    values.append(stem(word) in {stem(w) for w in asked.content})
    return [float(v) for v in (*values, *_company(_best_place(places), asked))]


def _best_place(places: Sequence[Place]) -> Place:
    """Where a candidate was asked about last, else where an answer says it first."""
    asked = [p for p in places if p.kind == "question"]
    if asked:
        return max(asked, key=lambda p: p.turn)
    return max(places, key=lambda p: (p.turn, -p.token))


def _company(place: Place, asked: Text) -> list[float]:
    """How a candidate stands among its neighbours, and whether the question speaks of those."""
    tokens, at, own = place.text.tokens, place.token, asked.words
    n = len(tokens)
    before = tokens[at - 1].word if at else ""
    after = tokens[at + 1].word if at + 1 < n else ""
    earlier = tokens[at - 2].word if at > 1 else ""
    content = place.text.content
    near = {tokens[i].word for i in range(max(0, at - 3), min(n, at + 4))}
    shared = len(place.text.words & own)
    return [
        float(v)
        for v in (
            at, at / max(1, n), n - 1 - at, n,
            before in _BEFORE_NOUN, before in ("the", "a", "an"),
            before in ("is", "are", "was", "were", "do", "does", "did", "can"),
            bool(before) and before not in _DULL, bool(after) and after not in _DULL, not after, after == "of",
            after == "s", after in ("is", "are", "was", "were", "in", "for", "and", "or"), before in _SUBJECTS,
            earlier in ("what", "who", "tell", "which"), content[-1] == tokens[at].word, content[0] == tokens[at].word,
            len(content), before in own, after in own, bool(near & own), shared, shared / max(1, len(own)),
            place.kind == "answer",
        )
    ]  # fmt: skip


_N_WORD = 19 + 5 + 4 + 1 + 24 + 2
