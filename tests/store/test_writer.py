"""One commit point: a batch is visible as a whole or not at all, whatever fails in between."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.errors import StoreError, StoreLockedError, StoreMismatchError
from ingest.files import find_files
from ingest.job import Batch, FileToIngest, PreparedArticle, SetAside, ingest
from ingest.pipeline import run_batch
from store import Store, StoreSink, open_sink, open_store
from store.commit import WritableCatalog
from store.lexical import LexicalEntry, LexicalIndex
from store.lexical import _as_store_error as lexical_errors
from store.vectors import VectorIndex
from store.vectors import _as_store_error as vector_errors
from tests.conftest import COUNCIL, FERRY, ORCHARD, FakeEncoder, batch_of, fake_build, file_state, prepare


class Crash(BaseException):
    """The process dies here: nothing of ours may catch it and tidy up."""


class Fragile:
    """A catalogue or index that dies at the call named `dies_at`, before or after doing it."""

    def __init__(self, real: object, dies_at: str, *, after: bool) -> None:
        self._real, self._dies_at, self._after = real, dies_at, after

    def __getattr__(self, name: str) -> object:
        method = getattr(self._real, name)
        if name != self._dies_at:
            return method

        def dying(*args: object) -> None:
            if self._after:
                method(*args)
            raise Crash(name)

        return dying


def sink_at(
    path: Path, *, rebuild: bool = False, encoder: FakeEncoder | None = None, splitting: str = "1"
) -> StoreSink:
    encoder = encoder or FakeEncoder()
    build = fake_build(encoder, splitting=splitting)
    return open_sink(
        path, encoder_spec=encoder.spec, build=build, rebuild=rebuild, encoder=encoder, count_tokens=count_words
    )


def count_words(text: str) -> int:
    return len(text.split())


def reading(path: Path) -> Store:
    return open_store(path, encoder=FakeEncoder(), build=fake_build())


def ids_in(path: Path) -> tuple[set[int], set[int], set[int]]:
    """The passage ids of the catalogue, of the vectors and of the full text."""
    catalog = WritableCatalog.create(path)
    vectors, lexical = VectorIndex(path / "vectors", writing=True), LexicalIndex(path / "lexical")
    found = set(catalog.passage_ids()), set(vectors.ids()), set(lexical.ids())
    catalog.close()
    vectors.close()
    lexical.close()
    return found


def assert_whole(path: Path) -> None:
    """Law: at rest, catalogue and indexes hold the same ids and nothing is left over."""
    in_catalog, in_vectors, in_lexical = ids_in(path)
    assert in_catalog == in_vectors == in_lexical
    catalog = WritableCatalog.create(path)
    assert catalog.leftovers() == ((), (), False)
    catalog.close()


@contextmanager
def crashing(path: Path, part: str, call: str, *, after: bool) -> Iterator[StoreSink]:
    """A sink of which one part dies; leaving the block is what the end of the process would be."""
    sink = sink_at(path)
    setattr(sink, f"_{part}", Fragile(getattr(sink, f"_{part}"), call, after=after))
    try:
        with pytest.raises(Crash):
            yield sink
    finally:
        sink.close()


STEPS = [
    ("catalog", "reserve", False),
    ("catalog", "reserve", True),
    ("vectors", "add", False),
    ("vectors", "add", True),
    ("lexical", "add", False),
    ("lexical", "add", True),
    ("catalog", "commit", False),
    ("catalog", "commit", True),
    ("vectors", "delete", False),
    ("vectors", "delete", True),
    ("lexical", "delete", False),
    ("lexical", "delete", True),
    ("catalog", "clear_leftovers", False),
    ("catalog", "clear_leftovers", True),
]


@pytest.mark.parametrize(("part", "call", "after"), STEPS)
def test_a_crash_at_any_step_leaves_all_of_the_batch_or_nothing(
    empty_store: Path, part: str, call: str, after: bool
) -> None:
    old, other, new = prepare(FERRY, source="a.txt"), prepare(ORCHARD, source="b.txt"), prepare(COUNCIL, source="a.txt")
    with sink_at(empty_store) as sink:
        sink.write(batch_of(old, other))
    with crashing(empty_store, part, call, after=after) as sink:
        sink.write(batch_of(new))
    committed = STEPS.index((part, call, after)) >= STEPS.index(("catalog", "commit", True))
    with reading(empty_store) as store:
        assert store.source_text("a.txt") == (COUNCIL if committed else FERRY)
        hits = store.search("Port Hallow apple ferry market", k=50)
        assert {h.article.article_id for h in hits} == {a.article_id for a in store.articles()}
        assert len(hits) == store.n_passages
    with sink_at(empty_store):
        pass
    assert_whole(empty_store)
    with sink_at(empty_store) as sink:  # the interrupted batch, once more
        sink.write(batch_of(new))
    assert_whole(empty_store)
    with reading(empty_store) as store:
        assert store.source_text("a.txt") == COUNCIL


def test_an_error_in_one_write_does_not_spoil_the_next_of_the_same_sink(empty_store: Path) -> None:
    with sink_at(empty_store) as sink:
        whole = sink._lexical
        sink._lexical = Fragile(whole, "add", after=True)  # type: ignore[assignment]
        with pytest.raises(Crash):
            sink.write(batch_of(prepare(FERRY)))
        sink._lexical = whole
        sink.write(batch_of(prepare(ORCHARD)))
    assert_whole(empty_store)


def test_passage_ids_are_never_used_twice(empty_store: Path) -> None:
    seen: set[int] = set()
    for n, text in enumerate([FERRY, COUNCIL, ORCHARD]):
        with sink_at(empty_store, rebuild=n == 2) as sink:
            sink.write(batch_of(prepare(text)))
        ids = ids_in(empty_store)[0]
        assert not ids & seen
        seen |= ids


def test_writing_a_batch_twice_changes_nothing(empty_store: Path, invented: tuple[PreparedArticle, ...]) -> None:
    batch = batch_of(*invented, extra=[file_state("bad.txt", reason="it is empty")])
    with sink_at(empty_store) as sink, reading(empty_store) as store:
        sink.write(batch)
        before = store.generation, store.articles(), store.files(), ids_in(empty_store)
        sink.write(batch)
        assert (store.generation, store.articles(), store.files(), ids_in(empty_store)) == before


def test_a_replaced_article_leaves_both_indexes(empty_store: Path) -> None:
    with sink_at(empty_store) as sink:
        sink.write(batch_of(prepare(FERRY)))
        old = ids_in(empty_store)[0]
        sink.write(batch_of(prepare(COUNCIL)))
    assert not old & set().union(*ids_in(empty_store))
    assert_whole(empty_store)


def test_a_removed_file_takes_its_article_with_it(empty_store: Path) -> None:
    with sink_at(empty_store) as sink, reading(empty_store) as store:
        sink.write(batch_of(prepare(FERRY, source="a.txt"), prepare(ORCHARD, source="b.txt")))
        sink.write(batch_of(removed=["a.txt"]))
        assert [a.source for a in store.articles()] == ["b.txt"]
        assert {h.article.source for h in store.search("ferry apple")} == {"b.txt"}
    assert_whole(empty_store)


def test_an_article_stays_as_long_as_one_of_its_sources_does(empty_store: Path) -> None:
    article = prepare(FERRY, source="b.txt")
    copy = file_state("a.txt", article_id=article.article.article_id)
    with sink_at(empty_store) as sink, reading(empty_store) as store:
        sink.write(batch_of(article, extra=[copy]))
        assert store.article("b.txt").sources == ("a.txt", "b.txt")
        sink.write(batch_of(removed=["a.txt"]))
        assert [a.sources for a in store.articles()] == [("b.txt",)]
        sink.write(batch_of(removed=["b.txt"]))
        assert store.articles() == ()


def test_a_moved_file_keeps_its_passages(empty_store: Path) -> None:
    article = prepare(FERRY, source="a.txt")
    with sink_at(empty_store) as sink, reading(empty_store) as store:
        sink.write(batch_of(article))
        before = store.passages(article.article.article_id)
        moved = file_state("new/a.txt", article_id=article.article.article_id)
        sink.write(Batch((), (moved,), (file_state("a.txt", reason="-").path,)))
        assert store.passages(store.article("new/a.txt").article_id) == before


def test_two_files_may_swap_their_contents_in_one_batch(empty_store: Path) -> None:
    with sink_at(empty_store) as sink, reading(empty_store) as store:
        sink.write(batch_of(prepare(FERRY, source="a.txt"), prepare(ORCHARD, source="b.txt")))
        sink.write(batch_of(prepare(FERRY, source="b.txt"), prepare(ORCHARD, source="a.txt")))
        assert (store.source_text("a.txt"), store.source_text("b.txt")) == (ORCHARD, FERRY)


def test_file_states_come_back_as_written_even_with_undecodable_names(empty_store: Path) -> None:
    states = [
        file_state("caf\udce9.txt", reason="it is empty"),
        file_state("日本 ½.txt", reason="no article", mtime_ns=2**60),
    ]
    with sink_at(empty_store) as sink:
        sink.write(batch_of(extra=states))
        assert sink.files() == {s.path: s for s in states}


def test_a_batch_that_names_an_unknown_article_is_refused(empty_store: Path) -> None:
    with sink_at(empty_store) as sink:
        with pytest.raises(ValueError, match="neither in the batch nor in the store"):
            sink.write(batch_of(extra=[file_state("a.txt", article_id="1" * 64)]))
        with pytest.raises(ValueError, match="no file of the batch names"):
            sink.write(Batch((prepare(FERRY),), (), ()))
    assert_whole(empty_store)


def test_two_writers_cannot_meet_and_the_first_is_named(empty_store: Path) -> None:
    with sink_at(empty_store), pytest.raises(StoreLockedError, match=rf"process {os.getpid()}, started 20\d\d-"):
        sink_at(empty_store)
    with sink_at(empty_store):
        pass


def test_a_holder_note_left_by_a_crash_does_not_lock(empty_store: Path) -> None:
    (empty_store / "writer.json").write_text(json.dumps({"pid": 1, "started": "2020-01-01T00:00:00+00:00"}))
    with sink_at(empty_store):
        pass


def test_another_build_cannot_be_written_to_but_can_be_rebuilt(empty_store: Path) -> None:
    with sink_at(empty_store) as sink:
        sink.write(batch_of(prepare(FERRY)))
    wider = FakeEncoder(96)
    with pytest.raises(StoreMismatchError, match="--rebuild"):
        sink_at(empty_store, encoder=wider)
    with sink_at(empty_store, encoder=wider, rebuild=True) as sink:
        assert sink.files() == {}
        sink.write(batch_of(prepare(ORCHARD, encoder=wider)))
    assert_whole(empty_store)
    with open_store(empty_store, encoder=wider, build=fake_build(wider)) as store:
        assert {h.article.article_id for h in store.search("apple")} == {prepare(ORCHARD).article.article_id}


def test_an_open_store_notices_that_it_was_rebuilt_for_another_encoder(empty_store: Path) -> None:
    with sink_at(empty_store) as sink:
        sink.write(batch_of(prepare(FERRY)))
    with reading(empty_store) as store:
        assert store.search("ferry")
        with sink_at(empty_store, encoder=FakeEncoder(96), rebuild=True):
            pass
        with pytest.raises(StoreMismatchError, match="dimension"):
            store.search("ferry")


def test_a_rebuild_that_was_cut_short_is_finished_on_opening(
    empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sink_at(empty_store) as sink:
        sink.write(batch_of(prepare(FERRY)))
    with monkeypatch.context() as patched:
        patched.setattr(WritableCatalog, "mark_clean", Fragile(WritableCatalog, "mark_clean", after=False).mark_clean)
        with pytest.raises(Crash):
            sink_at(empty_store, rebuild=True)
    with sink_at(empty_store):
        pass
    assert_whole(empty_store)
    assert ids_in(empty_store)[1] == set()


class CountingEncoder(FakeEncoder):
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        return super().encode(texts)


@pytest.mark.parametrize(("index", "made_again"), [("vectors", 1), ("lexical", 0)])
def test_passages_that_an_index_lost_are_put_back_from_the_catalogue(
    empty_store: Path, index: str, made_again: int
) -> None:
    with sink_at(empty_store) as sink:
        sink.write(batch_of(prepare(FERRY, source="a.txt"), prepare(ORCHARD, source="b.txt")))
        lost = next(iter(ids_in(empty_store)[0]))
        getattr(sink, f"_{index}").delete([lost])
    encoder = CountingEncoder()
    with sink_at(empty_store, encoder=encoder) as sink:
        assert (sink.restored, sorted(sink.files())) == (1, ["/articles/a.txt", "/articles/b.txt"])
    assert len(encoder.texts) == made_again
    assert_whole(empty_store)


@pytest.mark.parametrize("folder", ["vectors", "lexical"])
def test_an_index_that_was_deleted_is_made_again_and_an_open_store_sees_it(
    empty_store: Path, invented: tuple[PreparedArticle, ...], folder: str
) -> None:
    with sink_at(empty_store) as sink:
        sink.write(batch_of(*invented))
    with reading(empty_store) as store:
        before = store.search("ferry aurora")
    shutil.rmtree(empty_store / folder)
    with reading(empty_store) as store:
        with pytest.raises(StoreError, match="dateline ingest"):
            store.search("ferry aurora")
        with sink_at(empty_store) as sink:
            assert sink.restored == 8
        found = store.search("ferry aurora")
    # the invented passages were embedded without their headlines, so only what answers is sure to keep its place
    assert {hit.passage for hit in found} == {hit.passage for hit in before}
    assert [hit.passage for hit in found[:2]] == [hit.passage for hit in before[:2]]
    assert_whole(empty_store)


def test_vectors_that_were_cut_off_are_put_back_from_the_catalogue_without_a_rebuild(
    empty_store: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    with sink_at(empty_store) as sink:
        sink.write(batch_of(*invented))
    for file in (empty_store / "vectors").glob("*/*.bin"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with (
        reading(empty_store) as store,
        pytest.raises(StoreError, match=r"is damaged: .* holds .* bytes: `dateline ingest FOLDER --store"),
    ):
        store.search("ferry")
    with sink_at(empty_store, encoder=FakeEncoder()) as sink:
        assert sink.restored == sum(len(a.spans) for a in invented)
    assert_whole(empty_store)
    with reading(empty_store) as store:
        assert len(store.search("Port Hallow apple ferry market", k=50)) == store.n_passages


def test_lost_vectors_are_made_as_the_ingest_pipeline_makes_them(empty_store: Path, tmp_path: Path) -> None:
    text = "<html><title>{}</title><body><h1>{}</h1>" + "".join(f"<p>{p}</p>" for p in FERRY.split("\n\n"))
    for name, headline in (("a.html", "Ferry runs aground off Port Hallow"), ("b.html", "Ferry aground " * 80)):
        (tmp_path / name).write_text(text.format(headline, headline))
    first, again = CountingEncoder(), CountingEncoder()

    def prepare_files(files: Sequence[FileToIngest]) -> Sequence[PreparedArticle | SetAside]:
        return run_batch(files, encoder=first, count_tokens=count_words)

    with sink_at(empty_store) as sink:
        assert ingest([tmp_path / "a.html", tmp_path / "b.html"], sink, prepare=prepare_files).articles == 2
    shutil.rmtree(empty_store / "vectors")
    with sink_at(empty_store, encoder=again):
        pass
    assert sorted(again.texts) == sorted(first.texts)
    assert {text.startswith("Ferry ") for text in again.texts} == {True, False}


def test_a_reader_reports_an_index_that_lacks_passages(empty_store: Path) -> None:
    with sink_at(empty_store) as sink:
        sink.write(batch_of(prepare(FERRY)))
        sink._vectors.delete([1])
    with (
        reading(empty_store) as store,
        pytest.raises(StoreError, match=r"2 of 3 passages.*/articles --store .*--rebuild"),
    ):
        store.search("ferry")


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


DAMAGE = {"garbage": lambda data: b"garbage" * 1000, "truncated": cut, "empty": lambda data: b""}


@pytest.mark.parametrize("file", ["catalog.sqlite3", "vectors/chroma.sqlite3"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_rebuild_mends_what_every_other_command_reports_with_its_command(
    empty_store: Path, file: str, damage: str
) -> None:
    with sink_at(empty_store) as sink:
        sink.write(batch_of(prepare(FERRY)))
    path = empty_store / file
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    if file == "catalog.sqlite3":
        with pytest.raises(StoreError, match=r"dateline ingest .*--rebuild --store"), sink_at(empty_store):
            pass
    with pytest.raises(StoreError, match=r"dateline ingest .*--rebuild --store") as caught, ExitStack() as opened:
        opened.enter_context(reading(empty_store)).search("ferry")
    assert "no such table" not in str(caught.value)
    if file != "catalog.sqlite3":  # vectors are made again from the catalogue, without a rebuild
        with sink_at(empty_store) as sink:
            assert sink.restored == 3
        assert_whole(empty_store)
    with sink_at(empty_store, rebuild=True) as sink:
        sink.write(batch_of(prepare(ORCHARD)))
    assert_whole(empty_store)
    with reading(empty_store) as store:
        assert store.search("apple")[0].article.article_id == prepare(ORCHARD).article.article_id


def test_a_catalogue_that_cannot_be_used_is_kept_aside_by_a_rebuild(empty_store: Path) -> None:
    (empty_store / "catalog.sqlite3").write_bytes(b"garbage" * 1000)
    with sink_at(empty_store, rebuild=True):
        pass
    assert (empty_store / "catalog.sqlite3.damaged").read_bytes() == b"garbage" * 1000


def test_the_command_to_rebuild_names_what_was_passed(empty_store: Path) -> None:
    states = [
        replace(file_state(source, reason="it is empty"), root=root)
        for source, root in [("a.txt", "/news/a.txt"), ("b c.txt", "/b c.txt"), ("d.txt", "/d"), ("e.txt", "/d/sub")]
    ]
    with sink_at(empty_store) as sink:
        sink.write(batch_of(extra=states))
    with pytest.raises(StoreMismatchError, match=r"dateline ingest '/b c\.txt' /d /news/a\.txt --rebuild"):
        sink_at(empty_store, splitting="2")


def test_half_a_character_in_a_headline_or_name_does_not_fail_the_batch(empty_store: Path) -> None:
    whole = prepare(FERRY)
    article = replace(whole.article, headline="Ferry \ud83d aground", authors=("Ada \udc00",), outlet="\ud800")
    with sink_at(empty_store) as sink:
        sink.write(batch_of(replace(whole, article=article)))
    with reading(empty_store) as store:
        [stored] = store.articles()
        assert (stored.headline, stored.authors, stored.outlet) == ("Ferry ? aground", ("Ada ?",), "?")
        assert store.search("ferry")


def test_an_index_inside_the_ingested_folder_is_no_article(tmp_path: Path, empty_template: Path) -> None:
    (tmp_path / "a.txt").write_text(FERRY)
    shutil.copytree(empty_template, tmp_path / "index")
    assert [file.path.name for file in find_files([tmp_path])] == ["a.txt"]
    shutil.copytree(empty_template, tmp_path, dirs_exist_ok=True)
    assert [file.path.name for file in find_files([tmp_path])] == ["a.txt"]


def test_a_delete_that_was_cut_short_does_not_stop_the_next_one(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path / "lexical", writing=True)
    index.add([LexicalEntry(i, f"word{i}", None) for i in range(4)])
    index.close()
    index = LexicalIndex(tmp_path / "lexical", writing=True)  # a new writer counts from the last commit
    before = (tmp_path / "lexical" / "meta.json").read_bytes()
    index.delete([2])
    index.close()
    (tmp_path / "lexical" / "meta.json").write_bytes(before)  # the last file that a commit writes
    index = LexicalIndex(tmp_path / "lexical", writing=True)
    assert sorted(index.ids()) == [0, 1, 2, 3]
    index.delete([2])
    assert sorted(index.ids()) == [0, 1, 3]
    index.close()


def test_a_panic_of_the_full_text_engine_is_our_error(tmp_path: Path) -> None:
    class PanicException(BaseException):
        """As Rust's arrives."""

    with pytest.raises(StoreError, match="--rebuild"), lexical_errors(tmp_path):
        raise PanicException("index out of bounds")
    with pytest.raises(KeyboardInterrupt), lexical_errors(tmp_path):
        raise KeyboardInterrupt


@pytest.mark.parametrize("errors", [lexical_errors, vector_errors])
def test_a_step_that_fails_where_hardly_any_room_is_left_is_told_as_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, errors: Callable[[Path], AbstractContextManager[None]]
) -> None:
    """Chroma may say no more than "Failed to apply logs to the metadata segment"."""
    for free, told in [(2**20, "no room left on the disk"), (2**30, "failed: Error in compaction")]:
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: SimpleNamespace(free=free))
        with pytest.raises(StoreError, match=told), errors(tmp_path / "store" / "index"):
            raise RuntimeError("Error in compaction")


def test_a_damaged_index_is_our_error(empty_store: Path) -> None:
    with sink_at(empty_store) as sink:
        sink.write(batch_of(prepare(FERRY)))
    (empty_store / "lexical" / "meta.json").write_text("{")
    with reading(empty_store) as store, pytest.raises(StoreError, match="--rebuild"):
        store.search("ferry")
    with sink_at(empty_store, rebuild=True) as sink:
        sink.write(batch_of(prepare(FERRY)))
    assert_whole(empty_store)


def test_a_folder_that_cannot_be_written_to_is_our_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="--store"):
        sink_at(tmp_path / "file")
