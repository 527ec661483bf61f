"""Whether two sentences that answer a question are about the same thing: its names, its event, its time.

Told by words alone; where they do not tell, the same is not assumed.
"""

from __future__ import annotations

import datetime as dt
import re

from app.mentions import content_words, find_mentions
from app.question import Question
from app.reader import Pointer
from app.values import is_same, read_name
from store.lexical import terms

__all__ = [
    "FATES",
    "GENERIC",
    "context_of",
    "is_about_the_same",
    "is_of_another_year",
    "is_old_news",
    "sentence_of",
    "share_told",
]

_HELD = 0.5  # of the question's words that the one context holds, the other has to hold too
_NAMED = 2.0  # what a name weighs beside another word: it tells one event from the next
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b(?![,.]\d)")
FATES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(rf"\b(?:{words})", re.IGNORECASE)
    for words in (
        r"kill|die[ds]?\b|dying|dead|death|fatal|perish|lives\b|bod(?:y|ies)\b|toll|casualt|victims?\b|slain|drowned",
        r"injur|wound|hurt\b|hospitali[sz]|burn(?:s|ed)\b|treated"
        r"|(?:taken|brought|rushed|flown|airlifted) to (?:an? |the )?hospital|in hospital\b",
        r"missing|unaccounted|disappeared",
        r"arrest|detain|in custody|held\b|jailed|t[ao]ken?\b|took\b|seized|abduct|kidnap|captured",
        r"rescue|surviv|saved\b|evacuat|pulled (?:alive|from)|freed|released",
        r"displaced|homeless|fled|flee",
        r"infect|test(?:ed|ing)? positive|cases?\b|sicken|ill\b",
        r"vaccinat|jab",
    )
)
_POINTS_BACK = re.compile(r"^\W*(?:that|it|then)\b", re.IGNORECASE)
_LATELY = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), days)
    for words, days in (
        (r"(?:this|last|past) (?:week(?:end)?)|yesterday|today|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day", 21),
        (r"(?:this|last|past) month", 62),
        (r"recent(?:ly)?|lately", 120),
        (r"(?:this|last|past) year", 740),
    )
)
GENERIC = frozenset(
    """people person persons many much number total amount percentage share happen happens happened take took place
    latest current currently new now kill killed die died dead death deaths toll injured wounded hurt missing
    arrested detained cost costs long old high big large far man woman men women say said""".split()
)


def context_of(pointer: Pointer) -> str:
    """The words around an answer: the headline and the passage."""
    return f"{pointer.hit.article.headline or ''} {pointer.hit.passage.text}"


def is_about_the_same(question: Question, one: Pointer, other: Pointer) -> bool:
    """Whether `other` tells of what `one` does: of the question's names all, of what else it says most."""
    here, there = frozenset(terms(context_of(one))), frozenset(terms(context_of(other)))
    held = told = 0
    for mention in question.mentions:
        stems = terms(mention.text) if mention.kind == "name" else ()
        if stems and stems[-1] in here:
            if stems[-1] not in there or _names_a_namesake(mention.text, sentence_of(other)):
                return False
            held, told = held + 1, told + 1
    named = _words_of_names(question)
    for word in content_words(question.text):
        found = frozenset(terms(word))
        if found and found <= here and word not in named and word.lower() not in GENERIC:
            held, told = held + 1, told + (found <= there)
    return told >= _HELD * held


def _names_a_namesake(name: str, sentence: str) -> bool:
    """Whether `sentence` names another of the kind instead: "Hurricane Ivan" for "Hurricane Helene", another Lunde."""
    asked = read_name(name)
    said = [n for m in find_mentions(sentence) if m.kind == "name" and (n := read_name(m.text))]
    if asked is None or len(asked.names[0]) < 2 or any(is_same(asked, n) for n in said):
        return False
    ends = {asked.names[0][0], asked.names[0][-1]}
    return any(len(n.names[0]) > 1 and {n.names[0][0], n.names[0][-1]} & ends for n in said)


def _words_of_names(question: Question) -> frozenset[str]:
    return frozenset(w for m in question.mentions if m.kind == "name" for w in content_words(m.text))


def share_told(question: Question, pointer: Pointer) -> float:
    """How much of what the question tells, the sentence tells with its headline: 1.0 where it repeats it all.

    A sentence without a name of its own ("The death toll stands at seven.") speaks with the one before it.
    """
    sentence, headline = f"{_before(pointer)} {sentence_of(pointer)}", pointer.hit.article.headline or ""
    there = frozenset(terms(f"{headline} {sentence}"))
    # The headline names the event; who holds an office, and where, the sentence has to say itself.
    near = there if question.kind in ("number", "date") else frozenset(terms(sentence))
    fates = [f for f in FATES if f.search(question.text)]
    whole = told = 0.0
    for mention in question.mentions:
        stems = terms(mention.text) if mention.kind == "name" else ()
        if stems:  # "Hurricane Helene" is told by "Helene"
            whole, told = whole + _NAMED, told + _NAMED * (stems[-1] in there)
    named = _words_of_names(question)
    for word in content_words(question.text):
        found = frozenset(terms(word))
        if not found or word in named or word.lower() in GENERIC or any(f.search(word) for f in fates):
            continue
        whole, told = whole + 1.0, told + (found <= near)
    if fates:
        whole, told = whole + 1.0, told + any(f.search(f"{headline} {sentence}") for f in fates)
    return told / whole if whole else 1.0


def _before(pointer: Pointer) -> str:
    """The sentence before one that names nothing; empty where it does, or where it is the first."""
    start = pointer.sentence.start - pointer.hit.passage.start
    if start <= 0 or any(m.kind == "name" for m in find_mentions(sentence_of(pointer))):
        return ""
    return _sentence_before(pointer)


def _sentence_before(pointer: Pointer) -> str:
    """The sentence before, in the passage; empty where it is the first."""
    passage, start = pointer.hit.passage, pointer.sentence.start - pointer.hit.passage.start
    before = passage.text[:start].rstrip()
    return before[max(0, max(before.rfind(e, 0, -1) for e in (". ", ".\n", "? ", "! ")) + 1) :] if before else ""


def sentence_of(pointer: Pointer) -> str:
    """The sentence that answers, as it stands."""
    passage = pointer.hit.passage
    return passage.text[pointer.sentence.start - passage.start : pointer.sentence.end - passage.start]


def is_of_another_year(question: Question, pointer: Pointer) -> bool:
    """Whether the years that the sentence or the question names, or the day of the article, tell of another time."""
    sentence = sentence_of(pointer)
    before = f"{_sentence_before(pointer)} " if _POINTS_BACK.match(sentence) else ""
    named = {int(y) for y in _YEAR.findall(before + sentence)}
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
