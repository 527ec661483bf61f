from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.notebook.file import NotebookFile
from app.web.server import Served, build_app, serve
from app.web.site import AskStream, Site
from ingest.errors import UsageError
from tests.browser.invented_archive import FakeArchive, scripted_stream


class Servers:
    """Servers of the invented articles, closed at the end of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: list[Served] = []

    def start(self, ask: AskStream = scripted_stream, host: str = "127.0.0.1", port: int | None = None) -> str:
        notebook = NotebookFile(self.folder / f"{len(self.opened)}.sqlite")
        site = Site(ask, FakeArchive(), notebook, title="Ours & <b>theirs</b>")
        self.opened.append(serve(build_app(site), host, port))
        return self.opened[-1].address


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    started = Servers(tmp_path)
    yield started
    for served in started.opened:
        served.close()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_the_page_is_served_at_an_address_of_this_machine_and_may_ask_no_other_host(servers: Servers) -> None:
    address = servers.start()
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(address, timeout=10) as response:
        page, policy = response.read().decode(), response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "fonts.googleapis.com/css" not in page


def test_without_a_port_the_next_free_one_is_taken(servers: Servers) -> None:
    assert servers.start() != servers.start()


def test_a_wished_port_that_is_taken_is_an_error_in_words(servers: Servers, taken_port: int) -> None:
    with pytest.raises(UsageError, match=f"port {taken_port}.*--port"):
        servers.start(port=taken_port)


def test_a_wished_port_is_used(servers: Servers) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert servers.start(port=port) == f"http://127.0.0.1:{port}"


def waiting_for(together: threading.Barrier) -> AskStream:
    """Answers once as many are asked at the same time as `together` waits for."""

    def ask(question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        together.wait()
        return scripted_stream(question, history=history, options=options)

    return ask


def test_questions_of_several_tabs_are_answered_at_the_same_time(servers: Servers) -> None:
    address = servers.start(waiting_for(threading.Barrier(2, timeout=20)))
    with ThreadPoolExecutor() as tabs:
        replies = list(tabs.map(lambda tab: asked(address, "Will the ferry sail?", tab=tab), range(2)))
    assert all("dl-done" in reply and "did not work" not in reply for reply in replies)


def test_two_questions_at_once_in_one_conversation_are_both_kept(servers: Servers) -> None:
    address = servers.start(waiting_for(threading.Barrier(2, timeout=20)))
    with ThreadPoolExecutor() as tabs:
        replies = list(tabs.map(lambda tab: asked(address, f"Will ferry {tab} sail?", tab=tab, key="a"), range(2)))
    assert "c-2-1" in max(replies, key=len)


def asked(address: str, question: str, *, tab: int, key: str | None = None) -> str:
    """The conversation after `question`, asked as the page of one tab asks it."""
    with urllib.request.urlopen(f"{address}/config", timeout=20) as response:
        functions = json.load(response)["dependencies"]
    event = next(f["id"] for f in functions if ["submit"] in [t[1:] for t in f["targets"]] and len(f["inputs"]) == 2)
    sent = json.dumps({"conversation": (key or str(tab)) * 32, "scope": {}})
    wish = {"data": [question, sent], "fn_index": event, "session_hash": f"tab{tab}"}
    join = urllib.request.Request(
        f"{address}/gradio_api/queue/join",
        json.dumps(wish).encode(),
        {"Content-Type": "application/json", "Cookie": f"dateline-person={'e' * 32}"},
    )
    with urllib.request.urlopen(join, timeout=20):
        pass
    with urllib.request.urlopen(f"{address}/gradio_api/queue/data?session_hash=tab{tab}", timeout=60) as events:
        for line in events:
            message = json.loads(line.removeprefix(b"data: ")) if line.startswith(b"data: ") else {}
            if message.get("msg") == "process_completed":
                return str(message["output"]["data"][1])
    raise AssertionError("the stream ended before the answer")
