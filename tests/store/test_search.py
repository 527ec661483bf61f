"""What a search returns, and what else is read from a store."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import StoreError, StoreMismatchError, StoreMissingError, UnknownSourceError
from ingest.job import Batch, PreparedArticle
from store import Filters, Hit, Store, fuse, open_sink, open_store
from store.lexical import query_terms
from store.ranking import View, _distinct, rank
from store.vectors import VectorIndex
from tests.conftest import FERRY, ORCHARD, FakeEncoder, batch_of, fake_build, file_state, prepare

DENSE, LEXICAL = frozenset({"dense"}), frozenset({"lexical"})
Write = Callable[[Batch], Path]


def reading(path: Path) -> Store:
    return open_store(path, encoder=FakeEncoder(), build=fake_build())


def test_the_passage_that_answers_ranks_first(tmp_store: Store) -> None:
    hits = tmp_store.search("How many passengers were aboard the ferry Aurora?")
    assert hits[0].passage.text.startswith("The ferry Aurora ran aground")
    assert hits[0].article.source == "ferry.txt"


def test_ranks_count_from_one_and_scores_never_rise(tmp_store: Store) -> None:
    hits = tmp_store.search("the vote on the fish market of Port Hallow")
    assert [h.rank for h in hits] == list(range(1, len(hits) + 1))
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)


def test_every_hit_slices_back_from_its_source_text(tmp_store: Store) -> None:
    for hit in tmp_store.search("apple harvest, ferry, council"):
        assert tmp_store.source_text(hit.article.source)[hit.passage.start : hit.passage.end] == hit.passage.text


def test_k_limits_the_hits(tmp_store: Store) -> None:
    assert len(tmp_store.search("Port Hallow", k=2)) == 2


def test_cosine_and_the_share_of_the_best_bm25_add_up() -> None:
    fused = fuse([(7, 0.8), (8, 0.6)], [(8, 10.0), (9, 5.0)])
    # what one of the two did not find counts as its lowest: 7 as BM25 5, 9 as cosine 0.6
    assert dict(fused) == {7: pytest.approx(1.0), 8: pytest.approx(1.0), 9: pytest.approx(0.8)}
    assert fused[-1][0] == 9


def test_one_ranking_alone_keeps_its_order() -> None:
    assert [i for i, _ in fuse([(7, 0.8), (3, 0.6)], [])] == [7, 3]
    assert [i for i, _ in fuse([], [(9, 4.0), (4, 2.0)])] == [9, 4]


def test_ties_go_to_the_lower_id() -> None:
    assert [i for i, _ in fuse([(9, 0.5), (4, 0.5)], [])] == [4, 9]


def test_a_bonus_is_added() -> None:
    assert [i for i, _ in fuse([(1, 0.50), (2, 0.45)], [], lambda i: 0.1 * (i == 2))] == [2, 1]


@pytest.mark.parametrize("query", ["?!… —", "北京是首都", "\ud800", "(", '"', 'AND OR NOT body:"', "a" * 3000, "\x00"])
def test_no_query_breaks_the_search(tmp_store: Store, query: str) -> None:
    assert len(tmp_store.search(query)) == 8


def test_an_empty_query_finds_nothing(tmp_store: Store) -> None:
    assert tmp_store.search(" \n") == ()


def test_without_a_known_word_the_lexical_index_alone_finds_nothing(tmp_store: Store) -> None:
    assert tmp_store.search("?!…", use=LEXICAL) == ()
    assert tmp_store.search("zyzzyva", use=LEXICAL) == ()


def test_each_index_can_be_asked_alone(tmp_store: Store) -> None:
    assert 0 < tmp_store.search("late frost", use=DENSE)[0].score <= 1
    assert tmp_store.search("late frost", use=LEXICAL)[0].article.source == "orchard.txt"


def test_an_unknown_index_is_refused(tmp_store: Store) -> None:
    with pytest.raises(ValueError, match="splade"):
        tmp_store.search("frost", use=frozenset({"splade"}))


def test_filters_hold_for_every_hit(tmp_store: Store) -> None:
    hits = tmp_store.search("Port Hallow ferry", filters=Filters(published_from=dt.date(2021, 4, 1), undated=False))
    assert {h.article.source for h in hits} == {"town/council.txt"}


def test_a_folder_as_filter_admits_what_lies_below_it(tmp_store: Store) -> None:
    assert {h.article.source for h in tmp_store.search("Lunde", filters=Filters(sources=("town",)))} == {
        "town/council.txt"
    }


def test_filters_that_admit_nothing_give_no_hits(tmp_store: Store) -> None:
    assert tmp_store.search("Lunde", filters=Filters(sources=("elsewhere",))) == ()


@pytest.mark.parametrize(
    ("source", "admitted"),
    [
        ("wire.jsonl.gz", {"wire.jsonl.gz#2", "wire.jsonl.gz#10"}),
        ("wire.jsonl.gz#2", {"wire.jsonl.gz#2"}),
        ("wire.jsonl.gz#1", set()),
        ("wire.jsonl", set()),
        ("ferry.txt", {"ferry.txt"}),
    ],
)
def test_a_container_among_the_sources_admits_its_lines(write: Write, source: str, admitted: set[str]) -> None:
    names = ("wire.jsonl.gz#10", "wire.jsonl.gz#2", "ferry.txt", "ferry.txt#2")
    path = write(batch_of(*(prepare(f"The dam at Orr held, said {name}.", source=name) for name in names)))
    with open_store(path, encoder=FakeEncoder(), build=fake_build()) as store:
        filters = Filters(sources=(source,))
        assert {article.source for article in store.articles(filters)} == admitted
        assert {hit.article.source for hit in store.search("dam", filters=filters)} == admitted
        assert [article.source for article in store.articles()][-2:] == ["wire.jsonl.gz#2", "wire.jsonl.gz#10"]


def test_equal_texts_are_returned_once(write: Write) -> None:
    copies = [prepare(f"Copy {n}.\n\nThe  dam at Orr\nheld. ", source=f"{n}.txt") for n in range(3)]
    with reading(write(batch_of(*copies))) as store:
        texts = [" ".join(h.passage.text.split()) for h in store.search("did the dam hold")]
    assert texts.count("The dam at Orr held.") == 1


def test_a_search_goes_on_when_copies_fill_the_first_hits(write: Write) -> None:
    copies = [prepare(f"The dam at Orr held.\n\nWire {n}", source=f"{n:03}.txt") for n in range(120)]
    other = prepare("A dam elsewhere broke after many days of rain.", source="other.txt")
    with reading(write(batch_of(*copies, other))) as store:
        hits = store.search("The dam at Orr held.", k=2, use=LEXICAL)
    assert [h.article.source for h in hits] == ["000.txt", "other.txt"]


def test_a_narrow_filter_still_finds_its_articles(write: Write) -> None:
    crowd = [prepare(f"The dam at Orr held, report {n}.", source=f"crowd/{n}.txt") for n in range(230)]
    rare = prepare("A dam broke.", source="rare/dam.txt")
    with reading(write(batch_of(*crowd, rare))) as store:
        for use in (DENSE, LEXICAL):
            hits = store.search("the dam at Orr, report", filters=Filters(sources=("rare",)), use=use)
            assert [h.article.source for h in hits] == ["rare/dam.txt"], use


def test_an_id_that_the_catalogue_does_not_hold_is_never_returned(tmp_store: Store) -> None:
    stray = VectorIndex(tmp_store.path / "vectors", writing=True)
    stray.add([999], FakeEncoder().encode(["ferry aurora"]))
    hits = tmp_store.search("ferry aurora", use=DENSE)
    stray.close()
    assert len(hits) == 8
    assert 999 not in {h.passage.passage_id for h in hits}


def test_words_match_in_any_inflection(tmp_store: Store) -> None:
    assert tmp_store.search("voting to closing markets", use=LEXICAL)[0].article.source == "town/council.txt"


@pytest.mark.parametrize("query", ["US consulate", "U.S. consulate"])
def test_abbreviations_match_with_and_without_stops(tmp_store: Store, query: str) -> None:
    assert "U.S. consulate" in tmp_store.search(query, use=LEXICAL)[0].passage.text


@pytest.mark.parametrize("query", ["1240", "1,240"])
def test_numbers_match_with_and_without_separators(tmp_store: Store, query: str) -> None:
    assert "1,240 crowns" in tmp_store.search(query, use=LEXICAL)[0].passage.text


def test_a_quoted_phrase_outranks_its_scattered_words(write: Write) -> None:
    scattered = prepare("Iron was cold and the gate was far: cold iron, gate, gate, iron.", source="a.txt")
    phrase = prepare(
        "They met long before sunrise and waited for hours beside the tall iron gate of the park.", source="b.txt"
    )
    with reading(write(batch_of(scattered, phrase))) as store:
        assert store.search("iron gate", use=LEXICAL)[0].article.source == "a.txt"
        assert store.search('who met at the "iron gate"?', use=LEXICAL)[0].article.source == "b.txt"


def test_document_frequency_counts_passages_with_the_stem(tmp_store: Store) -> None:
    assert tmp_store.document_frequency("passengers") == 2
    assert tmp_store.document_frequency("Passenger") == 2
    assert tmp_store.document_frequency("zyzzyva") == 0
    assert tmp_store.document_frequency("…") == 0
    assert tmp_store.n_passages == 8


def test_articles_are_ordered_by_source_and_come_back_whole(
    tmp_store: Store, invented: tuple[PreparedArticle, ...]
) -> None:
    assert tmp_store.articles() == tuple(sorted((a.article for a in invented), key=lambda a: a.source))
    assert [a.source for a in tmp_store.articles(Filters(undated=False))] == ["ferry.txt", "town/council.txt"]


def test_passages_are_counted_by_article(tmp_store: Store) -> None:
    counts = {
        tmp_store.article(s).article_id: n for s, n in [("ferry.txt", 3), ("town/council.txt", 3), ("orchard.txt", 2)]
    }
    assert tmp_store.passage_counts() == counts


def test_coverage_names_the_first_and_last_known_day(tmp_store: Store) -> None:
    coverage = tmp_store.coverage()
    assert (coverage.n_articles, coverage.n_dated) == (3, 2)
    assert (coverage.first_day, coverage.last_day) == (dt.date(2021, 3, 3), dt.date(2021, 5, 10))
    assert tmp_store.coverage(Filters(sources=("orchard.txt",))).first_day is None


def test_an_unknown_source_names_the_nearest(tmp_store: Store) -> None:
    with pytest.raises(UnknownSourceError, match=r"nearest: ferry\.txt"):
        tmp_store.article("fery.txt")


def test_a_source_that_was_set_aside_says_why(write: Write) -> None:
    path = write(batch_of(prepare(FERRY), extra=[file_state("bad.txt", reason="it is empty")]))
    with reading(path) as store:
        assert [(f.source, f.reason) for f in store.files()] == [("a.txt", None), ("bad.txt", "it is empty")]
        with pytest.raises(UnknownSourceError, match="it is empty"):
            store.article("bad.txt")


def test_an_article_that_is_gone_has_no_text(tmp_store: Store) -> None:
    with pytest.raises(UnknownSourceError, match="holds no article"):
        tmp_store.text_of("0" * 64)
    assert tmp_store.passages("0" * 64) == ()


def test_what_a_search_found_can_be_quoted_after_its_article_was_replaced(write: Write) -> None:
    with reading(write(batch_of(prepare(FERRY)))) as store:
        [hit, *_] = store.search("ferry aurora")
        write(batch_of(prepare(ORCHARD)))
        text = store.text_of(hit.article.article_id)
        assert text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert {h.article.article_id for h in store.search("ferry")} == {prepare(ORCHARD).article.article_id}
        assert store.source_text("a.txt") == ORCHARD


def test_a_store_opened_by_a_relative_path_stays_open_wherever_the_process_goes(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(batch_of(prepare(FERRY)))
    monkeypatch.chdir(path.parent)
    with reading(Path(path.name)) as store:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert store.search("ferry")


def test_an_index_in_a_folder_that_is_not_writable_can_be_read_and_a_search_says_what_is_in_its_way(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(batch_of(prepare(FERRY)))
    files = sorted(path.iterdir())
    monkeypatch.setattr("os.access", lambda path, mode: False)  # permissions do not hold for root, who may run this
    with reading(path) as store:
        assert store.source_text("a.txt") == FERRY
        with pytest.raises(StoreError, match="not writable"):
            store.search("ferry")
    assert sorted(path.iterdir()) == files


@pytest.mark.parametrize("query", ["\ufdfa" * 4000, '"\ufdfa"' * 1300, '"a b" ' * 600])
def test_a_query_that_unfolds_to_many_words_is_answered_at_once(tmp_store: Store, query: str) -> None:
    started = time.process_time()
    tmp_store.search(query, use=LEXICAL)
    tmp_store.document_frequency(query)
    assert time.process_time() - started < 2
    assert len(query_terms(query)) <= 256


def test_a_passage_that_leaves_between_two_looks_is_passed_over(tmp_store: Store) -> None:
    view = tmp_store._view()

    class Two:
        most_within = 0

        def among_all(self, depth: int) -> list[tuple[int, float]]:
            return [(2, 0.9), (1, 0.8)]

        def within(self, depth: int, view: View, filters: Filters) -> list[tuple[int, float]]:
            raise AssertionError("nothing is filtered here")

    assert [h.passage.passage_id for h in rank(view, {"dense": Two()}, k=5, filters=Filters())] == [2, 1]
    view.rows = lambda passage_ids: {}  # type: ignore[method-assign]
    assert _distinct(view, [(1, 1.0)], k=5, filters=Filters()) == ()


def test_a_missing_store_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError, match="dateline ingest"):
        reading(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_store_that_is_no_store_is_reported(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match=r"catalog\.sqlite3"):
        reading(tmp_path)


@pytest.mark.parametrize(
    ("encoder", "splitting", "named"),
    [
        (FakeEncoder(32), "1", "dimension"),
        (FakeEncoder(name="other"), "1", "encoder"),
        (FakeEncoder(digest="e" * 64), "1", "encoder digest"),
        (FakeEncoder(), "2", "splitting"),
    ],
)
def test_another_build_refuses_to_be_searched_and_says_how_to_rebuild(
    tmp_store: Store, encoder: FakeEncoder, splitting: str, named: str
) -> None:
    with pytest.raises(StoreMismatchError, match=rf"{named} '.*dateline ingest /articles --rebuild"):
        open_store(tmp_store.path, encoder=encoder, build=fake_build(encoder, splitting=splitting))


def test_a_store_without_articles_finds_nothing(empty_store: Path) -> None:
    with reading(empty_store) as store:
        assert store.search("ferry") == ()
        assert store.coverage().n_articles == 0
        assert store.document_frequency("ferry") == 0


def test_a_closed_store_says_so(tmp_store: Store) -> None:
    tmp_store.close()
    tmp_store.close()
    with pytest.raises(StoreError, match="closed"):
        tmp_store.search("ferry")


def test_threads_search_at_once_and_agree(tmp_store: Store) -> None:
    expected = tmp_store.search("Port Hallow ferry")
    with ThreadPoolExecutor(8) as threads:
        assert all(hits == expected for hits in threads.map(tmp_store.search, ["Port Hallow ferry"] * 64))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\r\n\t e\u0301\u200b😀\ufeff"), min_size=1)
        .filter(lambda text: not text.isspace() and "\n\n" not in text.strip())
        .filter(str.strip),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
def test_a_passage_comes_back_as_it_was_stored(
    empty_template: Path, tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = shutil.copytree(empty_template, tmp_path_factory.mktemp("law") / "store")
    articles = [prepare(f"{text}\n\n{ORCHARD}", source=f"{n}.txt") for n, text in enumerate(texts)]
    with open_sink(path, encoder_spec=FakeEncoder().spec, build=fake_build()) as sink:
        sink.write(batch_of(*articles))
    with reading(path) as store:
        for prepared in articles:
            passages = store.passages(prepared.article.article_id)
            assert store.source_text(prepared.article.source) == prepared.source_text
            assert tuple(p.span for p in passages) == prepared.spans
            assert all(p.text == prepared.source_text[p.start : p.end] for p in passages)


# --- what was new on the day of asking ---


@pytest.fixture
def two_dams(write: Write) -> Iterator[Store]:
    old = prepare("The dam at Orr held in the flood.", source="old.txt", day=dt.date(2019, 5, 1))
    new = prepare("The dam at Orr held in the storm.", source="new.txt", day=dt.date(2024, 5, 1))
    with reading(write(batch_of(old, new))) as store:
        yield store


def sources(hits: Sequence[Hit]) -> list[str]:
    return [hit.article.source for hit in hits]


def test_of_two_articles_that_answer_alike_the_newer_comes_first_on_its_day(two_dams: Store) -> None:
    for day, first in ((dt.date(2024, 5, 2), "new.txt"), (dt.date(2019, 5, 2), "old.txt")):
        assert sources(two_dams.search("Did the dam at Orr hold?", as_of=day))[0] == first


def test_years_later_the_day_of_an_article_does_not_matter(two_dams: Store) -> None:
    later = two_dams.search("Did the dam at Orr hold?", as_of=dt.date(2030, 1, 1))
    never = two_dams.search("Did the dam at Orr hold?")
    assert [(h.passage, round(h.score, 9)) for h in later] == [(h.passage, round(h.score, 9)) for h in never]


def test_recency_and_fusion_can_be_left_out(two_dams: Store) -> None:
    day = dt.date(2024, 5, 1)
    plain = two_dams.search("Did the dam at Orr hold in the flood?")
    every = frozenset({"dense", "lexical", "fusion", "recency"})
    without = two_dams.search("Did the dam at Orr hold in the flood?", as_of=day, use=every - {"recency"})
    assert [(h.passage, h.score) for h in without] == [(h.passage, h.score) for h in plain]
    in_turn = two_dams.search("Did the dam at Orr hold in the flood?", use=every - {"fusion"})
    assert [h.score for h in in_turn] == [1.0, 0.5]


# --- exact phrases --------------------------------------------------------------------------------------------------


def test_a_phrase_is_found_where_its_words_stand_in_a_row(tmp_store: Store) -> None:
    (found,) = tmp_store.find("old fish  MARKET")
    text = tmp_store.source_text(found.hit.article.source)
    assert (found.hit.article.source, text[found.start : found.end]) == ("town/council.txt", "old fish market")


@pytest.mark.parametrize("phrase", ["fish old market", "fish markets", "ish market", "", " ", "?!", "Zanzibar"])
def test_what_stands_nowhere_in_that_form_is_not_found(tmp_store: Store, phrase: str) -> None:
    assert tmp_store.find(phrase) == ()


def test_one_word_is_a_phrase(tmp_store: Store) -> None:
    assert {f.hit.article.source for f in tmp_store.find("Lunde")} == {"ferry.txt", "town/council.txt"}


def test_punctuation_in_a_phrase_counts_as_it_is_written(tmp_store: Store) -> None:
    assert len(tmp_store.find("The U.S. consulate")) == 1
    assert len(tmp_store.find("7 to 4")) == 1


def test_filters_hold_for_phrases(tmp_store: Store) -> None:
    assert not tmp_store.find("Lunde", filters=Filters(sources=("orchard.txt",)))


def test_a_phrase_is_ranked_from_one_and_limited(tmp_store: Store) -> None:
    assert [f.hit.rank for f in tmp_store.find("the", k=2)] == [1, 2]
