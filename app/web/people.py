"""Who is asking: each browser is somebody of its own, by a random name in a cookie that no script can read.

`request.state.person` holds the name for every route and every event of the page.
"""

from __future__ import annotations

import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["KnowPeople"]

_COOKIE = "dateline-person"
_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)
_KEPT_S = 400 * 24 * 3600  # the longest that browsers keep a cookie


class KnowPeople:
    """ASGI middleware that puts the person into `request.state.person`, and a new one's name into a cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = Request(scope).cookies.get(_COOKIE, "")
        person = known if _NAME.fullmatch(known) else secrets.token_hex(16)
        scope.setdefault("state", {})["person"] = person

        async def introduce(message: Message) -> None:
            if message["type"] == "http.response.start" and person != known:
                cookie = f"{_COOKIE}={person}; Path=/; HttpOnly; SameSite=Strict; Max-Age={_KEPT_S}"
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, introduce)
