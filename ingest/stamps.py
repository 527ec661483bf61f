"""Which of the dates printed around an article can be the day it appeared: those that stamp it, not those it tells of.

The idea: a stamp stands beside the headline, above the article or in its dateline, in a line that says little else. A
sentence tells of a day, a colon gives the day of something, and three dates in a row are those of other stories. A date
on top of the page is the page's clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.dates import DateMention, find_dates, starts_with_year
from ingest.surroundings import LONGEST_LINE, Line, Surroundings, datelines

__all__ = ["Stamps", "dated_datelines", "find_stamps"]

_LABELS = ("published", "", "first published")  # "updated" is not among them
_TOP_LINES = 3  # a page clock stands among the first lines
_LONGEST_DATE_LINE = 14  # words: longer lines tell of other days
_SENTENCE = 6  # words from which a line can be one
_HOUR = re.compile(r"(?<!\d)\d{1,2}:\d\d(?!\d)")
_FEW_LOWER = 2  # words in small letters that a byline with a date may have
_LOWER_WORD = re.compile(r"(?<![\w’'])(?!(?:de|del|della|da|do|di|la|le|les|of|upon|am|an|the|and)\b)[a-z]{2,}")


class Stamps(NamedTuple):
    """What is printed around the article: the clock at the top, the dates near the headline, and the datelines."""

    clock: DateMention | None
    near: tuple[DateMention, ...]
    further: tuple[DateMention, ...]
    datelines: tuple[DateMention, ...]

    def days(self) -> list[DateMention]:
        """The mentions near the headline that name a day of publication, the plainest first."""
        return [m for label in _LABELS for m in self.near if m.label == label and m.day is not None]


def find_stamps(page: Surroundings, headline_at: int | None) -> Stamps:
    """The page's clock, the dates that stand with the headline and the byline, and those of the datelines."""
    at = len(page.head) - 6 if headline_at is None else headline_at
    clock: DateMention | None = None
    near: list[DateMention] = []
    further: list[DateMention] = []
    for i, mention in _dates_in(page.head):
        above = headline_at is None or i < headline_at
        if above and i < _TOP_LINES and not mention.label:
            clock = clock or (mention if mention.day is not None else None)
        elif at - 2 <= i <= at + 8 or i >= len(page.head) - 8:
            near.append(mention)
        elif mention.day is not None and mention.label in _LABELS:
            further.append(mention)
    if len({m.day for m in near if not m.label}) > 2:  # a list of other stories with their dates
        near = [m for m in near if m.label]
        further = []
    below = [m for _, m in _dates_in(page.tail[:3]) if m.label in ("published", "first published")]
    near += [m for m in below if not m.line.lower().startswith("date")]  # which may be that of an event
    told = [mention for _, mentions in dated_datelines(page) for mention in mentions]
    return Stamps(clock, tuple(near), tuple(further), tuple(told))


def dated_datelines(page: Surroundings) -> Iterator[tuple[re.Match[str], list[DateMention]]]:
    """The datelines with dates. What begins or goes on as a sentence does ("It was April 10 — …") is none."""
    for found in datelines(page):
        mentions = [mention for mention in find_dates(found.group()) if mention.label != "updated"]
        before, _, after = found.group().partition(mentions[0].quote) if mentions else ("", "", "")
        if before.strip() and not _LOWER_WORD.search(f"{before} {after}"):
            yield found, mentions


def _is_stamp(line: str, mention: DateMention) -> bool:
    """Whether the line dates what it stands with, as a byline does; not if it tells of the day, or of another thing's.

    A sentence tells ("On March 12 the pier fell"), and so does what a colon or a bracket puts beside the day.
    """
    before, _, after = line.partition(mention.quote)
    if _HOUR.search(line):
        return True
    if before.rstrip().endswith(":") or after.startswith(":") or before.count("(") > before.count(")"):
        return False
    return len(_LOWER_WORD.findall(f"{before} {after}")) <= _FEW_LOWER and not (
        len(line.split()) >= _SENTENCE and line[-1] in '.!?”"'
    )


def _dates_in(lines: Sequence[Line]) -> Iterator[tuple[int, DateMention]]:
    """The dates of short lines, each with its line's number; one that goes on in the next line is read whole."""
    previous = ""
    for i, line in enumerate(lines):
        text = line.text
        if len(text) <= LONGEST_LINE and len(text.split()) <= _LONGEST_DATE_LINE:
            found = find_dates(text, before=previous)
            after = lines[i + 1].text if i + 1 < len(lines) else ""
            if found and found[-1].year is None and starts_with_year(after) and text.endswith(found[-1].quote):
                found = find_dates(f"{text} {after[:4]}", before=previous)
            yield from ((i, mention) for mention in found if mention.label or _is_stamp(text, mention))
        previous = text
