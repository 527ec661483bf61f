"""The API for programs: `ask` and what belongs to it, under `/api/v1`, with its schema; the page `/api` explains it.

Nothing is kept here: what was asked before comes with a question. A few are answered at a time, the others wait in
line, and whoever leaves is not worked for any longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from importlib import metadata
from typing import TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from app.answer import Answer, Statement
from app.web import api_articles
from app.web import api_types as told
from app.web.api_asking import answer_steps, answered
from app.web.api_docs import describe, style
from app.web.api_problems import PROBLEMS, SmallRequests, answer_with_problems, problem_of
from app.web.line import Line
from app.web.site import Site

__all__ = ["build_api", "routes"]

_T = TypeVar("_T")
_GONE = 499  # nobody reads it
_ABOUT = (
    "Ask the archive, read its articles, and check every citation: `text[start:end] == quote` holds for each, counted "
    "in code points of the source text. Every request stands alone; earlier turns are sent along with it."
)


class _Lines(StreamingResponse):
    media_type = "application/x-ndjson"


def build_api(site: Site, line: Line) -> FastAPI:
    """The API, to be mounted at `/api/v1`."""
    version = _version()
    api = FastAPI(
        title=f"{site.title} API",
        version=version,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    answer_with_problems(api)
    api.add_middleware(SmallRequests)
    api.include_router(_asking(site, line))
    api.include_router(api_articles.routes(site, line, version=version))
    return api


def _version() -> str:
    try:
        return metadata.version("dateline")
    except metadata.PackageNotFoundError:  # run from a checkout that was never installed
        return "0"


def routes(api: FastAPI) -> APIRouter:
    """`GET /api`: the page that explains `api`, made from its schema."""
    router = APIRouter(include_in_schema=False)

    @router.get("/api")
    @router.get("/api/")
    def page() -> HTMLResponse:
        return HTMLResponse(describe(api.openapi()))

    @router.get("/api/style.css")
    def look() -> Response:
        return Response(style(), media_type="text/css")

    return router


def _asking(site: Site, line: Line) -> APIRouter:
    router = APIRouter(responses=dict(PROBLEMS))

    @router.post("/ask", response_model=told.Answer, summary="Ask a question")
    async def ask(asked: told.AskRequest, request: Request) -> object:
        """The answer, every statement of it cited; or an abstention that says why, which is an answer as well."""
        answer = await _unless_gone(request, answered(site, line, asked))
        return Response(status_code=_GONE) if answer is None else answer.to_dict()

    @router.post(
        "/ask/stream",
        response_class=_Lines,
        responses={200: {"model": told.Event, "description": "One JSON object a line."}},
        summary="Ask, and be told as it is found",
    )
    async def stream(asked: told.AskRequest, request: Request) -> Response:
        """Each statement as soon as it is certain, and the whole answer last: one JSON object a line.

        With `Accept: text/event-stream` they come as server-sent events, named by their `kind`.
        """
        found = line.follow(answer_steps(site, asked))
        first = await _unless_gone(request, _next(found))  # what is wrong with the question is told by the status
        if first is None:
            return Response(status_code=_GONE)
        if "text/event-stream" in request.headers.get("accept", ""):
            return StreamingResponse(_events(first, found, sse=True), media_type="text/event-stream")
        return _Lines(_events(first, found, sse=False))

    return router


async def _next(found: AsyncGenerator[Statement | Answer | None, None]) -> Statement | Answer:
    async for part in found:
        if part is not None:
            return part
    raise AssertionError("an answer comes last")


async def _events(
    first: Statement | Answer, found: AsyncGenerator[Statement | Answer | None, None], *, sse: bool
) -> AsyncIterator[str]:
    """`first` and the rest as lines or as server-sent events; an error, now that the status is sent, as the last."""
    part: Statement | Answer | None = first
    try:
        while part is not None:
            yield _event(_told(part), sse=sse)
            part = None if isinstance(part, Answer) else await _next(found)
    except Exception as error:
        yield _event(told.Event(kind="problem", problem=problem_of(error)), sse=sse)
    finally:
        await found.aclose()


def _told(part: Statement | Answer) -> told.Event:
    if isinstance(part, Answer):
        return told.Event(kind="answer", answer=told.Answer.model_validate(part.to_dict()))
    return told.Event(kind="statement", statement=told.Statement.model_validate(part, from_attributes=True))


def _event(event: told.Event, *, sse: bool) -> str:
    line = event.model_dump_json(exclude_unset=True)
    return f"event: {event.kind}\ndata: {line}\n\n" if sse else f"{line}\n"


async def _unless_gone(request: Request, work: Coroutine[None, None, _T]) -> _T | None:
    """What `work` comes to; None, and no more of it is done, when whoever asked has hung up."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_leaving(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        for task in (working, leaving):
            task.cancel()


async def _leaving(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
