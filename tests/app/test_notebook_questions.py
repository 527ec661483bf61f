from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.answer import Answer
from app.ask import AskOptions
from app.batch import Item, Outcome
from app.notebook import batches as module
from app.notebook.batches import Batches
from app.notebook.file import NotebookFile
from app.notebook.saved import SavedQuestions, seen_and_newest, standalone
from ingest.errors import UsageError
from tests.app.test_answer_json import assert_same
from tests.browser.invented_archive import scripted_answer

QUESTIONS = ("Will the ferry sail?", "", "How tall is the tower?")


@pytest.fixture
def notebook(tmp_path: Path) -> NotebookFile:
    return NotebookFile(tmp_path / "notebook.sqlite")


def told(question: str) -> Answer:
    return scripted_answer(question, (), AskOptions())


def items(questions: Sequence[str] = QUESTIONS) -> tuple[Item, ...]:
    return tuple(Item(n, q, (("question", q), ("id", f"i{n}"))) for n, q in enumerate(questions, 1))


def run(batches: Batches) -> list[int]:
    """Ask all that is to be asked; the numbers that were."""
    asked: list[int] = []
    while (job := batches.next_job()) is not None:
        asked.append(job.item.number)
        question = job.item.question
        batches.keep(job.batch, Outcome(job.item, told(question)) if question else Outcome(job.item, None, "empty"))
    return asked


# --- batches --------------------------------------------------------------------------------------------------------


def test_a_batch_is_asked_in_order_and_then_done(notebook: NotebookFile) -> None:
    batches = Batches(notebook)
    key = batches.add("a", "T", items(), AskOptions())
    assert run(batches) == [1, 2, 3]
    batch = batches.get("a", key)
    assert batch is not None and (batch.condition, batch.answered, batch.abstained, batch.errors) == ("done", 1, 1, 1)
    outcomes = list(batches.outcomes("a", key))
    assert outcomes[0].answer and outcomes[0].item.value("id") == "i1"
    assert_same(told(QUESTIONS[0]), outcomes[0].answer)
    assert batches.column_names("a", key) == ("question", "id")


def test_a_batch_of_another_person_is_not_there(notebook: NotebookFile) -> None:
    batches = Batches(notebook)
    key = batches.add("a", "T", items(), AskOptions())
    run(batches)
    assert batches.get("b", key) is None and not batches.rows("b", key) and batches.outcome("b", key, 1) is None
    batches.stop("b", key)
    batches.remove("b", key)
    assert batches.of("b") == () and len(batches.of("a")) == 1


def test_a_batch_that_is_stopped_goes_on_where_it_was(notebook: NotebookFile) -> None:
    batches = Batches(notebook)
    key = batches.add("a", "T", items(), AskOptions())
    job = batches.next_job()
    assert job is not None
    batches.stop("a", key)
    batches.keep(key, Outcome(job.item, told("ferry")))  # it was on its way
    assert batches.next_job() is None
    batches.resume("a", key)
    assert run(batches) == [2, 3]


def test_after_a_restart_a_batch_is_interrupted_and_goes_on_with_what_is_left(notebook: NotebookFile) -> None:
    before = Batches(notebook)
    key = before.add("a", "T", items(), AskOptions())
    job = before.next_job()
    assert job is not None
    before.keep(key, Outcome(job.item, told("ferry")))
    after = Batches(notebook)
    batch = after.get("a", key)
    assert batch is not None and batch.condition == "interrupted" and after.next_job() is None
    after.resume("a", key)
    assert run(after) == [2, 3]


def test_two_batches_take_turns(notebook: NotebookFile) -> None:
    batches = Batches(notebook)
    first, second = (batches.add(p, "T", items(), AskOptions()) for p in "ab")
    asked: list[str] = []
    while (job := batches.next_job()) is not None:
        asked.append(job.batch)
        batches.keep(job.batch, Outcome(job.item, None, "x"))
    assert asked == [first, second] * 3


