"""Hit and Filters: what comes out of a search, and what narrows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.article import Article, Passage, container_of, holds_records

__all__ = ["Filters", "Found", "Hit", "lies_within", "places_of"]

_FEW = 8  # sources that are compared one by one


@dataclass(frozen=True, slots=True)
class Hit:
    """A ranked passage and the article it is from.

    `score` is on the scale its producer documents, higher is better; `rank` counts 1..n within one result. `copies`
    are the sources of other articles with the same text, near enough, which are told through this one.
    """

    passage: Passage
    article: Article
    score: float
    rank: int
    copies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError("ranks count from 1")
        if self.passage.article_id != self.article.article_id:
            raise ValueError("a hit's passage is of its article")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that holds the words looked for, and where these lie in the source text."""

    hit: Hit
    start: int
    end: int

    def __post_init__(self) -> None:
        if not self.hit.passage.start <= self.start < self.end <= self.hit.passage.end:
            raise ValueError("what was found lies in its passage")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may be evidence. An empty `Filters()` admits every article.

    `published_from` and `published_to` are inclusive days. `undated` says whether articles without a known day are
    admitted. `sources` admits those sources, everything below those folders, every line of those containers; empty
    admits all.
    """

    published_from: dt.date | None = None
    published_to: dt.date | None = None
    undated: bool = True
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for day in (self.published_from, self.published_to):
            if day is not None and type(day) is not dt.date:
                raise TypeError(f"published_from and published_to are datetime.date values, not {day!r}")
        if self.published_from and self.published_to and self.published_from > self.published_to:
            raise ValueError(f"no day lies from {self.published_from} to {self.published_to}")

    def admits(self, article: Article) -> bool:
        """Whether `article` may be evidence."""
        return self.admits_from(article.sources, article.published.day)

    def among(self, article: Article) -> tuple[str, ...]:
        """The places an admitted article lies that are within what was asked for."""
        if not self.sources:
            return article.sources
        return tuple(s for s in article.sources if _is_among(s, self.sources))

    def admits_from(self, sources: Sequence[str], day: dt.date | None) -> bool:
        """Whether an article that lies at `sources` and was published on `day` may be evidence."""
        if self.sources and not any(_is_among(s, self.sources) for s in sources):
            return False
        if day is None:
            return self.undated
        if self.published_from is not None and day < self.published_from:
            return False
        return self.published_to is None or day <= self.published_to

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types; days in ISO form or None."""
        return {
            "published_from": None if self.published_from is None else self.published_from.isoformat(),
            "published_to": None if self.published_to is None else self.published_to.isoformat(),
            "undated": self.undated,
            "sources": list(self.sources),
        }


def places_of(source: str) -> Iterator[str]:
    """Everything that `source` lies within: itself, its container, the folders above it."""
    yield source
    container = container_of(source)
    if container is not None:
        yield container
    for n, character in enumerate(source):
        if character == "/" or (character == "#" and holds_records(source[:n])):
            yield source[:n]


def _is_among(source: str, sources: tuple[str, ...]) -> bool:
    if len(sources) <= _FEW:
        return any(lies_within(source, f) for f in sources)
    listed = _listed(sources)
    return any(place in listed for place in places_of(source))


@lru_cache(maxsize=8)
def _listed(sources: tuple[str, ...]) -> frozenset[str]:
    """Thousands of them are not gone through for each article."""
    return frozenset(f.rstrip("/") or f for f in sources)


def lies_within(source: str, folder: str) -> bool:
    """Whether `source` is `folder`, lies below it, or is a part of the container of that name."""
    if source == folder or container_of(source) == folder or source.startswith(folder.rstrip("/") + "/"):
        return True
    return holds_records(folder) and source.startswith(f"{folder}#")  # a container within an archive
