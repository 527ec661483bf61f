"""What an article has to do with others: where its text lies besides, which versions of the story there are. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.wording import format_day, same_text_words
from ingest.article import Article

__all__ = ["Related", "describe_related", "find_related"]

_NAMED = 8


@dataclass(frozen=True, slots=True)
class Related:
    """Other places of one kind: its name, words before them where there are any, and each with its source."""

    name: str
    words: str
    places: tuple[tuple[str, str], ...] = ()  # what to call it, where it lies


def find_related(copies: Sequence[str], versions: Sequence[Article], article: Article) -> tuple[Related, ...]:
    """The copies and the versions of `article`, those that there are. The newest version is named as that."""
    told = [Related("Copies", same_text_words(len(copies)), tuple((s, s) for s in copies))] if copies else []
    day = article.published.day
    days = [v.published.day for v in versions if v.published.day is not None]
    for name, chosen in (
        ("Later version", [v for v in versions if day and v.published.day and v.published.day > day]),
        ("Earlier version", [v for v in versions if day and v.published.day and v.published.day < day]),
        ("Other version", [v for v in versions if not (day and v.published.day) or v.published.day == day]),
    ):
        if chosen:
            told.append(Related(name, "", tuple((_version(v), v.source) for v in chosen)))
    if day is not None and days and day > max(days):
        told.append(Related("Version", "the newest of this story here"))
    return tuple(told)


def describe_related(copies: Sequence[str], versions: Sequence[Article], article: Article) -> list[tuple[str, str]]:
    """The same as pairs of a name and words."""
    return [
        (r.name, ": ".join(w for w in (r.words, _list([words for words, _ in r.places])) if w))
        for r in find_related(copies, versions, article)
    ]


def _version(article: Article) -> str:
    day = format_day(article.published.day)
    return f"{article.source} ({day})" if day else article.source


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
