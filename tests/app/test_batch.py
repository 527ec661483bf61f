from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings

from app.answer import Answer, Turn
from app.ask import AskOptions
from app.batch import Item, Outcome, short_words
from app.batch_files import read_questions
from app.batch_page import render_batch_html
from app.batch_run import Journal, Progress, digest_of, run_batch, write_whole
from app.batch_tables import render_batch_csv, render_batch_jsonl, safe_cell
from app.kept_answer import pack_answer, pack_options, unpack_answer, unpack_options
from ingest.errors import StoreError, UsageError
from tests.app.invented_answers import options
from tests.app.test_answer_json import assert_same
from tests.browser.invented_archive import scripted_answer

QUESTIONS = ("Will the ferry sail?", "Who voted for the bridge?", "How tall is the tower?", "What did the mayor say?")
LAYOUTS = ("differ", "which", "compare", "timeline", "list", "count", "ferry in March", "tower")


def items(*questions: str) -> tuple[Item, ...]:
    return tuple(Item(n, q, (("question", q),)) for n, q in enumerate(questions, 1))


def ask(item: Item, history: Sequence[Turn]) -> Answer:
    return scripted_answer(item.question, history, AskOptions())


def outcome(question: str, **columns: str) -> Outcome:
    item = Item(1, question, (("question", question), *columns.items()))
    return Outcome(item, scripted_answer(question, (), AskOptions()))


def table(*outcomes: Outcome, names: Sequence[str] = ()) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(render_batch_csv(outcomes, names)), newline="")))


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"id,question\n7,Who won?\n", "q.csv"),
        (b"\xef\xbb\xbfid,Question\r\n7,Who won?\r\n", "q.csv"),
        (b"id;question\n7;Who won?\n", "q.csv"),
        (b"id\tquestion\n7\tWho won?\n", "q.tsv"),
        ("id;question\n7;Who won?\n".encode("utf-16"), "q.csv"),
        (b'{"id": 7, "question": "Who won?"}\n\n', "q.jsonl"),
        (b'{"id": 7, "question": "Who won?"}', "standard input"),
        (b"id,question\n7,Who won?\n", "standard input"),
    ],
)
def test_a_question_and_its_columns_are_read_from_every_kind_of_file(data: bytes, name: str) -> None:
    (item,) = read_questions(data, name)
    assert (item.question, item.value("id")) == ("Who won?", "7")


def test_lines_of_text_are_questions_and_empty_ones_are_passed_over() -> None:
    assert [i.question for i in read_questions("Who, when?\r\n\r\n Où est le café? \n".encode(), "q.txt")] == [
        "Who, when?",
        "Où est le café?",
    ]


def test_a_western_encoding_is_read() -> None:
    assert read_questions("Où est le café?".encode("cp1252"), "q.txt")[0].question == "Où est le café?"


def test_commas_in_a_table_of_one_column_are_punctuation() -> None:
    with_header = read_questions(b"question\nWho, if anybody, won?\n", "q.csv")
    without = read_questions(b"Who, if anybody, won?\nWhere?\n", "q.csv")
    assert with_header[0].question == without[0].question == "Who, if anybody, won?"


def test_without_a_column_named_question_the_first_one_holds_them() -> None:
    (item,) = read_questions(b"text,topic\nWho won?,sport\n", "q.csv")
    assert (item.question, item.value("topic")) == ("Who won?", "sport")


