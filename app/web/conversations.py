"""The conversations' routes: the list of a person's, their names, deleting and bringing back, and taking them along."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from app.conversation import Asked, Failure
from app.export import Document, make_document, render_export_json
from app.export_html import Look, render_document_html
from app.export_text import render_export_markdown, render_export_text
from app.web.paths import GONE, ConversationId, TurnNumber
from app.web.shared import document_style
from app.web.site import Site

__all__ = ["routes"]

Form = Literal["md", "html", "json"]

_TYPES: dict[Form, str] = {"md": "text/markdown", "html": "text/html", "json": "application/json"}
_LONGEST_NAME = 60  # characters of a file's


class Renaming(BaseModel):
    """What a conversation is to be called; empty for its first question."""

    title: str = Field(max_length=1_000)


class Undoing(BaseModel):
    """What deleting answered."""

    undo: str = Field(max_length=200)


def routes(site: Site) -> APIRouter:
    """`/page/conversations`: the list, and below it what is done with each."""
    router = APIRouter(include_in_schema=False, prefix="/page/conversations")
    kept = site.conversations

    @router.get("")
    def listed(request: Request, search: Annotated[str, Query(max_length=1_000)] = "") -> list[dict[str, object]]:
        found = kept.listed(request.state.person, search)
        return [
            {"id": c.id, "title": c.title, "changed": c.changed.isoformat(), "questions": c.questions, "found": c.found}
            for c in found
        ]

    @router.patch("/{conversation}")
    def rename(request: Request, conversation: ConversationId, wished: Renaming) -> dict[str, str]:
        title = kept.rename(request.state.person, conversation, wished.title)
        if title is None:
            raise HTTPException(404, GONE)
        return {"title": title}

    @router.delete("/{conversation}")
    def delete(request: Request, conversation: ConversationId) -> dict[str, str]:
        undo = kept.delete(request.state.person, conversation)
        if undo is None:
            raise HTTPException(404, GONE)
        return {"undo": undo}

    @router.post("/undo")
    def undo(request: Request, wished: Undoing) -> dict[str, str]:
        restored = kept.restore(request.state.person, wished.undo)
        if restored is None:
            raise HTTPException(410, "It can no longer be brought back: it was deleted more than an hour ago.")
        return {"id": restored}

    @router.get("/{conversation}/export")
    def export(request: Request, conversation: ConversationId, form: Form, turn: int | None = None) -> Response:
        document = _document(site, request, conversation, turn)
        headers = {"Content-Disposition": _attachment(document.title, form), "X-Content-Type-Options": "nosniff"}
        return Response(_rendered(document, form), media_type=f"{_TYPES[form]}; charset=utf-8", headers=headers)

    @router.get("/{conversation}/turns/{turn}/text")
    def text(request: Request, conversation: ConversationId, turn: TurnNumber) -> PlainTextResponse:
        return PlainTextResponse(_bytes(render_export_text(_document(site, request, conversation, turn))))

    return router


def _document(site: Site, request: Request, conversation: str, turn: int | None) -> Document:
    """The conversation, or one turn of it, to take along."""
    person = request.state.person
    entries = site.conversations.get(person, conversation).entries
    times: list[dt.datetime | None] = [*site.conversations.times(person, conversation)]
    pairs = [*zip(entries, [*times, *[None] * len(entries)], strict=False)]
    title = site.conversations.title(person, conversation) or ""
    if turn is not None:
        pairs = pairs[turn - 1 : turn] if turn > 0 else []
        title = _question(pairs[0][0]) if pairs else ""
    if not pairs:
        raise HTTPException(404, GONE)
    return make_document(title, pairs, made=dt.datetime.now(dt.UTC))


def _question(entry: Asked | Failure) -> str:
    return entry.turn.question if isinstance(entry, Asked) else entry.question


def _rendered(document: Document, form: Form) -> bytes:
    if form == "json":
        return _bytes(render_export_json(document))
    if form == "md":
        return _bytes(render_export_markdown(document))
    about = f"From Dateline, {document.made:%Y-%m-%d}. Quotations are word for word; footnotes say where each stands."
    return _bytes(render_document_html(document, Look(style=document_style(), about=about)))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # a file name may hold bytes that are no text


def _attachment(title: str, form: Form) -> str:
    """The header that has the reply saved, under a name that every file system takes."""
    words = re.sub(r"[\W_]+", "-", title.casefold())[:_LONGEST_NAME].strip("-")
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().strip("-")
    plain, whole = (f"dateline-{w or 'conversation'}.{form}" for w in (plain, words))
    told = f'attachment; filename="{plain}"'
    return told if plain == whole else f"{told}; filename*=UTF-8''{quote(whole, safe='')}"
