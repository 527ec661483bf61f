"""The framework's page as the browser gets it, and none of the framework's other doors.

The framework evaluates strings: the little programs of app/ui.py, and templates. Here they are written into a script
of our own as functions, and the browser is told to evaluate nothing at all.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import secrets
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.assets import FOREVER
from app.web.guard import content_policy

__all__ = ["Shell"]

# What the page fetches of the framework; all else of it, such as its upload, file and proxy routes, is closed.
_READ = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/(?:assets|static|svelte)/[\w./@-]+"
    r"|/gradio_api/(?:queue/data|heartbeat/\w+|startup-events|app_id|theme\.css)",
    re.ASCII,
)
_WRITTEN = re.compile(r"/gradio_api/(?:queue/join|run/predict|cancel|reset)/?", re.ASCII)
_ASSISTANTS = re.compile(r"/gradio_api/mcp(?:/[\w./-]*)?", re.ASCII)  # each call names its own session
_SCRIPT = re.compile(rb"<script(?=[\s>])(.*?</script>)", re.DOTALL)  # with its end: what it holds is left alone
_HEAD = re.compile(rb"<head[^>]*>")
_BASE = re.compile(rb"<base[^>]*>")  # it names where the page is anyway
_MOST_TABS = 50_000

# The page calls `Function` and the constructor of async functions with texts. Those that are known are answered by the
# same as a function; any other goes to the browser, which refuses it.
_ANSWERING = """
  const shown = (names, values, name) => `${values[names.indexOf(name)]}`;
  const find = (parts) => {
    const names = parts.slice(0, -1).map(String);
    const text = parts.length ? String(parts[parts.length - 1]) : "";
    if (known.has(text)) return known.get(text);
    const constant = /^return ("(?:[^"\\\\]|\\\\.)*");$/.exec(text.trim());
    if (constant) return () => JSON.parse(constant[1]);
    if (text === "return ``;") return () => "";
    const value = /^return `\\$\\{(\\w+)\\}`;$/.exec(text);
    return value && names.includes(value[1]) ? (...values) => shown(names, values, value[1]) : null;
  };
  const instead = (real) => new Proxy(real, {
    apply: (target, self, parts) => find(parts) || Reflect.apply(target, self, parts),
    construct: (target, parts, made) => find(parts) || Reflect.construct(target, parts, made),
  });
  const later = Object.getPrototypeOf(async () => {});
  Object.defineProperty(later, "constructor", { value: instead(later.constructor) });
  window.Function = instead(Function);
"""


def _programs_script(config: Mapping[str, object]) -> tuple[str, str]:
    """Path and text of the script that knows the little programs of the page, as its `config` lists them."""
    known = "".join(f"    [{_quoted(text)}, {function}],\n" for text, function in dict(_programs(config)).items())
    script = f'(() => {{\n  "use strict";\n  const known = new Map([\n{known}  ]);{_ANSWERING}}})();\n'
    return f"/page/programs-{hashlib.sha256(script.encode()).hexdigest()[:16]}.js", script


def _programs(config: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The texts that the framework would evaluate, and for each the function that it comes to."""
    for event in _listed(config, "dependencies"):
        if isinstance(event.get("js"), str):
            expression = re.sub(r";+$", "", str(event["js"]).strip())
            yield f"return (\n{expression}\n);", f"async () => (\n{expression}\n)"
    for component in _listed(config, "components"):
        props = component.get("props")
        program = props.get("js_on_load") if isinstance(props, dict) else None
        if isinstance(program, str):
            yield program, f"(element, trigger, props, server, upload, watch) => {{\n{program}\n}}"


def _listed(config: Mapping[str, object], name: str) -> list[dict[str, object]]:
    listed = config.get(name)
    return [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []


class Shell:
    """ASGI app around the framework's: its page under a policy, the routes that the page uses, each tab its own.

    `config` is the framework's description of the page. A tab's events reach who began the tab alone; without logins
    nobody is known well enough for that.
    """

    def __init__(self, app: ASGIApp, config: Mapping[str, object], *, mcp: bool = False) -> None:
        self._app = app
        self._mcp = mcp
        self._programs_path, self._programs = _programs_script(config)
        self._tabs: OrderedDict[str, str] = OrderedDict()  # whose each is

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, reads = scope["path"], scope["method"] in ("GET", "HEAD")
        writes = scope["method"] == "POST" and _WRITTEN.fullmatch(path)
        if reads and path == self._programs_path:
            await Response(self._programs, headers=FOREVER, media_type="text/javascript")(scope, receive, send)
        elif self._mcp and _ASSISTANTS.fullmatch(path):
            await self._app(scope, receive, send)
        elif not (writes or (reads and _READ.fullmatch(path))) or ".." in path:
            await JSONResponse({"detail": "There is nothing here."}, 404)(scope, receive, send)
        elif path == "/":
            await self._page(scope, receive, send)
        elif not path.startswith("/gradio_api/"):
            await self._app(scope, receive, send)
        else:
            body = await _whole(receive) if writes else b""
            if self._is_own(scope, path, body):
                await self._app(scope, _again(body, receive) if writes else receive, send)
            else:
                await JSONResponse({"detail": "That is of somebody else."}, 403)(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The page itself: its own scripts get a nonce, ours comes before them, and who is logged in is told."""
        nonce = secrets.token_urlsafe(16)
        plain = [(n, v) for n, v in scope["headers"] if n != b"accept-encoding"]
        name = html.escape(str(scope.get("state", {}).get("name", "")))
        first = f'<meta name="dateline-person" content="{name}"><script src="{self._programs_path}"></script>'
        started: Message = {}
        parts: list[bytes] = []

        async def rewrite(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
                return
            if message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
            if message["type"] != "http.response.body" or message.get("more_body"):
                return
            page = _SCRIPT.sub(f'<script nonce="{nonce}"'.encode() + rb"\1", b"".join(parts))
            page = _BASE.sub(b"", page, count=1)
            page = _HEAD.sub(lambda head: head[0] + first.encode(), page, count=1)
            headers = MutableHeaders(scope=started)
            headers["Content-Security-Policy"] = content_policy(nonce)
            headers["Cache-Control"] = "no-store"
            if scope["method"] != "HEAD":
                headers["Content-Length"] = str(len(page))
            await send(started)
            await send({"type": "http.response.body", "body": page if scope["method"] != "HEAD" else b""})

        await self._app({**scope, "headers": plain}, receive, rewrite)

    def _is_own(self, scope: Scope, path: str, body: bytes) -> bool:
        state = scope.get("state", {})
        if not state.get("name"):
            return True
        tab = _tab(scope, path, body)
        owner = self._tabs.setdefault(tab, state["person"]) if tab else state["person"]
        while len(self._tabs) > _MOST_TABS:
            self._tabs.popitem(last=False)
        return bool(owner == state["person"])


def _tab(scope: Scope, path: str, body: bytes) -> str:
    """The name that a tab gave itself, wherever the framework sends it."""
    if body:
        try:
            told = json.loads(body)
        except ValueError:
            return ""
        return str(told.get("session_hash") or "") if isinstance(told, dict) else ""
    if path.startswith("/gradio_api/heartbeat/"):
        return str(path).rpartition("/")[2]
    query: bytes = scope["query_string"]
    return parse_qs(query.decode("latin-1")).get("session_hash", [""])[-1]


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """`receive` that tells `body` once more, then what comes after it."""
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _quoted(text: str) -> str:
    return json.dumps(text).replace("<", "\\u003c")
