"""Whether "he" or "she" is said of a name, as the talk and the articles it cited have it; unknown where they do not.

A title, a tie ("her husband"), the pronoun that follows the name, and last the first name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from app.resolve.past import Past

__all__ = ["gender_of", "gender_said"]

Gender = Literal["he", "she"]

_SAID: dict[str, Gender] = {"he": "he", "him": "he", "his": "he", "she": "she", "her": "she", "hers": "she"}
_HE = (
    r"(?:mr|sir|lord|king|prince|father|brother|husband|son|uncle|grandfather|spokesman|chairman|businessman|actor"
    r"|boyfriend|widower)"
)
_SHE = (
    r"(?:mrs|ms|lady|dame|queen|princess|mother|sister|wife|daughter|aunt|grandmother|spokeswoman|chairwoman"
    r"|businesswoman|actress|girlfriend|widow)"
)
_BEFORE = r"\.?,?\s+(?:(?:the\s+)?[a-z-]+\s+){0,2}"
_FIRST: dict[Gender, frozenset[str]] = {
    "he": frozenset(
        """adam alan albert alexander ali andrew anthony antonio arthur ben benjamin brian carlos charles chris
        christopher daniel david dennis donald douglas edward elon emmanuel eric francis frank gary george gerald
        gregory hassan henry hugo ibrahim ivan jack jacob james jason jeffrey jerry joe john jonathan jose joseph
        joshua juan karl keith kenneth kevin larry leo leon luis mark martin matthew michael miguel mohammed muhammad
        nicholas omar oscar patrick paul pedro peter philip ralph raymond richard robert roger ronald ryan samuel
        scott sean sergei simon stephen steven terry thomas timothy tobias tom vladimir walter william""".split()
    ),
    "she": frozenset(
        """alice alison amanda amina amy andrea angela anita ann anna anne annie barbara beatrice brenda carla carol
        caroline catherine charlotte christina christine clara claire deborah diana diane donna dorothy elena elizabeth
        ella emily emma eva fatima fiona frances gloria grace greta hannah heather helen helena ingrid irene isabel
        jacqueline jane janet jennifer jessica joan joanna judith julia julie karen kate katherine kathleen laura lena
        linda lisa louise lucy margaret maria marie marta martha mary melissa michelle monica nancy natalie nicole nora
        olivia pamela patricia paula priya rachel rebecca rosa rose ruth sandra sara sarah sharon sofia sophia sophie
        stephanie susan teresa theresa ursula victoria virginia wendy zoe""".split()
    ),
}  # fmt: skip
_QUOTED = re.compile(r"“[^”]{0,600}”|\"[^\"]{0,600}\"")
_PRONOUN = re.compile(r"\b(he|his|him|she|her)\b", re.IGNORECASE)
_OTHER_NAME = re.compile(r"\b[A-Z][\w’'-]+ [A-Z][\w’'-]+")
_NEXT_SENTENCE = re.compile(r"[.!?]\s+(?!(?:He|She|His|Her)\b)[A-Z]")
_LOOKED_AHEAD = 200  # characters behind a name


def gender_said(pronoun: str) -> Gender | None:
    """Which of the two a pronoun is of."""
    return _SAID.get(pronoun.lower())


def gender_of(name: str, history: Sequence[Past]) -> Gender | None:
    """The pronoun that the talk uses for `name`; None where nothing tells, or as much tells either."""
    words = name.split()
    if not words:
        return None
    surname = re.escape(words[-1])
    for past in reversed(history):
        if past.short and name in past.short and (asked := re.search(rf"[’']s ({_HE}|{_SHE})\b", past.query)):
            return "he" if re.fullmatch(_HE, asked.group(1)) else "she"
        if name in past.query and name not in past.typed and (leaning := _PRONOUN.search(past.typed)):
            return _SAID[leaning.group().lower()]  # so the user called them
    votes: dict[Gender, int] = {"he": 0, "she": 0}
    for text in dict.fromkeys(t for past in history for t in (past.said, past.near)):
        text = _QUOTED.sub(" ", text)
        for gender, titles in (("he", _HE), ("she", _SHE)):
            votes[gender] += 3 * len(re.findall(rf"\b(?i:{titles}){_BEFORE}(?:[A-Z][\w’'-]+ )?{surname}\b", text))  # type: ignore[index]
        for found in re.finditer(rf"\b{surname}\b", text):
            after = _NEXT_SENTENCE.split(text[found.end() : found.end() + _LOOKED_AHEAD])[0]
            other = _OTHER_NAME.search(after)
            pronoun = _PRONOUN.search(after[: other.start()] if other else after)
            if pronoun is not None:
                votes[_SAID[pronoun.group().lower()]] += 1
    if votes["he"] != votes["she"]:
        return "he" if votes["he"] > votes["she"] else "she"
    first = words[0].lower() if len(words) > 1 else ""
    return next((g for g, names in _FIRST.items() if first in names), None)
