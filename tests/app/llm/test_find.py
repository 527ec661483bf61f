from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.llm import find
from app.llm.connect import read_address
from app.llm.find import PORTS, Server, find_servers
from app.llm.model import shown_name

# What listens at a port sends, by path: a status and a body, or what it does instead.
Replies = dict[str, tuple[int, bytes] | Callable[[BaseHTTPRequestHandler], None]]
Listen = Callable[[Replies], int]


def listed(*names: object, owner: str = "llamacpp") -> Replies:
    rows = [{"id": name, "object": "model", "owned_by": owner} for name in names]
    return {"/v1/models": (200, json.dumps({"object": "list", "data": rows}).encode())}


@pytest.fixture
def asked() -> list[str]:
    """The paths that were asked for, on whichever port."""
    return []


@pytest.fixture
def listen(asked: list[str]) -> Iterator[Listen]:
    """Servers at free ports of this machine."""
    servers: list[ThreadingHTTPServer] = []

    def start(replies: Replies) -> int:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                reply = replies.get(self.path, (404, b"{}"))
                if not isinstance(reply, tuple):
                    reply(self)
                    return
                self.send_response(reply[0])
                self.send_header("Content-Length", str(len(reply[1])))
                self.end_headers()
                self.wfile.write(reply[1])

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return int(server.server_address[1])

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the packages for language models were installed."""
    monkeypatch.setattr(find, "find_spec", lambda name: object())


def test_the_usual_ports_are_looked_at_and_no_others() -> None:
    assert list(PORTS) == [11434, 8080, 8000, 1234]


def test_a_server_is_found_with_its_address_its_models_and_what_it_says_it_is(listen: Listen) -> None:
    port = listen(listed("SmolLM2-135M-Instruct.Q4_1.gguf", "other"))
    (server,) = find_servers({port: ""})
    models = ("SmolLM2-135M-Instruct.Q4_1.gguf", "other")
    assert server == Server(f"http://127.0.0.1:{port}/v1", models, "llama.cpp")
    assert server.port == port
    address = read_address(server.address)
    assert address.text == server.address
    assert address.place == f"on this machine, port {port}"


def test_ollama_is_asked_in_its_own_way_at_its_own_port(
    listen: Listen, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = listen({"/api/tags": (200, b'{"models": [{"name": "llama3.2:3b"}, {"name": "qwen3:4b"}]}')})
    monkeypatch.setattr("app.llm.connect._OLLAMA_PORT", port)
    assert find_servers({port: "Ollama"}) == (
        Server(f"http://127.0.0.1:{port}", ("llama3.2:3b", "qwen3:4b"), "Ollama"),
    )
    assert asked == ["/api/tags"]


def test_what_does_not_say_what_it_is_is_called_as_what_usually_listens_there(listen: Listen) -> None:
    one, other = listen(listed("a", owner="somebody")), listen(listed("b", owner="vllm"))
    assert [s.called for s in find_servers({one: "LM Studio", other: ""})] == ["LM Studio", "vLLM"]
    assert [s.called for s in find_servers({one: ""})] == [""]


def test_several_are_found_in_the_order_of_the_ports(listen: Listen) -> None:
    ports = [listen(listed(name)) for name in "abc"]
    assert [s.models for s in find_servers(dict.fromkeys(ports, ""))] == [("a",), ("b",), ("c",)]


def test_models_that_word_nothing_and_names_that_cannot_be_shown_are_left_out(listen: Listen) -> None:
    strange = ["nomic-embed-text", "bge-reranker", "a\x1b[31mb", "\u202eabc", "\ud800", "x" * 300, "", " ", 7, None]
    port = listen(listed(*strange, "<b>qwen</b>", "<b>qwen</b>"))
    assert [s.models for s in find_servers({port: ""})] == [("<b>qwen</b>",)]
    assert find_servers({listen(listed("nomic-embed-text")): ""}) == ()


def dribbles(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b" ")
        time.sleep(0.05)


@pytest.mark.parametrize(
    "replies",
    [
        {},
        {"/v1/models": (200, b"<!doctype html>")},
        {"/v1/models": (200, b"[]")},
        {"/v1/models": (200, b'{"data": null}')},
        {"/v1/models": (200, b'{"data": [1, "a", null]}')},
        {"/v1/models": (200, b'{"data": []}')},
        {"/v1/models": (200, b"[" * 200_000)},
        {"/v1/models": (200, b'{"data": [{"id": "' + b"a" * 2_000_000 + b'"}]}')},
        {"/v1/models": (500, b'{"data": [{"id": "a"}]}')},
        {"/v1/models": (401, b'{"data": [{"id": "a"}]}')},
        {"/v1/models": lambda request: time.sleep(3)},
        {"/v1/models": dribbles},
        {"/v1/models": lambda request: request.connection.close()},
    ],
)
def test_whatever_else_listens_there_is_no_server_and_holds_nobody_up(listen: Listen, replies: Replies) -> None:
    ports = {listen(replies): "", listen(listed("a")): ""}
    began = time.monotonic()
    assert [s.models for s in find_servers(ports, within_s=1.0)] == [("a",)]
    assert time.monotonic() - began < 2.5


def test_a_redirect_is_not_followed(listen: Listen, asked: list[str]) -> None:
    real = listen(listed("a"))

    def elsewhere(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", f"http://127.0.0.1:{real}/v1/models")
        request.end_headers()

    assert find_servers({listen({"/v1/models": elsewhere}): ""}) == ()
    assert len(asked) == 1


def test_a_proxy_of_the_environment_is_not_asked(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    port = listen(listed("a"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")
    assert [s.models for s in find_servers({port: ""})] == [("a",)]


def test_nothing_is_found_where_nothing_listens() -> None:
    assert find_servers({9: ""}) == ()


def test_nothing_is_asked_where_packages_are_missing(
    listen: Listen, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = listen(listed("a"))

    def missing(name: str) -> object:
        raise ModuleNotFoundError(name)

    for spec in (missing, lambda name: None):
        monkeypatch.setattr(find, "find_spec", spec)
        assert find_servers({port: ""}) == ()
    assert asked == []


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("llama3.2:3b", "llama3.2:3b"),
        ("org/model", "org/model"),
        ("/home/ada/models/SmolLM2.Q4_1.gguf", "SmolLM2.Q4_1"),
        ("C:\\models\\SmolLM2.GGUF", "SmolLM2"),
        (".gguf", "without a name"),
    ],
)
def test_a_model_is_called_without_the_folders_of_its_weights(model: str, shown: str) -> None:
    assert shown_name(model) == shown
