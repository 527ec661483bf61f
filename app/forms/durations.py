"""How long something lasts, where one article gives a span of time and another the day on which it ends."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from app.quantities import Quantity
from app.question import Question
from app.values import read_moment

__all__ = ["UNTIL", "asks_how_long", "time_until"]

UNTIL = re.compile(
    r"\b(?:until|till)\s+(?:at least\s+)?(?:the\s+)?(?:(?:beginning|start|middle|end)\s+of\s+|(?:early|mid|late)[ -])?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?\s+)?(?:(?:Jan|Febr)uary|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)ber"
    r"|20\d\d)(?:\s+\d{1,2}\b(?!\d))?(?:,?\s+20\d\d)?"
)
_HOW_LONG = re.compile(r"\bhow (?:much )?long(?:er)?\b", re.IGNORECASE)
_START, _MIDDLE = re.compile(r"\b(?:beginning|start|early)\b"), re.compile(r"\bmid")
_LOOSE = 0.25  # of the time: the same told as weeks and as a day is not the same to the day


def asks_how_long(question: Question) -> bool:
    """Whether a span of time is asked for."""
    return _HOW_LONG.search(question.text) is not None


def time_until(text: str, published: dt.date | None) -> Quantity | None:
    """The time from the day of the article to the end that `text` names, within a quarter; None where it names none."""
    found = UNTIL.search(text)
    moment = read_moment(found.group()[5:], published) if found else None
    if found is None or moment is None or published is None:
        return None
    month = moment.month or 12
    year = moment.year or published.year + (month < published.month)
    last = calendar.monthrange(year, month)[1]
    day = moment.day or (1 if _START.search(found.group()) else 15 if _MIDDLE.search(found.group()) else last)
    days = (dt.date(year, month, min(day, last)) - published).days
    return Quantity(days * (1 - _LOOSE), "day", "near", 0.0, days * (1 + _LOOSE)) if days > 0 else None
