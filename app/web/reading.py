"""The source pane's routes: an article as HTML, with what an answer points at marked in it, and the markers' cards."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from app.cards import describe_citations
from app.references import Place, Reference, find_reference
from app.related import find_related
from app.render import render_error_html
from app.source_pane import Around, render_source_html
from app.web.site import Archive, Site
from app.wording import line
from ingest.article import Span
from ingest.errors import DatelineError, UnknownSourceError

__all__ = ["pane_article", "pane_message", "routes"]

_KEY = re.compile(r"([chpt])-(\d{1,6})-(\d{1,6})", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_NO_LONGER = "This number is of a conversation that is no longer open here. Ask again."


def routes(site: Site) -> APIRouter:
    """What the pane and the cards fetch.

    `GET /page/source?conversation=ID&key=c-1-2`: the article that a link of an answer opens.
    `GET /page/article?source=SOURCE[&start=N&end=N]`: any article, with that place marked. Both take `view=scraped`.
    `GET /page/cards?conversation=ID&turn=1`: what the cards beside the markers of that answer say.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/page/source")
    def source(request: Request, conversation: str, key: str, view: str = "") -> HTMLResponse:
        found = _KEY.fullmatch(key)
        kept = site.conversations.get(request.state.person, conversation)
        asked = kept.asked(int(found[2])) if found else None
        if found is None or asked is None:
            return pane_message(_NO_LONGER)
        answer = asked.turn.answer
        reference = find_reference(answer, found[1], int(found[3]), turn=int(found[2]))
        if reference is None:
            return pane_message(_NO_LONGER)
        moved = answer.provenance.generation != site.archive.generation
        return pane_article(site.archive, reference, moved=moved, scraped=view == "scraped")

    @router.get("/page/article")
    def article(request: Request, start: str = "", end: str = "", view: str = "") -> HTMLResponse:
        # A file name may hold bytes that are no text: they come as the page was given them.
        sent = parse_qs(request.scope["query_string"].decode("latin-1"), errors="surrogateescape")
        source = sent.get("source", [""])[0]
        place = _place(source, start, end)
        return pane_article(site.archive, Reference("article", "Article", source, place), scraped=view == "scraped")

    @router.get("/page/cards")
    def cards(request: Request, conversation: str, turn: int) -> JSONResponse:
        asked = site.conversations.get(request.state.person, conversation).asked(turn)
        return JSONResponse(describe_citations(asked.turn.answer) if asked else [])

    return router


def _place(source: str, start: str, end: str) -> Place | None:
    """The place between two numbers that came with a request; None where they are none."""
    if not (_NUMBER.fullmatch(start) and _NUMBER.fullmatch(end)) or int(start) >= int(end):
        return None
    return Place("", "Article", source, Span(int(start), int(end)), None)


def pane_article(archive: Archive, reference: Reference, *, scraped: bool = False, moved: bool = False) -> HTMLResponse:
    """The pane for `reference`; a message where it leads nowhere."""
    source = reference.source
    try:
        article, text = archive.article(source), archive.source_text(source)
        related = find_related(archive.copies(article.article_id), archive.versions(article.article_id), article)
        around = Around(related, archive.disk_state(source), moved)
    except UnknownSourceError:
        named = f" at {line(source)}" if source.strip() else " there"
        return pane_message(f"The archive holds no article{named}. It may have been taken out or renamed since.")
    except DatelineError as error:
        return pane_message(str(error))
    return HTMLResponse(render_source_html(article, text, reference, around, scraped=scraped))


def pane_message(message: str) -> HTMLResponse:
    """The pane where there is no article to show."""
    return HTMLResponse(
        '<section class="dl-source dl-at-rest" role="region" aria-label="Source article">'
        '<div class="dl-walk"><button type="button" class="dl-pane-tool dl-back" data-do="back">Back to the answer'
        f"</button></div>{render_error_html(message)}</section>"
    )
