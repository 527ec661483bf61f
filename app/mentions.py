"""Which names, numbers and dates a text mentions, and where: by form alone, with no model.

Spans count characters of the text that was given. Mentions of one kind do not overlap each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["FUNCTION_WORDS", "Kind", "Mention", "content_words", "find_mentions"]

Kind = Literal["name", "number", "date"]

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY_NAME = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_NUMBER_WORD = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?"
    r"|millions?|billions?|trillions?|dozens?|scores|half|third|quarter|once|twice|single)"
)
_DATE = re.compile(
    rf"\b(?:{_DAY_NAME},?\s+)?(?:(?:early|late|mid)[- ])?(?:"
    rf"\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\.?(?:,?\s+\d{{4}})?"
    rf"|{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?"
    rf"|{_MONTH}\.?,?\s+(?:of\s+)?\d{{4}}"
    rf"|(?<=\b[io]n\s){_MONTH}\b|(?<=since\s){_MONTH}\b|(?<=last\s){_MONTH}\b|(?:January|February|April|June|July|August"
    rf"|September|October|November|December)\b"
    rf"|{_DAY_NAME}s?\b"
    r"|(?:1[5-9]|20)\d{2}s?\b(?!,\d)"
    r"|(?:last|next|this|past)\s+(?:week|month|year|summer|winter|spring|autumn|fall|night|weekend)\b"
    r"|(?:yesterday|today|tomorrow|tonight)\b"
    r")"
)
_NUMBER = re.compile(
    rf"(?:[$€£¥]\s?)?(?<![\w.,])\d+(?:[.,]\d+)*(?:\s?(?:%|percent\b|per cent\b))?"
    rf"|(?<![\w])(?:a\s+)?{_NUMBER_WORD}(?:[- ](?:{_NUMBER_WORD}|hundred|thousand|million|billion))*\b",
    re.IGNORECASE,
)
_PARTICLE = r"(?:of|the|de|da|del|della|der|den|di|du|la|le|van|von|bin|bint|ibn|al|el|y)"
_CAPITALISED = r"(?:(?:[A-Z]\.){2,}|(?:al|el|Al|El|ul|as|ad|ash)-[A-Z][\w’']*|[A-Z][\w’']*(?:-[\w’']+)*|[A-Z]\.)"
_GAP = r"[^\S\r\n]*(?:\r?\n)?[^\S\r\n]*(?<=\s)"  # a hard-wrapped line may break a name, a blank line may not
_NAME = re.compile(rf"(?<![\w’'-]){_CAPITALISED}(?:{_GAP}(?:{_PARTICLE}{_GAP}){{0,2}}{_CAPITALISED})*(?<![’'])")
_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")

FUNCTION_WORDS = frozenset(
    """a about above across after again against ago all almost alone along already also although always am among an and
    another any anyone anything are around as at away back be became because become been before began behind being
    below beside between both but by can cannot could did do does doing done down during each either else enough
    even ever every few first for from further get gets give given go goes going gone got had has have having he
    hence her here hers herself him himself his how however i if in indeed instead into is it its itself just
    last later least less let like made make makes many may me meanwhile might mine more moreover most much must my
    myself near neither never next no nobody none nor not nothing now of off often on once one only onto or other
    others otherwise our ours ourselves out over own part per perhaps please put quite rather really said same say
    saying says see seem seemed several shall she should since so some somebody someone something sometimes somewhere
    still such take than that the their theirs them themselves then there therefore these they thing things this
    those though through throughout thus to together too toward towards under until unto up upon us very was we
    well were what whatever when whenever where wherever whether which while who whoever whole whom whose why will
    with within without would yet you your yours yourself tell according exactly actually article articles""".split()
)
_SENTENCE_STARTERS = FUNCTION_WORDS | frozenset(
    """according activists amid authorities despite earlier experts following officials people police residents
    dozens hundreds thousands monday tuesday wednesday thursday friday saturday sunday""".split()
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name, number or date, at `text[start:end]` of the text it was found in."""

    kind: Kind
    start: int
    end: int
    text: str


def find_mentions(text: str) -> tuple[Mention, ...]:
    """All mentions in `text`, in order of their start; a number inside a date or a name is not listed."""
    dates = [Mention("date", m.start(), m.end(), m.group()) for m in _DATE.finditer(text)]
    names = [n for m in _NAME.finditer(text) for n in _trim_name(text, m.start(), m.end()) if not _inside(n, dates)]
    numbers = [Mention("number", m.start(), m.end(), m.group()) for m in _NUMBER.finditer(text)]
    numbers = [n for n in numbers if not _inside(n, dates) and not _inside(n, names)]
    return tuple(sorted((*dates, *names, *numbers), key=lambda m: (m.start, m.end)))


def content_words(text: str) -> tuple[str, ...]:
    """The words of `text` that carry content, in order, as they stand; function words are dropped."""
    return tuple(w for w in _WORD.findall(text) if _is_acronym(w) or w.lower() not in FUNCTION_WORDS)


def _is_acronym(word: str) -> bool:
    """Whether a word that spells a function word is written as an acronym: IS, US, WHO."""
    return len(word) > 1 and word.isupper()


def _trim_name(text: str, start: int, end: int) -> list[Mention]:
    """Drop leading words that are capitalised only because a sentence starts with them."""
    while start < end:
        word = _WORD.match(text, start)
        if word is None or word.end() > end:
            break
        if _is_acronym(word.group()) or word.group().lower() not in _SENTENCE_STARTERS:
            break
        nxt = _WORD.search(text, word.end(), end)
        start = end if nxt is None else nxt.start()
    while start < end and not text[start].isupper() and "-" not in text[start:end].split(" ")[0]:
        nxt = _WORD.search(text, start, end)
        after = None if nxt is None else _WORD.search(text, nxt.end(), end)
        start = end if after is None else after.start()
    for suffix in ("’s", "'s"):
        if text[start:end].endswith(suffix):
            end -= len(suffix)
    return [Mention("name", start, end, text[start:end])] if start < end else []


def _inside(mention: Mention, others: list[Mention]) -> bool:
    return any(o.start < mention.end and mention.start < o.end for o in others)
