"""What a short answer amounts to, so that two can be compared: a quantity, a moment, or a name. By form alone.

"At least 35,000" and "35,000" are one answer, "20" and "at least 35" are two, "20 percent" and "20 people" cannot be
set against each other. Where nothing can be told, no difference is claimed.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeAlias

from app.mentions import FUNCTION_WORDS, find_mentions
from app.quantities import Quantity, is_same_quantity, read_quantity

__all__ = ["Moment", "Name", "Quantity", "Value", "is_same", "read_moment", "read_name", "read_quantity"]


@dataclass(frozen=True, slots=True)
class Moment:
    """What is said of a day and its hour, each part None where it is not; `weekday` counts from Monday, 0."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    minute: int | None = None  # of the day


@dataclass(frozen=True, slots=True)
class Name:
    """The names in an answer, each as its words that tell it from others, folded: no titles, no case, no accents."""

    names: tuple[tuple[str, ...], ...]


Value: TypeAlias = Quantity | Moment | Name


def is_same(one: Value, other: Value) -> bool | None:
    """Whether two answers say the same as far as each goes; None where they cannot be set against each other."""
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return is_same_quantity(one, other)
    if isinstance(one, Moment) and isinstance(other, Moment):
        return _same_moment(one, other)
    if isinstance(one, Name) and isinstance(other, Name):
        return _same_name(one, other)
    return None


# --- moments ----------------------------------------------------------------------------------------------------------

_MONTHS = {m: n for n, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}
_MONTH = r"(?P<month{n}>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*)\b\.?"
_DAY_FIRST = re.compile(
    r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?" + _MONTH.format(n="") + r"(?:,?\s+(?P<year>\d{4}))?", re.I
)
_MONTH_FIRST = re.compile(
    r"\b" + _MONTH.format(n="") + r"(?:\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?\b)?(?:,?\s+(?:of\s+)?(?P<year>\d{4})\b)?"
)
_ISO = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b")
_YEAR = re.compile(r"\b(1[0-9]\d\d|20\d\d)\b")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})\b", re.IGNORECASE)
_RELATIVE = re.compile(r"\b(yesterday|today|tonight|tomorrow)\b", re.IGNORECASE)
_CLOCK = re.compile(
    r"\b(\d{1,2})(?:[:.](\d{2}))?\s?([ap])\.?m\b\.?|\b([01]?\d|2[0-3]):([0-5]\d)\b|\b(noon|midnight)\b", re.I
)


def read_moment(text: str, published: dt.date | None = None) -> Moment | None:
    """The day, or what is told of one, that `text` names; relative days count from `published`."""
    year = month = day = weekday = minute = None
    if dated := (_ISO.search(text) or _DAY_FIRST.search(text) or _MONTH_FIRST.search(text)):
        parts = dated.groupdict()
        told = parts["month"]
        month = int(told) if told.isdigit() else _MONTHS[told[:3].lower()]
        day = int(parts["day"]) if parts["day"] else None
        year = int(parts["year"]) if parts["year"] else None
    elif found := _YEAR.search(text):
        year = int(found[1])
    if found := _WEEKDAY.search(text):
        weekday = _WEEKDAYS.index(found[1].lower())
    if (found := _RELATIVE.search(text)) and published and day is None:
        shift = {"yesterday": -1, "tomorrow": 1}.get(found[1].lower(), 0)
        try:
            there = published + dt.timedelta(days=shift)
            year, month, day, weekday = there.year, there.month, there.day, there.weekday()
        except OverflowError:
            pass
    if found := _CLOCK.search(text):
        minute = _minute(found)
    if not any(part is not None for part in (year, month, day, weekday, minute)):
        return None
    return Moment(year, month, day, weekday, minute)


def _minute(found: re.Match[str]) -> int | None:
    if found[6]:
        return 0 if found[6].lower() == "midnight" else 720
    if found[4]:
        return int(found[4]) * 60 + int(found[5])
    hour = int(found[1])
    if not 1 <= hour <= 12:
        return None
    return (hour % 12 + 12 * (found[3].lower() == "p")) * 60 + int(found[2] or 0)


def _same_moment(one: Moment, other: Moment) -> bool | None:
    named = ("year", "month", "day", "minute")
    shared = [(getattr(one, part), getattr(other, part)) for part in named]
    both = [(a, b) for a, b in shared if a is not None and b is not None]
    if one.weekday is not None and other.weekday is not None and (one.day is None or other.day is None):
        both.append((one.weekday, other.weekday))
    elif (weekday := _weekday_of(one, other)) is not None:
        both.append(weekday)
    return all(a == b for a, b in both) if both else None


def _weekday_of(one: Moment, other: Moment) -> tuple[int, int] | None:
    """A weekday set against that of a whole date."""
    for dated, named in ((one, other), (other, one)):
        if dated.year and dated.month and dated.day and named.weekday is not None and named.day is None:
            try:
                return dt.date(dated.year, dated.month, dated.day).weekday(), named.weekday
            except ValueError:
                return None
    return None


# --- names ------------------------------------------------------------------------------------------------------------

_TITLES = frozenset(
    """mr mrs ms miss dr prof professor sir dame lord lady president vice minister prime chancellor king queen prince
    princess general gen colonel col major captain capt lieutenant lt sergeant sgt admiral senator sen rep governor gov
    mayor judge justice chief secretary ambassador sheikh imam pope bishop coach al el bin ibn bint de la le van von der
    the of and st architect engineer designer author writer poet novelist editor singer actor actress director artist
    painter
    journalist reporter scientist researcher economist analyst lawyer attorney prosecutor detective inspector officer
    founder chairman chairwoman spokesman spokeswoman manager striker goalkeeper defender midfielder driver pilot farmer
    teacher doctor nurse""".split()
)
_ALIKE = 0.72  # of letters: "Osama" and "Usama", "Mohammed" and "Muhammad"


def read_name(text: str) -> Name | None:
    """The names in `text`, None where there is none."""
    found = (_folded(m.text) for m in find_mentions(text) if m.kind == "name")
    names = tuple(dict.fromkeys(words for words in found if words))
    return Name(names) if names else None


def _folded(text: str) -> tuple[str, ...]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    plain = re.sub(r"[’']s\b", "", plain)
    words = [w.lower() for w in re.findall(r"[^\W_]+", plain)]
    kept = tuple(w for w in words if w not in _TITLES and (w not in FUNCTION_WORDS or len(words) == 1))
    return kept or tuple(words)


def _same_name(one: Name, other: Name) -> bool:
    """Whether a name of one is one of the other: "Tuscaloosa, Alabama" does not contradict "Alabama"."""
    return any(_is_same_name(a, b) for a in one.names for b in other.names)


def _is_same_name(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    short, long = sorted((one, other), key=len)
    alike = [any(_is_same_word(w, v) for v in long) for w in short]
    if all(alike):
        return True
    if any(alike):  # "Osama Muhajir" is "Usamah Muhajir", though "Iran" alone is not "Iraq"
        return all(same or any(_is_variant(w, v) for v in long) for w, same in zip(short, alike, strict=True))
    return len(short) == 1 and len(long) > 1 and short[0] == "".join(w[0] for w in long)


def _is_same_word(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])


def _is_variant(one: str, other: str) -> bool:
    if min(len(one), len(other)) < 4 or max(len(one), len(other)) > 40:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE
