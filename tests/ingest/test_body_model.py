"""The trees that weigh a paragraph: read from JSON, walked as written, trained only where there is data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest.body_model import Trees, load_model, page_digest, trained_on, tree_of


def test_a_tree_is_read_from_its_nodes_in_preorder() -> None:
    # signal 0 <= 0.5? then (signal 1 <= 2? then 1 else 2) else 3
    tree = tree_of([0, 1, -1, -1, -1], [0.5, 2.0, 1.0, 2.0, 3.0])
    assert tree.left.tolist() == [1, 2, 2, 3, 4]
    assert tree.right.tolist() == [4, 3, 2, 3, 4]
    assert tree.depth == 2


def test_trees_add_up_to_log_odds() -> None:
    trees = Trees.from_json({"start": -1.0, "trees": [[[0, -1, -1], [0.5, -2.0, 1.0]], [[-1], [0.5]]]})
    chances = trees.chances(np.array([[0.5], [0.6]]))
    assert chances == pytest.approx([1 / (1 + np.exp(2.5)), 1 / (1 + np.exp(-0.5))])


def test_the_shipped_models_are_read_once() -> None:
    assert load_model("text") is load_model("text")
    assert load_model("html").first.trees


def test_the_shipped_models_know_what_they_were_trained_on() -> None:
    assert len(trained_on()) == 86
    assert page_digest("some words") not in trained_on()


def test_training_without_its_data_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sklearn")
    from ingest.train_body import main

    assert main(["--data", str(tmp_path / "absent.jsonl.gz")]) == 1
    assert "absent.jsonl.gz" in capsys.readouterr().err
