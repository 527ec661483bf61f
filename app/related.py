"""What an article has to do with others, in words: where its text lies besides, which versions there are."""

from __future__ import annotations

from collections.abc import Sequence

from app.wording import format_day, same_text_words
from ingest.article import Article

__all__ = ["describe_related"]

_NAMED = 8


def describe_related(copies: Sequence[str], versions: Sequence[Article], article: Article) -> list[tuple[str, str]]:
    """Pairs of a name and words, none where there is nothing to tell. The newest version is labelled as that."""
    told = []
    if copies:
        told.append(("Copies", f"{same_text_words(len(copies))}: {_list(copies)}"))
    day = article.published.day
    days = [v.published.day for v in versions if v.published.day is not None]
    for name, chosen in (
        ("Later version", [v for v in versions if day and v.published.day and v.published.day > day]),
        ("Earlier version", [v for v in versions if day and v.published.day and v.published.day < day]),
        ("Other version", [v for v in versions if not (day and v.published.day) or v.published.day == day]),
    ):
        if chosen:
            told.append((name, _list([_version(v) for v in chosen])))
    if day is not None and days and day > max(days):
        told.append(("Version", "the newest of this story here"))
    return told


def _version(article: Article) -> str:
    day = format_day(article.published.day)
    return f"{article.source} ({day})" if day else article.source


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
