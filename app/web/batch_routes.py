"""`/page/batches`: questions of a list or a file are read, asked in the background, looked at and downloaded."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from app.answer import Answer, Citation
from app.ask import AskOptions
from app.batch import Item, Outcome
from app.batch_files import read_questions
from app.batch_page import context_from_hits, context_from_text, render_batch_html
from app.batch_tables import render_batch_csv, render_batch_jsonl
from app.notebook.batches import Batch, Batches, Row
from app.render import render_error_html
from app.terminal import count
from app.web.clerk import Clerk
from app.web.kept_pane import kept_answer_html, kept_source_html, number_of
from app.web.scope import read_scope
from app.web.site import Site
from app.wording import excerpt, line
from ingest.errors import UsageError

__all__ = ["LARGEST_BYTES", "MOST_QUESTIONS", "routes"]

MOST_QUESTIONS = 2_000  # of one batch of the page
LARGEST_BYTES = 2 * 1024 * 1024  # of one file
_SHOWN = 200  # rows of a table at a time
_TYPES = {"csv": "text/csv", "html": "text/html", "jsonl": "application/x-ndjson"}


def routes(site: Site, batches: Batches, clerk: Clerk) -> APIRouter:
    """What the view does with batches; all of it is the person's own, or not found."""
    router = APIRouter(include_in_schema=False)

    def found(request: Request, batch: str) -> Batch:
        one = batches.get(request.state.person, batch)
        if one is None:
            raise HTTPException(404, "This batch is no longer there.")
        return one

    @router.get("/page/batches")
    def listed(request: Request) -> dict[str, object]:
        limits = {"questions": MOST_QUESTIONS, "bytes": LARGEST_BYTES}
        return {"batches": [_batch(b) for b in batches.of(request.state.person)], "limits": limits}

    @router.post("/page/batches/read")
    async def read(request: Request, name: str = "") -> dict[str, object]:
        items = await _items(request, name)
        shown = [{"number": i.number, "question": line(i.question), "id": line(i.value("id"))} for i in items[:_SHOWN]]
        used = sorted({n.strip().casefold() for i in items for n, v in i.columns if v.strip()} - {"question"})
        return {"total": len(items), "questions": shown, "columns": [line(excerpt(n)) for n in used]}

    @router.post("/page/batches")
    async def begin(request: Request, name: str = "", title: str = "", scope: str = "") -> dict[str, str]:
        items = await _items(request, name)
        options = read_scope(_json(scope), AskOptions())
        called = line(title)[:120] or line(name)[:120] or _first_words(items)
        try:
            batch = await run_in_threadpool(batches.add, request.state.person, called, items, options)
        except UsageError as error:
            raise HTTPException(409, str(error)) from error
        clerk.wake()
        return {"id": batch}

    @router.get("/page/batches/{batch}")
    def one(request: Request, batch: str, after: int = 0) -> dict[str, object]:
        told = found(request, batch)
        rows = batches.rows(request.state.person, batch, after=after, many=_SHOWN)
        return {**_batch(told), "rows": [_row(r) for r in rows]}

    @router.post("/page/batches/{batch}/stop")
    def stop(request: Request, batch: str) -> dict[str, object]:
        found(request, batch)
        batches.stop(request.state.person, batch)
        return _batch(found(request, batch))

    @router.post("/page/batches/{batch}/resume")
    def resume(request: Request, batch: str) -> dict[str, object]:
        found(request, batch)
        batches.resume(request.state.person, batch)
        clerk.wake()
        return _batch(found(request, batch))

    @router.delete("/page/batches/{batch}")
    def remove(request: Request, batch: str) -> dict[str, bool]:
        found(request, batch)
        batches.remove(request.state.person, batch)
        return {"removed": True}

    def outcome(request: Request, batch: str, number: int) -> Outcome | None:
        try:
            return batches.outcome(request.state.person, batch, number)
        except ValueError as error:
            raise HTTPException(410, str(error)) from error

    @router.get("/page/batches/{batch}/source")
    def source(request: Request, batch: str, key: str) -> HTMLResponse:
        kept = outcome(request, batch, number_of(key))
        return kept_source_html(site.archive, kept.answer if kept else None, key)

    @router.get("/page/batches/{batch}/rows/{number}")
    def row(request: Request, batch: str, number: int) -> HTMLResponse:
        kept = outcome(request, batch, number)
        if kept is None:
            raise HTTPException(404, "This question is not answered yet.")
        if kept.answer is None:
            return HTMLResponse(render_error_html(kept.error))
        options = batches.options(request.state.person, batch)
        return HTMLResponse(kept_answer_html(site.archive, kept.answer, number, options))

    @router.get("/page/batches/{batch}/answers.{ending}")
    def download(request: Request, batch: str, ending: str) -> Response:
        told, person = found(request, batch), request.state.person
        if ending not in _TYPES:
            raise HTTPException(404, "Answers are there as csv, html and jsonl.")
        pieces = _pieces(site, batches, person, told, ending)
        named = re.sub(r"[^A-Za-z0-9]+", "-", told.title).strip("-")[:60] or "batch"
        headers = {
            "Content-Disposition": f'attachment; filename="dateline-{named.lower()}.{ending}"',
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return StreamingResponse(pieces, media_type=f"{_TYPES[ending]}; charset=utf-8", headers=headers)

    return router


def _first_words(items: tuple[Item, ...]) -> str:
    """What to call questions that were typed."""
    more = len(items) - 1
    return line(excerpt(items[0].question)) + (f" and {count(more, 'more question')}" if more else "")


def _pieces(site: Site, batches: Batches, person: str, batch: Batch, ending: str) -> Iterator[str]:
    if ending == "jsonl":
        yield from render_batch_jsonl(batches.outcomes(person, batch.id))
    elif ending == "csv":
        yield "\ufeff"  # by the mark spreadsheets tell that it is UTF-8
        yield from render_batch_csv(batches.outcomes(person, batch.id), batches.column_names(person, batch.id))
    else:

        def context(answer: Answer, citation: Citation) -> tuple[str, str] | None:
            return context_from_hits(answer, citation) or context_from_text(site.archive.source_text, citation)

        made = dt.date.fromtimestamp(batch.made)
        yield from render_batch_html(
            tuple(batches.outcomes(person, batch.id)), title=batch.title, made=made, context=context
        )


async def _items(request: Request, name: str) -> tuple[Item, ...]:
    """The questions of a request's body, which is a file, or what was typed into the page."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_BYTES:
            most = f"{LARGEST_BYTES // 2**20} MB"
            raise HTTPException(413, f"The file has more than {most}. Split it, or use dateline ask --batch.")
    try:
        return await run_in_threadpool(read_questions, bytes(data), name or "pasted.txt", most=MOST_QUESTIONS)
    except UsageError as error:
        raise HTTPException(422, str(error)) from error


def _batch(batch: Batch) -> dict[str, object]:
    return {
        "id": batch.id,
        "title": line(batch.title),
        "made": dt.datetime.fromtimestamp(batch.made).isoformat("T", "minutes"),
        "condition": batch.condition,
        "total": batch.total,
        "done": batch.done,
        "answered": batch.answered,
        "abstained": batch.abstained,
        "errors": batch.errors,
    }


def _row(row: Row) -> dict[str, object]:
    return {
        "number": row.number,
        "question": line(row.question),
        "state": row.state,
        "short": line(excerpt(row.short)),
        "confidence": round(row.confidence, 3),
        "sources": row.sources,
        "error": line(row.error),
    }


def _json(written: str) -> object:
    try:
        return json.loads(written) if written else None
    except ValueError:
        return None
