"""What a number in a sentence counts: what the question asks for, or the injured instead of the dead, a part, a rate.

A sentence about the right event still holds numbers that answer something else; the words about a number tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.forms.subject import FATES, GENERIC, sentence_of
from app.mentions import Mention, find_mentions
from app.question import Question
from app.reader import Pointer
from ingest.article import Span
from store.lexical import terms

__all__ = [
    "counts_another_thing",
    "is_counted_as_asked",
    "is_counted_elsewhere",
    "is_counted_otherwise",
    "is_part_of_both",
    "number_asked",
]

_PLACED = re.compile(r"\b(?:in|into|at|near|across|through|outside)\s+(?:the\s+)?", re.IGNORECASE)
_BOTH = re.compile(r"\b(?:in|across|of|from)\s+(?:[a-z]+\s+){0,2}([A-Z]\w+)\s+and\s+(?:[a-z]+\s+){0,2}([A-Z]\w+)")
_OF_ALL = re.compile(r"\s+of\s+(?:(?:the|its|their|his|her|our|all|some)\s+)?(?:planned\s+)?$", re.IGNORECASE)
_OWNED = re.compile(
    r"\b(?:have|has|had|own|owns|are there|were there|in all|in total|altogether|total)\b", re.IGNORECASE
)
_SAYING = re.compile(
    r"\b(?:official|police|authorit|minist|government|spokes|doctor|source|agenc|institute)\w*\s*$", re.IGNORECASE
)
_ON_TOP = re.compile(r"(?:more|others?|additional|further)\b(?! than)", re.IGNORECASE)
_TOTAL = re.compile(
    r"\b(?:toll|number|total|tally)\b[^;]{0,80}\b(?:to|at|of)\s+(?:(?:at least|more than|about|over|nearly)\s+)?$",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"\b(?:an? (?:day|week|month|year|hour)|per (?:day|week|month|year|hour)|(?:each|every) day|daily)\b", re.IGNORECASE
)
_TIME = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?)\b"
_OF_TIME = re.compile(rf"[-\s]*{_TIME}", re.IGNORECASE)
_ASKS_TIME = re.compile(rf"\b(?:{_TIME}|how (?:long|old|often)\b|ages?\b|time\b)", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:()–—]|\b(?:and|but|while|with|as|after|in which|where|whereas)\b", re.IGNORECASE)


def is_counted_otherwise(question: Question, pointer: Pointer) -> bool:
    """Whether the number is of others than are asked for, of the injured where the dead are, or of days or years."""
    if pointer.short is None:
        return False
    if _is_increment(pointer) or (_RATE.search(_behind(pointer)) and not _RATE.search(question.text)):
        return True
    if _OF_TIME.match(f" {_behind(pointer)}") and not _ASKS_TIME.search(question.text):
        return True  # "in the seven days since 156 people were killed"
    asked = {n for n, fate in enumerate(FATES) if fate.search(question.text)}
    if not asked:
        return False
    told = {n for n, fate in enumerate(FATES) if fate.search(_clause_of(pointer, pointer.short))}
    return bool(told) and not told & asked


def _is_increment(pointer: Pointer) -> bool:
    """Whether the number comes on top of others: "12 more hostages", "another 30"."""
    assert pointer.short is not None
    before = sentence_of(pointer)[: pointer.short.start - pointer.sentence.start].split()[-1:]
    return bool(_ON_TOP.match(_behind(pointer))) or before[:1] == ["another"]


def _behind(pointer: Pointer) -> str:
    """The six words behind the answer, in its sentence."""
    assert pointer.short is not None
    return " ".join(sentence_of(pointer)[pointer.short.end - pointer.sentence.start :].split()[:6])


def number_asked(question: Question, pointer: Pointer) -> Span | None:
    """The number before the noun asked for, in the source text, where the answer is another in the sentence.

    In "35 rebels and 60 soldiers" the rebels are 35, whichever the reader points at; in "eight more bodies, bringing
    the toll to 13" it is 13.
    """
    if pointer.short is None:
        return None
    text = sentence_of(pointer)
    numbers = [m for m in find_mentions(text) if m.kind == "number"]
    if _is_increment(pointer):
        totals = [m for m in numbers if _TOTAL.search(text[: m.start][-120:])]
        if totals:
            return _span_of(pointer, totals[0])
    if fated := _fated(question, pointer, numbers):
        return _span_of(pointer, fated)
    if (part := _part_of(question, pointer, numbers)) is not None:
        return _span_of(pointer, part)
    if not question.asked or question.asked[0].lower() in GENERIC:
        return None
    asked = frozenset(terms(question.asked[0]))
    counted = [m for m in numbers if any(asked <= frozenset(terms(w)) for w in text[m.end :].split()[:2])]
    start, end = pointer.short.start - pointer.sentence.start, pointer.short.end - pointer.sentence.start
    if len(counted) != 1 or (counted[0].start < end and start < counted[0].end):
        return None
    return _span_of(pointer, counted[0])


def _part_of(question: Question, pointer: Pointer, numbers: Sequence[Mention]) -> Mention | None:
    """The first number of "60 of its 210 branches", where the pointer is at the second and not all are asked for."""
    assert pointer.short is not None
    text, at = sentence_of(pointer), pointer.short.start - pointer.sentence.start
    here = next((n for n, m in enumerate(numbers) if m.start <= at < m.end), 0)
    if not here or _OWNED.search(question.text):
        return None
    before = numbers[here - 1]
    return before if _OF_ALL.fullmatch(text[before.end : numbers[here].start]) else None


def _fated(question: Question, pointer: Pointer, numbers: Sequence[Mention]) -> Mention | None:
    """The one number that tells of the dead where these are asked for, and the pointer's counts what was destroyed."""
    fates = [f for f in FATES if f.search(question.text)]
    assert pointer.short is not None
    if not fates or any(f.search(_clause_of(pointer, pointer.short)) for f in fates):
        return None
    found = [m for m in numbers if any(f.search(_clause_of(pointer, _span_of(pointer, m))) for f in fates)]
    return found[0] if len(found) == 1 else None


