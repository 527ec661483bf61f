from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from app.answer import Answer, Statement, Turn
from app.ask import AskOptions
from app.conversation import Asked, Failure
from app.desk import Desk, Run, Task
from ingest.errors import QuestionError
from tests.browser.invented_archive import scripted_stream

ASKED = Task("ida", "a" * 32, "Will the ferry sail?", AskOptions(), ())


class Kept:
    """What a desk had kept, or why it cannot be."""

    def __init__(self, trouble: Failure | None = None) -> None:
        self.outcomes: list[tuple[Task, Asked | Failure]] = []
        self.trouble = trouble

    def __call__(self, task: Task, outcome: Asked | Failure) -> Failure | None:
        self.outcomes.append((task, outcome))
        return self.trouble


@pytest.fixture
def kept() -> Kept:
    return Kept()


class Held:
    """Asks an archive that answers once it is let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Event()

    def __call__(self, question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        self.asked.append(question)
        self.begun.release()
        self.let_go.wait(20)
        yield from scripted_stream(question, history=history, options=options)


@pytest.fixture
def held() -> Held:
    return Held()


def shown(run: Run) -> list[int]:
    """How many statements a page that follows `run` is shown, each time something changes."""

    async def follow() -> list[int]:
        return [len(statements) async for statements in run.follow()]

    return asyncio.run(asyncio.wait_for(follow(), timeout=20))


def test_who_follows_a_run_sees_it_to_its_end_and_the_answer_is_kept(kept: Kept) -> None:
    desk = Desk(scripted_stream, lambda answer: {}, kept)
    run = desk.start(ASKED)
    assert shown(run)[-1] == 3
    assert isinstance(run.outcome, Asked)
    assert kept.outcomes == [(ASKED, run.outcome)]
    assert desk.running("ida", ASKED.conversation_id) == ()
    desk.close()


def test_a_run_that_nobody_follows_is_kept_too_and_one_that_is_over_can_still_be_followed(kept: Kept) -> None:
    desk = Desk(scripted_stream, lambda answer: {}, kept)
    run = desk.start(ASKED)
    assert shown(run)
    assert shown(run) == [3]
    desk.close()


def test_a_run_that_is_stopped_says_so_and_one_in_line_is_not_begun(kept: Kept, held: Held) -> None:
    desk = Desk(held, lambda answer: {}, kept, at_once=1)
    first, second = desk.start(ASKED), desk.start(replace(ASKED, question="Who voted for the bridge?"))
    assert held.begun.acquire(timeout=20)
    desk.stop("ida", ASKED.conversation_id)
    held.let_go.set()
    assert shown(desk.start(replace(ASKED, conversation_id="b" * 32)))  # which waited for both
    assert [isinstance(r.outcome, Failure) and r.outcome.stopped for r in (first, second)] == [True, True]
    assert held.asked == [ASKED.question, ASKED.question]
    desk.close()


def test_an_error_is_told_in_words_and_an_unforeseen_one_is_not_spelt_out(kept: Kept) -> None:
    def refuse(question: str, *, history: Sequence[Turn], options: AskOptions) -> Iterator[Statement | Answer]:
        raise QuestionError("the question is empty") if question == "?" else ValueError("/home/ida/secret")

    desk = Desk(refuse, lambda answer: {}, kept)
    foreseen, other = (desk.start(Task("ida", "a" * 32, q, AskOptions(), ())) for q in ("?", "x"))
    shown(foreseen)
    shown(other)
    assert foreseen.outcome == Failure("?", "the question is empty")
    assert isinstance(other.outcome, Failure)
    assert "secret" not in other.outcome.message
    desk.close()


def test_a_question_is_never_seen_twice_or_not_at_all_while_its_answer_is_kept() -> None:
    kept: list[Task] = []

    def slowly(task: Task, outcome: Asked | Failure) -> None:
        kept.append(task)
        time.sleep(0.05)

    desk = Desk(scripted_stream, lambda answer: {}, slowly)
    run = desk.start(ASKED)
    seen = set()
    while run.outcome is None:
        with desk.still("ida", ASKED.conversation_id) as runs:
            seen.add(len(runs) + len(kept))
    assert seen == {1}
    desk.close()


def test_the_same_question_asked_twice_at_once_is_one_and_is_stopped_at_once(kept: Kept, held: Held) -> None:
    desk = Desk(held, lambda answer: {}, kept, at_once=1)
    run = desk.start(ASKED)
    assert desk.start(ASKED) is run
    other = desk.start(replace(ASKED, conversation_id="b" * 32))
    assert other is not run
    desk.stop("ida", ASKED.conversation_id)
    assert isinstance(run.outcome, Failure)  # while its thread still waits
    assert run.outcome.stopped
    assert desk.running("ida", ASKED.conversation_id) == ()
    held.let_go.set()
    shown(other)  # its turn came when that thread was done
    assert [task.conversation_id for task, _ in kept.outcomes] == [ASKED.conversation_id, "b" * 32]
    desk.close()


def test_an_answer_that_could_not_be_kept_is_shown_as_that() -> None:
    trouble = Failure(ASKED.question, "the disk is full")
    desk = Desk(scripted_stream, lambda answer: {}, Kept(trouble))
    run = desk.start(ASKED)
    shown(run)
    assert run.outcome == trouble
    desk.close()


def test_what_runs_in_one_conversation_is_not_seen_in_another_or_by_another_person(kept: Kept, held: Held) -> None:
    desk = Desk(held, lambda answer: {}, kept)
    run = desk.start(ASKED)
    assert desk.running("ida", ASKED.conversation_id) == (run,)
    assert desk.running("ola", ASKED.conversation_id) == ()
    assert desk.running("ida", "b" * 32) == ()
    held.let_go.set()
    shown(run)
    desk.close()
