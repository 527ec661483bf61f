from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answer import Answer
from app.ask import ask, ask_stream
from app.llm.evidence import gather, harmless
from app.llm.packing import pack, unpack
from evals.model_eval import REPLIES, Question, format_figures, measure_model
from evals.model_replies import (
    Judged,
    RecordedReply,
    ReplayedModel,
    digest_of_quotes,
    key_of,
    load_replies,
    save_replies,
)
from store import Store
from tests.app.llm.conftest import five  # noqa: F401  # a fixture

QUESTION = "How many cattle did IS fighters steal near Mayadeen?"
TRUE = "IS fighters stole some 2,000 cattle from a village near the eastern town of Mayadeen."
FALSE = "They also stole 700 camels in Paris."


@given(st.text(), st.lists(st.text(), max_size=3))
def test_what_is_packed_is_unpacked_as_it_was(reply: str, quotes: list[str]) -> None:
    assert unpack(pack(reply, quotes), quotes) == reply


def test_what_was_copied_is_kept_as_its_place_alone() -> None:
    quote = "The ferry Aurora ran aground off Port Hallow on Tuesday night."
    packed = pack(f"[1] {quote} It sank.", ["other words", quote])
    assert packed == ("[1] ", (1, 0, len(quote)), " It sank.")


def test_a_reply_to_other_quotes_is_refused() -> None:
    with pytest.raises(ValueError, match="other sources"):
        unpack(((3, 0, 5),), ["one"])


def recorded(store: Store, reply: str) -> RecordedReply:
    plain = ask(QUESTION, store=store, as_of="2020-03-01")
    quotes = gather(plain)
    packed = pack(reply, [*(q.shown for q in quotes), harmless(QUESTION)])
    judged = {key_of(TRUE): Judged((1,)), key_of(FALSE): Judged(())}
    return RecordedReply("q1", "p", digest_of_quotes(quotes), packed, 900, 30, 1.0, 2.0, False, judged)


def test_a_file_of_replies_is_read_as_it_was_written(five: Store, tmp_path: Path) -> None:  # noqa: F811
    reply = recorded(five, f"[1] {TRUE}\n[1] {FALSE}")
    save_replies(tmp_path / "replies.jsonl.gz", [reply])
    assert load_replies(tmp_path / "replies.jsonl.gz") == (reply,)


def test_the_recording_is_played_to_the_same_quotes_and_measured(five: Store) -> None:  # noqa: F811
    reply = recorded(five, f"[1] {TRUE}\n[1] {FALSE}")

    def asked(**how: object) -> Iterator[object]:
        return ask_stream(QUESTION, store=five, as_of="2020-03-01", **how)  # type: ignore[arg-type]

    def is_right(answer: Answer) -> bool:
        return "2,000" in answer.text

    model = ReplayedModel("tiny", [reply])
    figures = measure_model([Question("q1", asked, is_right, True)], model, {"q1": reply})
    assert (figures.said, figures.carried, figures.carried_passed) == (2, 1, 1)
    assert (figures.shown, figures.unsupported_shown, figures.strangers) == (1, 0, 0)
    assert (figures.right_extractive, figures.right_model, figures.wrong_model) == (1, 1, 0)
    assert "1 of 1" in format_figures("t", "tiny", figures)
    assert measure_model([Question("q2", asked, is_right, True)], model, {}).strangers == 1


@pytest.mark.parametrize("name", ["gold", "realtimeqa"])
def test_the_recorded_replies_can_be_read_and_every_sentence_of_them_was_judged(name: str) -> None:
    replies = load_replies(REPLIES[name])
    assert len(replies) > 100
    assert sum(bool(r.judged) for r in replies) > 0.85 * len(replies)  # the others say nothing that is a sentence


def test_the_recording_of_the_quiz_holds_no_text_of_its_articles() -> None:
    for reply in load_replies(REPLIES["realtimeqa"]):
        assert all(len(p) < 1_000 for p in reply.packed if isinstance(p, str))
