"""Whether two sentences that answer a question are about the same thing: the same names, the same event, its deaths
and not its injured. Told by words; where they do not tell, the same is not assumed.
"""

from __future__ import annotations

import datetime as dt
import re

from app.mentions import content_words, find_mentions
from app.question import Question
from app.reader import Pointer
from store.lexical import terms

__all__ = [
    "context_of",
    "counts_another_thing",
    "is_about_the_same",
    "is_counted_otherwise",
    "is_of_another_year",
    "is_old_news",
    "sentence_of",
    "share_told",
]

_HELD = 0.6  # of the question's words that the one context holds, the other has to hold too
_NAMED = 2.0  # what a name weighs beside another word: it tells one event from the next
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b(?![,.]\d)")
_FATES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(rf"\b(?:{words})", re.IGNORECASE)
    for words in (
        r"kill|die[ds]?\b|dying|dead|death|fatal|perish|lost their li|lives lost|bod(?:y|ies)\b|toll|casualt|victims?\b|slain|drowned",
        r"injur|wound|hurt\b|hospitali[sz]|burn(?:s|ed)\b|treated",
        r"missing|unaccounted|disappeared",
        r"arrest|detain|in custody|held\b|jailed",
        r"rescue|surviv|saved\b|evacuat|pulled (?:alive|from)|freed|released",
        r"displaced|homeless|fled|flee",
        r"infect|test(?:ed|ing)? positive|cases?\b|sicken|ill\b",
        r"vaccinat|jab",
        r"built|build",
    )
)
_CLAUSE = re.compile(r"[,;:()–—]|\b(?:and|but|while|with|as|after|in which|where|whereas)\b", re.IGNORECASE)
_LATELY = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), days)
    for words, days in (
        (r"(?:this|last|past) (?:week(?:end)?)|yesterday|today|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day", 21),
        (r"(?:this|last|past) month", 62),
        (r"recent(?:ly)?|lately", 120),
        (r"(?:this|last|past) year", 740),
    )
)
_GENERIC = frozenset(
    """people person persons many much number total amount percentage share happen happened take took place latest
    current currently new now kill killed die died dead death deaths toll injured wounded hurt missing arrested detained
    cost costs long old high big large far man woman men women say said""".split()
)


def context_of(pointer: Pointer) -> str:
    """The words around an answer: the headline and the passage."""
    return f"{pointer.hit.article.headline or ''} {pointer.hit.passage.text}"


def is_about_the_same(question: Question, one: Pointer, other: Pointer) -> bool:
    """Whether `other` tells of what `one` does: of the question's names all, of its other words most."""
    here, there = frozenset(terms(context_of(one))), frozenset(terms(context_of(other)))
    for mention in question.mentions:
        if mention.kind != "name":
            continue
        stems = terms(mention.text)
        if stems and stems[-1] in here and stems[-1] not in there:
            return False
    words = [frozenset(terms(w)) for w in content_words(question.text) if w.lower() not in _GENERIC]
    held = [w for w in words if w and w <= here]
    return not held or sum(w <= there for w in held) >= _HELD * len(held)


def share_told(question: Question, pointer: Pointer) -> float:
    """How much of what the question tells, the sentence tells with its headline: 1.0 where it repeats it all.

    A sentence without a name of its own ("The death toll stands at seven.") speaks with the one before it.
    """
    sentence = sentence_of(pointer)
    text = f"{pointer.hit.article.headline or ''} {_before(pointer)} {sentence}"
    there = frozenset(terms(text))
    fates = [f for f in _FATES if f.search(question.text)]
    named = {w for m in question.mentions if m.kind == "name" for w in content_words(m.text)}
    whole = told = 0.0
    for word in content_words(question.text):
        stems = frozenset(terms(word))
        if not stems or word.lower() in _GENERIC or any(f.search(word) for f in fates):
            continue
        weight = _NAMED if word in named else 1.0
        whole, told = whole + weight, told + weight * (stems <= there)
    if fates:
        whole, told = whole + 1.0, told + any(f.search(text) for f in fates)
    return told / whole if whole else 1.0


def _before(pointer: Pointer) -> str:
    """The sentence before one that names nothing; empty where it does, or where it is the first."""
    passage, start = pointer.hit.passage, pointer.sentence.start - pointer.hit.passage.start
    if start <= 0 or any(m.kind == "name" for m in find_mentions(sentence_of(pointer))):
        return ""
    before = passage.text[:start].rstrip()
    return before[max(0, max(before.rfind(e, 0, -1) for e in (". ", ".\n", "? ", "! ")) + 1) :] if before else ""


def sentence_of(pointer: Pointer) -> str:
    """The sentence that answers, as it stands."""
    passage = pointer.hit.passage
    return passage.text[pointer.sentence.start - passage.start : pointer.sentence.end - passage.start]


def is_counted_otherwise(question: Question, pointer: Pointer) -> bool:
    """Whether the number at `pointer` is of others than are asked for: of the injured where the dead are."""
    asked = {n for n, fate in enumerate(_FATES) if fate.search(question.text)}
    if not asked or pointer.short is None:
        return False
    text = sentence_of(pointer)
    start, end = pointer.short.start - pointer.sentence.start, pointer.short.end - pointer.sentence.start
    clause = _clause(text, start, end)
    told = {n for n, fate in enumerate(_FATES) if fate.search(clause)}
    return bool(told) and not told & asked


def _clause(text: str, start: int, end: int) -> str:
    """`text[start:end]` with the words about it, up to where another clause begins."""
    breaks = [(m.start(), m.end()) for m in _CLAUSE.finditer(text)]
    first = max((b for a, b in breaks if b <= start), default=0)
    last = min((a for a, b in breaks if a >= end), default=len(text))
    return text[first:last]


def is_of_another_year(question: Question, pointer: Pointer) -> bool:
    """Whether the years that the sentence or the question names, or the day of the article, tell of another time."""
    named = {int(y) for y in _YEAR.findall(sentence_of(pointer))}
    asked = {int(y) for y in _YEAR.findall(question.text)}
    day = pointer.hit.article.published.day
    if asked:
        return not named & asked and (bool(named) or (day is not None and day.year < min(asked)))
    return bool(named) and day is not None and max(named) < day.year - 1


def is_old_news(question: Question, pointer: Pointer, as_of: dt.date) -> bool:
    """Whether the question asks of these days ("this week", "recently") and the article is of others."""
    day = pointer.hit.article.published.day
    if day is None:
        return False
    return any((as_of - day).days > most for words, most in _LATELY if words.search(question.text))


def counts_another_thing(question: Question, pointer: Pointer) -> bool:
    """Whether the number counts things of another name, and the sentence never names the one asked for.

    That is no more than a doubt: "houses" burn down where "homes" are asked for.
    """
    if not question.asked or pointer.short is None or question.asked[0].lower() in _GENERIC:
        return False
    stems = frozenset(terms(question.asked[0]))
    return bool(stems) and not stems <= frozenset(terms(sentence_of(pointer)))