def test_an_empty_cell_is_kept_as_a_question_that_will_be_refused() -> None:
    assert [i.question for i in read_questions(b"question,id\n,1\nWho?,2\n", "q.csv")] == ["", "Who?"]


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "q.txt", "holds no question"),
        (b"question\n", "q.csv", "holds no question"),
        (b"{broken", "q.jsonl", "line 1"),
        (b'{"text": "x"}', "q.jsonl", '"question"'),
        (b"PK\x03\x04\x00\x00", "q.csv", "no text"),
        (b"a\nb\nc\n", "q.txt", "more than 2"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(data: bytes, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_questions(data, name, most=2)


def test_columns_narrow_what_a_question_is_asked_of() -> None:
    item = Item(1, "q", (("sources", "2020/ | b.txt"), ("From", "2020-01-01"), ("to", "2020-12-31"), ("query", "w")))
    options = item.options(AskOptions())
    assert (options.sources, options.query) == (("2020/", "b.txt"), "w")
    assert options.filters is not None and str(options.filters.published_to) == "2020-12-31"


@pytest.mark.parametrize("columns", [(("from", "soon"),), (("from", "2021-01-01"), ("to", "2020-01-01"))])
def test_columns_that_say_what_cannot_be_are_an_error_of_that_question(columns: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(UsageError):
        Item(1, "q", columns).options(AskOptions())


# --- keeping answers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", [*QUESTIONS, *LAYOUTS])
def test_an_answer_that_was_kept_comes_back_as_it_was(question: str) -> None:
    answer = scripted_answer(question, (), AskOptions())
    assert_same(answer, unpack_answer(pack_answer(answer)))


@given(options())
@settings(max_examples=50, deadline=None)
def test_how_a_question_is_asked_comes_back_as_it_was(asked_with: AskOptions) -> None:
    assert unpack_options(pack_options(asked_with)) == asked_with


@pytest.mark.parametrize("packed", [b"", b"no zlib", *map(zlib.compress, (b"no json", b"[]", b"{}"))])
def test_what_is_no_answer_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|no answer"):
        unpack_answer(packed)


@pytest.mark.parametrize("packed", [b"", zlib.compress(b"[]"), zlib.compress(b'{"threshold": 7}')])
def test_what_is_no_way_of_asking_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|expected|threshold"):
        unpack_options(packed)


# --- the table ------------------------------------------------------------------------------------------------------


def test_a_row_says_what_was_answered_and_where_it_stands() -> None:
    row = table(outcome("Will the ferry sail?", id="f1"), names=("question", "id"))[0]
    assert (row["id"], row["state"], row["answer"], row["n_sources"]) == ("f1", "answered", "not before Monday", "1")
    lines = [row[name].split("\n") for name in ("files", "places", "quotes", "headlines", "outlets", "dates")]
    assert {len(cell) for cell in lines} == {3}
    assert lines[0][0] == "[1] news/ferry.txt"
    cited = json.loads(row["citations_json"])
    assert f"[2] {cited[1]['start']}:{cited[1]['end']}" == lines[1][1]


def test_an_abstention_is_a_row_with_its_reason() -> None:
    row = table(outcome("How tall is the tower?"))[0]
    assert row["state"] == "abstained" and not row["answer"] and "No article says it" in row["why"]


def test_no_cell_of_the_table_is_a_formula_or_steers_a_terminal() -> None:
    hostile = outcome("=HYPERLINK(1)", id="@x", note="\u202e\x1b[31m-1")
    read = table(hostile, names=("question", "id", "note"))[0]
    assert (read["question"], read["id"], read["note"]) == ("'=HYPERLINK(1)", "'@x", "[31m-1")


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "  =1", "＝1", "\n=1"])
def test_what_a_spreadsheet_takes_for_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert safe_cell(cell).startswith("'")


def test_a_cell_is_no_longer_than_spreadsheets_hold() -> None:
    assert len(safe_cell("x" * 100_000)) < 32_767


def test_columns_named_like_ours_are_kept_beside_them() -> None:
    row = table(outcome("Will the ferry sail?", answer="mine"), names=("question", "answer"))[0]
    assert (row["answer"], row["answer (Dateline)"]) == ("mine", "not before Monday")


def test_json_lines_hold_the_whole_answer_with_id_and_question() -> None:
    (line,) = render_batch_jsonl([outcome("Will the ferry sail?", id="f1")])
    told = json.loads(line)
    assert (told["id"], told["question"]) == ("f1", "Will the ferry sail?")
    assert told["answer"] == scripted_answer("Will the ferry sail?", (), AskOptions()).to_dict()


# --- the page -------------------------------------------------------------------------------------------------------


def page(*outcomes: Outcome) -> str:
    return "".join(render_batch_html(outcomes, title="T", made=dt.date(2024, 5, 1)))


def test_each_quote_stands_in_its_passage_below_its_answer() -> None:
    told = page(outcome("Will the ferry sail?"))
    assert 'href="#q1-2"' in told and 'id="q1-2"' in told
    assert "<mark>The harbour master said the ferry will not sail before Monday.</mark>" in told


def test_nothing_in_the_page_is_an_element_that_we_did_not_write() -> None:
    told = page(outcome("What did the mayor say? <img src=x onerror=1>\u202e"))
    assert "<img" not in told and "<script" not in told and "\u202e" not in told
    assert "default-src &#39;none&#39;" in told or "default-src 'none'" in told


def test_every_layout_can_be_shown() -> None:
    assert page(*(outcome(q) for q in LAYOUTS)).count("<section") == len(LAYOUTS)


@pytest.mark.parametrize("question", [q for q in LAYOUTS if q != "tower"])
def test_every_answer_has_short_words_and_an_abstention_none(question: str) -> None:
    assert short_words(scripted_answer(question, (), AskOptions()))
    assert not short_words(scripted_answer("tower", (), AskOptions()))


# --- asking ---------------------------------------------------------------------------------------------------------


def test_what_one_question_cannot_have_is_its_row_and_the_others_are_asked(tmp_path: Path) -> None:
    asked = items("Will the ferry sail?", "", "crash", "Who voted for the bridge?")
    journal = Journal(tmp_path / "a.csv", "d")
    told: list[Progress] = []
    run_batch(asked, ask, journal, tell=told.append)
    outcomes = list(journal.outcomes(asked))
    assert [o.state for o in outcomes] == ["answered", "error", "error", "answered"]
    assert "empty" in outcomes[1].error and "unexpected RuntimeError" in outcomes[2].error
    assert [(p.done, p.total) for p in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_run_that_ended_goes_on_behind_the_last_question_that_was_kept(tmp_path: Path) -> None:
    asked, out = items(*QUESTIONS), tmp_path / "a.csv"
    count: list[int] = []

    def once(item: Item, history: Sequence[Turn]) -> Answer:
        count.append(item.number)
        if len(count) == 3:
            raise KeyboardInterrupt
        return ask(item, history)

    with pytest.raises(KeyboardInterrupt):
        run_batch(asked, once, Journal(out, "d"))
    again = Journal(out, "d")
    run_batch(asked, once, again)
    assert count == [1, 2, 3, 3, 4]
    assert [o.item.number for o in again.outcomes(asked)] == [1, 2, 3, 4]
    again.finish()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", [1, 5, 200])
def test_a_line_that_was_torn_is_asked_again(tmp_path: Path, cut: int) -> None:
    asked, out = items(*QUESTIONS), tmp_path / "a.csv"
    journal = Journal(out, "d")
    run_batch(asked, ask, journal)
    journal.close()
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:-cut])
    again = Journal(out, "d")
    assert sorted(again.numbers) == [1, 2, 3]
    run_batch(asked, ask, again)
    assert again.path.read_bytes() == whole


