"""Our retriever and query engine as LlamaIndex's, for those who build with it.

Nodes are read-only views: a passage's or a citation's exact span of its source text, and where it comes from. With
`llama_index` on one side and `Store` and `ask` on the other, nothing is decided here.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator, Sequence

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.base.response.schema import AsyncStreamingResponse, Response, StreamingResponse
from llama_index.core.chat_engine.types import AgentChatResponse, BaseChatEngine, StreamingAgentChatResponse
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode
from pydantic import Field, SkipValidation

from app.answer import Answer, Citation, Turn
from app.ask import AskOptions, ask
from store import Filters, Hit, Store

__all__ = ["DatelineChatEngine", "DatelineQueryEngine", "DatelineRetriever"]


class DatelineRetriever(BaseRetriever):  # type: ignore[misc]
    """Retrieves passages of an opened store. Node ids are passage ids; scores are the store's, best first."""

    def __init__(self, store: Store, *, k: int = 20, filters: Filters | None = None) -> None:
        super().__init__()
        self._store = store
        self._k = k
        self._filters = filters or Filters()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._store.search(query_bundle.query_str, k=self._k, filters=self._filters)
        return [NodeWithScore(node=_passage_node(hit), score=hit.score) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class DatelineQueryEngine(CustomQueryEngine):  # type: ignore[misc]
    """Answers from an opened store, as `app.ask` does, without a language model.

    The response's `source_nodes` are the cited spans in the order of their markers. Its metadata says whether it
    abstained and why; the text of an abstention is the reason. With `streaming` the text comes a statement at a time.
    """

    store: SkipValidation[Store]
    as_of: dt.date | None = None
    options: SkipValidation[AskOptions] = Field(default_factory=AskOptions)
    streaming: bool = False

    def custom_query(self, query_str: str) -> Response | StreamingResponse:
        """The answer to one question, asked on its own."""
        answer = self._answer(query_str)
        if self.streaming:
            return StreamingResponse(_lines(answer), _cited(answer), _told(answer))
        return Response(answer.text, _cited(answer), _told(answer))

    async def acustom_query(self, query_str: str) -> Response | AsyncStreamingResponse:
        """The same, while the event loop goes on."""
        answer = await asyncio.to_thread(self._answer, query_str)
        if self.streaming:
            return AsyncStreamingResponse(_alines(answer), _cited(answer), _told(answer))
        return Response(answer.text, _cited(answer), _told(answer))

    def _answer(self, question: str) -> Answer:
        return ask(question, store=self.store, as_of=self.as_of, options=self.options)


class DatelineChatEngine(BaseChatEngine):  # type: ignore[misc]
    """A conversation over an opened store: a follow-up is understood from what was asked before. One at a time.

    Where a `chat_history` is given, its user's messages are the questions before, and are asked again in turn.
    """

    def __init__(self, store: Store, *, as_of: dt.date | None = None, options: AskOptions = AskOptions()) -> None:
        self._store = store
        self._as_of = as_of
        self._options = options
        self._turns: tuple[Turn, ...] = ()

    def reset(self) -> None:
        """Forget what was asked."""
        self._turns = ()

    @property
    def chat_history(self) -> list[ChatMessage]:
        """What was asked and answered, as messages."""
        told = ((MessageRole.USER, t.question) if n == 0 else (MessageRole.ASSISTANT, t.answer.text)
                for t in self._turns for n in (0, 1))  # fmt: skip
        return [ChatMessage(role=role, content=words) for role, words in told]

    def chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        """The answer to `message`."""
        answer = self._answer(message, chat_history)
        return AgentChatResponse(answer.text, source_nodes=_cited(answer), metadata=_told(answer))

    async def achat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        """The same, while the event loop goes on."""
        return await asyncio.to_thread(self.chat, message, chat_history)

    def stream_chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> StreamingAgentChatResponse:
        """The answer a statement at a time."""
        answer = self._answer(message, chat_history)
        return StreamingAgentChatResponse(
            chat_stream=map(_piece, _lines(answer)), source_nodes=_cited(answer), is_writing_to_memory=False
        )

    async def astream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """The same, while the event loop goes on."""
        answer = await asyncio.to_thread(self._answer, message, chat_history)
        pieces = (_piece(line) async for line in _alines(answer))
        return StreamingAgentChatResponse(achat_stream=pieces, source_nodes=_cited(answer), is_writing_to_memory=False)

    def _answer(self, question: str, messages: Sequence[ChatMessage] | None) -> Answer:
        history: Sequence[Turn | str] = self._turns
        if messages is not None:
            history = [m.content for m in messages if m.role == MessageRole.USER and m.content]
        answer = ask(question, history=history, store=self._store, as_of=self._as_of, options=self._options)
        self._turns = (*self._turns, Turn(question, answer))
        return answer


def _lines(answer: Answer) -> Iterator[str]:
    """The text of an answer, a statement at a time."""
    yield from answer.text.splitlines(keepends=True)


async def _alines(answer: Answer) -> AsyncIterator[str]:
    for line in _lines(answer):
        yield line


def _piece(text: str) -> ChatResponse:
    return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text), delta=text)


def _cited(answer: Answer) -> list[NodeWithScore]:
    return [NodeWithScore(node=_citation_node(citation)) for citation in answer.citations]


def _passage_node(hit: Hit) -> TextNode:
    passage, article = hit.passage, hit.article
    node = _node(
        str(passage.passage_id),
        passage.text,
        (passage.start, passage.end),
        source=article.source,
        headline=article.headline,
        outlet=article.outlet,
        published=article.published.day,
    )
    node.relationships = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.article_id)}
    return node


def _citation_node(citation: Citation) -> TextNode:
    node = _node(
        f"{citation.article_id}:{citation.start}-{citation.end}",
        citation.quote,
        (citation.start, citation.end),
        source=citation.source,
        headline=citation.headline,
        outlet=citation.outlet,
        published=citation.published,
    )
    node.relationships = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=citation.article_id)}
    return node


def _node(
    node_id: str,
    text: str,
    span: tuple[int, int],
    *,
    source: str,
    headline: str | None,
    outlet: str | None,
    published: dt.date | None,
) -> TextNode:
    told = {
        "source": source,
        "headline": headline,
        "outlet": outlet,
        "published": None if published is None else published.isoformat(),
    }
    return TextNode(
        id_=node_id,
        text=text,
        start_char_idx=span[0],
        end_char_idx=span[1],
        metadata=told,
        excluded_embed_metadata_keys=list(told),
    )


def _told(answer: Answer) -> dict[str, object]:
    return {
        "query": answer.query,
        "short": answer.short,
        "confidence": answer.confidence,
        "abstained": answer.abstained,
        "reason": answer.reason,
    }
