"""A number with what it counts: "900 jobs", "$21 million a year", "19-year-old".

The reader points at the number; what it is a number of stands beside it, and is taken along where the question asks
for it by that word.
"""

from __future__ import annotations

import re

from app.forms.sentence import Sentence, stems
from app.question import Question
from ingest.article import Span

__all__ = ["with_unit"]

_RATE = re.compile(
    r"\s(?:an?|per|each|every)\s(?:year|month|week|day|hour|person|head|household|tonne?|barrel|share)\b"
)
_AGED = re.compile(r"-old\b")
_WORD = re.compile(r"\s{1,4}([^\W\d_][\w’'-]*)")
_MOST_BETWEEN = 1  # words, as in "900 factory jobs" asked for as jobs


def with_unit(question: Question, sentence: Sentence, short: Span) -> Span:
    """`short`, a number in `sentence`, with the noun that is asked for or the rate that stands right behind it."""
    text, end = sentence.quoted, short.end - sentence.span.start
    if not re.search(r"\w$", text[:end]):
        return short
    behind = _RATE.match(text, end) or _AGED.match(text, end)
    return Span(short.start, sentence.span.start + (behind.end() if behind else _noun_end(question, text, end)))


def _noun_end(question: Question, text: str, end: int) -> int:
    """Where the noun ends that the question counts; `end` itself where none follows."""
    asked = {stem for word in question.asked for stem in stems(word)}
    at, reached, between = end, end, 0
    while word := _WORD.match(text, at):
        told = bool(stems(word[1]) & asked)
        if told and (reached == end or word[1].endswith("s")):
            reached = word.end()
        elif reached > end or between == _MOST_BETWEEN or not word[1][0].islower():
            break
        else:
            between += 1
        at = word.end()
    return reached
