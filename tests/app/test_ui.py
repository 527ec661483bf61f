from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.ui import build_ui, launch
from ingest.errors import UsageError
from tests.browser.invented_archive import FakeArchive, scripted_stream


@pytest.fixture
def ui() -> Iterator[gr.Blocks]:
    page = build_ui(scripted_stream, FakeArchive(), title="Ours & <b>theirs</b>")
    yield page
    page.close(verbose=False)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_building_serves_nothing(ui: gr.Blocks) -> None:
    assert not ui.is_running


def test_launching_gives_an_address_that_answers_and_a_page_that_may_ask_no_other_host(ui: gr.Blocks) -> None:
    address = launch(ui)
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(address, timeout=10) as response:
        page = response.read().decode()
    assert "Content-Security-Policy" in page
    assert "fonts.googleapis.com/css" not in page


def test_without_a_port_the_next_free_one_is_taken(ui: gr.Blocks) -> None:
    other = build_ui(scripted_stream, FakeArchive())
    first, second = launch(ui), launch(other)
    other.close(verbose=False)
    assert first != second


def test_a_wished_port_that_is_taken_is_an_error_in_words(ui: gr.Blocks, taken_port: int) -> None:
    with pytest.raises(UsageError, match=f"port {taken_port}.*--port"):
        launch(ui, "127.0.0.1", taken_port)


def test_a_wished_port_is_used(ui: gr.Blocks) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert launch(ui, "127.0.0.1", port) == f"http://127.0.0.1:{port}"


def test_questions_of_several_tabs_are_answered_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=20)

    def wait_for_the_others(
        question: str, *, history: Sequence[Turn], options: AskOptions
    ) -> Iterator[Statement | Answer]:
        together.wait()
        return scripted_stream(question, history=history, options=options)

    page = build_ui(wait_for_the_others, FakeArchive())
    try:
        address = launch(page)
        with ThreadPoolExecutor() as tabs:
            replies = list(tabs.map(lambda tab: asked(address, "Will the ferry sail?", tab=tab), range(3)))
    finally:
        page.close(verbose=False)
    assert all("dl-done" in reply and "did not work" not in reply for reply in replies)


def test_two_questions_at_once_in_one_conversation_are_both_kept() -> None:
    together = threading.Barrier(2, timeout=20)

    def wait_for_the_other(
        question: str, *, history: Sequence[Turn], options: AskOptions
    ) -> Iterator[Statement | Answer]:
        together.wait()
        return scripted_stream(question, history=history, options=options)

    page = build_ui(wait_for_the_other, FakeArchive())
    try:
        address = launch(page)
        with ThreadPoolExecutor() as tabs:
            replies = list(tabs.map(lambda tab: asked(address, f"Will ferry {tab} sail?", tab=tab, key="a"), range(2)))
    finally:
        page.close(verbose=False)
    assert sorted(reply.count("dl-turn") for reply in replies) == [1, 2]
    assert "c-2-1" in max(replies, key=len)


def asked(address: str, question: str, *, tab: int, key: str | None = None) -> str:
    """The conversation after `question`, asked as the page of one tab asks it."""
    with urllib.request.urlopen(f"{address}/config", timeout=20) as response:
        functions = json.load(response)["dependencies"]
    event = next(f["id"] for f in functions if ["submit"] in [t[1:] for t in f["targets"]] and len(f["inputs"]) == 2)
    wish = {"data": [question, (key or str(tab)) * 32], "fn_index": event, "session_hash": f"tab{tab}"}
    join = urllib.request.Request(
        f"{address}/gradio_api/queue/join", json.dumps(wish).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(join, timeout=20):
        pass
    with urllib.request.urlopen(f"{address}/gradio_api/queue/data?session_hash=tab{tab}", timeout=60) as events:
        for line in events:
            message = json.loads(line.removeprefix(b"data: ")) if line.startswith(b"data: ") else {}
            if message.get("msg") == "process_completed":
                return str(message["output"]["data"][1])
    raise AssertionError("the stream ended before the answer")
