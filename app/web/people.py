"""Who is asking. With logins, the account of the session; without, each browser is somebody of its own, by a cookie.

`request.state.person` holds a stable id for every route and every event of the page, `request.state.name` the name of
who is logged in, "" where nobody has to be. With logins nothing but the login page is served to who is not logged in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.passwords import Account, Accounts
from app.web.api_problems import problem_response
from app.web.pace import Attempts, wait_words
from app.web.sessions import Sessions

__all__ = ["LOGIN_PATHS", "SESSION_COOKIE", "KnowPeople", "Logins"]

SESSION_COOKIE = "dateline-session"
LOGIN_PATHS = frozenset({"/login", "/page/login.css"})  # what is served to anybody
_COOKIE = "dateline-person"
_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)
_KEPT_S = 400 * 24 * 3600  # the longest that browsers keep a cookie
_FOR_PROGRAMS = ("/api/", "/mcp")  # a name and password with each request are taken here alone
_NOT_PAGES = (*_FOR_PROGRAMS, "/page/", "/gradio_api/")
_SEND_BOTH = "a name and a password that are known here are asked for: send them as HTTP Basic authentication"
_MOST_REMEMBERED = 1000
# The session's cookie stays away from a visit that another site's link began; from this page on it is one of our own.
_COME_IN = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>Dateline</title>'


class Logins:
    """The accounts, their sessions, and how often who failed to log in."""

    def __init__(self, accounts: Accounts, sessions: Sessions) -> None:
        self.accounts = accounts
        self.sessions = sessions
        self.attempts = Attempts()
        self._key = secrets.token_bytes(32)
        self._proven: OrderedDict[bytes, str] = OrderedDict()  # of programs: scrypt once, not with each request

    def check(self, name: str, password: str, address: str) -> Account | float:
        """Whose name and password these are; else seconds to wait before the next try, 0 for none."""
        wait_s = self.attempts.wait(name, address)
        if wait_s > 0:
            return wait_s
        account = self.accounts.check(name, password)
        if account is None:
            self.attempts.failed(name, address)
            return 0.0
        self.attempts.succeeded(name, address)
        return account

    def check_again(self, name: str, password: str, address: str) -> Account | float:
        """The same for a program, which sends both with each request: what was right once is known again."""
        mark = hmac.digest(self._key, f"{len(name)} {name}{password}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        known = self.accounts.get(self._proven[mark]) if mark in self._proven else None
        if known is not None:
            return known
        found = self.check(name, password, address)
        if isinstance(found, Account):
            self._proven[mark] = found.name
            while len(self._proven) > _MOST_REMEMBERED:
                self._proven.popitem(last=False)
        return found


class KnowPeople:
    """ASGI middleware that puts the person into `request.state.person`, or turns who is not logged in away."""

    def __init__(self, app: ASGIApp, logins: Logins | None = None) -> None:
        self._app = app
        self._logins = logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._logins is None:
            await self._introduce(scope, receive, send)
        else:
            refusal = await self._recognise(scope, Request(scope), self._logins)
            await (refusal or self._app)(scope, receive, send)

    async def _introduce(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = Request(scope).cookies.get(_COOKIE, "")
        person = known if _NAME.fullmatch(known) else secrets.token_hex(16)
        scope.setdefault("state", {}).update(person=person, name="")

        async def introduce(message: Message) -> None:
            if message["type"] == "http.response.start" and person != known:
                # Lax: who comes by a link from elsewhere is still who they were, and is not given another name.
                cookie = f"{_COOKIE}={person}; Path=/; HttpOnly; SameSite=Lax; Max-Age={_KEPT_S}"
                cookie += "; Secure" if scope["scheme"] == "https" else ""
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, introduce)

    async def _recognise(self, scope: Scope, request: Request, logins: Logins) -> Response | None:
        """Put who is logged in into the state; else how the request is turned away. None to serve it."""
        path = request.url.path
        account = logins.sessions.account(request.cookies.get(SESSION_COOKIE, ""))
        given = _given(request) if account is None and path.startswith(_FOR_PROGRAMS) else None
        if given is not None:
            address = request.client.host if request.client else ""
            found = await to_thread.run_sync(logins.check_again, *given, address)
            if isinstance(found, float) and found > 0:
                return JSONResponse({"detail": wait_words("Too many failed logins", found)}, 429)
            account = found if isinstance(found, Account) else None
        named = (account.person, account.name) if account else ("", "")
        scope.setdefault("state", {}).update(person=named[0], name=named[1])
        return None if account or path in LOGIN_PATHS else _turned_away(request)


def _turned_away(request: Request) -> Response:
    path = request.url.path
    if request.method not in ("GET", "HEAD") or path.startswith(_NOT_PAGES):
        if path.startswith(_FOR_PROGRAMS):
            return problem_response(HTTPException(401, _SEND_BOTH, {"WWW-Authenticate": 'Basic realm="Dateline"'}))
        return JSONResponse({"detail": "Nobody is logged in here: load the page again and log in."}, 401)
    if request.headers.get("sec-fetch-site") == "cross-site":
        return HTMLResponse(_COME_IN)
    wished = f"{path}?{request.url.query}" if request.url.query else path
    return RedirectResponse(f"/login?next={quote(wished, safe='/')}" if wished != "/" else "/login", 303)


def _given(request: Request) -> tuple[str, str] | None:
    """Name and password of the header `Authorization: Basic`."""
    kind, _, told = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(told, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (name, password) if colon else None
