"""The day that a sentence tells of: as its own words date it, or by the day its article appeared.

"On Jan. 14" needs a year, "on Thursday" and "yesterday" a day of publication; both come from the article's, where that
is sure. Nothing is guessed: what cannot be told has no day.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from app.mentions import find_mentions
from ingest.article import Article

__all__ = ["SURE", "Dated", "dates_in", "relative_day"]

SURE = 0.69  # of a day of publication: a printed date or dateline says it, it was not guessed from elsewhere
_LATELY = 2  # months
_MONTHS = {name[:3].lower(): n for n, name in enumerate(calendar.month_name) if name}
_WEEKDAYS = {name.lower(): n for n, name in enumerate(calendar.day_name)}
_BESIDE = {"yesterday": -1, "today": 0, "tonight": 0, "last night": -1, "tomorrow": 1}
_MONTH_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_MONTH = re.compile(rf"\b({_MONTH_NAME})", re.IGNORECASE)
_YEAR = re.compile(r"\b((?:1[5-9]|20)\d\d)\b(?!s)")
_DAY = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH_NAME}|{_MONTH_NAME}\s*(\d{{1,2}})\b", re.IGNORECASE
)
_WEEKDAY = re.compile(r"\b((?:mon|tues|wednes|thurs|fri|satur|sun)day)\b(?!s)", re.IGNORECASE)
_TO_COME = re.compile(
    r"\b(?:will|shall|plans? to|due|scheduled|expected|set to|is to|are to|next|until)\b", re.IGNORECASE
)
_ABOUT_TO = re.compile(  # "she takes office on 1 July": what is told in the present of a day without a year lies ahead
    r"\b(?:would \w+|takes?|begins?|starts?|opens?|ends?|leaves?|meets?|votes?|goes|returns?"
    r"|closes?|holds?|expires?|becomes?)"
    r"(?: [\w'’-]+){0,4} (?:on|from|in|until) $",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Dated:
    """When something happened: from `first` to `last`, one day where they are equal; `words` date it at `start`.

    `relative` says that the day rests on when the article appeared ("on Thursday"); "Jan. 14" rests on it for the year.
    `after` are the words of the date before it on which it rests ("a day later").
    """

    first: dt.date
    last: dt.date
    words: str
    start: int
    relative: bool = False
    after: str | None = None

    @property
    def day(self) -> dt.date | None:
        """The day, where it is told to the day."""
        return self.first if self.first == self.last else None

    @property
    def basis(self) -> str:
        """From what the day is known."""
        if self.after:
            return f"{self.words}, after {self.after}"
        return f"{self.words}, by the article's date" if self.relative else "as the text dates it"


def dates_in(text: str, article: Article) -> tuple[Dated, ...]:
    """The dates that `text`, a sentence of `article`, tells and that can be placed, in its order."""
    published = article.published.day if article.published.confidence >= SURE else None
    found = []
    for mention in find_mentions(text):
        if mention.kind == "date":
            to_come = _TO_COME.search(text) is not None or _ABOUT_TO.search(text[: mention.start]) is not None
            dated = _placed(mention.text, mention.start, published, to_come=to_come)
            if dated is not None:
                found.append(dated)
    return tuple(found)


def relative_day(words: str, sentence: str, article: Article) -> dt.date | None:
    """The day that `words` ("Monday", "yesterday") mean in `sentence`; None where no sure day of publication says."""
    if article.published.day is None or article.published.confidence < SURE or _MONTH.search(words):
        return None
    return _beside(words, article.published.day, to_come=_TO_COME.search(sentence) is not None)


def _placed(words: str, start: int, published: dt.date | None, *, to_come: bool) -> Dated | None:
    month, year = _MONTH.search(words), _YEAR.search(words)
    if month is not None:
        number = _MONTHS[month[1][:3].lower()]
        found = _DAY.search(words)
        day = int(found[1] or found[2]) if found else None
        named = int(year[1]) if year else _year_of(number, day, published, to_come=to_come)
        return None if named is None else _span(named, number, day, words, start)
    if year is not None:
        return _span(int(year[1]), None, None, words, start)
    if published is None:
        return None
    day_meant = _beside(words, published, to_come=to_come)
    return None if day_meant is None else Dated(day_meant, day_meant, words, start, relative=True)


def _beside(words: str, published: dt.date, *, to_come: bool) -> dt.date | None:
    """The day of a weekday or "yesterday", beside that of publication."""
    told = words.lower()
    if told in _BESIDE:
        return _days_on(published, _BESIDE[told])
    weekday = _WEEKDAY.search(told)
    if weekday is None:
        return None
    back = (published.weekday() - _WEEKDAYS[weekday[1].lower()]) % 7
    return _days_on(published, 7 - back if to_come and back else -back)


def _days_on(day: dt.date, n: int) -> dt.date | None:
    try:
        return day + dt.timedelta(days=n)
    except OverflowError:
        return None


def _year_of(month: int, day: int | None, published: dt.date | None, *, to_come: bool) -> int | None:
    """The year in which a date without one lies: the last such day up to publication, the next for what is to come."""
    if published is None:
        return None
    months_ago = (published.month - month) % 12
    if to_come and months_ago > _LATELY:  # "as of March 10 ... will keep": a day just past is not one of next year
        return published.year + ((month, day or 31) < (published.month, published.day))
    if to_come and (month, day or 31) >= (published.month, published.day):
        return published.year
    return published.year - ((month, day or 1) > (published.month, published.day))


def _span(year: int, month: int | None, day: int | None, words: str, start: int) -> Dated | None:
    try:
        if month is None:
            return Dated(dt.date(year, 1, 1), dt.date(year, 12, 31), words, start)
        if day is None:
            return Dated(
                dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]), words, start
            )
        return Dated(dt.date(year, month, day), dt.date(year, month, day), words, start)
    except ValueError:
        return None
