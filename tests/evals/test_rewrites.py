from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.__main__ import main
from evals.rewrites import read_turns, rewrites_eval, tokens
from ingest.errors import GoldError, UsageError

FIRST = {"id": "a_1", "history": [], "question": "Who is Anna Berg?", "rewrite": "Who is Anna Berg?"}
SHE = {
    "id": "a_2",
    "history": [{"question": "Who is Anna Berg?"}],
    "question": "When was she born?",
    "rewrite": "When was Anna Berg born?",
}
ALONE = {
    "id": "a_3",
    "history": [{"question": "Who is Anna Berg?", "answer": "An engineer."}],
    "question": "Who is Jon Dahl?",
    "rewrite": "Who is Jon Dahl?",
}


def written(folder: Path, *turns: dict[str, object]) -> Path:
    path = folder / "rewrites.jsonl"
    path.write_text("".join(json.dumps(turn) + "\n" for turn in turns), encoding="utf-8")
    return path


def test_stop_words_are_not_measured() -> None:
    assert tokens("When was she, who isn't Anna, born?") == {"anna", "born"}


def test_a_turn_rewritten_as_a_person_would_is_wholly_right(tmp_path: Path) -> None:
    result = rewrites_eval(written(tmp_path, FIRST, SHE, ALONE))
    assert (result.f1, result.false_additions, result.n, result.n_with_targets, result.n_alone) == (1.0, 0.0, 2, 1, 1)


def test_the_last_line_is_fixed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrites", str(written(tmp_path, FIRST, SHE, ALONE))]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "rewrites F1 1.000 false_additions 0.000 n 2"


def test_a_target_word_stands_in_the_history(tmp_path: Path) -> None:
    turn = SHE | {"rewrite": "When was the engineer born?"}
    assert rewrites_eval(written(tmp_path, turn)).n_with_targets == 0


def test_new_turns_are_not_said_to_be_trained_on(tmp_path: Path) -> None:
    assert "none of which the model was trained on" in rewrites_eval(written(tmp_path, SHE)).table()


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "a", "history": 3, "question": "q", "rewrite": "r"}'])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(GoldError, match="line 1"):
        read_turns(path)


def test_a_missing_file_is_an_error_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="cannot be read"):
        read_turns(tmp_path / "none.jsonl")


def test_one_fold_trains_on_nothing_and_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        main(["rewrites", str(written(tmp_path, SHE)), "--folds", "1"])
