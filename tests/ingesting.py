"""Ingests in processes of their own, to be killed: each is forked from a server that has the libraries loaded."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from ingest.encode import EncoderSpec, load_encoder
from ingest.job import FileToIngest, PreparedArticle, Report, SetAside, ingest
from ingest.pipeline import run_batch
from store.catalog import BuildSpec, current_build
from store.writer import StoreSink, open_sink
from tests.conftest import FakeEncoder, fake_build

DAY = dt.date(2026, 11, 21)
REAL = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class Work:
    """What a process does to a store: ingest `folder`, remove `sources`, or write everything anew."""

    store: Path
    folder: Path
    what: str = "ingest"  # or "remove", "compact"
    prune: bool = False
    batch_size: int = 8
    real: bool = False
    sources: tuple[str, ...] = ()


def count_words(text: str) -> int:
    """Tokens as the fake encoder counts them."""
    return len(text.split())


def prepare_with_fake(files: Sequence[FileToIngest]) -> Sequence[PreparedArticle | SetAside]:
    """Read, split and encode files with the fake encoder."""
    return run_batch(files, encoder=FakeEncoder(), count_tokens=count_words)


def build_of(*, real: bool) -> tuple[EncoderSpec, BuildSpec]:
    """The encoder of a store and what the store is built with."""
    if real:
        spec = load_encoder().spec
        return spec, current_build(spec)
    return FakeEncoder().spec, fake_build()


def open_for(work: Work) -> StoreSink:
    """The store of `work`, open for writing."""
    spec, build = build_of(real=work.real)
    fake = None if work.real else FakeEncoder()
    return open_sink(
        work.store, encoder_spec=spec, build=build, encoder=fake, count_tokens=None if work.real else count_words
    )


def do(work: Work) -> Report | None:
    """Do it in this process."""
    with open_for(work) as sink:
        if work.what == "ingest":
            prepare = None if work.real else prepare_with_fake
            return ingest([work.folder], sink, prune=work.prune, batch_size=work.batch_size, prepare=prepare)
        if work.what == "remove":
            held = {state.source for state in sink.files().values()}
            if found := [source for source in work.sources if source in held]:
                sink.remove(found, DAY)
        else:
            sink.compact()
    return None


def _do_aside(work: Work, told: str) -> None:
    with Path(told).open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    do(work)


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    libraries = ["chromadb", "chromadb.api.rust", "onnxruntime", "tokenizers", "tantivy", "trafilatura"]
    ours = ["ingest.pipeline", "ingest.read", "ingest.encode", "ingest.quantised", "store", "tests.ingesting"]
    context.set_forkserver_preload(libraries + ours)
    return context


def start(work: Work, told: Path) -> ForkServerProcess:
    """Do it in another process, which writes what it has to say to the file `told`."""
    assert sys.platform != "win32"
    process = _server().Process(target=_do_aside, args=(work, str(told)), daemon=True)
    process.start()
    return process
