"""Drafts to cited statements: every quote is found verbatim at its span, or the statement is dropped.

This is the only place where a Citation is made. Markers count from 1 in reading order; one span cited twice keeps
one marker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.answer import Citation, Statement
from app.draft import Draft, Quote
from ingest.errors import CitationError

__all__ = ["cite", "make_citation"]


def cite(
    drafts: Sequence[Draft],
    source_text: Callable[[str], str],
    copies: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[tuple[Statement, ...], tuple[Citation, ...], tuple[Draft, ...]]:
    """Number and check the drafts; `source_text` maps an article id to its exact text, `copies` to where else it lies.

    Returns:
        The statements, their citations in marker order, and the drafts that were dropped because a quote of
        theirs does not stand at its span.
    """
    statements: list[Statement] = []
    citations: dict[tuple[str, int, int], Citation] = {}
    dropped: list[Draft] = []
    for draft in drafts:
        made = dict(citations)
        try:
            for quote in draft.quotes:
                key = (quote.article.article_id, quote.span.start, quote.span.end)
                if key not in made:
                    article_id = quote.article.article_id
                    elsewhere = (copies or {}).get(article_id, ())
                    made[key] = make_citation(quote, len(made) + 1, source_text(article_id), copies=elsewhere)
        except CitationError:
            dropped.append(draft)
            continue
        citations = made
        keys = dict.fromkeys((q.article.article_id, q.span.start, q.span.end) for q in draft.quotes)
        markers = tuple(citations[k].marker for k in keys)
        statements.append(Statement(draft.text, markers, draft.support, attribution=draft.attribution))
    return tuple(statements), tuple(citations.values()), tuple(dropped)


def make_citation(quote: Quote, marker: int, source_text: str, *, copies: tuple[str, ...] = ()) -> Citation:
    """The citation of `quote`.

    Raises:
        CitationError: `source_text` holds other words at the quote's span.
    """
    article, span = quote.article, quote.span
    if span.of(source_text) != quote.text:
        raise CitationError(
            f"{article.source}:{span.start}-{span.end} does not hold the quoted words: ingest the folder again"
        )
    return Citation(
        marker=marker,
        source=article.source,
        start=span.start,
        end=span.end,
        quote=quote.text,
        headline=article.headline,
        outlet=article.outlet,
        published=article.published.day,
        published_basis=article.published.basis,
        article_id=article.article_id,
        copies=copies,
    )
