from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reader.tokens import load_tokenizer
from app.resolve.past import Past
from app.resolve.signals import read_text
from app.resolve.tag_network import TagRow, collate
from app.resolve.tagger import Tagger, load_tagger
from app.resolve.talk import MOST_TOKENS, ROLES, carried_before, encode_talk
from app.resolve.train_tagger import load_talks, turns_of
from ingest.errors import ReaderError, UsageError

BRIDGE = Past("Who designed the Karsund bridge?", "Anna Berg")
TOKENIZER = load_tokenizer()


def written(tmp_path: Path, *talks: dict[str, object]) -> Path:
    path = tmp_path / "talks.jsonl.gz"
    path.write_bytes(gzip.compress("".join(json.dumps(talk) + "\n" for talk in talks).encode()))
    return path


def test_what_a_silent_question_leaves_out_is_likelier_than_what_it_does_not() -> None:
    talk = [Past("What is throat cancer?"), Past("Who first described it?", "a doctor in Padua")]
    tags = load_tagger().read(talk, "What are the symptoms?")
    assert min(tags.words["throat"], tags.words["cancer"]) > max(tags.words["described"], tags.words["padua"])


def test_a_question_on_something_else_needs_less_than_one_with_a_pronoun() -> None:
    read = load_tagger().read
    assert read([BRIDGE], "How much did it cost?").need > 0 > read([BRIDGE], "What is the capital of Peru?").need


def test_the_same_turn_is_tagged_the_same_whatever_was_read_before() -> None:
    tagger = Tagger()
    first = tagger.read([BRIDGE], "How much did it cost?")
    tagger.read([Past("Who won the cup?", "Aldvik")], "And the year before?")
    tagger._read.cache_clear()
    assert tagger.read([BRIDGE], "How much did it cost?") == first


def test_what_was_carried_into_an_earlier_query_is_told() -> None:
    assert (
        carried_before(Past("How much did the Karsund bridge cost?", None, "How much did it cost?")) == "Karsund bridge"
    )


def test_a_word_that_the_question_has_is_no_candidate() -> None:
    assert "bridge" not in encode_talk(TOKENIZER, [BRIDGE], "Is the Bridge safe?").places


TEXTS = st.text(max_size=300)
TALKS = st.lists(st.builds(Past, TEXTS, st.none() | TEXTS, st.none() | TEXTS, TEXTS), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(TALKS, TEXTS)
def test_every_candidate_stands_at_a_token_that_begins_it_and_no_talk_is_too_long(talk: list[Past], asked: str) -> None:
    tokens = encode_talk(TOKENIZER, talk, asked)
    assert len(tokens.ids) == len(tokens.roles) <= MOST_TOKENS + 1
    said = frozenset().union(*(read_text(f"{p.typed}\n{p.short or ''}\n{p.said}").words for p in talk))
    assert set(tokens.places) <= said | {w for p in talk for t in (p.typed, p.said) for w in read_text(t).words}
    for places in tokens.places.values():
        assert all(0 < place < len(tokens.ids) and tokens.roles[place] > 0 for place in places)


@settings(max_examples=20, deadline=None)
@given(TALKS, TEXTS)
def test_whatever_is_typed_gets_finite_logits(talk: list[Past], asked: str) -> None:
    tags = load_tagger().read(talk, asked)
    assert np.isfinite([tags.need, *tags.words.values()]).all()


def test_padding_changes_no_place_of_a_candidate() -> None:
    rows = [
        TagRow((101, 5, 102, 6, 7, 102), (0, 0, 0, 1, 1, 1), ((3,), (4,)), (True, False), True),
        TagRow((101, 5, 102, 6), (0, 0, 0, 1), ((3,),), (False,), False),
    ]
    batch = collate(rows)
    flat = batch.ids.reshape(-1)[batch.at].tolist()
    assert flat == [6, 7, 6] and batch.of.tolist() == [0, 1, 2] and batch.wanted.tolist() == [1.0, 0.0, 0.0]
    assert torch.equal(batch.mask.sum(dim=1), torch.tensor([6, 4]))


def test_missing_damaged_or_other_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="missing"):
        Tagger(tmp_path / "none.onnx").read([BRIDGE], "Why?")
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"no network")
    with pytest.raises(ReaderError, match="damaged"):
        Tagger(damaged).read([BRIDGE], "Why?")
    other = Path(__file__).parents[3] / "app" / "reader" / "reader.onnx"
    with pytest.raises(ReaderError, match="another version"):
        Tagger(other).read([BRIDGE], "Why?")


def test_a_turn_wants_the_words_that_its_rewrite_adds() -> None:
    (turn,) = turns_of(
        [("Who runs Aldvik?", "Who runs Aldvik?", ""), ("Since when?", "Since when runs she Aldvik?", "")]
    )
    assert {"aldvik", "runs"} <= turn.added and turn.history[0].typed == "Who runs Aldvik?"


def test_the_written_conversations_can_be_read_and_many_of_their_questions_stand_alone() -> None:
    turns = [turn for talk in load_talks() for turn in talk]
    alone = sum(not turn.added for turn in turns) / len(turns)
    assert len(turns) > 9_000 and 0.2 < alone < 0.5


def test_conversations_that_are_missing_or_damaged_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_talks(tmp_path / "none.gz")
    with pytest.raises(UsageError, match="damaged"):
        load_talks(written(tmp_path, {"turns": [{"r": "no question"}]}))
    cut = tmp_path / "cut.gz"
    cut.write_bytes(written(tmp_path, {"turns": [{"q": "Why?"}]}).read_bytes()[:-4])
    with pytest.raises(UsageError, match="damaged"):
        load_talks(cut)


def test_every_role_is_known() -> None:
    talk = [Past("Who?", None, "Who leads it?", said="Anna"), Past("b", "c", "d"), Past("e", "f", "g h", said="i")]
    assert set(encode_talk(TOKENIZER, [talk[0], *talk], "Why?").roles) <= set(range(len(ROLES)))
