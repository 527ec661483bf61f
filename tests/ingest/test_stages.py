from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from ingest.article import digest_bytes
from ingest.batch import Batch, FileState, FileToIngest, PreparedArticle, SetAside
from ingest.errors import ReadError
from ingest.stages import PrepareBeside, WriteBehind, read_ahead
from tests.conftest import FakeEncoder

FIRST, SECOND = Batch((), (), ("first",)), Batch((), (), ("second",))


class SlowSink:
    """Writes when it is let; fails on the batch it is told to fail on."""

    def __init__(self, *, fails_on: Batch | None = None) -> None:
        self.let = threading.Event()
        self.written: list[Batch] = []
        self.fails_on = fails_on

    def files(self) -> Mapping[str, FileState]:
        return {path: None for batch in self.written for path in batch.removed_paths}  # type: ignore[misc]

    def write(self, batch: Batch) -> None:
        assert self.let.wait(timeout=30)
        if batch is self.fails_on:
            raise OSError("the disk is full")
        self.written.append(batch)


def test_a_write_comes_back_before_the_batch_is_written() -> None:
    sink = SlowSink()
    with WriteBehind(sink) as behind:
        behind.write(FIRST)
        assert sink.written == []
        sink.let.set()
    assert sink.written == [FIRST]


def test_batches_are_written_one_at_a_time_in_their_order() -> None:
    sink = SlowSink()
    sink.let.set()
    with WriteBehind(sink) as behind:
        behind.write(FIRST)
        behind.write(SECOND)
        assert sink.written[0] is FIRST
        assert list(behind.files()) == ["first", "second"]


def test_a_batch_that_cannot_be_written_stops_the_next_one() -> None:
    sink = SlowSink(fails_on=FIRST)
    sink.let.set()
    with pytest.raises(OSError, match="disk is full"), WriteBehind(sink) as behind:
        behind.write(FIRST)
        behind.write(SECOND)
    assert sink.written == []


def test_the_last_batch_that_cannot_be_written_is_an_error_too() -> None:
    sink = SlowSink(fails_on=FIRST)
    sink.let.set()
    with pytest.raises(OSError, match="disk is full"), WriteBehind(sink) as behind:
        behind.write(FIRST)


def test_who_is_interrupted_waits_for_the_batch_in_flight() -> None:
    sink = SlowSink()
    with pytest.raises(KeyboardInterrupt), WriteBehind(sink) as behind:
        behind.write(FIRST)
        sink.let.set()
        raise KeyboardInterrupt
    assert sink.written == [FIRST]


def files_in(folder: Path) -> list[FileToIngest]:
    texts = [f"The harbour of Town{i} was closed on Monday after a storm, officials said." * 3 for i in range(11)]
    found = []
    for i, text in enumerate([*texts, ""]):
        path = folder / f"{i}.txt"
        path.write_text(text, encoding="utf-8")
        found.append(FileToIngest(str(path), str(folder), path.name, len(text), 0, digest_bytes(text.encode())))
    return found


def test_outcomes_are_in_the_order_of_the_files(tmp_path: Path) -> None:
    from ingest.pipeline import run_batch

    outcomes = run_batch(files_in(tmp_path), encoder=FakeEncoder(), count_tokens=lambda text: len(text.split()))
    assert [o.article.source for o in outcomes if isinstance(o, PreparedArticle)] == [f"{i}.txt" for i in range(11)]
    assert isinstance(outcomes[-1], SetAside)


@pytest.mark.slow
def test_processes_prepare_what_a_thread_prepares(tmp_path: Path) -> None:
    files = files_in(tmp_path)
    with PrepareBeside() as thread, PrepareBeside(jobs=2) as processes:
        for one, other in zip(thread(files), processes(files), strict=True):
            if isinstance(one, SetAside):
                assert one == other
            else:
                assert isinstance(other, PreparedArticle)
                assert (one.article, one.spans) == (other.article, other.spans)
                assert np.array_equal(one.vectors, other.vectors)


def test_no_job_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one job"):
        PrepareBeside(jobs=0)


def test_what_is_read_ahead_comes_in_its_order_and_no_further_than_was_said() -> None:
    taken: list[int] = []
    eight = threading.Event()

    def items() -> Iterator[int]:
        for i in range(40):
            taken.append(i)
            if i == 7:
                eight.set()
            yield i

    ahead = read_ahead(items(), lambda i: 0 if i < 20 else 5, most=4, most_size=9)
    for i in range(40):
        assert next(ahead) == i
        assert i or eight.wait(timeout=10)  # the next four are taken though nobody asked for them
        assert len(taken) <= min(40, i + 8)  # the four of which it is one, and the next four
    assert list(ahead) == []
    assert taken == list(range(40))


def test_what_came_before_damage_is_given_before_it_is_told() -> None:
    def items() -> Iterator[str]:
        yield from "abcde"
        raise ReadError("cut off")

    ahead = read_ahead(items(), len, most=3, most_size=100)
    assert [next(ahead) for _ in range(5)] == list("abcde")
    with pytest.raises(ReadError, match="cut off"):
        next(ahead)


def test_a_source_that_is_left_early_is_closed() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            closed.set()

    for i in read_ahead(items(), lambda i: 1, most=3, most_size=100):
        if i == 4:
            break
    assert closed.wait(timeout=10)
