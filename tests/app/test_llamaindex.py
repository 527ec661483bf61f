"""Our store and our answers, seen from LlamaIndex."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from llama_index.core.base.base_selector import BaseSelector, MultiSelection, SingleSelection
from llama_index.core.llms import ChatMessage, MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine, RouterQueryEngine
from llama_index.core.response_synthesizers.no_text import NoText
from llama_index.core.schema import QueryBundle, TextNode
from llama_index.core.tools import QueryEngineTool, ToolMetadata

from app.ask import AskOptions, ask
from app.llamaindex import DatelineChatEngine, DatelineQueryEngine, DatelineRetriever
from store import Filters, Store

QUERY = "ferry Aurora passengers aboard"


def test_nodes_are_the_stores_hits_in_their_order(tmp_store: Store) -> None:
    hits = tmp_store.search(QUERY, k=3)
    nodes = DatelineRetriever(tmp_store, k=3).retrieve(QUERY)
    assert [node.node_id for node in nodes] == [str(hit.passage.passage_id) for hit in hits]
    assert [node.score for node in nodes] == [hit.score for hit in hits]


def test_a_nodes_text_is_the_slice_of_its_source(tmp_store: Store) -> None:
    nodes = [found.node for found in DatelineRetriever(tmp_store).retrieve(QUERY)]
    assert nodes
    for node in nodes:
        assert isinstance(node, TextNode)
        text = tmp_store.source_text(node.metadata["source"])
        assert text[node.start_char_idx : node.end_char_idx] == node.text


def test_a_node_names_source_headline_outlet_and_day(tmp_store: Store) -> None:
    best = DatelineRetriever(tmp_store, k=1).retrieve(QUERY)[0].node
    assert best.metadata == {
        "source": "ferry.txt",
        "headline": "Ferry runs aground",
        "outlet": "Hallow Post",
        "published": "2021-03-03",
    }
    assert best.ref_doc_id == tmp_store.article("ferry.txt").article_id


def test_metadata_stays_out_of_what_is_embedded(tmp_store: Store) -> None:
    best = DatelineRetriever(tmp_store, k=1).retrieve(QUERY)[0].node
    assert "Hallow Post" not in best.get_content(metadata_mode="embed")


def test_the_retriever_keeps_to_its_filters(tmp_store: Store) -> None:
    nodes = DatelineRetriever(tmp_store, filters=Filters(sources=("town",))).retrieve(QUERY)
    assert {node.metadata["source"] for node in nodes} <= {"town/council.txt"}


async def _retrieve(retriever: DatelineRetriever) -> list[str]:
    return [node.node_id for node in await retriever.aretrieve(QueryBundle(QUERY))]


def test_the_retriever_works_asynchronously_too(tmp_store: Store) -> None:
    retriever = DatelineRetriever(tmp_store, k=2)
    assert asyncio.run(_retrieve(retriever)) == [node.node_id for node in retriever.retrieve(QUERY)]


def test_the_retriever_serves_a_query_engine_of_llamaindex(tmp_store: Store) -> None:
    engine = RetrieverQueryEngine(DatelineRetriever(tmp_store, k=2), response_synthesizer=NoText(llm=MockLLM()))
    assert len(engine.query(QUERY).source_nodes) == 2


@pytest.mark.parametrize("question", ["How many passengers were aboard the ferry?", "Who voted to close the market?"])
def test_the_engine_gives_the_answer_and_its_cited_spans(tmp_store: Store, question: str) -> None:
    options, day = AskOptions(threshold=0.0), dt.date(2022, 1, 1)
    answer = ask(question, store=tmp_store, as_of=day, options=options)
    response = DatelineQueryEngine(store=tmp_store, as_of=day, options=options).query(question)
    assert str(response) == answer.text
    assert answer.citations
    for node, citation in zip(response.source_nodes, answer.citations, strict=True):
        assert node.text == citation.quote
        assert (node.node.start_char_idx, node.node.end_char_idx) == (citation.start, citation.end)
        assert tmp_store.source_text(node.metadata["source"])[citation.start : citation.end] == node.text


def test_the_engine_says_that_and_why_it_abstained(tmp_store: Store) -> None:
    engine = DatelineQueryEngine(store=tmp_store, options=AskOptions(threshold=1.0))
    response = engine.query("Who won the chess championship in Oslo?")
    assert (response.source_nodes, response.metadata["abstained"]) == ([], True)
    assert str(response) == response.metadata["reason"]


SURE = AskOptions(threshold=0.0)
AROUND = "How many passengers were aboard the ferry?"


def test_the_engine_answers_asynchronously_without_holding_up_the_loop(tmp_store: Store) -> None:
    engine = DatelineQueryEngine(store=tmp_store, options=SURE)

    async def beside() -> tuple[str, int]:
        asking = asyncio.ensure_future(engine.aquery(AROUND))
        ticks = 0
        while not asking.done():
            ticks += 1
            await asyncio.sleep(0.001)
        return str(await asking), ticks

    text, ticks = asyncio.run(beside())
    assert text == str(engine.query(AROUND))
    assert ticks > 1


def test_a_stream_is_the_text_a_statement_at_a_time_with_its_sources(tmp_store: Store) -> None:
    whole = DatelineQueryEngine(store=tmp_store, options=SURE).query(AROUND)
    engine = DatelineQueryEngine(store=tmp_store, options=SURE, streaming=True)
    streamed = engine.query(AROUND)
    assert list(streamed.response_gen) == str(whole).splitlines(keepends=True)
    assert [n.node_id for n in streamed.source_nodes] == [n.node_id for n in whole.source_nodes]

    async def pieces() -> list[str]:
        return [piece async for piece in (await engine.aquery(AROUND)).async_response_gen()]

    assert asyncio.run(pieces()) == str(whole).splitlines(keepends=True)


def test_the_engine_serves_as_a_tool_and_behind_a_router(tmp_store: Store) -> None:
    engine = DatelineQueryEngine(store=tmp_store, options=SURE)
    about = ToolMetadata(name="articles", description="What the articles say, quoted and cited.")
    tool = QueryEngineTool(engine, about)
    assert str(tool.call(AROUND)) == str(engine.query(AROUND))
    router = RouterQueryEngine(selector=First(), query_engine_tools=[tool], llm=MockLLM())
    response = router.query(AROUND)
    assert str(response) == str(engine.query(AROUND))
    assert response.source_nodes


class First(BaseSelector):
    """Selects the first tool, without a language model."""

    def _select(self, choices: object, query: object) -> MultiSelection:
        return MultiSelection(selections=[SingleSelection(index=0, reason="there is no other")])

    async def _aselect(self, choices: object, query: object) -> MultiSelection:
        return self._select(choices, query)

    def _get_prompts(self) -> dict[str, object]:
        return {}

    def _update_prompts(self, prompts: object) -> None:
        pass


def test_a_conversation_understands_follow_ups_and_can_be_forgotten(tmp_store: Store) -> None:
    chat = DatelineChatEngine(tmp_store, options=SURE)
    first = "Who is captain of the ferry Aurora?"
    chat.chat(first)
    leaning = chat.chat("How many passengers were aboard it?")
    assert leaning.metadata["query"] != "How many passengers were aboard it?"
    assert [m.role.value for m in chat.chat_history] == ["user", "assistant"] * 2
    chat.reset()
    assert chat.chat_history == []
    told = [ChatMessage(role="user", content=first), ChatMessage(role="assistant", content="Mira Lunde.")]
    assert chat.chat("How many passengers were aboard it?", told).metadata == leaning.metadata


def test_a_conversation_is_streamed_and_awaited_alike(tmp_store: Store) -> None:
    text = str(DatelineQueryEngine(store=tmp_store, options=SURE).query(AROUND))
    assert "".join(DatelineChatEngine(tmp_store, options=SURE).stream_chat(AROUND).response_gen) == text

    async def awaited() -> tuple[str, str]:
        chat = DatelineChatEngine(tmp_store, options=SURE)
        streamed = await chat.astream_chat(AROUND)
        pieces = [piece async for piece in streamed.async_response_gen()]
        chat.reset()
        return "".join(pieces), str(await chat.achat(AROUND))

    assert asyncio.run(awaited()) == (text, text)
