"""What a person takes out or puts right: it leaves no trace, and it stays as it was said."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from ingest.errors import StoreError, UnknownSourceError
from ingest.job import PreparedArticle
from store.corrections import Correction
from store.lexical import LexicalIndex
from store.search import Store, open_store
from store.writer import StoreSink, open_sink
from tests.conftest import FERRY, ORCHARD, FakeEncoder, batch_of, fake_build, file_state, prepare

DAY = dt.date(2026, 11, 21)


def writing(path: Path, *, rebuild: bool = False) -> StoreSink:
    return open_sink(path, encoder_spec=FakeEncoder().spec, build=fake_build(), rebuild=rebuild, encoder=FakeEncoder())


def reading(path: Path) -> Store:
    return open_store(path, encoder=FakeEncoder(), build=fake_build())


@pytest.fixture
def filled(empty_store: Path, invented: tuple[PreparedArticle, ...]) -> Path:
    """A store of the invented articles."""
    with writing(empty_store) as sink:
        sink.write(batch_of(*invented))
    return empty_store


def bytes_in(store: Path) -> bytes:
    """Every byte of every file in the folder of the store, and what the compressed texts among them say."""
    data = b"\0".join(path.read_bytes() for path in sorted(store.rglob("*")) if path.is_file())
    with sqlite3.connect(store / "catalog.sqlite3") as catalog:
        packed = [row[0] for row in catalog.execute("SELECT source_text FROM articles")]
    catalog.close()
    return data + b"\0".join(zlib.decompress(text) for text in packed)


def traces(article: PreparedArticle) -> dict[str, bytes]:
    """What would betray an article: its words, its text as it is packed, its vectors, its name."""
    packed = zlib.compress(article.source_text.encode())
    vector = article.vectors[0]
    return {
        "a word": b"Aurora",
        "the headline": b"Ferry runs aground",
        "the source": b"ferry.txt",
        "the packed text": packed[20:52],
        "a vector": struct.pack(f"<{len(vector)}f", *vector),
    }


def found_in(data: bytes, article: PreparedArticle) -> list[str]:
    return [name for name, trace in traces(article).items() if trace in data]


def test_before_it_is_removed_an_article_is_all_over_the_store(
    filled: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    assert found_in(bytes_in(filled), invented[0]) == list(traces(invented[0]))


def test_what_is_removed_leaves_no_byte_behind_after_compacting(
    filled: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    with writing(filled) as sink:
        removed = sink.remove(["ferry.txt"], DAY)
        sink.compact()
    assert [a.source for a in removed] == ["ferry.txt"]
    assert found_in(bytes_in(filled), invented[0]) == []
    with reading(filled) as store:
        assert {h.article.source for h in store.search("ferry captain fog council", k=10)} == {
            "orchard.txt",
            "town/council.txt",
        }


def test_the_full_text_index_keeps_no_file_that_held_what_was_removed(filled: Path) -> None:
    lexical = filled / "lexical"
    before = {path.name for path in lexical.iterdir() if re.match(r"[0-9a-f]{32}\.", path.name)}
    with writing(filled) as sink:
        sink.remove(["ferry.txt"], DAY)
        sink.compact()
    after = {path.name for path in lexical.iterdir()}
    assert before
    assert not before & after
    assert not [name for name in after if name.endswith(".del")]


def test_what_was_edited_leaves_no_byte_of_its_old_text_after_compacting(
    filled: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    edited = prepare("The ship is afloat again, the harbour office said on Friday.", source="ferry.txt")
    with writing(filled) as sink:
        sink.write(batch_of(edited))
        sink.compact()
    assert [trace for trace in found_in(bytes_in(filled), invented[0]) if trace != "the source"] == []


def test_removing_takes_the_article_from_every_place_it_lies_at(empty_store: Path) -> None:
    ferry = prepare(FERRY, source="ferry.txt")
    with writing(empty_store) as sink:
        sink.write(batch_of(ferry, extra=[file_state("copy/ferry.txt", article_id=ferry.article.article_id)]))
        (removed,) = sink.remove(["ferry.txt"], DAY)
        assert removed.sources == ("copy/ferry.txt", "ferry.txt")
        assert not sink.files()


def test_removing_a_folder_takes_what_lies_below_it(filled: Path) -> None:
    with writing(filled) as sink:
        assert [a.source for a in sink.remove(["town"], DAY)] == ["town/council.txt"]


def test_removing_what_is_not_there_removes_nothing_at_all(filled: Path) -> None:
    with writing(filled) as sink:
        with pytest.raises(UnknownSourceError, match=r"missing\.txt"):
            sink.remove(["ferry.txt", "missing.txt"], DAY)
        assert len(sink.files()) == 3


def test_a_removed_content_is_known_by_its_digest_and_survives_a_rebuild(
    filled: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    digest = invented[0].article.article_id
    with writing(filled) as sink:
        sink.remove(["ferry.txt"], DAY, retracted=True)
    with writing(filled, rebuild=True) as sink:
        assert sink.removals() == {digest: "retracted on 2026-11-21; --readmit lets it in again"}
        sink.readmit([digest])
        assert sink.removals() == {}


def test_an_open_store_goes_on_answering_through_a_compaction(filled: Path) -> None:
    with reading(filled) as store:
        before = [h.passage for h in store.search("apple harvest frost", k=3)]
        with writing(filled) as sink:
            sink.remove(["ferry.txt"], DAY)
            sink.compact()
        assert [h.passage for h in store.search("apple harvest frost", k=3)][:2] == before[:2]
        assert not any(h.article.source == "ferry.txt" for h in store.search("ferry aground", k=10))


def test_a_process_of_its_own_compacts_beside_an_open_store(filled: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.store.test_removal import writing\n"
        "with writing(Path(sys.argv[1])) as sink: sink.compact()"
    )
    with reading(filled) as store:
        store.search("apple", k=3)
        subprocess.run([sys.executable, "-c", code, str(filled)], check=True, timeout=120)
        assert store.search("apple harvest", k=1)[0].article.source == "orchard.txt"


@pytest.mark.parametrize("state", ["before the swap", "in its midst", "after it"])
def test_a_compaction_that_was_cut_short_costs_nothing(filled: Path, state: str) -> None:
    vectors, fresh, old = filled / "vectors", filled / "vectors.new", filled / "vectors.old"
    if state == "before the swap":
        fresh.mkdir()
        (fresh / "half").write_text("written")
    elif state == "in its midst":
        fresh.mkdir()
        vectors.rename(old)
    else:
        old.mkdir()
        (old / "aurora").write_text("Aurora")
    with writing(filled) as sink:
        assert sink.restored == 0
    assert not fresh.exists()
    assert not old.exists()
    with reading(filled) as store:
        assert store.search("apple harvest", k=1)[0].article.source == "orchard.txt"


# --- corrections ----------------------------------------------------------------------------------------------------


def correct(path: Path, source: str, correction: Correction | None) -> None:
    with writing(path) as sink:
        sink.correct(source, correction)


def test_a_correction_says_that_a_person_made_it(filled: Path) -> None:
    correct(
        filled, "orchard.txt", Correction(published=dt.date(2021, 9, 1), outlet="Venn Times", authors=("Ida Holm",))
    )
    with reading(filled) as store:
        article = store.article("orchard.txt")
    assert (article.published.day, article.published.basis) == (dt.date(2021, 9, 1), "set by the user")
    assert (article.outlet, article.authors) == ("Venn Times", ("Ida Holm",))
    assert article.outlet_basis is not None
    assert article.outlet_basis.confidence == 1.0
    assert article.headline == "Frost hits apple harvest"


def test_a_corrected_day_counts_for_filters(filled: Path) -> None:
    from store.hits import Filters

    correct(filled, "orchard.txt", Correction(published=dt.date(2021, 9, 1)))
    with reading(filled) as store:
        only = Filters(published_from=dt.date(2021, 8, 1), undated=False)
        assert {h.article.source for h in store.search("apple council ferry", filters=only)} == {"orchard.txt"}


def test_a_corrected_headline_is_found_by_its_words(filled: Path) -> None:
    correct(filled, "orchard.txt", Correction(headline="Zeppelins over the valley"))
    with reading(filled) as store:
        (first, *_) = store.search("zeppelins", k=1, use=frozenset({"lexical"}))
        assert first.article.headline == "Zeppelins over the valley"
        assert not store.search("hits", k=1, use=frozenset({"lexical"}))


def test_a_correction_outlives_a_new_version_of_the_file_and_a_rebuild(filled: Path) -> None:
    correct(filled, "orchard.txt", Correction(headline="Late frost"))
    edited = prepare(ORCHARD + " It said more.", source="orchard.txt", headline="Frost hits")
    with writing(filled) as sink:
        sink.write(batch_of(edited))
    with reading(filled) as store:
        assert store.article("orchard.txt").headline == "Late frost"
    with writing(filled, rebuild=True) as sink:
        sink.write(batch_of(edited))
    with reading(filled) as store:
        assert store.article("orchard.txt").headline == "Late frost"


def test_a_second_correction_lets_the_first_stand(filled: Path) -> None:
    correct(filled, "orchard.txt", Correction(headline="Late frost"))
    correct(filled, "orchard.txt", Correction(outlet="Venn Times"))
    with reading(filled) as store:
        article = store.article("orchard.txt")
    assert (article.headline, article.outlet) == ("Late frost", "Venn Times")


def test_without_its_corrections_an_article_is_as_it_was_found(filled: Path) -> None:
    def seen(store: Store) -> object:
        return store.article("ferry.txt")

    with reading(filled) as store:
        found = seen(store)
    correct(filled, "ferry.txt", Correction(headline="x", outlet="y", authors=(), published=DAY))
    correct(filled, "ferry.txt", None)
    with reading(filled) as store:
        assert seen(store) == found


def test_what_lies_at_no_source_cannot_be_put_right(filled: Path) -> None:
    with writing(filled) as sink, pytest.raises(UnknownSourceError, match=r"nowhere\.txt"):
        sink.correct("nowhere.txt", Correction(headline="x"))


def test_a_correction_of_a_source_goes_with_the_source(filled: Path) -> None:
    correct(filled, "ferry.txt", Correction(headline="Put right"))
    ferry = prepare(FERRY, source="elsewhere.txt")
    with writing(filled) as sink:
        sink.write(batch_of(ferry, removed=["ferry.txt"]))
    with reading(filled) as store:
        assert store.article("elsewhere.txt").headline == "Ferry runs aground"


# --- the headline that is searched is the one that counts -----------------------------------------------------------


def found_by(path: Path, word: str) -> int:
    lexical = LexicalIndex(path / "lexical")
    try:
        return len(lexical.search(word, 100))
    finally:
        lexical.close()


def test_a_corrected_headline_is_searched_after_its_file_was_edited(
    filled: Path, invented: tuple[PreparedArticle, ...]
) -> None:
    with writing(filled) as sink:
        sink.correct("ferry.txt", Correction(headline="Zeppelin over Hallow"))
        sink.write(batch_of(prepare(FERRY + " More soon.", source="ferry.txt", headline="Ferry runs aground")))
    assert found_by(filled, "Zeppelin") == len(invented[0].spans)


def test_a_headline_whose_correction_was_cut_short_is_searched_after_the_next_run(
    filled: Path, invented: tuple[PreparedArticle, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise StoreError("no room left")

    with writing(filled) as sink:
        monkeypatch.setattr(sink._lexical, "replace", fails)
        with pytest.raises(StoreError, match="no room left"):
            sink.correct("ferry.txt", Correction(headline="Zeppelin over Hallow"))
    assert found_by(filled, "Zeppelin") == 0
    with writing(filled):
        pass
    assert found_by(filled, "Zeppelin") == len(invented[0].spans)
