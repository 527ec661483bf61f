"""Whether a sentence gives a name the very office that is asked for: no candidate, no deputy, nobody elsewhere.

Read from the words that stand around the name: its title before, what is set behind it between commas.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.forms.role_nouns import PERSON_NOUNS
from app.forms.sentence import sentences_of
from app.mentions import content_words
from app.question import Question
from store import Hit
from store.lexical import terms

__all__ = [
    "TAKES_OFFICE",
    "is_changed_hands",
    "is_held",
    "is_held_no_longer",
    "is_of_another_body",
    "names_body",
    "tells_body",
]

TAKES_OFFICE = re.compile(
    r"\b(?:(?:was|were|is|been|and) (?:re-?)?(?:elected|appointed|named|chosen|picked|installed|sworn in|promoted)"
    r"|(?:elect|appoint)(?:s|ed)|sworn in|took over|takes over|taking over|take over|succeed(?:s|ed|ing)?"
    r"|replac(?:es|ed|ing)|became|becomes|took up|takes up|took office|takes office|taking office"
    r"|now (?:leads|runs|heads|chairs|owns)|successor)\b",
    re.IGNORECASE,
)
_SAME = (
    "ceo chief-executive boss", "pm prime-minister premier", "chairman chairwoman chairperson chair",
    "spokesman spokeswoman spokesperson", "gov governor", "sen senator", "rep representative", "leader head chief",
)  # fmt: skip
_LESSER = re.compile(
    r"\b(?:vice|deputy|assistant|associate|press|shadow|under|junior|honorary|regional|provincial|candidates?|nominees?"
    r"|nominated|hopefuls?|contenders?|would-be|designate|aspiring|running for|run for|bid for|campaign for"
    r"|potential)\b",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"\b(?:then|former(?:ly)?|ex|late|one-time|ousted|outgoing|deposed|previous|predecessor|served as|used to be)\b",
    re.IGNORECASE,
)
_UNTELLING = frozenset("current currently new now present today leads leading".split())
_FIRST_OF_TWO = frozenset("United New South North West East Saudi Sri Costa El Central Democratic".split())
_OF_NO_PLACE = frozenset(
    """white senate parliament assembly congress majority minority prime chief vice deputy minister president
    executive officer secretary state house speaker new acting interim
    democratic republican democrat gop labour labor conservative liberal tory socialist green the a an of and for
    rep sen gov mr mrs ms dr sir""".split()
)
_SAID_TO_BE = re.compile(
    rf"{TAKES_OFFICE.pattern}|\b(?:is|are|as|be|remains?|stays?|serv(?:es|ing))\b|[’']s\b", re.IGNORECASE
)
_BEHIND = re.compile(r"^,\s+([^,;:.()]{3,90})")
_BEFORE = re.compile(r"([^,;:()]{0,70})$")
_NEAR = 90  # characters


def is_held_no_longer(text: str, start: int, end: int) -> bool:
    """Whether the words right around the name at that place of `text` say that its office was held before."""
    before, behind = _around(text, start, end)
    return (
        _FORMER.search(" ".join(before.split()[-4:])) is not None
        or _FORMER.match(re.sub(r"^(?:the|a|an|its|his|her|their)\s+", "", behind)) is not None
    )


def is_held(question: Question, text: str, start: int, end: int) -> bool:
    """Whether the sentence gives the name at that place the office asked for; True where none is asked for."""
    asked = _asked(question)
    if not asked:
        return True
    before, behind = _around(text, start, end)
    whole = re.sub(r"[’']s\b", "", text[start:end])
    titles = (f"{_title(before)} {whole}", behind)
    near = text[max(0, start - _NEAR) : end + _NEAR]
    phrases = [p for p in titles if asked <= _roles(p)] or [near]
    if not asked <= _roles(near) or not _qualifiers(question) <= frozenset(terms(text)):
        return False
    if phrases == [near] and (any(_roles(p) & asked for p in titles) or not _SAID_TO_BE.search(near)):
        return False  # half of the role is another one: an attorney is no attorney general
    lesser = {w.lower() for w in _LESSER.findall(question.text)}
    return not any(
        {w.lower() for w in _LESSER.findall(p)} - lesser or (p is not near and _is_elsewhere(question, p, asked))
        for p in phrases
    )


def is_of_another_body(question: Question, name: str, hits: Sequence[Hit]) -> bool:
    """Whether an article gives the role to the name somewhere else: "US President Joe Biden", for that of Ukraine."""
    asked = _asked(question)
    last = name.split()[-1] if name.split() else ""
    for hit in hits if asked and last else ():
        for found in re.finditer(rf"\b{re.escape(last)}\b", hit.passage.text):
            before = _BEFORE.search(hit.passage.text[max(0, found.start() - _NEAR) : found.start()])
            phrase = _title(before[1]) if before else ""
            if asked <= _roles(phrase) and _is_elsewhere(question, phrase, asked):
                return True
    return False


def tells_body(question: Question, text: str) -> bool:
    """Whether `text` has those names of the question whose last word alone is no name: "United Kingdom"."""
    wide = [m.text for m in question.mentions if m.kind == "name" and m.text.split()[0] in _FIRST_OF_TWO]
    return all(w.lower() in text.lower() or re.search(_initials(w), text) for w in wide)


def names_body(question: Question) -> bool:
    """Whether the question names of what the office is: "of Norvia Bank", where "the defence secretary" does not."""
    roles = set(_OF_NO_PLACE) | PERSON_NOUNS
    return any(m.kind == "name" and set(m.text.lower().split()) - roles for m in question.mentions)


def is_changed_hands(question: Question, names: Sequence[str], hits: Sequence[Hit]) -> bool:
    """Whether a sentence names both, or tells that one of the two takes the office."""
    last = [frozenset(terms(n)[-1:]) for n in names]
    asked = _asked(question)
    for sentence in sentences_of(hits):
        said = frozenset(terms(sentence.quoted))
        told = [bool(n) and n <= said for n in last]
        if all(told) or (any(told) and asked <= _roles(sentence.quoted) and TAKES_OFFICE.search(sentence.quoted)):
            return True
    return False


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before the name as a title, and behind it between commas."""
    before = _BEFORE.search(text[:start])
    behind = _BEHIND.match(text[end:])
    return before[1] if before else "", behind[1] if behind else ""


