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
from app.resolve.gender import gender_of

__all__ = ["comparable"]

_SURE = 0.25  # of the best: other things than tolls split no belief among articles
_LIES = re.compile(r"^\W*(?:and |but |so )?where(?:['’]s| is| are)\s+(?:the\s+)?", re.IGNORECASE)
_WHO = re.compile(r"^\W*(?:and |but |so )?(?:who(?:m|['’]s)?|what (?:is|was) the name of)\b", re.IGNORECASE)
_AGE = re.compile(r"\bhow old\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow (?:many|old)\b", re.IGNORECASE)
_FRACTION = re.compile(r"^\D*\d+\.\d{1,3}(?!\d)\s*$")
_SUFFIX = frozenset("jr sr ii iii iv".split())


def comparable(question: Question, reading: Reading, views: Sequence[View]) -> list[View]:
    """The views that can stand side by side, the surest first; fewer than two where nothing is to be compared.

    Where a place lies is told more and less closely, and a question that names nothing means many events.
    """
    if _asks_where_it_lies(question) or _names_nothing(question):
        return []
    if reading.confidence < _SURE and not any(f.search(question.text) for f in FATES):
        return []
    kept: list[View] = []
    for view in sorted(views, key=lambda v: -v.score):
        words = view.shown.words
        if _HOW_MANY.search(question.text) and _FRACTION.match(words):
            continue  # a magnitude, a score
        if _WHO.match(question.text):
            if not _is_of_person(words) or any(_is_one_person(words, k.shown.words) for k in kept):
                continue
        elif kept and _is_of_anybody(question, view.shown.sentence):
            continue
        kept.append(view)
    return kept


def _asks_where_it_lies(question: Question) -> bool:
    """Whether it is only asked where a place or thing is: "Where is the Taal volcano?", not where somebody is held."""
    opens = _LIES.match(question.text)
    if opens is None:
        return False
    name = next((m for m in question.mentions if m.kind == "name" and m.start == opens.end()), None)
    if name is None or gender_of(name.text, ()) is not None:
        return False
    return re.fullmatch(r"(?:\s+[a-z]+)?\s*\??\s*", question.text[name.end :]) is not None


def _names_nothing(question: Question) -> bool:
    words = [w for w in content_words(question.text) if w.lower() not in GENERIC]
    words = [w for w in words if not any(f.search(w) for f in FATES)]
    return not words and not any(m.kind in ("name", "date") for m in question.mentions)


def _is_of_person(words: str) -> bool:
    """Whether the words are mostly a name of two words or more, and none of a place: "King's Lynn"."""
    names = [m.text for m in find_mentions(words) if m.kind == "name" and len(m.text.split()) > 1]
    mostly = any(2 * len(name.split()) > len(words.split()) for name in names)
    return mostly and not re.search(r"[a-z]['’]s [A-Z]", words)


def _is_one_person(one: str, other: str) -> bool:
    """Whether both are of one surname and no two first names: "U.S. Senator Marco Rubio", "Marco Rubio of Florida"."""
    (first, last), (first_too, last_too) = _first_and_last(one), _first_and_last(other)
    return bool(last) and last == last_too and (not first or not first_too or first[0] == first_too[0])


def _first_and_last(words: str) -> tuple[str, str]:
    """The first name and the surname of the first person that the words tell, in lower case; empty where there is none.

    A son may follow his father in office: the surname alone tells nobody apart.
    """
    name = next((m.text for m in find_mentions(words) if m.kind == "name"), words)
    parts = [w.lower().strip(".,") for w in re.split(r"\s(?:of|from|in)\s", name)[0].split()]
    parts = [w for w in parts if w not in _SUFFIX and w not in PERSON_NOUNS]
    return (parts[-2] if len(parts) > 1 else "", parts[-1] if parts else "")


def _is_of_anybody(question: Question, sentence: str) -> bool:
    """Whether the age of somebody by name is asked for, and the sentence names nobody so: "the 20-year-old"."""
    lasts = {m.text.split()[-1].lower() for m in question.mentions if m.kind == "name"}
    said = set(re.findall(r"\w+", sentence.lower()))
    return bool(lasts) and _AGE.search(question.text) is not None and not lasts & said
