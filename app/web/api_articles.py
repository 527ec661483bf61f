"""What programs read of the archive: its articles, their exact text, what stands at a span, where words stand."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query

from app.coverage import describe_coverage
from app.web import api_types as told
from app.web.api_problems import PROBLEMS
from app.web.line import Line
from app.web.site import Site
from ingest.article import Article
from store import Filters, Hit, Store

__all__ = ["article_of", "routes", "search"]

_MOST_ARTICLES = 1_000  # of a page
_MOST_FOUND = 100
_LONGEST_WORDS = 1_000
_WIDEST = 5_000  # characters around a passage

_Source = Annotated[str, Query(min_length=1, max_length=told.LONGEST_SOURCE, description="As the archive names it.")]


def _filters(
    source: Annotated[
        list[told.SourceName] | None,
        Query(max_length=told.MOST_SOURCES, description="Only this file, folder or container; repeat it for more."),
    ] = None,
    published_from: Annotated[dt.date | None, Query(description="Published on that day or later.")] = None,
    published_to: Annotated[dt.date | None, Query(description="Published on that day or earlier.")] = None,
    undated: Annotated[
        bool | None, Query(description="Articles without a known day too; if left out, unless days are given.")
    ] = None,
) -> Filters:
    unbounded = published_from is None and published_to is None
    sources = tuple(s.rstrip("/") or s for s in source or ())
    try:
        return Filters(published_from, published_to, unbounded if undated is None else undated, sources)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


_Within = Annotated[Filters, Depends(_filters)]


def routes(site: Site, line: Line, *, version: str) -> APIRouter:
    """The routes that read."""
    router = APIRouter(responses=dict(PROBLEMS))

    @router.get("/articles", summary="List the articles")
    def articles(
        within: _Within,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=1, le=_MOST_ARTICLES)] = 100,
    ) -> told.ArticlePage:
        """The articles that the filters admit, ordered by source, a page at a time."""
        admitted = [a for a in site.archive.articles() if within.admits(a)]
        shown = admitted[offset : offset + limit]
        rest = offset + limit
        return told.ArticlePage(
            total=len(admitted),
            offset=offset,
            limit=limit,
            next_offset=rest if rest < len(admitted) else None,
            articles=[article_of(a) for a in shown],
        )

    @router.get("/articles/text", summary="Read an article")
    def text(source: _Source) -> told.ArticleText:
        """An article with its exact source text."""
        article = site.archive.article(source)
        return told.ArticleText(
            article=article_of(article),
            body=[(s.start, s.end) for s in article.body],
            copies=list(site.archive.copies(article.article_id)),
            versions=[v.source for v in site.archive.versions(article.article_id)],
            text=site.archive.source_text(source),
        )

    @router.get("/articles/passage", summary="Check a citation")
    def passage(
        source: _Source,
        start: Annotated[int, Query(ge=0, le=10**9)],
        end: Annotated[int, Query(ge=1, le=10**9)],
        context: Annotated[int, Query(ge=0, le=_WIDEST, description="Characters to tell on each side.")] = 0,
    ) -> told.PassageText:
        """What stands at a span of a source text: where a citation says so, exactly its quote."""
        text = site.archive.source_text(source)
        if not start < end <= len(text):
            raise HTTPException(422, f"start is less than end, and end at most {len(text)}, the length of the text")
        return told.PassageText(
            source=source,
            start=start,
            end=end,
            text=text[start:end],
            before=text[max(0, start - context) : start],
            after=text[end : end + context],
        )

    @router.get("/search", summary="Find words")
    async def find(
        words: Annotated[str, Query(min_length=1, max_length=_LONGEST_WORDS, description="As they stand in a row.")],
        within: _Within,
        limit: Annotated[int, Query(ge=1, le=_MOST_FOUND)] = 20,
    ) -> told.SearchResult:
        """Where the words stand in a row, as they are written; where they stand nowhere, the nearest passages."""
        return await line.run(lambda: search(_store(site), words, within, limit))

    @router.get("/status", summary="Say what is served")
    def status() -> told.Status:
        """What the archive holds, and from which days; which version answers."""
        store = _store(site)
        coverage = store.coverage()
        return told.Status(
            title=site.title,
            version=version,
            generation=store.generation,
            articles=coverage.n_articles,
            passages=store.n_passages,
            dated=coverage.n_dated,
            first_day=coverage.first_day,
            last_day=coverage.last_day,
            coverage=describe_coverage(coverage),
            set_aside=sum(1 for f in store.files() if f.reason is not None),
        )

    return router


def search(store: Store, words: str, within: Filters, limit: int) -> told.SearchResult:
    """Where `words` stand in a row, else the passages nearest to them."""
    places = [(f.hit, f.start, f.end) for f in store.find(words.strip("\"'“”"), k=limit, filters=within)]
    exact = bool(places)
    if not exact:
        hits = store.search(words, k=limit, filters=within)
        places = [(h, h.passage.start, h.passage.end) for h in hits]
    return told.SearchResult(words=words, exact=exact, found=[_found(*place) for place in places])


def article_of(article: Article) -> told.Article:
    """What a program is told of an article."""
    return told.Article(
        source=article.source,
        sources=list(article.sources),
        article_id=article.article_id,
        headline=article.headline,
        outlet=article.outlet,
        authors=list(article.authors),
        published=article.published.day,
        published_basis=article.published.basis,
        published_confidence=article.published.confidence,
        label=article.label,
        language=article.language,
        notes=list(article.notes),
    )


def _found(hit: Hit, start: int, end: int) -> told.Found:
    passage, article = hit.passage, hit.article
    return told.Found(
        rank=hit.rank,
        score=round(hit.score, 6),
        source=article.source,
        start=start,
        end=end,
        quote=passage.text[start - passage.start : end - passage.start],
        passage=passage.text,
        headline=article.headline,
        outlet=article.outlet,
        published=article.published.day,
    )


def _store(site: Site) -> Store:
    if not isinstance(site.archive, Store):
        raise HTTPException(503, "this server has no index that could be searched")
    return site.archive
