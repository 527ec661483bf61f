"""Our retriever and query engine as LlamaIndex's, for those who build with it.

Nodes are read-only views: a passage's or a citation's exact span of its source text, and where it comes from. With
`llama_index` on one side and `Store` and `ask` on the other, nothing is decided here.
"""

from __future__ import annotations

import datetime as dt

from llama_index.core.base.response.schema import Response
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode
from pydantic import Field, SkipValidation

from app.answer import Answer, Citation
from app.ask import AskOptions, ask
from store import Filters, Hit, Store

__all__ = ["DatelineQueryEngine", "DatelineRetriever"]


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


class DatelineQueryEngine(CustomQueryEngine):  # type: ignore[misc]
    """Answers from an opened store, as `app.ask` does, without a language model.

    The response's `source_nodes` are the cited spans in the order of their markers. Its metadata says whether it
    abstained and why; the text of an abstention is the reason.
    """

    store: SkipValidation[Store]
    as_of: dt.date | None = None
    options: SkipValidation[AskOptions] = Field(default_factory=AskOptions)

    def custom_query(self, query_str: str) -> Response:
        """The answer to one question, asked on its own."""
        answer = ask(query_str, store=self.store, as_of=self.as_of, options=self.options)
        nodes = [NodeWithScore(node=_citation_node(citation)) for citation in answer.citations]
        return Response(response=answer.text, source_nodes=nodes, metadata=_told(answer))


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
