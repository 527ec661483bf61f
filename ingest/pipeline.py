"""Our functions as LlamaIndex transforms: files in, articles and embedded passages out.

The only file of ingest/ that knows LlamaIndex. While the passages of some files are embedded, which leaves Python
free, the next files are read and split. Nodes carry everything in their own fields and metadata, nothing in a
transform's state, and transforms are built from plain keyword arguments: so any of the three can run in another
process. A file that cannot become an article travels on as a node that says why; it never takes the batch with it.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
import re
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import BaseNode, NodeRelationship, RelatedNodeInfo, TextNode, TransformComponent
from pydantic import Field, SkipValidation

from ingest.article import Article, Basis, PublicationDate, Span, container_of, digest_bytes, is_numbered
from ingest.batch import FileToIngest, PreparedArticle, SetAside
from ingest.body import notes_on, paragraphs, select_body
from ingest.encode import DEFAULT_MODEL, Encoder, embedded_prefix, embedded_text, load_encoder, token_counter
from ingest.errors import EncoderError, ReadError
from ingest.files import MAX_FILE_BYTES, size_limit
from ingest.metadata import find_metadata
from ingest.read import SourceText, read_bytes
from ingest.records import read_record
from ingest.split import split

__all__ = ["EmbedPassages", "SelectArticle", "SplitPassages", "as_nodes", "as_outcomes", "run_batch"]

_log = logging.getLogger(__name__)
_FILE, _ARTICLE, _PASSAGE, _SET_ASIDE = "file", "article", "passage", "set aside"
_PIECE, _FIRST_PIECE = 8, 2  # files that are read and split at a time: the first ones keep the encoder waiting
_AT_A_TIME = 2
_TRIPPED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
# what a strange page can trip in our own code: it must not stop the thousands beside it, and is reported as ours


class SelectArticle(TransformComponent):  # type: ignore[misc]
    """A file's or a member's node becomes that of its article: source text, and in metadata what was selected from it.

    With `whole`, everything is taken for the article: what selecting buys is measured against that.
    """

    max_bytes: int = MAX_FILE_BYTES
    whole: bool = False

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
        """One node a file, in order; a file that is no article becomes a node that says why."""
        return [self._select(node) if _kind(node) == _FILE else node for node in nodes]

    def _select(self, node: BaseNode) -> TextNode:
        path, source = node.metadata["path"], node.metadata["source"]
        digest = ""
        told, limit = node.metadata, self.max_bytes
        try:
            if told.get("is_member"):
                data = _bytes_of(node)
            else:
                with Path(path).open("rb") as file:
                    data = file.read(limit + 1)
                    if len(data) > limit and size_limit(data) > MAX_FILE_BYTES:
                        limit = size_limit(data)
                        data += file.read(limit + 1 - len(data))
            if len(data) > limit:
                raise ReadError(f"larger than {limit // 1_000_000} MB; split it into one file an article")
            digest = digest_bytes(data)
            source_text = read_record(data) if told.get("reader") == "record" else read_bytes(data)
            hints = tuple((name, value) for name, value in told.get("hints", ()))
            source_text = replace(source_text, hints=(*source_text.hints, *hints))
            body = paragraphs(source_text.text) if self.whole else select_body(source_text)
            return _article_node(path, source, digest, source_text, body, name=_name_in(source))
        except ReadError as error:
            return _set_aside_node(path, source, str(error), digest)
        except OSError as error:
            return _set_aside_node(path, source, f"cannot be read: {error.strerror or error}", "")
        except _TRIPPED as error:
            return _set_aside_node(path, source, _unexpected(error), "")


class SplitPassages(TransformComponent):  # type: ignore[misc]
    """An article's node is followed by a node for each of its passages, at its exact span of the source text.

    `max_tokens` and `count_tokens` are the encoder's own unless they are given.
    """

    encoder_name: str = DEFAULT_MODEL
    max_tokens: int | None = None
    count_tokens: SkipValidation[Callable[[str], int] | None] = Field(default=None, exclude=True)

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
        """The nodes given, each article's followed by its passages' in reading order."""
        if all(_kind(node) != _ARTICLE for node in nodes):
            return nodes
        count_tokens = self.count_tokens or _token_counter(self.encoder_name)
        max_tokens = self.max_tokens or load_encoder(self.encoder_name).spec.max_tokens
        split_nodes: list[BaseNode] = []
        for node in nodes:
            if _kind(node) != _ARTICLE:
                split_nodes.append(node)
                continue
            try:
                split_nodes.extend(_with_passages(node, count_tokens, max_tokens))
            except _TRIPPED as error:
                told = node.metadata
                split_nodes.append(_set_aside_node(told["path"], told["source"], _unexpected(error), ""))
        return split_nodes


class EmbedPassages(TransformComponent):  # type: ignore[misc]
    """Every passage's node gets its embedding, all of a batch in one call; other nodes pass.

    With `digest`, the model must be that one: on another machine, one of the same name may not be.
    """

    encoder_name: str = DEFAULT_MODEL
    digest: str | None = None
    encoder: SkipValidation[Encoder | None] = Field(default=None, exclude=True)

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
        """The nodes given; what is embedded is the text prefixed with headline and outlet, what is kept is not."""
        passages = [node for node in nodes if _kind(node) == _PASSAGE]
        if passages:
            encoder = self.encoder or load_encoder(self.encoder_name)
            if self.digest not in (None, encoder.spec.digest):
                raise EncoderError(
                    f"the encoder {self.encoder_name!r} of {socket.gethostname()} is another one than that of the "
                    "index: install the same version of Dateline, and the same model, on every machine"
                )
            texts = [
                embedded_text(node.get_content(), headline=node.metadata["headline"], outlet=node.metadata["outlet"])
                for node in passages
            ]
            for node, vector in zip(passages, encoder.encode(texts), strict=True):
                node.embedding = vector.tolist()
        return nodes


def run_batch(
    files: Sequence[FileToIngest],
    *,
    encoder_name: str = DEFAULT_MODEL,
    encoder: Encoder | None = None,
    count_tokens: Callable[[str], int] | None = None,
    whole: bool = False,
    executor: Executor | None = None,
) -> tuple[PreparedArticle | SetAside, ...]:
    """Prepare a batch of files: for each, in order, its article or why it is none.

    With `encoder`, that one is used in place of the model called `encoder_name`, and `count_tokens` counts for it.
    `whole` as in `SelectArticle`. Files are read and split in `executor`, by default in a thread beside this one;
    one of processes takes no `count_tokens`, since a function does not travel.

    Raises:
        EncoderError: the model cannot be loaded or used; no file is to blame, so the batch stops.
    """
    reading = [
        SelectArticle(whole=whole),
        SplitPassages(
            encoder_name=encoder_name,
            max_tokens=None if encoder is None else encoder.spec.max_tokens,
            count_tokens=count_tokens,
        ),
    ]
    embedding = [EmbedPassages(encoder_name=encoder_name, encoder=encoder)]
    outcomes: dict[str, PreparedArticle | SetAside] = {}
    with ExitStack() as stack:
        pool = executor or stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="reading"))
        starts = [0, *range(_FIRST_PIECE, len(files), _PIECE), len(files)]
        pieces = (files[start:end] for start, end in pairwise(starts) if start < end)
        pending = deque(pool.submit(_run, reading, as_nodes(piece)) for piece in pieces)
        stack.callback(_cancel, pending)  # what has not begun when this ends early need not begin
        # Two at a time: what comes before and after encoding is Python, and the encoder has work meanwhile.
        encoding = stack.enter_context(ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="encoding"))
        begun: deque[Future[Sequence[BaseNode]]] = deque()
        stack.callback(_cancel, begun)
        while pending or begun:
            if pending and len(begun) < _AT_A_TIME:
                begun.append(encoding.submit(_run, embedding, _take_ready(pending)))
            else:
                outcomes |= as_outcomes(begun.popleft().result())
    return tuple(outcomes[file.path] for file in files)


def as_nodes(files: Sequence[FileToIngest]) -> list[TextNode]:
    """The nodes that the first transform takes, one a file."""
    return [_file_node(file) for file in files]


def as_outcomes(nodes: Sequence[BaseNode]) -> dict[str, PreparedArticle | SetAside]:
    """What the last transform gave, by the path of the file; the order of the nodes does not matter."""
    return dict(_outcomes(nodes))


def _run(transformations: Sequence[TransformComponent], nodes: Sequence[BaseNode]) -> Sequence[BaseNode]:
    # no cache: it keeps some 16 KB a node, and what is unchanged never gets here
    found: Sequence[BaseNode] = IngestionPipeline(transformations=list(transformations), disable_cache=True).run(
        nodes=list(nodes)
    )
    return found


def _take_ready(pending: deque[Future[Sequence[BaseNode]]]) -> list[BaseNode]:
    """The nodes of all pieces that are done, in order; waits for the first one."""
    nodes = list(pending.popleft().result())
    while pending and pending[0].done():
        nodes.extend(pending.popleft().result())
    return nodes


def _cancel(pending: deque[Future[Sequence[BaseNode]]]) -> None:
    for future in pending:
        future.cancel()


_token_counter = functools.cache(token_counter)  # what it learns of words serves every batch


def _outcomes(nodes: Sequence[BaseNode]) -> Iterator[tuple[str, PreparedArticle | SetAside]]:
    """Nodes back to values, by path; the order of a file's passages is theirs in the text."""
    passages: dict[str, list[TextNode]] = {}
    for node in nodes:
        if isinstance(node, TextNode) and _kind(node) == _PASSAGE:
            passages.setdefault(node.ref_doc_id or "", []).append(node)
    for node in nodes:
        told = node.metadata
        if _kind(node) == _SET_ASIDE:
            yield node.node_id, SetAside(told["path"], told["source"], told["reason"], told["digest"])
        elif _kind(node) == _ARTICLE:
            found = sorted(passages[node.node_id], key=lambda passage: passage.start_char_idx or 0)
            yield (
                node.node_id,
                PreparedArticle(
                    article=_article(told),
                    source_text=node.get_content(),
                    codec=told["codec"],
                    spans=tuple(_span(passage) for passage in found),
                    vectors=np.array([passage.embedding for passage in found], dtype=np.float32),
                ),
            )


