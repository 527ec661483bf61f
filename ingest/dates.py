"""Dates as news pages print them: found in a line, read only as far as they are written.

The idea: a mention keeps its words. One that names no year, or that two customs read differently, has no day,
and nothing here looks at today's date to guess one. Pure.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

__all__ = ["DateMention", "day_in_address", "find_dates", "only_a_date", "resolve_year"]

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
_DAY = r"(?P<{0}>[0-3]?\d)(?:st|nd|rd|th)?"
_CLOCK = r"(?:\d{1,2}[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?\s*(?:gmt|utc|[ecmp][sd]?t|bst|cet|ist)?)"
_DATE = re.compile(
    "|".join(
        (
            r"(?<!\d)(?P<y1>\d{4})(?P<sep>[-/.])(?P<m1>\d{1,2})(?P=sep)(?P<d1>\d{1,2})(?!\d)",
            rf"{_WEEKDAY}(?<!\d){_DAY.format('d2')}[\s-]+(?:of\s+)?{_MONTH.format('m2')}[,\s-]+(?P<y2>\d{{4}})(?!\d)",
            rf"{_WEEKDAY}(?<![a-z]){_MONTH.format('m3')}\s*{_DAY.format('d3')}\s*,?\s+(?P<y3>\d{{4}})(?!\d)",
            r"(?<!\d)(?P<a4>\d{1,2})(?P<sep4>[/.-])(?P<b4>\d{1,2})(?P=sep4)(?P<y4>\d{4}|(?<=/)\d{2})(?![\d/])",
            rf"{_WEEKDAY}(?<![a-z]){_MONTH.format('m5')}\s+{_DAY.format('d5')}(?![\d:])",
            rf"{_WEEKDAY}(?<!\d){_DAY.format('d6')}\s+(?:of\s+)?{_MONTH.format('m6')}",
            rf"(?<![\d/])(?P<a7>\d{{1,2}})/(?P<b7>\d{{1,2}})(?=\s+{_CLOCK}|\s*$)(?!/)(?:\s+{_CLOCK})?",
        )
    ),
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:(?P<updated>(?:last\s+)?(?:updated|modified|edited))|(?P<published>(?:first\s+)?(?:published|posted|issued|"
    r"released|filed|created)|publication date|date))\b",
    re.IGNORECASE,
)
_TIME_WORDS = re.compile(
    rf"{_CLOCK}|\b(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?\b|\b(?:gmt|utc|est|edt|et|am|pm|at|on)\b|\W",
    re.IGNORECASE,
)
_ADDRESS_DAY = re.compile(r"(?<!\d)(\d{4})[/-](\d{1,2}|[a-z]{3})[/-](\d{1,2})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date as printed: `quote` its words, `line` the line they stand in, `day` what they say alone.

    `readings` are the (month, day) pairs that words without a day allow. `label` is "published", "updated" or
    "" after the word before the date. `ambiguous` means that a year is named but month and day may be swapped.
    """

    quote: str
    line: str
    day: dt.date | None
    readings: tuple[tuple[int, int], ...]
    label: str
    ambiguous: bool = False


def find_dates(text: str, *, before: str = "") -> list[DateMention]:
    """Every date in one line of text, in order; `before` is the line above it, which may hold its label."""
    found: list[DateMention] = []
    end = 0
    for match in _DATE.finditer(text):
        year, readings = _read(match)
        days = tuple(d for d in (_day(year, m, d) for m, d in readings) if d is not None) if year is not None else ()
        valid = tuple((m, d) for m, d in readings if _day(year or 2000, m, d) is not None)
        if not valid or (year is not None and not days):
            continue
        ambiguous = len(set(days)) > 1
        label = _label(text[end : match.start()]) or ("" if end else _label(before if len(before) < 40 else ""))
        day = days[0] if days and not ambiguous else None
        found.append(DateMention(match.group().strip(), " ".join(text.split()), day, valid, label, ambiguous))
        end = match.end()
    return found


def only_a_date(text: str) -> bool:
    """Whether the line is a date, a clock or both, and nothing else."""
    if not (_DATE.search(text) or re.fullmatch(rf"\s*{_CLOCK}\s*", text, re.IGNORECASE)):
        return False
    return not _LABEL.sub("", _TIME_WORDS.sub("", _DATE.sub(" ", text))).strip()


def resolve_year(mention: DateMention, clock: dt.date | None) -> dt.date | None:
    """The day of a mention without a year, if it lies in the week up to the day the page was fetched; else None."""
    if mention.day is not None or mention.ambiguous or clock is None:
        return mention.day
    for month, day in mention.readings:
        for year in (clock.year, clock.year - 1):
            candidate = _day(year, month, day)
            if candidate is not None and 0 <= (clock - candidate).days <= _NEAR_DAYS:
                return candidate
    return None


def day_in_address(address: str) -> dt.date | None:
    """The day in an address or path such as `example.org/2019/03/12/harbour`, or None."""
    for match in _ADDRESS_DAY.finditer(address):
        month = _MONTHS.get(match[2].lower()) or (int(match[2]) if match[2].isdecimal() else 0)
        found = _day(int(match[1]), month, int(match[3]))
        if found is not None:
            return found
    return None


def _read(match: re.Match[str]) -> tuple[int | None, tuple[tuple[int, int], ...]]:
    """The year, and the (month, day) pairs that the words allow, the likelier first."""
    g = match.groupdict()
    if g["y1"]:
        return int(g["y1"]), ((int(g["m1"]), int(g["d1"])),)
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


def _day(year: int, month: int, day: int) -> dt.date | None:
    if not _EARLIEST <= year <= _LATEST:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _label(text: str) -> str:
    labels = ["updated" if m["updated"] else "published" for m in _LABEL.finditer(text[-40:])]
    return labels[-1] if labels else ""
