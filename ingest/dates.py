"""Dates as news pages print them: found in a line, read only as far as they are written.

The idea: a mention keeps its words. One that names no year, or that two customs read differently, has no day,
and nothing here looks at today's date to guess one. English months are read here, those of other languages by
dateparser, and only where day, month and year are all written. Pure.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = [
    "DateMention",
    "can_be",
    "day_in_address",
    "day_of",
    "find_dates",
    "month_in_address",
    "only_a_date",
    "resolve_year",
    "starts_with_year",
]


_EARLIEST, _LATEST = 1800, 2099  # years of news; anything else is a number that looks like one
_NEAR_DAYS = 7  # a page clock lends its year only to a date of the week before it

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = rf"(?P<{{0}}>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})(?![a-z])\.?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s+)?"
_DAY = r"(?P<{0}>[0-3]?\d)(?:st|nd|rd|th|\.(?=\s))?"
_CLOCK = r"(?:\d{1,2}[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?\s*(?:gmt|utc|[ecmp][sd]?t|bst|cet|ist)?)"
_YEAR_END = r"(?!\d(?!\d?:\d\d))"  # a clock may be glued to it: "Nov 20, 20194:29 AM"
_DATE = re.compile(
    "|".join(
        (
            r"(?<!\d)(?P<y1>\d{4})(?P<sep>[-/.])(?P<m1>\d{1,2})(?P=sep)(?P<d1>\d{1,2})(?!\d)",
            r"(?<!\d)(?P<y8>\d{4})\s?[年년]\s?(?P<m8>\d{1,2})\s?[月월]\s?(?P<d8>\d{1,2})\s?[日일]",
            rf"{_WEEKDAY}(?<!\d){_DAY.format('d2')}[\s-]+(?:of\s+)?{_MONTH.format('m2')}[,\s-]+(?P<y2>\d{{4}}){_YEAR_END}",
            rf"{_WEEKDAY}(?<![a-z]){_MONTH.format('m3')}\s*{_DAY.format('d3')}\s*,?\s+(?P<y3>\d{{4}}){_YEAR_END}",
            r"(?<!\d)(?P<a4>\d{1,2})(?P<sep4>[/.-])(?P<b4>\d{1,2})(?P=sep4)(?P<y4>\d{4}|(?<=/)\d{2})(?![\d/])",
            rf"{_WEEKDAY}(?<![a-z]){_MONTH.format('m5')}\s+{_DAY.format('d5')}(?![\d:])",
            rf"{_WEEKDAY}(?<!\d){_DAY.format('d6')}\s+(?:of\s+)?{_MONTH.format('m6')}",
            rf"(?<![\d/])(?P<a7>\d{{1,2}})/(?P<b7>\d{{1,2}})(?=\s+{_CLOCK}|\s*$)(?!/)(?:\s+{_CLOCK})?",
        )
    ),
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:(?P<updated>(?:last\s+)?(?:updated?|modified|edited)|mise? à jour|modifié|aktualisiert|actualizado|"
    r"atualizado|aggiornato|bijgewerkt|обновлено)|(?P<first>(?:first|originally)\s+(?:was\s+)?(?:published|"
    r"posted|appeared))|"
    r"(?P<published>published|posted|issued|released|filed|created|original|publication date|(?<!\w\s)date|publiée?|"
    r"publiziert|veröffentlicht|erstellt|publicado|pubblicato|gepubliceerd|опубликовано))\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_FAR_LABEL = 60  # characters before a date in which its label may stand
_SHORT_LINE = 40  # characters of a line that may label the date in the next one
_ABROAD = re.compile(  # day, a month's name, year, with the words that some languages put between
    r"(?<![\w/.-])(?P<day>[0-3]?\d)(?:er|º|°|\.)?\s+(?:de\s+)?(?P<month>[^\W\d_]{3,14})\.?,?\s+"
    r"(?:del?\s+)?(?P<year>\d{4})(?!\d)"
)
_LANGUAGES = (
    *("fr", "de", "es", "it", "pt", "nl", "ru", "uk", "pl", "ar", "fa", "tr", "sv", "da", "nb", "fi", "cs", "sk", "hu"),
    *("ro", "bg", "sr", "hr", "el", "he", "hi", "id", "ca"),
)
_YEAR_FIRST = re.compile(r"(?:1[89]|20)\d\d(?!\d)")
_LABELS = {"updated": "updated", "first": "first published", "published": "published"}
_CLOCK_ALONE = re.compile(rf"\s*{_CLOCK}\s*", re.IGNORECASE)
_TIME_WORDS = re.compile(
    rf"{_CLOCK}|\b(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?\b|\b(?:gmt|utc|est|edt|et|am|pm|at|on)\b|\W",
    re.IGNORECASE,
)
_ADDRESS_DAY = re.compile(r"(?<!\d)(\d{4})[/-](\d{1,2}|[a-z]{3})[/-](\d{1,2})(?!\d)", re.IGNORECASE)
_ADDRESS_MONTH = re.compile(r"/((?:19|20)\d{2})/(0?[1-9]|1[0-2])/")


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date as printed: `quote` its words, `line` the line they stand in, `day` what they say alone.

    `readings` are the (month, day) pairs that words without a day allow. `label` is "published", "first published",
    "updated" or "" after the word before the date. `ambiguous` means that a year is named but month and day may be
    swapped. `year` is the year that is named, if one is.
    """

    quote: str
    line: str
    day: dt.date | None
    readings: tuple[tuple[int, int], ...]
    label: str
    ambiguous: bool = False
    year: int | None = None


