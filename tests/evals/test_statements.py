from __future__ import annotations

from pathlib import Path

import pytest

from app.llm.entailment import entailment_network
from evals.statements import WrittenStatement, format_statements, load_statements, measure_statements
from ingest.errors import GoldError
from store import Store
from tests.app.llm.conftest import five  # noqa: F401  # a fixture

_FEWEST_KEPT, _MOST_WRONG = 0.25, 0.05  # floors: a check that does worse is not to be shipped


def test_the_statements_can_be_read_and_hold_every_kind_of_mistake() -> None:
    statements = load_statements()
    wrong = {s.kind for s in statements if not s.carried}
    assert {"number", "name", "date", "negation", "role", "modality", "attribution", "invented"} <= wrong
    assert sum(s.carried for s in statements) > 300


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.gz").write_bytes(b"none")
    with pytest.raises(GoldError):
        load_statements(tmp_path / "s.gz")


def test_the_check_lets_pass_what_is_borne_out_and_hardly_anything_else(five: Store) -> None:  # noqa: F811
    seeds = [s for s in load_statements() if s.source.startswith("seeds/")]
    measured = measure_statements(seeds, lambda _: five, entailment_network())
    passed = [w for w, is_passed in measured if is_passed]
    assert sum(w.carried for w in passed) >= _FEWEST_KEPT * sum(w.carried for w in seeds)
    assert sum(not w.carried for w in passed) <= _MOST_WRONG * len(passed)


def test_the_figures_name_each_kind() -> None:
    said = WrittenStatement("a.txt", "q", "s", True, "copy")
    text = format_statements([(said, True), (WrittenStatement("a.txt", "q", "t", False, "name"), False)])
    assert "borne out and kept       1 of 1 (100.0%)" in text
    assert "name            0 of 1 pass" in text
