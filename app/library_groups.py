"""A list of articles seen from afar: how many of each day, month or year; by story, outlet or folder. Pure."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.library import Row

__all__ = [
    "GROUPINGS",
    "Bin",
    "Facet",
    "Group",
    "count_facet",
    "count_folders",
    "describe_group",
    "group_rows",
    "histogram",
]

_MOST_DAYS = 93  # of an archive that is shown day by day
_MOST_MONTHS = 120
_MOST_BINS = 120
GROUPINGS = ("story", "outlet", "folder")


# --- over time ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bin:
    """A day, a month, a year or several; how many articles of the list, and of the archive, are of it."""

    first: dt.date
    last: dt.date
    shown: int
    total: int


def histogram(everything: Iterable[Row], shown: Iterable[Row]) -> tuple[Bin, ...]:
    """All articles of known day in bins without gaps, and how many of them are shown; none where no day is known."""
    days = Counter(row.day for row in everything if row.day is not None)
    if not days:
        return ()
    starts = list(_starts(min(days), max(days)))
    ends = [*(start - dt.timedelta(1) for start in starts[1:]), max(days)]
    totals, counts = [0] * len(starts), [0] * len(starts)
    for day, n in days.items():
        totals[bisect_right(starts, day) - 1] += n
    for day, n in Counter(row.day for row in shown if row.day is not None).items():
        counts[bisect_right(starts, day) - 1] += n
    return tuple(map(Bin, starts, ends, counts, totals))


def _starts(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The first days of the bins, of which there are as many as can be told apart."""
    n_days = (last - first).days + 1
    if n_days <= _MOST_DAYS:
        yield from (first + dt.timedelta(n) for n in range(n_days))
        return
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    if len(months) <= _MOST_MONTHS:
        yield from (dt.date(n // 12, n % 12 + 1, 1) for n in months)
        return
    step = -(-(last.year - first.year + 1) // _MOST_BINS)
    yield from (dt.date(year, 1, 1) for year in range(first.year - first.year % step or 1, last.year + 1, step))


# --- what there is to choose from -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facet:
    """Something to choose: what it is called, and how many articles of the list it leaves."""

    name: str
    n: int


def count_facet(rows: Iterable[Row], of: Callable[[Row], str | None], chosen: Iterable[str], most: int) -> list[Facet]:
    """The `most` frequent, the largest first; and what was chosen already, even where nothing is left of it."""
    counts = Counter(of(row) or "" for row in rows)
    ranked = sorted(counts.items(), key=lambda c: (-c[1], c[0].casefold()))[:most]
    missing = [(name, counts[name]) for name in sorted(chosen) if name not in dict(ranked)]
    return [Facet(name, n) for name, n in (*ranked, *missing)]


def count_folders(rows: Iterable[Row], chosen: Iterable[str], most: int) -> list[Facet]:
    """The folders and containers by name, each above what lies in it; of too many, those that hold the most."""
    counts = Counter(place for row in rows for place in row.places)
    kept = {*(place for place, _ in counts.most_common(most)), *(c for c in chosen if c)}
    return [Facet(place, counts[place]) for place in sorted(kept, key=lambda p: (p.casefold().split("/"), p))]


# --- together -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """Articles that belong together: one story, one outlet, one folder.

    `files` is in how many they lie, `texts` how many they are when copies count once, `asked` how many of them
    questions are asked of. `outlets` are those that say who they are, the most frequent first.
    """

    key: str
    name: str
    articles: int
    files: int
    texts: int
    stories: int
    asked: int
    outlets: tuple[str, ...]
    first: dt.date | None
    last: dt.date | None
    undated: int


def group_rows(rows: Iterable[Row], by: str, *, parent: str = "") -> list[tuple[str, list[Row]]]:
    """`rows` by story or outlet, the largest group first, or by the folders right in `parent`, by name.

    Each group comes with its key. Articles that lie in `parent` itself are in no group.
    """
    together: dict[str, list[Row]] = {}
    for row in rows:
        for key in _keys(row, by, parent):
            together.setdefault(key, []).append(row)
    if by == "folder":
        return sorted(together.items(), key=lambda g: (g[0].casefold(), g[0]))
    return sorted(together.items(), key=lambda g: (-_n_files(g[1]), -_last_day(g[1]), g[0]))


def _n_files(rows: Iterable[Row]) -> int:
    return sum(len(row.article.sources) for row in rows)


def _last_day(rows: Iterable[Row]) -> int:
    return max(row.day.toordinal() if row.day else 0 for row in rows)


def _keys(row: Row, by: str, parent: str) -> Iterable[str]:
    if by == "story":
        return (row.story,)
    if by == "outlet":
        return (row.article.outlet or "",)
    return {key: None for above in row.above for key in _below(above, parent)}


def _below(above: Sequence[str], parent: str) -> Sequence[str]:
    """Which of the folders above a source is the one right below `parent`; none where it does not lie further below."""
    if not parent:
        return above[:1]
    return above[above.index(parent) + 1 :][:1] if parent in above else ()


def describe_group(key: str, rows: Sequence[Row], by: str, asked: frozenset[str]) -> Group:
    """What there is to say of the group `key`; `asked` are the ids of the articles that questions are asked of."""
    days = [row.day for row in rows if row.day is not None]
    outlets = Counter(row.article.outlet for row in rows if row.article.outlet)
    return Group(
        key,
        _story_name(rows) if by == "story" else key,
        len(rows),
        _n_files(rows),
        len({row.text for row in rows}),
        len({row.story for row in rows}),
        sum(row.article_id in asked for row in rows),
        tuple(name for name, _ in outlets.most_common() if name),
        min(days, default=None),
        max(days, default=None),
        len(rows) - len(days),
    )


def _story_name(rows: Sequence[Row]) -> str:
    """The headline of the earliest that has one; where none has, a file."""
    ordered = sorted(rows, key=lambda row: (row.article.headline is None, row.day is None, row.day or dt.date.max))
    first = ordered[0].article
    return first.headline or first.source