def find_dates(text: str, *, before: str = "") -> list[DateMention]:
    """Every date in one line of text, in order; `before` is the line above it, which may hold its label."""
    found: list[DateMention] = []
    end = 0
    if not _DIGIT.search(text):
        return found
    for match in _DATE.finditer(text):
        year, readings = _read(match)
        days = tuple(d for d in (day_of(year, m, d) for m, d in readings) if d is not None) if year is not None else ()
        valid = tuple((m, d) for m, d in readings if day_of(year or 2000, m, d) is not None)
        if not valid or (year is not None and not days):
            continue
        ambiguous = len(set(days)) > 1
        label = _label(text[end : match.start()]) or (
            "" if end else _label(before if len(before) < _SHORT_LINE else "")
        )
        day = days[0] if days and not ambiguous else None
        found.append(DateMention(match.group().strip(), " ".join(text.split()), day, valid, label, ambiguous, year))
        end = match.end()
    return found if any(mention.day for mention in found) else [*_find_abroad(text, before), *found]


def _find_abroad(text: str, before: str) -> list[DateMention]:
    """The dates whose month another language names."""
    found: list[DateMention] = []
    for match in _ABROAD.finditer(text):
        if match["month"].lower() in _MONTHS:
            continue
        day = _parse_abroad(f"{int(match['day'])} {match['month'].lower()} {int(match['year'])}")
        if day is not None:
            label = _label(text[: match.start()]) or _label(before if len(before) < _SHORT_LINE else "")
            line = " ".join(text.split())
            quote = match.group().strip()
            found.append(DateMention(quote, line, day, ((day.month, day.day),), label, year=day.year))
    return found


@lru_cache(maxsize=1024)
def _parse_abroad(words: str) -> dt.date | None:
    import dateparser  # only when there is such a line: loading it takes a seventh of a second

    parsed = dateparser.parse(
        words,
        languages=list(_LANGUAGES),
        settings={
            "REQUIRE_PARTS": ["day", "month", "year"],  # it would fill in what is missing from today's date
            "PARSERS": ["absolute-time"],
            "STRICT_PARSING": True,
            "DATE_ORDER": "DMY",
        },
    )
    return day_of(parsed.year, parsed.month, parsed.day) if parsed is not None else None


def only_a_date(text: str) -> bool:
    """Whether the line is a date, a clock or both, and nothing else."""
    if not _DIGIT.search(text):
        return False
    dated = _DATE.search(text) is not None or any(mention.quote for mention in _find_abroad(text, ""))
    if not (dated or _CLOCK_ALONE.fullmatch(text)):
        return False
    return not _LABEL.sub("", _TIME_WORDS.sub("", _ABROAD.sub(" ", _DATE.sub(" ", text)))).strip()


def resolve_year(mention: DateMention, clock: dt.date | None) -> dt.date | None:
    """The day of a mention without a year, if it lies in the week up to the day the page was fetched; else None."""
    if mention.day is not None or mention.ambiguous or clock is None:
        return mention.day
    for month, day in mention.readings:
        for year in (clock.year, clock.year - 1):
            candidate = day_of(year, month, day)
            if candidate is not None and 0 <= (clock - candidate).days <= _NEAR_DAYS:
                return candidate
    return None


def day_in_address(address: str) -> dt.date | None:
    """The day in an address or path such as `example.org/2019/03/12/harbour`, or None."""
    for match in _ADDRESS_DAY.finditer(address):
        month = _MONTHS.get(match[2].lower()) or (int(match[2]) if match[2].isdecimal() else 0)
        found = day_of(int(match[1]), month, int(match[3]))
        if found is not None:
            return found
    return None


def month_in_address(address: str) -> tuple[int, int] | None:
    """The year and month in an address such as `example.org/2019/03/harbour.html`, or None."""
    found = _ADDRESS_MONTH.search(address)
    return (int(found[1]), int(found[2])) if found else None


def can_be(mention: DateMention, day: dt.date) -> bool:
    """Whether the words of the mention can be read as `day`, the year aside where they name none."""
    return mention.day == day or (
        mention.day is None and (day.month, day.day) in mention.readings and mention.year in (None, day.year)
    )


def starts_with_year(line: str) -> bool:
    """Whether a line begins with a year: the rest of a date that was broken at the line's end."""
    return _YEAR_FIRST.match(line) is not None


def _read(match: re.Match[str]) -> tuple[int | None, tuple[tuple[int, int], ...]]:
    """The year, and the (month, day) pairs that the words allow, the likelier first."""
    g = match.groupdict()
    for n in ("1", "8"):
        if g["y" + n]:
            return int(g["y" + n]), ((int(g["m" + n]), int(g["d" + n])),)
    for n in ("2", "3", "5", "6"):
        if g["m" + n]:
            year = g.get("y" + n)
            return int(year) if year else None, ((_MONTHS[g["m" + n].lower()], int(g["d" + n])),)
    a, b = (int(g["a4"]), int(g["b4"])) if g["y4"] else (int(g["a7"]), int(g["b7"]))
    year_number = int(g["y4"]) if g["y4"] else None
    if year_number is not None and year_number < 100:
        year_number += 1900 if year_number >= 70 else 2000
    if g["sep4"] == ".":
        return year_number, ((b, a),)  # dots are written day first
    return year_number, ((a, b), (b, a))


def day_of(year: int, month: int, day: int) -> dt.date | None:
    """The day, None where the calendar has no such one or no news is of that year."""
    if not _EARLIEST <= year <= _LATEST:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _label(text: str) -> str:
    labels = [_LABELS[str(found.lastgroup)] for found in _LABEL.finditer(text[-_FAR_LABEL:])]
    return labels[-1] if labels else ""
