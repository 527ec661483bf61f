"""The source pane's routes: an article as HTML, with what an answer points at marked in it."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.conversation import Conversation
from app.references import find_reference
from app.related import describe_related
from app.render import render_error_html
from app.source_pane import render_source_html
from app.web.site import Archive, Site
from ingest.errors import DatelineError

__all__ = ["routes"]

_REFERENCE = re.compile(r"([chpt])-(\d{1,6})-(\d{1,6})", re.ASCII)


def routes(site: Site) -> APIRouter:
    """`GET /page/source?conversation=ID&key=c-1-2`: the article that a link of an answer opens."""
    router = APIRouter(include_in_schema=False)

    @router.get("/page/source")
    def source(request: Request, conversation: str, key: str) -> HTMLResponse:
        kept = site.conversations.get(request.state.person, conversation)
        return HTMLResponse(_source(site.archive, kept, key))

    return router


def _source(archive: Archive, conversation: Conversation, key: str) -> str:
    """The pane for the link `key` of `conversation`; a message where it leads nowhere."""
    found = _REFERENCE.fullmatch(key)
    asked = conversation.asked(int(found[2])) if found else None
    reference = find_reference(asked.turn.answer, found[1], int(found[3])) if found and asked else None
    if reference is None:
        return _pane_message("This number is of a conversation that is no longer open here. Ask again.")
    try:
        article, source_text = archive.article(reference.source), archive.source_text(reference.source)
        related = describe_related(archive.copies(article.article_id), archive.versions(article.article_id), article)
    except DatelineError as error:
        return _pane_message(str(error))
    return render_source_html(article, source_text, reference, key=key, related=related)


def _pane_message(message: str) -> str:
    return (
        '<section class="dl-source dl-at-rest" role="region" aria-label="Source article">'
        f"{render_error_html(message)}</section>"
    )
