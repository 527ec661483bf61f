"""Headline, outlet, authors, day, label and language of an article, each only as far as the page states it.

The idea: general signals, strongest first, and nothing invented. What the markup says outranks what the lines around
the body look like, and what the fields of its line say of an article in a container ranks after the page's own markup.
Whatever is found comes with its basis in words and a confidence; a person can put any of it right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.article import Article, Basis, PublicationDate, Span
from ingest.bylines import find_authors, find_outlet
from ingest.confidence import BY_THE_USER
from ingest.headline import find_headline
from ingest.labels import find_label
from ingest.language import LanguageFound, find_language
from ingest.published import find_published
from ingest.read import SourceText
from ingest.surroundings import key, look_around

__all__ = ["Metadata", "corrected", "find_metadata"]

_SET_BY_THE_USER = "set by the user"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about an article beside its body; None or empty where the page does not say.

    `notes` are what a reader should know of the article because of it, such as that it is in another language.
    """

    headline: str | None
    outlet: str | None
    authors: tuple[str, ...]
    published: PublicationDate
    headline_basis: Basis | None = None
    outlet_basis: Basis | None = None
    authors_basis: Basis | None = None
    label: str | None = None
    language: str | None = None
    notes: tuple[str, ...] = ()


def find_metadata(source: SourceText, body: tuple[Span, ...], *, name: str) -> Metadata:
    """What the page says of the article whose body is `body`.

    The headline of a text file is a verbatim selection of one of its lines. `name` is where the file lies:
    folders of a mirrored site such as `example.org/2019/03/12/` date a page that has no other date. It is empty for a
    line of a container: the day in an archive's name is that of the archive.
    """
    page = look_around(source, body)
    headline = find_headline(page)
    outlet, outlet_basis = find_outlet(page, headline.text)
    authors, authors_basis = find_authors(page, headline.at)
    authors = tuple(author for author in authors if key(author) not in key(outlet or ""))
    language = find_language(source, body)
    return Metadata(
        headline=headline.text,
        outlet=outlet,
        authors=authors,
        published=find_published(page, headline.at, name),
        headline_basis=headline.basis,
        outlet_basis=outlet_basis,
        authors_basis=authors_basis if authors else None,
        label=find_label(page, headline.text, headline.at),
        language=language.code,
        notes=_notes(language),
    )


def _notes(language: LanguageFound) -> tuple[str, ...]:
    if language.code in (None, "en"):
        return ()
    return (f"it is in {language.name}: questions about it are answered less reliably",)


def corrected(
    article: Article,
    *,
    headline: str | None = None,
    outlet: str | None = None,
    authors: Sequence[str] | None = None,
    published: dt.date | None = None,
) -> Article:
    """The article with what a person says of it in place of what was found out; None leaves a thing as it is."""
    basis = Basis(_SET_BY_THE_USER, BY_THE_USER)
    if headline is not None:
        article = replace(article, headline=headline, headline_basis=basis)
    if outlet is not None:
        article = replace(article, outlet=outlet, outlet_basis=basis)
    if authors is not None:
        article = replace(article, authors=tuple(authors), authors_basis=basis)
    if published is not None:
        article = replace(article, published=PublicationDate(published, _SET_BY_THE_USER, BY_THE_USER))
    return article
