"""What the archive holds, as rows that are kept for as long as nothing changes in it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Protocol, runtime_checkable
from weakref import WeakKeyDictionary, ref

from app.library import Choice, Looked, Reach, Row, TextSearch, look_through, rows_of, sort_rows
from app.web.site import Archive

__all__ = ["Holdings", "Shelf"]

_making = threading.Lock()
_made: WeakKeyDictionary[Archive, Shelf] = WeakKeyDictionary()


@runtime_checkable
class _Indexed(Protocol):
    """What a `Store` knows beyond an `Archive`."""

    def passage_counts(self) -> Mapping[str, int]: ...
    def stories(self, article_ids: Iterable[str]) -> Mapping[str, str]: ...
    def version_pairs(self) -> tuple[tuple[str, str], ...]: ...
    def holding(self, word: str, *, begins: bool = False) -> frozenset[str]: ...


class Shelf:
    """The rows of one archive. Thread-safe: while they are read, others who want them wait."""

    def __init__(self, archive: Archive) -> None:
        self._archive = ref(archive)  # a shelf that held its archive would keep it from ever being freed
        self._lock = threading.Lock()
        self._kept: Holdings | None = None
        self._generation: int | None = None

    @staticmethod
    def of(archive: Archive) -> Shelf:
        """The one shelf of `archive`."""
        with _making:
            if archive not in _made:
                _made[archive] = Shelf(archive)
            return _made[archive]

    def now(self) -> Holdings:
        """What the archive holds now; the same object for as long as nothing changes in it."""
        archive = self._archive()
        if archive is None:
            return Holdings((), _nowhere)
        with self._lock:
            generation = archive.generation
            if self._kept is None or generation != self._generation:
                self._kept, self._generation = Holdings(_read(archive), self._holding), generation
            return self._kept

    def _holding(self, word: str, begins: bool) -> frozenset[str]:
        archive = self._archive()
        return archive.holding(word, begins=begins) if isinstance(archive, _Indexed) else frozenset()


class Holdings:
    """The articles of an archive at one time, and what was made of them lately. Thread-safe."""

    def __init__(self, rows: tuple[Row, ...], holding: TextSearch) -> None:
        self.rows = rows
        self.days = sorted(row.day for row in rows if row.day is not None)
        self.n_stories = len({row.story for row in rows})
        self.n_files = sum(len(row.article.sources) for row in rows)
        self.holding = lru_cache(maxsize=64)(holding)
        self.look_through = lru_cache(maxsize=8)(self._look_through)
        self.within = lru_cache(maxsize=8)(self._within)
        self._places = lru_cache(maxsize=None)(self._places_by)

    def sort(self, rows: Iterable[Row], column: str, *, descending: bool) -> list[Row]:
        """`rows` by that column."""
        places = self._places(column, descending)
        return sorted(rows, key=lambda row: places[row.article_id])

    def _look_through(self, choice: Choice) -> Looked:
        return look_through(self.rows, choice, self.holding)

    def _within(self, reach: Reach) -> frozenset[str]:
        return frozenset(row.article_id for row in reach.within(self.rows, self.holding))

    def _places_by(self, column: str, descending: bool) -> dict[str, int]:
        ordered = sort_rows(self.rows, column, descending=descending)
        return {row.article_id: n for n, row in enumerate(ordered)}


def _nowhere(_word: str, _begins: bool) -> frozenset[str]:
    return frozenset()


def _read(archive: Archive) -> tuple[Row, ...]:
    articles = archive.articles()
    if not isinstance(archive, _Indexed):
        return rows_of(articles, {}, {})
    stories = archive.stories([a.article_id for a in articles])
    return rows_of(articles, archive.passage_counts(), stories, archive.version_pairs())