def test_a_journal_of_other_questions_is_refused_and_may_be_begun_afresh(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.csv", digest_of(items("a")))
    journal.close()
    with pytest.raises(UsageError, match=r"other questions.*--afresh"):
        Journal(tmp_path / "a.csv", digest_of(items("b")))
    assert not Journal(tmp_path / "a.csv", digest_of(items("b")), afresh=True).numbers


def test_a_failing_index_ends_the_run_and_keeps_what_was_asked(tmp_path: Path) -> None:
    def fails(item: Item, history: Sequence[Turn]) -> Answer:
        if item.number == 2:
            raise StoreError("the disk is gone")
        return ask(item, history)

    journal = Journal(tmp_path / "a.csv", "d")
    with pytest.raises(StoreError):
        run_batch(items(*QUESTIONS), fails, journal)
    assert list(journal.numbers) == [1]


def test_questions_of_one_conversation_know_what_was_asked_before_and_others_do_not(tmp_path: Path) -> None:
    columns = (("conversation", "a"),)
    asked = (Item(1, "Who voted for the bridge?", columns), Item(2, "Will the ferry sail?"), Item(3, "cost?", columns))
    seen: dict[int, list[str]] = {}

    def noting(item: Item, history: Sequence[Turn]) -> Answer:
        seen[item.number] = [turn.question for turn in history]
        return ask(item, history)

    first = Journal(tmp_path / "a.csv", "d")
    run_batch(asked[:2], noting, first)
    first.close()
    run_batch(asked, noting, Journal(tmp_path / "a.csv", "d"))
    assert seen == {1: [], 2: [], 3: ["Who voted for the bridge?"]}


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    out.write_text("old")

    def broken() -> object:
        yield "new"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_whole(out, broken())  # type: ignore[arg-type]
    assert out.read_text() == "old" and list(tmp_path.iterdir()) == [out]
    write_whole(out, ["new"])
    assert out.read_text() == "new"
    with pytest.raises(UsageError, match="cannot be written"):
        write_whole(tmp_path / "none" / "a.csv", ["x"])
