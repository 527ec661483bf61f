from __future__ import annotations

from evals.speed import format_table, import_seconds

TRACE = """\
import time: self [us] | cumulative | imported package
import time:       100 |        100 |   torch._C
import time:       400 |        500 | torch
some warning of a library
import time:       700 |        700 | numpy
"""


def test_own_times_of_a_package_are_summed_longest_first() -> None:
    assert list(import_seconds(TRACE).items()) == [("numpy", 0.0007), ("torch", 0.0005)]


def test_no_trace_is_no_time() -> None:
    assert import_seconds("") == {}


def test_a_table_aligns_names_and_figures() -> None:
    assert format_table("cold", {"run 1": 1.234, "median": 1.0}, unit="s") == (
        "cold\n  run 1       1.23 s\n  median      1.00 s\n"
    )
