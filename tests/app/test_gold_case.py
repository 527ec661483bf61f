from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.answer import Turn
from app.ask import AskOptions
from app.conversation import Asked
from app.gold_case import Expected, expected_as_answered, find_words, gold_case, write_case
from evals.gold import GoldCase, load_gold
from ingest.errors import NotebookError
from tests.browser.invented_archive import BRIDGE, BRIDGE_TEXT, FERRY, FERRY_TEXT, FakeArchive, scripted_answer

KEPT = "The town council voted 11 to 4"


def asked(question: str, options: AskOptions = AskOptions()) -> Asked:
    return Asked(Turn(question, scripted_answer(question, (), options)), options)


def loaded(path: Path) -> tuple[GoldCase, ...]:
    return load_gold(path, FakeArchive().source_text)


def made(tmp_path: Path, entry: Asked, expected: Expected, *earlier: str) -> GoldCase:
    """The case as `dateline eval` reads it."""
    path = tmp_path / "gold.jsonl"
    write_case(path, gold_case("x-1", entry, earlier, expected))
    (case,) = loaded(path)
    return case


def test_what_the_articles_do_not_say_is_to_be_declined(tmp_path: Path) -> None:
    case = made(tmp_path, asked("Will the ferry sail?"), Expected(), "Before?")
    assert (case.kind, case.answerable, case.history, case.need) == ("unanswerable", False, ("Before?",), "any")
    assert str(case.as_of) == "2024-01-01"


def test_what_was_missed_is_to_be_answered_from_where_it_stands(tmp_path: Path) -> None:
    case = made(tmp_path, asked("How tall is the tower?"), Expected(("11 to 4",), ((BRIDGE, KEPT),)))
    assert (case.kind, case.answers) == ("number", ("11 to 4",))
    assert [(e.source, e.quote) for e in case.evidence] == [(BRIDGE, KEPT)]


def test_a_helpful_answer_is_to_stay_as_it_is(tmp_path: Path) -> None:
    entry = asked("Will the ferry sail?")
    case = made(tmp_path, entry, expected_as_answered(entry.turn.answer))
    assert case.answers == ("not before Monday",)
    assert [e.source for e in case.evidence] == [FERRY] * 3
    declined = asked("How tall is the tower?")
    assert made(tmp_path, declined, expected_as_answered(declined.turn.answer)).kind == "unanswerable"
    counted = asked("count the council")
    case = made(tmp_path, counted, expected_as_answered(counted.turn.answer))
    assert (case.kind, case.expect and case.expect.count) == ("count", 1203)
    sides = asked("Where do reports differ?")
    case = made(tmp_path, sides, expected_as_answered(sides.turn.answer))
    assert case.answers == ("84 million crowns", "six metres", "11 to 4")


def test_a_follow_up_keeps_what_was_asked_before_and_typed_words_stand_alone(tmp_path: Path) -> None:
    question = "And what will it cost?"
    answer = replace(asked("which vote?").turn.answer, question=question, query=f"second bridge {question}")
    follow_up = Asked(Turn(question, answer), AskOptions())
    expected = Expected(("84",), ((BRIDGE, "84 million"),))
    case = made(tmp_path, follow_up, expected, "Who voted?")
    assert (case.kind, case.question, case.history) == ("follow-up", question, ("Who voted?",))
    typed = replace(follow_up, options=AskOptions(query="cost of the bridge"))
    case = made(tmp_path, typed, expected, "Who voted?")
    assert (case.question, case.history) == ("cost of the bridge", ())


def test_a_case_replaces_its_own_line_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    own = json.dumps(
        {"id": "mine", "kind": "unanswerable", "question": "Why?", "history": [], "answers": [], "evidence": [],
         "need": "any"}
    )  # fmt: skip
    path.write_text(f"{own}\n\nno case\n{own.replace('mine', 'last')}", encoding="utf-8")
    ferry, tower = asked("Will the ferry sail?"), asked("How tall is the tower?")
    write_case(path, gold_case("x-1", ferry, (), Expected()))
    write_case(path, gold_case("x-2", tower, (), Expected()))
    write_case(path, gold_case("x-1", ferry, (), expected_as_answered(ferry.turn.answer)))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[:3] == [own, "no case", own.replace("mine", "last")]
    assert [json.loads(line)["id"] for line in lines[3:]] == ["x-1", "x-2"]
    assert json.loads(lines[3])["answers"] == ["not before Monday"]


def test_a_quote_with_other_ends_of_lines_stays_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    quote = "one\x85two\u2028three\x0cfour\ud800 é"
    write_case(path, gold_case("x-1", asked("Will the ferry sail?"), (), Expected(("two",), (("a.txt", quote),))))
    (case,) = load_gold(path, lambda source: quote)
    assert case.evidence[0].quote == quote


def test_words_are_found_however_their_lines_are_broken() -> None:
    span = find_words(FERRY_TEXT, " Waves of six metres were measured off the point,  and the pier was closed")
    assert span is not None
    assert span.of(FERRY_TEXT).endswith("the pier was\r\nclosed")
    assert find_words(BRIDGE_TEXT, "eleven to four") is find_words(BRIDGE_TEXT, " ") is None


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match=r"gold file .*nowhere.* cannot be written"):
        write_case(tmp_path / "nowhere" / "gold.jsonl", {"id": "x"})
