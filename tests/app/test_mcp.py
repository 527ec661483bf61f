"""What assistants may do, called by a real client of the Model Context Protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from app.__main__ import main
from app.answer import Answer, Statement, Turn
from app.ask import AskOptions, ask, ask_stream
from app.notebook.file import NotebookFile
from app.web import mcp as assistants
from app.web.line import Line
from app.web.server import build_app, serve
from app.web.site import Site
from ingest.errors import UsageError
from store import Store
from tests.browser.invented_archive import FakeArchive, scripted_stream

T = TypeVar("T")
QUESTION = "How many passengers were aboard the ferry?"
NOT_INSTALLED = "the extra `mcp` is not installed: `make test-mcp` installs it and runs this"
TOOLS = ["ask", "search_articles", "read_article"]


def site_of(store: Store, folder: Path) -> Site:
    """A site that also says what it is unsure of, unless no threshold is low enough."""

    def answering(question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        sure = replace(options, threshold=1.0 if "chess" in question else 0.0)
        return ask_stream(question, history=history, store=store, options=sure)

    return Site(answering, store, NotebookFile(folder / "notebook.sqlite"), mcp=True)


# --- without the extra ----------------------------------------------------------------------------------------------


@pytest.fixture
def tools(tmp_store: Store, tmp_path: Path) -> dict[str, assistants.Tool]:
    return {tool.__name__: tool for tool in assistants.make_tools(site_of(tmp_store, tmp_path), Line())}


def call(tool: assistants.Tool, *arguments: object, **named: object) -> Any:
    async def called() -> str:
        return await tool(*arguments, **named)

    return json.loads(asyncio.run(called()))


def test_every_tool_tells_the_assistant_what_it_and_each_of_its_fields_is(tools: dict[str, assistants.Tool]) -> None:
    for tool in tools.values():
        told = tool.__doc__ or ""
        assert all(f"            {name}: " in told for name in tool.__annotations__ if name != "return")
        assert "JSON" in told


def test_an_answer_has_its_text_and_exact_citations(tools: dict[str, assistants.Tool], tmp_store: Store) -> None:
    answer = call(tools["ask"], QUESTION, as_of="2022-01-01")
    options = AskOptions(threshold=0.0)
    assert answer["answer"] == ask(QUESTION, store=tmp_store, as_of="2022-01-01", options=options).text
    assert answer["citations"]
    for c in answer["citations"]:
        assert tmp_store.source_text(c["source"])[c["start"] : c["end"]] == c["quote"]
        read = call(tools["read_article"], c["source"], c["start"], c["end"] - c["start"])
        assert read["text"] == c["quote"]


def test_a_follow_up_leans_on_the_earlier_questions(tools: dict[str, assistants.Tool]) -> None:
    leaning = call(tools["ask"], "How many passengers were aboard it?", ["Who is captain of the ferry Aurora?"])
    assert leaning["query"] != "How many passengers were aboard it?"


def test_an_abstention_says_why(tools: dict[str, assistants.Tool]) -> None:
    answer = call(tools["ask"], "Who won the chess championship?")
    assert (answer["abstained"], answer["citations"]) == (True, [])
    assert answer["reason"] == answer["answer"]


def test_words_are_found_with_their_place(tools: dict[str, assistants.Tool], tmp_store: Store) -> None:
    found = call(tools["search_articles"], "old fish market", published_from="2021-05-01")
    place = found["found"][0]
    assert found["exact"]
    assert tmp_store.source_text(place["source"])[place["start"] : place["end"]] == "old fish market"


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("ask", {"question": ""}, "question"),
        ("ask", {"question": "x" * 4001}, "4000"),
        ("ask", {"question": "Who?", "as_of": "soon"}, "as_of"),
        ("ask", {"question": "Who?", "sources": ["../secret"]}, "../secret"),
        ("ask", {"question": "Who?", "earlier_questions": ["Who?"] * 51}, "history"),
        ("search_articles", {"words": "x", "limit": 1000}, "limit"),
        ("search_articles", {"words": "x", "published_from": "soon"}, "2021-03-01"),
        ("read_article", {"source": "../../etc/passwd"}, "no article"),
        ("read_article", {"source": "ferry.txt", "length": 10**6}, "length"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    tools: dict[str, assistants.Tool], tool: str, arguments: dict[str, object], says: str
) -> None:
    with pytest.raises(UsageError, match=says.replace(".", r"\.")):
        call(tools[tool], **arguments)


def test_a_fault_of_ours_tells_nothing_of_its_inside(tmp_path: Path) -> None:
    site = Site(scripted_stream, FakeArchive(), NotebookFile(tmp_path / "notebook.sqlite"))
    with pytest.raises(RuntimeError, match="inside Dateline"):
        call(assistants.make_tools(site, Line())[0], "a crash")


def test_without_the_extra_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(assistants, "find_spec", lambda name: None)
    assert main(["chat", "--mcp", "--store", "nowhere"]) == 2
    assert "dateline[mcp]" in capsys.readouterr().err


# --- with it --------------------------------------------------------------------------------------------------------


@pytest.fixture
def address(tmp_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    pytest.importorskip("mcp", reason=NOT_INSTALLED)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served = serve(build_app(site_of(tmp_store, tmp_path)))
    yield served.address
    served.close()


def as_client(address: str, act: Callable[[Any], Awaitable[T]]) -> T:
    """What `act` makes of a session with the server."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def connected() -> T:
        async with (
            streamablehttp_client(address) as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            return await act(session)

    return asyncio.run(connected())


@pytest.mark.parametrize("path", ["/mcp", "/mcp/", "/gradio_api/mcp/"])
def test_a_client_finds_these_tools_and_nothing_of_the_page(address: str, path: str) -> None:
    async def listed(session: Any) -> Any:
        return (await session.list_tools()).tools

    tools = as_client(address + path, listed)
    assert [tool.name for tool in tools] == TOOLS
    assert all(field["description"] for tool in tools for field in tool.inputSchema["properties"].values())
    assert tools[0].inputSchema["required"] == ["question"]


def test_a_client_gets_an_answer_whose_citations_it_can_check(address: str, tmp_store: Store) -> None:
    async def asked(session: Any) -> Any:
        return await session.call_tool("ask", {"question": QUESTION, "sources": ["ferry.txt"]})

    result = as_client(f"{address}/mcp", asked)
    answer = json.loads(result.content[0].text)
    assert not result.isError and answer["citations"]
    for c in answer["citations"]:
        assert tmp_store.source_text(c["source"])[c["start"] : c["end"]] == c["quote"]


def test_a_client_is_told_what_is_wrong_in_words(address: str) -> None:
    async def refused(session: Any) -> Any:
        wrong = {"ask": {"question": "?!"}, "read_article": {"source": "/etc/passwd"}, "respond": {}}
        return [await session.call_tool(name, arguments) for name, arguments in wrong.items()]

    results = as_client(f"{address}/mcp", refused)
    assert all(r.isError for r in results)
    assert "holds no words" in results[0].content[0].text
    assert "no article at '/etc/passwd'" in results[1].content[0].text


def test_several_clients_ask_at_once(address: str) -> None:
    async def asked(session: Any) -> Any:
        return await asyncio.gather(*(session.call_tool("ask", {"question": QUESTION}) for _ in range(5)))

    results = as_client(f"{address}/mcp", asked)
    assert len({r.content[0].text for r in results}) == 1
    assert not any(r.isError for r in results)