def _article_node(
    path: str, source: str, digest: str, source_text: SourceText, body: tuple[Span, ...], *, name: str
) -> TextNode:
    if _encodable(source_text.text) != source_text.text:
        raise ReadError(f"read as {source_text.codec}, it holds what is no character; save it as UTF-8")
    metadata = find_metadata(source_text, body, name=name)
    day = metadata.published.day
    told: dict[str, object] = {
        "kind": _ARTICLE,
        "path": path,
        "source": source,
        "digest": digest,
        "codec": source_text.codec,
        "headline": None if metadata.headline is None else _encodable(metadata.headline),
        "outlet": None if metadata.outlet is None else _encodable(metadata.outlet),
        "authors": [_encodable(author) for author in metadata.authors],
        "published": None if day is None else day.isoformat(),
        "published_basis": _encodable(metadata.published.basis),
        "body": [[span.start, span.end] for span in body],
        "fingerprint": _fingerprint(source_text.text, body),
        "published_confidence": metadata.published.confidence,
        "headline_basis": _told_basis(metadata.headline_basis),
        "outlet_basis": _told_basis(metadata.outlet_basis),
        "authors_basis": _told_basis(metadata.authors_basis),
        "label": metadata.label,
        "language": metadata.language,
        "notes": [_encodable(note) for note in (*source_text.notes, *notes_on(source_text, body), *metadata.notes)],
    }
    return _node(path, source_text.text, told)


