"""Adding articles in the browser: what is sent, how far the ingest is, what failed, and reading folders again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from app.adding import Intake
from app.ingesting import State
from app.setaside import explained
from app.uploads import Incoming
from app.web.site import Site
from ingest.errors import DatelineError

__all__ = ["may_ingest", "routes"]

_WRITTEN_AT_ONCE = 1_000_000  # bytes that are gathered before a thread writes them
_FAILED_SHOWN = 200


def may_ingest(request: Request) -> bool:
    """Whether who asks may add articles and see where they lie: yes, unless what let the request in says no."""
    return bool(getattr(request.state, "may_ingest", True))


class Wished(BaseModel):
    """What to read: "uploads", "folder" (`path`), "folders", "failed" (`source`, or all) or "last" once more."""

    what: str
    path: str | None = None
    source: str | None = None


def routes(site: Site) -> APIRouter:
    """`/page/intake` (limits, folders, what failed), `/page/ingest` (how far it is), `/page/uploads` (files)."""
    router = APIRouter(include_in_schema=False)
    intake = site.intake
    if intake is None:

        @router.get("/page/ingest")
        def off() -> dict[str, str]:
            return {"phase": "off"}

        @router.get("/page/intake")
        def none() -> dict[str, bool]:
            return {"may": False}

        return router

    @router.get("/page/intake")
    def overview(request: Request) -> dict[str, object]:
        if not may_ingest(request):
            return {"may": False}
        return {"may": True, **_overview(intake)}

    @router.get("/page/ingest")
    def state(request: Request) -> dict[str, object]:
        seen = may_ingest(request)
        now = _told(intake.ingesting.state(), whole=seen)
        of_archive = {"generation": intake.archive.generation, "empty": not intake.archive.n_passages}
        return {**now, **of_archive, "may": seen}

    @router.post("/page/ingest")
    def start(request: Request, wished: Wished, x_dateline: Annotated[str, Header()] = "") -> dict[str, object]:
        _check(request, x_dateline)
        return _told(_in_words(lambda: _start(intake, wished)))

    @router.post("/page/ingest/cancel")
    def cancel(request: Request, x_dateline: Annotated[str, Header()] = "") -> dict[str, object]:
        _check(request, x_dateline)
        return _told(intake.ingesting.cancel())

    @router.put("/page/uploads/{batch}")
    async def upload(
        request: Request, batch: str, path: str, x_dateline: Annotated[str, Header()] = ""
    ) -> dict[str, object]:
        _check(request, x_dateline)
        return await _receive(intake, request, batch, path)

    return router


def _check(request: Request, mark: str) -> None:
    """Let in only the page itself: another site's page cannot set this header, and only some people may add."""
    if mark != "1":
        raise HTTPException(403, "This can only be done from the page of Dateline itself.")
    if not may_ingest(request):
        raise HTTPException(403, "You may read this archive, but not add to it. Ask who runs Dateline.")


def _in_words(does: Callable[[], State]) -> State:
    try:
        return does()
    except DatelineError as error:
        raise HTTPException(409, _sentence(str(error))) from error


def _start(intake: Intake, wished: Wished) -> State:
    match wished.what:
        case "uploads":
            return intake.read_uploads()
        case "folder" if wished.path:
            return intake.read_folders(wished.path)
        case "folders":
            return intake.read_folders()
        case "failed":
            return intake.try_again(wished.source)
        case "last":
            return intake.go_on()
    raise HTTPException(422, "The page asked for something unknown. Reload it.")


async def _receive(intake: Intake, request: Request, batch: str, path: str) -> dict[str, object]:
    """Write a body to the disk as it comes; nothing of it stays when it is refused or cut off."""
    said = request.headers.get("content-length", "")
    size = int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else None
    incoming: Incoming | None = None
    try:
        incoming = await run_in_threadpool(intake.uploads.begin, request.state.person, batch, path, size)
        waiting = bytearray()
        async for part in request.stream():
            waiting += part
            if len(waiting) >= _WRITTEN_AT_ONCE:
                await run_in_threadpool(incoming.write, bytes(waiting))
                waiting.clear()
        if waiting:
            await run_in_threadpool(incoming.write, bytes(waiting))
        if size is not None and size != incoming.size:
            raise HTTPException(400, "It did not come whole. Add it again.")
        kept = await run_in_threadpool(incoming.keep)
    except DatelineError as error:
        raise HTTPException(422, _sentence(str(error))) from error
    except ClientDisconnect as error:
        raise HTTPException(400, "It did not come whole. Add it again.") from error
    finally:
        if incoming is not None:
            await run_in_threadpool(incoming.drop)
    return {"path": kept.path, "known": kept.known}


def _overview(intake: Intake) -> dict[str, object]:
    failed = intake.notes.failed()
    return {
        "limits": intake.uploads.limits.told(),
        "uploads": str(intake.uploads.folder),
        "empty": not intake.archive.n_passages,
        "unread": intake.unread(),
        "folders": [
            {"path": f.path, "articles": f.n_articles, "failed": f.n_failed, "there": f.is_there, "own": f.is_uploads}
            for f in intake.folders()
        ],
        "n_failed": len(failed),
        "failed": [
            dict(zip(("why", "what"), explained(f.reason), strict=True))
            | {"source": f.source, "path": f.path, "noticed": f.noticed, "before": f.before}
            for f in failed[:_FAILED_SHOWN]
        ],
    }  # fmt: skip


def _told(state: State, *, whole: bool = True) -> dict[str, object]:
    """A state as the page reads it; not `whole` for people who may not see where articles lie."""
    told = dict(state.told)
    if not whole:
        told = {name: value for name, value in told.items() if name in ("done", "total", "seconds", "event")}
    if state.phase == "running":
        told |= _pace(told)
    called = state.wish.called if state.wish and whole else ""
    return {"phase": state.phase, "run": state.run, "called": called, "stopping": state.stopping,
            "waiting": state.waiting, "said": state.said if whole else "", "told": told,
            "locked": told.get("kind") == "StoreLockedError", "now": time.time()}  # fmt: skip


def _pace(told: dict[str, object]) -> dict[str, object]:
    """Files a second and the seconds that are left, once there is something to tell them by."""
    done, total, seconds = (told.get(name) for name in ("done", "total", "seconds"))
    if not (isinstance(done, int) and isinstance(total, int) and isinstance(seconds, int | float)):
        return {}
    if done < 1 or seconds < 1:
        return {}
    return {"rate": done / seconds, "left_s": (total - done) * seconds / done}


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"