def test_no_more_batches_are_kept_than_can_be_looked_at(
    notebook: NotebookFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BATCHES", 1)
    batches = Batches(notebook)
    batches.add("a", "T", items(), AskOptions())
    with pytest.raises(UsageError, match="remove one"):
        batches.add("a", "T", items(), AskOptions())
    batches.add("b", "T", items(), AskOptions())


# --- saved questions ------------------------------------------------------------------------------------------------


def test_a_question_is_saved_once_with_what_it_is_asked_of(notebook: NotebookFile) -> None:
    saved = SavedQuestions(notebook)
    first = saved.add("a", "Who?", AskOptions())
    assert saved.add("a", "Who?", AskOptions()) == first
    assert saved.add("a", "Who?", AskOptions(sources=("x/",))) != first
    assert saved.add("b", "Who?", AskOptions()) != first
    assert [s.options.sources for s in saved.of("a")] == [("x/",), ()]


def test_a_version_is_kept_where_the_answer_differs_and_not_where_it_is_the_same(notebook: NotebookFile) -> None:
    saved = SavedQuestions(notebook)
    number = saved.add("a", "Who?", AskOptions())
    for generation, question in enumerate(("tower", "tower", "ferry", "ferry"), 1):
        (one,) = saved.stale(generation)
        saved.record(one, told(question), generation)
    assert [(v.number, v.generation, v.seen) for v in saved.versions("a", number)] == [(1, 1, True), (2, 3, False)]
    kept = saved.get("a", number)
    assert kept is not None and (kept.generation, kept.unseen) == (4, 1)
    assert saved.changed("a") == 1 and saved.changed("b") == 0
    saved.see("a", number)
    assert saved.changed("a") == 0


def test_only_what_was_not_asked_of_this_generation_is_asked_again_or_what_is_wished(notebook: NotebookFile) -> None:
    saved = SavedQuestions(notebook)
    number = saved.add("a", "Who?", AskOptions())
    (one,) = saved.stale(1)
    saved.record(one, told("ferry"), 1)
    assert saved.stale(1) == () and len(saved.stale(2)) == 1
    saved.ask_again("b")
    assert saved.stale(1) == ()
    saved.ask_again("a", number)
    assert len(saved.stale(1)) == 1


def test_what_could_not_be_asked_says_why_until_it_could(notebook: NotebookFile) -> None:
    saved = SavedQuestions(notebook)
    number = saved.add("a", "Who?", AskOptions())
    (one,) = saved.stale(1)
    saved.fail(one, "no article lies there", 1)
    assert saved.stale(1) == ()
    kept = saved.get("a", number)
    assert kept is not None and kept.trouble == "no article lies there"
    saved.record(kept, told("ferry"), 2)
    kept = saved.get("a", number)
    assert kept is not None and kept.trouble == ""


def test_what_is_new_is_compared_with_the_version_that_was_seen_last(notebook: NotebookFile) -> None:
    saved = SavedQuestions(notebook)
    number = saved.add("a", "Who?", AskOptions())
    for generation, question in enumerate(("ferry", "tower", "bridge"), 1):
        saved.record(saved.stale(generation)[0], told(question), generation)
    pair = seen_and_newest(saved.versions("a", number))
    assert pair is not None and [v.number for v in pair] == [1, 3]
    saved.see("a", number)
    pair = seen_and_newest(saved.versions("a", number))
    assert pair is not None and [v.number for v in pair] == [2, 3]


def test_the_history_of_a_question_is_bounded(notebook: NotebookFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.notebook.saved._MOST_VERSIONS", 3)
    saved = SavedQuestions(notebook)
    number = saved.add("a", "Who?", AskOptions())
    for generation in range(1, 7):
        saved.record(saved.stale(generation)[0], told("ferry" if generation % 2 else "tower"), generation)
    assert [v.number for v in saved.versions("a", number)] == [4, 5, 6]


def test_a_question_that_is_removed_while_it_is_asked_stays_removed(notebook: NotebookFile) -> None:
    saved = SavedQuestions(notebook)
    number = saved.add("a", "Who?", AskOptions())
    (one,) = saved.stale(1)
    assert not saved.remove("b", number) and saved.remove("a", number)
    saved.record(one, told("ferry"), 1)
    assert saved.of("a") == () and saved.versions("a", number) == ()


def test_a_question_saved_with_its_answer_is_at_no_time_one_that_is_still_to_be_asked(notebook: NotebookFile) -> None:
    saved, answer = SavedQuestions(notebook), told("Will the ferry sail?")
    number = saved.add("a", "Will the ferry sail?", AskOptions(), answer)
    assert saved.stale(answer.provenance.generation) == ()
    assert saved.add("a", "Will the ferry sail?", AskOptions(), told("How tall is the tower?")) == number
    (version,) = saved.versions("a", number)
    assert version.seen
    assert_same(answer, version.answer)


def test_a_follow_up_is_saved_with_what_was_searched_for() -> None:
    answer = replace(told("ferry"), question="And when?", query="ferry when")
    assert standalone("And when?", answer, AskOptions(), leans=True).query == "ferry when"
    assert standalone("And when?", answer, AskOptions(), leans=False).query is None
