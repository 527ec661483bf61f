"""How fast articles become an index: the whole job beside its encoder alone and beside a plain LlamaIndex pipeline.

`python -m evals.throughput --articles PATH --n 1000` (make bench REALTIMEQA=DIR). The articles are taken in windows;
each window goes through all three, one after the other, each in a process of its own that stays up: so a busy moment
of the machine falls on all of them, memory is told apart, and the first window beside the last shows whether the rate
falls as the index grows. It measures and prints; it holds no floor, since a machine is not a build.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.speed import format_table
from ingest.errors import DatelineError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import numpy as np
    from numpy.typing import NDArray

    from ingest.encode import EncoderSpec

__all__ = ["Measured", "Window", "find_containers", "main", "report", "take_windows"]

ENCODER, INGEST, PLAIN = "the encoder alone", "ingest", "plain LlamaIndex pipeline"
_WINDOWS = 10
_CHUNK_TOKENS = 200  # of LlamaIndex's own tokens: its chunks come out about as long as Dateline's passages
_PLAIN_PACKAGES = ("llama-index-embeddings-huggingface", "llama-index-vector-stores-chroma")
_MISSING = "Throughput was not measured: make bench REALTIMEQA=DIR, see docs/evals.md."


@dataclass(frozen=True, slots=True)
class Window:
    """What one system made of one window of articles."""

    articles: int
    passages: int
    words: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One system over all windows, in order; `peak_mb` of its process, `disk_bytes` of what it left on disk."""

    windows: tuple[Window, ...]
    peak_mb: float
    disk_bytes: int

    @property
    def passages(self) -> int:
        return sum(window.passages for window in self.windows)

    @property
    def rate(self) -> float:
        """Passages a second over all windows."""
        return self.passages / sum(window.seconds for window in self.windows)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 0 also where there is nothing to measure on."""
    parser = argparse.ArgumentParser(prog="python -m evals.throughput", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--articles", type=Path, help="a folder with articles*.jsonl.gz, or one such file")
    parser.add_argument("--n", type=int, default=1000, help="how many articles, from the first on (default 1000)")
    arguments = parser.parse_args(argv)
    containers = find_containers(arguments.articles)
    if not containers:
        _write(_MISSING)
        return 0
    systems: dict[str, System] = {ENCODER: _encoder, INGEST: _ingest, PLAIN: _plain}
    if missing := [name for name in _PLAIN_PACKAGES if not _is_installed(name)]:
        _write(f"The plain pipeline was not measured: it needs {', '.join(missing)}, the extra `rivals`.\n")
        del systems[PLAIN]
    with tempfile.TemporaryDirectory(prefix="dateline-throughput-") as folder:
        windows = take_windows(containers, arguments.n, Path(folder))
        _write(report(measure(windows, systems, Path(folder))))
    return 0


def find_containers(path: Path | None) -> tuple[Path, ...]:
    """The file at `path`, or those in it that are named `articles…`, in order; none where there is no such path."""
    if path is None or not path.exists():
        return ()
    return (path,) if path.is_file() else tuple(sorted(path.glob("articles*.jsonl*")))


def take_windows(containers: Sequence[Path], n: int, folder: Path) -> tuple[Path, ...]:
    """The first `n` articles of `containers` in ten files of equal size below `folder`, in order."""
    size = max(1, -(-n // _WINDOWS))
    lines = itertools.islice((line for path in containers for line in _lines(path) if line.strip()), n)
    written: list[Path] = []
    while window := list(itertools.islice(lines, size)):
        written.append(folder / f"window-{len(written):02d}.jsonl")
        written[-1].write_bytes(b"".join(window))
    return tuple(written)


def measure(windows: Sequence[Path], systems: Mapping[str, System], folder: Path) -> Mapping[str, Measured]:
    """Every system over every window, a window at a time."""
    done: dict[str, list[Window]] = {name: [] for name in systems}
    measured: dict[str, Measured] = {}
    with ExitStack() as stack:
        ends = {name: _start(start, folder / str(i), stack) for i, (name, start) in enumerate(systems.items())}
        for window in windows:
            for name, end in ends.items():
                end.send(window)
                done[name].append(_answer(name, end))
                last = done[name][-1]
                sys.stderr.write(f"{window.stem}: {name}: {last.passages} passages in {last.seconds:.1f} s\n")
        for i, (name, end) in enumerate(ends.items()):
            end.send(None)
            disk = sum(path.stat().st_size for path in (folder / str(i)).rglob("*") if path.is_file())
            measured[name] = Measured(tuple(done[name]), _answer(name, end), disk)
    return measured


def report(measured: Mapping[str, Measured]) -> str:
    """The tables: rates, their ratios, memory, disk, and the first window beside the last."""
    ours = measured[INGEST]
    articles = sum(window.articles for window in ours.windows)
    rates = {name: one.rate for name, one in measured.items()}
    ratios = {f"ingest to {name}": ours.rate / one.rate for name, one in measured.items() if one is not ours}
    per_second = [window.articles / window.seconds for window in ours.windows]
    windows = {"first": per_second[0], "last": per_second[-1], "last to first": per_second[-1] / per_second[0]}
    words = {name: sum(w.words for w in one.windows) / one.passages for name, one in measured.items()}
    disk = {name: one.disk_bytes / one.passages / 1000 for name, one in measured.items() if one.disk_bytes}
    tables = (
        format_table(f"{articles} articles, {ours.passages} passages", rates, unit="passages/s"),
        format_table("ratios of these", ratios, unit="times"),
        format_table(f"ingest, windows of {ours.windows[0].articles} articles", windows, unit="articles/s"),
        format_table("length of a passage", words, unit="words"),
        format_table("peak memory of the process", {n: m.peak_mb for n, m in measured.items()}, unit="MB"),
        format_table("on disk", disk, unit="kB a passage"),
    )
    return "\n".join(tables)


# --- the systems, each in its process -----------------------------------------------------------------------


Work = Callable[[Path], Window]
"""A window's file to what was made of it; what is not part of the system's own work is not in its seconds."""

System = Callable[[Path, ExitStack], Work]
"""A system made ready in a folder of its own; what it holds open is let go with the stack."""


def _start(system: System, folder: Path, stack: ExitStack) -> Connection[Path | None, Any]:
    folder.mkdir()
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(system, folder, theirs), daemon=True)
    process.start()
    theirs.close()  # then a process that dies is noticed: reading from it ends
    stack.callback(process.join, 30)
    stack.callback(ours.close)
    return ours


def _answer(name: str, end: Connection[Path | None, Any]) -> Any:
    try:
        return end.recv()
    except EOFError as error:
        raise DatelineError(f"{name} ended before its time; why stands above") from error


def _serve(system: System, folder: Path, end: Connection[Window | float, Path | None]) -> None:
    with ExitStack() as resources, suppress(EOFError):  # the parent is gone: so is the reason to go on
        work = system(folder, resources)
        while (window := end.recv()) is not None:
            end.send(work(window))
    end.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1000 if sys.platform == "linux" else 1_000_000))


class _Recorder:
    """An Encoder that keeps what it is given to encode."""

    def __init__(self, spec: EncoderSpec) -> None:
        self.spec = spec
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        self.texts.extend(texts)
        return np.zeros((len(texts), self.spec.dimension), dtype=np.float32)


def _encoder(folder: Path, resources: ExitStack) -> Work:
    from ingest.batch import FileToIngest
    from ingest.containers import read_members
    from ingest.encode import load_encoder, token_counter
    from ingest.pipeline import run_batch

    encoder, count_tokens = load_encoder(), token_counter()
    encoder.encode(["ready?"])

    def work(window: Path) -> Window:
        recorder = _Recorder(encoder.spec)
        files = [
            FileToIngest(
                *(f"{window}{line.name}", str(window), f"{window.name}{line.name}", line.size, 0, line.digest),
                content=line.content,
                reader=line.reader,
            )
            for line in read_members(window)
            if line.content is not None
        ]
        run_batch(files, encoder=recorder, count_tokens=count_tokens)
        started = time.perf_counter()
        encoder.encode(recorder.texts)
        return _window(len(files), recorder.texts, started)

    return work


def _ingest(folder: Path, resources: ExitStack) -> Work:
    from ingest.encode import load_encoder
    from ingest.job import ingest
    from ingest.pipeline import run_batch
    from store import open_sink, open_store

    encoder, store = load_encoder(), folder / "store"
    encoder.encode(["ready?"])
    run_batch([])
    with open_sink(store, encoder_spec=encoder.spec):  # the libraries are loaded, as they are for the others
        pass

    def work(window: Path) -> Window:
        started = time.perf_counter()
        with open_sink(store, encoder_spec=encoder.spec) as sink:
            report = ingest([window], sink)
        seconds = time.perf_counter() - started
        with open_store(store) as opened:
            articles = [a for a in opened.articles() if a.sources[0].startswith(window.name)]
            words = sum(len(p.text.split()) for a in articles for p in opened.passages(a.article_id))
        return Window(report.found, report.passages, words, seconds)

    return work


def _plain(folder: Path, resources: ExitStack) -> Work:
    from llama_index.core import Document
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.vector_stores.chroma import ChromaVectorStore

    from evals.starter_rag import embedding_model, open_collection

    model = embedding_model(folder)
    splitter = SentenceSplitter(chunk_size=_CHUNK_TOKENS, chunk_overlap=0)
    vectors = ChromaVectorStore(chroma_collection=resources.enter_context(open_collection(folder)))
    pipeline = IngestionPipeline(transformations=[splitter, model], vector_store=vectors)
    pipeline.run(documents=[Document(text="Ready?")])

    def work(window: Path) -> Window:
        documents = [Document(text=json.loads(line)["text"] or "-") for line in window.read_bytes().splitlines()]
        started = time.perf_counter()
        nodes = pipeline.run(documents=documents)
        return _window(len(documents), [node.get_content() for node in nodes], started)

    return work


def _window(articles: int, texts: Sequence[str], started: float) -> Window:
    seconds = time.perf_counter() - started
    return Window(articles, len(texts), sum(len(text.split()) for text in texts), seconds)


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        for line in file:
            yield line.rstrip(b"\r\n") + b"\n"


def _is_installed(distribution: str) -> bool:
    try:
        return bool(metadata.version(distribution))
    except metadata.PackageNotFoundError:
        return False


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
