from __future__ import annotations

import math
from pathlib import Path

import pytest

from app.llm.entailment import EntailmentNetwork, encode_pair, entailment_network
from app.reader.tokens import load_tokenizer
from ingest.errors import ReaderError

SOURCE = "The bridge at Ostrel was opened by Anna Berg on Friday after nine years of work. It cost 40 million euros."


@pytest.mark.parametrize(
    "statement",
    [
        "Anna Berg opened the bridge at Ostrel on Friday.",
        "The bridge at Ostrel cost 40 million euros.",
        "Nine years of work went into the bridge that Anna Berg opened on Friday.",
    ],
)
def test_other_words_for_what_a_source_says_are_carried(statement: str) -> None:
    assert entailment_network().read(statement, SOURCE) > 1


@pytest.mark.parametrize(
    "statement",
    [
        "The bridge at Ostrel was not opened on Friday.",
        "The mayor of Ostrel resigned on Friday.",
        "The answer is Anna Berg.",
    ],
)
def test_what_a_source_does_not_say_is_not(statement: str) -> None:
    assert entailment_network().read(statement, SOURCE) < -1


def test_what_is_turned_round_is_read_as_less_likely_than_what_is_said() -> None:
    said = entailment_network().read("Anna Berg opened the bridge at Ostrel on Friday.", SOURCE)
    assert entailment_network().read("Anna Berg closed the bridge at Ostrel on Friday.", SOURCE) < said - 1


def test_a_pair_is_read_the_same_whatever_was_read_before() -> None:
    alone = EntailmentNetwork().read("Anna Berg opened the bridge.", SOURCE)
    network = EntailmentNetwork()
    network.read("Something else was said.", "Elsewhere, at another time.")
    assert network.read("Anna Berg opened the bridge.", SOURCE) == alone


def test_what_is_longer_than_the_network_reads_is_cut_and_says_which_tokens_are_the_statements() -> None:
    ids, said = encode_pair(load_tokenizer(), "word " * 200, "source " * 900)
    assert (said, len(ids)) == (74, 74 + 230 + 2)


def test_a_statement_too_long_to_be_read_whole_is_not_carried() -> None:
    long = "The bridge was opened by Anna Berg on Friday " + "and it cost 40 million euros " * 20
    assert entailment_network().read(long, SOURCE) == -math.inf


def test_weights_that_are_missing_or_damaged_say_to_install_again(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="reinstall"):
        EntailmentNetwork(tmp_path / "none.onnx").read("a", "b")
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    with pytest.raises(ReaderError, match="reinstall"):
        EntailmentNetwork(tmp_path / "bad.onnx").read("a", "b")
    with pytest.raises(ReaderError, match="reinstall"):
        _ = EntailmentNetwork(tmp_path / "none.onnx").digest
