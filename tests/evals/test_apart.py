"""A system in a process of its own: what it says comes back, a stopped run goes on, an index is whole or new."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import time
from pathlib import Path

import pytest

from evals.apart import Asked, Built, Opened, Timed, ensure_built, peak_mib, run_apart
from evals.reply import Reply
from ingest.errors import DatelineError, UsageError

HERE = "tests.evals.test_apart"  # as the process that opens a fake imports it
FAKE = f"{HERE}:open_fake"
DAY = dt.date(2021, 6, 1)


# --- a fake system, opened in the process that runs it -------------------------------------------------------


class Fake:
    """Says the question back; "raise" raises, "die" kills the process once, "stay" never comes back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, question: str, *, as_of: dt.date) -> Reply:
        with (self._folder / "asked").open("a", encoding="utf-8") as asked:
            asked.write(f"{question} {os.getpid()}\n")
        died = self._folder / "died"
        if question == "raise":
            raise LookupError("no such thing")
        if question == "die" and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if question == "stay":
            time.sleep(600)
        return Reply(None, question, f"{question} {as_of}", False, 0.5, ("p",), ("p", "q"))


def open_fake(payload: Path) -> Opened | Built:
    """The fake; its payload says what it is to do when it is opened."""
    told = json.loads(payload.read_text(encoding="utf-8"))
    if told.get("refuse"):
        raise UsageError(told["refuse"])
    if told.get("build"):
        built, now = ensure_built(payload.parent / "index", lambda folder: (folder / "made").touch())
        return built if now else Opened(Fake(payload.parent), built=built)
    return Opened(Fake(payload.parent), complete=lambda _, reply: reply, server_pid=os.getpid())


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    path = tmp_path / "payload.json"
    path.write_text("{}", encoding="utf-8")
    return path


def asked(*questions: str) -> list[Asked]:
    return [Asked(question, DAY) for question in questions]


def said_by(payload: Path) -> list[str]:
    """What the fake was asked, in order, by whichever process."""
    return [line.split()[0] for line in (payload.parent / "asked").read_text(encoding="utf-8").splitlines()]


# --- an index is whole or made afresh -----------------------------------------------------------------------


