from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.question import read_question
from app.reader.pair_reader import PairReader
from app.reader.sentences import MODEL_PATH, SHORTLIST, SentenceReader, _places_kept
from ingest.article import normalise_space
from ingest.errors import ReaderError
from store.search import Store


@pytest.fixture
def reader(tmp_store: Store) -> Iterator[SentenceReader]:
    yield SentenceReader(tmp_store.encoder, frequency=tmp_store.document_frequency, size=lambda: tmp_store.n_passages)


def test_pointers_come_best_first_and_lie_in_their_passage(tmp_store: Store, reader: SentenceReader) -> None:
    hits = tmp_store.search("How many passengers were aboard the ferry?")
    reading = reader.read(read_question("How many passengers were aboard the ferry?"), hits)
    scores = [p.score for p in reading.pointers]
    assert scores == sorted(scores, reverse=True)
    assert 0 < len(scores) <= SHORTLIST
    for pointer in reading.pointers:
        text = tmp_store.text_of(pointer.hit.article.article_id)
        assert pointer.sentence.of(text) in pointer.hit.passage.text


def test_no_hits_read_as_nothing_with_no_confidence(reader: SentenceReader) -> None:
    reading = reader.read(read_question("Who?"), ())
    assert (reading.pointers, reading.confidence) == ((), 0.0)


def test_reading_twice_gives_the_same(tmp_store: Store, reader: SentenceReader) -> None:
    question = read_question("Who is the captain of the ferry?")
    hits = tmp_store.search(question.text)
    assert reader.read(question, hits) == reader.read(question, hits)


@given(st.text(alphabet=" \t\r\n\u00a0ab.é\u0301😀", max_size=60))
def test_a_place_in_normalised_text_leads_back_to_the_source(text: str) -> None:
    kept = _places_kept(text)
    normal = normalise_space(text)
    assert len(kept) >= len(normal)
    for at, character in enumerate(normal):
        assert text[kept[at]] == character or (character == " " and text[kept[at]].isspace())


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"version": 1, "features": []}'])
def test_a_weight_file_that_is_damaged_or_of_another_version_is_refused(
    damage: str, tmp_path: Path, tmp_store: Store
) -> None:
    path = tmp_path / "model.json"
    path.write_text(damage)
    with pytest.raises(ReaderError):
        SentenceReader(tmp_store.encoder, frequency=lambda _: 1, size=lambda: 1, path=path)


def test_the_shipped_model_says_what_it_was_fitted_on() -> None:
    model = json.loads(MODEL_PATH.read_text())
    assert model["figures"]["cases"] > 1000
    assert 0.0 < model["threshold"] < 1.0


def test_a_pair_model_that_the_trees_were_not_fitted_to_is_refused(tmp_path: Path, tmp_store: Store) -> None:
    (tmp_path / "other.onnx").write_bytes(b"other weights")
    with pytest.raises(ReaderError, match="belong together"):
        SentenceReader(
            tmp_store.encoder, frequency=lambda _: 1, size=lambda: 1, pairs=PairReader(tmp_path / "other.onnx")
        )
