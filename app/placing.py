"""The day of an event that bounds a question's time ("before the strike"), as dated articles tell it.

It rests on a date that the articles give beside the event's noun, or on the day the story broke: that of the first
article about it. Where the archive tells of several such events at different times, none is taken: nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from app.happenings import EVENT_NOUNS
from app.mentions import content_words, find_mentions
from app.periods import Period, find_periods
from app.times import Side, Timing, beside
from ingest.article import Article, Span
from ingest.split import sentences
from store import Filters, Hit, Store

__all__ = ["placed"]

_LOOKED_AT = 60  # passages
_APART_DAYS = 45  # between two articles, and they are of two events, or of two chapters of one
_MOST_OF_IT = 2 / 3  # share of the articles that one chapter has where the event is that of this chapter
_NEAR_DAYS = 31  # between a day that a text gives and the articles about it
_NEAR_LETTERS = 60  # between an event's noun and the date that is its own


class _Told(NamedTuple):
    """An article that tells of the event on `day`; `dates` are those that it gives beside the event's noun."""

    day: dt.date
    article: Article
    dates: tuple[Period, ...]


def placed(timing: Timing, archive: Store, filters: Filters) -> Timing:
    """`timing` with the day of the event that bounds it, as the archive tells it; else with the event as unread."""
    if timing.event is None or timing.side is None:
        return timing
    told = _telling(timing, archive, filters)
    story = _one_story(told, timing.event)
    if not story:
        words = next((w for w in timing.words if timing.event in w), timing.event)
        kept = tuple(w for w in timing.words if w != words)
        return replace(timing, words=kept, unread=(*timing.unread, words))
    first, last, basis = _days(story, timing.event, timing.side)
    begin, end = beside(timing.side, first, last)
    begin = max((d for d in (timing.first, begin) if d), default=None)
    end = min((d for d in (timing.last, end) if d), default=None)
    if begin and end and begin > end:
        return replace(timing, unread=(*timing.unread, timing.event))
    return replace(timing, first=begin, last=end, basis=basis)


def _telling(timing: Timing, archive: Store, filters: Filters) -> list[_Told]:
    """The dated articles whose passages name the event, and of them those that name what else the question names."""
    event = timing.event or ""
    wanted = [_stem(w) for w in content_words(event)]
    if not wanted:
        return []
    rest = timing.text.replace(event, " ")
    names = [_stem(w) for m in find_mentions(rest) if m.kind == "name" for w in content_words(m.text)]
    dated = replace(filters, undated=False)
    hits = {
        h.passage.passage_id: h
        for query in dict.fromkeys((event, " ".join((event, *names))))
        for h in archive.search(query, k=_LOOKED_AT, filters=dated)
    }
    fitting = [h for h in hits.values() if _holds(h, wanted)]
    if names and (closer := [h for h in fitting if any(_holds(h, [name]) for name in names)]):
        fitting = closer
    return sorted(
        (
            _Told(h.article.published.day, h.article, tuple(_dates_beside(h, event)))
            for h in fitting
            if h.article.published.day is not None
        ),
        key=lambda t: t.day,
    )


def _one_story(told: Sequence[_Told], event: str) -> list[_Told]:
    """What tells of one event: all of it, or the first chapter where the event has a name of its own."""
    if not told:
        return []
    chapters: list[list[_Told]] = [[told[0]]]
    for one, other in itertools.pairwise(told):
        if (other.day - one.day).days > _APART_DAYS:
            chapters.append([])
        chapters[-1].append(other)
    if len(chapters) == 1:
        return chapters[0]
    sizes = [len({t.article.article_id for t in chapter}) for chapter in chapters]
    if max(sizes) >= _MOST_OF_IT * sum(sizes):
        return chapters[sizes.index(max(sizes))]  # the others look back at it, or are of a lesser one
    if len(content_words(event)) > 1 or any(m.kind == "name" for m in find_mentions(event)):
        return next(c for c, size in zip(chapters, sizes, strict=True) if 5 * size >= max(sizes))
    return []


def _days(story: Sequence[_Told], event: str, side: Side) -> tuple[dt.date, dt.date, str]:
    """The first and last day of the event, and on what they rest, in words."""
    broke = story[0]
    votes = Counter(
        p.first for t in story for p in t.dates if abs((p.first - broke.day).days) <= _NEAR_DAYS and p.first <= t.day
    )
    day, basis = broke.day, f"first told on {broke.day.isoformat()}, in {_name(broke.article)}"
    if votes:
        best = min(votes, key=lambda d: (-votes[d], d))
        if 2 * votes[best] >= votes.total():
            by = next(t.article for t in story if any(p.first == best for p in t.dates))
            day, basis = best, f"of {best.isoformat()}, as {_name(by)} has it"
    last = max(t.day for t in story)
    if side == "during":
        basis += f", and told of until {last.isoformat()}"
    return day, max(day, last), f"“{event}” is taken to be {basis}."


def _name(article: Article) -> str:
    return f"“{article.headline}”" if article.headline else article.source


def _holds(hit: Hit, stems: Sequence[str]) -> bool:
    words = re.findall(r"[^\W_]+(?:/\d+)?", f"{hit.article.headline or ''} {hit.passage.text}".casefold())
    found = {_stem(w) for w in words}
    return all(stem in found for stem in stems)


def _stem(word: str) -> str:
    """A word without the endings that one noun has in different sentences."""
    word = re.sub(r"['’]s?$", "", word.casefold())
    for ending in ("es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 3 and not word.endswith("ss"):
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 4 else word


def _dates_beside(hit: Hit, event: str) -> Iterator[Period]:
    """The days that a passage gives within a few words of the event's noun, in the same sentence."""
    text, published = hit.passage.text, hit.article.published.day
    nouns = [w for w in re.findall(r"[\w/-]+", event.casefold()) if w in EVENT_NOUNS]
    if published is None or not nouns:
        return
    pattern = re.compile(rf"\b{re.escape(nouns[0])}", re.IGNORECASE)
    for span in sentences(text, Span(0, len(text))):
        sentence = text[span.start : span.end]
        at = [m.start() for m in pattern.finditer(sentence)]
        if not at:
            continue
        for period in find_periods(sentence, published):
            if period.kind == "day" and any(abs(period.start - a) <= _NEAR_LETTERS for a in at):
                yield period