def test_a_half_built_index_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    def half(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        ensure_built(tmp_path / "index", half)
    _, now = ensure_built(tmp_path / "index", lambda folder: (folder / "whole").touch())
    assert now
    assert not (tmp_path / "index/half").exists()


def test_a_whole_index_is_not_built_again(tmp_path: Path) -> None:
    built, now = ensure_built(tmp_path / "index", lambda folder: None)
    assert now
    assert ensure_built(tmp_path / "index", lambda folder: pytest.fail("built again")) == (built, False)


# --- run apart ----------------------------------------------------------------------------------------------


def test_replies_come_back_as_they_were_said(payload: Path, tmp_path: Path) -> None:
    heard: list[Timed] = []
    run = run_apart(FAKE, payload, questions=asked("a", "b"), results=tmp_path / "r.jsonl", progress=heard.append)
    assert [timed.reply for timed in run.timed] == [
        Reply(None, "a", "a 2021-06-01", False, 0.5, ("p",), ("p", "q")),
        Reply(None, "b", "b 2021-06-01", False, 0.5, ("p",), ("p", "q")),
    ]
    assert tuple(heard) == run.timed
    assert run.server_mib is not None


def test_memory_is_that_of_its_own_process(payload: Path, tmp_path: Path) -> None:
    ours = bytearray(400 * 2**20)
    run = run_apart(FAKE, payload, questions=asked("a"), results=tmp_path / "r.jsonl")
    assert run.peak_mib < 400 <= peak_mib()
    assert len(ours) > 0


def test_a_question_that_raises_has_its_error_for_a_reply_and_the_rest_goes_on(payload: Path, tmp_path: Path) -> None:
    run = run_apart(FAKE, payload, questions=asked("a", "raise", "b"), results=tmp_path / "r.jsonl")
    assert [timed.error for timed in run.timed] == [None, "LookupError: no such thing", None]
    assert run.timed[1].reply is None


def test_a_run_goes_on_after_the_last_answered_question(payload: Path, tmp_path: Path) -> None:
    questions = asked("a", "die", "b")
    with pytest.raises(DatelineError, match="after 1 questions"):
        run_apart(FAKE, payload, questions=questions, results=tmp_path / "r.jsonl")
    run = run_apart(FAKE, payload, questions=questions, results=tmp_path / "r.jsonl")
    assert [timed.asked for timed in run.timed] == questions
    assert said_by(payload) == ["a", "die", "die", "b"]


def test_a_line_that_was_cut_short_is_asked_again(payload: Path, tmp_path: Path) -> None:
    results = tmp_path / "r.jsonl"
    run_apart(FAKE, payload, questions=asked("a", "b"), results=results)
    results.write_bytes(results.read_bytes()[:-20])
    run = run_apart(FAKE, payload, questions=asked("a", "b"), results=results)
    assert [timed.asked.question for timed in run.timed] == ["a", "b"]
    assert said_by(payload) == ["a", "b", "b"]


def test_a_finished_run_starts_nothing(payload: Path, tmp_path: Path) -> None:
    first = run_apart(FAKE, payload, questions=asked("a"), results=tmp_path / "r.jsonl")
    assert run_apart(FAKE, payload, questions=asked("a"), results=tmp_path / "r.jsonl") == first
    assert said_by(payload) == ["a"]


@pytest.mark.parametrize("questions", [("b",), (), ("b", "a")])
def test_answers_to_other_questions_are_not_taken(payload: Path, tmp_path: Path, questions: tuple[str, ...]) -> None:
    run_apart(FAKE, payload, questions=asked("a"), results=tmp_path / "r.jsonl")
    with pytest.raises(UsageError, match="another run"):
        run_apart(FAKE, payload, questions=asked(*questions), results=tmp_path / "r.jsonl")


def test_answers_over_other_articles_are_not_taken(payload: Path, tmp_path: Path) -> None:
    run_apart(FAKE, payload, questions=asked("a"), results=tmp_path / "r.jsonl")
    payload.write_text('{"other": true}', encoding="utf-8")
    with pytest.raises(UsageError, match="another run"):
        run_apart(FAKE, payload, questions=asked("a"), results=tmp_path / "r.jsonl")


def test_a_system_that_builds_is_asked_in_a_process_that_did_not(payload: Path, tmp_path: Path) -> None:
    payload.write_text('{"build": true}', encoding="utf-8")
    run = run_apart(FAKE, payload, questions=asked("a"), results=tmp_path / "r.jsonl")
    assert run.built is not None
    assert run.built.seconds >= 0
    assert (tmp_path / "index/made").is_file()


def test_what_cannot_be_asked_for_is_told_as_it_was_said(payload: Path, tmp_path: Path) -> None:
    payload.write_text('{"refuse": "run `pip install it`"}', encoding="utf-8")
    with pytest.raises(UsageError, match=r"^run `pip install it`$"):
        run_apart(FAKE, payload, questions=asked("a"), results=tmp_path / "r.jsonl")


def test_a_process_that_fails_shows_its_last_lines(payload: Path, tmp_path: Path) -> None:
    with pytest.raises(DatelineError, match="no attribute 'open_nothing'"):
        run_apart(f"{HERE}:open_nothing", payload, questions=asked("a"), results=tmp_path / "r")


def test_an_interrupt_ends_the_process(payload: Path, tmp_path: Path) -> None:
    def interrupt(_: Timed) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_apart(FAKE, payload, questions=asked("a", "stay"), results=tmp_path / "r.jsonl", progress=interrupt)
    pid = int((tmp_path / "asked").read_text(encoding="utf-8").split()[1])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
