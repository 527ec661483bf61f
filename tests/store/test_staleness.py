"""A reader sees what was ingested since it opened, by its own process and by another one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.errors import StoreError, StoreMissingError
from ingest.job import Batch
from store import Store, open_sink, open_store
from store.vectors import VectorIndex
from tests.conftest import COUNCIL, FERRY, ORCHARD, FakeEncoder, batch_of, fake_build, prepare

ELSEWHERE = """
import json, sys
from pathlib import Path
from store import open_sink
from tests.conftest import FakeEncoder, batch_of, fake_build, prepare
for line in sys.stdin:
    path, source, text = json.loads(line)
    with open_sink(Path(path), encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
        sink.write(batch_of(prepare(text, source=source)))
    print("written", flush=True)
"""


MANY = "\n\n".join(f"Boat number {n} left the harbour of Orr at dawn." for n in range(200))


@pytest.fixture(scope="module")
def write_elsewhere() -> Iterator[Callable[[Path, str, str], None]]:
    """Ingest in another process, which is started once."""
    root = Path(__file__).parents[2]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", ELSEWHERE], cwd=root, text=True, **pipes) as other:  # type: ignore[call-overload]

        def ingest(path: Path, source: str, text: str) -> None:
            other.stdin.write(json.dumps([str(path), source, text]) + "\n")
            other.stdin.flush()
            assert other.stdout.readline() == "written\n"

        yield ingest
        other.stdin.close()


def reading(path: Path) -> Store:
    return open_store(path, encoder=FakeEncoder(), build=fake_build())


def sources_found(store: Store, query: str, leg: str) -> set[str]:
    return {h.article.source for h in store.search(query, use=frozenset({leg}))}


def test_two_readers_see_what_another_process_adds_and_replaces(
    write: Callable[[Batch], Path], write_elsewhere: Callable[[Path, str, str], None]
) -> None:
    path = write(batch_of(prepare(FERRY, source="a.txt")))
    with reading(path) as store, reading(path) as second:
        for reader in (store, second):
            assert sources_found(reader, "ferry", "dense") == {"a.txt"}
        write_elsewhere(path, "b.txt", ORCHARD)
        for reader in (store, second):
            assert sources_found(reader, "apple ferry", "dense") == {"a.txt", "b.txt"}
            assert sources_found(reader, "apple", "lexical") == {"b.txt"}
        write_elsewhere(path, "a.txt", COUNCIL)
        for reader in (second, store):
            texts = {h.passage.text for h in reader.search("ferry Aurora council")}
            assert texts == {t for text in (COUNCIL, ORCHARD) for t in text.split("\n\n")}


def test_a_writer_after_another_process_starts_from_what_that_wrote(
    write: Callable[[Batch], Path], write_elsewhere: Callable[[Path, str, str], None]
) -> None:
    path = write(batch_of(prepare(FERRY, source="a.txt")))
    with reading(path) as store:
        assert store.search("ferry")
        write_elsewhere(path, "b.txt", ORCHARD)
        write(batch_of(prepare(COUNCIL, source="c.txt")))
        for leg in ("dense", "lexical"):
            assert sources_found(store, "apple ferry council", leg) == {"a.txt", "b.txt", "c.txt"}


def test_a_reader_sees_each_commit_of_a_writer_in_its_own_process(empty_store: Path) -> None:
    with (
        open_sink(empty_store, encoder_spec=FakeEncoder().spec, build=fake_build()) as sink,
        reading(empty_store) as store,
    ):
        for n, text in enumerate([FERRY, COUNCIL, ORCHARD], start=1):
            sink.write(batch_of(prepare(text, source=f"{n}.txt")))
            for leg in ("dense", "lexical"):
                assert sources_found(store, "Port Hallow council ferry apple", leg) >= {f"{n}.txt"}
            assert store.document_frequency("Hallow") == min(n, 2)


def test_searches_go_on_while_this_process_writes(empty_store: Path) -> None:
    failures: list[BaseException] = []
    done = threading.Event()
    with (
        open_sink(empty_store, encoder_spec=FakeEncoder().spec, build=fake_build()) as sink,
        reading(empty_store) as store,
    ):
        sink.write(batch_of(prepare(ORCHARD, source="first.txt")))

        def search() -> None:
            try:
                while not done.is_set():
                    assert store.search("apple growers")[0].article.source == "first.txt"
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=search) for _ in range(3)]
        for thread in threads:
            thread.start()
        for n in range(4):
            sink.write(batch_of(prepare(f"Number {n} is\n\nabout nothing", source="changing.txt")))
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []


def test_a_store_that_was_deleted_is_missing_and_one_made_anew_is_read(write: Callable[[Batch], Path]) -> None:
    path = write(batch_of(prepare(FERRY, source="a.txt")))
    with reading(path) as store:
        assert store.search("ferry")
        shutil.rmtree(path)
        with pytest.raises(StoreMissingError):
            store.search("ferry")
        write(batch_of(prepare(ORCHARD, source="b.txt")))
        for leg in ("dense", "lexical"):
            assert sources_found(store, "ferry apple", leg) == {"b.txt"}


def test_a_reader_writes_nothing(write: Callable[[Batch], Path]) -> None:
    path = write(batch_of(prepare(FERRY)))
    with reading(path) as store:
        with pytest.raises(StoreError, match="not open for writing"):
            store._indexes(store._view())[1].add([])
        with pytest.raises(StoreError, match="readonly"), store._catalog.begin() as connection:
            connection.exec_driver_sql("DELETE FROM passages")


def test_what_was_added_is_found_without_loading_the_vectors_again(
    write: Callable[[Batch], Path], write_elsewhere: Callable[[Path, str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[object] = []
    refresh = VectorIndex.refresh
    monkeypatch.setattr(VectorIndex, "refresh", lambda self, stamp: (loads.append(stamp), refresh(self, stamp))[1])
    monkeypatch.setattr("store.search._SOON_LOADED", 100)
    path = write(batch_of(prepare(MANY, source="a.txt")))
    with reading(path) as store:
        store.search("ferry")
        for source, text in (("b.txt", COUNCIL), ("c.txt", ORCHARD)):
            write_elsewhere(path, source, text)
            assert source in sources_found(store, text[:60], "dense")
        assert len(loads) == 1


def test_when_much_was_added_the_vectors_are_loaded_again(
    write: Callable[[Batch], Path], write_elsewhere: Callable[[Path, str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.search._MOST_FRESH", 1)
    monkeypatch.setattr("store.search._SOON_LOADED", 100)
    path = write(batch_of(prepare(MANY, source="a.txt")))
    with reading(path) as store:
        for source, text in (("b.txt", COUNCIL), ("c.txt", ORCHARD)):
            write_elsewhere(path, source, text)
            assert source in sources_found(store, text[:60], "dense")
            assert store._loaded is not None
        assert store._loaded.n_vectors == 205
        assert len(store._fresh.ids) == 0
