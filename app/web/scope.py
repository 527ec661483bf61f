"""What questions are asked of, as the page sends it: articles, outlets and folders that were ticked, days, lists.

The page sends what was ticked and not the articles that this comes to, so that it is little however much it is; which
articles these are is found here, when the question comes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.ask import AskOptions
from app.library import Choice, Days, Reach
from app.scope import NOWHERE
from app.web.shelf import Holdings, Shelf
from app.web.site import Archive
from store import Filters

__all__ = ["Told", "read_choice", "read_days", "read_reach", "read_scope", "tell_reach"]

_MOST_SOURCES = 5_000
_MOST_CHOICES = 40
_MOST_NAMES = 500
_MOST_CHARACTERS = 4_000


def read_scope(sent: object, options: AskOptions, archive: Archive | None = None) -> AskOptions:
    """`options` narrowed to what the page `sent`; `app.web.scope.read_reach` says what that looks like.

    Where no article lies within it, nothing is searched: it is never widened. What makes no sense there is left out:
    the page is a stranger. Without an `archive`, ticked sources and days alone can be told.
    """
    reach = read_reach(sent)
    if not reach:
        return options
    days = reach.days
    if days.first is not None or days.last is not None:
        filters = Filters(days.first, days.last, undated=days.undated)
    else:
        filters = Filters()
    plain = not reach.without and not (days.undated and filters == Filters())
    folders = _folders_alone(reach.choices)
    if plain and folders is not None:
        return replace(options, filters=replace(filters, sources=tuple(sorted({*reach.sources, *folders}))))
    if archive is None:
        return replace(options, filters=replace(filters, sources=tuple(sorted(reach.sources)) or (NOWHERE,)))
    held = Shelf.of(archive).now()
    within = held.within(reach)
    found = tuple(source for row in held.rows if row.article_id in within for source in row.article.sources)
    return replace(options, filters=replace(filters, sources=found or (NOWHERE,)))


def _folders_alone(choices: Sequence[Choice]) -> list[str] | None:
    """The folders that `choices` come to, where they choose nothing else; a filter names them as they are."""
    if any(choice != Choice(folders=choice.folders) or "" in choice.folders for choice in choices):
        return None
    return [folder for choice in choices for folder in choice.folders]


def read_reach(sent: object) -> Reach:
    """What the page sent: `{"sources": ["a.txt"], "folders": ["2019"], "outlets": ["Reuters"], "lists": [CHOICE],
    "without": ["b.txt"], "from": "2020-01-01", "to": "2020-12-31", "undated": true}`; all of it may be missing.

    What was ticked adds up; days narrow all of it.
    """
    if not isinstance(sent, dict):
        return Reach()
    choices = [Choice(folders=frozenset({f})) for f in _names(sent.get("folders"), _MOST_NAMES)]
    choices += [Choice(outlets=frozenset({o})) for o in _names(sent.get("outlets"), _MOST_NAMES, empty=True)]
    lists = sent.get("lists")
    choices += [read_choice(c) for c in lists[:_MOST_CHOICES]] if isinstance(lists, list) else []
    return Reach(
        frozenset(_names(sent.get("sources"), _MOST_SOURCES)),
        tuple(choice for choice in choices if choice != Choice()),
        frozenset(_names(sent.get("without"), _MOST_SOURCES)),
        read_days(sent),
    )


def read_choice(sent: object) -> Choice:
    """How the page narrows its list: `{"words": "", "outlets": [], "folders": [], "languages": [], "from": "", …}`."""
    if not isinstance(sent, dict):
        return Choice()
    words, story = sent.get("words"), sent.get("story")
    return Choice(
        words[:_MOST_CHARACTERS].strip() if isinstance(words, str) else "",
        frozenset(_names(sent.get("outlets"), _MOST_NAMES, empty=True)),
        frozenset(f.rstrip("/") for f in _names(sent.get("folders"), _MOST_NAMES)),
        frozenset(_names(sent.get("languages"), _MOST_NAMES, empty=True)),
        read_days(sent),
        story[:_MOST_CHARACTERS] if isinstance(story, str) else "",
    )


def read_days(sent: dict[object, object]) -> Days:
    """The days that the page sent: `from`, `to`, `undated`."""
    first, last = _day(sent.get("from")), _day(sent.get("to"))
    if first and last and first > last:
        first, last = last, first
    return Days(first, last, sent.get("undated") is True)


def _names(sent: object, most: int, *, empty: bool = False) -> list[str]:
    """The texts in a list that a stranger sent; with `empty`, the empty one, too."""
    listed = sent[:most] if isinstance(sent, list) else []
    return [s[:_MOST_CHARACTERS] for s in listed if isinstance(s, str) and (s or empty)]


def _day(sent: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(sent)[:10]) if sent else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Told:
    """What a reach comes to in the archive as it is now: how many articles, of how many; ticked ones that are gone."""

    asked: int
    of: int
    gone: tuple[str, ...]


def tell_reach(reach: Reach, held: Holdings) -> Told:
    """What `reach` comes to."""
    n = len(held.within(reach)) if reach else len(held.rows)
    there = {p for row in held.rows for p in (*row.article.sources, *row.places)} if reach.sources else set()
    return Told(n, len(held.rows), tuple(sorted(s for s in reach.sources if s.rstrip("/") not in there)))
