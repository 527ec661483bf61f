"""A talk as the tagger's tokens: the question, then the earlier turns, the latest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.resolve.past import Past
from app.resolve.signals import read_text

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["MOST_TOKENS", "ROLES", "TalkTokens", "carried_before", "encode_talk"]

MOST_TOKENS = 256
ROLES = ("question", "last question", "earlier question", "last answer", "earlier answer", "carried", "first question")
_QUESTION_TOKENS, _EARLIER_TOKENS, _CARRIED_TOKENS = 64, 48, 16
_LAST_ANSWER_TOKENS, _ANSWER_TOKENS = 160, 48
_CLS, _SEP = 101, 102
_HALVES = re.compile("[\ud800-\udfff]")  # halves of a character that stand alone: the tokenizer takes none


@dataclass(frozen=True, slots=True)
class TalkTokens:
    """`ids` and `roles` (an index of `ROLES` each) are as long; `places` gives the first token of each candidate.

    Candidates are the content words of earlier questions and answers that the question does not hold, in lower case.
    """

    ids: list[int]
    roles: list[int]
    places: dict[str, list[int]]


def carried_before(past: Past) -> str:
    """The words that an earlier query had and its question had not, in their order."""
    own = {token.word for token in read_text(past.typed).tokens}
    query = read_text(past.query)
    added = dict.fromkeys(query.text[t.start : t.end] for t in query.tokens if t.word in query.words - own)
    return " ".join(added)


def encode_talk(tokenizer: Tokenizer, history: Sequence[Past], question: str) -> TalkTokens:
    """The tokens of `question` and of as many turns before it as there is room for."""
    own = {token.word for token in read_text(question).tokens}
    asked = tokenizer.encode(_HALVES.sub("\ufffd", question), add_special_tokens=False).ids[:_QUESTION_TOKENS]
    ids, places = [_CLS, *asked, _SEP], dict[str, list[int]]()
    roles = [0] * len(ids)

    def add(text: str, role: str, most: int, candidates: bool) -> None:
        text = _HALVES.sub("\ufffd", text)
        encoded = tokenizer.encode(text, add_special_tokens=False)
        room = max(0, min(most, MOST_TOKENS - len(ids) - 1))
        offsets = encoded.offsets[:room]
        starts = {start: place for place, (start, _) in reversed(list(enumerate(offsets)))}
        read = read_text(text)
        for token in read.tokens:
            counts = token.word in read.words and token.word not in own and token.start in starts
            if counts and (candidates or token.word in places):
                places.setdefault(token.word, []).append(len(ids) + starts[token.start])
        ids.extend(encoded.ids[:room])
        roles.extend([ROLES.index(role)] * len(offsets))

    for age, past in enumerate(reversed(history)):
        last, first = age == 0, age == len(history) - 1
        if len(ids) >= MOST_TOKENS - 1:
            break
        role = "last question" if last else "first question" if first else "earlier question"
        add(past.typed, role, _EARLIER_TOKENS, True)
        add(carried_before(past), "carried", _CARRIED_TOKENS, False)
        answer = f"{past.short or ''}\n{past.said}".strip()
        if last:
            add(answer, "last answer", _LAST_ANSWER_TOKENS, True)
        else:
            add(answer, "earlier answer", _ANSWER_TOKENS, True)
        ids.append(_SEP)
        roles.append(roles[-1])
    return TalkTokens(ids, roles, places)
