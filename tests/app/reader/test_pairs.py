from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reader.pair_reader import PairReader
from app.reader.pairs import BEFORE_TOKENS, QUESTION_TOKENS, SENTENCE_TOKENS, encode_pair, load_tokenizer
from ingest.errors import ReaderError

TOKENIZER = load_tokenizer()
READER = PairReader()


def test_only_the_sentence_is_inside() -> None:
    row = encode_pair(TOKENIZER, "Who came?", "Anna came.", "It rained.")
    words = [TOKENIZER.id_to_token(i) for i, inside in zip(row.ids, row.inside, strict=True) if inside]
    assert words == ["anna", "came", "."]


def test_characters_of_the_sentence_lead_to_its_tokens() -> None:
    row = encode_pair(TOKENIZER, "Who came?", "Yes, Anna Berg came.", "")
    tokens = row.tokens_of(5, 14)
    assert tokens is not None
    assert [TOKENIZER.id_to_token(i) for i in row.ids[tokens[0] : tokens[1] + 1]] == ["anna", "berg"]


def test_an_answer_that_was_cut_off_has_no_tokens() -> None:
    sentence = "word " * 200 + "Anna"
    assert encode_pair(TOKENIZER, "Who?", sentence, "").tokens_of(1000, 1004) is None


@given(st.text(max_size=400), st.text(max_size=900), st.text(max_size=900))
@settings(max_examples=40, deadline=None)
def test_a_row_never_outgrows_its_budget(question: str, sentence: str, before: str) -> None:
    row = encode_pair(TOKENIZER, question, sentence, before)
    assert len(row.ids) <= QUESTION_TOKENS + SENTENCE_TOKENS + BEFORE_TOKENS + 4
    assert len(row.ids) == len(row.types) == len(row.inside)


def test_the_sentence_that_answers_is_preferred_and_its_words_are_pointed_at() -> None:
    said, silent = READER.read_pairs(
        [
            ("Who opened the new bridge?", "The bridge was opened by Anna Berg on Friday.", ""),
            ("Who opened the new bridge?", "Ferries had carried the cars for forty years.", ""),
        ]
    )
    assert said.logit > silent.logit
    assert "Anna Berg" in "The bridge was opened by Anna Berg on Friday."[said.start : said.end]


def test_a_reading_does_not_depend_on_what_is_read_beside_it() -> None:
    triples = [("Who came?", "Anna came. " * n, "") for n in range(1, 20)]
    alone = [READER.read_pairs([t])[0].logit for t in triples]
    together = [r.logit for r in READER.read_pairs(triples)]
    assert together == alone


@given(st.text(max_size=300))
@settings(max_examples=20, deadline=None)
def test_the_words_pointed_at_lie_in_the_sentence(sentence: str) -> None:
    reading = READER.read_pairs([("Who came?", sentence, "")])[0]
    assert 0 <= reading.start <= reading.end <= len(sentence)


def test_nothing_to_read_gives_nothing() -> None:
    assert READER.read_pairs([]) == ()


def test_missing_and_damaged_weights_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="reinstall"):
        PairReader(tmp_path / "none.onnx").read_pairs([("a", "b", "c")])
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    with pytest.raises(ReaderError, match="damaged"):
        PairReader(tmp_path / "bad.onnx").read_pairs([("a", "b", "c")])
