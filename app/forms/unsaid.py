"""What is pointed at answers another question: others are counted, or the deed or tie asked for is told nowhere near.

A wrong number with a citation is worse than none. Only what the words about the answer give away is looked at: the
noun behind the number, the adjective before it, the verb of the question, the word for a father or a wife.
"""

from __future__ import annotations

import re
from itertools import pairwise, takewhile

from app.draft import Composition, Research
from app.forms.claims import asked_nouns
from app.forms.opposites import alike, is_alike, is_strong_past, stem
from app.forms.sentence import Sentence, pointed_at, sentences_of
from app.mentions import FUNCTION_WORDS, find_mentions
from app.question import Question
from app.reader import Pointer, Reading

__all__ = ["compose_unsaid", "counts_others", "is_deed_untold", "is_fate_untold", "is_tie_untold"]

_DECLINED = 0.02
_CERTAIN = 0.5  # of the reader, above which it has understood a verb that is told in other words
_OPENING = 5  # words that hold the verb of "which country sold", "who at the ministry confirmed"
_AUXILIARY = frozenset("is are was were did does do has have had will would can could".split())
_PREPOSITIONS = frozenset("to of in on at by for with from against after about during as over into".split())
_LIGHT = frozenset("made got took had did went came gave put set used named called".split())
_BEFELL = re.compile(
    r"^\W*(?:[Ww]hen|[Ww]here) (?:(?:was|were) (?:[A-Z][\w.’'-]* )+(?P<passive>[a-z]+)"
    r"|did (?:[A-Z][\w.’'-]* )+(?P<plain>[a-z]+))\s*[?.!]*$",
)
_VAGUE = frozenset("happen occur begin start end take come go live work".split())  # told in many other ways
_HOW_MANY = re.compile(r"\bhow many\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_COUNTED = 4  # words behind a number that may belong to what it counts
_MARK = re.compile(r"[,;:()\"“”—–!?]|(?<![A-Z])\.(?=\s|$)")
_PEOPLE = frozenset(
    map(
        stem,
        """people persons others more men women children residents victims survivors passengers members times
        casualties dead lives bodies percent million billion thousand hundred dozen nationals citizens""".split(),
    )
)
_KINDS_OF_PEOPLE = (
    "lawmakers lawmaker legislators mps deputies senators representatives congressmen councillors votes",
    "civilians civilian residents villagers bystanders noncombatants locals",
    "soldiers soldier troops forces servicemen marines personnel officers guards servicemembers",
    "fighters fighter militants militant gunmen rebels insurgents terrorists jihadists extremists recruits",
    "workers worker employees employee staff jobs posts positions strikers dockers miners labourers colleagues",
    "students student pupils pupil undergraduates schoolchildren learners graduates",
    "doctors nurses medics physicians surgeons clinicians medical",
    "journalists reporters correspondents editors",
    "refugees migrants asylum displaced evacuees",
    "patients patient cases infections admissions",
)
_PERSONS = {stem(w): frozenset(map(stem, line.split())) for line in _KINDS_OF_PEOPLE for w in line.split()}
_TIES = (
    "father dad son daughter parent parents",
    "mother mum mom son daughter parent parents",
    "husband wife spouse married marry partner couple widow widower divorced",
    "wife husband spouse married marry partner couple widow widower divorced",
    "brother sister sibling siblings twin brothers",
    "sister brother sibling siblings twin sisters",
    "son daughter father mother child parent sons",
    "daughter son father mother child parent daughters",
    "cousin cousins",
    "uncle nephew niece",
    "aunt nephew niece",
    "nephew uncle aunt",
    "niece uncle aunt",
)
_TIE_WORDS = {line.split()[0]: frozenset(map(stem, line.split())) for line in _TIES}
_WHOSE = re.compile(r"(?:[’']s|s[’']|\b(?:his|her|their)) (\w+)\b|\bthe (\w+) of\b", re.IGNORECASE)


def compose_unsaid(question: Question, reading: Reading, research: Research) -> Composition | None:
    """Nothing, of no confidence, where what is pointed at answers another question; None where it may answer."""
    if not reading.pointers or reading.confidence < research.threshold:
        return None
    first = reading.pointers[0]
    doubtful = reading.confidence < _CERTAIN and (is_deed_untold(question, first) or is_fate_untold(question, first))
    if doubtful or counts_others(question, first) or is_tie_untold(question, first):
        return Composition((), min(reading.confidence, _DECLINED))
    return None


def counts_others(question: Question, pointer: Pointer) -> bool:
    """Whether the number counts something else: lawmakers are asked for, and it is of soldiers; or other soldiers."""
    if not _HOW_MANY.search(question.text) or pointer.short is None:
        return False
    *before, head = asked_nouns(question.text) or ("",)
    sentence = pointed_at(pointer)
    start = pointer.short.start - sentence.span.start
    end = pointer.short.end - sentence.span.start
    text = sentence.quoted
    number = next((m for m in find_mentions(text) if m.kind == "number" and m.start < end and start < m.end), None)
    if number is None or not head or head in _PEOPLE:
        return False
    counted = _counted(text, number.end)
    said = {stem(w.lower()) for w in _WORD.findall(text)}
    if not counted:
        return False
    stems = [stem(w.lower()) for w in counted]
    if not any(is_alike(head, s) for s in stems):
        alike = _PERSONS.get(head, frozenset())
        if not alike or _PEOPLE & set(stems) or not alike.isdisjoint(stems) or any(s[:4] == head[:4] for s in stems):
            return False  # "homes" may be told as houses: of people alone it is known what they are not
        return not any(is_alike(head, s) for s in said)
    if set(before) & set(stems):
        return False
    if any(_is_proper(question.text, b) for b in before) and any(w[0].isupper() for w in counted):
        return True  # Germans are asked for, and these are French
    return any(_stands_before(b, head, text[: number.start] + " , " + text[number.end :]) for b in before)


def _counted(text: str, end: int) -> list[str]:
    """The words behind a number, as far as they are one phrase with it."""
    words: list[str] = []
    at = end
    for found in _WORD.finditer(text, end):
        if _MARK.search(text, at, found.start()) or found.group().lower() in FUNCTION_WORDS - {"of", "the", "other"}:
            break
        if len(found.group()) > 1 and found.group().lower() not in ("of", "the", "other", "such", "these", "those"):
            words.append(found.group())
        if len(words) == _COUNTED:
            break
        at = found.end()
    return words


def _is_proper(text: str, root: str) -> bool:
    return any(w[0].isupper() and stem(w.lower()) == root for w in _WORD.findall(text))


def _stands_before(adjective: str, noun: str, text: str) -> bool:
    words = [stem(w.lower()) for w in _WORD.findall(text)]
    return any(a == adjective and n == noun for a, n in pairwise(words))


def is_tie_untold(question: Question, pointer: Pointer) -> bool:
    """Whether somebody's father or wife is asked for where neither the sentence nor those beside it tell of one."""
    if question.kind not in ("person", "definition", "fact"):
        return False
    ties = [t for m in _WHOSE.finditer(question.text) if (t := _TIE_WORDS.get((m[1] or m[2]).lower()))]
    if not ties:
        return False
    told = _told_near(pointer)
    return all(told.isdisjoint(t) for t in ties)


def is_deed_untold(question: Question, pointer: Pointer) -> bool:
    """Whether who did something to something is asked for, and neither deed nor thing is told in or beside it."""
    words = _WORD.findall(question.text)[: 2 * _OPENING]
    if not words or words[0].lower() not in ("who", "which", "what") or pointer.short is None:
        return False
    at = next((n for n, w in enumerate(words[: _OPENING + 1]) if n and _is_past(w)), None)
    if at is None or words[at] in _LIGHT or _AUXILIARY & {w.lower() for w in words[1 : at + 3]}:
        return False
    headline = {stem(w.lower()) for w in _WORD.findall(pointer.hit.article.headline or "")}
    told = _told_near(pointer) | headline
    behind = takewhile(lambda w: w.lower() not in _PREPOSITIONS, words[at + 1 :])
    objects = [stem(w.lower()) for w in behind if w.lower() not in FUNCTION_WORDS]
    if not told.isdisjoint(alike(stem(words[at]))):
        return False
    return bool(objects) and not any(not told.isdisjoint(alike(o)) for o in objects)


def is_fate_untold(question: Question, pointer: Pointer) -> bool:
    """Whether when or where somebody was born or released is asked, and the sentences there tell of no such thing."""
    asked = _BEFELL.match(question.text)
    if asked is None:
        return False
    verb = asked["passive"] or asked["plain"]
    if (asked["passive"] and not _is_past(verb) and verb != "born") or verb in FUNCTION_WORDS | _LIGHT | _VAGUE:
        return False
    headline = {stem(w.lower()) for w in _WORD.findall(pointer.hit.article.headline or "")}
    return (_told_near(pointer) | headline).isdisjoint(alike(stem(verb)))


def _is_past(word: str) -> bool:
    return word.islower() and (word.endswith("ed") or is_strong_past(word))


def _told_near(pointer: Pointer) -> set[str]:
    """The stems of the sentence and of those beside it."""
    inner = sentences_of((pointer.hit,))
    at = next((n for n, s in enumerate(inner) if s.span == pointer.sentence), None)
    near: tuple[Sentence, ...] = (pointed_at(pointer),) if at is None else inner[max(0, at - 1) : at + 2]
    return {stem(w.lower()) for s in near for w in _WORD.findall(s.quoted)}
