"""Periods named in words ("January 2020", "the summer", "last week", "two years ago") as their first and last day.

A name without a year means the latest one that has begun. Weeks run from Monday to Sunday, seasons are those of the
northern hemisphere by whole months (a winter is called by the year of its January), "last week" is the week before this
one and "the last week" the seven days until now, and "two weeks ago" is the week that holds that day. Pure.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Literal

from app.mentions import FUNCTION_WORDS

__all__ = ["WEEKDAY", "Period", "find_periods", "follows_freely", "in_year", "joined"]

Kind = Literal["day", "week", "month", "quarter", "season", "year", "decade", "rolling", "ahead", "unclear"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_COUNTS = {
    word: number
    for number, words in enumerate(
        ("", "a an one", "two couple", "three few", "four", "five several", "six", "seven", "eight", "nine", "ten",
         "eleven", "twelve dozen")
    )
    for word in words.split()
}  # fmt: skip
_NTH = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 0, "final": 0}
_HOLIDAYS = {"christmas": ((12, 24), (12, 26)), "halloween": ((10, 31), (10, 31)), "valentine": ((2, 14), (2, 14))}

WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)(?![a-z])"
)
_YEAR = r"(?:1[5-9]|20)\d\d(?!\d)"
_WHICH_YEAR = rf"(?:{_YEAR}|(?:last|this)\s+year\b)"
_DATE = r"[0-3]?\d"
_NUMBER = (
    r"(?:\d{1,3}|a\s+(?:couple(?:\s+of)?|few|dozen)|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|couple(?:\s+of)?|few|several)"
)
_UNIT = r"(?:hour|day|week|fortnight|month|quarter|year|decade)s?"
_TO = r"\s*(?:-|–|—|\bto\b|\band\b|\bor\b|\bthrough\b|\buntil\b)\s*"

_PERIOD = re.compile(
    "|".join((
        r"(?P<iso>(?<![\d-])(?P<iy>\d{4})(?P<isep>[-/])(?P<im>\d{1,2})(?P=isep)(?P<id>\d{1,2})(?![\d-]))",
        r"(?P<numeric>(?<![\d/.])(?P<na>\d{1,2})(?P<nsep>[/.-])(?P<nb>\d{1,2})(?P=nsep)(?P<ny>\d{4})(?![\d/]))",
        rf"(?P<dm>(?:{WEEKDAY},?\s+)?(?:the\s+(?={_DATE}(?:st|nd|rd|th)))?(?<![\d.,:/])(?P<dd>{_DATE})(?:st|nd|rd|th)?"
        rf"(?:{_TO}(?:the\s+)?(?P<dd2>{_DATE})(?:st|nd|rd|th)?)?\s+(?:of\s+)?(?P<dmon>{_MONTH})\.?"
        rf"(?:,?\s+(?:of\s+)?(?P<dy>{_WHICH_YEAR}))?)",
        rf"(?P<md>(?:\b{WEEKDAY},?\s+)?\b(?P<mmon>{_MONTH})\.?\s+(?:the\s+)?(?P<mdd>{_DATE})(?:st|nd|rd|th)?(?![\d:%])"
        rf"(?:{_TO}(?:the\s+)?(?P<mdd2>{_DATE})(?:st|nd|rd|th)?(?![\w:%]))?(?:,?\s+(?:of\s+)?(?P<my>{_WHICH_YEAR}))?)",
        rf"(?P<month>\b(?:(?P<mq>last|this|next|past|coming)\s+)?(?P<mon>{_MONTH})"
        rf"(?:\.?,?\s+(?:of\s+|in\s+)?(?P<monyear>{_WHICH_YEAR}))?)",
        rf"(?P<quarter>(?:\bQ(?P<q>[1-4])|\bH(?P<h>[12])|(?:\bthe\s+)?\b(?P<nth>first|second|third|fourth|last|final"
        rf"|[1-4](?:st|nd|rd|th))\s+(?P<qh>quarter|half))[\s,]*(?:of\s+|in\s+)?(?P<qy>{_WHICH_YEAR}))",
        r"(?P<season>\b(?:(?P<sq>last|this|past|next|previous|the\s+(?:last|past|previous)|the)\s+)?"
        r"(?P<sn>spring|summer|autumn|fall|winter)\b"
        rf"(?:\s+(?:of\s+)?(?P<sy>{_WHICH_YEAR})(?:[-/–](?P<sy2>(?:\d\d)?\d\d)(?!\d))?)?)",
        r"(?P<decade>(?:\bthe\s+)?(?:\b(?P<dec>(?:1[5-9]|20)\d0)['’]?s\b|['’]?(?<!\d)(?P<dec2>[2-9]0)['’]?s\b"
        r"|\b(?P<decw>twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)\b))",
        rf"(?P<ago>\b(?:(?P<aq>more\s+than|less\s+than|over|under|at\s+least)\s+)?(?P<an>{_NUMBER})\s+(?P<au>{_UNIT})"
        r"\s+ago\b)",
        r"(?P<recurring>\b(?:every|each|any|a|one|next|the\s+(?:next|following|previous|same))\s+"
        rf"(?:{WEEKDAY}s?|{_UNIT})\b)",
        r"(?P<relative>\b(?:so\s+far\s+|earlier\s+|later\s+)?"
        r"(?P<rq>last|this|past|next|current|coming|the\s+(?:last|past|current|coming))\s+"
        rf"(?:(?P<rn>{_NUMBER})\s+)?(?P<ru>{_UNIT}|weekend|night|morning|afternoon|evening)\b(?!-))",
        rf"(?P<weekday>\b(?:(?P<wq>last|this|past|coming)\s+)?(?P<wd>{WEEKDAY})\b"
        r"(?:\s+(?:night|morning|evening|afternoon)\b)?(?:\s+(?:of\s+)?(?P<ww>last|this)\s+week\b)?)",
        r"(?P<today>\b(?:the\s+day\s+before\s+yesterday|yesterday|today|tonight|overnight|tomorrow)\b)",
        r"(?P<holiday>\b(?:(?P<hn>Christmas|Halloween|Valentine['’]s)(?:\s+(?P<hd>Day|Eve))?"
        rf"|New\s+Year['’]?s?\s+(?P<nye>Day|Eve))\b(?:,?\s+(?:of\s+|in\s+)?(?P<hy>{_YEAR}))?)",
        rf"(?P<years>(?<![\d.,$€£/-])(?P<y1>{_YEAR})\s?(?P<ysep>[-–/])\s?(?P<y2>(?:(?:1[5-9]|20)\d\d|\d\d))(?![\d-]))",
        rf"(?P<year>(?<![\w.,$€£/-])(?P<y>{_YEAR})(?![.,]\d|[\w%-]))",
    )),
    re.IGNORECASE,
)  # fmt: skip
_PART = re.compile(  # of a period that follows
    r"\b(?:(?P<third>early|late|mid)(?:[-\s]\s*|\s+(?:in|of)\s+)(?:the\s+)?"
    r"|(?:the\s+)?(?:very\s+)?(?P<end>start|beginning|end|close|middle)\s+of\s+(?:the\s+)?"
    r"|(?:the\s+)?(?P<nth>first|second|third|fourth|last|final)\s+(?:(?P<n>two|three|few|\d)\s+)?"
    r"(?P<unit>weeks?|days?|half|months?|quarter)\s+(?:of|in)\s+"
    r"|(?:the\s+)?(?P<hold>week|weekend|night|evening|morning|afternoon)\s+of\s+(?:the\s+)?)$",
    re.IGNORECASE,
)
_LOOK_BACK = 48  # characters before a period that may say which part of it
_WORD_AFTER = re.compile(r"[^\S\r\n]+([^\W_][\w’'-]*)")
_LATEST_YEAR = 9999


@dataclass(frozen=True, slots=True)
class Period:
    """`text[start:end]` names the days from `first` to `last`, both included.

    `cycle` says with what its name comes round, where it names no year or week of its own; `relative` that it counts
    from the day of asking. Of kind "ahead", it lies after that day; "unclear" names days that cannot be told.
    """

    start: int
    end: int
    first: dt.date
    last: dt.date
    kind: Kind
    cycle: Literal["year", "week"] | None = None
    relative: bool = False


def find_periods(text: str, as_of: dt.date) -> tuple[Period, ...]:
    """The periods that `text` names, in order and apart; those that begin after `as_of` are of kind "ahead"."""
    found: list[Period] = []
    floor = 0
    for match in _PERIOD.finditer(text):
        try:
            period = _read(match, as_of)
            period = None if period is None else _part_of(period, text, floor)
        except (ValueError, OverflowError):
            continue  # the 31st of February, or a day before the calendar begins
        if period is None:
            continue
        if period.first > as_of:
            period = replace(period, kind="ahead")
        found.append(period)
        floor = period.end
    return tuple(found)


def joined(one: Period, other: Period) -> tuple[Period, Period]:
    """Both, where the second one ends a range that the first one opens: what one of them leaves open is shared."""
    if one.cycle and one.first > other.first:
        one = _come_round(one, -1)
    if one.cycle and other.cycle is None and not other.relative:
        steps = other.first.year - one.first.year if one.cycle == "year" else (other.first - one.first).days // 7
        one = _come_round(one, steps)
        one = replace(_come_round(one, -1) if one.first > other.first else one, cycle=None)
    elif other.cycle and one.cycle is None and not one.relative:
        steps = one.first.year - other.first.year if other.cycle == "year" else (one.first - other.first).days // 7
        other = _come_round(other, steps)
        other = replace(_come_round(other, 1) if other.last < one.first else other, cycle=None)
    return one, other


def in_year(period: Period, year: int) -> Period:
    """`period` as it comes round in `year`; itself where it names its own."""
    return _come_round(period, year - period.first.year) if period.cycle == "year" else period


def follows_freely(text: str, end: int) -> bool:
    """Whether what stands behind `text[:end]` is no noun that a period there would belong to."""
    after = _WORD_AFTER.match(text, end)
    return after is None or (after.group(1).lower() in FUNCTION_WORDS and after.group(1).lower() != "of")


def _come_round(period: Period, steps: int) -> Period:
    if period.cycle == "week":
        days = dt.timedelta(weeks=steps)
        return replace(period, first=period.first + days, last=period.last + days)
    whole = period.kind != "day" and period.last.day == _month_end(period.last).day
    last = _years_on(period.last, steps)
    return replace(period, first=_years_on(period.first, steps), last=_month_end(last) if whole else last)


# --- reading --------------------------------------------------------------------------------------------------------


def _read(match: re.Match[str], as_of: dt.date) -> Period | None:
    """The period that the alternative that matched names; None where the words are none."""
    name = str(match.lastgroup)
    return _READERS[name](match, as_of)


def _period(
    match: re.Match[str], first: dt.date, last: dt.date, kind: Kind, cycle: Literal["year", "week"] | None = None
) -> Period:
    return Period(match.start(), match.end(), first, last, kind, cycle)


def _relative(match: re.Match[str], first: dt.date, last: dt.date, kind: Kind) -> Period:
    return Period(match.start(), match.end(), first, last, kind, relative=True)


def _iso(match: re.Match[str], as_of: dt.date) -> Period | None:
    day = dt.date(int(match["iy"]), int(match["im"]), int(match["id"]))
    return _period(match, day, day, "day")


def _numeric(match: re.Match[str], as_of: dt.date) -> Period | None:
    """28/01/2020; what may be 3 April or 4 March is unclear, but with dots the day always comes first."""
    one, other, year = int(match["na"]), int(match["nb"]), int(match["ny"])
    if other > 12 >= one:
        one, other = other, one
    elif one <= 12 and one != other and match["nsep"] != ".":
        return _period(match, dt.date(year, 1, 1), dt.date(year, 12, 31), "unclear")
    day = dt.date(year, other, one)
    return _period(match, day, day, "day")


def _dated(match: re.Match[str], as_of: dt.date, names: tuple[str, str, str, str]) -> Period | None:
    month_name, first_name, last_name, year_name = names
    month, one = _month_number(match[month_name]), int(match[first_name])
    other = int(match[last_name] or one)
    year = _year_of(match[year_name], as_of)
    if year is not None:
        return _period(match, dt.date(year, month, one), dt.date(year, month, other), "day")
    dt.date(2000, month, max(one, other))  # a day that no year has is none
    year = as_of.year if (month, one) <= (as_of.month, as_of.day) else as_of.year - 1
    while year > 1 and (month, one) == (2, 29) and not calendar.isleap(year):
        year -= 1
    return _period(match, dt.date(year, month, one), dt.date(year, month, other), "day", "year")


def _month(match: re.Match[str], as_of: dt.date) -> Period | None:
    number, word = _month_number(match["mon"]), match["mon"]
    year, qualifier = _year_of(match["monyear"], as_of), (match["mq"] or "").lower()
    if year is not None:
        first = dt.date(year, number, 1)
        return _period(match, first, _month_end(first), "month")
    if qualifier and not word[0].isupper() and word.lower() in ("may", "march", "mar"):
        return None  # "this may take years"
    if qualifier in ("next", "coming"):
        first = dt.date(as_of.year + (number <= as_of.month), number, 1)
        return _relative(match, first, _month_end(first), "ahead")
    begun = number <= as_of.month
    first = dt.date(as_of.year if begun else as_of.year - 1, number, 1)
    if qualifier in ("last", "past") and number == as_of.month:
        first = _years_on(first, -1)
    if qualifier == "this" and not begun:
        first = _years_on(first, 1)
    cycle: Literal["year"] | None = None if qualifier else "year"
    return replace(_period(match, first, _month_end(first), "month", cycle), relative=bool(qualifier))


def _quarter(match: re.Match[str], as_of: dt.date) -> Period | None:
    year = _year_of(match["qy"], as_of)
    if year is None:
        return None
    months = 6 if match["h"] or (match["qh"] or "").lower() == "half" else 3
    nth = int(match["q"] or match["h"] or 0) or _NTH[match["nth"].lower()] or 12 // months
    if nth * months > 12:
        return None
    first = dt.date(year, (nth - 1) * months + 1, 1)
    return _period(match, first, _month_end(dt.date(year, nth * months, 1)), "quarter")


def _season(match: re.Match[str], as_of: dt.date) -> Period | None:
    qualifier = " ".join((match["sq"] or "").lower().split())
    name, year = match["sn"].lower(), _year_of(match["sy"], as_of)
    month = _SEASONS[name]
    if year is not None:
        begins = year if month != 12 or match["sy2"] else year - 1
        return _period(match, *_three_months(begins, month), kind="season")
    if not qualifier or (qualifier == "the" and not follows_freely(match.string, match.end())):
        return None  # "in summer" is any, and "the fall of Kabul" none
    if not follows_freely(match.string, match.end()) and _next_word(match.string, match.end()) == "of":
        return None
    if qualifier == "next":
        return _relative(match, as_of + dt.timedelta(1), as_of + dt.timedelta(1), "ahead")
    begins = as_of.year if month <= as_of.month else as_of.year - 1
    first, last = _three_months(begins, month)
    if qualifier not in ("this", "the") and last >= as_of:
        first, last = _three_months(begins - 1, month)
    if qualifier == "this" and begins < as_of.year and month != 12:
        first, last = _three_months(as_of.year, month)
    if qualifier == "the":
        return _period(match, first, last, "season", "year")
    return _relative(match, first, last, "season")


def _decade(match: re.Match[str], as_of: dt.date) -> Period | None:
    if match["dec"]:
        year = int(match["dec"])
    else:
        tens = int(match["dec2"]) if match["dec2"] else 20 + 10 * _TENS.index(match["decw"].lower())
        year = as_of.year // 100 * 100 + tens
        year = year if year <= as_of.year else year - 100
    return _period(match, dt.date(year, 1, 1), dt.date(year + 9, 12, 31), "decade")


def _ago(match: re.Match[str], as_of: dt.date) -> Period | None:
    """The day, week, month or year that many of them ago; "more than a year ago" and "a few years ago" are unclear."""
    words, unit = match["an"].lower().split(), match["au"].lower().rstrip("s")
    day = _back(as_of, _count(match["an"]), unit)
    if match["aq"] or words[-1] in ("few", "several") or unit == "decade":
        return _relative(match, day, as_of, "unclear")
    if unit in ("hour", "day"):
        return _relative(match, day, day, "day")
    return _relative(match, *_around(day, unit), kind="rolling")


def _recurring(match: re.Match[str], as_of: dt.date) -> Period | None:
    if match.group().lower().split()[0] != "next":
        return None  # "every Friday", "the following day": no day that counts from the day of asking
    tomorrow = as_of + dt.timedelta(1)
    return _relative(match, tomorrow, tomorrow, "ahead")


def _last_or_this(match: re.Match[str], as_of: dt.date) -> Period | None:
    qualifier = " ".join(match["rq"].lower().split())
    unit = match["ru"].lower()
    plural, unit = unit.endswith("s"), unit.rstrip("s")
    if _next_word(match.string, match.end()) == "of":
        return None  # "the last year of the war"
    if qualifier.endswith(("next", "coming")):
        return _relative(match, as_of + dt.timedelta(1), as_of + dt.timedelta(1), "ahead")
    if unit in ("hour", "day") and not (match["rn"] or plural or qualifier in ("this", "past", "the past")):
        return None  # "the last day": of what
    if unit in ("night", "morning", "afternoon", "evening"):
        if qualifier.startswith("the"):
            return None
        day = as_of if qualifier == "this" else as_of - dt.timedelta(1)
        return _relative(match, day, as_of, "day")
    if qualifier.endswith(("this", "current")):
        if match["rn"] or plural:
            return None
        first, last = _weekend(as_of) if unit == "weekend" else _around(as_of, unit)
        return _relative(match, first, min(last, as_of), "rolling")
    rolling = bool(match["rn"]) or plural or qualifier != "last" or unit in ("hour", "day", "decade", "fortnight")
    if unit == "weekend":
        first, last = _weekend(as_of)
        back = dt.timedelta(0 if last < as_of else 7)
        return _relative(match, first - back, last - back, "rolling")
    if not rolling:
        return _relative(match, *_around(_back(_around(as_of, unit)[0], 1, "day"), unit), kind="rolling")
    number = _count(match["rn"]) if match["rn"] else (_COUNTS["few"] if plural else 1)
    return _relative(match, _back(as_of, number, unit), as_of, "rolling")


def _weekday(match: re.Match[str], as_of: dt.date) -> Period | None:
    number = _DAYS.index(match["wd"][:3].lower())
    qualifier = (match["wq"] or "").lower()
    day = as_of - dt.timedelta((as_of.weekday() - number) % 7)
    if match["ww"]:
        monday = as_of - dt.timedelta(as_of.weekday() + (7 if match["ww"].lower() == "last" else 0))
        day = monday + dt.timedelta(number)
        return _relative(match, day, day, "day")
    if qualifier == "coming":
        return _relative(match, as_of + dt.timedelta(1), as_of + dt.timedelta(1), "ahead")
    if qualifier in ("last", "past") and day == as_of:
        day -= dt.timedelta(7)
    return replace(_period(match, day, day, "day", None if qualifier else "week"), relative=bool(qualifier))


def _today(match: re.Match[str], as_of: dt.date) -> Period | None:
    words = match.group().lower().split()
    if words == ["tomorrow"]:
        return _relative(match, as_of + dt.timedelta(1), as_of + dt.timedelta(1), "ahead")
    back = 2 if len(words) > 1 else {"yesterday": 1, "overnight": 1}.get(words[0], 0)
    day = as_of - dt.timedelta(back)
    return _relative(match, day, as_of if words[0] == "overnight" else day, "day")


def _holiday(match: re.Match[str], as_of: dt.date) -> Period | None:
    if match["nye"]:
        span = ((12, 31), (12, 31)) if match["nye"].lower() == "eve" else ((1, 1), (1, 1))
    else:
        span = _HOLIDAYS[match["hn"].lower().removesuffix("'s").removesuffix("’s")]
        if match["hd"] and span[0] != span[1]:
            span = (span[0], span[0]) if match["hd"].lower() == "eve" else ((12, 25), (12, 25))
    year = int(match["hy"]) if match["hy"] else as_of.year if span[0] <= (as_of.month, as_of.day) else as_of.year - 1
    first, last = (dt.date(year, *day) for day in span)
    return _period(match, first, last, "day", None if match["hy"] else "year")


def _years(match: re.Match[str], as_of: dt.date) -> Period | None:
    one, written = int(match["y1"]), match["y2"]
    other = int(written) if len(written) == 4 else one // 100 * 100 + int(written)
    if len(written) == 2 and match["ysep"] == "-" and 1 <= int(written) <= 12 and other != one + 1:
        first = dt.date(one, int(written), 1)
        return _period(match, first, _month_end(first), "month")
    if other < one:
        return None
    return _period(match, dt.date(one, 1, 1), dt.date(other, 12, 31), "year")


def _year(match: re.Match[str], as_of: dt.date) -> Period | None:
    year = int(match["y"])
    return _period(match, dt.date(year, 1, 1), dt.date(year, 12, 31), "year")


_TENS = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
_READERS = {
    "iso": _iso,
    "numeric": _numeric,
    "dm": lambda m, day: _dated(m, day, ("dmon", "dd", "dd2", "dy")),
    "md": lambda m, day: _dated(m, day, ("mmon", "mdd", "mdd2", "my")),
    "month": _month,
    "quarter": _quarter,
    "season": _season,
    "decade": _decade,
    "ago": _ago,
    "recurring": _recurring,
    "relative": _last_or_this,
    "weekday": _weekday,
    "today": _today,
    "holiday": _holiday,
    "years": _years,
    "year": _year,
}


def _part_of(period: Period, text: str, floor: int) -> Period | None:
    """`period`, or the part of it that the words before name ("early", "the first week of"), not before `floor`."""
    at = max(floor, period.start - _LOOK_BACK)
    match = _PART.search(text[at : period.start])
    if match is None or period.kind in ("ahead", "unclear"):
        return period
    first, last = period.first, period.last
    if match["third"]:
        first, last = _third(period, match["third"].lower())
    elif match["end"]:
        first, last = _end(period, match["end"].lower())
    elif match["nth"]:
        within = _nth(period, match)
        if within is None:
            return period
        first, last = within
    elif period.kind == "day" and match["hold"]:
        hold = match["hold"].lower()
        if hold == "week":
            first, last = _around(first, "week")
        elif hold == "weekend":
            first, last = _weekend(first if first.weekday() > 4 else first + dt.timedelta(5 - first.weekday()))
        else:
            last = first + dt.timedelta(1 if hold in ("night", "evening") else 0)
    return replace(period, start=at + match.start(), first=first, last=last)


def _third(period: Period, which: str) -> tuple[dt.date, dt.date]:
    """Early, mid or late: a third of the months of a year or season, ten days of a month, years of a decade."""
    first, last = period.first, period.last
    at = ("early", "mid", "late").index(which)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months >= 3 and first.day == 1:
        begin = _months_on(first, at * months // 3)
        return begin, _month_end(_months_on(first, (at + 1) * months // 3 - 1))
    if period.kind == "month":
        return first.replace(day=10 * at + 1), last if at == 2 else first.replace(day=10 * at + 10)
    return first, last


def _end(period: Period, which: str) -> tuple[dt.date, dt.date]:
    """The first or last three months of a year, and otherwise as early and late."""
    first, last = period.first, period.last
    if which == "middle":
        return _third(period, "mid")
    early = which in ("start", "beginning")
    if period.kind == "year" and first.year == last.year:
        return (first, dt.date(first.year, 3, 31)) if early else (dt.date(first.year, 10, 1), last)
    return _third(period, "early" if early else "late")


def _nth(period: Period, match: re.Match[str]) -> tuple[dt.date, dt.date] | None:
    nth, unit = _NTH[match["nth"].lower()], match["unit"].lower().rstrip("s")
    number = _count(match["n"]) if match["n"] else 1
    first, last = period.first, period.last
    if unit in ("day", "week"):
        days = number * (7 if unit == "week" else 3 if match["n"] is None and match["unit"].endswith("s") else 1)
        begin = last - dt.timedelta(days - 1) if nth == 0 else first + dt.timedelta((nth - 1) * days)
        end = begin + dt.timedelta(days - 1)
    elif unit == "half" and period.kind == "month":
        begin, end = (first, first.replace(day=15)) if nth == 1 else (first.replace(day=16), last)
    elif unit in ("month", "quarter") and first.day == 1:
        months = number * (3 if unit == "quarter" else 1)
        begin = _months_on(last.replace(day=1), 1 - months) if nth == 0 else _months_on(first, (nth - 1) * months)
        end = _month_end(_months_on(begin, months - 1))
    else:
        return None
    return (begin, end) if first <= begin <= end <= last else None


# --- the calendar ---------------------------------------------------------------------------------------------------


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _year_of(words: str | None, as_of: dt.date) -> int | None:
    if not words:
        return None
    return int(words) if words.isdigit() else as_of.year - words.lower().startswith("last")


def _count(words: str) -> int:
    """The number that the words name: 3 for "a few", 1 for "a"."""
    named = [w for w in words.lower().split() if w != "of"]
    return int(named[-1]) if named[-1].isdigit() else _COUNTS[named[-1]]


def _month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _years_on(day: dt.date, years: int) -> dt.date:
    last = calendar.monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=min(day.day, last))


def _months_on(day: dt.date, months: int) -> dt.date:
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= years <= _LATEST_YEAR:
        raise ValueError("there is no such month")
    return dt.date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def _three_months(year: int, month: int) -> tuple[dt.date, dt.date]:
    first = dt.date(year, month, 1)
    return first, _month_end(_months_on(first, 2))


def _back(day: dt.date, number: int, unit: str) -> dt.date:
    if unit == "hour":
        return day - dt.timedelta((number + 12) // 24)
    if unit in ("day", "week", "fortnight"):
        return day - dt.timedelta(number * {"day": 1, "week": 7, "fortnight": 14}[unit])
    return _months_on(day, -number * {"month": 1, "quarter": 3, "year": 12, "decade": 120}[unit])


def _around(day: dt.date, unit: str) -> tuple[dt.date, dt.date]:
    """The calendar week, month, quarter, year or decade that holds `day`; the day itself for less."""
    if unit in ("week", "fortnight"):
        monday = day - dt.timedelta(day.weekday())
        return monday, monday + dt.timedelta(6)
    if unit == "month":
        return day.replace(day=1), _month_end(day)
    if unit == "quarter":
        first = dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        return first, _month_end(_months_on(first, 2))
    if unit == "year":
        return dt.date(day.year, 1, 1), dt.date(day.year, 12, 31)
    if unit == "decade":
        return dt.date(day.year // 10 * 10, 1, 1), dt.date(day.year // 10 * 10 + 9, 12, 31)
    return day, day


def _weekend(day: dt.date) -> tuple[dt.date, dt.date]:
    """The Saturday and Sunday that last began: those around `day`, or before it."""
    saturday = day - dt.timedelta((day.weekday() - 5) % 7)
    return saturday, saturday + dt.timedelta(1)


def _next_word(text: str, end: int) -> str:
    after = _WORD_AFTER.match(text, end)
    return "" if after is None else after.group(1).lower()