def _with_passages(article: BaseNode, count_tokens: Callable[[str], int], max_tokens: int) -> list[BaseNode]:
    told = article.metadata
    source_text = article.get_content()
    shown = {"kind": _PASSAGE} | {key: told[key] for key in ("source", "published")}
    headline, outlet = embedded_prefix(
        told["headline"], told["outlet"], count_tokens=count_tokens, max_tokens=max_tokens
    )
    shown |= {"headline": headline, "outlet": outlet}
    prefix_tokens = count_tokens(embedded_text("", headline=headline, outlet=outlet))
    body = tuple(Span(start, end) for start, end in told["body"])
    spans = split(source_text, body, count_tokens, max_tokens=max_tokens - prefix_tokens)
    if not spans:
        return [_set_aside_node(told["path"], told["source"], "no sentence of it can be indexed", told["digest"])]
    return [article, *(_passage_node(article, span, span.of(source_text), shown) for span in spans)]


def _passage_node(article: BaseNode, span: Span, text: str, told: dict[str, object]) -> TextNode:
    return _node(
        f"{article.metadata['digest']}:{span.start}-{span.end}",
        text,
        told,
        start_char_idx=span.start,
        end_char_idx=span.end,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=article.node_id)},
    )


def _article(told: dict[str, Any]) -> Article:
    published = told["published"]
    return Article(
        article_id=told["digest"],
        sources=(told["source"],),
        headline=told["headline"],
        outlet=told["outlet"],
        authors=tuple(told["authors"]),
        published=PublicationDate(
            dt.date.fromisoformat(published) if published else None,
            told["published_basis"],
            told["published_confidence"],
        ),
        body=tuple(Span(start, end) for start, end in told["body"]),
        fingerprint=told["fingerprint"],
        headline_basis=_basis(told["headline_basis"]),
        outlet_basis=_basis(told["outlet_basis"]),
        authors_basis=_basis(told["authors_basis"]),
        label=told["label"],
        language=told["language"],
        notes=tuple(told["notes"]),
    )


