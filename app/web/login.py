"""The login page: one form, no script. And logging out."""

from __future__ import annotations

import html
from urllib.parse import parse_qs, urlsplit

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from app.passwords import Account
from app.web.pace import wait_words
from app.web.people import SESSION_COOKIE, Logins
from app.web.sessions import KEPT_S
from app.wording import inert

__all__ = ["routes"]

_WRONG = "That name and password do not go together."
_STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf7; --panel: #fff; --ink: #1d1f21; --muted: #5c6066; --rule: #dedad1;
  --edge: #8a867c; --accent: #1f5f8b; --on-accent: #fff; --warn: #8a3b12; --warn-soft: #fbf1e6; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181b; --panel: #1b1e22; --ink: #e6e3dc; --muted: #a5a8ad;
  --rule: #34383e; --edge: #71767e; --accent: #8fc1e3; --on-accent: #101418; --warn: #e8ab7f; --warn-soft: #2b2219; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; align-content: start; justify-items: center;
  padding: 14vh 16px 40px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { width: 100%; max-width: 23rem; }
h1 { font: 700 30px/1.2 "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", Georgia, serif;
  margin: 0 0 6px; overflow-wrap: anywhere; }
p { margin: 0 0 20px; color: var(--muted); }
p.wrong { margin: 0 0 16px; padding: 8px 12px; border-left: 3px solid var(--warn); background: var(--warn-soft);
  color: var(--warn); }
label { display: block; font-size: 14.5px; font-weight: 600; margin: 0 0 14px; }
input { display: block; width: 100%; margin: 5px 0 0; font: inherit; font-weight: 400; padding: 9px 11px;
  color: var(--ink); background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; }
button { width: 100%; margin: 6px 0 0; font: inherit; font-weight: 600; padding: 10px; border: 0; border-radius: 8px;
  cursor: pointer; background: var(--accent); color: var(--on-accent); }
button:hover { filter: brightness(1.08); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
"""


def routes(logins: Logins, title: str) -> APIRouter:
    """`/login`, its style, and `/page/logout`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    def form(request: Request, next: str = "/") -> Response:
        if request.state.name:
            return RedirectResponse(_ours(next), 303)
        return _page(title, next)

    @router.post("/login")
    async def login(request: Request) -> Response:
        sent = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
        name, password, wished = (sent.get(field, [""])[0] for field in ("name", "password", "next"))
        address = request.client.host if request.client else ""
        found = await to_thread.run_sync(logins.check, name, password, address)
        if isinstance(found, Account):
            reply: Response = RedirectResponse(_ours(wished), 303)
            token = await to_thread.run_sync(logins.sessions.open, found)
            reply.set_cookie(
                SESSION_COOKIE, token, max_age=KEPT_S, httponly=True, samesite="strict",
                secure=request.url.scheme == "https",
            )  # fmt: skip
            return reply
        if found > 0:
            return _page(title, wished, name, wait_words("Too many failed logins", found), 429)
        return _page(title, wished, name, _WRONG, 401)

    @router.get("/page/login.css")
    def style() -> Response:
        return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})

    @router.post("/page/logout")
    def logout(request: Request) -> Response:
        logins.sessions.close(request.cookies.get(SESSION_COOKIE, ""))
        reply = JSONResponse({"next": "/login"})
        reply.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")
        return reply

    return router


def _page(title: str, wished: str, name: str = "", wrong: str = "", status: int = 200) -> HTMLResponse:
    told = f'<p class="wrong" role="alert">{inert(wrong)}</p>' if wrong else ""
    at_name, at_password = ("", " autofocus") if name else (" autofocus", "")
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>Log in · {inert(title)}</title><link rel="stylesheet" href="/page/login.css"></head><body><main>'
        f"<h1>{inert(title)}</h1><p>Log in to question the archive.</p>{told}"
        f'<form method="post" action="/login"><input type="hidden" name="next" value="{_attribute(_ours(wished))}">'
        f'<label>Name<input name="name" value="{_attribute(name)}" autocomplete="username" autocapitalize="none" '
        f'spellcheck="false" required maxlength="100"{at_name}></label>'
        '<label>Password<input name="password" type="password" autocomplete="current-password" required '
        f'maxlength="1024"{at_password}></label><button type="submit">Log in</button></form></main></body></html>',
        status,
        {"Referrer-Policy": "same-origin"},  # so that the form says where it comes from
    )


def _attribute(text: str) -> str:
    return html.escape("".join(c for c in text[:2000] if c.isprintable()))


def _ours(wished: str) -> str:
    """The place to go on to: a path of this site, whatever was wished."""
    odd = any(c in "\\\x7f" or c <= " " or not c.isascii() for c in wished)
    if odd or not wished.startswith("/") or wished.startswith("//") or len(wished) > 2000:
        return "/"
    try:
        parts = urlsplit(wished)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc or parts.path.startswith("/login") else wished
