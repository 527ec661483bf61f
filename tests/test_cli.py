"""The command line: exit codes, and what is said. Mostly run in this process: one of its own takes seconds to start."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

from app.__main__ import main
from app.ask import ask

SEEDS = Path(__file__).parents[1] / "seeds"
CHECKOUT = SEEDS.parent
ANSWERED = "How many airstrikes has the coalition conducted on Islamic State targets in Iraq?"
NOT_SAID = "Who won the football World Cup in 2018?"
FERRY = """Ferry runs aground off Port Hallow

PORT HALLOW, March 2 - The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard, the
harbour office said. Nobody was hurt, and all of them were brought ashore by small boats before midnight.

Captain Mira Lunde said the fog came down within minutes. "We saw nothing at all," she told reporters on the quay.
"""


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


class Ingested(NamedTuple):
    """The index of the five articles, and what making it printed."""

    path: Path
    out: str


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    path, out = tmp_path_factory.mktemp("cli") / "store", io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(["ingest", str(SEEDS), "--store", str(path)]) == 0
    return Ingested(path, out.getvalue())


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs one command in an empty working folder; whatever happens, no traceback is shown."""
    monkeypatch.chdir(tmp_path)

    def run_main(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Ran(code, out, err)

    return run_main


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """A small folder: one article, one file that is none."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "ferry.txt").write_text(FERRY, encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    return folder


# --- ingest -----------------------------------------------------------------------------------------------------------


def test_ingesting_the_seeds_finds_exactly_five(seeds: Ingested, run: Callable[..., Ran]) -> None:
    assert re.match(r"5 articles, \d+ passages written, 0 set aside in [\d.]+ s; the index is in ", seeds.out)
    listed = json.loads(run("sources", "--json", "--store", seeds.path).out)
    assert [row["sources"] for row in listed] == [[path.name] for path in sorted(SEEDS.glob("*.txt"))]
    assert all(row["passages"] for row in listed)


def test_ingesting_again_finds_nothing_changed(seeds: Ingested, run: Callable[..., Ran]) -> None:
    again = run("ingest", SEEDS, "--store", seeds.path)
    assert (again.code, "0 articles, 0 passages written, 5 unchanged, 0 set aside" in again.out) == (0, True)


def test_a_file_that_is_no_article_is_named_with_the_reason_and_the_rest_goes_on(
    run: Callable[..., Ran], news: Path
) -> None:
    done = run("ingest", news)
    assert done.code == 0
    assert (
        "set aside picture.png: it is a PNG image; text, HTML, Markdown, PDF, DOCX, mail and saved pages are read\n"
        in done.out
    )
    assert "1 article, 1 passage written, 1 set aside" in done.out
    assert "picture.png\n  set aside it is a PNG image" in run("sources").out
    strict = run("ingest", news, "--strict")
    assert (strict.code, "set aside picture.png" in strict.out) == (3, True)


def test_an_edited_file_is_replaced(run: Callable[..., Ran], news: Path) -> None:
    run("ingest", news)
    (news / "ferry.txt").write_text(FERRY.replace("212", "221"), encoding="utf-8")
    assert "1 article, 1 passage written, 1 replaced" in run("ingest", news).out
    assert "221 passengers" in run("show", "ferry.txt").out


def test_a_file_that_is_gone_stays_until_it_is_pruned(run: Callable[..., Ran], news: Path) -> None:
    run("ingest", news)
    (news / "ferry.txt").unlink()
    assert "gone but still indexed ferry.txt: --prune removes it" in run("ingest", news).out
    assert "ferry.txt" in run("sources").out
    assert "1 removed" in run("ingest", news, "--prune").out
    assert "ferry.txt" not in run("sources").out


def test_a_folder_without_articles_is_said_in_words(run: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("ingest", "empty")
    assert (done.code, "no articles were found there" in done.out) == (0, True)
    asked = run("ask", "Who won?")
    assert (asked.code, "nothing to answer from" in asked.out) == (0, True)


def test_a_path_that_does_not_exist_is_the_callers_mistake(run: Callable[..., Ran]) -> None:
    done = run("ingest", "nowhere")
    assert (done.code, "no such file or folder" in done.err) == (2, True)


def test_a_slip_of_the_pen_neither_empties_an_index_nor_makes_one(run: Callable[..., Ran], news: Path) -> None:
    run("ingest", news)
    for arguments in (
        ["--rebuild"],
        ["--rebuild", "--prune"],
        ["--prune"],
        ["--store", "new"],
        ["--prune", "--store", "new"],
    ):
        assert run("ingest", "typo", *arguments).code == 2
    assert "ferry.txt" in run("sources").out
    assert not Path("new").exists()


def test_a_folder_that_is_gone_is_pruned_by_its_name(run: Callable[..., Ran], news: Path) -> None:
    run("ingest", news)
    (news / "ferry.txt").unlink()
    (news / "picture.png").unlink()
    news.rmdir()
    refused = run("ingest", news)
    assert (refused.code, "--prune" in refused.err) == (2, True)
    pruned = run("ingest", news, "--prune")
    assert (pruned.code, "1 removed" in pruned.out, "right folder" in pruned.out) == (0, True, False)


def test_fields_of_a_table_are_shown_and_may_be_chosen(run: Callable[..., Ran], tmp_path: Path) -> None:
    words = "The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard, police said."
    (tmp_path / "a.csv").write_text(f'Artikel;Title\n"{words} Nobody was hurt.";Ferry\n', encoding="utf-8")
    assert run("ingest", tmp_path / "a.csv", "--field", "txt=Artikel").code == 2
    assert "--field text=COLUMN" in run("ingest", tmp_path / "a.csv").out
    done = run("ingest", tmp_path / "a.csv", "--field", "text=Artikel")
    assert "fields of a.csv: text=Artikel, title=Title\n" in done.out
    assert "1 article, 1 passage written, 0 set aside" in done.out
    assert "1 unchanged" in run("ingest", tmp_path / "a.csv").out


def test_an_index_whose_vectors_were_lost_is_restored_by_any_ingest(run: Callable[..., Ran], news: Path) -> None:
    run("ingest", news)
    (news / "other.txt").write_text(FERRY.replace("Aurora", "Borealis"), encoding="utf-8")
    shutil.rmtree(".dateline/vectors")
    assert "dateline ingest" in run("ask", "How many passengers were aboard?").err
    assert "1 passage that the index had lost" in run("ingest", news / "other.txt").out
    assert {row["sources"][0] for row in json.loads(run("sources", "--json").out)} == {"ferry.txt", "other.txt"}


# --- ask --------------------------------------------------------------------------------------------------------------


def test_an_answer_is_printed_with_its_sources(seeds: Ingested, run: Callable[..., Ran]) -> None:
    done = run("ask", *ANSWERED.split(), "--store", seeds.path)
    answer = ask(ANSWERED, store=seeds.path)
    assert (done.code, done.err) == (0, "")
    for citation in answer.citations:
        assert f"{citation.source} {citation.start}:{citation.end}" in done.out
    assert all(statement.text in done.out for statement in answer.statements)


def test_json_is_the_answers_own_and_its_citations_slice_back(seeds: Ingested, run: Callable[..., Ran]) -> None:
    done = run("ask", ANSWERED, "--json", "--store", seeds.path)
    row = json.loads(done.out)
    assert row == ask(ANSWERED, store=seeds.path).to_dict()
    assert row["citations"]
    for citation in row["citations"]:
        text = (SEEDS / citation["source"]).read_bytes().decode()
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_a_follow_up_takes_its_history_from_the_flags(seeds: Ingested, run: Callable[..., Ran]) -> None:
    done = run("ask", "Since when in Syria?", "--history", ANSWERED, "--json", "--store", seeds.path)
    assert json.loads(done.out) == ask("Since when in Syria?", history=[ANSWERED], store=seeds.path).to_dict()


def test_an_abstention_is_an_answer_and_no_failure(seeds: Ingested, run: Callable[..., Ran]) -> None:
    done = run("ask", NOT_SAID, "--store", seeds.path)
    assert (done.code, "\nThe articles do not say.\n" in done.out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask", ""], "the question is empty"),
        (["ask", " \n "], "the question is empty"),
        (["ask", "x" * 4001], "4,001 characters"),
        (["ask", "<b></b>"], "only markup"),
        (["ask", "Who won?", "--as-of", "yesterday"], "2020-01-28"),
        (["ask", "Who won?", "--source", "nowhere.txt"], "dateline sources"),
        (["ask", "Who won?", "--threshold", "7"], "within 0..1"),
        (["show", "000_fd941c4563075e7b.txt", "--span", "9:3"], "START:END"),
        (["show", "000_fd941c4563075e7b.txt", "--span", "0:99999999"], "the article's length"),
        (["show", "000_fd941c4563075e7b.txt", "--span", "some"], "START:END"),
        (["chat", "--port", "99999"], "within 1..65535"),
    ],
)
def test_what_cannot_be_served_as_asked_exits_2_and_says_why(
    seeds: Ingested, run: Callable[..., Ran], arguments: list[str], told: str
) -> None:
    done = run(*arguments, "--store", seeds.path)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


@pytest.mark.parametrize("arguments", [[], ["answer"], ["ingest"], ["show"], ["ask", "Who?", "--jsn"]])
def test_wrong_usage_exits_2_and_shows_the_usage(run: Callable[..., Ran], arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.code, "usage: dateline" in done.err) == (2, True)


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["eval", "--help"]])
def test_help_is_no_failure(run: Callable[..., Ran], arguments: list[str]) -> None:
    assert run(*arguments).code == 0


# --- sources and show -------------------------------------------------------------------------------------------------


def test_the_sources_are_listed_with_their_dates_and_what_these_rest_on(
    seeds: Ingested, run: Callable[..., Ran]
) -> None:
    out = run("sources", "--store", seeds.path).out
    assert len(re.findall(r"^  headline  ", out, re.MULTILINE)) == 5
    assert len(re.findall(r"^  published (?:day unknown|\d{4}-\d\d-\d\d): \S", out, re.MULTILINE)) == 5
    assert len(re.findall(r"^  passages  [1-9]", out, re.MULTILINE)) == 5


def test_an_articles_source_text_is_shown_whole(seeds: Ingested, run: Callable[..., Ran]) -> None:
    source = "003_f108d390e66619d9.txt"
    text = (SEEDS / source).read_bytes().decode().replace("\r\n", "\n")
    assert run("show", source, "--store", seeds.path).out.split() == text.split()


def test_a_span_is_marked_where_it_stands(seeds: Ingested, run: Callable[..., Ran]) -> None:
    citation = ask(ANSWERED, store=seeds.path).citations[0]
    out = run("show", citation.source, "--span", f"{citation.start}:{citation.end}", "--store", seeds.path).out
    assert out[out.index("⟦") + 1 : out.index("⟧")] == citation.quote


def test_what_would_steer_a_terminal_is_replaced_and_spaces_of_every_kind_are_kept(
    run: Callable[..., Ran], news: Path
) -> None:
    (news / "ferry.txt").write_text(
        FERRY.replace("midnight", "mid\x1b[2Jnight\u202e\u00a0or \u200dso"), encoding="utf-8"
    )
    run("ingest", news)
    assert "mid\ufffd[2Jnight\ufffd\u00a0or \u200dso." in run("show", "ferry.txt").out


def test_a_source_that_is_not_there_is_answered_with_the_nearest(seeds: Ingested, run: Callable[..., Ran]) -> None:
    done = run("show", "000_fd941c.txt", "--store", seeds.path)
    assert (done.code, "nearest: 000_fd941c4563075e7b.txt" in done.err) == (1, True)


# --- the index, the settings, and ourselves ---------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["ask", "Who won?"], ["sources"], ["show", "a.txt"]])
def test_without_an_index_the_command_that_makes_one_is_named(run: Callable[..., Ran], command: list[str]) -> None:
    done = run(*command, "--store", "nothing-here")
    assert (done.code, "dateline ingest" in done.err, "nothing-here" in done.err) == (1, True, True)


def test_an_index_that_is_damaged_is_an_error_in_words(run: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "catalog.sqlite3").write_bytes(b"not a database at all, " * 64)
    done = run("ask", "Who won?", "--store", "store")
    assert (done.code, "store" in done.err) == (1, True)


def test_the_environment_says_where_the_index_is(
    seeds: Ingested, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_STORE", str(seeds.path))
    assert run("sources").code == 0
    assert run("sources", "--store", "nothing-here").code == 1


def test_an_unknown_setting_in_the_environment_is_answered_with_the_nearest(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_STROE", "x")
    done = run("sources")
    assert (done.code, "DATELINE_STROE" in done.err, "did you mean 'store'?" in done.err) == (2, True, True)


def test_a_mistake_of_ours_exits_1_and_says_how_to_see_more(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.__main__.load_settings", lambda **_: 1 / 0)
    done = run("sources")
    assert (done.code, "ZeroDivisionError" in done.err, "--debug" in done.err) == (1, True, True)
    with pytest.raises(ZeroDivisionError):
        run("sources", "--debug")


# --- eval -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def gold(tmp_path: Path, news: Path) -> list[str]:
    """What measures one question about the small folder."""
    case = {
        "id": "q1", "kind": "number", "question": "How many passengers were aboard the ferry Aurora?", "history": [],
        "answers": ["212"], "evidence": [["ferry.txt", "with 212 passengers aboard"]], "need": "any",
    }  # fmt: skip
    (tmp_path / "gold.jsonl").write_text(json.dumps(case) + "\n", encoding="utf-8")
    return ["eval", "--gold", "gold.jsonl", "--articles", str(news)]


def test_own_questions_are_measured_and_a_broken_floor_exits_3(
    run: Callable[..., Ran], tmp_path: Path, gold: list[str]
) -> None:
    assert run(*gold).code == 0
    assert run(*gold, "--baseline", "own.json", "--update-baseline").code == 0
    assert run(*gold, "--baseline", "own.json").code == 0
    pinned = json.loads((tmp_path / "own.json").read_text())
    pinned["floors"]["reciprocal_rank"] = 1.5
    (tmp_path / "own.json").write_text(json.dumps(pinned))
    done = run(*gold, "--baseline", "own.json")
    assert (done.code, "floor broken: reciprocal_rank" in done.err) == (3, True)


def test_a_gold_file_with_a_quote_that_does_not_stand_there_is_an_error(
    run: Callable[..., Ran], tmp_path: Path, gold: list[str]
) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(path.read_text().replace("with 212", "with some 212"))
    done = run(*gold)
    assert (done.code, "gold.jsonl:1" in done.err) == (1, True)


# --- chat, and whole processes ----------------------------------------------------------------------------------------


def test_a_host_that_others_can_reach_is_warned_of(seeds: Ingested, run: Callable[..., Ran]) -> None:
    with socket.socket() as taken:  # so that nothing is opened to the network here
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        here = run("chat", "--port", port, "--store", seeds.path)
        everywhere = run("chat", "--host", "0.0.0.0", "--open", "--port", port, "--store", seeds.path)
    assert (here.code, everywhere.code) == (2, 2)
    assert "anybody" not in here.err
    assert "anybody who can reach 0.0.0.0" in everywhere.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize(("number", "with_articles"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_a_chat_says_where_it_is_and_ends_quietly(
    seeds: Ingested, run: Callable[..., Ran], tmp_path: Path, number: signal.Signals, with_articles: bool
) -> None:
    store = seeds.path
    if not with_articles:
        store = tmp_path / "empty-store"
        (tmp_path / "empty").mkdir()
        run("ingest", "empty", "--store", store)
    chat = subprocess.Popen(
        [sys.executable, "-m", "app", "chat", "--store", str(store)],
        cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert chat.stdout
        address = re.fullmatch(r"Dateline is at (http://127\.0\.0\.1:\d+)\n", chat.stdout.readline())
        assert address
        with urllib.request.urlopen(address[1], timeout=30) as page:
            assert page.status == 200
        chat.send_signal(number)
        rest, err = chat.communicate(timeout=60)
    finally:
        chat.kill()
    assert (chat.returncode, rest) == (0, "")
    assert re.fullmatch("" if with_articles else "the index in .* holds no articles yet: .*\n", err)


def test_a_process_of_its_own_shows_the_message_and_the_exit_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app", "ask", "Who won?", "--store", str(tmp_path / "nothing-here")]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("dateline: ")


def test_the_example_questions_of_the_page_are_answered_ones(seeds: Ingested) -> None:
    from app.ask import open_archive
    from app.suggest import answered, draft_questions, in_turn

    archive = open_archive(seeds.path)
    drafted = [c for a in archive.articles() for c in draft_questions(a, archive.text_of(a.article_id))]
    assert {c.kind for c in drafted} >= {"Who", "What was said", "How many"}
    found = list(islice(answered(in_turn(drafted), partial(ask, store=archive), within_s=60), 4))
    assert len({e.question for e in found}) == 4
    assert not any(ask(e.question, store=archive).abstained for e in found)
