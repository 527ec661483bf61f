"""`dateline ask --batch` and `dateline saved` over a small index of invented articles; one process is really killed."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.__main__ import main

CHECKOUT = Path(__file__).parents[1]
FERRY = """Ferry runs aground off Port Hallow

PORT HALLOW, March 2 - The ferry Aurora ran aground off Port Hallow on Tuesday night with 212 passengers aboard, the
harbour office said. Nobody was hurt, and all of them were brought ashore by small boats before midnight.
"""
ASKED = "How many passengers were aboard the ferry Aurora?"
# As the command asks, but slowly, and with scripted answers: what is killed here is the journal, not the models.
SLOW = """
import sys, time
from pathlib import Path
from app.ask import AskOptions
from app.batch import Item
from app.batch_run import Journal, run_batch
from tests.browser.invented_archive import scripted_answer
items = [Item(n, f"Will ferry {n} sail?") for n in range(1, 31)]
def ask(item, history):
    with open(sys.argv[1] + ".asked", "a") as log:
        log.write(f"{item.number}\\n")
    time.sleep(0.02)
    return scripted_answer(item.question, (), AskOptions())
journal = Journal(Path(sys.argv[1]), "d")
run_batch(items, ask, journal)
print([o.item.number for o in journal.outcomes(items)] == list(range(1, 31)))
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("questions")
    (folder / "news").mkdir()
    (folder / "news" / "ferry.txt").write_text(FERRY, encoding="utf-8")
    assert main(["ingest", str(folder / "news"), "--store", str(folder / "store")]) == 0
    return folder / "store"


def test_a_file_of_questions_becomes_a_file_of_answers(store: Path, tmp_path: Path) -> None:
    asked, out = tmp_path / "q.csv", tmp_path / "a.csv"
    asked.write_text(f"id;question\n1;{ASKED}\n2;\n", encoding="utf-8")
    command = ["ask", "--batch", str(asked), "--out", str(out), "--store", str(store)]
    assert main(command) == 0
    rows = list(csv.DictReader(out.open(encoding="utf-8-sig", newline="")))
    assert [(r["id"], r["state"]) for r in rows] == [("1", "answered"), ("2", "error")]
    assert "212" in rows[0]["quotes"] and rows[0]["files"] == "[1] ferry.txt"
    assert main([*command, "--strict"]) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "q.csv"]


@pytest.mark.parametrize("ending", ["html", "jsonl"])
def test_the_ending_says_what_is_written(store: Path, tmp_path: Path, ending: str) -> None:
    (tmp_path / "q.txt").write_text(ASKED)
    out = tmp_path / f"a.{ending}"
    assert main(["ask", "--batch", str(tmp_path / "q.txt"), "--out", str(out), "--store", str(store)]) == 0
    text = out.read_text(encoding="utf-8")
    assert "<mark>" in text if ending == "html" else json.loads(text)["answer"]["citations"][0]["source"] == "ferry.txt"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--batch", "none.csv", "--out", "a.csv"], "cannot be read"),
        (["--batch", "q.txt"], "needs --out"),
        (["--batch", "q.txt", "--out", "a.doc"], "needs --out"),
        (["--batch", "q.txt", "--out", "none/a.csv"], "no such folder"),
        (["--batch", "q.txt", "--out", "a.csv", "Who?"], "no question"),
    ],
)
def test_what_cannot_be_asked_exits_2_in_words(
    flags: list[str], said: str, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("q.txt").write_text(ASKED)
    assert main(["ask", *flags, "--store", str(store)]) == 2
    assert said in capsys.readouterr().err


def test_a_batch_that_is_killed_again_and_again_asks_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    command = [sys.executable, "-c", SLOW, str(out)]
    log = Path(f"{out}.asked")
    for upto in (5, 15):
        running = subprocess.Popen(command, cwd=CHECKOUT)
        while not log.exists() or len(log.read_text().splitlines()) < upto:
            time.sleep(0.005)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "True"
    asked = [int(line) for line in log.read_text().splitlines()]
    # The one that was on its way when the process was killed has no answer yet.
    assert sorted(set(asked)) == list(range(1, 31)) and len(asked) <= 32


# --- saved questions ------------------------------------------------------------------------------------------------


def test_saved_questions_say_what_changed_after_an_ingest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "ferry.txt").write_text(FERRY, encoding="utf-8")
    at = ["--store", str(tmp_path / "store")]
    main(["ingest", str(tmp_path / "news"), *at])
    assert main(["saved", "add", "How many articles mention Aurora?", *at]) == 0
    assert main(["saved", "run", *at]) == 0
    assert "asked for the first time" in capsys.readouterr().out
    assert main(["saved", "run", *at]) == 0
    assert "the same as before" in capsys.readouterr().out
    (tmp_path / "news" / "second.txt").write_text(
        "Aurora towed into harbour\n\nPORT HALLOW, March 3 - The Aurora was towed into the harbour on Wednesday by two "
        "tugs, and its passengers were given their money back, the line said.\n",
        encoding="utf-8",
    )
    main(["ingest", str(tmp_path / "news"), *at])
    capsys.readouterr()
    assert main(["saved", "run", "--json", *at]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["changed"] and "2, before 1" in told["changes"][0]
    assert main(["saved", "list", "--json", *at]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["question"], listed["unseen"]) == ("How many articles mention Aurora?", 1)
    assert main(["saved", "remove", str(listed["id"]), *at]) == 0
    assert main(["saved", "remove", str(listed["id"]), *at]) == 2


@pytest.mark.parametrize(
    "words", [["add"], ["remove"], ["remove", "x"], ["run", "99"], ["list", "x"], ["add", "Who?", "--from", "soon"]]
)
def test_a_saved_question_that_cannot_be_meant_exits_2(words: list[str], store: Path) -> None:
    assert main(["saved", *words, "--store", str(store)]) == 2
