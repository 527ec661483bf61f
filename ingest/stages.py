"""The stages of an ingest job beside each other: files are read while passages are encoded, batches written meanwhile.

The job decides one batch after the other, as if nothing ran beside it. What is written behind is written in its order,
one batch at a time, and is out of the way, or its error raised, before the next one is written or the job ends.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import TypeVar

from ingest.batch import Batch, FileState, FileToIngest, PreparedArticle, SetAside, Sink

__all__ = ["PrepareBeside", "WriteBehind", "read_ahead"]

_T = TypeVar("_T")


def read_ahead(items: Iterable[_T], size_of: Callable[[_T], int], *, most: int, most_size: int) -> Iterator[_T]:
    """The items, in order; while the caller deals with some, the next ones are taken from `items` in a thread.

    They are taken `most` at a time, or fewer of more than `most_size` together. What `items` raises is raised in its
    place, after what came before it.
    """
    source = iter(items)

    def take() -> tuple[list[_T], Exception | None]:
        taken: list[_T] = []
        size = 0
        try:
            for item in source:
                taken.append(item)
                size += size_of(item)
                if len(taken) >= most or size > most_size:
                    break
        except Exception as error:
            return taken, error
        return taken, None

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        taking = thread.submit(take)
        while True:
            taken, error = taking.result()
            if error is None and taken:
                taking = thread.submit(take)
            yield from taken
            if error is not None:
                raise error
            if not taken:
                return


class WriteBehind:
    """A Sink before a Sink: `write` comes back at once, and the batch is written while the caller goes on.

    The sink behind is used by one thread at a time. A batch that could not be written raises at the next call, or
    when the block is left; nothing is written after it.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._writing: Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writing")

    def __enter__(self) -> WriteBehind:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True)
        if error is None:
            self._settle()

    def files(self) -> Mapping[str, FileState]:
        """As the sink behind has them, everything written."""
        self._settle()
        return self._sink.files()

    def removals(self) -> Mapping[str, str]:
        """As the sink behind has them."""
        self._settle()
        return self._sink.removals()

    def readmit(self, digests: Iterable[str]) -> None:
        """Have the sink behind do it, after what is being written."""
        self._settle()
        self._sink.readmit(digests)

    def chosen_fields(self, container: str) -> Mapping[str, str]:
        """As the sink behind has them."""
        self._settle()
        return self._sink.chosen_fields(container)

    def keep_chosen_fields(self, container: str, chosen: Mapping[str, str]) -> None:
        """Have the sink behind do it, after what is being written."""
        self._settle()
        self._sink.keep_chosen_fields(container, chosen)

    def write(self, batch: Batch) -> None:
        """Have `batch` written next."""
        self._settle()
        self._writing = self._thread.submit(self._sink.write, batch)

    def _settle(self) -> None:
        if self._writing is not None:
            self._writing.result()


class PrepareBeside:
    """`ingest.pipeline.run_batch`, its files read and split in a thread, or in `jobs` processes if that is above 1.

    Processes pay where many cores wait for one: each loads the libraries, a second or more.
    """

    def __init__(self, encoder_name: str | None = None, *, jobs: int = 1) -> None:
        if jobs < 1:
            raise ValueError(f"files are read by at least one job, not {jobs}")
        self._encoder_name = encoder_name
        self._jobs = jobs
        self._processes: Executor | None = None
        self._resources = ExitStack()

    def __enter__(self) -> PrepareBeside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def __call__(self, files: Sequence[FileToIngest]) -> Sequence[PreparedArticle | SetAside]:
        """One outcome a file, in their order."""
        from ingest.encode import DEFAULT_MODEL
        from ingest.pipeline import run_batch  # LlamaIndex takes a second to import: only when there is work

        if self._jobs > 1 and self._processes is None:
            spawning = multiprocessing.get_context("spawn")  # a fork would copy threads that hold locks
            pool = ProcessPoolExecutor(self._jobs, mp_context=spawning, initializer=_leave_interrupts_to_the_parent)
            self._processes = self._resources.enter_context(pool)
        return run_batch(files, encoder_name=self._encoder_name or DEFAULT_MODEL, executor=self._processes)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
