"""One pure function a measure of how an answer is formed: filters, sides, counts, items, events, attribution.

Each compares what a gold case expects with parts of an Answer and knows nothing of how they came about. What an answer
shows is `shown`: its statements, the few words on top, and its parts with their labels and outlets.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from app.answer import Answer, Part, Statement, Tally
from app.times import Order
from evals import metrics
from evals.expected import Window, YesNo
from evals.metrics import contains
from store import Filters

__all__ = [
    "all_shown",
    "attribution_kept",
    "count_exact",
    "events_ordered",
    "filters_read",
    "items_f1",
    "length_right",
    "n_excluded",
    "newest_labelled",
    "outlets_exact",
    "shown",
    "shown_days",
    "speaker_named",
    "undated_told",
    "yes_no_right",
]

_IN_WORDS = "no one two three four five six seven eight nine ten eleven twelve".split()


# --- what is shown ------------------------------------------------------------------------------------------


def shown(answer: Answer) -> str:
    """All words that answer, a line each; "" of one that declines."""
    if answer.abstained:
        return ""
    parts = [words for p in answer.parts for words in (p.label, p.text, *p.outlets) if words]
    return "\n".join([answer.text, *([answer.short] if answer.short else []), *parts])


def n_excluded(answer: Answer, excluded: Sequence[str]) -> int:
    """How many of the `excluded` wordings are offered: in the parts, or, where there are none, in all that is shown.

    A statement is a whole sentence of an article, which may well name something beside the item of its part.
    """
    parts = [words for p in answer.parts for words in (p.label, p.text, *p.outlets) if words]
    words = "\n".join(parts) if parts and not answer.abstained else shown(answer)
    return sum(contains(words, [wording]) for wording in excluded)


def shown_days(answer: Answer) -> str:
    """The days of the parts, as 2020-01-28 and as 28 January 2020: asked for in questions about when."""
    days = [p.day for p in answer.parts if p.day is not None]
    return "\n".join(f"{d.isoformat()}\n{d.day} {d:%B} {d.year}" for d in days)


def all_shown(words: str, groups: Sequence[Sequence[str]]) -> bool:
    """Whether of every group one wording stands in `words`: sides_shown, comparison_shown and readings_shown.

    Each of those measures is: cases in which all are shown / cases.
    """
    return all(contains(words, group) for group in groups)


# --- time ---------------------------------------------------------------------------------------------------


def filters_read(
    filters: Filters, order: Order | None, *, windows: Sequence[Window], expected: Order | None, as_of: dt.date | None
) -> bool:
    """Whether the filters in force are one of `windows`, and the order is the one expected.

    Nothing is evidence that was published after `as_of`, so an end on or after that day is an open one. Without
    `windows` the order alone is compared. filters_read = cases where both are right / cases that expect either.
    """
    if order != expected:
        return False

    def ends(day: dt.date | None) -> dt.date | None:
        return None if day is None or (as_of is not None and day >= as_of) else day

    return not windows or any(
        filters.published_from in window.first and ends(filters.published_to) in {ends(day) for day in window.last}
        for window in windows
    )


def undated_told(notes: Sequence[str], number: int) -> bool:
    """Whether one note tells that `number` undated articles were left out, in digits or in words."""
    wordings = [str(number), *_IN_WORDS[number : number + 1]]
    return any("undated" in note.lower() and contains(note, wordings) for note in notes)


# --- disagreement -------------------------------------------------------------------------------------------


def newest_labelled(parts: Sequence[Part], wording: str) -> bool:
    """Whether parts are labelled as the newest, and `wording` stands in each that is."""
    newest = [part for part in parts if part.newest]
    return bool(newest) and all(contains(f"{part.label or ''}\n{part.text}", [wording]) for part in newest)


# --- lists and order ----------------------------------------------------------------------------------------


def items_f1(words: str, parts: Sequence[Part], *, items: Sequence[Sequence[str]], n_excluded: int = 0) -> metrics.Part:
    """2·found / (2·found + missed + wrong), a case's share of a pooled F1.

    found: items of which a wording is shown; missed: the others; wrong: parts in which no item stands, or, if there are
    more of those, `n_excluded`: excluded wordings that are offered. Source: van Rijsbergen 1979, chapter 7, with equal
    weights.
    """
    found = sum(contains(words, item) for item in items)
    strangers = sum(not any(contains(part.text, item) for item in items) for part in parts)
    return metrics.Part(2 * found, 2 * found + len(items) - found + max(strangers, n_excluded))


def events_ordered(days: Sequence[dt.date | None], events: Sequence[Sequence[dt.date]]) -> metrics.Part:
    """Longest common subsequence of `days` and `events` / events: those that are told, each after the one before.

    An event is the days that are right for it. Source: Lin 2004, ROUGE, section 3 (the recall of ROUGE-L).
    """
    told = [day for day in days if day is not None]
    lengths = [[0] * (len(events) + 1) for _ in range(len(told) + 1)]
    for i, day in enumerate(told):
        for j, event in enumerate(events):
            here = lengths[i][j] + 1 if day in event else 0
            lengths[i + 1][j + 1] = max(here, lengths[i][j + 1], lengths[i + 1][j])
    return metrics.Part(lengths[-1][-1], len(events))


# --- counts -------------------------------------------------------------------------------------------------


def count_exact(
    tallies: Sequence[Tally], *, count: int | None, files: int | None = None, stories: int | None = None
) -> bool:
    """Whether one tally has exactly this number, over so many sources, of so many independent texts.

    None: that is not compared. count_exact = cases where it has / cases that expect a count or outlets.
    """
    return any(
        count in (None, tally.number)
        and files in (None, len({source for source, _, _ in tally.spans}))
        and stories in (None, tally.stories)
        for tally in tallies
    )


def outlets_exact(words: str, outlets: Sequence[str], *, n_excluded: int = 0) -> bool:
    """Whether all `outlets` are shown, and none that is excluded is offered."""
    return contains(words, outlets, need="all") and not n_excluded


# --- who says so --------------------------------------------------------------------------------------------


def attribution_kept(statements: Sequence[Statement], wording: str) -> bool:
    """Whether a statement says, in its words or beside them, that it is according to `wording`."""
    return any(contains(f"{s.text}\n{s.attribution or ''}", [wording]) for s in statements)


def speaker_named(words: str, statements: Sequence[Statement], wording: str) -> bool:
    """Whether the speaker is shown, or named beside a statement."""
    return contains(words, [wording]) or attribution_kept(statements, wording)


# --- length and form ----------------------------------------------------------------------------------------


def yes_no_right(short: str | None, expected: YesNo) -> bool:
    """Whether the first word on top is the expected one."""
    return re.match(rf"\W*{expected}\b", short or "", re.IGNORECASE) is not None


def length_right(statements: Sequence[Statement], least_and_most: tuple[int, int]) -> bool:
    """Whether there are so many statements, both ends included."""
    least, most = least_and_most
    return least <= len(statements) <= most
