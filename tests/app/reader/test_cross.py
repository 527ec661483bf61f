"""The shipped reader at work: what it points at, how sure it says it is, and which weight files it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.question import read_question
from app.reader.cross import CrossReader
from app.reader.judge import JUDGE_PATH
from app.reader.passages import WEIGHTS_PATH, PassageReader, PassageReading, ShortAnswer, places_kept
from app.reader.tokens import MOST_TOKENS, encode_passage, load_tokenizer
from ingest.article import Span, normalise_space
from ingest.errors import ReaderError
from store.search import Store

TOKENIZER = load_tokenizer()
NETWORK = PassageReader()
BRIDGE = "Ferries had carried the cars for forty years. The bridge was opened by Anna Berg on Friday. It cost a lot."


@pytest.fixture
def reader(tmp_store: Store) -> CrossReader:
    return CrossReader(frequency=tmp_store.document_frequency, size=lambda: tmp_store.n_passages, network=NETWORK)


def test_the_passage_that_answers_is_preferred_and_its_words_are_pointed_at() -> None:
    silent = "Ferries had carried the cars for forty years. The captain liked the work and the weather of the bay."
    said, other = NETWORK.read("Who opened the new bridge?", [("", BRIDGE), ("", silent)])
    assert said.relevance > other.relevance
    assert said.answers[0].span.of(BRIDGE) == "Anna Berg"


def test_a_reading_does_not_depend_on_what_is_read_beside_it() -> None:
    passages = [("", "Anna came. " * n) for n in range(1, 20)]
    alone = [NETWORK.read("Who came?", [p])[0] for p in passages]
    assert list(NETWORK.read("Who came?", passages)) == alone


def test_half_a_character_is_read_over_and_moves_no_place() -> None:
    whole, halved = (NETWORK.read(f"Who{h} opened the bridge?", [(h, BRIDGE + h)])[0] for h in ("\ufffd", "\ud800"))
    assert halved == whole


@given(st.text(max_size=300))
@settings(max_examples=20, deadline=None)
def test_answers_lie_in_the_text_as_given_and_do_not_overlap(text: str) -> None:
    answers = NETWORK.read("Who came?", [("News", text)])[0].answers
    spans = sorted(a.span for a in answers)
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert [a.score for a in answers] == sorted((a.score for a in answers), reverse=True)


@given(st.text(alphabet=" \t\r\n\u00a0\x1fab.é\u0301😀", max_size=60))
def test_a_place_in_normalised_text_leads_back_to_the_source(text: str) -> None:
    kept = places_kept(text)
    assert "".join(" " if text[i].isspace() else text[i] for i in kept) == normalise_space(text) or not text.strip()


@given(st.text(max_size=400), st.text(max_size=200), st.text(max_size=3000))
@settings(max_examples=40, deadline=None)
def test_a_row_never_outgrows_its_budget(question: str, headline: str, passage: str) -> None:
    row = encode_passage(TOKENIZER, question, headline, passage)
    assert len(row.ids) <= MOST_TOKENS
    assert row.first + len(row.offsets) + 1 == len(row.ids)


def test_pointers_come_best_first_and_lie_in_their_passage(tmp_store: Store, reader: CrossReader) -> None:
    hits = tmp_store.search("How many passengers were aboard the ferry?")
    reading = reader.read(read_question("How many passengers were aboard the ferry?"), hits)
    scores = [p.score for p in reading.pointers]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == reading.confidence
    for pointer in reading.pointers:
        text = tmp_store.text_of(pointer.hit.article.article_id)
        assert pointer.sentence.of(text) in pointer.hit.passage.text


class Ragged:
    """In place of the network: points at the last word of the first passage and at the full stop behind it."""

    digest = NETWORK.digest

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> tuple[PassageReading, ...]:
        first = passages[0][1].rstrip()
        last = ShortAnswer(Span(first.rindex(" ") + 1, len(first)), 5.0)
        return (PassageReading(5.0, (last,)), *(PassageReading(-5.0, ()) for _ in passages[1:]))


def test_the_short_answer_has_lost_what_clings_to_its_edges(tmp_store: Store) -> None:
    network = cast("PassageReader", Ragged())
    reader = CrossReader(frequency=tmp_store.document_frequency, size=lambda: tmp_store.n_passages, network=network)
    hits = tmp_store.search("ferry")
    (pointer,) = reader.read(read_question("Who came?"), hits).pointers
    word = hits[0].passage.text.split()[-1]
    assert word.endswith(".")
    assert pointer.short is not None
    assert pointer.short.of(tmp_store.text_of(pointer.hit.article.article_id)) == word.removesuffix(".")


def test_no_hits_read_as_nothing_with_no_confidence(reader: CrossReader) -> None:
    reading = reader.read(read_question("Who?"), ())
    assert (reading.pointers, reading.confidence) == ((), 0.0)


def test_reading_twice_gives_the_same(tmp_store: Store, reader: CrossReader) -> None:
    question = read_question("Who is the captain of the ferry?")
    hits = tmp_store.search(question.text)
    assert reader.read(question, hits) == reader.read(question, hits)


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"version": 1}', '{"version": 0}'])
def test_fitted_weights_that_are_damaged_or_of_another_version_are_refused(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "judge.json"
    path.write_text(damage)
    with pytest.raises(ReaderError, match="reinstall"):
        CrossReader(frequency=lambda _: 1, size=lambda: 1, path=path)


def test_a_network_that_the_judge_was_not_fitted_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.onnx").write_bytes(b"other weights")
    with pytest.raises(ReaderError, match="belong together"):
        CrossReader(frequency=lambda _: 1, size=lambda: 1, network=PassageReader(tmp_path / "other.onnx"))


def test_a_missing_a_damaged_and_a_cut_weight_file_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="reinstall"):
        PassageReader(tmp_path / "none.onnx").read("Who?", [("", "Anna.")])
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    (tmp_path / "cut.onnx").write_bytes(WEIGHTS_PATH.read_bytes()[:-5000])
    for name in ("bad.onnx", "cut.onnx"):
        with pytest.raises(ReaderError, match="damaged"):
            PassageReader(tmp_path / name).read("Who?", [("", "Anna.")])


def test_what_is_shipped_belongs_together_and_is_small() -> None:
    judge = json.loads(JUDGE_PATH.read_text())
    assert judge["network"] == NETWORK.digest
    assert WEIGHTS_PATH.stat().st_size <= 30_000_000
    assert NETWORK.digest[:16] in WEIGHTS_PATH.with_name("MODEL_CARD.md").read_text()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_reading_needs_neither_torch_nor_250_megabytes() -> None:
    script = """
import re, sys
from app.reader import PassageReader
text = "The bridge was opened by Anna Berg on Friday, after nine years of work and many quarrels. " * 11
readings = PassageReader().read("Who opened the bridge?", [("The bridge", text)] * 20)
assert len(readings) == 20
loaded = [m for m in ("torch", "chromadb", "transformers", "llama_index", "sentence_transformers") if m in sys.modules]
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())  # getrusage counts the parent's too
print(int(peak.group(1)) // 1024, loaded)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    peak, loaded = run.stdout.split(" ", 1)
    assert loaded.strip() == "[]"
    assert int(peak) <= 250
