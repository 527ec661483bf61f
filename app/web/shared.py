"""Share links: making and withdrawing one, and the page of its own that it leads to."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from importlib import resources

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from app.answer import Answer
from app.conversation import Asked
from app.export import make_document, moment_words
from app.export_html import Look, Surrounding, find_surrounding, page_style, render_document_html
from app.notebook.shares import KeptShares, Shared
from app.web.paths import GONE, ConversationId, TurnNumber
from app.web.site import Archive, Site
from ingest.article import Span
from ingest.errors import DatelineError

__all__ = ["document_style", "routes"]

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",  # what is withdrawn is gone at once
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}
_NOWHERE = "This link leads nowhere: it was withdrawn, its conversation was deleted, or it is not whole."


def routes(site: Site) -> APIRouter:
    """`/shared/TOKEN`, and `/page/conversations/ID/turns/N/share` to make and to withdraw it."""
    router = APIRouter(include_in_schema=False)
    shares = KeptShares(site.notebook)
    style = document_style()
    style_path = f"/shared/style-{hashlib.sha256(style.encode()).hexdigest()[:16]}.css"

    @router.post("/page/conversations/{conversation}/turns/{turn}/share")
    def share(request: Request, conversation: ConversationId, turn: TurnNumber) -> dict[str, str]:
        person = request.state.person
        asked = site.conversations.get(person, conversation).asked(turn)
        if asked is None:
            raise HTTPException(404, GONE)
        times = site.conversations.times(person, conversation)
        around = _surroundings(site.archive, asked.turn.answer)
        token = shares.share(person, conversation, turn, asked, times[turn - 1], around)
        if token is None:
            raise HTTPException(404, GONE)
        return {"path": f"/shared/{token}"}

    @router.delete("/page/conversations/{conversation}/turns/{turn}/share")
    def withdraw(request: Request, conversation: ConversationId, turn: TurnNumber) -> dict[str, int]:
        return {"withdrawn": shares.withdraw(request.state.person, conversation, turn)}

    @router.get(style_path)
    def styled() -> Response:
        return Response(style, media_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"})

    @router.get("/shared/{token}")
    def shared(token: str) -> HTMLResponse:
        found = shares.find(token)
        if found is None:
            nothing = make_document("Nothing is shared here", [], made=dt.datetime.now(dt.UTC))
            page = render_document_html(nothing, Look(style_path=style_path, about=_NOWHERE))
            return HTMLResponse(page, status_code=404, headers=_HEADERS)
        page = _page(found, Look(style_path=style_path, about=f"Shared from {site.title}, {moment_words(found.made)}"))
        return HTMLResponse(page.encode("utf-8", "replace"), headers=_HEADERS)

    return router


def _page(found: Shared, look: Look) -> str:
    entry = found.entry
    question = entry.turn.question if isinstance(entry, Asked) else entry.question
    document = make_document(question, [(entry, found.asked)], made=found.made)
    numbers = document.told[0].numbers
    around = {numbers[marker]: told for marker, told in found.surroundings.items() if marker in numbers}
    return render_document_html(document, look, around)


def _surroundings(archive: Archive, answer: Answer) -> dict[int, Surrounding]:
    """The article around each quote, by its marker, where the article still says what was quoted."""
    found: dict[int, Surrounding] = {}
    for c in answer.citations:
        try:
            article, text = archive.article(c.source), archive.source_text(c.source)
        except DatelineError:
            continue
        if text[c.start : c.end] == c.quote:
            found[c.marker] = find_surrounding(article, text, Span(c.start, c.end))
    return found


@cache
def document_style() -> str:
    """The style of pages that stand alone."""
    static = resources.files("app.web").joinpath("static")
    page, document = (static.joinpath(f).read_text(encoding="utf-8") for f in ("page.css", "document.css"))
    return page_style(page, document)
