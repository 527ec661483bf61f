"""Which views of a question can contradict each other at all: the same person, place or count, told apart for sure.

Over many articles some other event of the kind, or somebody else's age, is always found. What is set side by side
must not be that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.forms.role_nouns import PERSON_NOUNS
from app.forms.subject import FATES, GENERIC
from app.forms.views import View
from app.mentions import content_words, find_mentions
from app.question import Question
from app.reader import Reading
from app.resolve.entities import sort_of

__all__ = ["comparable"]

_SURE = 0.25  # of the best: other things than tolls split no belief among articles
_LIES = re.compile(r"^\W*(?:and |but |so )?where(?:['’]s| is| are)\b(?!.*\w(?:ing|ed|t)\W*$)", re.IGNORECASE)
_WHO = re.compile(r"^\W*(?:and |but |so )?(?:who(?:m|['’]s)?|what (?:is|was) the name of)\b", re.IGNORECASE)
_AGE = re.compile(r"\bhow old\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow many\b", re.IGNORECASE)
_FRACTION = re.compile(r"^\D*\d+\.\d{1,2}(?!\d)\s*$")
_SUFFIX = frozenset("jr sr ii iii iv".split())


def comparable(question: Question, reading: Reading, views: Sequence[View]) -> list[View]:
    """The views that can stand side by side, the surest first; fewer than two where nothing is to be compared.

    Where a place lies is told more and less closely, an age grows, and a question that names nothing means many events.
    """
    if _LIES.match(question.text) or _AGE.search(question.text) or _names_nothing(question):
        return []
    if reading.confidence < _SURE and not any(f.search(question.text) for f in FATES):
        return []
    kept: list[View] = []
    for view in sorted(views, key=lambda v: -v.score):
        words, sentence = view.shown.words, view.shown.sentence
        if _HOW_MANY.search(question.text) and _FRACTION.match(words):
            continue  # a magnitude
        if _WHO.match(question.text):
            if not _is_of_person(words) or any(_surname(words) == _surname(k.shown.words) for k in kept):
                continue
        elif kept and _is_of_somebody_else(question, sentence):
            continue
        kept.append(view)
    return kept


def _names_nothing(question: Question) -> bool:
    words = [w for w in content_words(question.text) if w.lower() not in GENERIC]
    words = [w for w in words if not any(f.search(w) for f in FATES)]
    return not words and not any(m.kind in ("name", "date") for m in question.mentions)


def _is_of_person(words: str) -> bool:
    """Whether the words are mostly a name of two words or more, and none of a place: "King's Lynn"."""
    names = [m.text for m in find_mentions(words) if m.kind == "name" and len(m.text.split()) > 1]
    mostly = any(2 * len(name.split()) > len(words.split()) for name in names)
    return mostly and not re.search(r"[a-z]['’]s [A-Z]", words)


def _surname(words: str) -> str:
    """The last name of the first person that the words tell: "rubio" of "U.S. Senator Marco Rubio of Florida"."""
    name = next((m.text for m in find_mentions(words) if m.kind == "name"), words)
    parts = [w.lower().strip(".,") for w in re.split(r"\s(?:of|from|in)\s", name)[0].split()]
    return next((w for w in reversed(parts) if w not in _SUFFIX), "")


def _is_of_somebody_else(question: Question, sentence: str) -> bool:
    """Whether a question about a person by name is answered with a sentence that names others and not that one."""
    asked = [m.text for m in question.mentions if m.kind == "name"]
    if not any(_is_full_name(name) for name in asked):
        return False
    lasts = {name.split()[-1].lower() for name in asked}
    named = [m.text for m in find_mentions(sentence) if m.kind == "name"]
    if any(last in name.lower().split() for name in named for last in lasts):
        return False
    return any(_is_full_name(name) for name in named)


def _is_full_name(name: str) -> bool:
    """A first and a last name: "Simone Biles", no "Orrin Motors"."""
    return len(name.split()) > 1 and not set(name.lower().split()) & PERSON_NOUNS and sort_of(name) == "person"
