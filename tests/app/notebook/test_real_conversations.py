"""Real answers over the five articles: kept, read back, followed up, judged, and measured as gold cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main
from app.answer import Answer, Turn
from app.ask import AskOptions, ask
from app.conversation import Asked
from app.gold_case import Expected, expected_as_answered, gold_case, write_case
from app.notebook.conversations import KeptConversations
from app.notebook.file import NotebookFile
from app.references import find_reference
from store import Store, open_store
from tests.app.test_answer_json import assert_same

SEEDS = Path(__file__).parents[3] / "seeds"
KEY = "a" * 32
QUESTIONS = (
    "Which newspaper revealed that Washington was seeking somewhere in North Africa to station drones?",
    "How many articles mention Syria?",
    "What happened in Syria?",
    "Who won the football match?",
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("real") / "store"
    assert main(["ingest", str(SEEDS), "--store", str(path)]) == 0
    return open_store(path)


@pytest.fixture(scope="module")
def answers(archive: Store) -> tuple[Answer, ...]:
    return tuple(ask(q, store=archive) for q in QUESTIONS)


def test_real_answers_are_read_back_whole_and_are_followed_up_the_same(
    archive: Store, answers: tuple[Answer, ...], tmp_path: Path
) -> None:
    assert {a.abstained for a in answers} == {True, False}
    kept = KeptConversations(NotebookFile(tmp_path / "notebook.sqlite"))
    for answer in answers:
        kept.add("ada", KEY, Asked(Turn(answer.question, answer), AskOptions()))
    later = KeptConversations(NotebookFile(tmp_path / "notebook.sqlite")).get("ada", KEY)
    for turn, answer in zip(later.turns, answers, strict=True):
        assert_same(answer, turn.answer)
        for n, citation in enumerate(turn.answer.citations, 1):
            reference = find_reference(turn.answer, "c", n)
            assert reference is not None
            assert reference.place.span.of(archive.source_text(reference.source)) == citation.quote
    for upto in (1, 3):
        now = tuple(Turn(a.question, a) for a in answers[:upto])
        fresh = ask("And what did it say about Libya?", history=now, store=archive)
        again = ask("And what did it say about Libya?", history=later.turns[:upto], store=archive)
        assert again == fresh


def test_gold_cases_of_judged_answers_are_measured(
    answers: tuple[Answer, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = tmp_path / "notebook-gold.jsonl"
    paper, count, syria, football = (Asked(Turn(a.question, a), AskOptions()) for a in answers)
    for n, entry in enumerate((paper, count, football)):
        write_case(gold, gold_case(f"kept-{n}", entry, (), expected_as_answered(entry.turn.answer)))
    write_case(gold, gold_case("kept-3", syria, (), Expected()))  # it should have declined, says the reader
    evidence = tuple((c.source, c.quote) for c in paper.turn.answer.citations[:1])
    write_case(gold, gold_case("kept-4", paper, (), Expected(("No Such Times",), evidence)))
    monkeypatch.chdir(tmp_path)
    assert main(["eval", "--gold", str(gold), "--articles", str(SEEDS), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    met = {c["id"]: c["as_expected"] for c in record["cases"]}
    assert met == {"kept-0": True, "kept-1": True, "kept-2": True, "kept-3": False, "kept-4": False}
