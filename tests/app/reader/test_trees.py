from __future__ import annotations

import json

import numpy as np
import pytest

from app.reader.trees import Trees
from ingest.errors import ReaderError


def stump() -> Trees:
    """One tree: feature 1 at most 0.5 gives -2, more gives +2."""
    return Trees(
        baseline=0.0,
        roots=np.array([0], np.int32),
        feature=np.array([1, -1, -1], np.int32),
        threshold=np.array([0.5, 0, 0], np.float32),
        left=np.array([1, 1, 2], np.int32),
        right=np.array([2, 1, 2], np.int32),
        value=np.array([0, -2, 2], np.float32),
        depth=1,
    )


def test_a_value_at_the_threshold_goes_left() -> None:
    rows = np.array([[9, 0.5], [9, 0.6]], np.float32)
    np.testing.assert_allclose(stump().probability(rows), [1 / (1 + np.exp(2)), 1 / (1 + np.exp(-2))], rtol=1e-6)


def test_no_rows_give_no_probabilities() -> None:
    assert stump().probability(np.zeros((0, 2), np.float32)).shape == (0,)


def test_trees_survive_json() -> None:
    again = Trees.from_json(json.loads(json.dumps(stump().to_json())), features=2)
    rows = np.array([[0, 0.2], [0, 0.9]], np.float32)
    np.testing.assert_array_equal(again.probability(rows), stump().probability(rows))


@pytest.mark.parametrize("change", [{"left": [1, 1]}, {"right": [7, 1, 2]}, {"feature": [5, -1, -1]}, {"depth": "x"}])
def test_damaged_trees_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ReaderError, match="damaged"):
        Trees.from_json({**stump().to_json(), **change}, features=2)


def test_missing_arrays_are_refused() -> None:
    with pytest.raises(ReaderError, match="damaged"):
        Trees.from_json({"baseline": 0.0}, features=2)
