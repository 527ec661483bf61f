"""What went wrong, as a program is told it: a problem document (RFC 9457) with a fitting status and words that help."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web import api_types as told
from app.web.line import BusyError, CrowdedError
from ingest.errors import DatelineError, StoreError, UnknownSourceError, UsageError

__all__ = ["PROBLEMS", "SmallRequests", "answer_with_problems", "problem_of", "problem_response"]

_log = logging.getLogger(__name__)
_TYPE = "application/problem+json"
_LARGEST_REQUEST = 8 * 1024 * 1024  # bytes: fifty earlier answers
_RETRY_S = 5  # while another process writes to the index
_NAMED = 3  # mistakes of one request that are told
_WORDS = {  # for what the framework finds wrong by itself
    404: "there is nothing at this address: the page /api lists what there is",
    405: "this address does not take that method: the page /api lists what it takes",
    413: "the request is larger than 8 MB: send fewer earlier answers, or just their questions",
}
_SAID = {
    400: "The request is no JSON.",
    404: "No article lies there.",
    413: "The request is too large.",
    422: "Something in the request makes no sense; `detail` names it.",
    429: "Too many requests wait already. `Retry-After` says when to try again.",
    503: "Others are being answered, or the index cannot be read now. `Retry-After` says when to try again.",
}
# For the schema: every problem that a route may answer with.
PROBLEMS: Mapping[int | str, dict[str, object]] = {
    status: {"description": words, "content": {_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, words in _SAID.items()
}


def answer_with_problems(api: FastAPI) -> None:
    """Have every error of `api` answered with a problem document."""

    def answer(_: Request, error: Exception) -> Response:
        return problem_response(error)

    for kind in (HTTPException, RequestValidationError, DatelineError, Exception):
        api.add_exception_handler(kind, answer)


class SmallRequests:
    """ASGI middleware that reads no more of a request than the earlier turns of a conversation may take."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        read = 0
        told_size = dict(scope.get("headers", ())).get(b"content-length", b"0")
        if told_size.isdigit() and int(told_size) > _LARGEST_REQUEST:
            await problem_response(HTTPException(413))(scope, receive, send)
            return

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > _LARGEST_REQUEST:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


def problem_response(error: Exception) -> Response:
    """The answer to a request that came to `error`."""
    problem = problem_of(error)
    headers = dict(getattr(error, "headers", None) or {})
    if problem.status in (429, 503):
        headers.setdefault("Retry-After", str(error.retry_s if isinstance(error, BusyError) else _RETRY_S))
    return Response(json.dumps(problem.model_dump()), problem.status, headers, media_type=_TYPE)


def problem_of(error: Exception) -> told.Problem:
    """The document for `error`; what nobody foresaw is logged and named as little as possible."""
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        own = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
        return _problem(error.status_code, _WORDS.get(error.status_code, "") or own or error.detail)
    if isinstance(error, DatelineError):
        words = re.sub(r"^the index at .*? holds no", "the archive holds no", str(error))  # where it lies is ours alone
        return _problem(_status(error), words)
    _log.error("a request of a program failed", exc_info=error)
    return _problem(500, "something went wrong inside Dateline: the terminal it runs in says what")


def _status(error: DatelineError) -> int:
    if isinstance(error, CrowdedError):
        return 429
    if isinstance(error, UnknownSourceError):
        return 404
    if isinstance(error, UsageError):
        return 422
    return 503 if isinstance(error, BusyError | StoreError) else 500


def _invalid(error: RequestValidationError) -> told.Problem:
    found = list(error.errors())
    if any(e["type"] == "json_invalid" for e in found):
        return _problem(400, f"the request is no JSON: {found[0].get('ctx', {}).get('error', found[0]['msg'])}")
    named = [f"{_place(e['loc'])}: {_reason(e)}" for e in found[:_NAMED]]
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return _problem(422, "; ".join(named) + more)


def _place(loc: tuple[int | str, ...]) -> str:
    """The field that is wrong."""
    return ".".join(str(part) for part in loc if part not in ("body", "query")) or "the request"


def _reason(error: Mapping[str, object]) -> str:
    if error["type"] == "model_attributes_type" and error["loc"] == ("body",):
        return "send JSON, with the header Content-Type: application/json"
    words = str(error["msg"]).removeprefix("Value error, ")
    return words[:1].lower() + words[1:]


def _problem(status: int, detail: str) -> told.Problem:
    return told.Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
