"""A language model's server that does what a test tells it to, in OpenAI's protocol and in Ollama's, on this host."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

MODEL = "tiny-model"


@dataclass(frozen=True)
class Request:
    """What a server was sent; the names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def told(self) -> dict[str, Any]:
        """The body of a question to a model."""
        return dict(json.loads(self.body))


class Exchange:
    """One request and how it is answered; whatever is written after the client hung up raises `OSError`."""

    def __init__(self, handler: _Handler, request: Request, hung_up: threading.Event) -> None:
        self.request = request
        self.is_ollama = request.path.endswith("/api/chat")
        self.hung_up = hung_up
        self._handler = handler
        self._chunked = False

    def head(
        self,
        status: int = 200,
        *,
        kind: str | None = None,
        chunked: bool = True,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        """The status and the headers; not `chunked`, the end of the body is that of the connection."""
        self._chunked = chunked
        self._handler.send_response(status)
        usual = "application/x-ndjson" if self.is_ollama else "text/event-stream"
        for name, value in [("Content-Type", kind or usual), ("Connection", "close"), *headers]:
            self._handler.send_header(name, value)
        if chunked:
            self._handler.send_header("Transfer-Encoding", "chunked")
        self._handler.end_headers()

    def raw(self, data: bytes) -> None:
        """Some bytes of the body."""
        self._check()
        framed = f"{len(data):x}\r\n".encode() + data + b"\r\n" if self._chunked else data
        self._handler.wfile.write(framed)
        self._handler.wfile.flush()

    def say(self, text: str) -> None:
        """Some words of the model."""
        self.raw(event(text, is_ollama=self.is_ollama))

    def end(self, reason: str = "stop") -> None:
        """The end of a reply, why it ends, and what it took."""
        self.raw(event("", is_ollama=self.is_ollama, reason=reason))
        if not self.is_ollama:
            self.raw(b"data: [DONE]\n\n")
        self.close()

    def close(self) -> None:
        """The end of the body, as it should be."""
        if self._chunked:
            self._handler.wfile.write(b"0\r\n\r\n")

    def wait(self, seconds: float) -> None:
        """Do nothing for so long, or until the client hangs up."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._check()
            time.sleep(0.01)

    def _check(self) -> None:
        connection = self._handler.connection
        if select.select([connection], [], [], 0)[0] and not connection.recv(1, socket.MSG_PEEK):
            self.hung_up.set()
            raise BrokenPipeError("the client hung up")


Step = Callable[[Exchange], None]


def event(text: str, *, is_ollama: bool = False, reason: str | None = None) -> bytes:
    """One event of a stream."""
    if is_ollama:
        row: dict[str, Any] = {"model": MODEL, "created_at": "2024-01-01T00:00:00Z", "done": reason is not None}
        row["message"] = {"role": "assistant", "content": text}
        if reason is not None:
            row |= {"done_reason": reason, "prompt_eval_count": 300, "eval_count": 20}
        return json.dumps(row).encode() + b"\n"
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": reason}
    chunk: dict[str, Any] = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
    chunk["choices"] = [choice]
    if reason is not None:
        chunk["usage"] = {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


# --- what it can be told to do ----------------------------------------------------------------------------------------


def says(*pieces: str, reason: str = "stop", every_s: float = 0.0) -> Step:
    """A reply as it should be."""

    def step(exchange: Exchange) -> None:
        exchange.head()
        for piece in pieces:
            exchange.say(piece)
            exchange.wait(every_s)
        exchange.end(reason)

    return step


def goes_on(piece: str, *, every_s: float = 0.0) -> Step:
    """The same piece without an end."""

    def step(exchange: Exchange) -> None:
        exchange.head()
        while True:
            exchange.say(piece)
            exchange.wait(every_s)

    return step


def counts_on(line: str) -> Step:
    """Lines without an end, of which no two are the same: `line` has a place for a number."""

    def step(exchange: Exchange) -> None:
        exchange.head()
        n = 0
        while True:
            n += 1
            exchange.say(line.format(n))

    return step


def breaks_off(*pieces: str, cleanly: bool = False) -> Step:
    """A reply whose connection ends behind `pieces`; `cleanly`, nothing in HTTP tells that from a whole one."""

    def step(exchange: Exchange) -> None:
        exchange.head(chunked=not cleanly)
        for piece in pieces:
            exchange.say(piece)

    return step


def is_silent(*, with_head: bool = False) -> Step:
    """No word, until the client has had enough."""

    def step(exchange: Exchange) -> None:
        if with_head:
            exchange.head()
        exchange.wait(60)

    return step


def repeats(data: bytes, *, every_s: float = 0.0, chunked: bool = True, kind: str | None = None) -> Step:
    """The same bytes without an end."""

    def step(exchange: Exchange) -> None:
        exchange.head(chunked=chunked, kind=kind)
        while True:
            exchange.raw(data)
            exchange.wait(every_s)

    return step


def sends(data: bytes, *, status: int = 200, kind: str | None = None, headers: Sequence[tuple[str, str]] = ()) -> Step:
    """Some bytes as they are, with a status."""

    def step(exchange: Exchange) -> None:
        exchange.head(status, kind=kind, chunked=False, headers=headers)
        exchange.raw(data)

    return step


def fails(status: int, message: str = "no", *, headers: Sequence[tuple[str, str]] = ()) -> Step:
    """A status of failure with a body as servers have it."""
    told = {"error": {"message": message, "code": status}}
    body = json.dumps(told).encode()
    return sends(body, status=status, kind="application/json", headers=[("Content-Length", str(len(body))), *headers])


def hangs_up(exchange: Exchange) -> None:
    """Not even a status."""


# --- the server -------------------------------------------------------------------------------------------------------


@dataclass
class ModelServer:
    """A server at `address`: the steps are taken one a question, and the last one again for each that follows."""

    port: int
    steps: list[Step] = field(default_factory=list)
    models: tuple[str, ...] | Step = (MODEL,)
    requests: list[Request] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def asked(self) -> list[Request]:
        """The requests that carry a question."""
        return [r for r in self.requests if r.method == "POST"]

    def does(self, *steps: Step) -> None:
        """What it does from now on."""
        self.steps = list(steps)

    def next_step(self) -> Step:
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]


@contextmanager
def model_server(*steps: Step, models: tuple[str, ...] | Step = (MODEL,)) -> Iterator[ModelServer]:
    """A running server at a free port."""

    class Handler(_Handler):
        pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.block_on_close = False
    server = ModelServer(http.server_address[1], list(steps), models)
    Handler.server_of_test = server
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join(timeout=10)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of_test: ClassVar[ModelServer]

    def do_GET(self) -> None:
        exchange = self._exchange()
        models = self.server_of_test.models
        if callable(models):
            self._take(models, exchange)
            return
        rows = [{"id": name, "name": name, "object": "model"} for name in models]
        body = json.dumps({"object": "list", "data": rows, "models": rows}).encode()
        self._take(sends(body, kind="application/json", headers=[("Content-Length", str(len(body)))]), exchange)

    def do_POST(self) -> None:
        self._take(self.server_of_test.next_step(), self._exchange())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what a test wants to know, it asks."""

    def _exchange(self) -> Exchange:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        self.server_of_test.requests.append(request)
        return Exchange(self, request, self.server_of_test.hung_up)

    def _take(self, step: Step, exchange: Exchange) -> None:
        self.close_connection = True
        try:
            step(exchange)
        except OSError:
            self.server_of_test.hung_up.set()