def _told_basis(basis: Basis | None) -> list[object] | None:
    return None if basis is None else [_encodable(basis.words), basis.confidence]


def _basis(told: Sequence[Any] | None) -> Basis | None:
    return None if told is None else Basis(*told)


def _file_node(file: FileToIngest) -> TextNode:
    """A file's node holds its path alone; a member's node its bytes too, as text with a character for each byte."""
    told: dict[str, object] = {"kind": _FILE, "path": file.path, "source": file.source, "reader": file.reader}
    told["hints"] = [list(hint) for hint in file.hints]
    if file.content is None:
        return _node(file.path, "", told)
    return _node(file.path, file.content.decode("latin-1"), told | {"is_member": True})


def _name_in(source: str) -> str:
    """The name of a file, or of a file in an archive; a record has none, and an archive's name says nothing of it."""
    container = container_of(source)
    member = source if container is None else source.removeprefix(container)
    return "" if is_numbered(source) else member.removeprefix("!")


def _bytes_of(node: BaseNode) -> bytes:
    return str(node.get_content()).encode("latin-1")


def _set_aside_node(path: str, source: str, reason: str, digest: str) -> TextNode:
    return _node(path, "", {"kind": _SET_ASIDE, "path": path, "source": source, "reason": reason, "digest": digest})


def _node(node_id: str, text: str, told: dict[str, object], **fields: Any) -> TextNode:
    """A node of ours: its metadata is for us, so no model that LlamaIndex may run is shown it."""
    keys = list(told)
    return TextNode(
        id_=node_id,
        text=text,
        metadata=told,
        excluded_embed_metadata_keys=keys,
        excluded_llm_metadata_keys=keys,
        **fields,
    )


def _kind(node: BaseNode) -> str:
    return str(node.metadata["kind"])


def _span(passage: TextNode) -> Span:
    if passage.start_char_idx is None or passage.end_char_idx is None:
        raise ValueError(f"passage {passage.node_id} lost its span on the way")
    return Span(passage.start_char_idx, passage.end_char_idx)


def _fingerprint(source_text: str, body: Sequence[Span]) -> str:
    """Digest of the body's words, so that copies which differ in layout or case share it."""
    words = re.findall(r"\w+", "\n".join(span.of(source_text) for span in body).casefold())
    return digest_bytes(" ".join(words).encode())


def _encodable(text: str) -> str:
    """`text` with "?" for lone surrogates, which escapes in a page's markup can yield and no store can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _unexpected(error: Exception) -> str:
    _log.debug("a file tripped our own code", exc_info=error)
    return f"our own code failed on it ({type(error).__name__}: {error}); please report it with the file"