def _span_of(pointer: Pointer, mention: Mention) -> Span:
    return Span(pointer.sentence.start + mention.start, pointer.sentence.start + mention.end)


def is_counted_as_asked(question: Question, pointer: Pointer) -> bool:
    """Whether the words about the number are those of the question: what is counted, or what became of it."""
    if pointer.short is None:
        return False
    clause = _clause_of(pointer, pointer.short)
    if any(fate.search(question.text) and fate.search(clause) for fate in FATES):
        return True
    stems = frozenset(terms(question.asked[0])) if question.asked else frozenset()
    return bool(stems) and question.asked[0].lower() not in GENERIC and stems <= frozenset(terms(clause))


def is_counted_elsewhere(question: Question, best: Pointer, pointer: Pointer) -> bool:
    """Whether the sentence puts the number in a place that neither the question nor the best sentence names.

    "At least four people in North Carolina", where a storm's dead are asked for, are a part of them.
    """
    known = frozenset(terms(f"{question.text} {sentence_of(best)}"))
    text = sentence_of(pointer)
    for found in _PLACED.finditer(text):
        if _SAYING.search(text[: found.start()][-40:]):
            continue  # "officials in the capital" tell of the whole
        names = [m for m in find_mentions(text[found.end() :][:60]) if m.kind == "name" and m.start == 0]
        if names and not frozenset(terms(names[0].text)) & known:
            return True
    return is_part_of_both(question, best, pointer)


def is_part_of_both(question: Question, best: Pointer, pointer: Pointer) -> bool:
    """Whether one of the two numbers is of two places together and the other of one of these alone."""
    text, spoken = sentence_of(pointer), sentence_of(best)
    asked = _BOTH.findall(question.text)
    return _is_part(asked or _BOTH.findall(spoken), text) or (not asked and _is_part(_BOTH.findall(text), spoken))


def _is_part(both: Sequence[tuple[str, str]], text: str) -> bool:
    """Whether `text` places something in one of two places and never names the other: a part of the sum of both."""
    return any(
        (one in text) != (other in text)
        and re.search(
            rf"\b(?:in|across|inside|within)\s+(?:\w+\s+){{0,2}}(?:{re.escape(one)}|{re.escape(other)})\b", text
        )
        is not None
        for one, other in both
    )


def counts_another_thing(question: Question, pointer: Pointer) -> bool:
    """Whether the number counts things of another name, and the sentence never names the one asked for.

    That is no more than a doubt: "houses" burn down where "homes" are asked for.
    """
    if not question.asked or pointer.short is None or question.asked[0].lower() in GENERIC:
        return False
    if is_counted_as_asked(question, pointer):
        return False
    stems = frozenset(terms(question.asked[0]))
    return bool(stems) and not stems <= frozenset(terms(sentence_of(pointer)))


def _clause_of(pointer: Pointer, short: Span) -> str:
    """The answer with the words about it, up to where another clause of the sentence begins."""
    text = sentence_of(pointer)
    start, end = short.start - pointer.sentence.start, short.end - pointer.sentence.start
    breaks = [(m.start(), m.end()) for m in _CLAUSE.finditer(text)]
    first = max((b for a, b in breaks if b <= start), default=0)
    last = min((a for a, b in breaks if a >= end), default=len(text))
    return text[first:last]
