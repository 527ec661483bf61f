"""Our store and our answers, seen from LlamaIndex."""

from __future__ import annotations

import datetime as dt

import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers.no_text import NoText
from llama_index.core.schema import QueryBundle, TextNode

from app.ask import AskOptions, ask
from app.llamaindex import DatelineQueryEngine, DatelineRetriever
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
    import asyncio

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
