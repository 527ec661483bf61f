"""The server: the chat page at `/`, the pieces it fetches under `/page/`, and the programs' API under `/api/`."""

from __future__ import annotations

import socket
import threading
import urllib.request
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from app.passwords import Accounts
from app.ui import build_ui, mount
from app.web import (
    api,
    assets,
    conversations,
    intake,
    judgements,
    library,
    login,
    mcp,
    models,
    questions,
    reading,
    shared,
    suggestions,
)
from app.web.guard import Guard, PaceQuestions, Reach
from app.web.line import Line
from app.web.people import KnowPeople, Logins
from app.web.sessions import Sessions
from app.web.site import Site
from ingest.errors import UsageError

__all__ = ["Served", "build_app", "serve"]

_FIRST_PORT, _PORTS_TRIED = 7860, 100
_WAIT_S = 30
# Each has its routes.
_PARTS = (conversations, intake, judgements, library, models, questions, reading, shared, suggestions)


def build_app(site: Site, *, reach: Reach = Reach(), accounts: Accounts | None = None) -> FastAPI:
    """Everything that is served of `site`, to those of `accounts` alone where there are any.

    `reach` says where it will listen. Nothing runs before it is served.
    """
    app = FastAPI(title=site.title, docs_url=None, redoc_url=None, openapi_url=None)
    own = assets.load_assets()
    line = Line()
    programs = api.build_api(site, line)
    tools = mcp.make_tools(site, line) if site.mcp else ()
    for routes in (assets.routes(own), *(p.routes(site) for p in _PARTS), api.routes(programs)):
        app.include_router(routes)
    app.mount("/api/v1", programs)
    logins = Logins(accounts, Sessions(site.notebook, accounts)) if accounts is not None else None
    if logins is not None:
        app.include_router(login.routes(logins, site.title))
    if tools:
        mcp.at_short_address(app)
    app.add_middleware(PaceQuestions, pace=site.pace)  # the last one is the outermost
    app.add_middleware(KnowPeople, logins=logins)
    app.add_middleware(Guard, reach=reach)
    mount(app, build_ui(site, tools), own, mcp=bool(tools))  # last: it takes what no other route does
    return app


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs in a thread of this process."""

    address: str
    _server: uvicorn.Server
    _thread: threading.Thread

    def close(self) -> None:
        """End it; requests that are still open after a second are cut off."""
        self._server.should_exit = True
        self._thread.join(timeout=_WAIT_S)


def serve(app: FastAPI, host: str = "127.0.0.1", port: int | None = None) -> Served:
    """Serve `app` from a thread and return once its page answers.

    Without a port the first free one from 7860 is taken. Raises `UsageError` when the wished one is not free.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=60,
        ws="none",
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True, name="dateline-server")
    thread.start()
    name, number = listener.getsockname()[:2]
    shown = "127.0.0.1" if name == "0.0.0.0" else "::1" if name == "::" else name
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{number}"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(address, timeout=_WAIT_S):
        return Served(address, server, thread)


def _listen(host: str, port: int | None) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise UsageError(f"the chat cannot listen at {host}: it is not an address of this machine") from error
    for number in [port] if port else range(_FIRST_PORT, _FIRST_PORT + _PORTS_TRIED):
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address[0], number))
            listener.listen(256)
            return listener
        except OSError:
            listener.close()
    probe = socket.socket(family, kind)
    try:
        probe.bind((address[0], 0))
    except OSError as error:
        raise UsageError(f"the chat cannot listen at {host}: it is not an address of this machine") from error
    finally:
        probe.close()
    wished = f"port {port}" if port else f"no port from {_FIRST_PORT} to {_FIRST_PORT + _PORTS_TRIED - 1}"
    raise UsageError(
        f"opening the chat at {host}, {wished}: {'it is taken' if port else 'is free'}; choose another with --port"
    )
