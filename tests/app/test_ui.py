from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator

import gradio as gr
import pytest

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
