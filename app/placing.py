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
_APART_DAYS = 60  # between two articles, and they are of two events, or of two chapters of one
_MOST_OF_IT = 2 / 3  # share of the articles that one chapter has where the event is that of this chapter
_MOST_OF_A_NAMED_ONE = 1 / 2
_TIMES_ANY_OTHER = 3  # as many articles as any other chapter: those look back
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
    if not names and (told := [_stem(w) for w in content_words(rest)]):  # "the port company": two words of it will do
        fitting = [h for h in fitting if sum(_holds(h, [w]) for w in told) >= min(2, len(told))] or fitting
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
    """What tells of one event: all of it, or the chapter that most of it belongs to; nothing where none has most."""
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
    particular = len(content_words(event)) > 1 or any(m.kind == "name" for m in find_mentions(event))
    share = _MOST_OF_A_NAMED_ONE if particular else _MOST_OF_IT
    if max(sizes) >= share * sum(sizes) or max(sizes) >= _TIMES_ANY_OTHER * sorted(sizes)[-2]:
        return chapters[sizes.index(max(sizes))]  # the others look back at it, or are of a lesser one
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
    return _has(f"{hit.article.headline or ''} {hit.passage.text}", stems)


def _has(text: str, stems: Sequence[str]) -> bool:
    found = {_stem(w) for w in re.findall(r"[^\W_]+(?:[/-][^\W_]+)*", text.casefold())}
    parts = {part for w in found for part in w.split("-")}
    return all(stem in found or stem in parts for stem in stems)


def _stem(word: str) -> str:
    """A word without the endings that one noun has in different sentences."""
    word = re.sub(r"['’]s?$", "", word.casefold())
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 3 and not word.endswith("ss"):
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 4 else word


def _dates_beside(hit: Hit, event: str) -> Iterator[Period]:
    """The days that a passage gives within a few words of the event's noun, in the same sentence."""
    text, published = hit.passage.text, hit.article.published.day
    nouns = [_stem(w) for w in re.findall(r"[\w/-]+", event.casefold()) if w in EVENT_NOUNS]
    named = [_stem(w) for m in find_mentions(event) if m.kind == "name" for w in content_words(m.text)]
    if published is None or not nouns:
        return
    pattern = re.compile(rf"\b{re.escape(nouns[0])}", re.IGNORECASE)
    for span in sentences(text, Span(0, len(text))):
        sentence = text[span.start : span.end]
        at = [m.start() for m in pattern.finditer(sentence)]
        if not at or not _has(sentence, named):
            continue
        for period in find_periods(sentence, published):
            if period.kind == "day" and any(abs(period.start - a) <= _NEAR_LETTERS for a in at):
                yield period
