"""The edges of a short answer: what the network cut off that belongs to it, and what it took along that does not.

Nothing inside is touched. A number keeps its currency, its percent sign and its magnitude, and the unit that follows
it; a date keeps day, month and year where they stand together.
"""

from __future__ import annotations

import re

from app.mentions import find_mentions
from ingest.article import Span

__all__ = ["tidy_edges"]

_OUTSIDE = " \t\r\n\f\v\u00a0,;:.!?\"“”„«»‘’'`*_|–—-"
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_MAGNITUDE = re.compile(
    r"\s?(?:hundred|thousand|million|billion|trillion|[mb]n)\b|\s?(?:%|percent\b|per cent\b|°\s?[CF]?\b)", re.IGNORECASE
)
_UNIT = re.compile(
    r"(?:[\s-](?:square |cubic |nautical )?(?:miles?|kilomet(?:er|re)s?|met(?:er|re)s?|feet|foot|inch(?:es)?|yards?"
    r"|acres|hectares|tons?|tonnes|pounds|ounces|kilograms?|grams?|lit(?:er|re)s|gallons|barrels|degrees|euros?|dollars|yen"
    r"|yuan|rupees|cents|seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades|kg|km|cm|mm|mph|kph|ft|lbs?|m)\b)",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(r"(?:\b[A-Z]\.(?:[A-Z]\.)+|\b(?:Jr|Sr|Inc|Co|Corp|Ltd|St|[ap]\.m)\.)$")
_SIGN = re.compile(r"[$€£¥]\s?")
_CURRENCY = re.compile(r"(?:\b(?:US|AU?|CA?|HK|NZ|SG?))?[$€£¥]\s?$")


def tidy_edges(text: str, answer: Span, within: Span) -> Span:
    """`answer` of `text` with tidied edges, inside `within`; as it was where nothing would be left of it."""
    start, end = answer.start, answer.end
    while start < end and text[start] in _OUTSIDE and not _opens_a_number(text, start, end):
        start += 1
    while start < end and text[end - 1] in _OUTSIDE:
        end -= 1
    if start < end and (text[start] in _PAIRS) and _PAIRS[text[start]] not in text[start:end]:
        start += 1
    if start < end and text[end - 1] in _PAIRS.values() and not any(o in text[start:end] for o in _PAIRS):
        end -= 1
    if start >= end:
        return answer
    for mention in find_mentions(within.of(text)):
        first, last = mention.start + within.start, mention.end + within.start
        if mention.kind in ("date", "number") and first < end and start < last:
            start, end = min(start, first), max(end, last)
    signed = _SIGN.match(text, start)
    number = signed.end() if signed else start
    if text[number : number + 1].isdigit() and (sign := _CURRENCY.search(text, within.start, number)):
        start = sign.start()
    if text[start:end][-1:].isalnum() and re.search(r"\d[\d.,]*$|\d (?:and a )?half$", text[start:end]):
        for follows in (_MAGNITUDE, _UNIT):
            found = follows.match(text, end, within.end)
            end = found.end() if found else end
    if text[end : min(end + 1, within.end)] == "." and _ABBREVIATED.search(text, start, end + 1):
        end += 1  # the full stop of "U.S.", "11 p.m.", "Martin Luther King Jr."
    return Span(start, end)


def _opens_a_number(text: str, start: int, end: int) -> bool:
    """Whether the character at `start` is the sign of a number: "-3", ".5"."""
    return text[start] in "-–." and start + 1 < end and text[start + 1].isdigit()
