"""What every request has to be like, and what every answer tells the browser to refuse.

A request has to name this server, come from its own pages or from no page at all, and be small. An answer says that
nothing is loaded from elsewhere, no script runs that this server did not write, and nobody frames or reads it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.pace import QuestionPace, wait_words

__all__ = ["Guard", "PaceQuestions", "Reach", "content_policy", "is_loopback"]

MOST_BODY = 1_000_000  # bytes
MOST_HEADERS = 32_000
MOST_ADDRESS = 8_000
_TOO_LARGE = f"That is too large: at most {MOST_BODY // 1000:,} kB are read at once."
_OWN_LIMIT = "/page/uploads"  # what is uploaded there is counted by its own routes
_FOR_PROGRAMS = ("/api/", "/mcp")
_ASKS = re.compile(r"/api/v\d+/ask\b.*|/mcp\b.*", re.ASCII)  # the page's questions are counted where they are taken
_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_UNUSED = (
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen"),
    *("geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment"),
    *("picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


def content_policy(nonce: str = "") -> str:
    """The Content-Security-Policy of an answer; inline scripts run under `nonce` alone, none without one.

    Styles may stand in the page, because the framework of the chat page writes them there; nothing may be loaded from
    elsewhere, so that a style can carry nothing away. Nothing is ever evaluated.
    """
    scripts = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    return (
        f"default-src 'none'; script-src {scripts}; script-src-attr 'none'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
        "form-action 'self'; base-uri 'none'; object-src 'none'; frame-src 'none'; frame-ancestors 'none'"
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the server listens, and by which other names it is reached.

    A page elsewhere can give its own name the address of this machine, and would then read what is served here. So a
    request has to name this machine by an address in digits or by a name that is known to be its own.
    """

    host: str = "127.0.0.1"
    names: tuple[str, ...] = ()  # in small letters, such as the one that a reverse proxy answers to

    def knows(self, host: str) -> bool:
        """Whether a request may have been meant for this server that names `host`, with or without a port."""
        try:
            named = (urlsplit(f"//{host}").hostname or "").rstrip(".") if not set(host) & set("/@?#\\") else ""
        except ValueError:
            return False
        if is_loopback(named) or named in self.names:
            return True
        if is_loopback(self.host):
            return False
        try:
            ipaddress.ip_address(named)
        except ValueError:
            own = socket.gethostname().lower()
            return bool(named) and named in (self.host.lower(), own, own.partition(".")[0], f"{own}.local")
        return True


class Guard:
    """ASGI middleware around all that is served."""

    def __init__(self, app: ASGIApp, reach: Reach) -> None:
        self._app = app
        self._reach = reach

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or say why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        wrong = self._wrong(scope, Headers(scope=scope))
        if wrong:
            status, words = wrong
            await JSONResponse({"detail": words}, status)(scope, receive, _sealing(scope, send))
            return
        within = receive if scope["path"].startswith(_OWN_LIMIT) else _at_most(MOST_BODY, receive)
        await self._app(scope, within, _sealing(scope, send))

    def _wrong(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        path, host = scope["path"], headers.get("host", "")
        if not self._reach.knows(host):
            return 421, (
                "This is Dateline, but not under that name. Open it at the address that the terminal names, or start "
                "it with --names and the name."
            )
        if len(scope.get("raw_path") or path) + len(scope["query_string"]) > MOST_ADDRESS:
            return 414, f"The address is longer than {MOST_ADDRESS:,} characters."
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
            return 431, f"The headers of the request are longer than {MOST_HEADERS:,} characters."
        if self._comes_from_elsewhere(scope["method"], headers, host.lower()):
            return 403, "Another site asked for this, not a page of Dateline."
        if scope["method"] in _CHANGES and path.startswith("/page/") and headers.get("x-dateline") != "1":
            return 403, "Requests of the page that change something carry the header X-Dateline: 1."
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > MOST_BODY and not path.startswith(_OWN_LIMIT):
            return 413, _TOO_LARGE
        return None

    def _comes_from_elsewhere(self, method: str, headers: Headers, host: str) -> bool:
        """Whether the browser says that a page of another site sent this, unless it is a visit by an ordinary link."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        # A page that tells no referrer sends its own forms from nowhere; that it is ours is told beside.
        if origin is not None and not (origin == "null" and site == "same-origin"):
            _, _, came_from = origin.lower().partition("://")
            if came_from != host and came_from.partition(":")[0] not in self._reach.names:
                return True
        visit = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
        return site not in (None, "none", "same-origin") and not (visit and headers.get("sec-fetch-dest") == "document")


class PaceQuestions:
    """ASGI middleware within `KnowPeople`: who asks over the API too often is told to wait."""

    def __init__(self, app: ASGIApp, pace: QuestionPace) -> None:
        self._app = app
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and _ASKS.fullmatch(scope["path"]):
            request = Request(scope)
            wait_s = self._pace.take(request.state.person, request.client.host if request.client else "")
            if wait_s:
                words = wait_words("Too many questions at once", wait_s)
                late = JSONResponse({"detail": words}, 429, {"Retry-After": str(int(wait_s) + 1)})
                await late(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _sealing(scope: Scope, send: Send) -> Send:
    """`send`, with what the browser has to know in front of each answer."""
    private = scope["path"].startswith(("/page/", "/gradio_api/", "/shared/", "/login", "/config", *_FOR_PROGRAMS))

    async def sealed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in [n for n in headers if n.startswith("access-control-")]:  # nobody else may read it
                del headers[name]
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Content-Security-Policy", content_policy())
            if private or headers.get("content-type", "").startswith("text/html"):
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sealed


def _at_most(most: int, receive: Receive) -> Receive:
    """`receive`, until more than `most` bytes have come."""
    left = most

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, _TOO_LARGE)
        return message

    return counted