def _title(before: str) -> str:
    """The words right before a name that are part of its title: capitals, roles, and what lessens or dates them."""
    kept: list[str] = []
    for word in reversed(before.split()):
        plain = word.lower().strip(",.")
        of_title = plain in _OF_NO_PLACE or plain.rsplit("-", 1)[-1] in PERSON_NOUNS
        if not (word[0].isupper() or of_title or _LESSER.fullmatch(plain) or _FORMER.match(plain)):
            break
        kept.append(word)
    return " ".join(reversed(kept))


def _roles(text: str) -> frozenset[str]:
    """The roles that `text` names, each by the first of the words that mean it."""
    plain = re.sub(r"\b(chief executive|prime minister)\b", lambda m: m[1].replace(" ", "-"), text.lower())
    words = re.findall(r"[a-z]+(?:-[a-z]+)*", plain)
    found = {w for w in words if w in PERSON_NOUNS or any(w in line.split() for line in _SAME)}
    return frozenset(next((line.split()[0] for line in _SAME if w in line.split()), w) for w in found)


def _asked(question: Question) -> frozenset[str]:
    """The roles asked for, less those that only say how high: "head coach" is a coach."""
    found = _roles(question.text)
    return found - {"leader", "officer"} or found


def _qualifiers(question: Question) -> frozenset[str]:
    """The stems of the words that say which secretary, which minister: of defence, of state."""
    named = {w for m in question.mentions if m.kind == "name" for w in content_words(m.text)}
    words = (w for w in content_words(question.text) if w not in named and w.lower() not in _UNTELLING)
    return frozenset(s for w in words if not _roles(w) and w.lower() not in ("executive", "minister") for s in terms(w))


def _initials(name: str) -> str:
    return r"\b" + "".join(rf"{w[0]}\.?" for w in name.split() if w[0].isupper())


def _is_elsewhere(question: Question, phrase: str, asked: frozenset[str]) -> bool:
    """Whether a name that the question does not have stands before the role: "Georgia Secretary of State"."""
    known = set(re.findall(r"[a-z]+", question.text.lower())) | _OF_NO_PLACE
    initials = {"".join(w[0] for w in m.text.split()).lower() for m in question.mentions if m.kind == "name"}
    words = re.findall(r"[^\W\d_]+(?:[’'.-][^\W\d_]+)*\.?", re.sub(r"[’']s\b", "", phrase))
    at = [n for n, w in enumerate(words) if _roles(w) & asked or w.lower() in ("minister", "executive")]
    ahead = [w.lower().replace(".", "") for w in words[max(0, at[0] - 3) : at[0]] if w[0].isupper()] if at else []
    return any(w not in known and w not in initials for w in ahead)
